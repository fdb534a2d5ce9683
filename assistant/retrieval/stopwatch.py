"""The stages of a search: how long each took, and whether the next may still begin."""

import time


class Stopwatch:
    """Times the stages of a search and says when it must stop."""

    def __init__(self, deadline: float | None) -> None:
        self._deadline = deadline
        self._began = self._last = time.monotonic()
        self._marks: dict[str, float] = {}
        self.skipped: list[str] = []

    def mark(self, stage: str) -> None:
        """A stage has ended."""
        now = time.monotonic()
        self._marks[stage] = (now - self._last) * 1000
        self._last = now

    def has_time(self, stage: str) -> bool:
        """Whether a stage may still begin; where not, it is noted as skipped."""
        if self._deadline is None or time.monotonic() < self._deadline:
            return True
        self.skipped.append(stage)
        return False

    def timings(self) -> dict[str, float]:
        """Milliseconds by stage, and `total`."""
        return {**self._marks, "total": (self._last - self._began) * 1000}
