"""How far a running ingestion is."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

LEAST_SECONDS = 5.0
LEAST_SHARE = 0.05
"""How much of a stage must be behind us, in time and in work, before what is left is guessed."""
MOST_SAID = 5


@dataclass(frozen=True, slots=True)
class JobProgress:
    """A moment of a run: its stage (empty before the first), files or passages done, and how many there are.

    `total` is 0 where it is not known. `seconds_left` is for this stage alone, None where a guess would not be honest.
    """

    stage: str = ""
    done: int = 0
    total: int = 0
    seconds_left: float | None = None
    said: tuple[str, ...] = ()
    waits_for: str = ""


class Watch:
    """Follows one run. Written by one thread, read by any: `now` is replaced as a whole."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = 0.0
        self.now = JobProgress()

    def hear(self, stage: str, done: int, total: int) -> None:
        """The run tells how far it is."""
        before = self.now
        if stage != before.stage:
            self._began = self._clock()
        self.now = JobProgress(stage, done, total, self._left(done, total), before.said)

    def say(self, message: str) -> None:
        """The run has something to tell."""
        if message not in self.now.said:
            self.now = replace(self.now, said=(*self.now.said, message)[-MOST_SAID:])

    def wait_for(self, what: str) -> None:
        """It has not begun, because of something else."""
        self.now = replace(self.now, waits_for=what)

    def _left(self, done: int, total: int) -> float | None:
        spent = self._clock() - self._began
        if spent < LEAST_SECONDS or not total or done < max(1.0, total * LEAST_SHARE):
            return None
        return spent / done * (total - done)
