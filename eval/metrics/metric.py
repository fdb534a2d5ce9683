"""What a metric is: a few numbers of each row, and how they are put together over many rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from eval.records import Response, Sample

Columns = tuple[float, ...]
Matrix = NDArray[np.float64]
"""One row a question that counts, one column a number of `Metric.columns`."""


def mean(matrix: Matrix) -> float:
    """The mean of the only column."""
    return float(matrix[:, 0].mean())


def ratio(matrix: Matrix) -> float:
    """Sum of the first column by sum of the second: what is counted over parts (citations), not over questions."""
    total = float(matrix[:, 1].sum())
    return float(matrix[:, 0].sum()) / total if total else float("nan")


@dataclass(frozen=True, slots=True)
class Metric:
    """One measure.

    Attributes:
        name: as in goals, figures and `--fail-under`; `_at_` and a number for a cut.
        summary: what it says, in one line for somebody who is no specialist.
        columns: the numbers of one row; None leaves the row out (nothing to score in it).
        pool: puts the rows together; the mean of the only column unless said otherwise. NaN: nothing to count.
        unit: what the figure is in.
        higher_is_better: which way is good.
        hard: an invariant that may not drop at all.
        rate: every row gives 0 or 1, so that the interval is Wilson's and pairs are compared by McNemar's test.
    """

    name: str
    summary: str
    columns: Callable[[Sample, Response], Columns | None]
    pool: Callable[[Matrix], float] = mean
    unit: Literal["share", "points", "ms", "MiB", "per second", "count"] = "share"
    higher_is_better: bool = True
    hard: bool = False
    rate: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric over some rows: `scored` of `total` counted. `low` and `high` bound 95 %."""

    metric: str
    value: float
    low: float
    high: float
    scored: int
    total: int


def matrix_of(metric: Metric, rows: Sequence[tuple[Sample, Response]]) -> tuple[Matrix, list[int]]:
    """The rows that count as a matrix, and their positions among all."""
    found = [(n, metric.columns(sample, response)) for n, (sample, response) in enumerate(rows)]
    kept = [(n, columns) for n, columns in found if columns is not None]
    return np.array([columns for _, columns in kept], dtype=np.float64), [n for n, _ in kept]
