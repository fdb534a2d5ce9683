"""Figures, verdicts and changes in words. Nothing is said by colour alone."""

import math
from collections.abc import Mapping
from typing import Literal

from eval.goals import Verdict
from eval.metrics.metric import Figure, Metric
from eval.report.records import Change

Unit = Literal["share", "points", "ms", "MiB", "per second", "count"]
_BEHIND: Mapping[Unit, str] = {"points": "", "ms": " ms", "MiB": " MiB", "per second": " per second", "count": ""}


def amount(value: float, unit: Unit) -> str:
    """A figure as it is read: `97.3 %`, `1,240 ms`, `0.41`; a dash for what could not be counted."""
    if not math.isfinite(value):
        return "—"
    if unit == "share":
        return f"{100 * value:.1f} %"
    places = 2 if unit == "points" else 0 if abs(value) >= 100 or unit == "count" else 1
    return f"{value:,.{places}f}{_BEHIND[unit]}"


def interval(low: float, high: float, unit: Unit) -> str:
    """An interval: `[95.1, 98.4]`, in the unit of the figure before it."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    return f"[{amount(low, unit).split(' ')[0]}, {amount(high, unit).split(' ')[0]}]"


def difference(value: float, unit: Unit) -> str:
    """A signed difference; of shares in percentage points."""
    if unit == "share":
        return f"{100 * value:+.1f} points"
    return ("+" if value >= 0 else "-") + amount(abs(value), unit)


def verdict_words(verdict: Verdict, metric: Metric) -> str:
    """How a figure stands to its goal: `below reach by 3.2 points`."""
    side = "below" if metric.higher_is_better else "above"
    gap = difference(verdict.gap, metric.unit).lstrip("+")
    words = {
        "aim": "aim reached",
        "reach": "reach met",
        "below": f"{side} reach by {gap}",
        "short of aim": f"{side} aim by {gap}",
        "no goal": "no goal",
        "not scored": "not scored",
        "holds": "holds",
        "broken": "broken",
    }
    return words[verdict.state]


Direction = Literal["better", "worse", "no clear change"]


def direction(change: Change, metric: Metric) -> Direction:
    """Whether a change is clear: the interval of the paired difference does not hold 0."""
    if change.low <= 0 <= change.high:
        return "no clear change"
    return "better" if (change.difference > 0) == metric.higher_is_better else "worse"


def counted(figure: Figure) -> str:
    """How many rows were scored, of how many."""
    return f"{figure.scored:,} of {figure.total:,}"


def plural(count: int, one: str, many: str = "") -> str:
    """`1 question`, `2 questions`."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def place_name(suite: str, batch: str) -> str:
    """A batch by its suite and its own name, said once where they are the same."""
    return suite if suite == batch else f"{suite}, {batch}"


def shown_name(name: str) -> str:
    """A metric's or tag's name for reading: `recall at 5`."""
    return name.replace("_", " ")
