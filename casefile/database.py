"""One SQLite file: connections (one a thread), transactions, migrations."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from casefile.errors import CaseBusyError, CaseDamagedError, StorageError
from casefile.schema import MIGRATIONS

BUSY_TIMEOUT_MS = 30_000
"""How long a transaction waits for another process's short one."""


class Database:
    """A catalogue file. WAL, `synchronous=FULL`, foreign keys on; temporary tables stay in memory."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        self._all: list[sqlite3.Connection] = []
        self._guard = threading.Lock()

    def connection(self) -> sqlite3.Connection:
        """This thread's connection, opened when first asked for.

        Raises:
            CaseDamagedError: the file is not a database.
            StorageError: the file cannot be opened.
        """
        existing: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if existing is not None:
            return existing
        try:
            connection = sqlite3.connect(
                self.path, timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None, check_same_thread=False
            )
            connection.row_factory = sqlite3.Row
            connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA temp_store = MEMORY")
            connection.execute("PRAGMA secure_delete = ON")
        except sqlite3.OperationalError as error:
            raise StorageError(f"{self.path} cannot be opened: {error}. Check the disk and its permissions.") from error
        except sqlite3.DatabaseError as error:
            raise CaseDamagedError(
                f"{self.path} is not a database: {error}. Restore the case from a backup."
            ) from error
        with self._guard:
            self._all.append(connection)
        self._local.connection = connection
        return connection

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """One atomic change: committed at the end of the block, rolled back if it raises.

        Raises:
            StorageError: the disk is full or refuses; nothing of the block was kept.
            CaseBusyError: another process's transaction took too long; nothing of the block was kept.
        """
        connection = self.connection()
        try:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:  # whatever it was, nothing of the block is kept, and it goes on up
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
                raise CaseBusyError(
                    "Another process is writing to the case's catalogue and takes long. Try again in a minute."
                ) from error
            raise StorageError(
                f"The case's catalogue could not be written: {error}. Free some disk space and run the command again; "
                "what was acknowledged before is kept."
            ) from error

    def within(self, connection: sqlite3.Connection | None) -> AbstractContextManager[sqlite3.Connection]:
        """The caller's transaction where there is one (`Case.change` gives it), else one of its own."""
        return self.transaction() if connection is None else nullcontext(connection)

    def migrate(self) -> None:
        """Bring the schema up to date, one transaction a step.

        Raises:
            CaseDamagedError: the file was written by a newer version of Caseclerk.
        """
        connection = self.connection()
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version > len(MIGRATIONS):
            raise CaseDamagedError(
                f"{self.path} was written by a newer Caseclerk (schema {version}, this one knows {len(MIGRATIONS)}). "
                "Update Caseclerk to open this case."
            )
        for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
            try:
                connection.executescript(f"BEGIN IMMEDIATE; {script}; PRAGMA user_version = {number}; COMMIT;")
            except sqlite3.OperationalError:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                if int(connection.execute("PRAGMA user_version").fetchone()[0]) < number:
                    raise  # else another process, which opened the case at the same time, has just done this step

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._guard:
            for connection in self._all:
                connection.close()
            self._all.clear()
        self._local = threading.local()


def next_id(connection: sqlite3.Connection, name: str) -> int:
    """An id that was never given before, also not to something that is gone: links to it must not lead elsewhere."""
    query = "UPDATE counters SET value = value + 1 WHERE name = ? RETURNING value"
    return int(connection.execute(query, (name,)).fetchall()[0]["value"])
