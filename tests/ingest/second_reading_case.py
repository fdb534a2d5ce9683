"""Puts a file into a case with a text of the test's choice, as if our reader had made it."""

import hashlib
from pathlib import Path

from casefile.case import Case
from casefile.recording import FoundFile, ReadExhibit, record_found, record_read


def take_in(case: Case, folder: Path, name: str, data: bytes, media_type: str, text: str | None) -> str:
    """Keep `data` as an original whose text in the case is `text`; returns the exhibit's id."""
    path = folder / "file to take in"
    path.write_bytes(data)
    with path.open("rb") as stream:
        stored = case.originals.take(stream, 1 << 30)
    case.originals.settle()
    with case.database.transaction() as connection:
        record_found(connection, FoundFile(stored.exhibit_id, stored.size, name, f"in/{name}", None, None))
        digest = None if text is None else hashlib.sha256(text.encode()).hexdigest()
        status = "failed" if text is None else "complete"
        record_read(connection, ReadExhibit(stored.exhibit_id, media_type, status, (), text, digest, "test", "1"))
    return stored.exhibit_id
