"""Sets up `.venv` with the pinned dependencies. Standard library only; a second run finds everything in place.

llama-cpp-python has to be compiled (several minutes), and nothing but the Ministral engine needs it. For running it is
built in the background at low priority after everything else is in place; whether that worked stands in
`.venv/llama-cpp-python.json`, which `caseclerk doctor` reads. For testing it is built while everything else is being
installed, and must work.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST, NEWEST = (3, 11), (3, 13)
DISK_GIB = 6
"""What the environment needs while it is being installed."""
MEMORY_GIB = 4
NO_COMPILER = "no compiler here"
RECORD = "llama-cpp-python.json"


def main() -> int:
    """Set up; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv")
    parser.add_argument("--extra", choices=["llama", "dev"], help="dev: test tools; llama: also build the model engine")
    parser.add_argument("--build-llama", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    folder: Path = arguments.venv.absolute()
    if arguments.build_llama:
        return build_llama(folder)
    trouble = check_machine(folder)
    if trouble:
        print(f"Caseclerk cannot be set up: {trouble}", file=sys.stderr)
        return 2
    if arguments.extra == "dev":
        return set_up_for_tests(folder)
    if not is_current(folder, "") and not install(folder, ""):
        return 2
    if arguments.extra == "llama":
        start_llama_build(folder)
    return 0


def set_up_for_tests(folder: Path) -> int:
    """Install everything, and compile llama.cpp meanwhile; returns the exit code."""
    wheels = folder.with_name(f"{folder.name}-wheels")
    building = None
    if not has_llama(folder):
        missing = missing_compilers()
        if missing:
            print(f"The tests need a compiler: {', '.join(missing)} missing.", file=sys.stderr)
            return 2
        building = start_wheel(wheels)
    installed = is_current(folder, "dev") or install(folder, "dev")
    if building is None:
        return 0 if installed else 2
    print("llama.cpp, for the Ministral engine, is being compiled (some minutes) ...", flush=True)
    if building.wait() != 0 or not installed or not install_wheel(folder, wheels):
        print(f"llama-cpp-python could not be compiled: see {wheels / 'build.log'}", file=sys.stderr)
        return 2
    write_llama_record(folder / RECORD, "ready", "compiled on this machine")
    shutil.rmtree(wheels)
    return 0


def has_llama(folder: Path) -> bool:
    """Whether the pinned llama-cpp-python is in the environment."""
    version = llama_requirement().partition("==")[2]
    return any(folder.glob(f"lib/python*/site-packages/llama_cpp_python-{version}.dist-info"))


def start_wheel(wheels: Path) -> "subprocess.Popen[bytes]":
    """Begin to compile llama-cpp-python into a folder beside the environment, with the Python that runs this."""
    wheels.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable, "-m", "pip", "wheel", "--disable-pip-version-check", "--no-deps", "--wheel-dir", str(wheels),
        "--no-cache-dir", llama_requirement(),
    ]  # fmt: skip
    with (wheels / "build.log").open("wb") as log:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=build_environment())


def build_environment() -> dict[str, str]:
    """The environment to compile llama.cpp in: for processors with AVX2, not for all that this one claims to have.

    Compiled for the processor at hand it crashed in a virtual machine that names AMX among its features. pip's cache
    may hold such a wheel, so it is not asked. Whoever sets GGML_NATIVE in CMAKE_ARGS decides.
    """
    given = os.environ.get("CMAKE_ARGS", "")
    return {**os.environ, "CMAKE_ARGS": given if "GGML_NATIVE" in given else f"{given} -DGGML_NATIVE=OFF".strip()}


def install_wheel(folder: Path, wheels: Path) -> bool:
    """Put the compiled wheel into the environment."""
    command = [
        str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
        "--constraint", str(ROOT / "constraints.txt"), *map(str, wheels.glob("*.whl")),
    ]  # fmt: skip
    return subprocess.run(command, check=False).returncode == 0


def check_machine(folder: Path) -> str:
    """One sentence about what is missing; empty when nothing is."""
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        return (
            f"this is Python {sys.version_info.major}.{sys.version_info.minor}, it needs 3.11, 3.12 or 3.13. "
            "Install one of them and run `make PYTHON=python3.11 run`."
        )
    if sys.platform != "linux":
        return "it runs on Linux; on other systems use a Linux machine or a virtual one."
    free = shutil.disk_usage(folder.parent).free / 1024**3
    if free < DISK_GIB and not (folder / "stamp.json").exists():
        return f"{folder.parent} has {free:.1f} GiB free, {DISK_GIB} GiB are needed. Free some space and try again."
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    if memory < MEMORY_GIB * 0.9:
        return f"this machine has {memory:.1f} GiB of memory, {MEMORY_GIB} GiB are needed."
    return ""


