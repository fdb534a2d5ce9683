"""The fake of the embedding port: a hashed bag of words. For tests; it refuses to run anywhere else."""

import hashlib
import os
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from casefile.errors import UsageError
from ingest.embedding.port import MAX_TEXT_CHARACTERS, EmbeddingIdentity, Progress, unit_rows

ALLOW_FAKE_VARIABLE = "CASECLERK_ALLOW_FAKE_EMBEDDER"
_MAX_TOKENS = 256
_WORD = re.compile(r"\w+")


class HashedWordsEmbedder:
    """Texts that share words get similar vectors; nothing is learned, everything is deterministic.

    Args:
        dimension: length of the vectors.
        allow: set by tests; else the environment variable `CASECLERK_ALLOW_FAKE_EMBEDDER` must be `1`.

    Raises:
        UsageError: neither is set.
    """

    def __init__(self, dimension: int = 64, *, allow: bool = False) -> None:
        if not allow and os.environ.get(ALLOW_FAKE_VARIABLE) != "1":
            raise UsageError(
                "The fake embedder understands no language and is for tests only. "
                "Choose a model in the settings, or leave the setting out for the default model."
            )
        self._identity = EmbeddingIdentity(
            name="hashed-words",
            sha256=hashlib.sha256(f"hashed-words {dimension}".encode()).hexdigest(),
            dimension=dimension,
            runtime="fake",
            query_prefix="",
            passage_prefix="",
            max_tokens=_MAX_TOKENS,
        )

    @property
    def identity(self) -> EmbeddingIdentity:
        """What to record in the case."""
        return self._identity

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        """Embed passages, see the port."""
        vectors = self._embed(texts)
        if progress is not None and texts:
            progress(len(texts))
        return vectors

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed questions, see the port."""
        return self._embed(texts)

    def count_tokens(self, text: str) -> int:
        """Count words."""
        return sum(1 for _ in _WORD.finditer(text))

    def _embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), self._identity.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            words = _WORD.findall(text[:MAX_TEXT_CHARACTERS].casefold())[:_MAX_TOKENS]
            for word in words or [""]:
                digest = hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
                place = int.from_bytes(digest[:4], "big") % self._identity.dimension
                vectors[row, place] += 1.0 if digest[4] % 2 else -1.0
            if not vectors[row].any():  # two words in one place can cancel each other out
                vectors[row, 0] = 1.0
        return unit_rows(vectors)
