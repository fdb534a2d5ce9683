"""`exhibit check`: what a second program finds and we do not, with its exit code, its words and its custody event."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from assistant.cli.root import main
from casefile.case import create_case, open_case
from casefile.home import Home
from casefile.records import CaseDescription, CustodyEvent
from casefile.serial import now
from casefile.settings import load_settings
from data.demo_case import DEFAULT_SEED
from data.demo_case.build import build
from ingest.embedding.fake import HashedWordsEmbedder
from ingest.pipeline import Pipeline
from tests.ingest.second_reading_case import take_in

NOTE = b"The watchman was not asleep.\nHe was not drunk either.\n"
FORGED = "note\n100 exhibits compared\x1b[2J.txt"


@dataclass(frozen=True)
class Reply:
    """What one call of the command line left."""

    code: int
    out: str
    err: str


Call = Callable[..., Reply]


@pytest.fixture
def call(home: Path, capsys: pytest.CaptureFixture[str]) -> Call:
    def run(*arguments: str) -> Reply:
        capsys.readouterr()
        code = main(["--home", str(home), "--actor", "M. Vogt", "exhibit", "check", *arguments])
        said = capsys.readouterr()
        return Reply(code, said.out, said.err)

    return run


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A HOME with the demo case, and with a case of a text that lost words, one of no second reader, one damaged."""
    root = tmp_path_factory.mktemp("checking")
    build(root / "demo", DEFAULT_SEED)
    home = Home(root / "home")
    with create_case(home, _description("demo"), "tester") as case, case.locked():
        Pipeline(case, load_settings(home.root, {}).settings, HashedWordsEmbedder(allow=True)).ingest(
            [root / "demo" / "files"]
        )
    with create_case(home, _description("lossy"), "tester") as case:
        take_in(case, root, FORGED, NOTE, "text/plain", "The watchman was asleep.\nHe was not drunk.\n")
        take_in(case, root, "copy.pdf", b"%PDF-1.7\n", "application/pdf", "A scan.")
        take_in(case, root, "torn.docx", b"PK\3\4 torn", "text/html", "A whole page.")
        take_in(case, root, "blank.txt", b" \n\n ", "text/plain", "")
    return home.root


def _description(case_id: str) -> CaseDescription:
    return CaseDescription(case_id, "t", "p", "n", "DE", "Europe/Berlin", ("en",), now())


def _events(home: Path, case_id: str) -> list[CustodyEvent]:
    with open_case(Home(home), case_id, "tester") as case:
        assert case.custody.verify().intact
        return [event for event in case.custody.events() if event.action == "exhibit read a second time"]


def _exhibit(home: Path, case_id: str, name: str) -> str:
    with open_case(Home(home), case_id, "tester") as case:
        return next(row.id for row in case.catalogue.exhibits() if row.name == name)


def test_the_demo_case_lacks_nothing(call: Call, home: Path) -> None:
    reply = call("--all", "--case", "demo", "--json")
    document: dict[str, Any] = json.loads(reply.out)
    assert [row for row in document["exhibits"] if row["state"] == "missing"] == []
    assert reply.code == 0
    compared = [row for row in document["exhibits"] if row["state"] == "nothing_missing"]
    assert len(compared) > 30
    assert sum(row["words_in_both"] for row in compared) > 4000
    assert document["totals"] == {
        "nothing_missing": len(compared),
        "missing": 0,
        "not_compared": len(document["exhibits"]) - len(compared),
    }
    assert document["second_reader"].startswith("unstructured ")
    torn = [row["path"] for row in document["exhibits"] if row.get("reason", "").startswith("The second reader cannot")]
    assert len(_events(home, "demo")) == len(compared) + len(torn)
    assert "Reading a second time" in reply.err


def test_what_is_missing_is_named_and_drives_no_terminal(call: Call, home: Path) -> None:
    exhibit = _exhibit(home, "lossy", FORGED)
    reply = call(exhibit, "--case", "lossy")
    assert reply.code == 1
    shown = reply.out.splitlines()
    assert shown[0].startswith("in/note\\n100 exhibits compared\\x1b[2J.txt: the second reader found 2 words that ours")
    assert '"either" 1 times, "not" 1 times more than our 1.' in shown[0]
    assert shown[1].startswith("1 of 1 exhibits compared")
    assert "may be wrong" in shown[2]
    event = _events(home, "lossy")[-1]
    assert (event.kind, event.actor) == ("consultation", "M. Vogt")
    assert event.details["exhibit"] == exhibit
    assert event.details["missing"] == 2
    assert "either" not in json.dumps(event.details)


def test_a_file_without_a_word_is_not_called_whole(call: Call, home: Path) -> None:
    reply = call(_exhibit(home, "lossy", "blank.txt"), "--case", "lossy")
    assert reply.code == 0
    assert reply.out.startswith(
        "in/blank.txt: nothing to compare: the second reader found no word in it, ours found 0."
    )


def test_all_sums_up_what_has_no_second_reader(call: Call) -> None:
    reply = call("--all", "--case", "lossy")
    assert reply.code == 1
    assert "1 not compared. There is no second reader for application/pdf.\n" in reply.out
    assert "of 4 exhibits compared with unstructured" in reply.out


def test_a_type_without_second_reader_says_so_and_is_no_failure(call: Call, home: Path) -> None:
    events = len(_events(home, "lossy"))
    reply = call(_exhibit(home, "lossy", "copy.pdf"), "--case", "lossy")
    assert reply.code == 0
    assert reply.out.startswith("in/copy.pdf: not compared. There is no second reader for application/pdf.\n")
    assert "0 of 1 exhibits compared" in reply.out
    assert len(_events(home, "lossy")) == events


def test_a_file_that_the_second_reader_cannot_read_is_told_and_logged(call: Call, home: Path) -> None:
    reply = call(_exhibit(home, "lossy", "torn.docx"), "--case", "lossy", "--json")
    assert reply.code == 0
    row = json.loads(reply.out)["exhibits"][0]
    assert row["state"] == "not_compared"
    assert _events(home, "lossy")[-1].details["failed"] == row["reason"]


@pytest.mark.parametrize("arguments", [("--case", "lossy"), ("12345678", "--all", "--case", "lossy")])
def test_one_exhibit_or_all_of_them(call: Call, arguments: tuple[str, ...]) -> None:
    reply = call(*arguments)
    assert reply.code == 2
    assert "Name one exhibit, or check all of them with --all." in reply.err


def test_an_exhibit_that_is_not_there(call: Call) -> None:
    assert call("0" * 64, "--case", "lossy").code == 2
