"""From an empty table or drafts to a scored run over one's own case, as an officer would go about it."""

import json
from pathlib import Path

import pytest
from openpyxl import load_workbook

from assistant.cli.root import main
from casefile.case import open_case
from casefile.home import Home
from eval.own_questions.records import COLUMNS
from eval.run_folder import RunFolder
from tests.eval.own_case import build


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("officer")
    build(root, embedded=True).close()
    return root / "home"


def call(home: Path, *arguments: str) -> int:
    return main(["--home", str(home), "--actor", "Ms Tester", "eval", *arguments])


def test_an_officer_fills_in_the_template_and_runs_it(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "questions.xlsx"
    assert call(home, "template", str(path)) == 0
    book = load_workbook(path)
    sheet = book["questions"]
    rows = [
        {"id": 1, "question": "When did the lorry leave?", "answerable": "yes", "expected_exhibits": "gate log.txt"}
        | {"expected_values": "14 March 2024", "tags": "topic=lorry"},
        {"id": 2, "question": "What is the IBAN of Stadtwerke Neustadt?", "answerable": "no"},
    ]
    for number, row in enumerate(rows, start=3):
        for column, name in enumerate(COLUMNS, start=1):
            sheet.cell(number, column, row.get(name))
    book.save(path)
    assert call(home, "run", "--questions", str(path), "--case", "mine", "--fail-under", "quote_fidelity=1") == 0
    (folder,) = (home / "cases" / "mine" / "runs").iterdir()
    rows_of_run = {row.sample.id: row for row in RunFolder.open(folder).rows()}
    assert rows_of_run.keys() == {"1", "2"}
    assert rows_of_run["1"].sample.gold.values == (("14 March 2024",),)
    assert rows_of_run["1"].response.status != "error"
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    assert "values_shown" in json.dumps(metrics)
    assert "When did the lorry leave?" in (folder / "report.html").read_text(encoding="utf-8")
    with open_case(Home(home), "mine", "tester") as case:
        actors = {event.actor for event in case.custody.events() if event.action == "questions prepared"}
    assert actors == {"Ms Tester"}
    capsys.readouterr()


def test_drafts_are_written_and_refused_until_checked(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "drafts.csv"
    assert call(home, "draft", "--case", "mine", "--out", str(path), "--count", "6", "--json") == 0
    assert json.loads(capsys.readouterr().out)["drafts"] == 6
    assert call(home, "run", "own", "--questions", str(path), "--case", "mine") == 2
    said = capsys.readouterr().err
    assert said.count("draft that nobody has checked") == 6
    assert call(home, "draft", "--case", "mine", "--out", str(path)) == 2
    assert "exists already" in capsys.readouterr().err


def test_what_is_missing_is_said(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(home, "run", "own") == 2
    assert "--questions" in capsys.readouterr().err
    path = tmp_path / "questions.csv"
    assert call(home, "template", str(path)) == 0
    assert call(home, "run", "--questions", str(path), "--case", "mine") == 2
    assert "there are no questions in the table" in capsys.readouterr().err
