"""Sealing: an exhibit that must not be used (privileged, out of scope) stays in the ledger, and nothing finds it.

Sealing withdraws the exhibit's current text: `exhibits.text_sha256` becomes NULL, and with it its passages, rows,
identifiers, times and embeddings are of no current text, which is what every search asks for. Its words leave both
full-text indexes. Text by version and passages by id come from the views `open_texts` and `open_passages`, which leave
sealed exhibits out. Title, sender, recipients and time sent move into the seal. Unsealing puts all of it back.

What is read of a sealed exhibit later (a retry, a new reader) waits in the seal; bytes that are met again are a
further occurrence of a sealed exhibit; parts met for the first time in a container sealed with its parts are sealed.
"""

import sqlite3

from casefile.case import Case
from casefile.errors import UsageError
from casefile.recording import HIDDEN, hide_outside_moments, index_exhibit, is_sealed, unindex_exhibit
from casefile.records import Seal, SealGround
from casefile.serial import now, time_to_text

GROUNDS: tuple[SealGround, ...] = ("privileged", "out_of_scope", "other")


def seal(case: Case, exhibit_id: str, ground: SealGround, reason: str, *, with_parts: bool = True) -> tuple[Seal, ...]:
    """Seal an exhibit. Returns the seals set by this call: its own, then those of its parts.

    Args:
        case: open; where it holds the writer lock, the vector cache follows at once, else when it is next settled
            (until then its hits are passed over).
        exhibit_id: its id or a prefix of it.
        ground: why, of the closed list.
        reason: why, in words; goes into the custody log.
        with_parts: also what is nested in it, at every depth, even where the same bytes are found elsewhere too.

    Raises:
        ExhibitNotFoundError: there is none, or several.
        UsageError: it is sealed already, the reason is empty, or the ground is not of the list.
    """
    exhibit = case.catalogue.exhibit(exhibit_id).id
    if ground not in GROUNDS:
        raise UsageError(f"{ground!r} is no ground for sealing: choose {', '.join(GROUNDS)}.")
    _require_reason(reason)
    with case.database.transaction() as connection:
        if is_sealed(connection, exhibit):
            raise UsageError(f"Exhibit {exhibit[7:19]} is sealed already.")
        parts = (
            [part for part in nested_in(connection, exhibit) if not is_sealed(connection, part)] if with_parts else []
        )
        for each in (exhibit, *parts):
            _withdraw(connection, each)
            _enter(connection, each, case.actor, ground, reason, None if each == exhibit else exhibit, with_parts)
        details = {"exhibit": exhibit, "ground": ground, "reason": reason, "parts": parts, "with_parts": with_parts}
        case.custody.append_within(connection, case.actor, "alteration", "exhibit sealed", details)
    case.custody.write_head()
    _settle(case)
    found = (case.catalogue.seal_of(each) for each in (exhibit, *parts))
    return tuple(one for one in found if one is not None)


def unseal(case: Case, exhibit_id: str, reason: str) -> tuple[str, ...]:
    """Open a sealed exhibit and what was sealed along with it. Returns their ids, its own first.

    A part that was sealed by itself before its container stays sealed.

    Raises:
        ExhibitNotFoundError: there is none, or several.
        UsageError: it is not sealed, or the reason is empty.
    """
    exhibit = case.catalogue.exhibit(exhibit_id).id
    _require_reason(reason)
    with case.database.transaction() as connection:
        if not is_sealed(connection, exhibit):
            raise UsageError(f"Exhibit {exhibit[7:19]} is not sealed.")
        query = "SELECT exhibit_id FROM seals WHERE sealed_with = ? ORDER BY exhibit_id"
        parts = [row["exhibit_id"] for row in connection.execute(query, (exhibit,)).fetchall()]
        for each in (exhibit, *parts):
            _put_back(connection, each)
        details = {"exhibit": exhibit, "reason": reason, "parts": parts}
        case.custody.append_within(connection, case.actor, "alteration", "exhibit unsealed", details)
    case.custody.write_head()
    _settle(case)
    return (exhibit, *parts)


