"""Intervals: Wilson's against scipy, the clustered bootstrap by its coverage, figures with what they were counted over."""

import math
from dataclasses import replace

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from eval.metrics.metric import Metric, mean, ratio
from eval.metrics.refusals import right_refusals_at_false_refusals
from eval.metrics.risk_coverage import area_under_risk_coverage
from eval.metrics.timings import percentile_95
from eval.records import Gold, Response, Row, Sample
from eval.statistics.bootstrap import (
    cluster_numbers,
    normal_from_student,
    percentile_interval,
    resampled,
    student_from_normal,
    two_sided_p,
)
from eval.statistics.figures import figure_of
from eval.statistics.wilson import wilson_interval


@given(st.integers(1, 3000), st.data())
def test_wilson_as_scipy_has_it(of, data) -> None:
    hits = data.draw(st.integers(0, of))
    expected = scipy.stats.binomtest(hits, of).proportion_ci(method="wilson")
    low, high = wilson_interval(hits, of)
    assert (low, high) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert 0 <= low <= hits / of <= high <= 1


def test_wilson_of_nothing() -> None:
    assert all(map(math.isnan, wilson_interval(0, 0)))


@pytest.mark.parametrize(
    ("freedom", "off", "far_off"),
    [(2, 0.08, 3.0), (3, 0.03, 1.8), (5, 0.01, 1.3), (13, 0.001, 1.04), (400, 1e-5, 1.01)],
)
def test_students_t_as_scipy_has_it(freedom, off, far_off) -> None:
    def tail(share: float) -> float:
        return scipy.stats.norm.sf(normal_from_student(scipy.stats.t.isf(share, freedom), freedom))

    assert tail(0.025) == pytest.approx(0.025, rel=off)
    assert 1e-5 * 0.99 <= tail(1e-5) <= 1e-5 * far_off  # far out it errs towards no difference
    normal = scipy.stats.norm.isf(0.025)
    assert student_from_normal(normal, freedom) == pytest.approx(scipy.stats.t.isf(0.025, freedom), rel=off)
    assert normal_from_student(student_from_normal(normal, freedom), freedom) == pytest.approx(normal)


def test_clusters_are_numbered_by_name() -> None:
    assert cluster_numbers(["b", "a", "b", "c"]).tolist() == [1, 0, 1, 2]


def _slowly(pool, matrix):
    """The same pool, in no list of fast ones."""
    return pool(matrix)


@pytest.mark.parametrize("pool", [mean, ratio])
def test_the_fast_way_gives_what_the_slow_one_does(pool) -> None:
    generator = np.random.default_rng(3)
    matrix, clusters = generator.random((40, 2)), generator.integers(0, 9, 40)
    fast = resampled(pool, matrix, clusters, resamples=50)
    assert fast == pytest.approx(resampled(lambda m: _slowly(pool, m), matrix, clusters, resamples=50))
    assert len(set(fast.tolist())) > 10


def test_whole_clusters_are_drawn_with_replacement() -> None:
    seen = []
    clusters = np.array([0, 0, 1, 2, 2, 2])
    resampled(
        lambda matrix: seen.append(matrix[:, 0].tolist()) or 0.0, np.arange(6.0)[:, None], clusters, resamples=200
    )
    parts = {0: [0, 1], 1: [2], 2: [3, 4, 5]}
    for rows in seen:
        times = [rows.count(0), rows.count(2), rows.count(3)]
        assert sum(times) == 3
        assert sorted(rows) == sorted(row for n, many in enumerate(times) for row in parts[n] * many)
    assert len({tuple(rows) for rows in seen}) == 10  # all ways to draw three out of three


def test_the_same_rows_are_resampled_alike_and_seeds_differ() -> None:
    matrix, clusters = np.random.default_rng(1).random((30, 1)), np.arange(30)
    assert resampled(mean, matrix, clusters).tolist() == resampled(mean, matrix, clusters).tolist()
    assert resampled(mean, matrix, clusters).tolist() != resampled(mean, matrix, clusters, seed=1).tolist()
    assert (resampled(mean, matrix + 1, clusters) - resampled(mean, matrix, clusters)) == pytest.approx(1)


@pytest.mark.parametrize("pool", [right_refusals_at_false_refusals, area_under_risk_coverage, percentile_95])
def test_any_pool_can_be_resampled(pool) -> None:
    generator = np.random.default_rng(2)
    matrix = np.stack([generator.random(60), generator.integers(0, 2, 60)], axis=1)
    low, high = percentile_interval(resampled(pool, matrix, np.arange(60), resamples=200), 60)
    assert low < pool(matrix) < high


def test_resamples_without_a_figure_are_left_out() -> None:
    matrix, clusters = np.array([(0.0, 0.0), (1.0, 2.0), (1.0, 1.0)]), np.arange(3)
    values = resampled(ratio, matrix, clusters)
    assert np.isnan(values).any()
    low, high = percentile_interval(values, 3)
    assert (low, high) == (0.5, 1)
    assert all(map(math.isnan, percentile_interval(values[np.isnan(values)], 3)))
    assert all(map(math.isnan, percentile_interval(values, 1)))


