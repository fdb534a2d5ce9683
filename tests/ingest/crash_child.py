"""An ingestion that stops dead at a chosen point and waits to be killed: `python -m tests.ingest.crash_child`.

Arguments: HOME, the folder to take in, the point, at which of its occurrences to stop (0: never), and `with` or
`without` transactions. Points are the pipeline's boundaries, and `inside_text`: between two rows of one reading.
"""

import signal
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import casefile.recording
import ingest.pipeline
from assistant.embedding import make_embedder
from casefile.case import Case, create_case, open_case
from casefile.database import Database
from casefile.home import Home
from casefile.offline import switch_off
from casefile.records import CaseDescription
from casefile.serial import now
from casefile.settings import load_settings
from ingest.progress import Silent


class StopsAt(Silent):
    """Says so and waits for the kill at the n-th time a point is passed."""

    def __init__(self, point: str, occurrence: int) -> None:
        self._point = point
        self._left = occurrence

    def boundary(self, name: str) -> None:
        if name != self._point:
            return
        self._left -= 1
        if self._left == 0:
            print("there", flush=True)
            signal.pause()


@contextmanager
def no_transaction(self: Database) -> Iterator[sqlite3.Connection]:
    """What `Database.transaction` would be without a transaction: each row kept as it comes."""
    yield self.connection()


def opened(home: Home, case_id: str) -> Case:
    if case_id in home.case_ids():
        return open_case(home, case_id, "tester")
    return create_case(home, CaseDescription(case_id, "t", "p", "n", "DE", "Europe/Berlin", ("en",), now()), "tester")


def main() -> None:
    root, folder, point, occurrence, transactions = sys.argv[1:6]
    switch_off()
    progress = StopsAt(point, int(occurrence))
    ingest.pipeline.CHUNK_FILES = 4
    ingest.pipeline.WINDOW_PASSAGES = 16
    record_passage = casefile.recording._record_passage

    def watched(*arguments: object) -> int:
        progress.boundary("inside_text")
        return record_passage(*arguments)  # type: ignore[arg-type]

    casefile.recording._record_passage = watched
    if transactions == "without":
        Database.transaction = no_transaction  # type: ignore[method-assign, assignment]
    home = Home(Path(root))
    settings = load_settings(home.root, {}).settings
    with opened(home, "demo") as case, case.locked():
        ingest.pipeline.Pipeline(case, settings, make_embedder(home, settings), progress).ingest([Path(folder)])
    print("done", flush=True)


if __name__ == "__main__":
    main()
