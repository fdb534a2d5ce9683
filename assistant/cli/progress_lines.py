"""Progress for programs: one JSON object a line on standard error.

    {"stage": "read", "done": 3, "total": 12}    at most a few a second for each stage, and always the last
    {"say": "..."}                               what a person should know
    {"finished": {"complete": 2, ...}}           lines of the ledger by status, and passages: the run has ended well

A line that is no JSON object is what the command says at its end, for people: why it did not do what was asked.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self, TextIO

from assistant.cli.printable import printable
from ingest.progress import Boundary, PipelineStage

EVERY_SECONDS = 0.2
"""Between two lines of one stage."""


class ProgressLines:
    """Tells the pipeline's progress in lines. A context manager, as the bars are.

    Args:
        stream: where to; standard error.
        clock: seconds that only go forward.
    """

    def __init__(self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream or sys.stderr
        self._clock = clock
        self._done: dict[str, int] = {}
        self._total: dict[str, int] = {}
        self._told_at: dict[str, float] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Nothing to put away."""

    def begin(self, stage: PipelineStage | str, total: int) -> None:
        """A stage begins, or more of it has come."""
        self._total[stage] = self._total.get(stage, 0) + total
        self._done.setdefault(stage, 0)
        self._tell(stage)

    def advance(self, stage: PipelineStage | str, count: int) -> None:
        """So much more is done."""
        self._done[stage] += count
        late = self._clock() - self._told_at[stage] >= EVERY_SECONDS
        if late or self._done[stage] == self._total[stage]:
            self._tell(stage)

    def say(self, message: str) -> None:
        """A message."""
        self._write({"say": printable(message)})

    def boundary(self, name: Boundary) -> None:
        """Nothing to tell."""

    def finished(self, totals: Mapping[str, int]) -> None:
        """The run has ended well."""
        self._write({"finished": dict(totals)})

    def _tell(self, stage: str) -> None:
        self._told_at[stage] = self._clock()
        self._write({"stage": stage, "done": self._done[stage], "total": self._total[stage]})

    def _write(self, line: Mapping[str, object]) -> None:
        print(json.dumps(line), file=self._stream, flush=True)
