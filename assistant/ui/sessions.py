"""Who is at the page: one-time links and the sessions that they open.

Both are kept in `HOME/page.db` as SHA-256 of random tokens (32 bytes), so that a copy of the file opens nothing, a link
made by another process is known at once, and a restart keeps sessions.
"""

import hashlib
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from assistant.ui.running import private_file
from casefile.errors import StorageError
from casefile.serial import now

FILE_NAME = "page.db"
LONGEST_TOKEN = 200
"""Characters; nothing longer is one of our tokens."""
_SCHEMA = """
    CREATE TABLE IF NOT EXISTS links (token TEXT PRIMARY KEY, actor TEXT NOT NULL, ends REAL NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS sessions (token TEXT PRIMARY KEY, actor TEXT NOT NULL, ends REAL NOT NULL) STRICT;
"""


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in: the name for the custody log, and until when."""

    actor: str
    ends: datetime


class Sessions:
    """Links and sessions of one HOME. Safe to use from several threads and processes.

    Args:
        folder: HOME.
        clock: the time now.
    """

    def __init__(self, folder: Path, clock: Callable[[], datetime] = now) -> None:
        self._path = folder / FILE_NAME
        self._clock = clock

    def make_link(self, actor: str, lasts: timedelta) -> str:
        """A token that opens one session for `actor`, once.

        Raises:
            StorageError: the file of sign-ins cannot be used.
        """
        token = secrets.token_urlsafe(32)
        with self._connected() as connection:
            self._sweep(connection)
            connection.execute("INSERT INTO links VALUES (?, ?, ?)", (_hashed(token), actor, self._after(lasts)))
        return token

    def enter(self, link: str, lasts: timedelta) -> str | None:
        """Use a link up; returns the session's token, None where the link was used or has expired.

        Raises:
            StorageError: the file of sign-ins cannot be used.
        """
        if not 0 < len(link) <= LONGEST_TOKEN:
            return None
        token = secrets.token_urlsafe(32)
        with self._connected() as connection:
            self._sweep(connection)
            used = connection.execute("DELETE FROM links WHERE token = ? RETURNING actor", (_hashed(link),)).fetchone()
            if used is None:
                return None
            row = (_hashed(token), used["actor"], self._after(lasts))
            connection.execute("INSERT INTO sessions VALUES (?, ?, ?)", row)
        return token

    def of(self, token: str) -> Session | None:
        """The session of a token, None where there is none or it has ended.

        Raises:
            StorageError: the file of sign-ins cannot be used.
        """
        if not 0 < len(token) <= LONGEST_TOKEN:
            return None
        with self._connected() as connection:
            row = connection.execute(
                "SELECT actor, ends FROM sessions WHERE token = ? AND ends > ?", (_hashed(token), self._now())
            ).fetchone()
        return None if row is None else Session(row["actor"], datetime.fromtimestamp(row["ends"], UTC))

    def leave(self, token: str) -> None:
        """End a session.

        Raises:
            StorageError: the file of sign-ins cannot be used.
        """
        with self._connected() as connection:
            connection.execute("DELETE FROM sessions WHERE token = ?", (_hashed(token),))

    def _sweep(self, connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM links WHERE ends <= ?", (self._now(),))
        connection.execute("DELETE FROM sessions WHERE ends <= ?", (self._now(),))

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        """A transaction of its own."""
        try:
            if not self._path.exists():
                private_file(self._path)
            with closing(sqlite3.connect(self._path, timeout=10)) as connection, connection:
                connection.row_factory = sqlite3.Row
                connection.executescript(_SCHEMA)
                yield connection
        except (sqlite3.Error, OSError) as error:
            raise StorageError(
                f"{self._path}, which keeps sign-ins, cannot be used: {error}. Remove it; everybody signs in again."
            ) from error

    def _now(self) -> float:
        return self._clock().timestamp()

    def _after(self, span: timedelta) -> float:
        return self._now() + span.total_seconds()


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
