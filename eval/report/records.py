"""What a report is made of. Whoever scores a run builds a `ReportInput`; `eval.report.page` makes the page of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from eval.goals import Goal
from eval.metrics.metric import Figure, Metric
from eval.records import Row, Split, Task


@dataclass(frozen=True, slots=True)
class About:
    """What was measured, in words that a person reads at the top.

    Attributes:
        title: of the page.
        started: when, as it shall be read.
        split: which rows; `own` for a person's own questions, which nothing was tuned on or held out from.
        engine: what wrote the answers.
        revision: of the program.
        machine: processor, cores, memory.
        previous: what names the run compared with; empty when there is none.
        random_weights: whether the model has random weights, so that no score means anything.
    """

    title: str
    started: str
    split: Split | Literal["own"]
    engine: str
    revision: str
    machine: str
    previous: str = ""
    random_weights: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A figure of the previous run, on the questions that both runs asked.

    `difference` is now minus before, in the metric's unit; `low` and `high` bound 95 % of the paired difference.
    """

    before: float
    difference: float
    low: float
    high: float
    questions: int


CurveName = Literal["risk_coverage", "refusals"]


@dataclass(frozen=True, slots=True)
class Curve:
    """Points (x, y) of `eval.metrics.curves`; `shipped` is where the threshold that ships stands.

    `risk_coverage`: x is the share of questions answered, y the share of wrong ones among the answered.
    `refusals`: x is the share of answerable questions refused, y the share of unanswerable ones refused.
    """

    points: Sequence[tuple[float, float]]
    shipped: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class ReportBatch:
    """One batch: its figures and its rows.

    Attributes:
        suite: name of the suite.
        batch: name of the batch.
        task: what was done with its questions.
        figures: in the order of the registry.
        rows: questions with what came back.
        documents: how many documents they were asked of; 0 where that is not known.
        by_tag: figures of the rows of a tag's value, by tag and value; `answerable` holds `yes` and `no`.
        changes: by metric, against the previous run; empty where there is none.
        curves: by name.
        unreadable: keys of documents of which no text came into the corpus.
    """

    suite: str
    batch: str
    task: Task
    figures: Sequence[Figure]
    rows: Sequence[Row]
    documents: int = 0
    by_tag: Mapping[str, Mapping[str, Sequence[Figure]]] = field(default_factory=dict)
    changes: Mapping[str, Change] = field(default_factory=dict)
    curves: Mapping[CurveName, Curve] = field(default_factory=dict)
    unreadable: Collection[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ReportInput:
    """A run as the report needs it.

    Attributes:
        about: the head of the page.
        batches: in the order in which they are shown; those of a suite together.
        metrics: by name: `eval.metrics.registry.METRICS`.
        goals: what figures are judged by: `eval.goals.load_goals()`.
        manifest: everything else that is known of the run; shown as a table.
        not_available: suites that could not run, and why.
    """

    about: About
    batches: Sequence[ReportBatch]
    metrics: Mapping[str, Metric]
    goals: Sequence[Goal]
    manifest: Mapping[str, Any] = field(default_factory=dict)
    not_available: Mapping[str, str] = field(default_factory=dict)
