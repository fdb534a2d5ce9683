"""Citations, claims, cited documents: tables worked by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.metrics.metric import matrix_of
from eval.metrics.registry import METRICS
from eval.records import Cited, Claimed, Gold, Response, Sample, Span


def cited(
    document: str, start: int, end: int, *, quote: str = "x", verified: bool = True, stands: bool = True
) -> Cited:
    return Cited(1, document, start, end, quote, verified, stands)


def columns(name: str, gold: Gold, *citations: Cited, answerable: bool | None = True):
    sample = Sample("1", "?", gold, "a", answerable=answerable)
    return METRICS[name].columns(sample, Response("answered", citations=citations))


def test_fidelity_and_validity_count_citations() -> None:
    citations = [
        cited("a", 0, 5),
        cited("a", 0, 5, stands=False),
        cited("a", 0, 0, quote=""),
        cited("b", 1, 2, verified=False),
    ]
    assert columns("quote_fidelity", Gold(), *citations) == (2, 4)
    assert columns("citation_validity", Gold(), *citations) == (3, 4)
    assert columns("quote_fidelity", Gold()) is None
    assert columns("citation_validity", Gold()) is None
    assert METRICS["quote_fidelity"].hard
    assert METRICS["citation_validity"].hard
    assert METRICS["isolation"].hard


def test_a_long_answer_weighs_more() -> None:
    metric = METRICS["quote_fidelity"]
    rows = [
        (Sample("1", "?", Gold(), "a"), Response("answered", citations=(cited("a", 0, 5),) * 9)),
        (Sample("2", "?", Gold(), "a"), Response("answered", citations=(cited("a", 0, 5, stands=False),))),
        (Sample("3", "?", Gold(), "a"), Response("not_found")),
    ]
    matrix, kept = matrix_of(metric, rows)
    assert kept == [0, 1]
    assert metric.pool(matrix) == 0.9


def test_isolation() -> None:
    sample = Sample("1", "?", Gold(), "a")
    assert METRICS["isolation"].columns(sample, Response("found")) == (1,)
    assert METRICS["isolation"].columns(sample, Response("found", outside=2)) == (0,)


def test_precision_and_recall_of_citations() -> None:
    gold = Gold(spans=(Span("a", 0, 10), Span("a", 5, 20), Span("b", 0, 10)))
    citations = [cited("a", 15, 30), cited("a", 20, 30), cited("c", 0, 10)]
    assert columns("citation_precision", gold, *citations) == (1, 3)
    assert columns("citation_recall", gold, *citations) == (1, 2)
    assert columns("citation_recall", gold) == (0, 2)
    assert columns("citation_precision", gold) is None
    assert columns("citation_precision", Gold(), *citations) is None
    assert columns("citation_recall", Gold(), *citations) is None


def test_gold_sentences_among_the_first_quotes() -> None:
    gold = Gold(spans=(Span("a", 100, 200),))
    right, wrong = cited("a", 150, 160), cited("a", 0, 100)
    assert columns("gold_sentence_first", gold, right, wrong) == (1,)
    assert columns("gold_sentence_first", gold, wrong, right) == (0,)
    assert columns("gold_sentence_cited", gold, wrong, wrong, right) == (1,)
    assert columns("gold_sentence_cited", gold, wrong, cited("b", 0, 1), cited("b", 2, 3), right) == (0,)
    assert columns("gold_sentence_cited", gold, cited("b", 0, 600), right) == (0,)  # beyond what is read
    assert columns("gold_sentence_cited", gold, cited("b", 0, 499), wrong, right) == (1,)
    assert columns("gold_sentence_cited", gold, cited("b", 0, 499), cited("a", 0, 150)) == (1,)
    assert columns("gold_sentence_cited", gold, cited("b", 0, 500), cited("a", 0, 150)) == (0,)
    assert columns("gold_sentence_cited", gold) == (0,)
    assert columns("gold_sentence_cited", Gold(), right) is None


def test_cited_documents() -> None:
    gold = Gold(documents=(("a", "copy of a"), ("b",)))
    for citations, one, every in [
        ((), 0, 0),
        ((cited("copy of a", 0, 1),), 1, 0),
        ((cited("a", 0, 1), cited("b", 0, 1)), 1, 1),
    ]:
        assert columns("expected_document_cited", gold, *citations) == (one,)
        assert columns("all_documents_cited", gold, *citations) == (every,)
    assert columns("all_documents_cited", gold, answerable=False) is None
    assert columns("all_documents_cited", Gold()) is None


def test_claims() -> None:
    claims = (
        Claimed("x", (1,), supported=True),
        Claimed("x", (), supported=True, computed=True),
        Claimed("x", (), supported=False),
    )
    sample = Sample("1", "?", Gold(), "a")
    assert METRICS["claim_coverage"].columns(sample, Response("answered", claims=claims)) == (2, 3)
    assert METRICS["claims_supported"].columns(sample, Response("answered", claims=claims)) == (2, 3)
    assert METRICS["claim_coverage"].columns(sample, Response("answered")) is None


CITED = st.builds(
    lambda d, s, n, v, t: cited(d, s, s + n, verified=v, stands=t),
    st.sampled_from("ab"),
    st.integers(0, 50),
    st.integers(0, 20),
    st.booleans(),
    st.booleans(),
)


@given(st.lists(CITED, min_size=1, max_size=6), st.lists(st.integers(0, 50), min_size=1, max_size=4))
def test_ratios_are_bounded_and_know_no_order(citations, starts) -> None:
    spans = tuple(Span("a", start, start + 10) for start in starts)
    gold = Gold(spans=spans, documents=(("a",), ("b",)))
    for name in ("quote_fidelity", "citation_validity", "citation_precision", "citation_recall", "all_documents_cited"):
        counted = columns(name, gold, *citations)
        assert counted == columns(name, gold, *citations[::-1])
        assert 0 <= counted[0] <= counted[-1] or len(counted) == 1
    more = columns("citation_recall", gold, *citations, cited("a", spans[0].start, spans[0].end))
    assert more[0] >= columns("citation_recall", gold, *citations)[0]


@pytest.mark.parametrize("name", ["citation_precision", "citation_recall"])
def test_one_citation_of_all_the_gold_is_perfect(name) -> None:
    gold = Gold(spans=(Span("a", 0, 10), Span("a", 5, 20)))
    assert columns(name, gold, cited("a", 0, 20)) == (1, 1)
