"""The curves behind two figures, for the report's charts: a point for each confidence at which a line can be drawn."""

from collections.abc import Sequence

import numpy as np

from eval.metrics.metric import Columns, Matrix
from eval.metrics.refusals import confidence_columns
from eval.metrics.risk_coverage import confidence_and_rightness
from eval.records import Row


def risk_coverage_curve(rows: Sequence[Row]) -> tuple[tuple[float, float], ...]:
    """(coverage, risk) from the most confident answers to all; empty where no row has a confidence.

    Answered is what has at least the confidence of the line. See `eval.metrics.risk_coverage`.
    """
    matrix = _matrix([confidence_and_rightness(row.sample, row.response) for row in rows])
    _, group, sizes = np.unique(-matrix[:, 0], return_inverse=True, return_counts=True)
    answered = np.cumsum(sizes)
    wrong = np.cumsum(np.bincount(group, 1 - matrix[:, 1]))
    return _points(answered / max(1, len(matrix)), wrong / np.maximum(answered, 1))


def refusal_curve(rows: Sequence[Row]) -> tuple[tuple[float, float], ...]:
    """(false refusals, right refusals), as shares, from refusing nothing to refusing everything.

    Refused is what lies below the line. Empty where answerable or unanswerable questions are missing.
    """
    matrix = _matrix([confidence_columns(row.sample, row.response) for row in rows])
    answerable = matrix[:, 1]
    if not 0 < answerable.sum() < len(matrix):
        return ()
    _, group = np.unique(matrix[:, 0], return_inverse=True)
    false, right = (
        np.concatenate([[0.0], np.cumsum(np.bincount(group, kind)) / kind.sum()])
        for kind in (answerable, 1 - answerable)
    )
    return _points(false, right)


def _matrix(found: Sequence[Columns | None]) -> Matrix:
    return np.array([columns for columns in found if columns is not None], dtype=np.float64).reshape(-1, 2)


def _points(across: Matrix, up: Matrix) -> tuple[tuple[float, float], ...]:
    return tuple(zip(across.tolist(), up.tolist(), strict=True))
