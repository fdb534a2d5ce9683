"""A cancelled upload: what came with it and is nowhere else is erased, and nothing names it but the custody log."""

import sqlite3
from contextlib import suppress

from casefile.case import Case
from casefile.erasing import enter_erasure, plan_for
from casefile.erasure_rest import finish_erasures
from casefile.errors import CaseBusyError
from casefile.originals import sync_folder
from casefile.recording import index_exhibit, unindex_exhibit
from casefile.uploads import UPLOAD_CANCELLED


def remove_upload(case: Case, upload_id: int) -> None:
    """Take a batch back. May be called again after it was cut short.

    What the case has from elsewhere too stays; only the place in the batch goes.

    Raises:
        CaseBusyError: another process is writing to the case.
        StorageError: the disk refuses.
    """
    with case.locked():
        files = len(case.uploads.batch(upload_id).files)
        case.uploads.remove_bytes(upload_id)
        erased = _erase_own(case, upload_id)
        with case.database.transaction() as connection:
            _leave_places(connection, upload_id)
            case.uploads.withdraw(upload_id, "", connection)
            details = {"upload": upload_id, "files": files, "exhibits": erased}
            case.custody.append_within(connection, case.actor, "erasure", UPLOAD_CANCELLED, details)
        case.custody.write_head()
        _remove_unlisted(case)
        with suppress(CaseBusyError):  # another process is just reading: who takes the lock next finishes it
            finish_erasures(case)


def _erase_own(case: Case, upload_id: int) -> int:
    """Enter the erasure of what came with the batch only, containers before their parts; returns how many exhibits."""
    inside, values = _range(upload_id)
    query = f"""
        SELECT e.id FROM exhibits e
        WHERE EXISTS (SELECT 1 FROM occurrences o WHERE o.exhibit_id = e.id AND {inside})
        AND NOT EXISTS (SELECT 1 FROM occurrences o WHERE o.exhibit_id = e.id AND NOT ({inside})) ORDER BY e.number
    """
    rows = case.database.connection().execute(query, (*values, *values)).fetchall()
    waiting = [row["id"] for row in rows]
    erased = 0
    while waiting:
        held: list[str] = []
        for exhibit_id in waiting:
            exhibit = case.catalogue.exhibits_by_id([exhibit_id]).get(exhibit_id)
            if exhibit is None:  # it went with its container
                continue
            plan = plan_for(case, exhibit)
            if plan.held_by and len(held) < len(waiting) - 1:  # of containers that hold each other the last one goes
                held.append(exhibit_id)
                continue
            enter_erasure(case, plan, UPLOAD_CANCELLED)
            erased += len(plan.ids)
        waiting = held
    return erased


def _leave_places(connection: sqlite3.Connection, upload_id: int) -> None:
    """Take the places of the batch out of the ledger; an exhibit that stays is found at its next place."""
    inside, values = _range(upload_id)
    query = f"SELECT DISTINCT o.exhibit_id AS id FROM occurrences o WHERE {inside} AND o.exhibit_id IS NOT NULL"
    staying = [row["id"] for row in connection.execute(query, values).fetchall()]
    for exhibit_id in staying:
        unindex_exhibit(connection, exhibit_id)
    places = f"SELECT o.id FROM occurrences o WHERE {inside}"
    connection.execute(f"DELETE FROM issues WHERE occurrence_id IN ({places})", values)
    connection.execute(f"DELETE FROM occurrences WHERE id IN ({places})", values)
    for exhibit_id in staying:
        _stand_at_next_place(connection, exhibit_id)
        index_exhibit(connection, exhibit_id)


def _stand_at_next_place(connection: sqlite3.Connection, exhibit_id: str) -> None:
    query = "SELECT id, path, new FROM occurrences WHERE exhibit_id = ? ORDER BY id"
    places = connection.execute(query, (exhibit_id,)).fetchall()
    if places[0]["new"]:
        return
    duplicate = "category = 'duplicate' AND stage = 'store' AND occurrence_id = ?"
    connection.execute(f"DELETE FROM issues WHERE {duplicate}", (places[0]["id"],))
    connection.execute(
        "UPDATE occurrences SET new = 1, status = (SELECT status FROM exhibits WHERE id = ?) WHERE id = ?",
        (exhibit_id, places[0]["id"]),
    )
    connection.executemany(
        f"UPDATE issues SET message = ? WHERE {duplicate}",
        [(f"The same bytes as {places[0]['path']}.", place["id"]) for place in places[1:]],
    )


def _remove_unlisted(case: Case) -> None:
    """Originals that the catalogue never came to name: a run was killed between the two. Another run copies them."""
    listed = {row["id"] for row in case.database.connection().execute("SELECT id FROM exhibits")}
    for exhibit_id in case.originals.ids() - listed:
        case.originals.path(exhibit_id).unlink(missing_ok=True)
    sync_folder(case.originals.folder)


def _range(upload_id: int) -> tuple[str, tuple[str, str]]:
    """A condition on occurrences `o`: their path lies in the batch."""
    return "o.path >= ? AND o.path < ?", (f"uploads/{upload_id}/", f"uploads/{upload_id}0")  # '0' follows '/'
