"""The command line under odd words, files, pipes and disks: sentences and exit codes, never a bug report."""

import json
import os
import pty
import re
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.cli.asking import _filters
from assistant.cli.chatting import Chat
from assistant.cli.invocation import actor_name, print_json, read_batch, typed
from assistant.cli.root import main
from casefile.case import open_case
from casefile.database import Database
from casefile.errors import UsageError
from casefile.home import Home

ROOT = Path(__file__).resolve().parents[2]
RED = "\x1b[31m"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    before = os.umask(0o022)
    monkeypatch.setenv("CASECLERK_HOME", str(tmp_path / "home"))
    yield tmp_path / "home"
    os.umask(before)


def _bug_reports() -> set[Path]:
    return set(Path(tempfile.gettempdir()).glob("caseclerk-bug-*"))


def _on_a_terminal(home: Path, *arguments: str) -> str:
    """What a terminal is sent."""
    controller, terminal = pty.openpty()
    command = [sys.executable, "-m", "assistant", "--home", str(home), *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdin=terminal, stdout=terminal, stderr=terminal)
    os.close(terminal)
    sent = b""
    while True:
        try:
            piece = os.read(controller, 65536)
        except OSError:
            break
        if not piece:
            break
        sent += piece
    os.close(controller)
    assert process.wait(timeout=60) == 0, sent
    return sent.decode()


def test_names_typed_into_a_case_drive_no_terminal(home: Path) -> None:
    title = f"A title{RED} in red\nPROBLEM   forged"
    assert main(["--actor", f"Eve{RED}\rroot", "case", "create", "demo", "--title", title]) == 0
    for arguments in (["custody", "log", "--case", "demo"], ["case", "show", "demo"], ["case", "list"]):
        sent = _on_a_terminal(home, *arguments)
        assert RED not in sent
        assert "\\x1b[31m" in sent
        assert not re.search(r"^PROBLEM", sent, re.MULTILINE)


def test_errors_that_name_files_drive_no_terminal(
    home: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["case", "create", "demo"]) == 0
    assert main(["search", "--terms", str(tmp_path / f"list{RED}"), "--case", "demo"]) == 2
    assert main(["ledger", f"--case{RED}=demo"]) == 2
    assert "\x1b" not in capsys.readouterr().err


