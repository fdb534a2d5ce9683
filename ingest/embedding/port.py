"""The embedding port: what turns passages and questions into vectors, and how it is named in a case."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Progress = Callable[[int], None]

MAX_TEXT_CHARACTERS = 32_768
"""What an embedder reads of one text. Models read at most a few hundred tokens; the rest would only cost time."""

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class EmbeddingIdentity:
    """What made a vector, recorded in the case beside it.

    `sha256` is that of the model's weights as published (not of a converted copy), 64 hex digits; `dimension` the
    length of a vector; `runtime` names library, number format and conversion, such as `onnxruntime-int8-v1`; texts
    are read to `max_tokens` tokens, special tokens and prefix included.
    """

    name: str
    sha256: str
    dimension: int
    runtime: str
    query_prefix: str
    passage_prefix: str
    max_tokens: int

    def comparable_with(self, other: "EmbeddingIdentity") -> bool:
        """Tell whether vectors of both can be searched together: same weights, prefixes and length limit.

        The runtime may differ: all runtimes approximate the same float32 vectors (docs/decisions/020).
        """
        return (self.sha256, self.dimension, self.query_prefix, self.passage_prefix, self.max_tokens) == (
            other.sha256,
            other.dimension,
            other.query_prefix,
            other.passage_prefix,
            other.max_tokens,
        )


class Embedder(Protocol):
    """Turns texts into unit vectors. Calls may come from any thread, one at a time.

    The vector of a text depends on the text only, never on its neighbours in the call. Only the first
    `MAX_TEXT_CHARACTERS` and the first `identity.max_tokens` tokens count. Any Python string is accepted.
    """

    @property
    def identity(self) -> EmbeddingIdentity:
        """What to record in the case."""
        ...

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        """Embed passages, the passage prefix put in front.

        Args:
            texts: n texts, in any order; the embedder sorts and batches by itself, so give it many.
            progress: called now and then in the calling thread with the number of texts done since the last call;
                the numbers add up to n.

        Returns:
            float32 [n, dimension], row i belongs to `texts[i]`, every row of length 1.
        """
        ...

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed questions, the query prefix put in front: float32 [n, dimension], rows of length 1."""
        ...

    def count_tokens(self, text: str) -> int:
        """Count the tokens of a whole text as a passage: prefix and special tokens included, nothing cut off."""
        ...


def untrusted_text_for_tokenizer(text: str) -> str:
    """Replace lone surrogates, which no tokenizer can encode, by U+FFFD. Evidence may hold them; the length stays."""
    return text if text.isascii() else _SURROGATE.sub("�", text)


def unit_rows(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale the rows of [n, d] to length 1; a row of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: NDArray[np.float32] = np.divide(vectors, np.maximum(lengths, np.float32(1e-12)), dtype=np.float32)
    return scaled
