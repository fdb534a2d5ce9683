"""What was dropped into a conversation or a case page: batches of files, their state, their folder in the case.

The bytes of a batch lie in `<case>/uploads/<id>/<relative name>` until they are taken in; an ingested file's occurrence
path is `uploads/<id>/<relative name>`. The folder is inside the case's, so that deleting the case deletes it.
"""

import shutil
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Literal

from casefile.database import Database, next_id
from casefile.errors import StorageError, UsageError
from casefile.records import Status
from casefile.serial import now, time_from_text, time_to_text

UploadState = Literal["receiving", "waiting", "reading", "done", "cancelled", "failed"]

UPLOAD_CANCELLED = "upload cancelled"
"""Action of the custody event that says that a batch was taken back: no place of it stands in the ledger any more."""
LONGEST_PART = 255
"""Bytes of one folder's or file's name, as Linux file systems have it."""
LONGEST_NAME = 3_000
"""Bytes of a relative name, so that with the case's folder before it stays below PATH_MAX (4,096)."""


@dataclass(frozen=True, slots=True)
class UploadFile:
    """One file of a batch. `name` is relative to the batch's folder; `size` in bytes, as announced."""

    id: int
    upload_id: int
    name: str
    size: int
    state: UploadState
    message: str


@dataclass(frozen=True, slots=True)
class Upload:
    """A batch: what one person dropped at once. `conversation_id` is None outside a conversation."""

    id: int
    started_at: datetime
    actor: str
    conversation_id: int | None
    title: str
    state: UploadState
    message: str
    files: tuple[UploadFile, ...]


@dataclass(frozen=True, slots=True)
class UploadLine:
    """What the ledger says of an uploaded file; `status` None: taken in, and still to be read."""

    status: Status | None
    exhibit_id: str | None


