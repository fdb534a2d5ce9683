"""Progress on standard error: bars with rate and time left in a terminal, a line a stage elsewhere."""

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from assistant.cli.printable import printable
from ingest.progress import Boundary, PipelineStage

LABELS: dict[str, tuple[str, str]] = {
    "discover": ("Finding files", "files"),
    "store": ("Keeping originals", "files"),
    "read": ("Reading", "files"),
    "describe": ("Describing pictures", "pictures"),
    "embed": ("Indexing by meaning", "passages"),
    "vectors": ("Filling the vector store", "passages"),
    "originals": ("Hashing originals", "files"),
    "check": ("Reading a second time", "exhibits"),
}


class _Rate(ProgressColumn):
    """Units a second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f} {task.fields.get('unit', '')}/s" if speed else "")


class Terminal:
    """Shows the pipeline at work. Use as a context manager."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._live = self._console.is_terminal
        self._tasks: dict[str, TaskID] = {}
        self._totals: dict[str, int] = {}
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description:<24}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            _Rate(),
            TimeRemainingColumn(compact=True, elapsed_when_finished=True),
            console=self._console,
            disable=not self._live,
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._progress.stop()

    def begin(self, stage: PipelineStage | str, total: int) -> None:
        """A stage begins, or more of it has come."""
        label, unit = LABELS.get(stage, (stage, ""))
        if stage in self._tasks:
            self._totals[stage] += total
            self._progress.update(self._tasks[stage], total=self._totals[stage])
            return
        self._totals[stage] = total
        self._tasks[stage] = self._progress.add_task(label, total=total or None, unit=unit)
        if not self._live:
            amount = f" ({f'{total} {unit}'.strip()})" if total else ""
            print(f"{label}{amount} ...", file=sys.stderr, flush=True)  # noqa: T201

    def advance(self, stage: PipelineStage | str, count: int) -> None:
        """So much more is done."""
        self._progress.advance(self._tasks[stage], count)

    def say(self, message: str) -> None:
        """A message above the bars."""
        self._console.print(printable(message), style="yellow", highlight=False, markup=False)

    def boundary(self, name: Boundary) -> None:
        """Nothing to show."""

    def counted(self, stage: str, done: int, total: int) -> None:
        """A stage that tells how far it is."""
        if stage not in self._tasks:
            self.begin(stage, total)
        self._progress.update(self._tasks[stage], completed=done)
