"""The general adapter: any sentence-transformers model directory, run by torch. Slower to load and to run."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from casefile.errors import ModelMissingError
from ingest.embedding.port import (
    MAX_TEXT_CHARACTERS,
    EmbeddingIdentity,
    Progress,
    unit_rows,
    untrusted_text_for_tokenizer,
)

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

NumberFormat = Literal["float32", "bfloat16"]

_BATCH = 8
_TEXTS_PER_STEP = 256
"""Texts sorted by length together, between two reports of progress."""


def load_sentence_transformer(path: Path, number_format: NumberFormat, max_tokens: int) -> "SentenceTransformer":
    """Load a model from a directory, never from the network, never running code that came with it.

    Raises:
        ModelMissingError: sentence-transformers cannot load the directory.
    """
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["TRANSFORMERS_OFFLINE"] = "1"
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    untyped_logging: Any = transformers_logging
    untyped_logging.disable_progress_bar()
    try:
        model = SentenceTransformer(
            str(path),
            device="cpu",
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"dtype": getattr(torch, number_format)},
        )
    except (OSError, ValueError, KeyError, ImportError) as cause:
        raise ModelMissingError(
            f"The embedding model in {path} cannot be loaded: {cause}. Check the model directory in the settings."
        ) from cause
    model.max_seq_length = max_tokens
    return model


class SentenceTransformerEmbedder:
    """The embedding port on a loaded sentence-transformers model.

    Padding changes a float32 vector in its last digits only: attention masks it out.
    """

    def __init__(self, model: "SentenceTransformer", identity: EmbeddingIdentity) -> None:
        self.model = model
        self._identity = identity

    @property
    def identity(self) -> EmbeddingIdentity:
        """What to record in the case."""
        return self._identity

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        """Embed passages, see the port."""
        vectors = np.zeros((len(texts), self._identity.dimension), dtype=np.float32)
        for start in range(0, len(texts), _TEXTS_PER_STEP):
            step = texts[start : start + _TEXTS_PER_STEP]
            vectors[start : start + len(step)] = self._encode(self._identity.passage_prefix, step)
            if progress is not None:
                progress(len(step))
        return vectors

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed questions, see the port."""
        if not texts:
            return np.zeros((0, self._identity.dimension), dtype=np.float32)
        return self._encode(self._identity.query_prefix, texts)

    def count_tokens(self, text: str) -> int:
        """Count the tokens of a passage, see the port."""
        cleaned = untrusted_text_for_tokenizer(self._identity.passage_prefix + text)
        tokenizer: Any = self.model.tokenizer
        return len(tokenizer(cleaned, truncation=False, verbose=False)["input_ids"])

    def _encode(self, prefix: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed in batches sorted by length; the empty prompt overrides any that the model declares."""
        cleaned = [untrusted_text_for_tokenizer((prefix + text)[:MAX_TEXT_CHARACTERS]) for text in texts]
        encoded = self.model.encode(
            cleaned, prompt="", batch_size=_BATCH, show_progress_bar=False, convert_to_numpy=True
        )
        return unit_rows(np.asarray(encoded, dtype=np.float32))
