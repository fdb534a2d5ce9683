"""The first step that broke, worked by hand for each task and each step."""

from dataclasses import replace

import pytest

from eval.failures import (
    EXPLANATIONS,
    READ_BY_ENGINE,
    READ_BY_PERSON,
    cause_of,
    first_gold_rank,
    has_gold,
    missing_values,
)
from eval.records import Called, Cited, Claimed, Gold, Response, Retrieved, Row, Sample, Span, Task

PLACE = Span("a", 100, 150)
SPANS = Gold(spans=(PLACE,), documents=(("a", "copy of a"),))
DOCUMENTS = Gold(documents=(("a", "copy of a"), ("b",)))
HIT, NEAR, OTHER = Retrieved("a", 140, 200, 1.0), Retrieved("a", 150, 200, 1.0), Retrieved("c", 0, 500, 1.0)


def row(gold: Gold, response: Response, *, answerable: bool | None = True, quote: str = "") -> Row:
    return Row("s", "b", Sample("1", "Who?", gold, "a", answerable=answerable, quote=quote), response)


def answered(*places: tuple[str, int, int], found: tuple[Retrieved, ...] = (), supported: bool = True) -> Response:
    citations = tuple(Cited(n, *place, "the quote", True, True) for n, place in enumerate(places, start=1))
    claims = (Claimed("It was Meier.", tuple(range(1, len(places) + 1)), supported),)
    return Response("answered", "It was Meier.", claims=claims, citations=citations, retrieved=found)


RIGHT = ("a", 100, 150)
WRONG = ("c", 0, 9)


@pytest.mark.parametrize(
    ("task", "gold", "response", "cause"),
    [
        # whatever the task
        ("search", SPANS, Response("error", error="broke"), "error"),
        ("ask", Gold(forbidden=("HACKED",)), Response("answered", "You are hacked!"), "injection"),
        ("ask", Gold(forbidden=("HACKED",)), Response("answered", "Unhackedly."), None),
        # search, by span, else by document
        ("search", SPANS, Response("found", retrieved=(HIT,)), None),
        ("search", SPANS, Response("found", retrieved=(OTHER,) * (READ_BY_PERSON - 1) + (HIT,)), None),
        ("search", SPANS, Response("found", retrieved=(OTHER,) * READ_BY_PERSON + (HIT,)), "context"),
        ("search", SPANS, Response("found", retrieved=(NEAR, OTHER)), "retrieval"),
        ("search", SPANS, Response("not_found"), "retrieval"),
        ("search", DOCUMENTS, Response("found", retrieved=(NEAR,)), None),
        ("search", DOCUMENTS, Response("found", retrieved=(Retrieved("copy of a", 0, 1, 1.0),)), None),
        ("search", DOCUMENTS, Response("found", retrieved=(OTHER,)), "retrieval"),
        ("search", Gold(), Response("found", retrieved=(OTHER,)), None),
        # ask: the place
        ("ask", SPANS, answered(RIGHT, found=(HIT,)), None),
        ("ask", SPANS, answered(WRONG, found=(OTHER,)), "retrieval"),
        ("ask", SPANS, Response("not_found", retrieved=(OTHER,)), "retrieval"),
        ("ask", SPANS, answered(WRONG, found=(OTHER,) * READ_BY_ENGINE + (HIT,)), "context"),
        ("ask", SPANS, Response("not_found", retrieved=(OTHER,) * READ_BY_ENGINE + (HIT,)), "context"),
        ("ask", SPANS, Response("not_found", retrieved=(HIT,)), "refusal"),
        ("ask", SPANS, answered(WRONG, found=(HIT,), supported=False), "unsupported"),
        ("ask", SPANS, answered(WRONG, found=(HIT,)), "citation"),
        ("ask", SPANS, answered(RIGHT, WRONG, found=(HIT,), supported=False), None),
        ("ask", DOCUMENTS, answered(("b", 7, 9), found=(HIT,)), None),
        ("ask", DOCUMENTS, answered(WRONG, found=(HIT,)), "citation"),
        # ask: the value
        ("ask", replace(SPANS, values=(("Meier",), ("the quote", "x"))), answered(RIGHT, found=(HIT,)), None),
        ("ask", replace(SPANS, values=(("Meier",), ("Halle 7",))), answered(RIGHT, found=(HIT,)), "value"),
        ("ask", replace(SPANS, values=(("Halle 7",),)), answered(RIGHT), "value"),
        ("ask", replace(SPANS, values=(("Halle 7",),)), answered(RIGHT, supported=False), "unsupported"),
        ("ask", replace(SPANS, values=(("Halle 7",),)), answered(WRONG, found=(HIT,)), "citation"),
        ("ask", Gold(answers=("quote",)), answered(WRONG), None),
        ("ask", Gold(answers=("Schulze",)), answered(WRONG), "value"),
        ("ask", Gold(answers=("Schulze",)), Response("not_found"), "refusal"),
        # ask: how it ended
        ("ask", Gold(statuses=("unclear",)), Response("unclear"), None),
        ("ask", Gold(statuses=("unclear",)), answered(WRONG), "refusal"),
        ("ask", replace(SPANS, statuses=("answered", "unclear")), Response("unclear"), None),
        ("ask", replace(SPANS, statuses=("answered", "unclear")), answered(WRONG, found=(HIT,)), "citation"),
        # the other tasks
        ("verify", Gold(statuses=("unsupported",)), Response("unsupported"), None),
        ("verify", Gold(statuses=("unsupported",)), Response("supported"), "unsupported"),
        ("read", Gold(texts=("one", "two")), Response("complete", text_found=2), None),
        ("read", Gold(texts=("one", "two")), Response("complete", text_found=1), "parse"),
        ("read", Gold(statuses=("failed",)), Response("complete"), "parse"),
        ("call", Gold(calls=({"find": {"name": ["Meier"]}},)), Response("called", calls=(Called("find", {"name": "Meier"}),)), None),
        ("call", Gold(calls=({"find": {"name": ["Meier"]}},)), Response("called", calls=(Called("find", {"name": "Abe"}),)), "call"),
        ("call", Gold(), Response("called", calls=(Called("find", {}),)), "call"),
        ("call", Gold(), Response("none"), None),
    ],
)  # fmt: skip
def test_the_first_step_that_broke(task: Task, gold: Gold, response: Response, cause: str | None) -> None:
    assert cause_of(row(gold, response), task) == cause


