"""Figures, goals and changes in words, and where the parts of a chart stand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.goals import Goal, Verdict, judged
from eval.metrics.metric import Figure, Metric
from eval.metrics.registry import METRICS
from eval.records import Span
from eval.report.charts import LABEL_WIDTH, MOST_BARS, MOST_POINTS, PLOT_WIDTH, bar_chart, curve_chart
from eval.report.marking import excerpt, shortened
from eval.report.records import Change, Curve
from eval.report.scorecard import scorecard, unmeasured
from eval.report.wording import Unit, amount, difference, direction, interval, plural, verdict_words
from tests.eval.report_sample import sample_report

SHARE, TIME, ERRORS = METRICS["hit_at_1"], METRICS["answer_ms_p50"], METRICS["wrong_refusals"]


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0.9734, "share", "97.3 %"),
        (1.0, "share", "100.0 %"),
        (-0.417, "points", "-0.42"),
        (1240.4, "ms", "1,240 ms"),
        (12.34, "ms", "12.3 ms"),
        (812.5, "MiB", "812 MiB"),
        (9.6, "per second", "9.6 per second"),
        (3, "count", "3"),
        (math.nan, "share", "—"),
        (math.inf, "ms", "—"),
    ],
)
def test_amounts(value: float, unit: Unit, words: str) -> None:
    assert amount(value, unit) == words


def test_intervals_and_differences() -> None:
    assert interval(0.951, 0.984, "share") == "[95.1, 98.4]"
    assert interval(1200.0, 2300.0, "ms") == "[1,200, 2,300]"
    assert interval(math.nan, 1.0, "share") == ""
    assert difference(0.032, "share") == "+3.2 points"
    assert difference(-12.0, "ms") == "-12.0 ms"
    assert [plural(n, "question") for n in (0, 1, 2000)] == ["0 questions", "1 question", "2,000 questions"]


@pytest.mark.parametrize(
    ("metric", "value", "words"),
    [
        (SHARE, 0.81, "aim reached"),
        (SHARE, 0.79, "reach met"),
        (SHARE, 0.668, "below reach by 3.2 points"),
        (ERRORS, 0.75, "above reach by 5.0 points"),
    ],
)
def test_a_verdict_says_by_how_much(metric: Metric, value: float, words: str) -> None:
    goal = Goal(suite="s", batch="b", metric=metric.name, reach=0.7, aim=0.8 if metric.higher_is_better else 0.6)
    figure = Figure(metric.name, value, 0, 1, 5, 5)
    assert verdict_words(judged(figure, goal, higher_is_better=metric.higher_is_better), metric) == words
    assert verdict_words(Verdict("no goal"), metric) == "no goal"


@pytest.mark.parametrize(
    ("metric", "low", "high", "words"),
    [
        (SHARE, 0.01, 0.05, "better"),
        (SHARE, -0.05, -0.01, "worse"),
        (SHARE, -0.01, 0.05, "no clear change"),
        (SHARE, 0.0, 0.05, "no clear change"),
        (TIME, 5.0, 9.0, "worse"),
        (TIME, -9.0, -5.0, "better"),
    ],
)
def test_a_change_is_clear_when_its_interval_does_not_hold_zero(
    metric: Metric, low: float, high: float, words: str
) -> None:
    assert direction(Change(0.5, (low + high) / 2, low, high, 9), metric) == words


def test_the_scorecard_holds_every_goal_of_the_run_in_order() -> None:
    report = sample_report()
    lines = scorecard(report)
    assert [(line.metric.name, line.value, line.counted, line.verdict_words) for line in lines] == [
        ("hit_at_1", "84.6 %", "26 of 33", "aim reached"),
        ("gold_sentence_first", "76.9 %", "26 of 33", "reach met"),
        ("wrong_refusals", "11.1 %", "27 of 33", "above reach by 6.1 points"),
        ("recall_at_5", "100.0 %", "3 of 9", "aim reached"),
        ("caught", "80.0 %", "5 of 10", "no goal"),
        ("struck_wrongly", "0.0 %", "5 of 10", "no goal"),
    ]
    assert lines[3].where == "files, one, documents: several"
    assert [line.change and line.change.direction for line in lines[:3]] == ["better", "worse", None]
    assert unmeasured(report) == ("elsewhere, all: hit at 1",)


def test_a_goal_over_rows_that_are_not_there_is_not_scored() -> None:
    goal = Goal(suite="files", batch="one", metric="hit_at_1", among={"documents": "none"}, reach=0.5)
    line = scorecard(sample_report(goals=[goal]))[0]
    assert (line.value, line.counted, line.verdict_words) == ("—", "0", "not scored")


# --- charts --------------------------------------------------------------------------------------------------------


def figure(value: float, low: float, high: float) -> Figure:
    return Figure("hit_at_1", value, low, high, 5, 9)


def test_where_a_bar_its_whisker_and_its_goals_stand() -> None:
    chart = bar_chart(
        [("pdf", figure(0.5, 0.25, 1.0)), ("mail", figure(0.0, 0.0, 0.1))], SHARE, [("reach", 0.75), ("aim", 0.8)]
    )
    first, second = chart.bars
    assert (first.end, first.low, first.high) == tuple(LABEL_WIDTH + PLOT_WIDTH * n for n in (0.5, 0.25, 1.0))
    assert second.end == LABEL_WIDTH
    assert second.top > first.top
    assert [(goal.label, goal.at, goal.before) for goal in chart.goals] == [
        ("reach", LABEL_WIDTH + PLOT_WIDTH * 0.75, True),
        ("aim", LABEL_WIDTH + PLOT_WIDTH * 0.8, False),
    ]
    assert [tick.label for tick in chart.ticks] == ["0 %", "25 %", "50 %", "75 %", "100 %"]


def test_values_without_a_figure_and_beyond_the_room_are_left_out_and_counted() -> None:
    values = [("none", figure(math.nan, math.nan, math.nan))] + [(str(n), figure(0.5, 0.4, 0.6)) for n in range(30)]
    chart = bar_chart(values, SHARE)
    assert len(chart.bars) == MOST_BARS
    assert chart.left_out == 31 - MOST_BARS


@given(
    st.lists(st.tuples(*[st.floats(allow_nan=True, allow_infinity=True)] * 3), max_size=6),
    st.sampled_from([SHARE, TIME]),
)
def test_nothing_stands_outside_the_plot(values: list[tuple[float, float, float]], metric: Metric) -> None:
    chart = bar_chart([(str(n), figure(*value)) for n, value in enumerate(values)], metric, [("reach", 0.5)])
    places = [n for bar in chart.bars for n in (bar.end, bar.low, bar.high)] + [tick.at for tick in chart.ticks]
    assert all(LABEL_WIDTH <= place <= LABEL_WIDTH + PLOT_WIDTH for place in places)


def test_a_curve_is_thinned_and_keeps_its_ends() -> None:
    points = [(n / 5000, (n / 5000) ** 2) for n in range(5001)]
    chart = curve_chart(Curve(points, (0.5, 0.25)))
    assert len(chart.line.split()) == MOST_POINTS
    assert (chart.rows[0], chart.rows[-1], len(chart.rows)) == ((0.0, 0.0), (1.0, 1.0), 11)
    assert chart.shipped == (chart.margin + chart.side / 2, chart.head + chart.side * 0.75)
    assert curve_chart(Curve([(0.0, math.nan), (0.0, 1.0)])).line == f"{chart.margin:g},{chart.head:g}"


# --- texts ---------------------------------------------------------------------------------------------------------


def test_gold_is_marked_where_it_stands() -> None:
    text = "One two three four."
    found = excerpt(text, "a", 100, [Span("a", 104, 107), Span("a", 106, 113), Span("b", 100, 119)], 100)
    assert [(part.text, part.gold) for part in found.parts] == [
        ("One ", False),
        ("two", True),
        (" three", True),
        (" four.", False),
    ]


def test_a_window_begins_a_little_before_gold_that_is_far_down() -> None:
    text = "x" * 1000 + "GOLD" + "y" * 1000
    found = excerpt(text, "a", 0, [Span("a", 1000, 1004)], 100)
    assert [(part.text, part.gold) for part in found.parts] == [("x" * 25, False), ("GOLD", True), ("y" * 71, False)]
    assert (found.left_out, found.before, found.after) == (1904, True, True)


@given(
    st.text(max_size=60),
    st.lists(st.tuples(st.integers(-5, 80), st.integers(-5, 80)), max_size=5),
    st.integers(1, 70),
)
def test_a_window_is_a_stretch_of_the_text(text: str, spans: list[tuple[int, int]], most: int) -> None:
    gold = [Span("a", low + 10, high + 10) for low, high in spans if low < high]
    found = excerpt(text, "a", 10, gold, most)
    shown = "".join(part.text for part in found.parts)
    assert shown in text
    assert len(shown) == min(len(text), most)
    assert found.left_out == len(text) - len(shown)
    at = text.find(shown) if not found.before else len(text) - len(shown) if not found.after else -1
    if at >= 0:
        marked = [part.gold for part in found.parts for _ in part.text]
        assert marked == [any(s.start <= 10 + n < s.end for s in gold) for n in range(at, at + len(shown))]


def test_the_beginning_of_a_gigantic_text() -> None:
    found = shortened("a" * 1_000_000, 40)
    assert (len(found.parts[0].text), found.left_out, found.after) == (40, 999_960, True)
