"""`case verify`: every id derived again, every store held against the others; caches are mended, the rest is told."""

import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from casefile.case import Case
from casefile.custody import ERASED, NOT_TAKEN_IN, READ, TAKEN_IN
from casefile.errors import CaseDamagedError
from casefile.recording import queue_again
from casefile.uploads import UPLOAD_CANCELLED


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What was found. `problems` need a person; `repaired` were caches, made again."""

    exhibits: int
    originals: int
    texts: int
    passages: int
    embeddings: int
    vectors: int
    custody_events: int
    custody_head: str
    problems: tuple[str, ...]
    repaired: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong that could not be made again."""
        return not self.problems


def verify_case(case: Case, progress: Callable[[str, int, int], None] | None = None) -> VerifyReport:
    """Check a case. Takes the writer lock, since Chroma is looked at and caches may be made again.

    Raises:
        CaseBusyError: another process is writing.
        CaseDamagedError: the catalogue is so damaged that it cannot be read through.
    """
    try:
        report = _verify(case, progress)
    except sqlite3.DatabaseError as error:
        raise CaseDamagedError(
            f"The catalogue of case {case.description.id} is damaged: {error}. Restore the case from a backup."
        ) from error
    case.log(
        "consultation",
        "case verified",
        {"problems": len(report.problems), "repaired": len(report.repaired), "exhibits": report.exhibits},
    )
    return report


def _verify(case: Case, progress: Callable[[str, int, int], None] | None) -> VerifyReport:
    with case.locked():
        problems = [*_check_database(case), *_check_originals(case, progress)]
        problems += _check_places(case)
        problems += _check_texts(case)
        problems += _check_readings(case)
        problems += _check_passages(case)
        problems += _check_embeddings(case)
        repaired = []
        with case.database.transaction() as connection:
            lost = queue_again(connection)
        if lost:
            repaired.append(f"{lost:,} passages have no embedding; they get one with the next ingestion.")
        if not case.fulltext.check():
            case.fulltext.rebuild()
            repaired.append("The full-text index did not agree with the texts; it was made again.")
        before = case.vectors.state()
        if case.vectors.settle():
            repaired.append(f"The vector cache held {before.held:,} of {before.expected:,} vectors; it was made again.")
        vectors = case.vectors.state().held
        custody = case.custody.verify()
        problems += custody.problems
        return VerifyReport(
            exhibits=_count(case, "exhibits"),
            originals=len(case.originals.ids()),
            texts=_count(case, "texts"),
            passages=_count(case, "passages"),
            embeddings=_count(case, "embeddings"),
            vectors=vectors,
            custody_events=custody.events,
            custody_head=custody.head.hash,
            problems=tuple(problems),
            repaired=tuple(repaired),
        )


