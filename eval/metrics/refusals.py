"""Refusing what has no answer, and not refusing what has one.

* right refusals at 10 % false: the threshold on the engine's confidence is put where it refuses at most 10 % of the
  answerable questions, as many as ties allow; the figure is the share of unanswerable ones below it. The true positive
  rate at a fixed false positive rate (Fawcett, "An introduction to ROC analysis", 2006).
* wrong and right refusals: as shipped; a question is refused when it did not end `answered`. One that broke (`error`)
  is a wrong refusal where there was an answer and no right one where there was none.
* status right: how it ended is one of the ways that are right.
"""

import numpy as np

from eval.metrics.metric import Columns, Matrix, Metric
from eval.records import Response, Sample

FALSE_REFUSALS = 0.1
_ROUNDING = 1e-9


def right_refusals_at_false_refusals(matrix: Matrix) -> float:
    """Share of unanswerable rows refused when at most 10 % of the answerable are; columns (confidence, answerable).

    NaN where one kind is missing.
    """
    confidence, answerable = matrix[:, 0], matrix[:, 1] > 0
    kept, absent = confidence[answerable], confidence[~answerable]
    if not len(kept) or not len(absent):
        return float("nan")
    allowed = int(FALSE_REFUSALS * len(kept) + _ROUNDING)
    return float((absent < np.partition(kept, allowed)[allowed]).mean())


def confidence_columns(sample: Sample, response: Response) -> Columns | None:
    """(confidence, answerable); None where one is not known."""
    if response.confidence is None or sample.answerable is None:
        return None
    return response.confidence, float(sample.answerable)


def _wrongly(sample: Sample, response: Response) -> Columns | None:
    return (float(response.status != "answered"),) if sample.answerable else None


def _rightly(sample: Sample, response: Response) -> Columns | None:
    return (float(response.status not in {"answered", "error"}),) if sample.answerable is False else None


def _status(sample: Sample, response: Response) -> Columns | None:
    return (float(response.status in sample.gold.statuses),) if sample.gold.statuses else None


METRICS = (
    Metric(
        "right_refusals_at_10_percent_false",
        "questions without an answer that are refused when one in ten of the others is",
        confidence_columns,
        right_refusals_at_false_refusals,
    ),
    Metric("wrong_refusals", "questions with an answer that got none", _wrongly, higher_is_better=False, rate=True),
    Metric("right_refusals", "questions without an answer that got none", _rightly, rate=True),
    Metric("status_right", "it ended as it should: answered, not found, asked back or refused", _status, rate=True),
)
