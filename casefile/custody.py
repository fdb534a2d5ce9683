"""The custody log: a hash chain of everything done to a case.

Each event holds the SHA-256 of the canonical JSON of its other fields, the hash of the event before among them, so
that an edit, a deletion, an insertion or another order breaks the chain. Cutting off the end does not: the head (last
sequence and hash) therefore also stands in a file beside the catalogue, and `custody export-head` prints it for
keeping elsewhere; only a head kept out of reach proves that nothing was cut by somebody who can write both.
"""

import hashlib
import json
import os
import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from casefile.database import Database
from casefile.errors import CaseDamagedError, StorageError
from casefile.originals import sync_folder
from casefile.records import CustodyEvent, CustodyKind
from casefile.serial import canonical_json, now, time_from_text, time_to_text

GENESIS = "0" * 64
"""What the first event names as the hash before it."""
TAKEN_IN = "exhibit taken in"
READ = "exhibit read"
NOT_TAKEN_IN = "file could not be taken in"
"""Actions of the events that name each place of the ledger, with `exhibit`, `path` and, of a part, `from`."""
ERASED = "exhibit erased"
"""Action of the event that takes places out of the ledger: all of the `exhibits` it names, and all found in them."""


@dataclass(frozen=True, slots=True)
class CustodyHead:
    """The end of the chain; `sequence` is 0 for an empty log."""

    sequence: int
    hash: str


@dataclass(frozen=True, slots=True)
class CustodyReport:
    """What `verify` found. `problems` is empty when the chain is intact."""

    events: int
    head: CustodyHead
    problems: tuple[str, ...]

    @property
    def intact(self) -> bool:
        """Whether no problem was found."""
        return not self.problems


def event_hash(sequence: int, at: str, actor: str, kind: str, action: str, details: str, previous: str) -> str:
    """SHA-256 (hex) over the canonical JSON of an event's fields; `details` is canonical JSON text itself."""
    fields = {
        "sequence": sequence,
        "at": at,
        "actor": actor,
        "kind": kind,
        "action": action,
        "details": details,
        "previous": previous,
    }
    return hashlib.sha256(canonical_json(fields).encode()).hexdigest()


