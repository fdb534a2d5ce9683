"""Two runs: McNemar against scipy's binomial test, Holm by hand, and how often a difference is seen that is none."""

import math
from dataclasses import replace

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from eval.metrics.metric import Metric, ratio
from eval.records import Gold, Response, Row, Sample
from eval.statistics.holm import holm_adjusted
from eval.statistics.paired import (
    MARGIN,
    Difference,
    difference_of,
    is_worse,
    mcnemar_p,
    scored_pairs,
)
from eval.statistics.power import DROPS, SETTINGS, alarms, main, simulated_pair
from eval.statistics.wilson import wilson_interval


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_as_scipys_binomial_test(broken, fixed) -> None:
    p = mcnemar_p(broken, fixed)
    n, k = broken + fixed, min(broken, fixed)
    if n == 0:
        assert p == 1
        return
    at_k = scipy.stats.binom.pmf(k, n, 0.5)
    # the exact test counts both tails with k in them, its mid-p form k once
    exact = scipy.stats.binomtest(k, n).pvalue
    assert p == pytest.approx(1 if broken == fixed else exact - at_k)
    assert 0 < p <= exact
    assert p == mcnemar_p(fixed, broken)


def test_mcnemar_of_many() -> None:
    assert mcnemar_p(0, 20_000) == 0  # smaller than any float
    assert mcnemar_p(5_000, 5_000) == 1
    assert mcnemar_p(4_850, 5_150) == pytest.approx(2 * scipy.stats.norm.sf(300 / 100), rel=0.02)


def test_holm_by_hand() -> None:
    given_p = {"a": 0.01, "b": 0.04, "c": 0.03, "d": math.nan, "e": 0.005, "f": 0.9}
    adjusted = holm_adjusted(given_p)
    assert list(adjusted) == list(given_p)
    assert math.isnan(adjusted.pop("d"))
    assert adjusted == pytest.approx({"e": 0.025, "a": 0.04, "c": 0.09, "b": 0.09, "f": 0.9})
    assert holm_adjusted({}) == {}


@given(st.dictionaries(st.text(max_size=3), st.floats(0, 1), max_size=8))
def test_holm_is_monotone_bounded_and_between_nothing_and_bonferroni(p_values) -> None:
    adjusted = holm_adjusted(p_values)
    order = sorted(p_values, key=lambda name: (p_values[name], name))
    assert [adjusted[name] for name in order] == sorted(adjusted.values())
    for name, p in p_values.items():
        assert p <= adjusted[name] <= min(1.0, p * len(p_values)) or adjusted[name] == pytest.approx(p)


# --- differences ---------------------------------------------------------------------------------------------------

NUMBER = Metric("number", "", lambda _s, r: None if r.confidence is None else (r.confidence,))
RATE = replace(NUMBER, rate=True)
ERRORS = replace(NUMBER, higher_is_better=False)
PARTS = Metric("parts", "", lambda _s, r: (float(r.text_found), float(r.outside)) if r.outside else None, pool=ratio)


def run_of(values, clusters=None) -> list[Row]:
    names = clusters or [f"c{n:04}" for n in range(len(values))]
    return [
        Row("s", "b", Sample(str(n), "?", Gold(), name), Response("found", confidence=value))
        for n, (value, name) in enumerate(zip(values, names, strict=True))
    ]


def parts(*counted: tuple[int, int]) -> list[Row]:
    return [
        Row("s", "b", Sample(str(n), "?", Gold(), f"c{n}"), Response("found", text_found=good, outside=of))
        for n, (good, of) in enumerate(counted)
    ]


def test_a_difference_on_the_same_questions() -> None:
    generator = np.random.default_rng(0)
    before = generator.random(80)
    after = before - 0.05 + 0.01 * generator.standard_normal(80)
    found = difference_of(NUMBER, run_of(before), run_of(after))
    assert found.change == pytest.approx((after - before).mean())
    assert (found.scored, found.total) == (80, 80)
    expected = scipy.stats.ttest_rel(after, before).confidence_interval()
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=0.001)
    assert found.p < 0.002
    assert is_worse(NUMBER, found)
    assert not is_worse(NUMBER, found, margin=0.06)
    assert not is_worse(ERRORS, found)
    back = difference_of(ERRORS, run_of(after), run_of(before))
    assert (back.low, back.high) == pytest.approx((-found.high, -found.low))
    assert is_worse(ERRORS, back)


def test_only_questions_of_both_runs_that_both_score_count() -> None:
    before, after = run_of([0.5, None, 0.5, 0.7]), run_of([0.5, 0.9, None, 0.9, 0.1])
    found = difference_of(NUMBER, before, after[::-1])
    assert (found.scored, found.total) == (2, 4)
    assert (found.before, found.after) == (pytest.approx(0.6), pytest.approx(0.7))


