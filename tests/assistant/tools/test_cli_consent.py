"""A tool that writes, from the command line: asked in a terminal, told elsewhere, never in JSON."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.cli import chatting, consent
from assistant.cli.root import app
from casefile.case import open_case
from casefile.home import Home
from tests.assistant.tools.tool_case import write_files

RUNNER = CliRunner()
EXPORT = "/export-mentions Anna Berger"


@pytest.fixture(scope="module")
def taken_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("consent")
    files = write_files(folder / "files")
    done = RUNNER.invoke(app, ["--home", str(folder / "home"), "ingest", str(files), "--case", "demo"])
    assert done.exit_code == 0, done.output
    return folder / "home"


@pytest.fixture
def home(taken_in: Path) -> Iterator[Path]:
    yield taken_in
    for path in exports(taken_in):
        path.unlink()


def exports(home: Path) -> list[Path]:
    return sorted((home / "cases" / "demo" / "exports").iterdir())


def call(home: Path, *words: str, typed: str = "") -> str:
    done = RUNNER.invoke(app, ["--home", str(home), "--actor", "Meyer", *words, "--case", "demo"], input=typed)
    assert done.exit_code == 0, done.output
    return done.output


def at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consent, "interactive", lambda: True)


def test_in_a_script_it_is_only_told_how(home: Path) -> None:
    said = call(home, "ask", EXPORT, typed="y\n")
    assert "name: Anna Berger" in said
    assert "Nothing was done" in said
    assert "Unclear" not in said
    assert exports(home) == []


def test_json_never_asks(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at_a_terminal(monkeypatch)
    document = json.loads(call(home, "ask", EXPORT, "--json", typed="y\n"))
    assert document["steps"] == [
        {
            "tool": "export_mentions",
            "arguments": {"name": "Anna Berger"},
            "state": "asks",
            "says": document["steps"][0]["says"],
        }
    ]
    assert exports(home) == []


@pytest.mark.parametrize(("typed", "written"), [("y\n", 1), ("n\n", 0), ("\n", 0)])
def test_at_a_terminal_a_person_is_asked(home: Path, monkeypatch: pytest.MonkeyPatch, typed: str, written: int) -> None:
    at_a_terminal(monkeypatch)
    said = call(home, "ask", EXPORT, typed=typed)
    assert "name: Anna Berger" in said
    assert len(exports(home)) == written


def test_a_chat_keeps_what_was_decided(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at_a_terminal(monkeypatch)
    assert not chatting.interactive()
    said = call(
        home, "chat", typed=f"{EXPORT}\ny\n{EXPORT}\nn\n/tools\n/help\n/nonsense\n/mentions Anna Berger\n/quit\n"
    )
    assert len(exports(home)) == 1
    assert "/events 2024-03-01" in said
    assert "/source N" in said
    assert "There is no command /nonsense" in said
    assert "4 mentions." in said
    with open_case(Home(home), "demo", "test") as case:
        turns = case.conversations.turns(case.conversations.all()[0].id)
        states = [json.loads(turn.answer)["steps"][0]["state"] for turn in turns[:2]]
        assert states == ["done", "refused"]
        approvals = [event for event in case.custody.events() if event.action == "tool approved"]
        assert approvals[-1].actor == "Meyer"
    shown = call(home, "conversations", "show", "1")
    assert "export_mentions done: Meyer said yes." in shown