def _count(case: Case, table: str) -> int:
    return int(case.database.connection().execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def _check_database(case: Case) -> list[str]:
    connection = case.database.connection()
    found = [row[0] for row in connection.execute("PRAGMA integrity_check(20)")]
    problems = [] if found == ["ok"] else [f"The catalogue is damaged: {line}" for line in found]
    broken = connection.execute("PRAGMA foreign_key_check").fetchall()
    if broken:
        problems.append(f"{len(broken)} rows of the catalogue point at rows that are not there.")
    return problems


def _check_originals(case: Case, progress: Callable[[str, int, int], None] | None) -> list[str]:
    problems = []
    rows = case.database.connection().execute("SELECT id, size FROM exhibits ORDER BY number").fetchall()
    for done, row in enumerate(rows, start=1):
        actual = case.originals.sha256_of(row["id"])
        if actual is None:
            problems.append(f"The original of {row['id']} is missing.")
        elif f"sha256:{actual}" != row["id"]:
            problems.append(f"The original of {row['id']} was changed: its bytes now have SHA-256 {actual}.")
        elif case.originals.path(row["id"]).stat().st_size != row["size"]:
            problems.append(f"The size of {row['id']} in the catalogue, {row['size']:,} bytes, is not its own.")
        if progress is not None:
            progress("originals", done, len(rows))
    known = {row["id"] for row in rows}
    problems += [
        f"The folder of originals holds {exhibit_id}, which the catalogue does not know: an ingestion was interrupted "
        "(run the same one again), or somebody else put it there."
        for exhibit_id in sorted(case.originals.ids() - known)
    ]
    return problems


def _check_places(case: Case) -> list[str]:
    """The places of the ledger are those that the custody log names: none removed, none slipped in, none altered."""
    connection = case.database.connection()
    met: list[tuple[str | None, str, str | None]] = []
    query = "SELECT action, details FROM custody WHERE action IN (?, ?, ?, ?) ORDER BY sequence"
    for row in connection.execute(query, (TAKEN_IN, NOT_TAKEN_IN, ERASED, UPLOAD_CANCELLED)):
        try:
            details = json.loads(row["details"])
            if row["action"] == UPLOAD_CANCELLED:
                batch = f"uploads/{int(details['upload'])}/"
                met = [place for place in met if not place[1].startswith(batch)]
            elif row["action"] == ERASED:
                gone_with = frozenset(details["exhibits"])
                met = [place for place in met if place[0] not in gone_with and place[2] not in gone_with]
            else:
                met.append((details["exhibit"], details["path"], details.get("from")))
        except (ValueError, KeyError, TypeError):  # the chain says that this event was changed
            continue
    logged = Counter((exhibit, path) for exhibit, path, _container in met)
    listed = Counter((row["exhibit_id"], row["path"]) for row in connection.execute("SELECT * FROM occurrences"))
    gone = [f"{exhibit or 'a file'} at {path}" for exhibit, path in logged - listed]
    strange = [f"{exhibit or 'a file'} at {path}" for exhibit, path in listed - logged]
    unfound = connection.execute(
        "SELECT id FROM exhibits e WHERE NOT EXISTS (SELECT 1 FROM occurrences o WHERE o.exhibit_id = e.id)"
    )
    return [
        *(f"The custody log says that {place} was met; the ledger does not." for place in gone),
        *(f"The ledger has {place}; the custody log says nothing of it." for place in strange),
        *(f"{row['id']} is in the catalogue without a place where it was found." for row in unfound),
    ]


def _check_embeddings(case: Case) -> list[str]:
    model = case.catalogue.embedding_model()
    dimension = model.dimension if model is not None else 0
    query = "SELECT count(*) FROM embeddings WHERE length(vector) <> ?"
    wrong = case.database.connection().execute(query, (2 * dimension,)).fetchone()[0]
    again = f"`caseclerk ingest --case {case.description.id} --reembed` makes them again"
    return [f"{wrong:,} embeddings are not of the case's embedding model; {again}."] if wrong else []


def _check_texts(case: Case) -> list[str]:
    return [
        f"The text {row['sha256'][:12]} of {row['exhibit_id']} was changed."
        for row in case.database.connection().execute("SELECT exhibit_id, sha256, content FROM texts")
        if hashlib.sha256(row["content"].encode()).hexdigest() != row["sha256"]
    ]


def _check_readings(case: Case) -> list[str]:
    """Every text is one that the custody log says was read, so that a text rewritten with all its hashes shows."""
    connection = case.database.connection()
    logged: set[tuple[str, str]] = set()
    for row in connection.execute("SELECT details FROM custody WHERE action = ?", (READ,)):
        details = json.loads(row["details"])
        logged.add((str(details.get("exhibit")), str(details.get("text"))))
    stored = [(row["exhibit_id"], row["sha256"]) for row in connection.execute("SELECT exhibit_id, sha256 FROM texts")]
    return [
        f"The custody log does not know the text {sha256[:12]} of {exhibit}: it was not read by an ingestion."
        for exhibit, sha256 in stored
        if (exhibit, sha256) not in logged
    ]


def _check_passages(case: Case) -> list[str]:
    """Every passage must stand in its text at its offsets, and so must every identifier."""
    problems = []
    connection = case.database.connection()
    for text in connection.execute("SELECT exhibit_id, sha256, content FROM texts"):
        key = (text["exhibit_id"], text["sha256"])
        for table, column in (("passages", "text"), ("identifiers", "raw")):
            query = f"SELECT id, start, end, {column} AS value FROM {table} WHERE exhibit_id = ? AND text_sha256 = ?"
            wrong = [
                r["id"] for r in connection.execute(query, key) if text["content"][r["start"] : r["end"]] != r["value"]
            ]
            if wrong:
                problems.append(f"{len(wrong)} {table} of {key[0]} are not what stands in its text.")
    return problems