class Uploads:
    """The batches of one case."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder

    def begin(self, actor: str, conversation_id: int | None, title: str) -> int:
        """Make a batch and its folder; returns its id, which no other batch of this case ever had.

        Raises:
            UsageError: there is no such conversation.
            StorageError: the folder cannot be made.
        """
        with self._database.transaction() as connection:
            known = "SELECT 1 FROM conversations WHERE id = ?"
            if conversation_id is not None and connection.execute(known, (conversation_id,)).fetchone() is None:
                raise UsageError(f"There is no conversation {conversation_id} in this case.")
            new = next_id(connection, "upload_ids")
            connection.execute(
                "INSERT INTO uploads (id, started_at, actor, title, conversation_id, state) "
                "VALUES (?, ?, ?, ?, ?, 'receiving')",
                (new, time_to_text(now()), actor, title, conversation_id),
            )
            try:
                self._folder.mkdir(mode=0o700, exist_ok=True)  # a case of an older version has none
                shutil.rmtree(self.folder(new), ignore_errors=True)  # of a begin that was killed before its commit
                self.folder(new).mkdir(mode=0o700)
            except OSError as error:
                raise StorageError(
                    f"The folder of an upload could not be made: {error.strerror or error}. Free some disk space."
                ) from error
        return new

    def folder(self, upload_id: int) -> Path:
        """Where the bytes of a batch lie."""
        return self._folder / str(upload_id)

    def add_file(self, upload_id: int, name: str, size: int, connection: sqlite3.Connection | None = None) -> int:
        """Announce a file of a batch; returns the file's id.

        Args:
            upload_id: the batch, in state `receiving`.
            name: relative to the batch's folder, with `/` between folders.
            size: bytes that will come.
            connection: the caller's transaction, where there is one.

        Raises:
            UsageError: the name leads out of the folder, is too long, or is there already; no such batch.
        """
        check_name(name)
        if size < 0:
            raise UsageError(f"A file cannot have {size} bytes.")
        with self._database.within(connection) as inside:
            row = inside.execute("SELECT state FROM uploads WHERE id = ?", (upload_id,)).fetchone()
            if row is None or row["state"] != "receiving":
                raise UsageError(f"Upload {upload_id} takes no more files: begin another one.")
            there = "SELECT 1 FROM upload_files WHERE upload_id = ? AND name = ?"
            if inside.execute(there, (upload_id, name)).fetchone() is not None:
                raise UsageError(f"Upload {upload_id} has a file {name!r} already.")
            new = next_id(inside, "upload_file_ids")
            inside.execute(
                "INSERT INTO upload_files (id, upload_id, name, size, state) VALUES (?, ?, ?, ?, 'receiving')",
                (new, upload_id, name, size),
            )
        return new

    def add_files(self, upload_id: int, files: Sequence[tuple[str, int]]) -> tuple[int, ...]:
        """Announce many files (name, bytes), all or none; returns their ids. See `add_file`."""
        with self._database.transaction() as connection:
            return tuple(self.add_file(upload_id, name, size, connection) for name, size in files)

    def entitle(self, upload_id: int, title: str) -> None:
        """Give a batch its title, where it was known only after its files."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE uploads SET title = ? WHERE id = ?", (title, upload_id))

    def file_received(self, file_id: int) -> None:
        """All bytes of a file are there: it waits to be read.

        Raises:
            UsageError: there is no such file.
        """
        self.set_file_state(file_id, "waiting")

    def set_state(
        self, upload_id: int, state: UploadState, message: str = "", connection: sqlite3.Connection | None = None
    ) -> None:
        """Say how far a batch is; the message is one sentence for the investigator.

        Raises:
            UsageError: there is no such batch.
        """
        with self._database.within(connection) as inside:
            query = "UPDATE uploads SET state = ?, message = ? WHERE id = ?"
            if not inside.execute(query, (state, message, upload_id)).rowcount:
                raise _unknown(upload_id)

    def set_file_state(self, file_id: int, state: UploadState, message: str = "") -> None:
        """Say how far a file is.

        Raises:
            UsageError: there is no such file.
        """
        with self._database.transaction() as connection:
            query = "UPDATE upload_files SET state = ?, message = ? WHERE id = ?"
            if not connection.execute(query, (state, message, file_id)).rowcount:
                raise UsageError(f"There is no uploaded file {file_id} in this case.")

    def complete(self, upload_id: int, connection: sqlite3.Connection) -> bool:
        """All that will come of a batch has come: it waits to be read, and what is missing has failed.

        Returns False, and changes nothing, where the batch does not receive any more.
        """
        waiting = "UPDATE uploads SET state = 'waiting' WHERE id = ? AND state = 'receiving'"
        if not connection.execute(waiting, (upload_id,)).rowcount:
            return False
        missing = "UPDATE upload_files SET state = 'failed', message = ? WHERE upload_id = ? AND state = 'receiving'"
        connection.execute(missing, ("It did not arrive. Upload it again.", upload_id))
        return True

    def finish(self, upload_id: int, connection: sqlite3.Connection) -> None:
        """The ledger has all of a batch: each file is as its line there says."""
        connection.execute("UPDATE uploads SET state = 'done', message = '' WHERE id = ?", (upload_id,))
        lines = "SELECT status FROM occurrences WHERE path = 'uploads/' || upload_id || '/' || name LIMIT 1"
        connection.execute(
            f"UPDATE upload_files SET state = CASE ifnull(({lines}), 'failed') WHEN 'failed' THEN 'failed' "
            "ELSE 'done' END WHERE upload_id = ? AND state <> 'failed'",
            (upload_id,),
        )

    def withdraw(self, upload_id: int, message: str, connection: sqlite3.Connection) -> None:
        """Leave of a batch that it was cancelled, and no name."""
        connection.execute("DELETE FROM upload_files WHERE upload_id = ?", (upload_id,))
        query = "UPDATE uploads SET state = 'cancelled', title = '', message = ? WHERE id = ?"
        connection.execute(query, (message, upload_id))

    def sweep(self) -> None:
        """Remove folders that no batch needs any more: of those that are done, cancelled or forgotten."""
        states = {
            row["id"]: row["state"] for row in self._database.connection().execute("SELECT id, state FROM uploads")
        }
        if not self._folder.is_dir():
            return
        for entry in self._folder.iterdir():
            if entry.name.isdigit() and states.get(int(entry.name), "done") in {"done", "cancelled"}:
                shutil.rmtree(entry, ignore_errors=True)

    def batch(self, upload_id: int) -> Upload:
        """One batch with its files, in the order in which they were announced.

        Raises:
            UsageError: there is no such batch.
        """
        for found in self._select("WHERE id = ?", (upload_id,)):
            return found
        raise _unknown(upload_id)

    def all(self) -> tuple[Upload, ...]:
        """All batches, newest first."""
        return self._select("ORDER BY id DESC", ())

    def of_conversation(self, conversation_id: int) -> tuple[Upload, ...]:
        """The batches that were dropped into a conversation, oldest first."""
        return self._select("WHERE conversation_id = ? ORDER BY id", (conversation_id,))

    def unfinished(self) -> tuple[Upload, ...]:
        """The batches that still receive, wait or are read, oldest first: what to go on with after a restart."""
        return self._select("WHERE state IN ('receiving', 'waiting', 'reading') ORDER BY id", ())

    def exhibits_of(self, upload_id: int) -> tuple[str, ...]:
        """Ids of the exhibits that came with a batch, parts included, in the order in which they were taken in.

        Bytes that were in the case before are among them: they were met again at this place.
        """
        query = """
            SELECT e.id FROM exhibits e WHERE e.id IN (
                SELECT exhibit_id FROM occurrences WHERE path >= ? AND path < ? AND exhibit_id IS NOT NULL)
            ORDER BY e.number
        """
        first, beyond = f"uploads/{upload_id}/", f"uploads/{upload_id}0"  # '0' follows '/' in ASCII
        rows = self._database.connection().execute(query, (first, beyond))
        return tuple(row["id"] for row in rows)

    def lines_of(self, upload_id: int, names: Sequence[str]) -> dict[str, UploadLine]:
        """The ledger's lines of these files, by name; files that were not taken in yet are left out."""
        first = f"uploads/{upload_id}/"
        marks = ", ".join("?" * len(names))
        query = f"SELECT path, status, exhibit_id FROM occurrences WHERE path IN ({marks})"
        rows = self._database.connection().execute(query, [first + name for name in names])
        return {row["path"].removeprefix(first): UploadLine(row["status"], row["exhibit_id"]) for row in rows}

    def read_count(self, upload_id: int) -> int:
        """How many files of a batch have been read, well or not."""
        query = """
            SELECT count(*) AS n FROM upload_files f
            JOIN occurrences o ON o.path = 'uploads/' || f.upload_id || '/' || f.name
            WHERE f.upload_id = ? AND o.status IS NOT NULL
        """
        return int(self._database.connection().execute(query, (upload_id,)).fetchone()["n"])

    def remove_bytes(self, upload_id: int) -> None:
        """Delete the folder of a batch: its files are taken in, or never will be.

        Raises:
            StorageError: the disk refuses.
        """
        try:
            shutil.rmtree(self.folder(upload_id))
        except FileNotFoundError:
            return
        except OSError as error:
            raise StorageError(f"Uploaded files could not be removed: {error.strerror or error}.") from error

    def forget(self, upload_id: int) -> None:
        """Leave nothing of a batch: no byte, no name, no row.

        Raises:
            StorageError: the disk refuses.
        """
        self.remove_bytes(upload_id)
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM uploads WHERE id = ?", (upload_id,))

    def _select(self, rest: str, values: Iterable[object]) -> tuple[Upload, ...]:
        connection = self._database.connection()
        rows = connection.execute(f"SELECT * FROM uploads {rest}", tuple(values)).fetchall()
        files: dict[int, list[UploadFile]] = {row["id"]: [] for row in rows}
        query = f"SELECT * FROM upload_files WHERE upload_id IN (SELECT id FROM uploads {rest}) ORDER BY id"
        for row in connection.execute(query, tuple(values)):
            files.setdefault(row["upload_id"], []).append(_file(row))
        return tuple(_upload(row, tuple(files[row["id"]])) for row in rows)


