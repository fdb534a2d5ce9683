"""What the modules of queries share: one way to ask the catalogue, and the small words of SQL that they all need."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from casefile.database import Database
from casefile.serial import time_from_text

_T = TypeVar("_T")

_VARIABLES = 500
"""Values bound in one `IN (...)`."""

EXHIBITS = """
    SELECT e.*, ifnull(o.name, '') AS name, ifnull(o.path, '') AS path, o.parent_id AS parent_id
    FROM exhibits e LEFT JOIN occurrences o
        ON o.id = (SELECT min(f.id) FROM occurrences f WHERE f.exhibit_id = e.id)
"""
"""Exhibits with name, path and parent of their first occurrence."""


class Queries:
    """Read access to one case's catalogue file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def _rows(self, query: str, values: Sequence[object] = ()) -> Iterator[sqlite3.Row]:
        yield from self._database.connection().execute(query, tuple(values))

    def _one(self, query: str, values: Sequence[object] = ()) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._database.connection().execute(query, tuple(values)).fetchone()
        return row


def chunks(values: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """The values in pieces that one `IN (...)` takes."""
    for first in range(0, len(values), _VARIABLES):
        yield values[first : first + _VARIABLES]


def narrowed(conditions: Mapping[str, object]) -> tuple[str, tuple[object, ...]]:
    """A condition that an index can serve: only the columns that something is asked of."""
    asked = {column: value for column, value in conditions.items() if value is not None}
    return " AND ".join(f"{column} = ?" for column in asked) or "1", tuple(asked.values())


def marks(values: Sequence[object]) -> str:
    """As many question marks as values."""
    return ", ".join("?" * len(values))


def time_or_none(value: str | None) -> datetime | None:
    """A stored time."""
    return time_from_text(value) if value else None
