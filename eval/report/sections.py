"""The sections of the page: what each of them shows, ready for the templates."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from eval.failures import EXPLANATIONS, Cause
from eval.goals import goal_of
from eval.metrics.metric import Figure, Metric
from eval.report.charts import BarChart, CurveChart, bar_chart, curve_chart
from eval.report.questions import Judged, QuestionPage, judged_rows, question_page, with_page
from eval.report.records import CurveName, ReportBatch, ReportInput
from eval.report.scorecard import Line, headlines, lines_of, scorecard, unmeasured
from eval.report.summary import sentences
from eval.report.wording import Unit, amount, counted, interval, place_name, plural, shown_name

TAGS = {
    "format": "Format of the documents",
    "language": "Language",
    "question_type": "Type of question",
    "documents": "Number of documents needed",
    "answerable": "Whether the documents answer",
}
"""Tags in the order of their charts; a suite's own follow."""
REFUSED = {"wrong_refusals": "the documents answer", "right_refusals": "they do not answer"}
CURVES: Mapping[CurveName, tuple[str, str, str, str]] = {
    "risk_coverage": (
        "Wrong answers by how many questions are answered",
        "answered, of all questions",
        "wrong, of those answered",
        "The further down, the better: the surest answers come first, from the left.",
    ),
    "refusals": (
        "Right refusals by false refusals",
        "refused, of the questions that have an answer",
        "refused, of those that have none",
        "The further up and left, the better: each point is one line between answering and refusing.",
    ),
}
"""Title, what runs across, what runs up, and how to read it."""


@dataclass(frozen=True, slots=True)
class Rows:
    """A line of the table beside a bar chart."""

    label: str
    value: str
    interval: str
    counted: str


@dataclass(frozen=True, slots=True)
class Bars:
    """A bar chart with the table beside it."""

    id: str
    title: str
    description: str
    chart: BarChart
    rows: tuple[Rows, ...]


@dataclass(frozen=True, slots=True)
class CurveView:
    """A curve with the table beside it."""

    id: str
    title: str
    across: str
    up: str
    reading: str
    chart: CurveChart


@dataclass(frozen=True, slots=True)
class TagGroup:
    """The charts of one tag."""

    title: str
    charts: tuple[Bars, ...]


@dataclass(frozen=True, slots=True)
class BatchView:
    """A batch; `place` is its name with that of its suite."""

    number: int
    name: str
    task: str
    asked: str
    lines: tuple[Line, ...]
    groups: tuple[TagGroup, ...]
    curves: tuple[CurveView, ...]
    pages: tuple[QuestionPage, ...]
    suite: str
    place: str


@dataclass(frozen=True, slots=True)
class SuiteView:
    """A suite and its batches."""

    number: int
    name: str
    batches: tuple[BatchView, ...]


@dataclass(frozen=True, slots=True)
class Invariant:
    """A hard invariant in one batch. `broken` are anchors and ids of questions that break it."""

    where: str
    name: str
    value: str
    counted: str
    words: str
    holds: bool
    broken: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed question in the list of its cause; `anchor` is empty where it has no page."""

    anchor: str
    id: str
    where: str
    question: str


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """The failed questions of a cause; `share` of all failed ones, 0 to 100."""

    cause: Cause
    explanation: str
    count: int
    share: float
    failures: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that the template shows."""

    summary: tuple[str, ...]
    scorecard: tuple[Line, ...]
    unmeasured: tuple[str, ...]
    invariants: tuple[Invariant, ...]
    suites: tuple[SuiteView, ...]
    failures: tuple[FailureGroup, ...]
    failed: int
    judged: int
    asked: int
    pages: int
    glossary: tuple[Metric, ...]
    manifest: tuple[tuple[str, str], ...]


def page_of(report: ReportInput) -> Page:
    """The whole page."""
    by_batch = judged_rows(report.batches)
    rows = [judged for of_batch in by_batch for judged in of_batch]
    kept = with_page(rows)
    lines = scorecard(report)
    ids = count(1)
    batches = [
        _batch(report, batch, judged, kept, number, ids)
        for number, (batch, judged) in enumerate(zip(report.batches, by_batch, strict=True), start=1)
    ]
    suites = dict.fromkeys(batch.suite for batch in report.batches)
    used = {figure.metric for batch in report.batches for figure in batch.figures} | {
        line.metric.name for line in lines
    }
    return Page(
        sentences(report, lines, rows),
        lines,
        unmeasured(report),
        tuple(_invariants(report, by_batch, kept)),
        tuple(
            SuiteView(number, suite, tuple(batch for batch in batches if batch.suite == suite))
            for number, suite in enumerate(suites, start=1)
        ),
        tuple(_failures(rows, kept)),
        sum(judged.cause is not None for judged in rows),
        sum(judged.judged for judged in rows),
        len(rows),
        len(kept),
        tuple(metric for name, metric in report.metrics.items() if name in used),
        tuple(_flat(report.manifest)),
    )


def _batch(
    report: ReportInput,
    batch: ReportBatch,
    judged: Sequence[Judged],
    kept: frozenset[int],
    number: int,
    ids: Iterator[int],
) -> BatchView:
    over = f" over {plural(batch.documents, 'document')}" if batch.documents else ""
    return BatchView(
        number,
        batch.batch,
        batch.task,
        f"{plural(len(batch.rows), 'question')}{over}",
        lines_of(report, batch),
        tuple(_groups(report, batch, ids)),
        tuple(
            CurveView(f"chart-{next(ids)}", *CURVES[name], curve_chart(curve))
            for name, curve in batch.curves.items()
            if curve.points
        ),
        tuple(question_page(one) for one in judged if one.number in kept),
        batch.suite,
        place_name(batch.suite, batch.batch),
    )


