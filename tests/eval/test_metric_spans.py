"""Stretches are merged before they are counted; recall and precision in characters, by passages and by budget."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.metrics.registry import METRICS
from eval.metrics.span_retrieval import BUDGETS, CUTS
from eval.metrics.spans import characters, covered_characters, merge_spans, overlaps, within_budget
from eval.records import Gold, Response, Retrieved, Sample, Span

SPAN = st.builds(Span, st.sampled_from("ab"), st.integers(0, 60), st.integers(0, 60))
SPANS = st.lists(SPAN, max_size=8)


def cells(spans) -> set[tuple[str, int]]:
    """The slow way: every character by itself."""
    return {(span.document, n) for span in spans for n in range(span.start, span.end)}


def sample(*gold: Span) -> Sample:
    return Sample("1", "?", Gold(spans=gold), "a")


def found(*spans: Span) -> Response:
    return Response("found", retrieved=tuple(Retrieved(s.document, s.start, s.end, 1.0) for s in spans))


def score(name: str, gold, read) -> float | None:
    columns = METRICS[name].columns(sample(*gold), found(*read))
    return None if columns is None else columns[0]


def test_overlapping_spans_become_one_and_touching_ones_stay_two() -> None:
    spans = [Span("b", 5, 9), Span("a", 10, 20), Span("a", 0, 12), Span("a", 20, 30), Span("b", 9, 9), Span("b", 7, 3)]
    assert merge_spans(spans) == (Span("a", 0, 20), Span("a", 20, 30), Span("b", 5, 9))
    assert characters(spans) == 34


@given(SPANS, SPANS)
def test_counts_are_those_of_the_characters_themselves(one, other) -> None:
    merged = merge_spans(one)
    assert merge_spans(merged) == merged == merge_spans(reversed(one))
    assert characters(one) == len(cells(one)) == sum(s.end - s.start for s in merged)
    assert covered_characters(one, other) == covered_characters(other, one) == len(cells(one) & cells(other))
    assert all(overlaps(span, other) == bool(cells([span]) & cells(other)) for span in one)


@given(SPANS, st.integers(0, 100))
def test_a_budget_is_read_in_order_and_cut_where_it_ends(spans, budget) -> None:
    read = within_budget(spans, budget)
    in_order = list(dict.fromkeys(cell for span in spans for cell in sorted(cells([span]))))
    assert cells(read) == set(in_order[:budget])
    assert sum(span.end - span.start for span in read) == min(budget, len(in_order))


def test_recall_and_precision_by_hand() -> None:
    gold = [Span("a", 0, 60), Span("a", 40, 100), Span("b", 0, 100)]  # 200 characters
    read = [Span("a", 50, 150), Span("a", 50, 150), Span("c", 0, 100), Span("a", 0, 100), Span("b", 90, 110)]
    assert score("span_recall_at_1", gold, read) == 50 / 200
    assert score("span_precision_at_1", gold, read) == 50 / 100
    # the passage that came twice counts once: the fourth is b
    assert score("span_recall_at_4", gold, read) == 110 / 200
    assert score("span_precision_at_4", gold, read) == 110 / 270


def test_what_was_read_costs_no_budget_again() -> None:
    gold = [Span("a", 0, 4000)]
    read = [Span("a", 0, 1500), Span("a", 1000, 2500), Span("a", 3000, 9000)]
    assert score("span_recall_in_2000_characters", gold, read) == 2000 / 4000
    assert score("span_precision_in_2000_characters", gold, read) == 1
    assert score("span_recall_in_8000_characters", gold, read) == 3500 / 4000
    assert score("span_precision_in_8000_characters", gold, read) == 3500 / 8000


def test_nothing_retrieved_is_nought_and_no_gold_is_not_scored() -> None:
    for name, metric in METRICS.items():
        if name.startswith("span_"):
            assert metric.columns(sample(Span("a", 0, 5)), found()) == (0.0,)
            assert metric.columns(sample(Span("a", 5, 5)), found(Span("a", 0, 5))) is None


@given(SPANS, SPANS, SPAN)
def test_bounds_and_growth(gold, read, more) -> None:
    if not characters(gold):
        return
    recalls = [score(f"span_recall_at_{k}", gold, read) for k in CUTS]
    budgets = [score(f"span_recall_in_{size}_characters", gold, read) for size in BUDGETS]
    assert recalls == sorted(recalls)
    assert budgets == sorted(budgets)
    for name in METRICS:
        if name.startswith("span_"):
            value = score(name, gold, read)
            assert value is not None
            assert 0 <= value <= 1
            assert value == score(name, gold[::-1], read)  # the order of the gold says nothing
    assert score("span_recall_at_64", gold, [*read, more]) >= recalls[-1]
    assert score("span_recall_at_64", gold, read[::-1]) == recalls[-1]


@pytest.mark.parametrize("gold", [[Span("a", 0, 10)], [Span("a", 0, 10), Span("b", 3, 9)]])
def test_a_right_passage_more_raises_recall_to_one(gold) -> None:
    assert score("span_recall_at_64", gold, [Span("c", 0, 5), *gold]) == pytest.approx(1)
