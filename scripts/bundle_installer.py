"""Installs Caseclerk from the folder that this file lies in. Needs Python and nothing else; no network is used.

A second run finds what is there and goes on. Nothing is written outside the two folders that it names.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
OLDEST, NEWEST = (3, 11), (3, 13)
FREE_GIB = 5


def main() -> int:
    """Install; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    parser.add_argument(
        "--to", type=Path, default=data / "caseclerk-app", help="folder of the program (default: %(default)s)"
    )
    parser.add_argument("--home", type=Path, help="folder of cases and models (default: the user's data folder)")
    parser.add_argument("--unchecked", action="store_true", help="do not compare the files with SHA256SUMS")
    parser.add_argument("--demo", action="store_true", help="afterwards build the demo case and ask it three questions")
    arguments = parser.parse_args()
    problem = trouble(arguments.to) or ("" if arguments.unchecked else changed(HERE))
    if problem:
        print(f"Caseclerk cannot be installed: {problem}", file=sys.stderr)
        return 2
    program = install(arguments.to.absolute())
    if program is None or not install_models(program, arguments.home):
        return 2
    command = [str(program), *(["--home", str(arguments.home)] if arguments.home else [])]
    print(f"\nCaseclerk is installed. Begin with:\n  {' '.join(command)} doctor\n  {' '.join(command)} ui")
    return subprocess.call([*command, "demo", "--ask"]) if arguments.demo else 0


def trouble(to: Path) -> str:
    """One sentence about what this machine lacks; empty when nothing."""
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        return f"this is Python {sys.version_info.major}.{sys.version_info.minor}, it needs 3.11, 3.12 or 3.13."
    built = tags()
    mine = f"cp{sys.version_info.major}{sys.version_info.minor}"
    if built and mine not in built:
        return f"the wheels in here are for {', '.join(sorted(built))}; run it with that Python."
    there = to
    while not there.exists():
        there = there.parent
    free = shutil.disk_usage(there).free / 1024**3
    if free < FREE_GIB:
        return f"{there} has {free:.1f} GiB free, {FREE_GIB} GiB are needed."
    return ""


def tags() -> set[str]:
    """Pythons that the compiled wheels were made for, such as cp311; empty where all take any."""
    abis = {wheel.stem.split("-")[-2] for wheel in (HERE / "wheels").glob("*.whl")}
    return {abi for abi in abis if abi.startswith("cp")}


def changed(folder: Path) -> str:
    """One sentence about the first file that is not as it was packed; empty when all are."""
    try:
        lines = (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    except OSError:
        return f"{folder / 'SHA256SUMS'} cannot be read; copy the whole folder again."
    print(f"Checking {len(lines)} files ...", flush=True)
    for line in lines:
        digest, _, name = line.partition("  ")
        try:
            with (folder / name).open("rb") as stream:
                found = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError:
            return f"{name} is missing or cannot be read; copy the whole folder again."
        if found != digest:
            return (
                f"{name} is not as it was packed; copy the folder again, and ask where it was changed if that recurs."
            )
    return ""


def install(folder: Path) -> Path | None:
    """Make the environment and install from the wheels; returns the program, None where that failed."""
    python = folder / "bin" / "python"
    if not python.exists() and subprocess.call([sys.executable, "-m", "venv", str(folder)]) != 0:
        print(
            "No virtual environment could be made. On Debian or Ubuntu the package python3-venv is needed.",
            file=sys.stderr,
        )
        return None
    print(f"Installing into {folder} (about two minutes) ...", flush=True)
    command = [
        str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index",
        "--find-links", str(HERE / "wheels"), "--constraint", str(HERE / "constraints.txt"), "caseclerk[llama]",
    ]  # fmt: skip
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
    environment["PIP_CONFIG_FILE"] = os.devnull
    if subprocess.call(command, env=environment) != 0:
        print(f"pip could not install the wheels. Remove {folder} and run install.py again.", file=sys.stderr)
        return None
    return folder / "bin" / "caseclerk"


def install_models(program: Path, home: Path | None) -> bool:
    """Add the models, each checked by the program itself, and take them into use; False where one could not be."""
    caseclerk = [str(program), *(["--home", str(home)] if home else [])]
    listed = subprocess.run([*caseclerk, "models", "list", "--json"], capture_output=True, text=True, check=False)
    there = {row["id"] for row in json.loads(listed.stdout).get("models", ())} if listed.returncode == 0 else set()
    records = sorted((HERE / "models").glob("*/model.json"))
    for path in records:
        known = json.loads(path.read_text(encoding="utf-8"))
        weights = path.parent if known["folder"] else path.parent / known["weights"]
        add = ["models", "add", str(weights), "--id", known["id"], "--role", known["role"]]
        add += ["--partner", known["partner"]] if known.get("partner") else []
        for name, value in known.get("settings", {}).items():
            add += [f"--{name.replace('_', '-')}", value]
        steps = [] if known["id"] in there else [add]
        for step in [*steps, ["models", "use", known["id"]]]:
            if subprocess.call([*caseclerk, *step]) != 0:
                print(f"The model {known['id']} could not be added.", file=sys.stderr)
                return False
    return True


if __name__ == "__main__":
    sys.exit(main())