@pytest.mark.parametrize(("clusters", "size"), [(8, 7), (14, 7), (100, 2)])
def test_the_interval_covers_the_truth_as_often_as_it_says(clusters, size) -> None:
    generator = np.random.default_rng(5)
    numbers = np.repeat(np.arange(clusters), size)
    missed = 0
    for _ in range(400):
        values = 0.7 * generator.standard_normal(clusters)[numbers] + generator.standard_normal(clusters * size)
        low, high = percentile_interval(resampled(mean, values[:, None], numbers), clusters)
        missed += not low <= 0 <= high
    assert 0.02 <= missed / 400 <= 0.08


@pytest.mark.parametrize("clusters", [8, 30, 200])
def test_p_of_the_bootstrap_is_that_of_students_test(clusters) -> None:
    generator = np.random.default_rng(7)
    for shift in (0.0, 0.3, 1.0):
        values = generator.standard_normal(clusters) + shift
        found = two_sided_p(values.mean(), resampled(mean, values[:, None], np.arange(clusters)), clusters)
        assert found == pytest.approx(scipy.stats.ttest_1samp(values, 0).pvalue, rel=0.5, abs=0.01)


def test_p_where_nothing_varies() -> None:
    assert two_sided_p(0.0, np.zeros(99), 5) == 1
    assert two_sided_p(0.2, np.full(99, 0.2), 5) == 0
    assert math.isnan(two_sided_p(0.2, np.full(99, 0.2), 1))
    assert math.isnan(two_sided_p(0.2, np.full(99, math.nan), 5))


@given(st.integers(0, 10_000), st.sampled_from([4, 14, 100]))
def test_p_is_below_five_percent_where_nought_is_outside_the_interval(seed, clusters) -> None:
    generator = np.random.default_rng(seed)
    change = generator.uniform(0, 5)
    differences = generator.standard_normal(2000) + change
    p, (low, high) = two_sided_p(change, differences, clusters), percentile_interval(differences, clusters)
    assert 0 < p <= 1
    if not 0.02 < p < 0.1:
        assert (p < 0.05) == (not low <= 0 <= high)


# --- figures -------------------------------------------------------------------------------------------------------

NUMBER = Metric("number", "", lambda _s, r: None if r.confidence is None else (r.confidence,))
RATE = Metric("rate", "", lambda _s, r: None if r.confidence is None else (r.confidence,), rate=True)
PARTS = Metric("parts", "", lambda _s, r: (float(r.text_found), float(r.outside)), pool=ratio)


def rows_of(values, clusters=None) -> list[Row]:
    names = clusters or [f"c{n:04}" for n in range(len(values))]
    return [
        Row("s", "b", Sample(str(n), "?", Gold(), name), Response("found", confidence=value))
        for n, (value, name) in enumerate(zip(values, names, strict=True))
    ]


def test_a_rate_of_independent_rows_gets_wilsons_interval() -> None:
    figure = figure_of(RATE, rows_of([1.0, 0.0, 1.0, 1.0, None]))
    assert (figure.metric, figure.value, figure.scored, figure.total) == ("rate", 0.75, 4, 5)
    assert (figure.low, figure.high) == pytest.approx(wilson_interval(3, 4))


def test_rows_that_share_documents_get_the_clustered_bootstrap() -> None:
    values = [1.0] * 20 + [0.0] * 20
    together = figure_of(RATE, rows_of(values, [f"c{n // 5}" for n in range(40)]))
    apart = figure_of(RATE, rows_of(values))
    assert together.value == apart.value
    assert together.high - together.low > 1.3 * (apart.high - apart.low)


@pytest.mark.parametrize("metric", [RATE, NUMBER])
def test_a_share_whose_rows_all_agree_is_not_thought_certain(metric) -> None:
    names = [f"c{n // 5}" for n in range(40)]
    figure = figure_of(metric, rows_of([1.0] * 40, names))
    assert (figure.low, figure.high) == pytest.approx(wilson_interval(8, 8))
    figure = figure_of(metric, rows_of([0.0] * 40, names))
    assert (figure.low, figure.high) == pytest.approx(wilson_interval(0, 8))
    times = figure_of(replace(metric, unit="ms", rate=False), rows_of([1.0] * 40, names))
    assert (times.low, times.high) == (1, 1)


@pytest.mark.parametrize("metric", [NUMBER, RATE])
def test_figures_of_nothing(metric) -> None:
    for rows in ([], rows_of([None, None])):
        figure = figure_of(metric, rows)
        assert (figure.scored, figure.total) == (0, len(rows))
        assert all(map(math.isnan, (figure.value, figure.low, figure.high)))


def test_one_cluster_says_nothing_about_others() -> None:
    figure = figure_of(NUMBER, rows_of([0.2, 0.4], ["a", "a"]))
    assert figure.value == pytest.approx(0.3)
    assert all(map(math.isnan, (figure.low, figure.high)))


def test_nothing_to_count_is_no_figure() -> None:
    figure = figure_of(PARTS, rows_of([None, None]))
    assert math.isnan(figure.value)
    assert math.isnan(figure.low)
    assert (figure.scored, figure.total) == (2, 2)


@given(st.permutations(range(12)))
def test_the_order_of_rows_does_not_matter(order) -> None:
    rows = rows_of([n * n % 7 / 7 for n in range(12)], [f"c{n % 4}" for n in range(12)])
    one, other = figure_of(NUMBER, rows), figure_of(NUMBER, [rows[n] for n in order])
    assert (one.value, one.low, one.high) == pytest.approx((other.value, other.low, other.high))
    assert one.low <= one.value <= one.high
