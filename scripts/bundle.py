"""Puts all that a machine without a network needs into one folder: `make bundle MODELS="ID ..."`.

The folder holds wheels of Caseclerk and of everything that it depends on (llama.cpp compiled for any x86-64 processor
with AVX2, not only for this one), the chosen models, a list of licences, SHA-256 of every file, and `install.py`, which
needs only Python. See docs/offline-install.md.
"""

import argparse
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from scripts.list_dependencies import Dependency, dependencies
from scripts.setup import build_environment, llama_requirement

ROOT = Path(__file__).resolve().parent.parent
INSTALLER = Path(__file__).with_name("bundle_installer.py")
SUMS = "SHA256SUMS"
FREE_GIB = 8
"""Space for wheels while they are gathered; models come on top."""
READ_ME = """\
Caseclerk {version} for machines without a network
Python {python}, {system}

1. Check the folder:      sha256sum --check --quiet SHA256SUMS
   (compare the SHA-256 of the file SHA256SUMS itself with the one you were told on another way)
2. Install:               python3 install.py
3. Try it:                python3 install.py --demo

`python3 install.py --help` tells where things go and how to choose other places. LICENCES.md lists what is in here.
"""


class BundleError(Exception):
    """The bundle cannot be made; the message says what to do."""


def main() -> int:
    """Make a bundle; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "bundle", help="folder to make; must not exist")
    parser.add_argument(
        "--model", action="append", default=[], metavar="ID", help="an installed model; may be repeated"
    )
    parser.add_argument("--home", type=Path, help="HOME of Caseclerk that the models lie in")
    arguments = parser.parse_args()
    try:
        sums = make(arguments.out.absolute(), arguments.model, arguments.home)
    except (BundleError, OSError, subprocess.CalledProcessError) as error:
        print(f"No bundle was made: {error}", file=sys.stderr)
        return 2
    print(f"{arguments.out}: ready. SHA-256 of its {SUMS}, to be passed on by another way:\n{sums}")
    return 0


def make(out: Path, models: list[str], home: Path | None) -> str:
    """Make the folder; returns the SHA-256 of its list of hashes.

    Raises:
        BundleError: the folder is there already, the disk is too small, or a model is not installed.
    """
    if out.exists():
        raise BundleError(f"{out} is there already. Remove it, or give another folder with --out.")
    chosen = [model_folder(name, home) for name in models]
    out.parent.mkdir(parents=True, exist_ok=True)
    needed = FREE_GIB + sum(size_of(folder) for folder in chosen) / 1024**3
    free = shutil.disk_usage(out.parent).free / 1024**3
    if free < needed:
        raise BundleError(f"{out.parent} has {free:.1f} GiB free, {needed:.1f} GiB are needed.")
    making = out.with_name(f"{out.name}.making")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir()
    gather_wheels(making / "wheels")
    for folder in chosen:
        print(f"Copying {folder.name} ...", flush=True)
        shutil.copytree(
            folder, making / "models" / folder.name, ignore=shutil.ignore_patterns("prefixes", "speed.json")
        )
    shutil.copy(INSTALLER, making / "install.py")
    shutil.copy(ROOT / "constraints.txt", making / "constraints.txt")
    (making / "LICENCES.md").write_text(licences(dependencies(), making), encoding="utf-8")
    (making / "README.txt").write_text(read_me(), encoding="utf-8")
    print("Hashing ...", flush=True)
    sums = write_sums(making)
    making.rename(out)
    return sums


def model_folder(name: str, home: Path | None) -> Path:
    """Where an installed model lies.

    Raises:
        BundleError: there is none of that name.
    """
    from assistant.models.store import ModelStore
    from casefile.errors import CaseclerkError
    from casefile.home import find_home

    store = ModelStore(find_home(home, os.environ).models)
    try:
        return store.folder_of(store.get(name).id)
    except CaseclerkError as error:
        raise BundleError(str(error)) from error


def size_of(folder: Path) -> int:
    """Bytes of all files in a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def gather_wheels(folder: Path) -> None:
    """Wheels of Caseclerk and of all that it needs, each in the pinned version; what comes as source is compiled."""
    print("Compiling llama.cpp (some minutes) ...", flush=True)
    _wheel(folder, "--no-cache-dir", "--no-deps", llama_requirement(), environment=build_environment())
    print("Gathering wheels ...", flush=True)
    _wheel(folder, "--find-links", str(folder), f"{ROOT}[llama]")


def _wheel(folder: Path, *arguments: str, environment: dict[str, str] | None = None) -> None:
    command = [
        sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--wheel-dir", str(folder),
        "--constraint", str(ROOT / "constraints.txt"), *arguments,
    ]  # fmt: skip
    subprocess.run(command, check=True, env={**os.environ, **(environment or {})})


def read_me() -> str:
    """The first page."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    system = f"{platform.system()} on {platform.machine()}, {' '.join(platform.libc_ver())}"
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return READ_ME.format(version=project["version"], python=python, system=system)


def licences(rows: tuple[Dependency, ...], bundle: Path) -> str:
    """Licences of everything in the folder."""
    from importlib.metadata import PackageNotFoundError, distribution

    from scripts.list_dependencies import licence_of

    direct = {row.name.lower().replace("_", "-"): row.licence for row in rows}
    lines = ["# Licences of what is in this folder", "", "| package | version | licence |", "| --- | --- | --- |"]
    for wheel in sorted((bundle / "wheels").glob("*.whl")):
        name, version = wheel.name.split("-")[:2]
        name = name.lower().replace("_", "-")
        try:
            licence = direct.get(name) or licence_of(distribution(name))
        except PackageNotFoundError:
            licence = "see its wheel"
        lines.append(f"| {name} | {version} | {licence} |")
    models = sorted((bundle / "models").glob("*/model.json")) if (bundle / "models").is_dir() else []
    if models:
        import json

        lines += ["", "| model | licence |", "| --- | --- |"]
        for path in models:
            known = json.loads(path.read_text(encoding="utf-8"))
            lines.append(f"| {known['id']} | {known.get('licence') or 'not known'} |")
    return "\n".join(lines) + "\n"


def write_sums(folder: Path) -> str:
    """Write SHA-256 of every file, in the form that `sha256sum --check` reads; returns that of the list itself."""
    lines = []
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        lines.append(f"{digest}  {file.relative_to(folder).as_posix()}\n")
    content = "".join(lines).encode()
    (folder / SUMS).write_bytes(content)
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
