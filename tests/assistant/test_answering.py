"""The ask pipeline with engines that lie: what code cannot find is never shown as supported."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assistant.answering import Answering, Listeners, searched, shown_text
from assistant.documents import answer_document
from assistant.records import (
    Claim,
    Computation,
    Delta,
    EngineEvent,
    EngineInfo,
    EngineRequest,
    Outcome,
    Progress,
    ProposedClaim,
    ProposedQuote,
    Step,
)
from assistant.retrieval.filters import Filters
from assistant.retrieval.retriever import Retriever
from casefile.case import Case
from casefile.records import Coverage, FailedExhibit
from casefile.settings import AnsweringSettings, load_settings
from ingest.embedding.fake import HashedWordsEmbedder
from ingest.pipeline import Pipeline
from tests.casefile.case_building import new_case

TEXT = "Anna Berger transferred EUR 1,200.00 to Karl Voss on 3 May 2024.\n\nThe van was white.\n"


class ScriptedEngine:
    """Says what a test tells it to say."""

    info = EngineInfo("extractive", "scripted", "0" * 64, "", 0, 0.0)

    def __init__(self, says: Callable[[EngineRequest], Iterator[EngineEvent]]) -> None:
        self._says = says
        self.requests: list[EngineRequest] = []

    def answer(self, request: EngineRequest) -> Iterator[EngineEvent]:
        self.requests.append(request)
        yield from self._says(request)


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    (tmp_path / "note.txt").write_text(TEXT)
    (tmp_path / "empty.txt").write_bytes(b"")
    with new_case(tmp_path / "home") as opened:
        with opened.locked():
            settings = load_settings(tmp_path / "home", {}).settings
            embedder = HashedWordsEmbedder(allow=True)
            Pipeline(opened, settings, embedder).ingest([tmp_path / "empty.txt", tmp_path / "note.txt"])
        yield opened


def _answering(case: Case, engine: ScriptedEngine) -> Answering:
    settings: AnsweringSettings = load_settings(case.home.root, {}).settings.answering
    return Answering(case, Retriever(case, HashedWordsEmbedder(allow=True)), engine, settings)


def _quote(request: EngineRequest, words: str, shift: int = 0) -> ProposedQuote:
    passage = request.evidence[0].passage
    start = TEXT.index(words)
    return ProposedQuote(passage.exhibit_id, passage.text_sha256, start + shift, start + len(words) + shift, words)


def test_a_true_claim_is_supported_and_cited_at_its_place(case: Case) -> None:
    def says(request: EngineRequest) -> Iterator[EngineEvent]:
        yield Delta("Anna Berger transferred EUR 1,200.00")
        yield ProposedClaim(
            "Anna Berger transferred EUR 1,200.00.", (_quote(request, TEXT.split("\n", maxsplit=1)[0]),)
        )
        yield Outcome("answered")

    shown: list[str] = []
    evidence: list[int] = []
    listeners = Listeners(lambda found: evidence.append(len(found)), shown.append)
    answer = _answering(case, ScriptedEngine(says)).ask("Who transferred EUR 1,200.00?", listeners=listeners)
    assert (answer.status, answer.claims[0].supported, answer.citations[0].verified) == ("answered", True, True)
    assert answer.answer == "Anna Berger transferred EUR 1,200.00. [1]"
    quote = answer.citations[0]
    assert TEXT[quote.locator.start : quote.locator.end] == quote.quote
    assert evidence
    assert evidence[0] > 0
    assert shown == ["Anna Berger transferred EUR 1,200.00"]
    assert answer.timings_ms["total"] > 0


def test_what_an_engine_did_goes_with_the_answer_and_a_person_sees_it_come(case: Case) -> None:
    step = Step("search", {"question": "van", "k": 3}, "done", "1 passage")
    reading = Progress("reading", 64, 128)

    def says(request: EngineRequest) -> Iterator[EngineEvent]:
        yield reading
        yield step
        yield ProposedClaim("The van was white.", (_quote(request, "The van was white."),), instead_of="It was red.")
        yield Outcome("answered", passages=(7, 3))

    seen: list[object] = []
    engine = ScriptedEngine(says)
    listeners = Listeners(progress=seen.append, step=seen.append, stopped=lambda: False)
    document = answer_document("1", _answering(case, engine).ask("What colour was the van?", listeners=listeners))
    assert seen == [reading, step]
    assert engine.requests[0].stopped is listeners.stopped
    assert document["steps"] == [
        {"tool": "search", "arguments": {"question": "van", "k": 3}, "state": "done", "says": "1 passage"}
    ]
    assert document["passages"] == [7, 3]
    assert document["claims"][0]["instead_of"] == "It was red."


def test_the_engine_is_told_what_is_asked_of(case: Case) -> None:
    asked_of: list[tuple[str, ...] | None] = []

    def says(request: EngineRequest) -> Iterator[EngineEvent]:
        asked_of.append(request.exhibit_ids)
        yield Outcome("not_found")

    exhibit = next(iter(case.catalogue.exhibits()))
    answering = _answering(case, ScriptedEngine(says))
    answering.ask("Which colour had the van?")
    answering.ask("Which colour had the van?", filters=Filters(exhibit_ids=(exhibit.id,)))
    answering.ask("Which colour had the van?", filters=Filters(exhibit_ids=("sha256:nothing",)))
    assert asked_of == [None, (exhibit.id,), ()]


def test_of_an_engine_that_writes_no_prose_each_sentence_is_shown_as_it_comes(case: Case) -> None:
    def says(request: EngineRequest) -> Iterator[EngineEvent]:
        yield ProposedClaim("The van was white.", (_quote(request, "The van was white."),))
        assert shown == ["The van was white.\n"]  # before the next one is thought of
        yield ProposedClaim("The van was blue.", (_quote(request, "The van was white."),))
        yield Outcome("answered")

    shown: list[str] = []
    _answering(case, ScriptedEngine(says)).ask("Which colour had the van?", listeners=Listeners(delta=shown.append))
    assert shown == ["The van was white.\n", "The van was blue.\n"]


@pytest.mark.parametrize(
    ("claim", "words", "shift"),
    [
        (
            "Anna Berger transferred EUR 1,300.00.",
            "Anna Berger transferred EUR 1,200.00 to Karl Voss on 3 May 2024.",
            0,
        ),
        (
            "Anna Berger transferred EUR 1,200.00 on 4 May 2024.",
            "Anna Berger transferred EUR 1,200.00 to Karl Voss on 3 May 2024.",
            0,
        ),
        ("Petra Lang transferred EUR 1,200.00.", "Anna Berger transferred EUR 1,200.00 to Karl Voss on 3 May 2024.", 0),
        ("The van was not white.", "The van was white.", 0),
        ("The van was white.", "The van was white.", 1),
    ],
)
def test_a_lie_is_marked_unsupported_with_the_reason(case: Case, claim: str, words: str, shift: int) -> None:
    def says(request: EngineRequest) -> Iterator[EngineEvent]:
        yield ProposedClaim(claim, (_quote(request, words, shift),))
        yield Outcome("answered")

    answer = _answering(case, ScriptedEngine(says)).ask("What happened with the van and EUR 1,200.00?")
    assert not answer.claims[0].supported
    assert answer.claims[0].unsupported_because
    assert "unsupported" in answer.answer


def test_a_version_of_a_text_that_was_never_stored_proves_nothing(case: Case) -> None:
    def says(request: EngineRequest) -> Iterator[EngineEvent]:
        passage = request.evidence[0].passage
        yield ProposedClaim("x", (ProposedQuote(passage.exhibit_id, passage.text_sha256, 0, 5, "wrong"),))
        yield Outcome("answered")

    answer = _answering(case, ScriptedEngine(says)).ask("Anna Berger?")
    assert not answer.citations[0].verified
    assert not answer.claims[0].supported


def test_a_computation_is_run_again(case: Case) -> None:
    def says(request: EngineRequest) -> Iterator[EngineEvent]:
        quote = _quote(request, "EUR 1,200.00")
        good = Computation("sum", (1,), ("1,200.00",), "1200", "EUR")
        yield ProposedClaim("The sum is EUR 1,200.00.", (quote,), good)
        yield ProposedClaim(
            "The sum is EUR 1,500.00.", (quote,), Computation("sum", (1,), ("1,200.00",), "1500", "EUR")
        )
        yield Outcome("answered")

    answer = _answering(case, ScriptedEngine(says)).ask("What is the sum?")
    assert [claim.supported for claim in answer.claims] == [True, False]


def test_a_claim_that_stands_for_another_takes_its_place(case: Case) -> None:
    def says(request: EngineRequest) -> Iterator[EngineEvent]:
        quote = _quote(request, "The van was white.")
        yield ProposedClaim("The van was blue.", (quote,))
        yield ProposedClaim("The van was white.", (quote,))
        yield ProposedClaim("It reads: \u201cThe van was white.\u201d", (quote,), instead_of="The van was blue.")
        yield Outcome("answered", written_by=EngineInfo("ministral", "other", "1" * 64, "2" * 64, 7, 0.0))

    answer = _answering(case, ScriptedEngine(says)).ask("Which colour had the van?")
    assert [(claim.instead_of, claim.supported) for claim in answer.claims] == [("The van was blue.", True), ("", True)]
    assert answer.engine.model == "other"


def test_the_engine_can_ask_whether_it_was_stopped(case: Case) -> None:
    def says(request: EngineRequest) -> Iterator[EngineEvent]:
        assert request.stopped is not None
        seen.append(request.stopped())
        yield Outcome("not_found")

    seen: list[bool] = []
    _answering(case, ScriptedEngine(says)).ask("Which van?", listeners=Listeners(stopped=lambda: True))
    assert seen == [True]


def test_guilt_is_refused_before_any_engine_is_asked(case: Case) -> None:
    engine = ScriptedEngine(lambda _request: iter(()))
    answer = _answering(case, engine).ask("Is Karl Voss guilty?")
    assert answer.status == "refused"
    assert answer.reason
    assert engine.requests == []


def test_not_found_says_what_was_searched_and_what_could_not_be(case: Case) -> None:
    engine = ScriptedEngine(lambda _request: iter((Outcome("not_found", "Nothing in the case answers this."),)))
    answer = _answering(case, engine).ask("What colour was the boat?")
    assert answer.status == "not_found"
    assert "1 of 2 exhibits were searched" in answer.reason
    assert "empty.txt" in answer.reason
    assert answer.answer == answer.reason


def test_question_and_answer_stand_in_the_custody_log(case: Case) -> None:
    engine = ScriptedEngine(lambda _request: iter((Outcome("not_found"),)))
    _answering(case, engine).ask("What colour was the boat?")
    events = list(case.custody.events())[-2:]
    assert [event.action for event in events] == ["question asked", "answer shown"]
    assert events[0].details["question"] == "What colour was the boat?"
    assert {event.kind for event in events} == {"consultation"}


def test_coverage_in_words_names_what_was_not_searched() -> None:
    failed = tuple(FailedExhibit("", f"f{n}", "failed", ("why",)) for n in range(5))
    says = searched(Coverage(10, 4, 2, (*failed, FailedExhibit("", "p", "partial", ()))))
    assert says == (
        "4 of 10 exhibits were searched; 2 are not yet indexed by meaning; 5 have no text that could be searched "
        "(f0, f1, f2 and 2 more); 1 could be read in part only."
    )


def test_unsupported_sentences_say_so_in_the_text() -> None:
    claims = (
        Claim("A.", (1,), None, supported=True),
        Claim("B.", (2, 3), None, supported=False, unsupported_because="why"),
    )
    assert shown_text(claims) == "A. [1]\nB. [2][3] (unsupported: why)"
