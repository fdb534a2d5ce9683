"""Dense search: cosine between a question's vector and the passages' stored vectors.

The process that holds the writer lock asks Chroma for the nearest passages (`NearestSearch` is
`casefile.vectors.Vectors.nearest`); any other process searches exactly over the vectors in the catalogue. Both look up
cosines of passages found otherwise in the same table, so that every candidate can be compared.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from casefile.fulltext import PassageHit


class NearestSearch(Protocol):
    """Finds the passages nearest to a vector, with their cosines."""

    def __call__(
        self, query: NDArray[np.float32], k: int, exhibit_ids: Sequence[str] | None = None
    ) -> tuple[PassageHit, ...] | None:
        """At most `k` passages, nearest first, of the whole case or of these exhibits; None: search exactly now."""
        ...


class VectorTable:
    """All stored vectors of a case in memory: 4 bytes a dimension and passage (77 MB for 50,000 of 384).

    Args:
        ids: passage ids `int64[n]`, ascending.
        vectors: unit vectors `float16[n, d]`.
        passage_exhibits: for each exhibit the ids of its passages.
    """

    def __init__(
        self,
        ids: NDArray[np.int64],
        vectors: NDArray[np.float16],
        passage_exhibits: dict[str, NDArray[np.int64]],
    ) -> None:
        self.ids = ids
        self._vectors = vectors.astype(np.float32)
        self._passage_exhibits = passage_exhibits
        self._exhibit_of = np.full(len(ids), -1, dtype=np.int32)
        for number, own in enumerate(passage_exhibits.values() if len(ids) else ()):
            self._exhibit_of[self._rows(own)[0]] = number

    def __len__(self) -> int:
        return len(self.ids)

    def cosines(self, query: NDArray[np.float32], passage_ids: Sequence[int]) -> dict[int, float]:
        """Cosines (-1 to 1) of the passages that have a vector."""
        if not len(self.ids):
            return {}
        rows, found = self._rows(np.asarray(passage_ids, dtype=np.int64))
        return dict(zip(found.tolist(), (self._vectors[rows] @ query).tolist(), strict=True))

    def smoothed_cosines(
        self, query: NDArray[np.float32], passage_ids: Sequence[int], share: float
    ) -> dict[int, float]:
        """Cosines as `cosines` gives them, mixed with a share of the mean of those of the two passages beside each.

        What stands before the first or behind the last passage of an exhibit counts as the passage itself.
        """
        if not len(self.ids):
            return {}
        rows, found = self._rows(np.asarray(passage_ids, dtype=np.int64))
        before, behind = np.maximum(rows - 1, 0), np.minimum(rows + 1, len(self.ids) - 1)
        before = np.where(self._exhibit_of[before] == self._exhibit_of[rows], before, rows)
        behind = np.where(self._exhibit_of[behind] == self._exhibit_of[rows], behind, rows)
        around = (self._vectors[before] + self._vectors[behind]) @ query / 2
        scores = (1 - share) * (self._vectors[rows] @ query) + share * around
        return dict(zip(found.tolist(), scores.tolist(), strict=True))

    def wording_elsewhere(
        self, query: NDArray[np.float32], k: int, without: Sequence[str]
    ) -> NDArray[np.float32] | None:
        """The mean vector, of length 1, of the `k` passages nearest to the query outside these exhibits."""
        scores = self._vectors @ query if len(self.ids) else np.empty(0, dtype=np.float32)
        for exhibit in without:
            rows, _ = self._rows(self._passage_exhibits.get(exhibit, np.empty(0, dtype=np.int64)))
            scores[rows] = -np.inf
        k = min(k, int(np.count_nonzero(scores > -np.inf)))
        if not k:
            return None
        mean = self._vectors[np.argpartition(-scores, k - 1)[:k]].mean(axis=0)
        unit: NDArray[np.float32] = mean / max(float(np.linalg.norm(mean)), 1e-12)
        return unit

    def nearest(
        self, query: NDArray[np.float32], k: int, exhibit_ids: Sequence[str] | None = None
    ) -> tuple[PassageHit, ...]:
        """At most `k` passages by exact search, nearest first, equal cosines by id."""
        if not len(self.ids):
            return ()
        if exhibit_ids is None:
            ids, scores = self.ids, self._vectors @ query
        else:
            empty = np.empty(0, dtype=np.int64)
            wanted = np.concatenate([empty, *(self._passage_exhibits.get(e, empty) for e in exhibit_ids)])
            rows, ids = self._rows(wanted)
            scores = self._vectors[rows] @ query
        k = min(k, len(ids))
        if not k:
            return ()
        best = np.argpartition(-scores, k - 1)[:k]
        order = best[np.lexsort((ids[best], -scores[best]))]
        return tuple(PassageHit(int(ids[row]), float(scores[row])) for row in order)

    def _rows(self, passage_ids: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
        rows = np.minimum(np.searchsorted(self.ids, passage_ids), len(self.ids) - 1)
        there = self.ids[rows] == passage_ids
        return rows[there], passage_ids[there]
