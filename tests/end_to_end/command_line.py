"""The real command line, run as people run it: a process, its exit code, its two streams."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CASECLERK = str(Path(sys.executable).parent / "caseclerk")
SWITCHED_OFF = {"PYTHONPATH", "PYTHONHOME"}


@dataclass(frozen=True, slots=True)
class Result:
    """What a command left behind."""

    code: int
    out: bytes
    err: str

    def document(self) -> Any:
        """Standard output as exactly one JSON document."""
        text = self.out.decode("utf-8")
        assert text.count("\n") == 1, text
        assert text.endswith("\n"), text
        return json.loads(text)

    def lines(self) -> list[Any]:
        """Standard output as one JSON document a line."""
        text = self.out.decode("utf-8")
        assert text.endswith("\n") or not text, text
        return [json.loads(line) for line in text.split("\n")[:-1]]


def require_no_bug(err: str) -> None:
    """Nothing that a person could only shake the head at: no traceback, no bug of ours, no library's warning."""
    for sign in ("Traceback (most recent call last)", "An error inside Caseclerk", "Warning:", "Exception ignored"):
        assert sign not in err, err


@dataclass(frozen=True, slots=True)
class Clerk:
    """`caseclerk` with one HOME, in one folder."""

    home: Path
    folder: Path = ROOT
    environment: Mapping[str, str] = field(default_factory=dict)

    def command(self, *arguments: str | Path) -> list[str]:
        """The whole command."""
        return [CASECLERK, "--home", str(self.home), *map(str, arguments)]

    def variables(self) -> dict[str, str]:
        """The environment of the process."""
        kept = {name: value for name, value in os.environ.items() if name not in SWITCHED_OFF}
        return {**kept, "PYTHONWARNINGS": "default::ResourceWarning", **self.environment}

    def __call__(self, *arguments: str | Path, code: int | None = 0, limit_s: float = 240) -> Result:
        """Run a command; `code` is what it must end with, None for any."""
        result = finish(
            subprocess.Popen(
                self.command(*arguments),
                cwd=self.folder,
                env=self.variables(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            ),
            limit_s,
        )
        assert code is None or result.code == code, (arguments, result)
        return result

    def ingest(self, case_id: str, *paths: str | Path, code: int | None = 0) -> Any:
        """Take paths in; returns the JSON document."""
        return self("ingest", *paths, "--case", case_id, "--json", code=code).document()

    def ledger(self, case_id: str) -> dict[str, dict[str, Any]]:
        """The ledger's lines by path."""
        rows = self("ledger", "--case", case_id, "--json").document()["exhibits"]
        by_path = {row["path"]: row for row in rows}
        assert len(by_path) == len(rows), "two ledger lines of one path"
        return by_path


def heed_interrupts() -> None:
    """For a child: a run started in the background of a shell ignores SIGINT, and so would its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def finish(process: "subprocess.Popen[bytes]", limit_s: float = 240) -> Result:
    """Wait for a command and look at its error stream."""
    try:
        out, err = process.communicate(timeout=limit_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    result = Result(process.returncode, out, err.decode("utf-8", "backslashreplace"))
    require_no_bug(result.err)
    return result


def categories(row: Mapping[str, Any]) -> list[str]:
    """Why a ledger line is not complete."""
    return [issue["category"] for issue in row["issues"]]


def statuses(rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The state of each file, by name."""
    return {row["name"]: row["status"] for row in rows}
