"""The goals of the built-in engine: the file that ships, a file that is wrong, and how a figure is judged."""

import math
from pathlib import Path

import pytest

from casefile.errors import UsageError
from eval.goals import Goal, Verdict, goal_of, judged, load_goals
from eval.metrics.metric import Figure
from eval.metrics.registry import METRICS
from eval.records import SuiteOptions
from eval.suites.registry import all_suites, suite_named
from tests.capabilities import needs_public_data

GOOD = '[[goal]]\nsuite = "s"\nbatch = "b"\nmetric = "m"\nreach = 0.5\naim = 0.8\n'


def figure(value: float, scored: int = 10) -> Figure:
    return Figure("m", value, value - 0.1, value + 0.1, scored, 12)


def test_the_goals_that_ship() -> None:
    goals = load_goals()
    assert len(goals) == 25
    natural = goal_of(goals, "contracts", "510 documents, natural words", "span_recall_in_8000_characters")
    assert natural is not None
    assert (natural.plain, natural.reach, natural.aim) == (None, 0.66, 0.75)
    sentence = goal_of(goals, "clapnq", "pooled", "gold_sentence_first")
    assert sentence is not None
    assert (sentence.plain, sentence.reach, sentence.aim) == (0.69, 0.74, 0.80)
    assert goal_of(goals, "demo", "demo", "all_documents_cited") is None
    assert goal_of(goals, "demo", "demo", "all_documents_cited", {"documents": "several"}) is not None


def test_a_goal_of_the_file_is_within_reach_of_its_aim() -> None:
    for goal in load_goals():
        if goal.reach is not None and goal.aim is not None:
            assert goal.reach < goal.aim, goal
        if goal.plain is not None and goal.reach is not None:
            assert goal.plain <= goal.reach, goal


def test_every_goal_names_a_metric_of_a_share() -> None:
    assert {METRICS[goal.metric].unit for goal in load_goals()} == {"share"}


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        (GOOD + "hope = 1\n", "hope"),
        ("[goals]\n", "unknown tables: goals"),
        ('[goal]\nsuite = "s"\n', "not in"),
        (GOOD + GOOD, "two goals"),
        (GOOD.replace("0.5", "50"), "reach"),
        (GOOD.replace("0.5", '"half"'), "reach"),
        (GOOD.replace("0.5", "nan"), "reach"),
        (GOOD.replace('suite = "s"\n', ""), "suite"),
        (GOOD.replace('"b"', '""'), "batch"),
        (GOOD.replace("reach = 0.5\naim = 0.8", "plain = 0.2"), "`reach` or `aim`"),
        (GOOD + 'among = { a = "1", b = "2" }\n', "among"),
        ("[[goal", "cannot be read"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_the_place(tmp_path: Path, text: str, trouble: str) -> None:
    path = tmp_path / "goals.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=trouble):
        load_goals(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        load_goals(tmp_path / "none.toml")


BOTH = Goal(suite="s", batch="b", metric="m", reach=0.5, aim=0.8)
ONLY_AIM = Goal(suite="s", batch="b", metric="m", aim=0.6)
CEILING = Goal(suite="s", batch="b", metric="m", reach=0.03, aim=0.01)


@pytest.mark.parametrize(
    ("value", "goal", "higher", "state", "gap"),
    [
        (0.8, BOTH, True, "aim", 0),
        (0.79, BOTH, True, "reach", 0),
        (0.5, BOTH, True, "reach", 0),
        (0.468, BOTH, True, "below", 0.032),
        (0.6, ONLY_AIM, True, "aim", 0),
        (0.55, ONLY_AIM, True, "short of aim", 0.05),
        (0.01, CEILING, False, "aim", 0),
        (0.03, CEILING, False, "reach", 0),
        (0.05, CEILING, False, "below", 0.02),
        (0.9, None, True, "no goal", 0),
        (math.nan, BOTH, True, "not scored", 0),
    ],
)
def test_how_a_figure_is_judged(value: float, goal: Goal | None, higher: bool, state: str, gap: float) -> None:
    verdict = judged(figure(value), goal, higher_is_better=higher)
    assert verdict.state == state
    assert verdict.gap == pytest.approx(gap)


def test_a_figure_that_counted_nothing_is_not_judged() -> None:
    assert judged(figure(0.9, scored=0), BOTH) == Verdict("not scored")
    assert judged(None, BOTH) == Verdict("not scored")


@pytest.mark.prove
def test_every_goal_names_a_batch_of_a_suite_that_counts_its_metric(tmp_path: Path) -> None:
    options = SuiteOptions(needs_public_data("contracts").parent, 0, "dev", tmp_path)
    goals = [goal for goal in load_goals() if goal.suite in all_suites()]
    suites = {goal.suite: suite_named(goal.suite).batches(options) for goal in goals}
    batches = {(suite, batch.name): batch for suite, found in suites.items() for batch in found}
    for goal in goals:
        batch = batches[goal.suite, goal.batch]
        assert goal.metric in batch.metrics, goal
        for tag, value in goal.among.items():
            assert value in {sample.tags.get(tag) for sample in batch.samples}, goal
