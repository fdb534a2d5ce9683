"""`caseclerk eval run --engine ministral` with the tiny random model, added and taken into use as a person does it."""

import os
from pathlib import Path

import pytest

from assistant.cli.root import main
from eval.report.summary import RANDOM_WEIGHTS
from eval.run_folder import RunFolder
from tests.assistant.llama.tiny_model import tiny_model_path
from tests.eval.suite_data import named
from tests.eval.test_eval_command import call, run, write_data
from tests.eval.test_suite_toolcalls import row, write


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("place")
    write_data(folder / "data")
    for command in (("add", str(tiny_model_path()), "--id", "tiny"), ("use", "tiny")):
        assert main(["--home", str(folder / "home"), "models", *command]) == 0
    return folder


@pytest.fixture(autouse=True)
def short_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "CASECLERK_MODEL_ANSWER_TOKENS", "16")


def test_the_model_of_home_answers_and_the_report_says_that_its_scores_mean_nothing(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(place, tmp_path / "run", "--engine", "ministral", "--limit", "3") == 0
    folder = RunFolder.open(tmp_path / "run")
    engine = folder.manifest()["engine"]
    assert (engine["kind"], engine["model"], engine["random_weights"]) == ("ministral", "tiny F16", True)
    assert "error" not in {one.response.status for one in folder.rows()}
    assert RANDOM_WEIGHTS in capsys.readouterr().out
    assert RANDOM_WEIGHTS in folder.report.read_text(encoding="utf-8")
    assert call(place, "run", "--resume", str(folder.path)) == 0


def test_a_run_with_the_built_in_engine_says_nothing_of_the_model_in_use(place: Path, tmp_path: Path) -> None:
    assert run(place, tmp_path / "run", "--engine", "extractive", "--limit", "1") == 0
    folder = RunFolder.open(tmp_path / "run")
    assert folder.manifest()["engine"]["kind"] == "extractive"
    assert RANDOM_WEIGHTS not in folder.report.read_text(encoding="utf-8")


def test_calls_of_the_model_are_kept_with_what_made_them(place: Path, tmp_path: Path) -> None:
    (multiple,), (none,) = named("dev", 1, "multiple_{}"), named("dev", 1, "irrelevance_{}")
    gold = [{"ships.find": {"type": ["a"]}}]
    write(place / "data", multiple=[row(multiple, ["ships.find"], gold)], irrelevance=[row(none, ["find"], None)])
    arguments = ("toolcalls", "--data", str(place / "data"), "--out", str(tmp_path / "run"))
    assert call(place, "run", *arguments, "--engine", "ministral") == 0
    folder = RunFolder.open(tmp_path / "run")
    engine = folder.manifest()["engine"]
    assert (engine["kind"], engine["model"], engine["random_weights"]) == ("ministral", "tiny F16", True)
    assert len(engine["sha256"]) == len(engine["prompt_sha256"]) == 64
    assert {one.response.status for one in folder.rows()} <= {"called", "none"}
