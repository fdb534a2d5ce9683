"""Runs a list of command lines one after another behind the walls: a JSON list on stdin, a JSON report on stdout.

Before that it looks whether the walls stand: which network interfaces there are, who it is, whether the packages can
be written, whether HOME is empty.
"""

import errno
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import typer

from tests.end_to_end.command_line import CASECLERK


def main() -> None:
    """Look at the walls, run the commands, list what was left in HOME and the temporary folder."""
    steps = json.load(sys.stdin)
    report = {"walls": walls(), "steps": [run(step) for step in steps], "left": left()}
    json.dump(report, sys.stdout)


def walls() -> dict[str, object]:
    """What this process can reach."""
    packages = Path(typer.__file__).parent.parent
    try:
        (packages / "written.txt").write_text("x")
        write = "written"
    except OSError as error:
        write = errno.errorcode[error.errno or 0]
    with socket.socket() as stream:
        outside = errno.errorcode.get(stream.connect_ex(("192.0.2.1", 80)), "connected")
    return {
        "user": os.getuid(),
        "interfaces": [name for _, name in socket.if_nameindex()],
        "packages": write,
        "outside": outside,
        "home": sorted(path.name for path in Path(os.environ["HOME"]).iterdir()),
    }


def run(step: list[str]) -> dict[str, object]:
    """One command line of caseclerk's, or of the program that is named by its full path."""
    command = step if step[0].startswith("/") else [CASECLERK, *step]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    out, err = (stream.decode("utf-8", "backslashreplace") for stream in (done.stdout, done.stderr))
    return {"code": done.returncode, "out": out, "err": err}


def left() -> list[str]:
    """Files in HOME and in the temporary folder."""
    found = []
    for name in ("HOME", "TMPDIR"):
        top = Path(os.environ[name])
        found += [f"{name}/{path.relative_to(top)}" for path in sorted(top.rglob("*")) if not path.is_dir()]
    return found


if __name__ == "__main__":
    main()