def check_name(name: str) -> None:
    """Refuse a relative name that leads out of its folder or that no file system takes.

    Raises:
        UsageError: says what is wrong with it.
    """
    parts = name.split("/")
    try:
        encoded = [part.encode("utf-8") for part in parts]
    except UnicodeEncodeError as error:
        raise UsageError("A file's name holds characters that cannot be stored. Rename the file.") from error
    if PurePosixPath(name).is_absolute() or any(part in {"", ".", ".."} for part in parts) or "\0" in name:
        raise UsageError(f"{name!r} is no name of an uploaded file: give a path below its folder, without '..'.")
    if any(len(part) > LONGEST_PART for part in encoded) or len(name.encode("utf-8")) > LONGEST_NAME:
        raise UsageError("A file's name is too long to be stored. Shorten it, or put the files into a ZIP file.")


def _unknown(upload_id: int) -> UsageError:
    return UsageError(f"There is no upload {upload_id} in this case.")


def _file(row: sqlite3.Row) -> UploadFile:
    return UploadFile(row["id"], row["upload_id"], row["name"], row["size"], row["state"], row["message"])


def _upload(row: sqlite3.Row, files: tuple[UploadFile, ...]) -> Upload:
    started = time_from_text(row["started_at"])
    return Upload(
        row["id"], started, row["actor"], row["conversation_id"], row["title"], row["state"], row["message"], files
    )
