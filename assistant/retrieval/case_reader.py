"""What retrieval reads from a case, as ports: `casefile.case.Case` satisfies them, and so does a fake in tests."""

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from casefile.fulltext import ExhibitHit, PassageHit, VocabularyWord
from casefile.records import (
    Coverage,
    Exhibit,
    IdentifierKind,
    MomentMeaning,
    Passage,
    PlacedIdentifier,
    PlacedMoment,
)


class CatalogueReader(Protocol):
    """The queries of `casefile.catalogue.Catalogue` that retrieval uses."""

    def exhibits(self) -> tuple[Exhibit, ...]:
        """All exhibits that were read."""
        ...

    def exhibits_by_id(self, ids: Sequence[str]) -> dict[str, Exhibit]:
        """The exhibits of these ids."""
        ...

    def text(self, exhibit_id: str, text_sha256: str | None = None) -> str:
        """The current text of an exhibit."""
        ...

    def passages(self, ids: Sequence[int]) -> dict[int, Passage]:
        """Passages by id."""
        ...

    def passage_exhibits(self) -> dict[str, NDArray[np.int64]]:
        """For each exhibit the sorted ids of the passages of its current text."""
        ...

    def identifiers(
        self, kind: IdentifierKind | None = None, normal: str | None = None, exhibit_id: str | None = None
    ) -> tuple[PlacedIdentifier, ...]:
        """Identifiers in current texts."""
        ...

    def moments(self, exhibit_id: str | None = None, meaning: MomentMeaning | None = None) -> tuple[PlacedMoment, ...]:
        """Times of current texts."""
        ...

    def revision(self) -> int:
        """A number that grows whenever what can be searched changes."""
        ...

    def embeddings(self) -> tuple[NDArray[np.int64], NDArray[np.float16]]:
        """Passage ids `int64[n]`, ascending, and unit vectors `float16[n, d]` of current texts."""
        ...

    def coverage(self, exhibit_ids: Sequence[str] | None = None) -> Coverage:
        """What a search over the case, or over these exhibits, can see."""
        ...


class FulltextReader(Protocol):
    """The queries of `casefile.fulltext.Fulltext` that retrieval uses; expressions in FTS5's syntax."""

    def passages(
        self, match: str, limit: int, exhibit_ids: Sequence[str] | None = None, context_weight: float = 1.0
    ) -> tuple[PassageHit, ...]:
        """The best passages by BM25."""
        ...

    def exhibits(self, match: str, limit: int) -> tuple[ExhibitHit, ...]:
        """The best whole exhibits by BM25."""
        ...

    def vocabulary(self) -> Iterator[VocabularyWord]:
        """All words, folded, with the number of passages they stand in."""
        ...


class CaseReader(Protocol):
    """An open case, for reading."""

    @property
    def catalogue(self) -> CatalogueReader:
        """The catalogue."""
        ...

    @property
    def fulltext(self) -> FulltextReader:
        """The full-text indexes."""
        ...


class QuestionEmbedder(Protocol):
    """Turns questions, and sentences of passages, into unit vectors of the model with which the case was embedded."""

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors `float32[n, d]`, in order."""
        ...

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors `float32[n, d]`, in order."""
        ...
