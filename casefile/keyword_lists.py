"""Keyword lists that are kept with the case, so that the same search is made again and everybody makes the same one.

A list is text as `search --terms` reads it, a term a line; it is kept as typed. Its SHA-256 goes into the custody log.
"""

import hashlib
import sqlite3
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from casefile.errors import UsageError
from casefile.serial import now, time_from_text, time_to_text

if TYPE_CHECKING:
    from casefile.case import Case

LONGEST_NAME = 100
"""Characters."""
LONGEST_LIST = 1_000_000
"""Characters."""


@dataclass(frozen=True, slots=True)
class KeywordList:
    """A stored list; `actor` and `at` are of its last change."""

    name: str
    terms: str
    actor: str
    at: datetime


class KeywordLists:
    """The keyword lists of one case, written in the name of the case's actor. From `Case.keyword_lists`."""

    def __init__(self, case: "Case") -> None:
        self._case = case

    def all(self) -> tuple[KeywordList, ...]:
        """All lists, by name."""
        rows = self._case.database.connection().execute("SELECT * FROM keyword_lists ORDER BY name")
        return tuple(_list(row) for row in rows)

    def get(self, name: str) -> KeywordList:
        """One list.

        Raises:
            UsageError: there is none of that name.
        """
        query = "SELECT * FROM keyword_lists WHERE name = ?"
        row = self._case.database.connection().execute(query, (list_name(name),)).fetchone()
        if row is None:
            raise UsageError(f"There is no keyword list {name!r} in this case.")
        return _list(row)

    def save(self, name: str, terms: str) -> KeywordList:
        """Keep a list under a name; a list of that name is replaced.

        Raises:
            UsageError: the name cannot be used, or the list is empty or too long.
        """
        name = list_name(name)
        if not terms.strip():
            raise UsageError("The keyword list is empty. Give one term a line.")
        if len(terms) > LONGEST_LIST:
            raise UsageError(f"A keyword list has at most {LONGEST_LIST:,} characters.")
        try:
            sha256 = hashlib.sha256(terms.encode("utf-8")).hexdigest()
        except UnicodeEncodeError as error:
            raise UsageError("The keyword list holds characters that cannot be stored.") from error
        with self._case.change("alteration", "keyword list saved", {"name": name, "sha256": sha256}) as connection:
            connection.execute(
                "INSERT OR REPLACE INTO keyword_lists VALUES (?, ?, ?, ?)",
                (name, terms, self._case.actor, time_to_text(now())),
            )
        return self.get(name)

    def rename(self, name: str, new: str) -> None:
        """Give a list another name.

        Raises:
            UsageError: there is none of that name, or one of the new name is there.
        """
        name, new = list_name(name), list_name(new)
        with self._case.change("alteration", "keyword list renamed", {"from": name, "to": new}) as connection:
            there = connection.execute("SELECT 1 FROM keyword_lists WHERE name = ?", (new,)).fetchone()
            if there is not None:
                raise UsageError(f"There is a keyword list {new!r} already. Choose another name.")
            if not connection.execute("UPDATE keyword_lists SET name = ? WHERE name = ?", (new, name)).rowcount:
                raise UsageError(f"There is no keyword list {name!r} in this case.")

    def remove(self, name: str) -> None:
        """Take a list away.

        Raises:
            UsageError: there is none of that name.
        """
        name = list_name(name)
        with self._case.change("alteration", "keyword list removed", {"name": name}) as connection:
            if not connection.execute("DELETE FROM keyword_lists WHERE name = ?", (name,)).rowcount:
                raise UsageError(f"There is no keyword list {name!r} in this case.")


def list_name(name: str) -> str:
    """A list's name in the one form in which it is kept: NFC, single blanks.

    Raises:
        UsageError: it is empty, too long or has characters that cannot be seen.
    """
    tidy = " ".join(unicodedata.normalize("NFC", name).split())
    if not tidy or len(tidy) > LONGEST_NAME:
        raise UsageError(f"The name of a keyword list has 1 to {LONGEST_NAME} characters.")
    if any(unicodedata.category(character).startswith("C") for character in tidy):
        raise UsageError("The name of a keyword list cannot have characters that cannot be seen.")
    return tidy


def _list(row: sqlite3.Row) -> KeywordList:
    return KeywordList(row["name"], row["terms"], row["actor"], time_from_text(row["at"]))
