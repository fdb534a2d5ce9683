"""What people write on exhibits: labels to gather them by, notes to remember why. Neither is evidence, nor searched.

Every change is a custody event. A label's name stands in the log; of a note only the SHA-256 of its text does, so that
erasing an exhibit can take its notes away.
"""

import hashlib
import sqlite3
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from casefile.database import next_id
from casefile.errors import UsageError
from casefile.serial import now, time_from_text, time_to_text

if TYPE_CHECKING:
    from casefile.case import Case

LONGEST_LABEL = 60
"""Characters."""
LONGEST_NOTE = 20_000
"""Characters."""


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody wrote on an exhibit; `edited_at` and `edited_by` are of its last change, if any."""

    id: int
    exhibit_id: str
    at: datetime
    actor: str
    text: str
    edited_at: datetime | None = None
    edited_by: str = ""


class Annotations:
    """Labels and notes of one case, in the name of the case's actor. From `Case.annotations`."""

    def __init__(self, case: "Case") -> None:
        self._case = case

    # --- labels -------------------------------------------------------------------------------------------------

    def labels(self, exhibit_id: str) -> tuple[str, ...]:
        """The labels of an exhibit, by name."""
        query = "SELECT name FROM labels WHERE exhibit_id = ? ORDER BY name"
        return tuple(row["name"] for row in self._connection().execute(query, (exhibit_id,)))

    def labels_by_exhibit(self) -> dict[str, tuple[str, ...]]:
        """The labels of every exhibit that has any, by name: for lists."""
        found: dict[str, list[str]] = {}
        for row in self._connection().execute("SELECT exhibit_id, name FROM labels ORDER BY name"):
            found.setdefault(row["exhibit_id"], []).append(row["name"])
        return {exhibit_id: tuple(names) for exhibit_id, names in found.items()}

    def all_labels(self) -> dict[str, int]:
        """Every label with the number of exhibits that have it, by name."""
        rows = self._connection().execute("SELECT name, count(*) AS n FROM labels GROUP BY name ORDER BY name")
        return {row["name"]: int(row["n"]) for row in rows}

    def labelled(self, name: str) -> tuple[str, ...]:
        """Ids of the exhibits with a label, in the order in which they were taken in."""
        query = "SELECT e.id FROM labels l JOIN exhibits e ON e.id = l.exhibit_id WHERE l.name = ? ORDER BY e.number"
        return tuple(row["id"] for row in self._connection().execute(query, (label_name(name),)))

    def label(self, exhibit_id: str, name: str) -> None:
        """Give an exhibit a label; nothing happens where it has it.

        Raises:
            ExhibitNotFoundError: there is no such exhibit.
            UsageError: the name is empty, too long or has characters that cannot be seen.
        """
        exhibit_id = self._case.catalogue.exhibit(exhibit_id).id
        name = label_name(name)
        if name in self.labels(exhibit_id):
            return
        with self._case.change("alteration", "label added", {"exhibit": exhibit_id, "label": name}) as connection:
            connection.execute(
                "INSERT OR IGNORE INTO labels VALUES (?, ?, ?, ?)",
                (exhibit_id, name, self._case.actor, time_to_text(now())),
            )

    def unlabel(self, exhibit_id: str, name: str) -> None:
        """Take a label off an exhibit.

        Raises:
            ExhibitNotFoundError: there is no such exhibit.
            UsageError: it does not have that label.
        """
        exhibit_id = self._case.catalogue.exhibit(exhibit_id).id
        name = label_name(name)
        with self._case.change("alteration", "label removed", {"exhibit": exhibit_id, "label": name}) as connection:
            removed = connection.execute("DELETE FROM labels WHERE exhibit_id = ? AND name = ?", (exhibit_id, name))
            if not removed.rowcount:
                raise UsageError(f"Exhibit {exhibit_id[7:19]} has no label {name!r}.")

    # --- notes --------------------------------------------------------------------------------------------------

    def notes(self, exhibit_id: str) -> tuple[Note, ...]:
        """The notes on an exhibit, oldest first."""
        query = "SELECT * FROM notes WHERE exhibit_id = ? ORDER BY id"
        return tuple(_note(row) for row in self._connection().execute(query, (exhibit_id,)))

    def note(self, note_id: int) -> Note:
        """One note.

        Raises:
            UsageError: there is no such note.
        """
        row = self._connection().execute("SELECT * FROM notes WHERE id = ?", (note_id,)).fetchone()
        if row is None:
            raise UsageError(f"There is no note {note_id} in this case.")
        return _note(row)

    def add_note(self, exhibit_id: str, text: str) -> int:
        """Write a note on an exhibit; returns the note's id.

        Raises:
            ExhibitNotFoundError: there is no such exhibit.
            UsageError: the text is empty or too long.
        """
        exhibit_id = self._case.catalogue.exhibit(exhibit_id).id
        _check_note(text)
        details: dict[str, object] = {"exhibit": exhibit_id, "sha256": _sha256(text)}
        with self._case.change("alteration", "note added", details) as connection:
            new = details["note"] = next_id(connection, "note_ids")
            connection.execute(
                "INSERT INTO notes (id, exhibit_id, at, actor, text) VALUES (?, ?, ?, ?, ?)",
                (new, exhibit_id, time_to_text(now()), self._case.actor, text),
            )
        return new

    def edit_note(self, note_id: int, text: str) -> None:
        """Change the text of a note; who wrote it first stays.

        Raises:
            UsageError: there is no such note, or the text is empty or too long.
        """
        _check_note(text)
        old = self.note(note_id)
        if old.text == text:
            return
        details = {"exhibit": old.exhibit_id, "note": note_id, "from": _sha256(old.text), "to": _sha256(text)}
        with self._case.change("alteration", "note changed", details) as connection:
            changed = connection.execute(
                "UPDATE notes SET text = ?, edited_at = ?, edited_by = ? WHERE id = ? AND text = ?",
                (text, time_to_text(now()), self._case.actor, note_id, old.text),
            )
            if not changed.rowcount:
                raise UsageError("Somebody else has just changed this note. Look at it again before you change it.")

    def remove_note(self, note_id: int) -> None:
        """Take a note away.

        Raises:
            UsageError: there is no such note.
        """
        old = self.note(note_id)
        details = {"exhibit": old.exhibit_id, "note": note_id, "sha256": _sha256(old.text)}
        with self._case.change("alteration", "note removed", details) as connection:
            if not connection.execute("DELETE FROM notes WHERE id = ?", (note_id,)).rowcount:
                raise UsageError(f"There is no note {note_id} in this case.")

    def _connection(self) -> sqlite3.Connection:
        return self._case.database.connection()


def label_name(name: str) -> str:
    """A label's name in the one form in which it is kept: NFC, single blanks.

    Raises:
        UsageError: it is empty, too long or has characters that cannot be seen.
    """
    tidy = " ".join(unicodedata.normalize("NFC", name).split())
    if not tidy or len(tidy) > LONGEST_LABEL:
        raise UsageError(f"A label has 1 to {LONGEST_LABEL} characters.")
    if any(unicodedata.category(character).startswith("C") for character in tidy):
        raise UsageError("A label cannot have characters that cannot be seen. Type it by hand.")
    return tidy


def _check_note(text: str) -> None:
    if not text.strip():
        raise UsageError("The note is empty. Write something, or leave it.")
    if len(text) > LONGEST_NOTE:
        raise UsageError(f"A note has at most {LONGEST_NOTE:,} characters.")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise UsageError("The note holds characters that cannot be stored. Type it by hand.") from error


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _note(row: sqlite3.Row) -> Note:
    edited = time_from_text(row["edited_at"]) if row["edited_at"] else None
    at = time_from_text(row["at"])
    return Note(row["id"], row["exhibit_id"], at, row["actor"], row["text"], edited, row["edited_by"])
