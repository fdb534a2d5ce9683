"""A tool that writes: nothing before a person's yes, exactly what was shown, once, and in that person's name."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from assistant.answering import Answering
from assistant.documents import answer_document
from assistant.engines.extractive import ExtractiveEngine
from assistant.records import Answer
from assistant.retrieval.filters import Filters
from assistant.retrieval.retriever import Retriever
from assistant.tools import asking_first
from assistant.tools.asking_first import approve, decline, run_approved
from casefile.case import Case
from casefile.errors import StorageError, UsageError
from casefile.settings import load_settings
from tests.assistant.tools.tool_case import copy_of, embedder, exhibit_id, tool_case


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("made")
    tool_case(root).close()
    return root


@pytest.fixture
def case(made: Path, tmp_path: Path) -> Iterator[Case]:
    with copy_of(made, tmp_path) as opened:
        yield opened


def ask(case: Case, question: str, filters: Filters | None = None) -> Answer:
    settings = load_settings(case.home.root, {}).settings.answering
    answering = Answering(case, Retriever(case, embedder()), ExtractiveEngine(None), settings)
    return answering.ask(question, filters=filters)


def kept(case: Case, answer: Answer, scope: str = "") -> int:
    conversation = case.conversations.start("x")
    document = json.dumps(answer_document("1", answer))
    return case.conversations.add_turn(conversation, answer.question, answer.standalone, document, scope=scope)


def exports(case: Case) -> list[str]:
    return sorted(path.name for path in (case.folder / "exports").iterdir())


def step_of(case: Case, turn: int) -> dict[str, Any]:
    step: dict[str, Any] = json.loads(case.conversations.turn(turn).answer)["steps"][0]
    return step


def logged(case: Case) -> list[tuple[str, str, str]]:
    return [(event.actor, event.kind, event.action) for event in case.custody.events()]


@pytest.mark.parametrize("typed", ["/export-mentions Anna Berger", "Export all mentions of Anna Berger."])
def test_what_a_person_typed_asks_first_too(case: Case, typed: str) -> None:
    answer = ask(case, typed)
    assert answer.status == "unclear"
    assert [(step.tool, step.state, dict(step.arguments)) for step in answer.steps] == [
        ("export_mentions", "asks", {"name": "Anna Berger"})
    ]
    assert exports(case) == []
    assert {kind for _, kind, action in logged(case)[-3:]} == {"consultation"}


def test_a_yes_writes_what_was_shown_in_that_persons_name(case: Case) -> None:
    turn = kept(case, ask(case, "/export-mentions Anna Berger"))
    outcome = approve(case, turn, 0, "Inspector Meyer")
    assert exports(case) == ["mentions-anna-berger.csv"] == list(outcome.files)
    assert logged(case)[-2:] == [
        ("Inspector Meyer", "disclosure", asking_first.APPROVED),
        ("Inspector Meyer", "disclosure", asking_first.WRITTEN),
    ]
    approved, written = list(case.custody.events())[-2:]
    assert approved.details["arguments"] == {"name": "Anna Berger"}
    assert written.details["files"] == ["mentions-anna-berger.csv"]
    assert written.details["rows"] == 3
    step = step_of(case, turn)
    assert step["state"] == "done"
    assert "Inspector Meyer" in step["says"]
    assert case.custody.verify().intact


def test_a_second_yes_says_that_it_was_done(case: Case) -> None:
    turn = kept(case, ask(case, "/export-mentions Anna Berger"))
    approve(case, turn, 0, "one")
    before = logged(case)
    for act in (approve, decline):
        with pytest.raises(UsageError, match="decided already"):
            act(case, turn, 0, "two")
    assert exports(case) == ["mentions-anna-berger.csv"]
    assert logged(case) == before


def test_of_many_at_the_same_time_one_yes_counts(case: Case) -> None:
    turn = kept(case, ask(case, "/export-mentions Anna Berger"))

    def say_yes(number: int) -> bool:
        try:
            approve(case, turn, 0, f"officer {number}")
        except UsageError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(say_yes, range(8))) == [False] * 7 + [True]
    assert exports(case) == ["mentions-anna-berger.csv"]
    assert [action for _, _, action in logged(case)].count(asking_first.APPROVED) == 1


def test_a_no_is_kept(case: Case) -> None:
    turn = kept(case, ask(case, "/export-mentions Anna Berger"))
    decline(case, turn, 0, "Meyer")
    assert step_of(case, turn)["state"] == "refused"
    with pytest.raises(UsageError, match="decided already"):
        approve(case, turn, 0, "Meyer")
    assert exports(case) == []


def test_a_yes_reaches_no_further_than_its_question(case: Case) -> None:
    scope = json.dumps({"kind": "exhibits", "batch": 0, "exhibits": [exhibit_id(case, "keys.eml")]})
    turn = kept(case, ask(case, "/export-mentions Anna Berger"), scope)
    assert approve(case, turn, 0, "Meyer").data["rows"] == 1
    nothing = json.dumps({"kind": "exhibits", "batch": 0, "exhibits": ["sha256:nothing"]})
    turn = kept(case, ask(case, "/export-mentions Anna Berger"), nothing)
    with pytest.raises(UsageError, match="no mention"):
        approve(case, turn, 0, "Meyer")
    assert step_of(case, turn)["state"] == "failed"
    assert (
        run_approved(case, "export_mentions", {"name": "Anna Berger"}, "Meyer", (exhibit_id(case, "keys.eml"),)).data[
            "rows"
        ]
        == 1
    )


def test_a_full_disk_leaves_nothing_and_is_told(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    turn = kept(case, ask(case, "/export-mentions Anna Berger"))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("assistant.tools.export_mentions.os.fsync", full)
        with pytest.raises(StorageError):
            run_approved(case.acting_as("x"), "export_mentions", {"name": "Anna Berger"}, "Meyer")
    assert exports(case) == []
    approve(case, turn, 0, "Meyer")
    assert exports(case) == ["mentions-anna-berger.csv"]


@pytest.mark.parametrize(
    "steps",
    [
        None,
        [],
        [1],
        [{"tool": "export_mentions", "arguments": {"name": "Anna Berger"}, "state": "done", "says": ""}],
        [{"tool": "export_mentions", "arguments": [], "state": "asks", "says": ""}],
        [{"tool": "export_mentions", "arguments": {"name": 7}, "state": "asks", "says": ""}],
        [{"tool": "export_mentions", "arguments": {"name": "x", "path": "/etc"}, "state": "asks", "says": ""}],
        [{"tool": "search", "arguments": {"words": "x"}, "state": "asks", "says": ""}],
        [{"tool": "case_delete", "arguments": {}, "state": "asks", "says": ""}],
    ],
)
def test_a_kept_step_is_data(case: Case, steps: object) -> None:
    turn = case.conversations.add_turn(case.conversations.start("x"), "q", "q", json.dumps({"steps": steps}))
    before = logged(case)
    for index in (0, 1, -1):
        with pytest.raises(UsageError):
            approve(case, turn, index, "Meyer")
    with pytest.raises(UsageError):
        approve(case, turn + 1, 0, "Meyer")
    assert logged(case) == before
    assert exports(case) == []


def test_what_was_erased_cannot_be_said_yes_to(case: Case) -> None:
    turn = kept(case, ask(case, "/export-mentions Anna Berger"))
    with case.database.transaction() as connection:
        connection.execute("UPDATE turns SET erased = 1 WHERE id = ?", (turn,))
    with pytest.raises(UsageError, match="erased"):
        approve(case, turn, 0, "Meyer")


def test_answers_of_slash_commands_and_plain_words(case: Case) -> None:
    for question, status, words in (
        ("/search white van", "answered", "The van was white."),
        ("/open note.txt", "answered", "Anna Berger met Karl Voss"),
        ("/mentions Anna Berger", "answered", "3 mentions."),
        ("/count payments to Karl Voss", "answered", "There are 2 entries."),
        ("/events 2024-05-01 2024-05-31", "answered", "sent:"),
        ("What happened between 1 and 31 May 2024?", "answered", "5 dated places."),
        ("Was geschah zwischen dem 1. und 31. Mai 2024?", "answered", "5 mal datiert."),
        ("Show me all mentions of the van", "answered", "1 mentions."),
        ("Open note.txt", "answered", "Anna Berger met Karl Voss"),
        ("/mentions Zephyrine", "not_found", "3 of 4 exhibits"),
        ("/open privileged.txt", "unclear", "no such exhibit"),
        ("/nonsense", "unclear", "/mentions"),
        ("/tools", "answered", "/mentions"),
        ("/open", "answered", "/open report.pdf"),
        ("/events 2024-05-09 2024-05-01", "unclear", "since"),
    ):
        answer = ask(case, question)
        assert answer.status == status, (question, answer)
        assert words in answer.answer or words in answer.reason, (question, answer.answer, answer.reason)
        assert all(claim.supported for claim in answer.claims), (question, answer.claims)
        assert "Zephyrine" not in answer.answer
    assert exports(case) == []
    assert {kind for _, kind, _ in logged(case)[-30:]} == {"consultation"}


def test_plain_words_that_come_to_nothing_and_paths_are_questions(case: Case) -> None:
    for question in (
        "Open the door",
        "What happened between 1 and 2 May 1999?",
        "/home/anna/note.txt: who met Karl Voss?",
    ):
        answer = ask(case, question)
        assert answer.engine.model == "built-in", question
        assert answer.steps == ()


def test_slash_commands_keep_to_the_scope(case: Case) -> None:
    only = Filters(exhibit_ids=(exhibit_id(case, "payments.csv"),))
    assert ask(case, "/mentions Anna Berger", only).status == "not_found"
    assert ask(case, "/open note.txt", only).status == "unclear"
    nothing = Filters(exhibit_ids=("sha256:nothing",))
    assert ask(case, "/search white van", nothing).status == "not_found"
