"""The demo, as `make run` and an offline installation run it: no terminal, three answers, each with its sources."""

from pathlib import Path

import pytest

from assistant.cli.root import main
from casefile.home import Home
from data.demo_case import DEFAULT_SEED
from data.demo_case.build import build
from eval.demo_command import demo_questions, prepared


def test_it_asks_three_questions_and_a_second_run_finds_the_case(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = ["--home", str(tmp_path / "home")]
    assert main([*home, "demo", "--ask"]) == 0
    said = capsys.readouterr().out
    assert said.count("\n> ") == 3
    assert said.count("Not found.") == 1  # the third one has no answer
    assert said.count("[1]") >= 2
    assert Home(tmp_path / "home").case_ids() == ("demo",)
    assert main([*home, "demo", "--ask"]) == 0


def test_files_that_are_there_are_not_written_again(tmp_path: Path) -> None:
    build(tmp_path, DEFAULT_SEED)
    before = (tmp_path / "truth.json").stat().st_mtime_ns
    assert len(demo_questions(prepared(tmp_path))) == 3
    assert (tmp_path / "truth.json").stat().st_mtime_ns == before
