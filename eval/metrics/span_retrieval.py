"""How much of the gold text was retrieved, and how much of what was retrieved is gold, in characters.

With G the gold characters and R the retrieved ones (both as sets, so that overlaps count once): recall |G and R| / |G|,
precision |G and R| / |R|, each the mean over questions; a question for which nothing came back counts 0. Source:
Pipitone and Alami, "LegalBench-RAG" (2024).

R is either the first k passages, or the best passages until a budget of characters is read. Only the second compares
systems whose passages differ in length.
"""

from collections.abc import Callable

from eval.metrics.metric import Columns, Metric
from eval.metrics.spans import characters, covered_characters, retrieved_spans, within_budget
from eval.records import Response, Sample, Span

CUTS = (1, 4, 8, 16, 32, 64)
BUDGETS = (2_000, 8_000, 32_000)
"""Characters."""

_Reader = Callable[[Response], tuple[Span, ...]]


def _recall(read: _Reader) -> Callable[[Sample, Response], Columns | None]:
    def columns(sample: Sample, response: Response) -> Columns | None:
        gold = characters(sample.gold.spans)
        return (covered_characters(sample.gold.spans, read(response)) / gold,) if gold else None

    return columns


def _precision(read: _Reader) -> Callable[[Sample, Response], Columns | None]:
    def columns(sample: Sample, response: Response) -> Columns | None:
        if not characters(sample.gold.spans):
            return None
        found = read(response)
        length = characters(found)
        return (covered_characters(sample.gold.spans, found) / length if length else 0.0,)

    return columns


def _first(k: int) -> _Reader:
    return lambda response: retrieved_spans(response)[:k]


def _budget(size: int) -> _Reader:
    return lambda response: within_budget(retrieved_spans(response), size)


_READERS: tuple[tuple[str, str, _Reader], ...] = (
    *((f"at_{k}", f"the first {k} passages" if k > 1 else "the first passage", _first(k)) for k in CUTS),
    *((f"in_{size}_characters", f"the best {size:,} characters", _budget(size)) for size in BUDGETS),
)

METRICS = (
    *(Metric(f"span_recall_{name}", f"how much of the right text is in {of}", _recall(r)) for name, of, r in _READERS),
    *(Metric(f"span_precision_{name}", f"how much of {of} is right text", _precision(r)) for name, of, r in _READERS),
)
