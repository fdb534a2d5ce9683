"""The tokenizer of Ministral 3 from mistral-common's data: Tekken, version 13, 131,072 entries, 1,000 of them special.

mistral-common carries the text entries (`tekken_240911.json`, version 3); the special tokens of version 13 are put in
front as the model's own `tekken.json` names them.
"""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from casefile.errors import UsageError

SOURCE = "tekken_240911.json"
_NORMAL, _CONTROL = 1, 3
"""Types of tokens in the GGUF format."""
SPECIAL_TOKENS = (
    *("<unk>", "<s>", "</s>", "[INST]", "[/INST]", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]"),
    *("[TOOL_RESULTS]", "[/TOOL_RESULTS]", "[TOOL_CALLS]", "[IMG]", "<pad>", "[IMG_BREAK]", "[IMG_END]"),
    *("[PREFIX]", "[MIDDLE]", "[SUFFIX]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "[TOOL_CONTENT]"),
    *(f"<SPECIAL_{number}>" for number in range(20, 32)),
    *("[ARGS]", "[CALL_ID]", "[THINK]", "[/THINK]"),
)
"""By id, from 0; what follows up to 999 is called `<SPECIAL_n>`."""


@dataclass(frozen=True, slots=True)
class TekkenVocabulary:
    """What a GGUF file holds of a tokenizer.

    Attributes:
        tokens: by id, in the byte alphabet of GPT-2.
        types: of the GGUF format, by id.
        merges: pairs of tokens with a blank between, in order of rank.
    """

    tokens: tuple[bytes, ...]
    types: tuple[int, ...]
    merges: tuple[str, ...]


def write_tekken(folder: Path) -> Path:
    """Write `tekken.json` of version 13 into a folder, as it lies beside the model's weights; return its path.

    Raises:
        UsageError: mistral-common is not installed.
    """
    data = _source()
    data["config"]["version"] = "v13"
    data["special_tokens"] = [
        {"rank": rank, "token_str": name, "is_control": True} for rank, name in enumerate(SPECIAL_TOKENS)
    ]
    path = folder / "tekken.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def tekken_vocabulary() -> TekkenVocabulary:
    """The tokenizer as llama.cpp's converter writes it into a GGUF file (`gguf.vocab.MistralVocab`, but in a second).

    Raises:
        UsageError: mistral-common is not installed.
    """
    data = _source()
    special = int(data["config"]["default_num_special_tokens"])
    size = int(data["config"]["default_vocab_size"])
    texts = [base64.b64decode(entry["token_bytes"]) for entry in data["vocab"][: size - special]]
    alphabet = _byte_alphabet()
    shown = [text.decode("latin-1").translate(alphabet) for text in texts]
    names = [*SPECIAL_TOKENS, *(f"<SPECIAL_{number}>" for number in range(len(SPECIAL_TOKENS), special))]
    return TekkenVocabulary(
        tuple(token.encode() for token in (*names, *shown)),
        (_CONTROL,) * special + (_NORMAL,) * len(shown),
        tuple(_merges(texts, shown)),
    )


def _source() -> dict[str, Any]:
    try:
        from mistral_common.tokens.tokenizers.mistral import MistralTokenizer
    except ImportError as error:
        raise UsageError(
            "The tokenizer of Ministral comes with the package mistral-common, which is not installed here. "
            "Install Caseclerk with the extra 'dev'."
        ) from error
    path = MistralTokenizer._data_path() / SOURCE  # noqa: SLF001 (its data has no public name)
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data


def _byte_alphabet() -> dict[int, str]:
    """GPT-2's: printable bytes stand for themselves, the others for what follows U+0100."""
    printable = {*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = [byte for byte in range(256) if byte not in printable]
    return {byte: chr(byte) for byte in printable} | {byte: chr(256 + n) for n, byte in enumerate(others)}


def _merges(texts: list[bytes], shown: list[str]) -> Iterator[str]:
    """Every pair of tokens that makes a token, by the rank of what it makes, then of its parts."""
    ranks = {text: rank for rank, text in enumerate(texts)}
    for text in texts[256:]:
        pairs = []
        for cut in range(1, len(text)):
            left, right = ranks.get(text[:cut]), ranks.get(text[cut:])
            if left is not None and right is not None:
                pairs.append((left, right))
        for left, right in sorted(pairs):
            yield f"{shown[left]} {shown[right]}"
