"""How far an answer is, in a terminal: a bar on standard error while the model waits and reads, the prose as it comes.

Ctrl-C stops the answer that is being written and keeps what was checked until then; a second one ends the program.
"""

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Self, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn
from rich.style import Style

from assistant.answering import Listeners
from assistant.cli.printable import printable, printable_text
from assistant.records import Progress as Work

HINT = "Ctrl-C stops this answer."
_Handler = Callable[[int, FrameType | None], object] | int | None


class AnswerProgress:
    """Shows one answer on its way. A context manager, in the main thread; silent where nobody looks.

    Args:
        stream: where to; standard error. What is no terminal is shown nothing.
        prose: whether prose is shown as it is written, before it is checked.
        stops: whether Ctrl-C stops the answer.
    """

    def __init__(self, stream: TextIO | None = None, *, prose: bool = True, stops: bool = True) -> None:
        self._console = Console(file=stream, stderr=stream is None, highlight=False, markup=False)
        self._prose = prose
        self._stops = stops
        self._stop = threading.Event()
        self._bar: Progress | None = None
        self._task = TaskID(0)
        self._wrote = False
        self._before: _Handler = None

    def __enter__(self) -> Self:
        if self._stops:
            self._before = signal.signal(signal.SIGINT, self._interrupted)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._hide()
        if self._wrote:
            self._console.print("\n")
        if self._stops:
            signal.signal(signal.SIGINT, self._before)

    @property
    def stopped(self) -> bool:
        """Whether Ctrl-C was pressed."""
        return self._stop.is_set()

    def listeners(self) -> Listeners:
        """What the ask pipeline tells."""
        return Listeners(stopped=self._stop.is_set, progress=self._progress, delta=self._delta)

    def _interrupted(self, _number: int, _frame: FrameType | None) -> None:
        if self._stop.is_set():
            raise KeyboardInterrupt
        self._stop.set()

    def _progress(self, work: Work) -> None:
        if not self._console.is_terminal or work.stage == "writing":
            return
        if self._bar is None:
            if self._wrote:
                self._console.print()
            columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(bar_width=30))
            tail = (TextColumn("{task.fields[told]}", markup=False),)
            self._bar = Progress(*columns, *tail, console=self._console, transient=True)
            self._task = self._bar.add_task("", total=None, told="")
            self._bar.start()
        told, total, done = HINT if self._stops else "", None, 0
        if work.stage == "reading" and work.total > 0:
            told, total, done = f"{min(100, 100 * work.done // work.total)} %", work.total, work.done
        self._bar.update(self._task, description=says(work), total=total, completed=done, told=told)

    def _delta(self, text: str) -> None:
        if not self._prose or not self._console.is_terminal:
            return
        self._hide()
        self._wrote = True
        self._console.print(printable_text(text), style=Style(dim=True), end="", soft_wrap=True)

    def _hide(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def says(work: Work) -> str:
    """A stage in words."""
    if work.stage == "waiting":
        return f"Number {max(1, work.done)} in line for the model"
    if work.stage == "reading":
        return "The model is reading the passages"
    return f"Looking up: {printable(work.says)}" if work.stage == "tool" else "The model is writing"
