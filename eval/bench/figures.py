"""A measured figure beside its target, and the table of all of them."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["met", "MISSED", "info", "not run"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table.

    Attributes:
        name: what was measured.
        measured: the value with its unit, and how it was taken, where that matters.
        target: the bound; empty for what has none.
        verdict: how the value stands to it.
        ratio: the value, where it says how many times something else it is; it becomes a bar.
        point: (series, size, value), where it belongs to a curve of growth.
    """

    name: str
    measured: str
    target: str
    verdict: Verdict
    ratio: float | None = None
    point: tuple[str, float, float] | None = None


def judged(name: str, value: float, target: float, *, unit: str, at_most: bool, said: str = "") -> Figure:
    """A figure whose target is a bound; `said` stands behind the value."""
    met = value <= target if at_most else value >= target
    sign = "<=" if at_most else ">="
    measured = (f"{value:,.2f} {unit}" if unit else f"{value:.3f}") + (f"  ({said})" if said else "")
    bound = f"{sign} {target:,g} {unit}".strip()
    return Figure(name, measured, bound, "met" if met else "MISSED", value if unit == "x" else None)


def info(name: str, measured: str) -> Figure:
    """A figure without a target."""
    return Figure(name, measured, "", "info")


def times(name: str, value: float, said: str = "") -> Figure:
    """A ratio without a target."""
    return Figure(name, f"{value:,.2f} x" + (f"  ({said})" if said else ""), "", "info", value)


def grown(series: str, size: float, value: float, unit: str) -> Figure:
    """A point of a curve of growth."""
    return Figure(f"{series} at {size:,.0f}", f"{value:,.1f} {unit}", "", "info", point=(series, size, value))


def not_run(name: str, why: str) -> Figure:
    """A figure that could not be taken."""
    return Figure(name, why, "", "not run")


def print_table(figures: Iterable[Figure]) -> None:
    """Print all figures, one a line, the verdict first."""
    rows = [("verdict", "figure", "target", "measured")]
    rows += [(figure.verdict, figure.name, figure.target, figure.measured) for figure in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row[:3], widths, strict=True)]
        say("  ".join([*cells, row[3]]).rstrip())


def say(line: str) -> None:
    """A line of the report on standard output."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def tell(line: str) -> None:
    """What is going on, on standard error."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
