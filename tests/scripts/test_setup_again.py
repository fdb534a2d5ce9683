"""Setting up again after something was missing or cut short."""

import shutil
import subprocess
import venv
from pathlib import Path
from types import SimpleNamespace

import pytest

from scripts import setup


def test_once_a_compiler_is_there_the_build_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = tmp_path / "llama-cpp-python.json"
    monkeypatch.setattr(shutil, "which", lambda _tool: None)
    setup.start_llama_build(tmp_path)
    assert setup.was_tried(record)
    monkeypatch.setattr(shutil, "which", lambda tool: f"/usr/bin/{tool}")
    assert not setup.was_tried(record)
    setup.write_llama_record(record, "failed", "the compilation failed, see the log")
    assert setup.was_tried(record)


def test_an_environment_killed_before_pip_was_in_it_is_completed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / ".venv"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").touch()
    made: list[dict[str, bool]] = []
    monkeypatch.setattr(venv, "create", lambda _folder, **how: made.append(how))
    process = SimpleNamespace(stdout=iter(()), wait=lambda: 0)
    monkeypatch.setattr(subprocess, "Popen", lambda *_args, **_kwargs: process)
    assert setup.install(folder, "")
    assert made == [{"with_pip": True}]
