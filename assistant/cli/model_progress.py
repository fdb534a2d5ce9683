"""Progress of large files on standard error: a bar in a terminal, a line for each tenth elsewhere."""

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from assistant.cli.printable import printable


class FileProgress:
    """Hears how far the files of a model are. Use as a context manager.

    Args:
        quiet: show nothing, for `--json`.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        console = Console(stderr=True)
        self._quiet = quiet
        self._live = console.is_terminal and not quiet
        self._tasks: dict[str, TaskID] = {}
        self._tenths: dict[str, int] = {}
        self._progress = Progress(
            TextColumn("{task.description:<40.40}", markup=False),
            BarColumn(bar_width=30),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(compact=True, elapsed_when_finished=True),
            console=console,
            disable=not self._live,
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._progress.stop()

    def __call__(self, name: str, done: int, total: int) -> None:
        """So many bytes of a file are done."""
        if self._live:
            if name not in self._tasks:
                self._tasks[name] = self._progress.add_task(printable(name), total=total)
            self._progress.update(self._tasks[name], completed=done)
            return
        tenth = done * 10 // total if total else 10
        if not self._quiet and self._tenths.get(name) != tenth:
            self._tenths[name] = tenth
            print(f"{printable(name)}: {tenth * 10} % of {total:,} bytes", file=sys.stderr, flush=True)  # noqa: T201
