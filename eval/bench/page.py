"""The bench's table as one HTML file with its charts: ratios as bars, growth as curves. It loads nothing."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from eval.bench.figures import Figure

WIDTH, LINE, LABEL = 720.0, 26.0, 400.0
PLOT = 280.0
CURVE_WIDTH, CURVE_HEIGHT, MARGIN = 460.0, 240.0, 46.0


@dataclass(frozen=True, slots=True)
class RatioBar:
    """A bar from 1 x to its value on a logarithmic scale; `middle` is where 1 x stands."""

    name: str
    value: str
    top: float
    left: float
    width: float


@dataclass(frozen=True, slots=True)
class GrowthChart:
    """Curves of one unit over sizes, both scales logarithmic. `marks` are (x, y, label of the value)."""

    name: str
    line: str
    marks: tuple[tuple[float, float, str], ...]
    sizes: tuple[tuple[float, str], ...]


def write_page(figures: Sequence[Figure], path: Path) -> None:
    """Write the page."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined
    )
    middle, bars = ratio_bars(figures)
    page = environment.get_template("bench.html").render(
        figures=figures,
        bars=bars,
        middle=middle,
        width=WIDTH,
        height=LINE * (len(bars) + 1),
        growth=growth_charts(figures),
        curve_width=CURVE_WIDTH,
        curve_height=CURVE_HEIGHT,
        bottom=CURVE_HEIGHT - MARGIN,
    )
    path.write_text(page, encoding="utf-8")


def ratio_bars(figures: Sequence[Figure]) -> tuple[float, tuple[RatioBar, ...]]:
    """Where 1 x stands, and the bars of all ratios; a ratio of 4 is as long as one of a quarter."""
    ratios = [(figure.name, figure.ratio) for figure in figures if figure.ratio is not None and figure.ratio > 0]
    reach = max((abs(math.log(value)) for _, value in ratios), default=1.0) or 1.0
    middle = LABEL + PLOT / 2
    bars = []
    for number, (name, value) in enumerate(ratios):
        length = math.log(value) / reach * (PLOT / 2 - 30)
        bars.append(RatioBar(name, f"{value:,.2f} x", number * LINE, middle + min(0.0, length), max(1.0, abs(length))))
    return middle, tuple(bars)


def growth_charts(figures: Sequence[Figure]) -> tuple[GrowthChart, ...]:
    """One chart a series, in the order in which they were measured."""
    series: dict[str, list[tuple[float, float]]] = {}
    for figure in figures:
        if figure.point is not None:
            name, size, value = figure.point
            series.setdefault(name, []).append((size, value))
    return tuple(_curve(name, sorted(points)) for name, points in series.items())


def _curve(name: str, points: Sequence[tuple[float, float]]) -> GrowthChart:
    across = _scale([size for size, _ in points], MARGIN, CURVE_WIDTH - MARGIN)
    up = _scale([max(value, 1e-9) for _, value in points], CURVE_HEIGHT - MARGIN - 10, MARGIN)
    places = list(zip(across, up, strict=True))
    return GrowthChart(
        name,
        " ".join(f"{x:.1f},{y:.1f}" for x, y in places),
        tuple((x, y, f"{value:,.1f}") for (x, y), (_, value) in zip(places, points, strict=True)),
        tuple((x, f"{size:,.0f}") for x, (size, _) in zip(across, points, strict=True)),
    )


def _scale(values: Sequence[float], low: float, high: float) -> list[float]:
    """Where values stand between `low` and `high` on a logarithmic scale; in the middle where all are equal."""
    logs = [math.log(value) for value in values]
    least, spread = min(logs), max(logs) - min(logs)
    return [low + (high - low) * ((value - least) / spread if spread else 0.5) for value in logs]
