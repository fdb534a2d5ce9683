"""Requests to a server stand in line: so many side by side, the others with a place that they can see."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Ticket:
    """One request in line."""

    def __init__(self, line: "Line") -> None:
        self._line = line

    def place(self) -> int:
        """How many come before it, itself counted; 0 when it is its turn."""
        return self._line.place_of(self)

    def wait(self, seconds: float) -> None:
        """Wait until the line moves, at most that long."""
        self._line.wait(seconds)


class Line:
    """First come, first served; the `at_once` oldest tickets are being served."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._tickets: list[Ticket] = []
        self._moved = threading.Condition()

    @contextmanager
    def ticket(self) -> Iterator[Ticket]:
        """Stand in line until the block ends."""
        mine = Ticket(self)
        with self._moved:
            self._tickets.append(mine)
        try:
            yield mine
        finally:
            with self._moved:
                self._tickets.remove(mine)
                self._moved.notify_all()

    def place_of(self, ticket: Ticket) -> int:
        """See `Ticket.place`. A ticket only moves forward, so one that is served stays so."""
        with self._moved:
            return max(0, self._tickets.index(ticket) - self._at_once + 1)

    def wait(self, seconds: float) -> None:
        """Until a ticket leaves, at most that long."""
        with self._moved:
            self._moved.wait(seconds)
