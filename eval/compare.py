"""Two runs on the same questions: what was fixed, what broke, and whether anything is worse beyond doubt."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from casefile.errors import UsageError
from eval.metrics.registry import METRICS
from eval.metrics.rightness import is_right
from eval.records import Row
from eval.scoring import AnsweredBatch, finite
from eval.statistics.holm import holm_adjusted
from eval.statistics.paired import Difference, difference_of, is_worse, pair_up

ALARM = 0.05
"""Adjusted p below which a loss counts: of comparisons without any difference at most so many raise an alarm."""
SPEED = ("ms", "per second")
"""Units of what a busy machine changes: compared and shown, but no regression by itself."""


@dataclass(frozen=True, slots=True)
class ComparedMetric:
    """A metric of both runs. `adjusted_p` is Holm's, over all metrics of the batch."""

    difference: Difference
    adjusted_p: float
    worse: bool


@dataclass(frozen=True, slots=True)
class ComparedBatch:
    """One batch of both runs; `fixed` and `broken` are ids of questions that are right in one run only.

    `unpaired` counts questions that only one run asked.
    """

    suite: str
    batch: str
    metrics: tuple[ComparedMetric, ...]
    fixed: tuple[str, ...]
    broken: tuple[str, ...]
    unchanged: int
    unpaired: int

    @property
    def worse(self) -> tuple[str, ...]:
        """Names of the metrics that are worse."""
        return tuple(one.difference.metric for one in self.metrics if one.worse)


def compare(
    before: Sequence[AnsweredBatch], after: Sequence[AnsweredBatch], margin: float
) -> tuple[ComparedBatch, ...]:
    """Every batch that both runs hold.

    Args:
        before: the run to compare with.
        after: the run in question.
        margin: what a difference must exceed to count, as a share; for metrics in other units it is 0.

    Raises:
        UsageError: the runs have no batch in common, or the same question was given other gold.
    """
    known = {(batch.suite, batch.batch): batch for batch in before}
    both = [(known[batch.suite, batch.batch], batch) for batch in after if (batch.suite, batch.batch) in known]
    if not both:
        raise UsageError("The runs have no question set in common; there is nothing to compare.")
    return tuple(_compared(one, other, margin) for one, other in both)


def comparison_document(batches: Sequence[ComparedBatch]) -> dict[str, Any]:
    """What `compare --json` prints."""
    return {
        "worse": [f"{batch.suite}: {batch.batch}: {name}" for batch in batches for name in batch.worse],
        "batches": [
            {
                "suite": batch.suite,
                "batch": batch.batch,
                "metrics": [
                    finite({**asdict(one.difference), "adjusted_p": one.adjusted_p, "worse": one.worse})
                    for one in batch.metrics
                ],
                "fixed": list(batch.fixed),
                "broken": list(batch.broken),
                "unchanged": batch.unchanged,
                "unpaired": batch.unpaired,
            }
            for batch in batches
        ],
    }


def _compared(before: AnsweredBatch, after: AnsweredBatch, margin: float) -> ComparedBatch:
    pairs = pair_up(before.rows, after.rows)
    for one, other in pairs:
        if (one.sample.question, one.sample.gold) != (other.sample.question, other.sample.gold):
            raise UsageError(
                f"Question {other.sample.id} of {after.suite}, {after.batch} is another one in the two runs: they were "
                "made on different data and cannot be compared."
            )
    names = [name for name in after.metrics if name in before.metrics]
    differences = [difference_of(METRICS[name], before.rows, after.rows) for name in names]
    differences = [difference for difference in differences if difference.scored]
    adjusted = holm_adjusted({difference.metric: difference.p for difference in differences})
    metrics = tuple(
        ComparedMetric(difference, adjusted[difference.metric], _worse(difference, adjusted[difference.metric], margin))
        for difference in differences
    )
    fixed, broken = _changed(pairs)
    unpaired = len(before.rows) + len(after.rows) - 2 * len(pairs)
    return ComparedBatch(
        after.suite, after.batch, metrics, fixed, broken, len(pairs) - len(fixed) - len(broken), unpaired
    )


def _worse(difference: Difference, adjusted_p: float, margin: float) -> bool:
    """Whether a metric is worse: the whole interval beyond the margin, and not by chance among so many metrics.

    A hard invariant that dropped at all is worse, however small the sample. Times are shown, never judged.
    """
    metric = METRICS[difference.metric]
    if metric.unit in SPEED:
        return False
    beyond = is_worse(metric, difference, margin if metric.unit == "share" else 0.0)
    return beyond and (metric.hard or adjusted_p < ALARM)


def _changed(pairs: Sequence[tuple[Row, Row]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Questions right in the second run only, and in the first only. Keeping silent where nothing answers is right."""
    right = [(one.sample.id, _right(one), _right(other)) for one, other in pairs]
    return (
        tuple(name for name, was, now in right if now and not was),
        tuple(name for name, was, now in right if was and not now),
    )


def _right(row: Row) -> bool:
    if row.sample.answerable is False:
        return row.response.status not in {"answered", "error"}
    if row.sample.gold.statuses:
        return row.response.status in row.sample.gold.statuses
    return bool(is_right(row.sample, row.response))
