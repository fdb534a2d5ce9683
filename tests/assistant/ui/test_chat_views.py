"""A turn as it is shown, from runs and from what was kept; and taken out as text, Markdown and DOCX."""

import io
import json
import zipfile
from datetime import UTC, datetime
from typing import Any

import pytest
from docx import Document
from hypothesis import given
from hypothesis import strategies as st

from assistant.ui.chat.copying import as_docx, as_markdown, as_text
from assistant.ui.chat.turn_view import TurnView, view_of_turn
from assistant.ui.templates import rendered
from assistant.ui.texts import LANGUAGES, speaker
from casefile.conversations import StoredTurn

EXHIBIT = "sha256:" + "a" * 64
HOSTILE = '<img src=x onerror="window.__pwned=1">'


def citation(n: int = 1, quote: str = "The van was white.", **more: Any) -> dict[str, Any]:
    locator = {"kind": "page", "page": 3, "start": 10, "end": 28, "boxes": []}
    exhibit = {"id": EXHIBIT, "name": "report.pdf", "path": "files/report.pdf"}
    made = {"n": n, "exhibit": exhibit, "text_sha256": "b" * 64, "locator": locator, "quote": quote, "verified": True}
    return {**made, **more}


def answer(**more: Any) -> dict[str, Any]:
    claim = {"text": "The van was white.", "citations": [1], "computed": None, "supported": True}
    coverage = {"exhibits": 4, "searched": 3, "pending": 1, "failed": [{"name": "x.bin", "reasons": ["no reader"]}]}
    made = {"status": "answered", "reason": "", "answer": "The van was white. [1]", "claims": [claim]}
    made |= {"citations": [citation()], "engine": {"kind": "extractive", "model": "built-in"}, "coverage": coverage}
    return {**made, "timings_ms": {"total": 420.0}, "evidence_ms": 120.0, **more}


def stored(document: object, **more: Any) -> StoredTurn:
    fields: dict[str, Any] = {
        "id": 7,
        "conversation_id": 2,
        "asked_at": datetime(2024, 5, 3, tzinfo=UTC),
        "asked_by": "KOK Meier",
        "question": "What colour was the van?",
        "standalone": "What colour was the van?",
        "answer": json.dumps(document),
        "state": "done",
        "scope": "",
        "verdict": None,
        "verdict_reason": "",
        "verdict_by": "",
        "verdict_at": None,
        "erased": False,
    }
    return StoredTurn(**{**fields, **more})


def html(turn: TurnView) -> str:
    model = {"t": speaker("en"), "turn": turn, "notice": "", "case_id": "demo", "area": "live"}
    return rendered("chat/live.html", model)


def test_a_citation_opens_its_place_and_shows_its_quote() -> None:
    turn = view_of_turn("demo", stored(answer()))
    (source,) = turn.claims[0].sources
    assert source.address == f"/case/demo/source/{EXHIBIT}?text={'b' * 64}&start=10&end=28&q=dd57b31374f306af#quote"
    assert (source.where, source.quote) == ("page 3", "The van was white.")
    shown = html(turn)
    assert 'target="source"' in shown
    assert 'role="tooltip"' in shown
    assert turn.seconds == 0.42
    assert turn.evidence_seconds == 0.12


def test_unsupported_and_computed_sentences_say_so_in_words() -> None:
    computed = {"operation": "sum", "inputs": [1], "terms": ["1,200.00", "50"], "value": "1250.00", "unit": "EUR"}
    claims = [
        {"text": "a", "citations": [], "computed": None, "supported": False, "unsupported_because": "no such number"},
        {"text": "b", "citations": [1], "computed": computed, "supported": True},
    ]
    turn = view_of_turn("demo", stored(answer(claims=claims)))
    assert turn.unsupported == 1
    assert turn.claims[1].working == "1,200.00 + 50 = 1250.00 EUR"
    shown = html(turn)
    assert "unsupported: no such number" in shown
    assert "computed: 1,200.00 + 50 = 1250.00 EUR" in shown


def test_what_stands_for_a_sentence_of_a_model_shows_both_and_nothing_without_a_source_looks_like_a_fact() -> None:
    claims = [
        {"text": "“The van was white.”", "citations": [1], "supported": True, "instead_of": "The van was red."},
        {"text": "It is so.", "citations": [], "supported": True},
    ]
    turn = view_of_turn("demo", stored(answer(claims=claims)))
    shown = html(turn)
    assert turn.claims[0].instead_of == "The van was red."
    assert turn.unsupported == 1
    assert shown.count("<del>") == 2
    assert "unsupported: it names no source" in shown


def test_how_an_answer_was_made_is_told_whole() -> None:
    engine = {
        "kind": "ministral",
        "model": "m-3b Q4_K_M",
        "sha256": "ab" * 32,
        "prompt_sha256": "cd" * 32,
        "seed": 7,
        "temperature": 0.5,
    }
    steps = [
        {
            "tool": "search",
            "arguments": {"question": "van", "passages": 3, "kind": None},
            "state": "done",
            "says": "3 found.",
        },
        {"tool": HOSTILE, "arguments": {HOSTILE: [HOSTILE]}, "state": "refused", "says": HOSTILE},
        {"tool": "x", "state": "of a newer version"},
        7,
    ]
    turn = view_of_turn("demo", stored(answer(engine=engine, steps=steps, passages=[9, 4, "x"])))
    assert turn.steps[0].arguments == (("question", "van"), ("passages", "3"))
    shown = html(turn)
    for words in (
        "How this answer was made",
        "m-3b Q4_K_M",
        "ab" * 32,
        "cd" * 32,
        "<dd>7</dd>",
        "<dd>0.5</dd>",
        "9, 4",
        "3 found.",
    ):
        assert words in shown
    assert HOSTILE not in shown


