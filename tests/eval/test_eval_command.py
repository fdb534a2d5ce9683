"""`caseclerk eval` as a person calls it, over a made-up data set in the form of a public one."""

import json
from pathlib import Path
from typing import Any

import pytest

from assistant.cli.root import main
from eval.run_folder import RunFolder
from tests.eval.suite_data import named, write_rows

SHIPS = ("Ada", "Bo", "Cy", "Dee", "Eve", "Flo")


def write_data(folder: Path) -> None:
    """A dozen rows of each half; every second one has no answer."""
    rows = []
    for split in ("dev", "test"):
        for n, key in enumerate(named(split, 6)):  # type: ignore[arg-type]
            ship, answerable = SHIPS[n], n % 2 == 0
            sentence = f"The captain of the ship {ship} was Mr {ship}son of {split.title()}port ."
            rows.append(
                {
                    "id": key,
                    "question": f"who was captain of the ship {ship}" if answerable else f"what did {ship} weigh",
                    "title": "Ships",
                    "passage": f"{sentence} It sailed in {1900 + n} .",
                    "answerable": answerable,
                    "answer": sentence if answerable else None,
                    "gold_sentences": [sentence] if answerable else [],
                    "other_answers": [],
                }
            )
    write_rows(folder / "clapnq" / "clapnq_dev.jsonl", rows)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("place")
    write_data(folder / "data")
    return folder


def call(place: Path, *arguments: str) -> int:
    return main(["--home", str(place / "home"), "--actor", "Ms Tester", "eval", *arguments])


def run(place: Path, out: Path, *more: str) -> int:
    return call(place, "run", "clapnq", "--data", str(place / "data"), "--out", str(out), *more)


def test_a_run_leaves_rows_figures_and_a_report(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(place, tmp_path / "run", "--fail-under", "quote_fidelity=100%") == 0
    folder = RunFolder.open(tmp_path / "run")
    assert len(list(folder.rows())) == 6
    manifest = folder.manifest()
    assert manifest["finished"]
    assert manifest["engine"]["kind"] == "extractive"
    assert {batch["data_sha256"] for batch in manifest["batches"]}
    assert {row.sample.split for row in folder.rows()} == {"dev"}
    assert "quote_fidelity" in capsys.readouterr().out
    assert "<!doctype html>" in folder.report.read_text(encoding="utf-8").lower()
    assert not (place / "home" / "evaluation" / "final.jsonl").exists()


def test_a_figure_under_its_floor_ends_with_1(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(place, tmp_path / "run", "--fail-under", "clapnq:hit_at_1=101%", "--limit", "2") == 1
    assert "UNDER THE FLOOR" in capsys.readouterr().err


def test_test_rows_are_asked_only_with_final_and_that_is_logged(place: Path, tmp_path: Path) -> None:
    assert run(place, tmp_path / "run", "--final") == 0
    assert {row.sample.split for row in RunFolder.open(tmp_path / "run").rows()} == {"test"}
    (line,) = (place / "home" / "evaluation" / "final.jsonl").read_text(encoding="utf-8").splitlines()
    logged = json.loads(line)
    assert (logged["actor"], logged["suites"]) == ("Ms Tester", ["clapnq"])
    assert set(logged) == {"at", "actor", "suites", "commit", "changed"}


def test_scoring_again_gives_the_same_figures_and_asks_nothing(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(place, tmp_path / "run") == 0
    folder = RunFolder.open(tmp_path / "run")
    before = folder.metrics()
    folder.report.unlink()
    monkeypatch.setattr("assistant.app.Assistant.ask", lambda *_: pytest.fail("it was asked again"))
    assert call(place, "score", str(tmp_path / "run")) == 0
    assert folder.metrics() == before
    assert folder.report.is_file()


def test_a_run_that_was_cut_short_is_finished(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(place, tmp_path / "run") == 0
    folder = RunFolder.open(tmp_path / "run")
    whole = [row.sample.id for row in folder.rows()]
    lines = (folder.path / "samples.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder.path / "samples.jsonl").write_text("".join(lines[:2]) + lines[2][:40], encoding="utf-8")
    assert call(place, "run", "--resume", str(folder.path)) == 0
    assert [row.sample.id for row in folder.rows()] == whole
    capsys.readouterr()
    write_data(place / "data")
    changed = json.loads((folder.path / "manifest.json").read_text(encoding="utf-8"))
    changed["settings"]["answering"]["quotes"] = 1
    (folder.path / "manifest.json").write_text(json.dumps(changed), encoding="utf-8")
    assert call(place, "run", "--resume", str(folder.path)) == 2
    assert "another settings" in capsys.readouterr().err


def test_two_runs_are_compared_and_worse_ends_with_1(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(place, tmp_path / "a") == 0
    assert run(place, tmp_path / "b") == 0
    capsys.readouterr()
    assert call(place, "compare", str(tmp_path / "a"), str(tmp_path / "b"), "--json") == 0
    assert json.loads(capsys.readouterr().out)["worse"] == []
    rows = []
    for line in (tmp_path / "b" / "samples.jsonl").read_text(encoding="utf-8").splitlines():
        row: dict[str, Any] = json.loads(line)
        for cited in row["response"]["citations"]:
            cited["stands"] = False
        rows.append(json.dumps(row))
    (tmp_path / "b" / "samples.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert call(place, "compare", str(tmp_path / "a"), str(tmp_path / "b")) == 1
    assert "WORSE quote_fidelity" in capsys.readouterr().out
    assert call(place, "report", str(tmp_path / "b"), "--against", str(tmp_path / "a")) == 0


def test_only_the_questions_that_are_named_are_asked(place: Path, tmp_path: Path) -> None:
    chosen = named("dev", 6)[2:4]
    assert run(place, tmp_path / "run", "--sample-id", chosen[0], "--sample-id", chosen[1]) == 0
    assert {row.sample.id for row in RunFolder.open(tmp_path / "run").rows()} == set(chosen)


def test_what_is_there_is_listed(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(place, "list", "--json", "--data", str(place / "data")) == 0
    found = json.loads(capsys.readouterr().out)
    by_name = {suite["name"]: suite["unavailable"] for suite in found["suites"]}
    assert by_name["clapnq"] == by_name["demo"] == ""
    assert by_name["contracts"]
    assert "quote_fidelity" in found["metrics"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("run",), "Name a suite"),
        (("run", "no-such"), "eval list"),
        (("run", "xquad"), "nothing to run"),
        (("run", "clapnq", "--sample-id", "none"), "nothing to run"),
        (("score", "no-such"), "No run begins"),
        (("run", "demo", "--fail-under", "nonsense"), "--fail-under"),
        (("run", "clapnq", "--engine", "no-such"), "engine"),
        (("run", "--questions", "q.csv", "--case", "C-1", "--out", "elsewhere"), "stays inside the case"),
    ],
)
def test_what_cannot_be_done_ends_with_2_and_says_why(
    place: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], says: str
) -> None:
    given = ("--data", str(place / "data")) if arguments[0] == "run" else ()
    assert call(place, *arguments, *given) == 2
    assert says in capsys.readouterr().err