def test_a_ratio_counts_what_only_one_run_has() -> None:
    before, after = parts((2, 2), (0, 0), (0, 0)), parts((2, 2), (0, 1), (0, 0))
    assert [pair.columns_before for pair in scored_pairs(PARTS, list(zip(before, after, strict=True)))] == [
        (2, 2),
        (0, 0),
    ]
    found = difference_of(replace(PARTS, hard=True), before, after)
    assert (found.before, found.after, found.scored) == (1, pytest.approx(2 / 3), 2)
    assert is_worse(replace(PARTS, hard=True), found)
    assert not is_worse(PARTS, found)


def test_a_rate_of_independent_rows_gets_mcnemars_test() -> None:
    before, after = [1.0] * 20 + [0.0] * 10, [0.0] * 8 + [1.0] * 12 + [1.0] * 2 + [0.0] * 8
    found = difference_of(RATE, run_of(before), run_of(after))
    assert found.p == mcnemar_p(8, 2)
    names = [f"c{n // 2}" for n in range(30)]
    assert difference_of(RATE, run_of(before, names), run_of(after, names)).p != found.p


def test_nothing_changed() -> None:
    found = difference_of(RATE, run_of([1.0, 0.0, 1.0]), run_of([1.0, 0.0, 1.0]))
    assert (found.change, found.low, found.high, found.p) == (0, 0, 0, 1)
    assert not is_worse(RATE, found, margin=0)


def test_nothing_to_compare() -> None:
    for before, after, scored in [([], [], 0), ([None], [1.0], 0), ([0.0, 1.0], [], 0)]:
        found = difference_of(NUMBER, run_of(before), run_of(after))
        assert found.scored == scored
        assert all(map(math.isnan, (found.change, found.low, found.high, found.p)))
        assert not is_worse(NUMBER, found)
    one_cluster = difference_of(NUMBER, run_of([0.9, 0.9], ["a", "a"]), run_of([0.1, 0.2], ["a", "a"]))
    assert one_cluster.change == pytest.approx(-0.75)
    assert all(map(math.isnan, (one_cluster.low, one_cluster.high, one_cluster.p)))
    assert not is_worse(NUMBER, one_cluster)


def test_hard_invariants_may_not_drop_at_all() -> None:
    drop = Difference("m", 1.0, 0.999, -0.003, 0.0, 0.5, 1000, 1000)
    assert is_worse(replace(NUMBER, hard=True), drop)
    assert not is_worse(replace(NUMBER, hard=True), replace(drop, after=1.0))
    assert not is_worse(NUMBER, drop)


# --- simulations ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_simulated_runs_are_what_they_are_said_to_be(setting) -> None:
    generator = np.random.default_rng(1)
    drops = []
    for _ in range(200):
        (before, after), (same, again) = simulated_pair(setting, (0.1, 0.0), generator)
        assert before.shape == after.shape == (setting.documents * setting.questions, 1)
        drops.append((before.mean() - after.mean(), same.mean() - again.mean()))
    expected = setting.rate or 0.5
    assert before.mean() == pytest.approx(expected, abs=0.3)
    for values, drop in zip(np.array(drops).T, (0.1, 0.0), strict=True):
        assert values.mean() == pytest.approx(drop, abs=4 * values.std() / np.sqrt(len(values)))


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_few_false_alarms_and_most_large_drops_found(setting) -> None:
    pairs = 150
    false, found = (alarms(setting, (drop,), 0.0, pairs).by_interval for drop in (0.0, 0.1))
    assert wilson_interval(false * pairs, pairs)[0] <= 0.05
    assert found > 3 * false


def test_of_several_metrics_one_looks_worse_by_chance_unless_their_number_is_allowed_for() -> None:
    setting = SETTINGS[3]
    none, all_drop = (alarms(setting, [drop] * 20, 0.0, 60) for drop in (0.0, 0.1))
    assert none.by_both <= 0.05 < none.by_interval
    assert all_drop.by_both > 0.5


@pytest.mark.prove
@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
@pytest.mark.parametrize("margin", [0.0, MARGIN])
def test_false_alarms_in_a_thousand_pairs(setting, margin) -> None:
    shares = [alarms(setting, (drop,), margin).by_interval for drop in DROPS]
    print(setting.name, margin, shares)
    assert shares[0] <= 0.05
    assert shares == sorted(shares)


def test_the_command_prints_every_setting(capsys) -> None:
    assert main(["--pairs", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + 2 * len(SETTINGS) + 2 + 4
    assert all(line.count("%") >= len(DROPS) for line in [*lines[1 : 1 + 2 * len(SETTINGS)], *lines[-4:]])