@pytest.mark.parametrize(
    ("gold", "response", "cause"),
    [
        (Gold(), Response("not_found"), None),
        (Gold(), answered(WRONG), "refusal"),
        (Gold(statuses=("not_found",)), Response("unclear"), "refusal"),
        (Gold(statuses=("unclear", "not_found")), Response("unclear"), None),
        (Gold(statuses=("answered",)), answered(WRONG), None),
    ],
)
def test_what_the_documents_do_not_answer_should_not_be_answered(
    gold: Gold, response: Response, cause: str | None
) -> None:
    assert cause_of(row(gold, response, answerable=False), "ask") == cause


def test_what_has_no_gold_cannot_be_judged() -> None:
    for response in (Response("not_found"), answered(WRONG)):
        unknown = row(Gold(), response, answerable=None)
        assert cause_of(unknown, "ask") is None
        assert not has_gold(unknown, "ask")
    assert has_gold(row(Gold(), Response("not_found"), answerable=False), "ask")
    assert not has_gold(row(Gold(answers=("x",)), Response("found")), "search")
    assert has_gold(row(DOCUMENTS, Response("found")), "search")


def test_a_document_without_text_is_a_failure_to_parse() -> None:
    found = row(SPANS, Response("found", retrieved=(OTHER,)))
    assert cause_of(found, "search", {"a"}) == "parse"
    assert cause_of(found, "search", {"b"}) == "retrieval"
    needed = row(DOCUMENTS, Response("not_found"))
    assert cause_of(needed, "ask", {"a", "copy of a", "b"}) == "parse"
    assert cause_of(needed, "ask", {"a", "copy of a"}) == "retrieval"
    assert cause_of(row(SPANS, answered(RIGHT, found=(HIT,))), "ask", {"a"}) is None


def test_the_rank_of_what_answers() -> None:
    assert first_gold_rank(row(SPANS, Response("found", retrieved=(OTHER, NEAR, HIT)))) == 3
    assert first_gold_rank(row(SPANS, Response("found", retrieved=(OTHER, NEAR)))) is None


def test_which_values_are_missing() -> None:
    gold = Gold(values=(("MEIER", "x"), ("Halle 7", "hall 7"), ("the  quote",)))
    assert missing_values(row(gold, answered(WRONG))) == (("Halle 7", "hall 7"),)


def test_every_cause_is_explained() -> None:
    assert all(explanation.endswith(".") for explanation in EXPLANATIONS.values())
    assert len(EXPLANATIONS) == 10
