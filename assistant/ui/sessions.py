"""Who is at the page: one-time links and the sessions that they open.

Both are kept in `HOME/page.db` as SHA-256 of random tokens (32 bytes), so that a copy of the file opens nothing, a link
made by another process is known at once, and a restart keeps sessions.
"""

import hashlib
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from casefile.errors import StorageError

FILE_NAME = "page.db"
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
    """Links and sessions of one HOME. Safe to use from several threads and processes."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME

    def make_link(self, actor: str, lasts: timedelta) -> str:
        """A token that opens one session for `actor`, once."""
        token = secrets.token_urlsafe(32)
        with self._changing() as connection:
            connection.execute("INSERT INTO links VALUES (?, ?, ?)", (_hashed(token), actor, _now() + _seconds(lasts)))
        return token

    def enter(self, link: str, lasts: timedelta) -> str | None:
        """Use a link up; returns the session's token, None where the link was used or has expired."""
        token = secrets.token_urlsafe(32)
        with self._changing() as connection:
            used = connection.execute(
                "DELETE FROM links WHERE token = ? AND ends > ? RETURNING actor", (_hashed(link), _now())
            ).fetchone()
            if used is None:
                return None
            row = (_hashed(token), used["actor"], _now() + _seconds(lasts))
            connection.execute("INSERT INTO sessions VALUES (?, ?, ?)", row)
        return token

    def of(self, token: str) -> Session | None:
        """The session of a token, None where there is none or it has ended."""
        with closing(self._connection()) as connection:
            row = connection.execute(
                "SELECT actor, ends FROM sessions WHERE token = ? AND ends > ?", (_hashed(token), _now())
            ).fetchone()
        return None if row is None else Session(row["actor"], datetime.fromtimestamp(row["ends"], UTC))

    def leave(self, token: str) -> None:
        """End a session."""
        with self._changing() as connection:
            connection.execute("DELETE FROM sessions WHERE token = ?", (_hashed(token),))

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        with closing(self._connection()) as connection, connection:
            connection.execute("DELETE FROM links WHERE ends <= ?", (_now(),))
            connection.execute("DELETE FROM sessions WHERE ends <= ?", (_now(),))
            yield connection

    def _connection(self) -> sqlite3.Connection:
        try:
            fresh = not self._path.exists()
            connection = sqlite3.connect(self._path, timeout=10)
            if fresh:
                self._path.chmod(0o600)
            connection.row_factory = sqlite3.Row
            connection.executescript(_SCHEMA)
        except (sqlite3.Error, OSError) as error:
            raise StorageError(
                f"{self._path}, which keeps sign-ins, cannot be used: {error}. Remove it; everybody signs in again."
            ) from error
        return connection


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _now() -> float:
    return datetime.now(UTC).timestamp()


def _seconds(span: timedelta) -> float:
    return span.total_seconds()
