"""From rows to figures: whole batches, and broken down by tag. Reads rows and nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

from casefile.errors import UsageError
from eval.metrics.metric import Figure
from eval.metrics.registry import METRICS
from eval.records import Row
from eval.run_folder import RunFolder
from eval.statistics.figures import figure_of

MOST_VALUES = 24
"""A tag with more different values than this says nothing in a chart."""


@dataclass(frozen=True, slots=True)
class AnsweredBatch:
    """The rows of one batch, and the metrics that they are measured by."""

    suite: str
    batch: str
    metrics: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class ScoredBatch(AnsweredBatch):
    """The figures of one batch. `by_tag` holds, by tag and value, those of the rows that have it."""

    figures: tuple[Figure, ...]
    by_tag: Mapping[str, Mapping[str, tuple[Figure, ...]]]


def answered(folder: RunFolder) -> tuple[AnsweredBatch, ...]:
    """All batches of a run, in its order, not scored: enough to compare it with another.

    Raises:
        UsageError: the run has no row yet, or names a metric that this version does not know.
    """
    names: dict[tuple[str, str], tuple[str, ...]] = {}
    for batch in folder.manifest().get("batches", ()):
        names.setdefault((batch["suite"], batch["batch"]), tuple(batch["metrics"]))
    rows: dict[tuple[str, str], list[Row]] = {key: [] for key in names}
    for row in folder.rows():
        rows.setdefault((row.suite, row.batch), []).append(row)
    if not any(rows.values()):
        raise UsageError(f"{folder.path} holds no answer yet. Finish it: `caseclerk eval run --resume {folder.path}`.")
    unknown = sorted({name for metrics in names.values() for name in metrics} - set(METRICS))
    if unknown:
        raise UsageError(f"{folder.path} was made by another version: unknown metrics {', '.join(unknown)}.")
    return tuple(AnsweredBatch(*key, names.get(key, ()), tuple(found)) for key, found in rows.items() if found)


def scored(folder: RunFolder) -> tuple[ScoredBatch, ...]:
    """All batches of a run with their figures.

    Raises:
        UsageError: as `answered`.
    """
    return tuple(_scored_batch(batch) for batch in answered(folder))


def metrics_document(batches: Sequence[ScoredBatch]) -> dict[str, Any]:
    """What `metrics.json` holds."""
    return {
        "batches": [
            {
                "suite": batch.suite,
                "batch": batch.batch,
                "rows": len(batch.rows),
                "errors": sum(row.response.status == "error" for row in batch.rows),
                "figures": [_figure_document(figure) for figure in batch.figures],
                "by_tag": {
                    tag: {value: [_figure_document(figure) for figure in figures] for value, figures in values.items()}
                    for tag, values in batch.by_tag.items()
                },
            }
            for batch in batches
        ]
    }


def score(folder: RunFolder) -> tuple[ScoredBatch, ...]:
    """Score a run and keep its figures."""
    batches = scored(folder)
    folder.write_metrics(metrics_document(batches))
    return batches


def _scored_batch(batch: AnsweredBatch) -> ScoredBatch:
    metrics, rows = batch.metrics, batch.rows
    values: dict[str, dict[str, list[Row]]] = {}
    for row in rows:
        for tag, value in _tags(row).items():
            values.setdefault(tag, {}).setdefault(value, []).append(row)
    by_tag = {
        tag: {value: _figures(metrics, found) for value, found in sorted(groups.items())}
        for tag, groups in sorted(values.items())
        if 1 < len(groups) <= MOST_VALUES
    }
    return ScoredBatch(batch.suite, batch.batch, metrics, rows, _figures(metrics, rows), by_tag)


def _tags(row: Row) -> dict[str, str]:
    tags = dict(row.sample.tags)
    if row.sample.answerable is not None:
        tags["answerable"] = "yes" if row.sample.answerable else "no"
    return tags


def _figures(metrics: Sequence[str], rows: Sequence[Row]) -> tuple[Figure, ...]:
    return tuple(figure for figure in (figure_of(METRICS[name], rows) for name in metrics) if figure.scored)


def _figure_document(figure: Figure) -> dict[str, Any]:
    metric = METRICS[figure.metric]
    return {**finite(asdict(figure)), "unit": metric.unit, "higher_is_better": metric.higher_is_better}


def finite(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields with None for what is not a number: JSON has none for that (RFC 8259, section 6)."""
    return {key: None if isinstance(value, float) and not isfinite(value) else value for key, value in fields.items()}