class CustodyLog:
    """The chain of one case. Any process may append; a short transaction keeps the order."""

    def __init__(self, database: Database, head_file: Path) -> None:
        self._database = database
        self._head_file = head_file

    def append(
        self, actor: str, kind: CustodyKind, action: str, details: Mapping[str, object] | None = None
    ) -> CustodyEvent:
        """Append an event in a transaction of its own and write the head file."""
        with self._database.transaction() as connection:
            event = self.append_within(connection, actor, kind, action, details)
        self.write_head()
        return event

    def append_within(
        self,
        connection: sqlite3.Connection,
        actor: str,
        kind: CustodyKind,
        action: str,
        details: Mapping[str, object] | None = None,
    ) -> CustodyEvent:
        """Append an event inside the caller's transaction; the caller calls `write_head` after the commit."""
        last = connection.execute("SELECT sequence, hash FROM custody ORDER BY sequence DESC LIMIT 1").fetchone()
        sequence, previous = (last["sequence"] + 1, last["hash"]) if last else (1, GENESIS)
        at = now()
        text = canonical_json(dict(details or {}))
        digest = event_hash(sequence, time_to_text(at), actor, kind, action, text, previous)
        connection.execute(
            "INSERT INTO custody VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (sequence, time_to_text(at), actor, kind, action, text, previous, digest),
        )
        return CustodyEvent(sequence, at, actor, kind, action, json.loads(text), previous, digest)

    def events(self) -> Iterator[CustodyEvent]:
        """All events, oldest first.

        Raises:
            CaseDamagedError: an event was changed so that it cannot be read.
        """
        for row in self._database.connection().execute("SELECT * FROM custody ORDER BY sequence"):
            try:
                at, details = time_from_text(row["at"]), json.loads(row["details"])
            except ValueError as error:
                raise CaseDamagedError(
                    f"Event {row['sequence']} of the custody log cannot be read: it was changed after it was written. "
                    "`caseclerk custody verify` tells which events are sound."
                ) from error
            yield CustodyEvent(
                row["sequence"], at, row["actor"], row["kind"], row["action"], details, row["previous"], row["hash"]
            )

    def head(self) -> CustodyHead:
        """The last event's sequence and hash."""
        row = (
            self._database.connection()
            .execute("SELECT sequence, hash FROM custody ORDER BY sequence DESC LIMIT 1")
            .fetchone()
        )
        return CustodyHead(row["sequence"], row["hash"]) if row else CustodyHead(0, GENESIS)

    def write_head(self) -> None:
        """Write the head beside the catalogue, atomically. A lost write only weakens the check against cutting.

        Raises:
            StorageError: the disk refuses.
        """
        head = None
        while head != (latest := self.head()):  # another process may have written an older one over a newer one
            head = latest
            self._replace_head_file(head)

    def _replace_head_file(self, head: CustodyHead) -> None:
        temporary = self._head_file.with_name(f".{self._head_file.name}.{secrets.token_hex(4)}.tmp")
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as stream:
                stream.write(f"{head.sequence} {head.hash}\n")
                stream.flush()
                os.fsync(descriptor)  # else a power cut leaves an empty file, and a false alarm
            temporary.replace(self._head_file)
            sync_folder(self._head_file.parent)
        except OSError as error:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise StorageError(
                f"The head of the custody log could not be written: {error.strerror or error}. Free some disk space "
                "and try again; the event itself is kept."
            ) from error

    def verify(self, expected: CustodyHead | None = None) -> CustodyReport:
        """Derive every hash again and compare with the head file, and with a head kept elsewhere if given."""
        problems: list[str] = []
        written = self._read_head_file()  # before the events: others may append while this runs
        hashes: dict[int, str] = {0: GENESIS}
        previous, sequence = GENESIS, 0
        for row in self._database.connection().execute("SELECT * FROM custody ORDER BY sequence"):
            sequence += 1
            problems += _check_event(row, sequence, previous)
            sequence, previous = row["sequence"], row["hash"]
            hashes[sequence] = previous
        problems += _check_head(written, hashes)
        if expected is not None and hashes.get(expected.sequence) != expected.hash:
            problems.append(
                f"The log does not hold event {expected.sequence} with the hash of the exported head: "
                "it was cut or rewritten after the export."
            )
        return CustodyReport(len(hashes) - 1, CustodyHead(sequence, previous), tuple(problems))

    def _read_head_file(self) -> CustodyHead | None:
        try:
            return parse_head(self._head_file.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None


def _check_head(written: CustodyHead | None, hashes: Mapping[int, str]) -> list[str]:
    if len(hashes) == 1:
        return ["The log is empty; a case has at least the event of its creation."]
    if written is None:
        return ["The head file beside the catalogue is missing or unreadable."]
    known = hashes.get(written.sequence)
    if known is None:
        return [f"The log ends before event {written.sequence}, which was written: events were cut off."]
    if known != written.hash:
        return [f"Event {written.sequence} is not the one that was written: the log was replaced."]
    return []


def parse_head(text: str) -> CustodyHead:
    """The head that `custody export-head` printed, `SEQUENCE HASH`.

    Raises:
        ValueError: the text is not of that form.
    """
    sequence, _, digest = text.strip().partition(" ")
    if len(digest) != len(GENESIS):
        raise ValueError("a custody head is a number, a blank and 64 hexadecimal digits")
    return CustodyHead(int(sequence), digest)


def _check_event(row: sqlite3.Row, sequence: int, previous: str) -> list[str]:
    problems = []
    if row["sequence"] != sequence:
        problems.append(f"Event {sequence} is missing: the next one is number {row['sequence']}.")
    if row["previous"] != previous:
        problems.append(f"Event {row['sequence']} does not follow the event before it.")
    derived = event_hash(
        row["sequence"], row["at"], row["actor"], row["kind"], row["action"], row["details"], row["previous"]
    )
    if derived != row["hash"]:
        problems.append(f"Event {row['sequence']} was changed after it was written.")
    return problems
