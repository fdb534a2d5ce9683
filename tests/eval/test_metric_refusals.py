"""Rightness, refusals, and how well confidence tells right from wrong."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.metrics.curves import refusal_curve, risk_coverage_curve
from eval.metrics.refusals import right_refusals_at_false_refusals
from eval.metrics.registry import METRICS
from eval.metrics.rightness import is_right
from eval.metrics.risk_coverage import area_under_risk_coverage
from eval.records import Cited, Gold, Response, Row, Sample, Span

NO_GOLD = Gold()


def cited(document: str, start: int, end: int, quote: str = "x") -> Cited:
    return Cited(1, document, start, end, quote, verified=True, stands=True)


def columns(name: str, answerable: bool | None, status: str, confidence: float | None = None, gold: Gold = NO_GOLD):
    return METRICS[name].columns(
        Sample("1", "?", gold, "a", answerable=answerable), Response(status, confidence=confidence)
    )


def row(confidence: float | None, *, answerable: bool = True, right: bool = True) -> Row:
    citations = (cited("a", 0, 5),) if right else ()
    sample = Sample("1", "?", Gold(documents=(("a",),)), "a", answerable=answerable)
    return Row("s", "b", sample, Response("answered", citations=citations, confidence=confidence))


VALUES, SPANS = (("5 May",),), (Span("a", 0, 10),)
DOCUMENTS, ANSWERS = (("a",),), ("the fifth of May",)


@pytest.mark.parametrize(
    ("gold", "answer", "citation", "right"),
    [
        (Gold(values=VALUES, spans=SPANS), "5 May", cited("b", 0, 5), True),
        (Gold(values=VALUES, spans=SPANS), "6 May", cited("a", 0, 5), False),
        (Gold(spans=SPANS, documents=DOCUMENTS), "", cited("a", 9, 12), True),
        (Gold(spans=SPANS, documents=DOCUMENTS), "", cited("a", 10, 12), False),
        (Gold(documents=DOCUMENTS, answers=ANSWERS), "", cited("a", 50, 60), True),
        (Gold(documents=DOCUMENTS, answers=ANSWERS), "", cited("b", 0, 9, "fifth of May"), False),
        (Gold(answers=ANSWERS), "", cited("b", 0, 9, "on the fifth of May."), True),
        (Gold(answers=ANSWERS), "the fifth of May", cited("b", 0, 9, "on the sixth"), False),
        (Gold(), "anything", cited("a", 0, 9), None),
    ],
)
def test_the_first_gold_there_is_decides(gold, answer, citation, right) -> None:
    sample = Sample("1", "?", gold, "a", answerable=True)
    assert is_right(sample, Response("answered", answer=answer, citations=(citation,))) is right
    net = {True: (1,), False: (-1,), None: None}[right]
    assert METRICS["net_score"].columns(sample, Response("answered", answer=answer, citations=(citation,))) == net
    silent = Response("not_found", answer=answer, citations=(citation,))
    assert is_right(sample, silent) is (None if right is None else False)
    assert METRICS["net_score"].columns(sample, silent) == (None if right is None else (0,))


def test_to_answer_what_has_no_answer_is_wrong() -> None:
    sample = Sample("1", "?", Gold(), "a", answerable=False)
    assert is_right(sample, Response("answered")) is False
    assert METRICS["net_score"].columns(sample, Response("answered")) == (-1,)
    assert METRICS["net_score"].columns(sample, Response("not_found")) == (0,)


def test_refusals_as_shipped() -> None:
    for status, wrong, right in [("answered", 0, 0), ("not_found", 1, 1), ("unclear", 1, 1), ("error", 1, 0)]:
        assert columns("wrong_refusals", True, status) == (wrong,)
        assert columns("right_refusals", False, status) == (right,)
        assert columns("wrong_refusals", False, status) is columns("right_refusals", True, status) is None
        assert columns("wrong_refusals", None, status) is columns("right_refusals", None, status) is None


def test_statuses() -> None:
    assert columns("status_right", True, "unclear", gold=Gold(statuses=("unclear", "not_found"))) == (1,)
    assert columns("status_right", True, "answered", gold=Gold(statuses=("unclear",))) == (0,)
    assert columns("status_right", True, "answered") is None


def test_confidence_that_is_not_known_is_not_scored() -> None:
    name = "right_refusals_at_10_percent_false"
    assert columns(name, True, "answered", 0.5) == (0.5, 1)
    assert columns(name, False, "answered", 0.25) == (0.25, 0)
    assert columns(name, None, "answered", 0.5) is columns(name, True, "answered") is None
    assert columns("area_under_risk_coverage", True, "answered", 0.5) is None
    assert columns("area_under_risk_coverage", False, "answered", 0.5) == (0.5, 0)


def test_right_refusals_at_ten_percent_by_hand() -> None:
    answerable = [(confidence / 10, 1) for confidence in range(1, 11)]  # one may be refused: the line is at 0.2
    absent = [(0.05, 0), (0.15, 0), (0.2, 0), (0.9, 0)]
    assert right_refusals_at_false_refusals(np.array(answerable + absent)) == 2 / 4
    nine = np.array(answerable[1:] + absent)  # none of nine may be
    assert right_refusals_at_false_refusals(nine) == 2 / 4
    ties = np.array([(0.1, 1), (0.1, 1), *answerable[2:], *absent])  # two at the line: neither may be
    assert right_refusals_at_false_refusals(ties) == 1 / 4
    assert math.isnan(right_refusals_at_false_refusals(np.array(answerable)))
    assert math.isnan(right_refusals_at_false_refusals(np.array(absent)))


CONFIDENCES = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.2, 0.5, 0.9, 1.0]), st.booleans()), min_size=1, max_size=30
)


@given(CONFIDENCES)
def test_never_more_false_refusals_than_allowed(rows) -> None:
    matrix = np.array(rows, dtype=float)
    value = right_refusals_at_false_refusals(matrix)
    if math.isnan(value):
        assert len({kind for _, kind in rows}) == 1
        return
    assert value == right_refusals_at_false_refusals(matrix[::-1])
    curve = refusal_curve([row(c, answerable=kind) for c, kind in rows])
    assert value == pytest.approx(max(right for false, right in curve if false <= 0.1 + 1e-9))
    assert curve[0] == (0, 0)
    assert curve[-1] == (1, 1)
    assert list(curve) == sorted(curve)
    assert [right for _, right in curve] == sorted(right for _, right in curve)


def test_area_under_risk_coverage_by_hand() -> None:
    matrix = np.array([(0.9, 1), (0.8, 0), (0.7, 1), (0.6, 0)])
    assert area_under_risk_coverage(matrix) == pytest.approx((0 + 1 / 2 + 1 / 3 + 2 / 4) / 4)
    assert area_under_risk_coverage(np.array([(0.9, 1), (0.8, 1)])) == 0
    # three without an order, one of them wrong: risk 1/3 on average at each coverage
    assert area_under_risk_coverage(np.array([(0.5, 1), (0.5, 0), (0.5, 1)])) == pytest.approx(1 / 3)


@given(CONFIDENCES)
def test_the_area_is_bounded_and_knows_no_order(rows) -> None:
    matrix = np.array(rows, dtype=float)
    area = area_under_risk_coverage(matrix)
    assert 0 <= area <= 1
    assert area == pytest.approx(area_under_risk_coverage(matrix[::-1]))
    best = np.array(sorted(rows, key=lambda r: not r[1]), dtype=float)
    best[:, 0] = np.linspace(1, 0, len(best))
    assert area_under_risk_coverage(best) <= area + 1e-9


def test_curves() -> None:
    rows = [row(0.9), row(0.8, right=False), row(0.8), row(0.2, answerable=False), row(None)]
    assert risk_coverage_curve(rows) == ((1 / 4, 0), (3 / 4, 1 / 3), (1, 1 / 2))
    assert refusal_curve(rows) == ((0, 0), (0, 1), (2 / 3, 1), (1, 1))
    assert risk_coverage_curve([]) == refusal_curve([]) == refusal_curve([row(0.5)]) == ()
