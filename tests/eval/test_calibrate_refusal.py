"""The figures that calibration prints, on numbers worked by hand."""

import numpy as np
import pytest

from eval.calibrate_refusal import auroc, refusal_interval, right_refusals

ANSWERABLE = np.array([1.0] * 10 + [0.0] * 4)
SCORES = np.array([0.05, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.1, 0.2, 0.58, 0.95])


def test_right_refusals_at_ten_percent_false() -> None:
    refused, threshold = right_refusals(SCORES, ANSWERABLE)
    assert 0.05 < threshold <= 0.5
    assert refused == pytest.approx(0.5)


def test_auroc_counts_pairs_in_order() -> None:
    in_order = 9 + 9 + 7 + 0
    assert auroc(SCORES, ANSWERABLE) == pytest.approx(in_order / 40)


def test_the_interval_holds_the_figure_and_is_the_same_again() -> None:
    clusters = [str(number // 2) for number in range(14)]
    low, high = refusal_interval(SCORES, ANSWERABLE, clusters)
    assert 0 <= low <= 0.5 <= high <= 1
    assert (low, high) == refusal_interval(SCORES, ANSWERABLE, clusters)
