"""The folder for machines without a network: what is hashed, what is refused, and that installing needs no network."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from scripts import bundle

PROGRAM = """\
import sys

def run():
    print('{"models": []}' if "list" in sys.argv else " ".join(["called with", *sys.argv[1:]]))
    sys.exit(0)
"""


def a_wheel(folder: Path, abi: str = "none") -> None:
    """A wheel named caseclerk with a program that tells how it was called."""
    folder.mkdir(parents=True)
    info = "caseclerk-0.0.1.dist-info"
    python = "py3" if abi == "none" else abi
    files = {
        "caseclerk_program.py": PROGRAM,
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: caseclerk\nVersion: 0.0.1\nProvides-Extra: llama\n",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {python}-{abi}-any\n",
        f"{info}/entry_points.txt": "[console_scripts]\ncaseclerk = caseclerk_program:run\n",
    }
    record = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(folder / f"caseclerk-0.0.1-{python}-{abi}-any.whl", "w") as archive:
        for name, content in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(name, content)


def a_bundle(folder: Path, abi: str = "none") -> Path:
    """A whole bundle with that one wheel and a model."""
    a_wheel(folder / "wheels", abi)
    (folder / "models" / "tiny").mkdir(parents=True)
    known = {"id": "tiny", "role": "chat", "licence": "CC0-1.0", "folder": False, "weights": "tiny.gguf"}
    (folder / "models" / "tiny" / "model.json").write_text(json.dumps(known))
    (folder / "install.py").write_bytes(bundle.INSTALLER.read_bytes())
    (folder / "constraints.txt").write_text("")
    bundle.write_sums(folder)
    return folder


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder.parent / "home")}
    return subprocess.run(
        [sys.executable, str(folder / "install.py"), *arguments], env=environment, capture_output=True, text=True
    )


def test_it_installs_without_a_network_adds_the_models_and_runs_the_demo(tmp_path: Path) -> None:
    folder = a_bundle(tmp_path / "bundle")
    done = run(folder, "--demo")
    assert done.returncode == 0, done.stderr
    weights = folder / "models" / "tiny" / "tiny.gguf"
    assert f"called with models add {weights} --id tiny --role chat" in done.stdout
    assert "called with models use tiny" in done.stdout
    assert "called with demo --ask" in done.stdout
    assert (tmp_path / "home" / ".local" / "share" / "caseclerk-app" / "bin" / "caseclerk").exists()


def test_what_was_changed_on_the_way_is_not_installed(tmp_path: Path) -> None:
    folder = a_bundle(tmp_path / "bundle")
    with next((folder / "wheels").glob("*.whl")).open("ab") as wheel:
        wheel.write(b"more")
    done = run(folder)
    assert done.returncode == 2
    assert "is not as it was packed" in done.stderr
    assert not (tmp_path / "home").exists()


def test_a_file_that_was_lost_on_the_way_is_named(tmp_path: Path) -> None:
    folder = a_bundle(tmp_path / "bundle")
    (folder / "constraints.txt").unlink()
    assert "constraints.txt is missing" in run(folder).stderr


def test_wheels_of_another_python_are_one_sentence(tmp_path: Path) -> None:
    done = run(a_bundle(tmp_path / "bundle", "cp35"))
    assert done.returncode == 2
    assert "the wheels in here are for cp35; run it with that Python" in done.stderr


def test_the_hashes_are_those_that_sha256sum_reads(tmp_path: Path) -> None:
    folder = a_bundle(tmp_path / "bundle")
    checked = subprocess.run(["sha256sum", "--check", "--quiet", bundle.SUMS], cwd=folder, capture_output=True)
    assert checked.returncode == 0
    assert len((folder / bundle.SUMS).read_text().splitlines()) == 4


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    with pytest.raises(bundle.BundleError, match="is there already"):
        bundle.make(tmp_path, [], None)


def test_a_model_that_is_not_installed_is_told_before_anything_is_gathered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "gather_wheels", lambda _folder: pytest.fail("too late"))
    with pytest.raises(bundle.BundleError, match="There is no model 'ministral-3-3b' on this machine"):
        bundle.make(tmp_path / "bundle", ["ministral-3-3b"], tmp_path)
    assert not (tmp_path / "bundle").exists()


def test_licences_of_packages_and_models_are_listed(tmp_path: Path) -> None:
    said = bundle.licences((), a_bundle(tmp_path / "bundle"))
    assert "| caseclerk | 0.0.1 | Apache-2.0 |" in said
    assert "| tiny | CC0-1.0 |" in said
