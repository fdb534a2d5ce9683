"""A run on disk: `manifest.json`, `samples.jsonl`, `metrics.json`, `report.html`, which can be read without us.

`samples.jsonl` holds one row a line and is only ever added to, each line made durable before the next question is
asked; a line that a kill has torn is cut off when the run goes on.
"""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from casefile.errors import UsageError
from eval.records import Row

_ROW: TypeAdapter[Row] = TypeAdapter(Row)
MANIFEST, SAMPLES, METRICS, REPORT = "manifest.json", "samples.jsonl", "metrics.json", "report.html"


class RunFolder:
    """One run. `path` holds nothing else."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, path: Path) -> "RunFolder":
        """A new, empty folder, readable by this user only.

        Raises:
            UsageError: there is something at that place, or nothing can be made there.
        """
        try:
            path.mkdir(mode=0o700, parents=True)
        except FileExistsError as error:
            raise UsageError(
                f"{path} is there already. Choose another --out, or --resume {path} to finish that run."
            ) from error
        except OSError as error:
            raise UsageError(f"{path} cannot be made: {error.strerror}. Choose another folder with --out.") from error
        return cls(path)

    @classmethod
    def open(cls, path: Path) -> "RunFolder":
        """A run that is there.

        Raises:
            UsageError: the folder holds no run.
        """
        if not (path / MANIFEST).is_file():
            raise UsageError(f"{path} holds no run (no {MANIFEST}). `caseclerk eval list` shows the runs.")
        return cls(path)

    @property
    def report(self) -> Path:
        """Where the report lies."""
        return self.path / REPORT

    @property
    def has_metrics(self) -> bool:
        """Whether the run has been scored."""
        return (self.path / METRICS).is_file()

    def manifest(self) -> dict[str, Any]:
        """What was run, on what."""
        return self._read(MANIFEST)

    def metrics(self) -> dict[str, Any]:
        """The figures, as they were scored last."""
        return self._read(METRICS)

    def write_manifest(self, manifest: Mapping[str, Any]) -> None:
        """Keep what was run."""
        self.write(MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1, default=str))

    def write_metrics(self, metrics: Mapping[str, Any]) -> None:
        """Keep the figures."""
        self.write(METRICS, json.dumps(metrics, ensure_ascii=False, indent=1))

    def write(self, name: str, text: str) -> None:
        """Put a file in place as a whole."""
        aside = self.path / f".{name}.new"
        with aside.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self.path / name)

    def append(self, row: Row) -> None:
        """Add a row, durably."""
        line = json.dumps(_ROW.dump_python(row, mode="json"), ensure_ascii=False, separators=(",", ":"))
        with (self.path / SAMPLES).open("ab") as file:
            file.write(line.encode("utf-8", "replace") + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def cut_torn_line(self) -> None:
        """Drop what a kill left behind the last whole line."""
        path = self.path / SAMPLES
        if not path.is_file():
            return
        with path.open("r+b") as file:
            whole = 0
            for line in file:
                if line.endswith(b"\n"):
                    whole += len(line)
            file.truncate(whole)

    def count(self) -> int:
        """How many rows there are, without reading what they hold."""
        path = self.path / SAMPLES
        if not path.is_file():
            return 0
        with path.open("rb") as lines:
            return sum(line.endswith(b"\n") for line in lines)

    def rows(self) -> Iterator[Row]:
        """All rows, in the order in which they were answered.

        Raises:
            UsageError: a line is no row.
        """
        path = self.path / SAMPLES
        if not path.is_file():
            return
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                try:
                    yield _ROW.validate_python(json.loads(line))
                except (ValueError, ValidationError) as error:
                    raise UsageError(
                        f"{path}, line {number} is no row of a run. If the run was cut short, finish it with "
                        f"`caseclerk eval run --resume {self.path}`."
                    ) from error

    def _read(self, name: str) -> dict[str, Any]:
        try:
            document = json.loads((self.path / name).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UsageError(f"{self.path / name} cannot be read: {error}") from error
        if not isinstance(document, dict):
            raise UsageError(f"{self.path / name} is not what this program writes.")
        return document