def nested_in(connection: sqlite3.Connection, exhibit_id: str) -> list[str]:
    """Ids of what is nested in an exhibit, at every depth, in the order in which it was taken in."""
    query = """
        WITH RECURSIVE nested (id) AS (
            SELECT exhibit_id FROM occurrences WHERE parent_id = :container AND exhibit_id IS NOT NULL
            UNION SELECT o.exhibit_id FROM occurrences o JOIN nested n ON o.parent_id = n.id
            WHERE o.exhibit_id IS NOT NULL)
        SELECT e.id FROM exhibits e JOIN nested n ON n.id = e.id WHERE e.id <> :container ORDER BY e.number
    """
    return [row["id"] for row in connection.execute(query, {"container": exhibit_id}).fetchall()]


def _withdraw(connection: sqlite3.Connection, exhibit_id: str) -> None:
    """Take an exhibit out of everything that is searched."""
    own = {"exhibit": exhibit_id}
    unindex_exhibit(connection, exhibit_id)
    connection.execute(
        "INSERT INTO passages_fts (passages_fts, rowid, text, context) "
        "SELECT 'delete', id, text, context FROM passages WHERE exhibit_id = :exhibit",
        own,
    )
    connection.execute(
        "DELETE FROM waiting WHERE passage_id IN (SELECT id FROM passages WHERE exhibit_id = :exhibit)", own
    )
    hide_outside_moments(connection, exhibit_id)


def _enter(
    connection: sqlite3.Connection,
    exhibit_id: str,
    actor: str,
    ground: SealGround,
    reason: str,
    sealed_with: str | None,
    with_parts: bool,  # noqa: FBT001 - a column
) -> None:
    """Move what the exhibit says of itself into its seal."""
    row = connection.execute("SELECT * FROM exhibits WHERE id = ?", (exhibit_id,)).fetchone()
    connection.execute(
        "UPDATE exhibits SET text_sha256 = NULL, title = '', sender = '', recipients = '[]', sent_at = NULL "
        "WHERE id = ?",
        (exhibit_id,),
    )
    connection.execute(
        "INSERT INTO seals VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            exhibit_id,
            ground,
            reason,
            actor,
            time_to_text(now()),
            sealed_with,
            int(with_parts),
            *(row[column] for column in ("text_sha256", "title", "sender", "recipients", "sent_at")),
        ),
    )


def _put_back(connection: sqlite3.Connection, exhibit_id: str) -> None:
    """Make an exhibit what it was before it was sealed, or what has been read of it since."""
    row = connection.execute("SELECT * FROM seals WHERE exhibit_id = ?", (exhibit_id,)).fetchone()
    connection.execute("DELETE FROM seals WHERE exhibit_id = ?", (exhibit_id,))
    connection.execute(
        "UPDATE exhibits SET text_sha256 = ?, title = ?, sender = ?, recipients = ?, sent_at = ? WHERE id = ?",
        (*(row[column] for column in ("text_sha256", "title", "sender", "recipients", "sent_at")), exhibit_id),
    )
    connection.execute(
        "INSERT INTO passages_fts (rowid, text, context) SELECT id, text, context FROM passages WHERE exhibit_id = ?",
        (exhibit_id,),
    )
    index_exhibit(connection, exhibit_id)
    connection.execute(
        "UPDATE moments SET text_sha256 = NULL WHERE exhibit_id = ? AND text_sha256 = ?", (exhibit_id, HIDDEN)
    )
    connection.execute(
        "INSERT OR IGNORE INTO waiting SELECT id FROM passages WHERE exhibit_id = ? AND text_sha256 = ? "
        "AND id NOT IN (SELECT passage_id FROM embeddings)",
        (exhibit_id, row["text_sha256"]),
    )


def _settle(case: Case) -> None:
    """The holder of the writer lock keeps the vector cache whole; nobody else may open it."""
    if case.holds_lock:
        case.vectors.settle()


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise UsageError("Give a reason: it is kept with the seal and in the custody log.")
