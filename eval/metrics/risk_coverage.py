"""How well confidence tells right answers from wrong ones.

Questions are put in the order of confidence, highest first. Coverage is the share that is answered, risk the share of
those that is wrong; the area is the mean risk over all n coverages 1/n … 1. Equal confidences have no order: inside
them the expected risk over all orders counts. Source: El-Yaniv and Wiener, "On the Foundations of Noise-free Selective
Classification" (2010); the area: Geifman, Uziel and El-Yaniv, "Bias-Reduced Uncertainty Estimation" (2019).

0 is never wrong; without any sense of what it knows an engine gets its share of wrong answers. Right is what
`eval.metrics.rightness` says, so an answerable question that was refused as shipped counts as not right.
"""

import numpy as np

from eval.metrics.metric import Columns, Matrix, Metric
from eval.metrics.rightness import is_right
from eval.records import Response, Sample


def area_under_risk_coverage(matrix: Matrix) -> float:
    """Mean risk over all coverages; columns (confidence, right)."""
    _, group, sizes = np.unique(-matrix[:, 0], return_inverse=True, return_counts=True)
    wrong = np.bincount(group, 1 - matrix[:, 1]) / sizes
    answered = np.arange(1, len(matrix) + 1)
    return float((np.cumsum(np.repeat(wrong, sizes)) / answered).mean())


def confidence_and_rightness(sample: Sample, response: Response) -> Columns | None:
    """(confidence, right); None where one is not known."""
    right = is_right(sample, response)
    return None if response.confidence is None or right is None else (response.confidence, float(right))


METRICS = (
    Metric(
        "area_under_risk_coverage",
        "share of wrong answers, over all ways to draw the line of confidence (0 is best)",
        confidence_and_rightness,
        area_under_risk_coverage,
        higher_is_better=False,
    ),
)
