"""Exhibits that are to be read again: a list in the catalogue, which a killed run finds as it left it.

What was read before stays searchable until the new reading takes its place, in one transaction; that takes the exhibit
off the list (a trigger).
"""

from collections.abc import Sequence

from casefile.case import Case
from casefile.errors import ExhibitNotFoundError, UsageError


def read_again(case: Case, exhibit_ids: Sequence[str] | None = None) -> tuple[str, ...]:
    """Let exhibits be read again by the next ingestion; returns their ids. Sealed ones are left alone.

    Args:
        case: the open case.
        exhibit_ids: whole ids; None for all that failed or were read in part.

    Raises:
        ExhibitNotFoundError: one of them is not in the case; nothing was changed.
        UsageError: one of them is sealed; nothing was changed.
    """
    details: dict[str, object] = {}
    with case.change("alteration", "exhibits to be read again", details) as connection:
        sealed = {row["exhibit_id"] for row in connection.execute("SELECT exhibit_id FROM seals")}
        if exhibit_ids is None:
            query = "SELECT id FROM exhibits WHERE state = 'read' AND status IN ('failed', 'partial') ORDER BY number"
            chosen = tuple(row["id"] for row in connection.execute(query) if row["id"] not in sealed)
        else:
            chosen = tuple(dict.fromkeys(exhibit_ids))
            for exhibit_id in chosen:
                if connection.execute("SELECT 1 FROM exhibits WHERE id = ?", (exhibit_id,)).fetchone() is None:
                    raise ExhibitNotFoundError(f"There is no exhibit {exhibit_id} in this case.")
                if exhibit_id in sealed:
                    raise UsageError(f"Exhibit {exhibit_id} is sealed: it is not read while it is. Unseal it first.")
        connection.executemany("INSERT OR IGNORE INTO to_read_again VALUES (?)", ((chosen_id,) for chosen_id in chosen))
        details["exhibits"] = list(chosen)
    return chosen


def leave_unread(case: Case) -> None:
    """Take everything off the list: a retry was cancelled."""
    with case.database.transaction() as connection:
        connection.execute("DELETE FROM to_read_again")
