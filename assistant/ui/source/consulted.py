"""Who has been shown what since the page was started, so that no picture is shown without a custody event.

A panel enters a consultation when it is opened; the pictures in it belong to that event. A picture that is asked for
by its own address, without its panel, gets an event of its own.
"""

import threading

from fastapi import FastAPI

from casefile.case import Case

MOST_REMEMBERED = 20_000
_making = threading.Lock()


class Consulted:
    """Pairs of actor and exhibit whose consultation stands in the custody log. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: set[tuple[str, str, str]] = set()

    def note(self, case: Case, exhibit_id: str) -> bool:
        """Remember that this actor's consultation has been entered; tells whether it was remembered already."""
        key = (case.description.id, case.actor, exhibit_id)
        with self._lock:
            known = key in self._seen
            if len(self._seen) >= MOST_REMEMBERED:
                self._seen.clear()
            self._seen.add(key)
            return known


def consulted_of(app: FastAPI) -> Consulted:
    """The application's memory of consultations."""
    with _making:
        found: Consulted | None = getattr(app.state, "consulted", None)
        if found is None:
            found = app.state.consulted = Consulted()
        return found