def fingerprint(extra: str) -> str:
    """A hash over what decides the environment."""
    digest = hashlib.sha256(f"{sys.version_info[:2]} {extra}".encode())
    for name in ("constraints.txt", "pyproject.toml"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def is_current(folder: Path, extra: str) -> bool:
    """Whether the environment is complete; one with the test tools serves for running too."""
    try:
        stamp = json.loads((folder / "stamp.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    wanted = {fingerprint(extra)} if extra else {fingerprint(""), fingerprint("dev")}
    return stamp.get("fingerprint") in wanted and (folder / "bin" / "python").exists()


def install(folder: Path, extra: str) -> bool:
    """Make the environment; False when pip could not."""
    print(f"Setting up {folder} (about 2 minutes and 3 GB; only once) ...", flush=True)
    try:
        if not (folder / "bin" / "python").exists():
            venv.create(folder, with_pip=True, clear=True)
        elif not any(folder.glob("lib/python*/site-packages/pip/__main__.py")):  # killed before pip was in it
            venv.create(folder, with_pip=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(
            f"Caseclerk cannot be set up: no virtual environment could be made ({error}). On Debian or Ubuntu install "
            "the package python3-venv, then run the command again.",
            file=sys.stderr,
        )
        return False
    target = f"{ROOT}[{extra}]" if extra else str(ROOT)
    log = folder / "setup.log"
    command = [
        str(folder / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "on",
        "--constraint", str(ROOT / "constraints.txt"), "--editable", target, "editables",
    ]  # fmt: skip
    with log.open("w", encoding="utf-8") as stream:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert process.stdout is not None
        for line in process.stdout:
            stream.write(line)
            if line.startswith(("Collecting ", "Installing ", "Building ")):
                print(f"\r\033[K  {line.strip()[:100]}", end="" if sys.stdout.isatty() else "\n", flush=True)
    if process.wait() != 0:
        print("\n" + "".join(log.read_text(encoding="utf-8").splitlines(keepends=True)[-15:]), file=sys.stderr)
        print(
            f"Caseclerk cannot be set up: pip failed, see {log}. Without a network, use an offline bundle; with one, "
            "check proxy and disk space, then run the command again.",
            file=sys.stderr,
        )
        return False
    stamp = {"fingerprint": fingerprint(extra), "python": sys.version}
    (folder / "stamp.json").write_text(json.dumps(stamp), encoding="utf-8")
    print("\nThe environment is ready." if sys.stdout.isatty() else "The environment is ready.", flush=True)
    return True


def llama_requirement() -> str:
    """The pinned llama-cpp-python."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return next(line for line in lines if line.lower().replace("_", "-").startswith("llama-cpp-python=="))


def start_llama_build(folder: Path) -> None:
    """Begin the build in the background, unless it was tried with this pin or is under way."""
    record = folder / RECORD
    if was_tried(record):
        return
    missing = missing_compilers()
    if missing:
        reason = f"{NO_COMPILER} ({', '.join(missing)} missing; on Debian: apt install build-essential)"
        write_llama_record(record, "failed", reason)
        print(f"The Ministral engine cannot be built: {reason}. The built-in engine answers all the same.")
        return
    command = [sys.executable, str(Path(__file__).resolve()), "--venv", str(folder), "--build-llama"]
    with (folder / "llama-cpp-python.log").open("w", encoding="utf-8") as log:
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    print("llama.cpp, for the Ministral engine, is being compiled in the background (see `caseclerk doctor`).")


def missing_compilers() -> list[str]:
    """What building needs and this machine lacks."""
    return [tool for tool in ("gcc", "g++", "make") if shutil.which(tool) is None]


def was_tried(record: Path) -> bool:
    """Whether this pin was built, failed to build, or is being built; not when only a compiler was missing then."""
    try:
        content = json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    if (
        content.get("state") == "failed"
        and content.get("reason", "").startswith(NO_COMPILER)
        and not missing_compilers()
    ):
        return False
    running = Path(f"/proc/{content.get('pid', 0)}").exists()
    return content.get("requirement") == llama_requirement() and (content.get("state") != "building" or running)


def build_llama(folder: Path) -> int:
    """Compile and install; the outcome goes into the record."""
    os.nice(15)
    record = folder / RECORD
    write_llama_record(record, "building", "it is being compiled in the background")
    command = [
        str(folder / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check",
        "--constraint", str(ROOT / "constraints.txt"), "--no-cache-dir", llama_requirement(),
    ]  # fmt: skip
    result = subprocess.run(command, check=False, env=build_environment())
    if result.returncode == 0:
        write_llama_record(record, "ready", "compiled on this machine")
    else:
        write_llama_record(record, "failed", f"the compilation failed, see {folder / 'llama-cpp-python.log'}")
    return result.returncode


def write_llama_record(record: Path, state: str, reason: str) -> None:
    """Store the outcome for `doctor`."""
    content = {"state": state, "reason": reason, "requirement": llama_requirement(), "pid": os.getpid()}
    record.write_text(json.dumps(content), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