@pytest.mark.parametrize("odd", [None, 3, "x", [], {"kind": "oracle"}, {"kind": ["ministral"]}])
def test_an_engine_of_another_version_is_nothing_that_breaks_the_page(odd: object) -> None:
    turn = view_of_turn("demo", stored(answer(engine=odd, steps=odd, passages=odd)))
    assert turn.made is None
    assert "How this answer was made" not in html(turn)


def test_not_found_says_what_was_searched() -> None:
    document = answer(status="not_found", reason="Nothing fits. 3 of 4 exhibits were searched.", claims=[])
    shown = html(view_of_turn("demo", stored({**document, "citations": []})))
    assert "Not found." in shown
    assert "3 of 4 exhibits were searched" in shown
    assert "x.bin: no reader" in shown


@pytest.mark.parametrize("state", ["stopped", "failed"])
def test_a_question_without_an_answer_says_why(state: str) -> None:
    document = {"failed": "The disk is full."} if state == "failed" else None
    turn = view_of_turn("demo", stored(document, state=state, answer="" if document is None else json.dumps(document)))
    assert ("The disk is full." in html(turn)) == (state == "failed")
    assert ("interrupted" in html(turn)) == (state == "stopped")


def test_an_answer_that_lost_its_quotes_says_so() -> None:
    turn = view_of_turn("demo", stored(answer(citations=[citation(quote="[erased]")]), erased=True))
    assert "has been erased" in html(turn)


def test_hostile_words_are_words_everywhere() -> None:
    place = {"id": HOSTILE, "name": HOSTILE, "path": HOSTILE}
    claim = {"text": HOSTILE, "citations": [1], "computed": None, "supported": False, "unsupported_because": HOSTILE}
    document = answer(
        claims=[claim],
        citations=[citation(quote=HOSTILE, exhibit=place, text_sha256=HOSTILE)],
        reason=HOSTILE,
        engine={"kind": HOSTILE, "model": HOSTILE},
        evidence=[citation(exhibit=place)],
    )
    turn = view_of_turn("demo", stored(document, question=HOSTILE, asked_by=HOSTILE, standalone=HOSTILE), [HOSTILE])
    shown = html(turn)
    assert "<img" not in shown
    assert "&lt;img" in shown
    assert 'href="/case/demo/source/%3Cimg' in shown


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
_KEYS = ["status", "reason", "claims", "citations", "engine", "coverage", "timings_ms", "evidence", "evidence_ms"]


@given(st.dictionaries(st.sampled_from(_KEYS), json_values, max_size=9) | json_values)
def test_whatever_was_kept_is_shown_without_an_error(document: object) -> None:
    turn = view_of_turn("demo", stored(document))
    assert html(turn).startswith("<cc-hold")


@given(st.sampled_from(["claims", "citations"]), st.dictionaries(st.text(max_size=12), json_values, max_size=4))
def test_odd_parts_of_an_answer_are_shown_without_an_error(key: str, odd: dict[str, object]) -> None:
    turn = view_of_turn("demo", stored(answer(**{key: [odd, 3, None]})))
    assert html(turn).startswith("<cc-hold")


def test_numbers_where_lists_should_be_are_nothing() -> None:
    claim = {"text": "a", "citations": 5, "computed": {"operation": "sum", "terms": 7}, "supported": True}
    coverage = {"exhibits": 1, "searched": 1, "pending": 0, "failed": [{"name": "x", "reasons": 3}]}
    turn = view_of_turn("demo", stored(answer(claims=[claim], coverage=coverage)))
    assert html(turn).startswith("<cc-hold")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_taken_out_carries_its_sources(language: Any) -> None:
    turn = view_of_turn("demo", stored(answer()))
    say = speaker(language)
    for text in (as_text(turn, say), as_markdown(turn, say).replace("\\", "")):
        assert "The van was white. [1]" in text
        assert "report.pdf, page 3" in text
        assert say("chat.not_evidence") in text
    document = Document(io.BytesIO(as_docx(turn, say)))
    words = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert "The van was white. [1]" in words
    assert "[1] report.pdf, page 3" in words


@given(st.text(max_size=60))
def test_any_words_can_be_taken_out(words: str) -> None:
    claim = {"text": words, "citations": [1], "computed": None, "supported": False, "unsupported_because": words}
    turn = view_of_turn("demo", stored(answer(claims=[claim], citations=[citation(quote=words)]), question=words))
    say = speaker("en")
    assert "\x1b" not in as_text(turn, say)
    assert "<" not in as_markdown(turn, say).replace("\\<", "")
    assert zipfile.ZipFile(io.BytesIO(as_docx(turn, say))).testzip() is None
