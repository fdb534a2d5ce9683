"""Stage `store`: bytes into the originals, places into the ledger."""

import os
import sqlite3
import stat
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from casefile.case import Case
from casefile.custody import NOT_TAKEN_IN, TAKEN_IN
from casefile.errors import UntrustedInputError
from casefile.recording import FoundFile, RecordedOccurrence, record_found
from casefile.records import Issue, Moment
from ingest.discovery import FoundPath, shown, why_unreadable
from ingest.ledger import status_of
from ingest.reading import Part
from ingest.times import resolve


def store_file(
    case: Case, found: FoundPath, limit_bytes: int, progress: Callable[[int], None] | None = None
) -> FoundFile:
    """Copy one file into the originals; what cannot be copied comes back with its issue.

    Raises:
        StorageError: the case's disk is full or refuses.
    """
    if found.issue is not None:
        return _without_bytes(found.name, found.path, None, found.issue)
    try:
        descriptor = os.open(found.where, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        category, message = why_unreadable(error)
        return _without_bytes(found.name, found.path, None, Issue("store", category, message))
    with os.fdopen(descriptor, "rb") as stream:
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode):
            issue = Issue("store", "changed", "It was a file when the folder was listed and is one no longer.")
            return _without_bytes(found.name, found.path, None, issue)
        modified = datetime.fromtimestamp(status.st_mtime, UTC)
        try:
            stored = case.originals.take(stream, limit_bytes, progress)
        except UntrustedInputError as error:
            return _without_bytes(found.name, found.path, None, Issue("store", error.category, error.message))
    return FoundFile(stored.exhibit_id, stored.size, found.name, found.path, None, modified)


def store_part(case: Case, part: Part, parent: FoundFile, scratch: Path, limit_bytes: int) -> FoundFile:
    """Copy a part that a reader took out; `parent` names where it was found.

    Raises:
        StorageError: the case's disk is full or refuses.
    """
    name = shown(part.untrusted_name) or "unnamed"
    path = f"{parent.path}!/{name}"
    short = name.replace("\\", "/").rstrip("/").rpartition("/")[2] or name
    if part.issue is not None:
        return _without_bytes(short, path, parent.exhibit_id, part.issue)
    modified = resolve(part.modified, "file_modified", time_zone=case.description.time_zone) if part.modified else None
    try:
        with (scratch / part.file).open("rb") as stream:
            stored = case.originals.take(stream, limit_bytes)
    except UntrustedInputError as error:
        return _without_bytes(short, path, parent.exhibit_id, Issue("store", error.category, error.message))
    return FoundFile(
        stored.exhibit_id, stored.size, short, path, parent.exhibit_id, modified.utc if modified is not None else None
    )


def record_files(case: Case, files: Sequence[FoundFile]) -> tuple[RecordedOccurrence, ...]:
    """Enter files into the ledger, with one custody event for each new place, in one transaction."""
    case.originals.settle()
    with case.database.transaction() as connection:
        recorded = enter_files(case, connection, files)
    case.custody.write_head()
    return recorded


def enter_files(
    case: Case, connection: sqlite3.Connection, files: Sequence[FoundFile]
) -> tuple[RecordedOccurrence, ...]:
    """The same inside the caller's transaction: originals are settled before it, the head is written after it."""
    recorded = []
    for found in files:
        result = record_found(connection, found)
        recorded.append(result)
        if result.place_known:
            continue
        details = {
            "exhibit": found.exhibit_id,
            "path": found.path,
            "bytes": found.size,
            "from": found.parent_id,
            "reason": found.issue.message if found.issue else None,
        }
        if result.erased_before:
            details["erased_before"] = True
        action = TAKEN_IN if found.exhibit_id else NOT_TAKEN_IN
        case.custody.append_within(connection, case.actor, "collection", action, details)
    return tuple(recorded)


def file_time(found_at: datetime) -> Moment:
    """A file system's modification time: UTC by definition, to the second."""
    return Moment(found_at.isoformat(), "file_modified", found_at, "second", "UTC", zone_assumed=False)


def _without_bytes(name: str, path: str, parent_id: str | None, issue: Issue) -> FoundFile:
    return FoundFile(None, 0, name, path, parent_id, None, "", issue, status_of((issue,), has_text=False))
