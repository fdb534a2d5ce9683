"""Ranks of documents, against trec_eval (through ir_measures) and by hand where documents count the same."""

from math import log2

import ir_measures
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ir_measures import RR, R, Success, nDCG

from eval.metrics.document_ranking import gains
from eval.metrics.registry import METRICS
from eval.records import Gold, Response, Retrieved, Sample

NAMES = ("recall_at_1", "recall_at_5", "recall_at_10", "hit_at_1", "hit_at_5", "reciprocal_rank_at_10", "ndcg_at_10")
DOCUMENTS = [f"d{n:02}" for n in range(15)]


def score(name: str, groups, ranking) -> float | None:
    sample = Sample("1", "?", Gold(documents=tuple(map(tuple, groups))), "a")
    response = Response("found", retrieved=tuple(Retrieved(document, 0, 9, 1.0) for document in ranking))
    columns = METRICS[name].columns(sample, response)
    return None if columns is None else columns[0]


@given(st.permutations(DOCUMENTS), st.integers(1, 15), st.sets(st.sampled_from(DOCUMENTS), min_size=1, max_size=12))
def test_as_trec_eval_counts(order, length, right) -> None:
    ranking = order[:length]
    oracle = ir_measures.calc_aggregate(
        [R @ 1, R @ 5, R @ 10, Success @ 1, Success @ 5, RR @ 10, nDCG @ 10],
        [ir_measures.Qrel("1", document, 1) for document in right],
        [ir_measures.ScoredDoc("1", document, 100.0 - place) for place, document in enumerate(ranking)],
    )
    expected = [oracle[m] for m in (R @ 1, R @ 5, R @ 10, Success @ 1, Success @ 5, RR @ 10, nDCG @ 10)]
    assert [score(name, [(d,) for d in right], ranking) for name in NAMES] == pytest.approx(expected, abs=1e-9)


def test_documents_count_at_their_first_passage() -> None:
    assert score("hit_at_5", [("x",)], ["a", "a", "a", "a", "a", "x"]) == 1
    assert score("reciprocal_rank_at_10", [("x",)], ["a", "a", "x", "x"]) == 1 / 2


def test_a_document_that_counts_the_same_gains_once() -> None:
    groups, ranking = [("x", "copy of x"), ("y",)], ["copy of x", "x", "y"]
    assert gains(ranking, groups) == (1, 0, 1)
    assert score("recall_at_1", groups, ranking) == 1 / 2
    assert score("recall_at_5", groups, ranking) == 1
    assert score("ndcg_at_10", groups, ranking) == pytest.approx((1 + 1 / log2(4)) / (1 + 1 / log2(3)))


def test_nothing_needed_is_not_scored_and_nothing_found_is_nought() -> None:
    assert [score(name, [], ["a"]) for name in NAMES] == [None] * len(NAMES)
    assert [score(name, [()], ["a"]) for name in NAMES] == [None] * len(NAMES)
    assert [score(name, [("a",)], []) for name in NAMES] == [0] * len(NAMES)


@given(
    st.lists(st.lists(st.sampled_from(DOCUMENTS), min_size=1, max_size=3), min_size=1, max_size=5),
    st.lists(st.sampled_from(DOCUMENTS), max_size=12),
)
def test_bounds_order_and_growth(groups, ranking) -> None:
    values = {name: score(name, groups, ranking) for name in NAMES}
    assert all(0 <= value <= 1 for value in values.values())
    assert values == {name: pytest.approx(score(name, groups[::-1], ranking)) for name in NAMES}
    assert values["recall_at_1"] <= values["recall_at_5"] <= values["recall_at_10"]
    assert values["hit_at_1"] <= values["hit_at_5"]
    raised = [groups[0][0], *ranking]
    assert all(score(name, groups, raised) >= values[name] - 1e-9 for name in ("hit_at_1", "reciprocal_rank_at_10"))
    assert score("recall_at_10", groups, [*ranking[:9], groups[0][0]]) >= score("recall_at_10", groups, ranking[:9])