def _groups(report: ReportInput, batch: ReportBatch, ids: Iterator[int]) -> Iterator[TagGroup]:
    for tag in [*(tag for tag in TAGS if tag in batch.by_tag), *(tag for tag in batch.by_tag if tag not in TAGS)]:
        found = [(metric, _values(batch, tag, metric)) for metric, _ in headlines(report, batch)]
        charts = tuple(_bars(report, batch, metric, values, ids) for metric, values in found if len(values) > 1)
        if tag == "answerable":
            charts = (*charts, *_refused(report, batch, ids))
        if charts:
            yield TagGroup(TAGS.get(tag, shown_name(tag).capitalize()), charts)


def _values(batch: ReportBatch, tag: str, metric: Metric) -> list[tuple[str, Figure]]:
    return [
        (value, figure)
        for value, figures in batch.by_tag[tag].items()
        for figure in figures
        if figure.metric == metric.name and figure.scored
    ]


def _refused(report: ReportInput, batch: ReportBatch, ids: Iterator[int]) -> Iterator[Bars]:
    """How many of both kinds of question were refused: the two metrics that each count only one kind, in one chart."""
    figures = {figure.metric: figure for figure in batch.figures if figure.scored}
    if not REFUSED.keys() <= figures.keys() & report.metrics.keys():
        return
    values = [(words, figures[name]) for name, words in REFUSED.items()]
    drawn = bar_chart(values, report.metrics["wrong_refusals"])
    yield Bars(
        f"chart-{next(ids)}", "Questions refused", "Shares, with 95 % intervals.", drawn, _table(values, "share")
    )


def _table(values: Sequence[tuple[str, Figure]], unit: Unit) -> tuple[Rows, ...]:
    return tuple(
        Rows(value, amount(figure.value, unit), interval(figure.low, figure.high, unit), counted(figure))
        for value, figure in values
    )


def _bars(
    report: ReportInput,
    batch: ReportBatch,
    metric: Metric,
    found: Sequence[tuple[str, Figure]],
    ids: Iterator[int],
) -> Bars:
    goal = goal_of(report.goals, batch.suite, batch.batch, metric.name)
    bounds = [] if goal is None else [("reach", goal.reach), ("aim", goal.aim)]
    return Bars(
        f"chart-{next(ids)}",
        shown_name(metric.name).capitalize(),
        f"{metric.summary}; {plural(len(found), 'value')}, with 95 % intervals.",
        bar_chart(found, metric, [(name, bound) for name, bound in bounds if bound is not None]),
        _table(found, metric.unit),
    )


def _invariants(report: ReportInput, by_batch: Sequence[Sequence[Judged]], kept: frozenset[int]) -> Iterator[Invariant]:
    for batch, rows in zip(report.batches, by_batch, strict=True):
        for figure in batch.figures:
            metric = report.metrics.get(figure.metric)
            if metric is None or not metric.hard:
                continue
            holds = figure.value == (1.0 if metric.higher_is_better else 0.0)
            broken = () if holds else tuple(_breaking(metric, rows, kept))
            words = "holds" if holds else f"broken in {plural(len(broken), 'question')}"
            yield Invariant(
                place_name(batch.suite, batch.batch),
                shown_name(metric.name),
                amount(figure.value, metric.unit),
                counted(figure),
                words if figure.scored else "nothing to check",
                holds or not figure.scored,
                broken,
            )


def _breaking(metric: Metric, rows: Sequence[Judged], kept: frozenset[int]) -> Iterator[tuple[str, str]]:
    """The questions that alone would not give the full figure."""
    import numpy as np

    wanted = 1.0 if metric.higher_is_better else 0.0
    for judged in rows:
        columns = metric.columns(judged.row.sample, judged.row.response)
        if columns is not None and abs(metric.pool(np.array([columns], dtype=np.float64)) - wanted) > 0:
            yield judged.anchor if judged.number in kept else "", judged.row.sample.id


def _failures(rows: Sequence[Judged], kept: frozenset[int]) -> Iterator[FailureGroup]:
    failed = sum(judged.cause is not None for judged in rows)
    for cause, explanation in EXPLANATIONS.items():
        found = [judged for judged in rows if judged.cause == cause]
        if found:
            listed = tuple(
                Failure(
                    judged.anchor if judged.number in kept else "",
                    _short(judged.row.sample.id, 60),
                    place_name(judged.row.suite, judged.row.batch),
                    _short(" ".join(judged.row.sample.question[:400].split()), 120),
                )
                for judged in found
            )
            yield FailureGroup(cause, explanation, len(found), 100 * len(found) / failed, listed)


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _flat(manifest: Mapping[str, object], above: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Every value of nested tables, under the names that lead to it."""
    for name, value in manifest.items():
        path = f"{above}{name}"
        if isinstance(value, Mapping) and value and depth < 6:
            yield from _flat(value, f"{path}.", depth + 1)
        elif isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value) and depth < 6:
            for number, one in enumerate(value, start=1):
                yield from _flat(one, f"{path}.{number}.", depth + 1)
        else:
            said = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
            yield _short(path, 200), _short(said, 1000)
