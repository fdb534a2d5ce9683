"""Figures beside their goals and beside the previous run: the lines of the scorecard and of each suite's table."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eval.goals import Goal, Verdict, goal_of, judged
from eval.metrics.metric import Figure, Metric
from eval.report.records import Change, ReportBatch, ReportInput
from eval.report.wording import amount, counted, difference, direction, interval, place_name, shown_name, verdict_words

BAR_WIDTH = 150.0
HEADLINES = 3
"""Metrics that stand for a batch without goals."""


@dataclass(frozen=True, slots=True)
class SmallBar:
    """A figure of a share as a bar of `BAR_WIDTH`; None for what is not there."""

    end: float
    low: float
    high: float
    plain: float | None
    reach: float | None
    aim: float | None


@dataclass(frozen=True, slots=True)
class ChangeWords:
    """A change in words: its direction, and the difference with its interval."""

    direction: str
    words: str


@dataclass(frozen=True, slots=True)
class Line:
    """One figure as it is shown."""

    where: str
    name: str
    metric: Metric
    value: str
    interval: str
    counted: str
    goal: Goal | None
    plain: str
    reach: str
    aim: str
    verdict: Verdict
    verdict_words: str
    summary: str
    change: ChangeWords | None
    bar: SmallBar | None


def scorecard(report: ReportInput) -> tuple[Line, ...]:
    """Every goal whose batch was run, and the headline figures of the batches that have no goal."""
    lines: list[Line] = []
    for batch in report.batches:
        goals = [goal for goal in report.goals if (goal.suite, goal.batch) == (batch.suite, batch.batch)]
        if goals:
            known = [goal for goal in goals if goal.metric in report.metrics]
            lines += [_line(batch, report.metrics[goal.metric], _figure(batch, goal), goal) for goal in known]
        else:
            lines += [_line(batch, metric, figure, None) for metric, figure in headlines(report, batch)]
    return tuple(lines)


def lines_of(report: ReportInput, batch: ReportBatch) -> tuple[Line, ...]:
    """Every figure of a batch."""
    return tuple(
        _line(
            batch,
            report.metrics[figure.metric],
            figure,
            goal_of(report.goals, batch.suite, batch.batch, figure.metric),
        )
        for figure in batch.figures
        if figure.metric in report.metrics
    )


def headlines(report: ReportInput, batch: ReportBatch) -> list[tuple[Metric, Figure]]:
    """What stands for a batch in charts: the metrics with a goal, else its first shares."""
    known = [(report.metrics[figure.metric], figure) for figure in batch.figures if figure.metric in report.metrics]
    shares = [(metric, figure) for metric, figure in known if metric.unit == "share" and not metric.hard]
    aimed = {goal.metric for goal in report.goals if (goal.suite, goal.batch) == (batch.suite, batch.batch)}
    return [pair for pair in shares if pair[0].name in aimed] or shares[:HEADLINES]


def unmeasured(report: ReportInput) -> tuple[str, ...]:
    """Goals whose batch is not of this run, in words."""
    run = {(batch.suite, batch.batch) for batch in report.batches}
    return tuple(
        f"{_where(goal.suite, goal.batch, goal.among)}: {shown_name(goal.metric)}"
        for goal in report.goals
        if (goal.suite, goal.batch) not in run
    )


def _figure(batch: ReportBatch, goal: Goal) -> Figure | None:
    figures: Sequence[Figure] = batch.figures
    for tag, value in goal.among.items():
        figures = batch.by_tag.get(tag, {}).get(value, ())
    return next((figure for figure in figures if figure.metric == goal.metric), None)


def _line(batch: ReportBatch, metric: Metric, figure: Figure | None, goal: Goal | None) -> Line:
    verdict = _hard_verdict(metric, figure) or judged(figure, goal, higher_is_better=metric.higher_is_better)
    among: Mapping[str, str] = goal.among if goal else {}
    return Line(
        _where(batch.suite, batch.batch, among),
        shown_name(metric.name),
        metric,
        amount(figure.value, metric.unit) if figure else "—",
        interval(figure.low, figure.high, metric.unit) if figure else "",
        counted(figure) if figure else "0",
        goal,
        _bound(goal.plain if goal else None, metric),
        _bound(goal.reach if goal else None, metric),
        _bound(goal.aim if goal else None, metric),
        verdict,
        verdict_words(verdict, metric),
        metric.summary[:1].upper() + metric.summary[1:],
        None if among else _change(batch.changes.get(metric.name), metric),
        _bar(figure, goal) if figure and figure.scored and metric.unit == "share" else None,
    )


def _hard_verdict(metric: Metric, figure: Figure | None) -> Verdict | None:
    """A hard invariant holds or is broken; None for everything else."""
    if not metric.hard or figure is None or not figure.scored:
        return None
    gap = abs(figure.value - (1.0 if metric.higher_is_better else 0.0))
    return Verdict("broken", gap) if gap else Verdict("holds")


def _where(suite: str, batch: str, among: Mapping[str, str]) -> str:
    return ", ".join([place_name(suite, batch), *(f"{shown_name(tag)}: {value}" for tag, value in among.items())])


def _bound(bound: float | None, metric: Metric) -> str:
    return "" if bound is None else amount(bound, metric.unit)


def _change(change: Change | None, metric: Metric) -> ChangeWords | None:
    if change is None:
        return None
    low, high = (difference(bound, metric.unit).split(" ")[0] for bound in (change.low, change.high))
    return ChangeWords(direction(change, metric), f"{difference(change.difference, metric.unit)} [{low}, {high}]")


def _bar(figure: Figure, goal: Goal | None) -> SmallBar:
    def at(value: float) -> float:
        return round(BAR_WIDTH * min(max(value, 0.0), 1.0), 1) if math.isfinite(value) else 0.0

    def place(bound: float | None) -> float | None:
        return None if bound is None else at(bound)

    return SmallBar(
        at(figure.value),
        at(figure.low),
        at(figure.high),
        place(goal.plain if goal else None),
        place(goal.reach if goal else None),
        place(goal.aim if goal else None),
    )
