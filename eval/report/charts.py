"""Where the parts of a chart stand. The templates draw them; here is nothing but geometry.

Lengths are in units of the SVG's view box. A bar chart lies on its side: one line a value, whiskers for the interval.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from eval.metrics.metric import Figure, Metric
from eval.report.records import Curve
from eval.report.wording import amount

LABEL_WIDTH, PLOT_WIDTH, VALUE_WIDTH = 190.0, 340.0, 80.0
LINE_HEIGHT, HEAD_HEIGHT, FOOT_HEIGHT = 28.0, 20.0, 24.0
LONGEST_LABEL = 26
MOST_BARS = 24
CURVE_SIDE, CURVE_MARGIN, CURVE_HEAD = 260.0, 46.0, 28.0
MOST_POINTS = 240


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the scale or of a goal, at `at`; `before` is whether its label stands left of it."""

    at: float
    label: str
    before: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """One value: its line's top, the bar's end, its whisker."""

    label: str
    whole_label: str
    top: float
    end: float
    low: float
    high: float
    value: str


@dataclass(frozen=True, slots=True)
class BarChart:
    """A chart as it is drawn. `left` is where the bars begin, `left_out` how many values found no room."""

    width: float
    height: float
    left: float
    head: float
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    goals: tuple[Tick, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class CurveChart:
    """A curve over two shares. `line` is what `points` of a polyline takes; `rows` the table beside it."""

    side: float
    margin: float
    head: float
    line: str
    ticks: tuple[Tick, ...]
    shipped: tuple[float, float] | None
    rows: tuple[tuple[float, float], ...]


def bar_chart(
    values: Sequence[tuple[str, Figure]], metric: Metric, goals: Sequence[tuple[str, float]] = ()
) -> BarChart:
    """One bar a value.

    Args:
        values: what each bar is called, and its figure.
        metric: what was measured.
        goals: name (`reach`, `aim`) and place of each line across all bars, in the metric's unit.
    """
    shown = [(label, figure) for label, figure in values if math.isfinite(figure.value)][:MOST_BARS]
    ends = [n for _, f in shown for n in (f.value, f.high) if math.isfinite(n)]
    most = 1.0 if metric.unit == "share" else max([*ends, 0.0]) * 1.05 or 1.0
    head = HEAD_HEIGHT if goals else HEAD_HEIGHT / 2
    first = min((value for _, value in goals), default=0.0)

    def at(value: float) -> float:
        return LABEL_WIDTH + PLOT_WIDTH * min(max(value / most, 0.0), 1.0) if math.isfinite(value) else LABEL_WIDTH

    bars = tuple(
        Bar(
            _shortened(label),
            label,
            head + n * LINE_HEIGHT,
            at(figure.value),
            at(figure.low),
            at(figure.high),
            amount(figure.value, metric.unit),
        )
        for n, (label, figure) in enumerate(shown)
    )
    ticks = tuple(Tick(at(most * n / 4), amount(most * n / 4, metric.unit).replace(".0 %", " %")) for n in range(5))
    return BarChart(
        LABEL_WIDTH + PLOT_WIDTH + VALUE_WIDTH,
        head + len(bars) * LINE_HEIGHT + FOOT_HEIGHT,
        LABEL_WIDTH,
        head,
        bars,
        ticks,
        tuple(Tick(at(value), name, len(goals) > 1 and value == first) for name, value in goals),
        len(values) - len(shown),
    )


def curve_chart(curve: Curve) -> CurveChart:
    """A curve in a square; at most `MOST_POINTS` points are drawn, and eleven stand in the table."""
    points = [(x, y) for x, y in curve.points if math.isfinite(x) and math.isfinite(y)]

    def placed(x: float, y: float) -> tuple[float, float]:
        return round(CURVE_MARGIN + CURVE_SIDE * _share(x), 1), round(CURVE_HEAD + CURVE_SIDE * (1 - _share(y)), 1)

    drawn = [placed(x, y) for x, y in _thinned(points, MOST_POINTS)]
    return CurveChart(
        CURVE_SIDE,
        CURVE_MARGIN,
        CURVE_HEAD,
        " ".join(f"{x:g},{y:g}" for x, y in drawn),
        tuple(Tick(CURVE_SIDE * n / 4, f"{25 * n} %") for n in range(5)),
        placed(*curve.shipped) if curve.shipped else None,
        tuple(_thinned(points, 11)),
    )


def _thinned(points: Sequence[tuple[float, float]], most: int) -> list[tuple[float, float]]:
    """At most so many points, evenly drawn, the first and the last among them."""
    if len(points) <= most:
        return list(points)
    return [points[round(n * (len(points) - 1) / (most - 1))] for n in range(most)]


def _share(value: float) -> float:
    return min(max(value, 0.0), 1.0)


def _shortened(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1]}…"