def test_an_actor_that_is_no_text_can_act(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = _bug_reports()
    assert main(["--actor", "J\udcfcrgen", "case", "create", "demo", "--title", "half \ud800"]) == 0
    assert main(["custody", "log", "--case", "demo", "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["actor"] == "J�rgen"
    assert _bug_reports() == before
    assert actor_name("J\udcfcrgen", {}) == "J�rgen"


def test_a_question_logged_with_half_a_character_leaves_the_log_readable(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["case", "create", "demo"]) == 0
    with open_case(Home(home), "demo", "tester") as case:
        case.log("consultation", "searched", {"query": "half \ud800"})
    capsys.readouterr()
    assert main(["custody", "log", "--case", "demo", "--json"]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert json.loads(last)["details"] == {"query": "half \ud800"}
    assert last.encode()
    assert main(["custody", "verify", "--case", "demo"]) == 0


def test_json_is_whole_on_an_output_that_is_not_utf_8(tmp_path: Path) -> None:
    code = "from assistant.cli.invocation import print_json; print_json({'q': 'Köln \\u2028 \\U0001f50e \\ud800'})"
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, check=True)
    assert json.loads(done.stdout.decode("ascii")) == {"q": "Köln \u2028 🔎 \ud800"}


def test_a_terminal_without_the_characters_still_shows_the_ledger(home: Path) -> None:
    assert main(["case", "create", "demo", "--title", "Köln 🔎"]) == 0
    command = [sys.executable, "-m", "assistant", "--home", str(home), "case", "list"]
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=True)
    assert b"K\xf6ln \\U0001f50e" in done.stdout


def test_batches_as_other_programs_write_them(tmp_path: Path) -> None:
    path = tmp_path / "batch"
    questions = ["line\u2028separator", "next\x85line", "half \ud800", "form\x0cfeed"]
    lines = [json.dumps({"id": str(n), "question": q}, ensure_ascii="\ud800" in q) for n, q in enumerate(questions)]
    path.write_text("\ufeff" + "\r\n".join(lines) + "\r\n", encoding="utf-8", newline="")
    assert [line.question for line in read_batch(path)] == [typed(question) for question in questions]
    path.write_text("[" * 100_000, encoding="utf-8")
    with pytest.raises(UsageError, match="line 1"):
        read_batch(path)


def test_numbers_days_and_users_beyond_all_bounds_are_wrong_usage(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = _bug_reports()
    assert main(["case", "create", "demo"]) == 0
    assert main(["chat", "--case", "demo", "--continue", "99999999999999999999"]) == 2
    assert main(["--home", "~no-such-user-here/x", "case", "list"]) == 2
    filters = _filters(None, None, None, ["a"], None, "9999-12-31")  # type: ignore[arg-type]
    assert filters is not None
    assert filters.until is None
    assert _bug_reports() == before


def test_adding_the_folder_of_an_unknown_user_does_not_end_the_chat(capsys: pytest.CaptureFixture[str]) -> None:
    Chat(None, None)._add("~no-such-user-here/files")  # type: ignore[arg-type]
    assert "There is no" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["ledger", "--csv"], ["custody", "log", "--json"], ["exhibit", "list"]])
def test_a_reader_that_has_enough_is_no_error(home: Path, arguments: list[str]) -> None:
    assert main(["case", "create", "demo"]) == 0
    with open_case(Home(home), "demo", "tester") as case:
        for _ in range(50):
            case.log("consultation", "x" * 2000)
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "assistant", "--home", str(home), *arguments, "--case", "demo"]
    process = subprocess.run(command, cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (process.returncode, process.stderr) == (0, b"")


def test_an_output_on_a_full_disk_is_told(home: Path) -> None:
    assert main(["case", "create", "demo"]) == 0
    command = [sys.executable, "-m", "assistant", "--home", str(home), "ledger", "--csv", "--case", "demo"]
    with Path("/dev/full").open("wb") as full:
        process = subprocess.run(command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, check=False)
    assert process.returncode == 1
    assert process.stderr.decode().startswith("caseclerk: The system refuses to write: No space left")


def test_a_bug_without_a_place_for_its_report_shows_no_evidence(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["case", "create", "demo"]) == 0

    def broken(self: Database) -> None:
        raise IndexError("the suspect's confession")

    monkeypatch.setattr(Database, "migrate", broken)
    monkeypatch.setattr(tempfile, "tempdir", str(home / "not-there"))
    assert main(["ledger", "--case", "demo"]) == 1
    said = capsys.readouterr().err
    assert "IndexError" in said
    assert "confession" not in said


def test_a_damaged_catalogue_is_told_without_its_text(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _bug_reports()
    assert main(["case", "create", "demo"]) == 0
    path = home / "cases" / "demo" / "case.db"
    connection = sqlite3.connect(path)
    (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'occurrences'").fetchone()
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    connection.close()
    with path.open("r+b") as stream:
        stream.seek((page - 1) * size)
        stream.write(b"confession" * (size // 10))
    assert main(["ledger", "--case", "demo"]) == 1
    said = capsys.readouterr().err
    assert "SQLITE_CORRUPT" in said
    assert "confession" not in said
    assert _bug_reports() == before


def test_whatever_a_library_writes_is_private(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    genuine = Database.migrate

    def migrate(self: Database) -> None:
        genuine(self)
        self.path.with_name("made-by-a-library").write_text("text of a case")

    monkeypatch.setattr(Database, "migrate", migrate)
    assert main(["case", "create", "demo"]) == 0
    assert stat.S_IMODE((home / "cases" / "demo" / "made-by-a-library").stat().st_mode) == 0o600
    assert os.umask(0o022) == 0o022  # the caller's own is given back


def test_print_json_goes_through_capture(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"a": "ä"})
    assert json.loads(capsys.readouterr().out) == {"a": "ä"}


def test_an_empty_path_does_not_mean_this_folder(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ingest", "", "--case", "x"]) == 2
    assert "An empty path names nothing" in capsys.readouterr().err
    assert not (home / "cases" / "x").exists()


def test_a_home_that_is_a_file_is_said_by_case_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("in the way")
    assert main(["--home", str(tmp_path / "file"), "case", "list"]) == 1
    assert "cannot be used as Caseclerk's home" in capsys.readouterr().err
