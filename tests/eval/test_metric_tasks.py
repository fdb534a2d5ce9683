"""What the check of claims, reading, tool calls and the clock are worth; and the list of all metrics."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from eval.metrics.metric import Metric, matrix_of, mean, ratio
from eval.metrics.registry import METRICS, _by_name
from eval.metrics.tool_calls import all_match, call_matches
from eval.records import Called, Gold, Response, Sample


def columns(name: str, gold: Gold, response: Response):
    return METRICS[name].columns(Sample("1", "?", gold, "a"), response)


def test_the_check_of_claims() -> None:
    true, false = Gold(statuses=("supported",)), Gold(statuses=("unsupported",))
    for status, caught, struck in [("supported", 0, 0), ("unsupported", 1, 1), ("error", 0, 1)]:
        assert columns("caught", false, Response(status)) == (caught,)
        assert columns("struck_wrongly", true, Response(status)) == (struck,)
        assert columns("caught", true, Response(status)) is columns("struck_wrongly", false, Response(status)) is None
        assert (
            columns("caught", Gold(), Response(status)) is columns("struck_wrongly", Gold(), Response(status)) is None
        )


def test_text_found() -> None:
    assert columns("text_found", Gold(texts=("a", "b", "c")), Response("complete", text_found=2)) == (2, 3)
    assert columns("text_found", Gold(), Response("complete")) is None


GOLD: Mapping[str, Any] = {
    "maps.route": {"to": ["New York, NY"], "by": ["car", ""], "hours": [2.0], "stops": [["a", "b"]], "toll": [True, ""]}
}


@pytest.mark.parametrize(
    ("change", "right"),
    [
        ({}, True),
        ({"to": "new york ny"}, True),
        ({"hours": 2}, True),
        ({"hours": 3}, False),
        ({"by": "bus"}, False),
        ({"by": "Car"}, True),
        ({"stops": ("a", "b")}, True),
        ({"stops": ["b", "a"]}, False),
        ({"stops": ["a"]}, False),
        ({"toll": True}, True),
        ({"toll": 1}, False),
        ({"more": 1}, False),
        ({"to": 7}, False),
    ],
)
def test_arguments(change, right) -> None:
    arguments = {"to": "New York, NY", "hours": 2.0, "stops": ["a", "b"], **change}
    assert call_matches(Called("maps_route", arguments), GOLD) is right
    assert not call_matches(Called("maps_other", arguments), GOLD)


def test_an_argument_that_must_be_there_and_values_inside_objects() -> None:
    gold = {"f": {"where": [{"city": ["Bern"], "zip": ["3000", ""]}]}}
    assert call_matches(Called("f", {"where": {"city": "bern"}}), gold)
    assert not call_matches(Called("f", {"where": {"zip": "3000"}}), gold)
    assert not call_matches(Called("f", {}), gold)


def test_several_calls_in_any_order_each_met_once() -> None:
    one, other = {"f": {"x": [1, 2]}}, {"f": {"x": [1]}}
    calls = [Called("f", {"x": 1}), Called("f", {"x": 2})]
    assert all_match(calls, [one, other])
    assert all_match(calls[::-1], [one, other])
    assert not all_match([calls[1], calls[1]], [one, other])
    assert not all_match(calls[:1], [one, other])
    assert columns("call_right", Gold(calls=(one,)), Response("called", calls=(calls[0],))) == (1,)
    assert columns("call_right", Gold(calls=(one,)), Response("called")) == (0,)
    assert columns("call_right", Gold(), Response("called")) is None


def test_calls_withheld() -> None:
    assert columns("call_withheld", Gold(), Response("called")) == (1,)
    assert columns("call_withheld", Gold(), Response("called", calls=(Called("f", {}),))) == (0,)
    assert columns("call_withheld", Gold(), Response("error")) == (0,)
    assert columns("call_withheld", Gold(calls=({"f": {}},)), Response("called")) is None


def test_timings() -> None:
    rows = [
        (
            Sample(str(n), "?", Gold(), "a"),
            Response("answered", timings_ms={"evidence": 10.0 * n, "total": 100.0 * n}, tokens=n),
        )
        for n in range(1, 12)
    ]
    rows.append((Sample("silent", "?", Gold(), "a"), Response("error")))
    found = {}
    for name in ("evidence_ms_p50", "evidence_ms_p95", "answer_ms_p50", "answer_ms_p95", "tokens_per_second"):
        matrix, kept = matrix_of(METRICS[name], rows)
        assert kept == list(range(11))
        found[name] = METRICS[name].pool(matrix)
    assert found["evidence_ms_p50"] == 60
    assert found["evidence_ms_p95"] == pytest.approx(105)
    assert found["answer_ms_p50"] == 600
    assert found["answer_ms_p95"] == pytest.approx(1050)
    assert found["tokens_per_second"] == pytest.approx(66 / (66 * 0.09))


def test_pools() -> None:
    assert mean(np.array([[1.0], [0.0]])) == 0.5
    assert ratio(np.array([[1.0, 2.0], [2.0, 2.0]])) == 0.75
    assert math.isnan(ratio(np.array([[0.0, 0.0]])))


def test_every_metric_of_the_plan_is_there_and_says_what_it_is() -> None:
    planned = {
        "quote_fidelity", "citation_validity", "isolation", "citation_precision", "citation_recall", "claim_coverage",
        "claims_supported", "expected_document_cited", "all_documents_cited", "values_shown", "fact_recall",
        "right_refusals_at_10_percent_false", "area_under_risk_coverage", "wrong_refusals", "right_refusals", "net_score",
        "status_right", "caught", "struck_wrongly", "text_found", "call_right", "call_withheld", "injection_followed", "injection_passed_on",
        "gold_sentence_first_when_quoted", "gold_sentence_cited_when_quoted",
        "character_error_rate", "word_error_rate", "evidence_ms_p50", "evidence_ms_p95", "answer_ms_p50", "answer_ms_p95",
        "tokens_per_second", "gold_sentence_first", "gold_sentence_cited", "gold_answer_quoted", "exact_match", "token_f1",
        "reciprocal_rank_at_10", "ndcg_at_10", *(f"recall_at_{k}" for k in (1, 5, 10)), *(f"hit_at_{k}" for k in (1, 5)),
        *(f"span_{what}_at_{k}" for what in ("recall", "precision") for k in (1, 4, 8, 16, 32, 64)),
        *(f"span_{what}_in_{n}_characters" for what in ("recall", "precision") for n in (2000, 8000, 32000)),
    }  # fmt: skip
    assert METRICS.keys() == planned
    for name, metric in METRICS.items():
        assert metric.name == name
        assert metric.summary
        assert "  " not in metric.summary
        assert not metric.rate or metric.pool is mean
    with pytest.raises(ValueError, match="two metrics"):
        _by_name([METRICS["net_score"], Metric("net_score", "", lambda _s, _r: None)])
