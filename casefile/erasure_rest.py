"""What is left to do once an erasure is entered in the catalogue: files, free pages, the vector cache, HOME's log.

The catalogue's table `erasing` names the exhibits for which this is still to be done; each step may be done twice. It
is done by `casefile.erasing.erase`, and by whoever takes the writer lock next where that was killed.
"""

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from casefile.custody import ERASED
from casefile.database import Database
from casefile.errors import CaseBusyError, StorageError
from casefile.originals import sync_folder
from casefile.vector_remaking import remake

if TYPE_CHECKING:
    from casefile.case import Case

RUNS = "runs"
"""Folder of a case with the evaluation runs over it."""


def finish_erasures(case: "Case", progress: Callable[[str], None] | None = None) -> bool:
    """Do what is left; returns whether there was anything. Only for the holder of the writer lock.

    Args:
        case: open, its writer lock held.
        progress: told the name of each step: `original` (with evaluation runs that quote it), `catalogue`, `vectors`,
            `log`.

    Raises:
        CaseBusyError: another process is reading, so that old pages cannot go yet; what is left is done later.
        StorageError: the disk is full or refuses.
    """
    rows = case.database.connection().execute("SELECT exhibit_id FROM erasing ORDER BY exhibit_id").fetchall()
    ids = [row["exhibit_id"] for row in rows]
    if not ids:
        return False
    tell = progress or (lambda _step: None)
    tell("original")
    _remove_originals(case, ids)
    _remove_runs(case.folder / RUNS, ids)
    tell("vectors")
    _remake_vectors(case)
    tell("catalogue")
    _compact(case.database)
    tell("log")
    _write_home_log(case, ids)
    with case.database.transaction() as connection:
        connection.executemany("DELETE FROM erasing WHERE exhibit_id = ?", [(exhibit_id,) for exhibit_id in ids])
    return True


def _remove_originals(case: "Case", ids: list[str]) -> None:
    try:
        for exhibit_id in ids:
            case.originals.path(exhibit_id).unlink(missing_ok=True)
        sync_folder(case.originals.folder)
    except OSError as error:
        raise StorageError(
            f"An erased original could not be removed: {error.strerror or error}. Erase the exhibit again when the "
            "disk can be written; nothing finds it any more."
        ) from error


def _remove_runs(runs: Path, ids: list[str]) -> None:
    """Evaluation runs over the case that name an erased exhibit quote it: they go as a whole, with their reports."""
    needles = [exhibit_id.removeprefix("sha256:").encode("ascii") for exhibit_id in ids]
    try:
        for run in sorted(runs.iterdir()) if runs.is_dir() else ():
            if run.is_dir() and any(_holds(path, needles) for path in run.iterdir() if path.is_file()):
                shutil.rmtree(run)
    except OSError as error:
        raise StorageError(
            f"An evaluation run that quotes an erased exhibit could not be removed: {error.strerror or error}. Erase "
            "the exhibit again when the disk can be written."
        ) from error


def _holds(path: Path, needles: list[bytes]) -> bool:
    with path.open("rb") as lines:
        return any(needle in line for line in lines for needle in needles)


def _remake_vectors(case: "Case") -> None:
    """Chroma keeps deleted texts and vectors in its files: they are thrown away and made again."""
    case.vectors.discard()
    if case.catalogue.embedding_count():
        remake(case.folder)
        if not case.vectors.state().agrees:  # the new process could not: better here than not at all
            case.vectors.settle()


def _compact(database: Database) -> None:
    """Write the catalogue anew, so that no free page, no gap in one and no old page in the WAL holds what is gone.

    FTS5 keeps the words of deleted rows until its segments are merged, hence `optimize`. A connection of its own:
    VACUUM needs one without unfinished queries.
    """
    own = Database(database.path)
    try:
        with own.transaction() as connection:
            for table in ("passages_fts", "exhibits_fts"):
                connection.execute(f"INSERT INTO {table} ({table}) VALUES ('optimize')")
        connection = own.connection()
        connection.execute("VACUUM")
        if connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
            raise CaseBusyError(
                "The exhibit is erased, but somebody is still reading the case, and traces stay in its write-ahead "
                "log until that ends. Run the same command again in a minute."
            )
    except sqlite3.OperationalError as error:
        raise StorageError(
            f"The catalogue could not be written anew: {error}. Free some disk space (as much as it takes) and erase "
            "the exhibit again; nothing finds it any more."
        ) from error
    finally:
        own.close()


def _write_home_log(case: "Case", ids: list[str]) -> None:
    """One line an erasure, known by its custody event; a rerun does not write it twice."""
    connection = case.database.connection()
    query = "SELECT sequence, actor, hash, details FROM custody WHERE action = ? ORDER BY sequence"
    written = case.home.erasures.read_text(encoding="ascii") if case.home.erasures.exists() else ""
    for row in connection.execute(query, (ERASED,)).fetchall():
        exhibits = json.loads(row["details"])["exhibits"]
        if set(exhibits) & set(ids) and row["hash"] not in written:
            case.home.record_erasure(
                {
                    "actor": row["actor"],
                    "case": case.description.id,
                    "exhibits": exhibits,
                    "custody_event": row["sequence"],
                    "custody_hash": row["hash"],
                }
            )
