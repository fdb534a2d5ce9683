"""Erasing an exhibit: its original, texts, vectors and everything made from them go; who erased it and why stays.

One transaction takes it out of the catalogue, enters a row without content and the custody event, and puts its ids on
the list `erasing`. From then on nothing finds it. What follows (`casefile.erasure_rest`) may be killed at any instant
and is finished by a rerun, or by whoever takes the writer lock next.

The custody log is never changed: it keeps the id, the path and the size of what was taken in. Questions that people
asked stay as they typed them. What was exported before is out of reach.
"""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from casefile.case import Case
from casefile.custody import ERASED
from casefile.erased_answers import names_any, without
from casefile.erasure_rest import finish_erasures
from casefile.errors import ExhibitNotFoundError, StorageError, UsageError
from casefile.recording import index_exhibit, unindex_exhibit
from casefile.records import Exhibit
from casefile.seals import nested_in
from casefile.serial import now, time_to_text


@dataclass(frozen=True, slots=True)
class ErasurePlan:
    """What erasing an exhibit takes away.

    `parts` are nested in it and exist nowhere else, so they go with it; `kept` are nested in it and stay, because they
    are found elsewhere too. `places` are the paths of the ledger that go. `turns` is the number of stored exchanges
    that quote any of it. `held_by` are paths of containers that hold its bytes: while there are any, erasing it would
    erase nothing, and it is refused.
    """

    exhibit: Exhibit
    parts: tuple[Exhibit, ...]
    kept: tuple[Exhibit, ...]
    places: tuple[str, ...]
    turns: int
    notes: int
    held_by: tuple[str, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """Of everything that goes, the exhibit itself first."""
        return (self.exhibit.id, *(part.id for part in self.parts))


def plan_erasure(case: Case, exhibit_id: str) -> ErasurePlan:
    """Look what erasing an exhibit would take away; nothing is changed.

    Raises:
        ExhibitNotFoundError: there is none, or several.
    """
    exhibit = case.catalogue.exhibit(exhibit_id)
    return _plan(case, exhibit, case.database.connection())


def plan_for(case: Case, exhibit: Exhibit) -> ErasurePlan:
    """The same for an exhibit at hand, one that was not read yet included."""
    return _plan(case, exhibit, case.database.connection())


def _plan(case: Case, exhibit: Exhibit, connection: sqlite3.Connection) -> ErasurePlan:
    nested = nested_in(connection, exhibit.id)
    going = _going(connection, exhibit.id, nested)
    marks = ", ".join("?" * len(going))
    known = case.catalogue.exhibits_by_id(nested)
    chosen = frozenset(going)
    query = f"SELECT path FROM occurrences WHERE exhibit_id IN ({marks}) OR parent_id IN ({marks}) ORDER BY id"
    places = tuple(row["path"] for row in connection.execute(query, (*going, *going)))
    query = "SELECT DISTINCT p.path FROM occurrences o JOIN occurrences p ON p.exhibit_id = o.parent_id "
    query += f"WHERE o.exhibit_id = ? AND o.parent_id NOT IN ({marks}) AND NOT EXISTS (SELECT 1 FROM derivations d "
    query += "WHERE d.exhibit_id = o.exhibit_id AND d.source_id = o.parent_id) ORDER BY p.path"
    held_by = tuple(row["path"] for row in connection.execute(query, (exhibit.id, *going)))
    notes = connection.execute(f"SELECT count(*) AS n FROM notes WHERE exhibit_id IN ({marks})", going).fetchone()["n"]
    answers = connection.execute("SELECT answer FROM turns WHERE answer <> ''")
    return ErasurePlan(
        exhibit,
        tuple(known[part] for part in nested if part in chosen),
        tuple(known[part] for part in nested if part not in chosen),
        places,
        sum(names_any(row["answer"], going) for row in answers),
        int(notes),
        held_by,
    )


def _going(connection: sqlite3.Connection, exhibit_id: str, nested: Sequence[str]) -> tuple[str, ...]:
    """The exhibit, and of what is nested in it all that is found in nothing that stays."""
    parents: dict[str, set[str | None]] = {part: set() for part in nested}
    for part in nested:
        query = "SELECT DISTINCT parent_id FROM occurrences WHERE exhibit_id = ?"
        parents[part] = {row["parent_id"] for row in connection.execute(query, (part,))}
    going = {exhibit_id, *nested}
    # Taking away what stays, and what is found in that, until nothing changes: parts may lie in each other.
    while staying := {part for part in going & parents.keys() if parents[part] - going}:
        going -= staying
    return (exhibit_id, *(part for part in nested if part in going))


def erase(case: Case, exhibit_id: str, reason: str, progress: Callable[[str], None] | None = None) -> tuple[str, ...]:
    """Erase an exhibit and the parts that exist nowhere else. Returns the ids of what was erased.

    Takes the writer lock. Called again after a kill, it finishes what was begun.

    Args:
        case: open.
        exhibit_id: its id or a prefix of it.
        reason: why, in words; goes into the custody log.
        progress: told the name of each step.

    Raises:
        ExhibitNotFoundError: there is none, or several, and none is being erased.
        UsageError: the reason is empty, or a container holds its bytes.
        CaseBusyError: another process is writing; or one is reading, and traces go when this is run again.
        StorageError: the disk is full or refuses; run it again.
    """
    if not reason.strip():
        raise UsageError("Give a reason: it is kept in the custody log.")
    query = "SELECT exhibit_id FROM erasing ORDER BY exhibit_id"
    left = tuple(row["exhibit_id"] for row in case.database.connection().execute(query).fetchall())
    with case.locked():  # which has finished it, unless somebody was reading
        finish_erasures(case, progress)
        try:
            plan = plan_erasure(case, exhibit_id)
        except ExhibitNotFoundError:
            wanted = exhibit_id.removeprefix("sha256:").lower()
            if wanted and any(one.removeprefix("sha256:").startswith(wanted) for one in left):
                return left
            raise
        if plan.held_by:
            raise UsageError(
                f"Exhibit {plan.exhibit.id[7:19]} is a part of {plan.held_by[0]}, whose original holds its bytes and "
                "is never changed. Erase that one; its parts go with it."
            )
        _remove_uploads(case, plan)
        _enter(case, plan, reason)
        case.custody.write_head()
        finish_erasures(case, progress)
        return plan.ids


def enter_erasure(case: Case, plan: ErasurePlan, reason: str) -> None:
    """Erase what a plan names, but leave what follows to one `finish_erasures` after several of these."""
    _enter(case, plan, reason)


def _remove_uploads(case: Case, plan: ErasurePlan) -> None:
    """Copies that lie among the uploads still; the original is kept until the transaction."""
    uploads = (case.folder / "uploads").resolve()
    try:
        for path in plan.places:
            place = (case.folder / path).resolve()
            if path.startswith("uploads/") and "!/" not in path and uploads in place.parents and place.is_file():
                place.unlink()
    except (OSError, ValueError) as error:
        raise StorageError(f"An uploaded file could not be removed: {error}. Nothing was erased.") from error


def _enter(case: Case, plan: ErasurePlan, reason: str) -> None:
    """Take everything out of the catalogue and enter who did it and why, or do nothing."""
    at = time_to_text(now())
    with case.database.transaction() as connection:
        texts = [text for one in plan.ids for text in _texts(connection, one)]
        turns = _scrub_turns(connection, plan.ids, texts)
        for one in (*plan.ids, *(kept.id for kept in plan.kept)):  # while all places stand: they are in the index
            unindex_exhibit(connection, one)
        for one in plan.ids:
            _take_out(connection, one)
        for one in plan.ids:
            connection.execute("DELETE FROM exhibits WHERE id = ?", (one,))
            together = None if one == plan.exhibit.id else plan.exhibit.id
            connection.execute(
                "INSERT INTO erased (exhibit_id, at, actor, reason, erased_with) VALUES (?, ?, ?, ?, ?)",
                (one, at, case.actor, reason, together),
            )
            connection.execute("INSERT OR IGNORE INTO erasing VALUES (?)", (one,))
        for kept in plan.kept:
            _keep(connection, kept.id)
            index_exhibit(connection, kept.id)
        details = {"exhibits": list(plan.ids), "reason": reason, "places": len(plan.places), "turns": turns}
        case.custody.append_within(connection, case.actor, "erasure", ERASED, details)


def _texts(connection: sqlite3.Connection, exhibit_id: str) -> list[str]:
    rows = connection.execute("SELECT content FROM texts WHERE exhibit_id = ?", (exhibit_id,))
    return [row["content"] for row in rows]


def _scrub_turns(connection: sqlite3.Connection, ids: Sequence[str], texts: Sequence[str]) -> int:
    rows = connection.execute("SELECT id, answer FROM turns WHERE answer <> ''").fetchall()
    changed = [(without(row["answer"], ids, texts), row["id"]) for row in rows if names_any(row["answer"], ids)]
    connection.executemany("UPDATE turns SET answer = ?, erased = 1 WHERE id = ?", changed)
    return len(changed)


_OF_EXHIBIT = (
    "DELETE FROM issues WHERE exhibit_id = :id",
    "DELETE FROM issues WHERE occurrence_id IN (SELECT id FROM occurrences WHERE exhibit_id = :id OR parent_id = :id)",
    """
    DELETE FROM upload_files WHERE 'uploads/' || upload_id || '/' || name IN
        (SELECT path FROM occurrences WHERE exhibit_id = :id)
    """,
    "DELETE FROM occurrences WHERE exhibit_id = :id OR parent_id = :id",
    "DELETE FROM moments WHERE exhibit_id = :id",
    "DELETE FROM identifiers WHERE exhibit_id = :id",
    "DELETE FROM embeddings WHERE passage_id IN (SELECT id FROM passages WHERE exhibit_id = :id)",
    "DELETE FROM waiting WHERE passage_id IN (SELECT id FROM passages WHERE exhibit_id = :id)",
    "DELETE FROM passages WHERE exhibit_id = :id",  # the trigger takes it out of the index, unless it is sealed
    "DELETE FROM seals WHERE exhibit_id = :id",
    "UPDATE exhibits SET text_sha256 = NULL WHERE id = :id",
    "DELETE FROM texts WHERE exhibit_id = :id",
    "DELETE FROM labels WHERE exhibit_id = :id",
    "DELETE FROM notes WHERE exhibit_id = :id",
    "DELETE FROM derivations WHERE exhibit_id = :id OR source_id = :id",
)


def _take_out(connection: sqlite3.Connection, exhibit_id: str) -> None:
    for statement in _OF_EXHIBIT:
        connection.execute(statement, {"id": exhibit_id})


def _keep(connection: sqlite3.Connection, exhibit_id: str) -> None:
    """A part that stays: where its first place has gone, the next one becomes it; no line names the place that went."""
    places = connection.execute(
        "SELECT id, path, new FROM occurrences WHERE exhibit_id = ? ORDER BY id", (exhibit_id,)
    ).fetchall()
    if places[0]["new"]:
        return
    connection.execute(
        "UPDATE occurrences SET new = 1, status = (SELECT status FROM exhibits WHERE id = ?) WHERE id = ?",
        (exhibit_id, places[0]["id"]),
    )
    duplicate = "category = 'duplicate' AND stage = 'store' AND occurrence_id = ?"
    connection.execute(f"DELETE FROM issues WHERE {duplicate}", (places[0]["id"],))
    connection.executemany(
        f"UPDATE issues SET message = ? WHERE {duplicate}",
        [(f"The same bytes as {places[0]['path']}.", place["id"]) for place in places[1:]],
    )
