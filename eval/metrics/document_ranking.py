"""Whether the right documents were retrieved, and how high. Each document counts at its first passage only.

`gold.documents` holds one group for each document that is needed: itself and those that count the same. A second
document of a group that was found already takes a rank and gains nothing. With g groups, and rel(i) = 1 where the
document at rank i is the first of its group (Manning, Raghavan and Schütze, "Introduction to Information Retrieval",
chapter 8):

* recall at k: groups found among the first k, over g;
* hit at k: 1 where there is one;
* reciprocal rank at k: 1 / rank of the first, 0 where none is among the first k;
* nDCG at k: sum of rel(i) / log2(i + 1) over i <= k, over the same sum with the first min(g, k) ranks all right
  (Järvelin and Kekäläinen 2002, in the form of trec_eval's `ndcg_cut`).
"""

from collections.abc import Callable, Sequence
from math import log2

from eval.metrics.metric import Columns, Metric
from eval.records import Response, Sample


def gains(ranking: Sequence[str], groups: Sequence[Sequence[str]]) -> tuple[int, ...]:
    """For each rank, how many groups are found there first (0 or 1 where no document is in two groups)."""
    unfound = [set(group) for group in groups if group]
    found = []
    for document in ranking:
        left = [group for group in unfound if document not in group]
        found.append(len(unfound) - len(left))
        unfound = left
    return tuple(found)


def recall_at(found: Sequence[int], needed: int, k: int) -> float:
    """Share of what is needed among the first k."""
    return sum(found[:k]) / needed


def hit_at(found: Sequence[int], _needed: int, k: int) -> float:
    """1 where something that is needed is among the first k."""
    return float(any(found[:k]))


def reciprocal_rank_at(found: Sequence[int], _needed: int, k: int) -> float:
    """1 / rank of the first that is needed."""
    return next((1 / rank for rank, gain in enumerate(found[:k], 1) if gain), 0.0)


def ndcg_at(found: Sequence[int], needed: int, k: int) -> float:
    """Normalised discounted cumulative gain."""
    ideal = sum(1 / log2(rank + 1) for rank in range(1, min(needed, k) + 1))
    gained = sum(min(1, gain) / log2(rank + 1) for rank, gain in enumerate(found[:k], 1))
    return gained / ideal


def _columns(
    measure: Callable[[Sequence[int], int, int], float], k: int
) -> Callable[[Sample, Response], Columns | None]:
    def columns(sample: Sample, response: Response) -> Columns | None:
        groups = [group for group in sample.gold.documents if group]
        if not groups:
            return None
        ranking = tuple(dict.fromkeys(found.document for found in response.retrieved))
        return (measure(gains(ranking, groups), len(groups), k),)

    return columns


METRICS = (
    *(
        Metric(f"recall_at_{k}", f"how many of the right documents are among the first {k}", _columns(recall_at, k))
        for k in (1, 5, 10)
    ),
    *(
        Metric(f"hit_at_{k}", f"a right document is among the first {k}", _columns(hit_at, k), rate=True)
        for k in (1, 5)
    ),
    Metric(
        "reciprocal_rank_at_10",
        "1 where the first document is right, ½ where the second is the first right one, and so on",
        _columns(reciprocal_rank_at, 10),
    ),
    Metric("ndcg_at_10", "right documents among the first 10, higher ranks weighing more", _columns(ndcg_at, 10)),
)
