"""Setting up: one clear sentence where something is missing, nothing twice, and a failed build that stops nothing."""

import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import pytest
from packaging.specifiers import SpecifierSet

from scripts import setup


class Version(NamedTuple):
    major: int
    minor: int


def test_a_machine_like_this_one_will_do(tmp_path: Path) -> None:
    assert setup.check_machine(tmp_path / ".venv") == ""


def test_an_old_python_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    version = Version(3, 9)
    monkeypatch.setattr(setup.sys, "version_info", version)
    assert "this is Python 3.9, it needs 3.11" in setup.check_machine(tmp_path / ".venv")


def test_a_full_disk_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=1 << 30))
    assert "1.0 GiB free, 6 GiB are needed" in setup.check_machine(tmp_path / ".venv")


def test_little_memory_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sysconf", lambda name: 4096 if name == "SC_PAGE_SIZE" else 1 << 18)
    assert "1.0 GiB of memory, 4 GiB are needed" in setup.check_machine(tmp_path / ".venv")


def test_an_environment_is_current_only_for_the_same_pins(tmp_path: Path) -> None:
    folder = tmp_path / ".venv"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").touch()
    assert not setup.is_current(folder, "")
    (folder / "stamp.json").write_text(json.dumps({"fingerprint": setup.fingerprint("dev")}))
    assert setup.is_current(folder, "dev")
    assert setup.is_current(folder, "")
    (folder / "stamp.json").write_text(json.dumps({"fingerprint": setup.fingerprint("")}))
    assert not setup.is_current(folder, "dev")
    (folder / "stamp.json").write_text("{")
    assert not setup.is_current(folder, "")


def test_without_a_compiler_the_reason_is_kept_and_nothing_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _tool: None)
    setup.start_llama_build(tmp_path)
    record = json.loads((tmp_path / "llama-cpp-python.json").read_text())
    assert record["state"] == "failed"
    assert "gcc" in record["reason"]
    assert "built-in engine answers all the same" in capsys.readouterr().out


def test_a_failed_build_is_recorded_and_not_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "run", lambda *_args, **_kwargs: SimpleNamespace(returncode=1))
    monkeypatch.setattr(os, "nice", lambda _by: 0)
    assert setup.build_llama(tmp_path) == 1
    record = json.loads((tmp_path / "llama-cpp-python.json").read_text())
    assert record["state"] == "failed"
    assert setup.was_tried(tmp_path / "llama-cpp-python.json")


def test_an_interrupted_build_is_tried_again(tmp_path: Path) -> None:
    record = tmp_path / "llama-cpp-python.json"
    record.write_text(
        json.dumps({"state": "building", "pid": 2**22 + 1, "requirement": setup.llama_requirement(), "reason": ""})
    )
    assert not setup.was_tried(record)


def test_the_pin_is_exact() -> None:
    assert setup.llama_requirement() == "llama_cpp_python==0.3.36"


def test_setup_needs_nothing_but_the_standard_library() -> None:
    script = Path(setup.__file__)
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(script), "--help"], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0
    assert "--extra" in done.stdout


def test_tests_need_a_compiler(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _tool: None)
    assert setup.set_up_for_tests(tmp_path / ".venv") == 2
    assert "need a compiler: gcc, g++, make missing" in capsys.readouterr().err


def test_what_is_compiled_already_is_not_compiled_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / ".venv"
    assert not setup.has_llama(folder)
    (folder / "lib" / "python3.11" / "site-packages" / "llama_cpp_python-0.3.36.dist-info").mkdir(parents=True)
    assert setup.has_llama(folder)
    monkeypatch.setattr(setup, "is_current", lambda *_arguments: True)
    monkeypatch.setattr(setup, "start_wheel", lambda _wheels: pytest.fail("it is there"))
    assert setup.set_up_for_tests(folder) == 0


def test_a_compilation_that_failed_ends_the_setup_for_tests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(setup, "is_current", lambda *_arguments: True)
    monkeypatch.setattr(setup, "start_wheel", lambda _wheels: SimpleNamespace(wait=lambda: 1))
    assert setup.set_up_for_tests(tmp_path / ".venv") == 2
    assert "build.log" in capsys.readouterr().err


def test_every_pinned_package_takes_the_oldest_python_that_debian_has() -> None:
    refused = []
    for line in (setup.ROOT / "constraints.txt").read_text().splitlines():
        name = line.partition("==")[0]
        try:
            wanted = metadata(name).get("Requires-Python")
        except PackageNotFoundError:
            continue
        if wanted and not SpecifierSet(wanted).contains("3.11.2"):  # Debian 12
            refused.append(f"{name} {wanted}")
    assert refused == []


def test_llama_is_compiled_for_any_processor_unless_somebody_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CMAKE_ARGS", raising=False)
    assert setup.build_environment()["CMAKE_ARGS"] == "-DGGML_NATIVE=OFF"
    monkeypatch.setenv("CMAKE_ARGS", "-DGGML_CUDA=ON")
    assert setup.build_environment()["CMAKE_ARGS"] == "-DGGML_CUDA=ON -DGGML_NATIVE=OFF"
    monkeypatch.setenv("CMAKE_ARGS", "-DGGML_NATIVE=ON")
    assert setup.build_environment()["CMAKE_ARGS"] == "-DGGML_NATIVE=ON"
