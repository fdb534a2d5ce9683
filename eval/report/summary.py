"""The run in a few plain sentences, each counted from the figures and the rows."""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from eval.failures import EXPLANATIONS
from eval.report.questions import Judged
from eval.report.records import ReportInput
from eval.report.scorecard import Line
from eval.report.wording import direction, plural

HALF, NEARLY_ALL = 50, 95
RANDOM_WEIGHTS = "The model has random weights: this run shows that everything works together; its scores mean nothing."


def sentences(report: ReportInput, scorecard: Sequence[Line], rows: Sequence[Judged]) -> tuple[str, ...]:
    """What a reader should know who reads nothing else.

    Args:
        report: the run.
        scorecard: its lines.
        rows: all its questions.
    """
    return tuple(
        sentence
        for part in (_asked(report), _goals(scorecard), _quotes(rows), _refusals(rows), _failed(rows), _times(rows))
        for sentence in part
    ) + tuple(_changes(report))


def _asked(report: ReportInput) -> Iterator[str]:
    if report.about.random_weights:
        yield RANDOM_WEIGHTS
    rows = sum(len(batch.rows) for batch in report.batches)
    suites = len({batch.suite for batch in report.batches})
    sizes = sorted({batch.documents for batch in report.batches if batch.documents})
    over = (
        f", asked of {' to '.join(f'{size:,}' for size in dict.fromkeys((sizes[0], sizes[-1])))} documents"
        if sizes
        else ""
    )
    yield f"{plural(rows, 'question')} from {plural(suites, 'data set')}{over}."
    if report.about.split == "dev":
        yield "These are development questions, such as the program was tuned on. Test questions decide."
    elif report.about.split == "test":
        yield "These are test questions: nothing was tuned on them."


def _goals(scorecard: Sequence[Line]) -> Iterator[str]:
    judged = [line for line in scorecard if line.goal is not None]
    if not judged:
        yield "There are no goals for these questions."
        return
    states = Counter(line.verdict.state for line in judged)
    missed = states["below"] + states["short of aim"]
    unscored = f", not scored: {states['not scored']}" if states["not scored"] else ""
    yield (
        f"{plural(len(judged), 'goal')}: aim reached {states['aim']}, reach met {states['reach']}, "
        f"missed {missed}{unscored}."
    )
    behind = [line for line in judged if line.verdict.gap and line.metric.unit == "share"]
    if behind:
        worst = max(behind, key=lambda line: line.verdict.gap)
        yield f"Furthest from its goal: {worst.where}, {worst.name}: {worst.verdict_words}."


def _quotes(rows: Sequence[Judged]) -> Iterator[str]:
    quotes = [cited for judged in rows for cited in judged.row.response.citations]
    stands = sum(cited.stands for cited in quotes)
    if quotes:
        which = f"All {len(quotes):,}" if stands == len(quotes) else f"{stands:,} of {len(quotes):,}"
        yield f"{which} quotes stand word for word in the document that they cite."
    outside = sum(judged.row.response.outside > 0 for judged in rows)
    if outside:
        yield f"In {plural(outside, 'question')} something came from outside the documents that were to be searched."


def _refusals(rows: Sequence[Judged]) -> Iterator[str]:
    for answerable, words in ((True, "that the documents answer"), (False, "that the documents do not answer")):
        asked = [j for j in rows if j.task == "ask" and j.row.sample.answerable is answerable]
        refused = sum(j.row.response.status != "answered" for j in asked)
        if asked:
            yield f"Of {plural(len(asked), 'question')} {words}, {refused:,} got no answer."


def _failed(rows: Sequence[Judged]) -> Iterator[str]:
    causes = Counter(judged.cause for judged in rows if judged.cause is not None)
    judged = sum(row.judged for row in rows)
    if not causes:
        yield f"None of the {plural(judged, 'question')} that can be judged went wrong."
        return
    cause, count = causes.most_common(1)[0]
    yield (
        f"{causes.total():,} of {plural(judged, 'question')} that can be judged went wrong, most often at "
        f"“{cause}” ({count:,}): {EXPLANATIONS[cause][0].lower()}{EXPLANATIONS[cause][1:]}"
    )


def _times(rows: Sequence[Judged]) -> Iterator[str]:
    for task, words in (("ask", "answers"), ("search", "searches")):
        taken = [
            judged.row.response.timings_ms["total"]
            for judged in rows
            if judged.task == task and "total" in judged.row.response.timings_ms
        ]
        if taken:
            half, most = np.percentile(np.array(taken), [HALF, NEARLY_ALL])
            yield f"Half of the {words} took less than {half / 1000:.2f} seconds, 19 of 20 less than {most / 1000:.2f}."


def _changes(report: ReportInput) -> Iterator[str]:
    if not report.about.previous:
        return
    found = Counter(
        direction(change, report.metrics[metric])
        for batch in report.batches
        for metric, change in batch.changes.items()
        if metric in report.metrics
    )
    yield (
        f"Against the run {report.about.previous}: {plural(found['better'], 'figure')} better, {found['worse']} worse, "
        f"{found['no clear change']} without a clear change."
    )
