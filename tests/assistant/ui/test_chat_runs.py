"""Questions on their way: kept before they are asked, found after a restart, stopped, failed, in line."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.app import Assistant
from assistant.records import (
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
from assistant.ui.chat.made_view import WorkView, work_of
from assistant.ui.chat.runs import Run, Runs, turns_before
from assistant.ui.chat.scopes import (
    WHOLE_CASE,
    Scope,
    filters_of,
    scope_exhibits,
    scope_from_address,
    scope_from_text,
)
from assistant.ui.chat.turn_view import view_of_run, view_of_turn
from casefile.case import Case, open_case
from casefile.errors import ModelCrashedError, UsageError
from casefile.home import Home
from casefile.settings import Settings
from ingest.embedding.fake import HashedWordsEmbedder
from ingest.pipeline import Pipeline
from tests.casefile.case_building import new_case

TEXT = "Anna Berger transferred EUR 1,200.00 to Karl Voss on 3 May 2024.\n"
PATIENCE = 30.0


class GatedEngine:
    """Quotes the first passage once its gate is open."""

    info = EngineInfo("extractive", "gated", "0" * 64, "", 0, 0.0)

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.asked = threading.Event()

    def answer(self, request: EngineRequest) -> Iterator[EngineEvent]:
        self.asked.set()
        yield Delta("Anna ")
        assert self.gate.wait(PATIENCE)
        if not request.evidence:
            yield Outcome("not_found", "Nothing.")
            return
        passage = request.evidence[0].passage
        start, text = passage.locator.start, passage.text
        quote = ProposedQuote(passage.exhibit_id, passage.text_sha256, start, start + len(text), text)
        yield ProposedClaim(f"“{text}”", (quote,))
        yield Outcome("answered")


class BrokenEngine(GatedEngine):
    """Stops with a bug of ours."""

    def answer(self, request: EngineRequest) -> Iterator[EngineEvent]:
        raise ZeroDivisionError(request.question)
        yield Outcome("refused")


class WorkingEngine(GatedEngine):
    """Tells of every token that it reads, calls a tool, and then waits where it can yield nothing."""

    def answer(self, request: EngineRequest) -> Iterator[EngineEvent]:
        yield Progress("waiting", 3)
        for token in range(10_001):
            yield Progress("reading", token, 10_000)
        yield Step("search", {"question": "van"}, "done", "1 passage.")
        yield Progress("tool", 0, 0, "count")
        self.asked.set()
        while request.stopped is not None and not request.stopped():
            self.gate.wait(0.01)
        yield Outcome("answered")


class DyingEngine(GatedEngine):
    """A language model whose process dies."""

    def answer(self, request: EngineRequest) -> Iterator[EngineEvent]:
        yield Step("search", {"question": "van"}, "done", "1 passage.")
        raise ModelCrashedError("It died. Ask again.")


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    (tmp_path / "note.txt").write_text(TEXT)
    (tmp_path / "other.txt").write_text("The white van stood in the yard.\n")
    with new_case(tmp_path / "home") as opened:
        with opened.locked():
            Pipeline(opened, Settings(), HashedWordsEmbedder(allow=True)).ingest([tmp_path])
        yield opened


@pytest.fixture
def runs() -> Iterator[Runs]:
    made = Runs()
    yield made
    made.close()


def assistant_with(case: Case, engine: GatedEngine) -> Assistant:
    made = Assistant(case, Settings(), embedder=HashedWordsEmbedder(allow=True))
    made.__dict__["engine"] = engine
    return made.acting_as("KOK Meier")


def ended(run: Run) -> None:
    seen = -1
    while not run.snapshot.ended:
        seen = run.wait(seen, PATIENCE).version


def test_a_question_is_kept_before_it_is_asked_and_its_answer_when_it_is_there(case: Case, runs: Runs) -> None:
    engine = GatedEngine()
    conversation = case.conversations.start("New")
    run = runs.start(assistant_with(case, engine), conversation, " Who paid Karl Voss? ", WHOLE_CASE)
    assert engine.asked.wait(PATIENCE)
    (turn,) = case.conversations.turns(conversation)
    assert (turn.question, turn.state, turn.asked_by) == ("Who paid Karl Voss?", "asking", "KOK Meier")
    assert run.snapshot.evidence
    assert run.snapshot.evidence_ms is not None
    assert run.snapshot.prose == "Anna "
    engine.gate.set()
    ended(run)
    (turn,) = case.conversations.turns(conversation)
    document = json.loads(turn.answer)
    assert turn.state == "done"
    assert document["citations"][0]["verified"] is True
    assert document["evidence"][0]["locator"]["kind"] == "lines"
    assert TEXT.strip() not in json.dumps(document["evidence"])  # places only: an erased text stays nowhere else
    assert runs.of_turn("demo", turn.id) is None
    assert case.conversations.summary(conversation).title == "Who paid Karl Voss?"
    assert {"actor": "KOK Meier", "action": "question asked"} in [
        {"actor": event.actor, "action": event.action} for event in case.custody.events()
    ]


def test_one_question_at_a_time_in_a_conversation_and_others_go_on(case: Case, runs: Runs) -> None:
    engine = GatedEngine()
    assistant = assistant_with(case, engine)
    first, second = case.conversations.start("a"), case.conversations.start("b")
    run = runs.start(assistant, first, "Who paid?", WHOLE_CASE)
    with pytest.raises(UsageError, match="being written"):
        runs.start(assistant, first, "And when?", WHOLE_CASE)
    other = runs.start(assistant, second, "And when?", WHOLE_CASE)
    assert runs.busy("demo")
    engine.gate.set()
    for going in (run, other):
        ended(going)
    assert not runs.busy("demo")
    with pytest.raises(UsageError, match="Write a question"):
        runs.start(assistant, first, "  ", WHOLE_CASE)


def test_a_stopped_answer_keeps_what_was_written_and_checked(case: Case, runs: Runs) -> None:
    engine = GatedEngine()
    conversation = case.conversations.start("a")
    run = runs.start(assistant_with(case, engine), conversation, "Who paid?", WHOLE_CASE)
    assert engine.asked.wait(PATIENCE)
    run.stop()
    engine.gate.set()
    ended(run)
    (turn,) = case.conversations.turns(conversation)
    assert turn.state == "stopped"
    assert view_of_run("demo", run.snapshot).state == "stopped"  # the page that watches says so at once
    assert json.loads(turn.answer)["status"] == "refused"
    assert turns_before([turn]) == ()


def test_a_bug_ends_as_a_failed_turn_without_the_question_in_it(case: Case, runs: Runs) -> None:
    conversation = case.conversations.start("a")
    run = runs.start(assistant_with(case, BrokenEngine()), conversation, "a secret", WHOLE_CASE)
    ended(run)
    (turn,) = case.conversations.turns(conversation)
    assert turn.state == "failed"
    assert "ZeroDivisionError" in run.snapshot.failed
    assert "a secret" not in turn.answer


def test_progress_is_seen_without_a_flood_and_a_person_can_stop_an_engine_that_waits(case: Case, runs: Runs) -> None:
    engine = WorkingEngine()
    conversation = case.conversations.start("a")
    run = runs.start(assistant_with(case, engine), conversation, "Where was the van?", WHOLE_CASE)
    assert engine.asked.wait(PATIENCE)
    seen = run.wait(0, PATIENCE)
    while seen.progress != Progress("tool", 0, 0, "count"):
        seen = run.wait(seen.version, PATIENCE)
    assert seen.version < 120  # of 10,000 events
    shown = view_of_run("demo", seen)
    assert shown.work is not None
    assert (shown.work.stage, shown.work.tool) == ("tool", "count")
    assert [(step.tool, step.arguments) for step in shown.steps] == [("search", (("question", "van"),))]
    assert shown.evidence
    run.stop()
    ended(run)
    (turn,) = case.conversations.turns(conversation)
    assert turn.state == "stopped"
    assert json.loads(turn.answer)["steps"][0]["says"] == "1 passage."


def test_a_model_that_dies_leaves_evidence_and_steps_and_says_what_to_do(case: Case, runs: Runs) -> None:
    conversation = case.conversations.start("a")
    run = runs.start(assistant_with(case, DyingEngine()), conversation, "Where was the van?", WHOLE_CASE)
    ended(run)
    (turn,) = case.conversations.turns(conversation)
    for shown in (view_of_run("demo", run.snapshot), view_of_turn("demo", turn)):
        assert (shown.state, shown.failed, shown.model_failed) == ("failed", "It died. Ask again.", True)
        assert shown.evidence
        assert [step.tool for step in shown.steps] == ["search"]


@pytest.mark.parametrize(
    ("progress", "shown"),
    [
        (None, None),
        (Progress("waiting", 0), WorkView("waiting", place=1)),
        (Progress("waiting", 4), WorkView("waiting", place=4)),
        (Progress("reading", 1, 3), WorkView("reading", percent=33)),
        (Progress("reading", 9, 3), WorkView("reading", percent=100)),
        (Progress("reading", -1, 3), WorkView("reading", percent=0)),
        (Progress("reading", 5), WorkView("reading")),
        (Progress("tool", 0, 0, "search"), WorkView("tool", tool="search")),
        (Progress("writing", 7), WorkView("writing")),
    ],
)
def test_how_far_an_answer_is(progress: Progress | None, shown: WorkView | None) -> None:
    assert work_of(progress) == shown


def test_what_a_killed_process_left_is_found_as_stopped(case: Case, tmp_path: Path) -> None:
    conversation = case.conversations.start("a")
    case.conversations.begin_turn(conversation, "Who paid?", "x")
    with case.database.transaction() as connection:
        connection.execute("UPDATE turns SET process = '999999999:1'")
    with open_case(Home(tmp_path / "home"), "demo", "y") as again:
        assert again.conversations.interrupted() == 1
        assert again.conversations.turns(conversation)[0].state == "stopped"


def test_the_history_of_a_follow_up_knows_what_was_cited(case: Case, runs: Runs) -> None:
    engine = GatedEngine()
    engine.gate.set()
    conversation = case.conversations.start("a")
    ended(runs.start(assistant_with(case, engine), conversation, "Who paid Karl Voss?", WHOLE_CASE))
    with case.database.transaction() as connection:
        connection.execute(
            "INSERT INTO turns (id, conversation_id, asked_at, question, standalone, answer, state, asked_by, scope, "
            "process) VALUES (99, ?, '2024-01-01T00:00:00.000000Z', 'q', '', '[1, 2]', 'done', 'x', '', '')",
            (conversation,),
        )
    first, second = turns_before(case.conversations.turns(conversation))
    assert len(first.exhibits) == 1
    assert second.answer == ""


def test_words_that_a_person_put_in_place_of_a_follow_up_are_searched_for(case: Case, runs: Runs) -> None:
    engine = GatedEngine()
    engine.gate.set()
    assistant = assistant_with(case, engine)
    conversation = case.conversations.start("a")
    ended(runs.start(assistant, conversation, "Who paid Karl Voss?", WHOLE_CASE))
    run = runs.start(assistant, conversation, "And when?", WHOLE_CASE, "When did Anna Berger pay Karl Voss?")
    ended(run)
    turn = case.conversations.turns(conversation)[-1]
    assert (turn.question, turn.standalone) == ("And when?", "When did Anna Berger pay Karl Voss?")


def test_scopes_narrow_the_search_and_an_empty_one_is_not_the_whole_case(case: Case, runs: Runs) -> None:
    engine = GatedEngine()
    engine.gate.set()
    assistant = assistant_with(case, engine)
    other = next(exhibit for exhibit in case.catalogue.exhibits() if exhibit.name == "other.txt")
    conversation = case.conversations.start("a")
    chosen = scope_from_address(case, f"exhibits:{other.id[7:19]}")
    assert scope_from_text(chosen.to_text()) == chosen
    assert scope_from_address(case, chosen.in_address()) == chosen
    run = runs.start(assistant, conversation, "Who paid Karl Voss?", chosen)
    ended(run)
    assert {found.exhibit.name for found in run.snapshot.evidence} == {"other.txt"}
    batch = case.uploads.begin("x", conversation, "two files")
    empty = scope_from_address(case, f"upload:{batch}")
    assert scope_exhibits(case, empty) == ()
    assert filters_of(case, empty) is not None
    run = runs.start(assistant, conversation, "Who paid Karl Voss?", empty)
    ended(run)
    assert run.snapshot.evidence == ()
    assert json.loads(run.snapshot.document)["status"] == "not_found"


@pytest.mark.parametrize("text", ["", "case", "upload:", "upload:x", "upload:99", "exhibits:", "exhibits:ffffffffffff"])
def test_an_address_that_names_nothing_is_refused(case: Case, text: str) -> None:
    if text == "case":
        assert scope_from_address(case, text) == WHOLE_CASE
        return
    with pytest.raises(UsageError):
        scope_from_address(case, text)


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"kind": "else"}', '{"kind": "upload", "batch": "x"}'])
def test_a_kept_scope_that_cannot_be_read_is_the_whole_case(text: str) -> None:
    assert scope_from_text(text) == Scope()
