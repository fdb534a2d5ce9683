"""What ingestion writes into the catalogue. Every function works inside the caller's transaction."""

import json
import sqlite3
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from casefile.catalogue import WORD_TYPE, EmbeddingModel
from casefile.locators import Locator
from casefile.records import Cell, Identifier, Issue, Moment, PageSize, Status, WordBox
from casefile.serial import canonical_json, cells_to_json, locator_to_json, now, pages_to_json, time_to_text


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A place where a file or part was met. `exhibit_id` None: its bytes could not be had, and `issue` says why."""

    exhibit_id: str | None
    size: int
    name: str
    path: str
    parent_id: str | None
    modified_at: datetime | None
    media_type: str = ""
    issue: Issue | None = None
    status: Status | None = None


@dataclass(frozen=True, slots=True)
class RecordedOccurrence:
    """What became of a found file: the ledger line, and whether the place or the bytes were met before.

    `erased_before`: these bytes are taken in as new, after they had been erased.
    """

    occurrence_id: int
    place_known: bool
    bytes_known: bool
    erased_before: bool = False


@dataclass(frozen=True, slots=True)
class NewPassage:
    """A passage to be stored; the identifiers and moments that begin in it are linked to it."""

    start: int
    end: int
    kind: str
    context: str
    locator: Locator
    cells: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadExhibit:
    """All that came of reading one exhibit. `text` None: there is none, and the issues say why."""

    exhibit_id: str
    media_type: str
    status: Status
    issues: tuple[Issue, ...]
    text: str | None = None
    text_sha256: str | None = None
    reader: str = ""
    reader_version: str = ""
    title: str = ""
    sender: str = ""
    recipients: tuple[str, ...] = ()
    sent_at: datetime | None = None
    passages: tuple[NewPassage, ...] = ()
    words: tuple[WordBox, ...] = ()
    pages: tuple[PageSize, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    moments: tuple[Moment, ...] = ()


def record_found(connection: sqlite3.Connection, found: FoundFile) -> RecordedOccurrence:
    """Enter a place into the ledger; a new exhibit waits in state `stored` until it is read."""
    place = connection.execute(
        "SELECT id FROM occurrences WHERE path = ? AND ifnull(exhibit_id, '') = ifnull(?, '')",
        (found.path, found.exhibit_id),
    ).fetchone()
    if place is not None:
        return RecordedOccurrence(place["id"], place_known=True, bytes_known=True)
    known = (
        found.exhibit_id is not None
        and connection.execute("SELECT 1 FROM exhibits WHERE id = ?", (found.exhibit_id,)).fetchone() is not None
    )
    if found.exhibit_id is not None and not known:
        connection.execute(
            "INSERT INTO exhibits (id, size, media_type, state) VALUES (?, ?, ?, 'stored')",
            (found.exhibit_id, found.size, found.media_type),
        )
        if found.parent_id is not None:
            seal_part(connection, found.exhibit_id, found.parent_id)
    issue = found.issue
    if known:
        first = connection.execute(
            "SELECT path FROM occurrences WHERE exhibit_id = ? ORDER BY id LIMIT 1", (found.exhibit_id,)
        ).fetchone()
        issue = Issue("store", "duplicate", f"The same bytes as {first['path'] if first else found.exhibit_id}.")
    status: Status | None = "skipped" if known else found.status
    cursor = connection.execute(
        "INSERT INTO occurrences (exhibit_id, name, path, parent_id, modified_at, media_type, status, new) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            found.exhibit_id,
            found.name,
            found.path,
            found.parent_id,
            time_to_text(found.modified_at) if found.modified_at else None,
            found.media_type,
            status,
            int(not known),
        ),
    )
    occurrence_id = int(cursor.lastrowid or 0)
    if issue is not None:
        _record_issue(connection, issue, occurrence_id=occurrence_id)
    erased = "SELECT 1 FROM erased WHERE exhibit_id = ?"
    back = not known and connection.execute(erased, (found.exhibit_id,)).fetchone() is not None
    return RecordedOccurrence(occurrence_id, place_known=False, bytes_known=known, erased_before=back)


def record_read(connection: sqlite3.Connection, read: ReadExhibit) -> tuple[int, ...]:
    """Enter what was read of an exhibit: text, passages, full text, identifiers, times, issues, ledger state.

    An exhibit that was read before keeps its older texts, and the passages that older answers cite. A sealed one
    stays sealed: what was read waits in its seal.
    Returns the ids of its new passages.
    """
    again = _withdraw(connection, read.exhibit_id)
    passage_ids: tuple[int, ...] = ()
    if read.text is not None and read.text_sha256 is not None:
        passage_ids = _record_text(connection, read, read.text, read.text_sha256)
    connection.execute(
        "UPDATE exhibits SET media_type = ?, state = 'read', status = ? WHERE id = ?",
        (read.media_type, read.status, read.exhibit_id),
    )
    sealed = is_sealed(connection, read.exhibit_id)
    place = "UPDATE seals SET {} WHERE exhibit_id = ?" if sealed else "UPDATE exhibits SET {} WHERE id = ?"
    connection.execute(
        place.format("text_sha256 = ?, title = ?, sender = ?, recipients = ?, sent_at = ?"),
        (
            read.text_sha256,
            read.title,
            read.sender,
            json.dumps(read.recipients, ensure_ascii=False),
            time_to_text(read.sent_at) if read.sent_at else None,
            read.exhibit_id,
        ),
    )
    waiting = "" if again else "AND status IS NULL"
    connection.execute(
        f"UPDATE occurrences SET status = ?, media_type = ? WHERE exhibit_id = ? AND new = 1 {waiting}",
        (read.status, read.media_type, read.exhibit_id),
    )
    for issue in read.issues:
        _record_issue(connection, issue, exhibit_id=read.exhibit_id)
    for moment in read.moments:
        _record_moment(connection, read, moment, passage_ids)
    if sealed:
        hide_outside_moments(connection, read.exhibit_id)
    else:
        index_exhibit(connection, read.exhibit_id)
    return passage_ids


def record_model(connection: sqlite3.Connection, model: EmbeddingModel) -> None:
    """Name the model that the case's embeddings come from."""
    connection.execute(
        "INSERT OR REPLACE INTO embedding_model VALUES (1, ?, ?, ?, ?, ?, ?)",
        (model.name, model.sha256, model.dimension, model.runtime, model.query_prefix, model.passage_prefix),
    )


def record_embeddings(connection: sqlite3.Connection, ids: Sequence[int], vectors: NDArray[np.float32]) -> None:
    """Store unit vectors `float32[n, d]` of passages as float16."""
    packed = vectors.astype(np.float16)
    connection.executemany(
        "INSERT OR REPLACE INTO embeddings VALUES (?, ?)",
        ((passage_id, packed[row].tobytes()) for row, passage_id in enumerate(ids)),
    )
    _searchable_changed(connection)


def forget_embeddings(connection: sqlite3.Connection) -> None:
    """Drop all embeddings and the model's name, before the case is embedded with another model."""
    connection.execute("DELETE FROM embeddings")
    connection.execute("DELETE FROM embedding_model")
    queue_again(connection)
    _searchable_changed(connection)


def queue_again(connection: sqlite3.Connection) -> int:
    """Let every passage of a current text that has no embedding wait for one; returns how many waited for nothing."""
    cursor = connection.execute(
        "INSERT OR IGNORE INTO waiting SELECT p.id FROM passages p "
        "JOIN exhibits e ON e.id = p.exhibit_id AND e.text_sha256 = p.text_sha256 "
        "LEFT JOIN embeddings v ON v.passage_id = p.id WHERE v.passage_id IS NULL"
    )
    return cursor.rowcount


def _withdraw(connection: sqlite3.Connection, exhibit_id: str) -> bool:
    """Take the present reading of an exhibit out of the index; False when it was never read."""
    row = connection.execute("SELECT state, text_sha256 FROM exhibits WHERE id = ?", (exhibit_id,)).fetchone()
    if row["state"] != "read":
        return False
    if row["text_sha256"] is not None:
        unindex_exhibit(connection, exhibit_id)
        _queue(connection, exhibit_id, row["text_sha256"], wait=False)
    connection.execute("DELETE FROM issues WHERE exhibit_id = ?", (exhibit_id,))
    connection.execute(
        "DELETE FROM moments WHERE exhibit_id = ? AND (text_sha256 IS NULL OR text_sha256 = ?)", (exhibit_id, HIDDEN)
    )
    return True


def _record_text(connection: sqlite3.Connection, read: ReadExhibit, text: str, sha256: str) -> tuple[int, ...]:
    cursor = connection.execute(
        "INSERT OR IGNORE INTO texts VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            read.exhibit_id,
            sha256,
            text,
            pack_words(read.words),
            pages_to_json(read.pages),
            read.reader,
            read.reader_version,
            time_to_text(now()),
        ),
    )
    if cursor.rowcount == 0:  # the same text as before: its passages stand already
        if not is_sealed(connection, read.exhibit_id):
            _queue(connection, read.exhibit_id, sha256, wait=True)
        return ()
    passage_ids = tuple(
        _record_passage(connection, read, text, sha256, ordinal, passage)
        for ordinal, passage in enumerate(read.passages)
    )
    _record_identifiers(connection, read, passage_ids)
    return passage_ids


# --- the index and seals ------------------------------------------------------------------------------------------

HIDDEN = "sealed"
"""Stands for the text of a sealed exhibit's times that are stated outside the text: equal to no current text."""


def is_sealed(connection: sqlite3.Connection, exhibit_id: str) -> bool:
    """Whether an exhibit is sealed."""
    return connection.execute("SELECT 1 FROM seals WHERE exhibit_id = ?", (exhibit_id,)).fetchone() is not None


def seal_part(connection: sqlite3.Connection, exhibit_id: str, container_id: str) -> None:
    """A part that is met for the first time in a container that is sealed with its parts is sealed with it."""
    connection.execute(
        "INSERT INTO seals SELECT ?, ground, reason, actor, ?, ifnull(sealed_with, exhibit_id), 1, NULL, '', '', '[]', "
        "NULL FROM seals WHERE exhibit_id = ? AND with_parts = 1",
        (exhibit_id, time_to_text(now()), container_id),
    )


def hide_outside_moments(connection: sqlite3.Connection, exhibit_id: str) -> None:
    """Times that an exhibit states outside its text are found no more."""
    query = "UPDATE moments SET text_sha256 = ? WHERE exhibit_id = ? AND text_sha256 IS NULL"
    connection.execute(query, (HIDDEN, exhibit_id))


def index_exhibit(connection: sqlite3.Connection, exhibit_id: str) -> None:
    """Enter an exhibit's current text, if it has one, into the full text of whole exhibits."""
    connection.execute(
        "INSERT INTO exhibits_fts (rowid, name, title, body) SELECT number, name, title, body FROM exhibit_bodies "
        "WHERE number = (SELECT number FROM exhibits WHERE id = ?)",
        (exhibit_id,),
    )


def unindex_exhibit(connection: sqlite3.Connection, exhibit_id: str) -> None:
    """Take it out again, while catalogue and index still agree."""
    connection.execute(
        "INSERT INTO exhibits_fts (exhibits_fts, rowid, name, title, body) "
        "SELECT 'delete', number, name, title, body FROM exhibit_bodies "
        "WHERE number = (SELECT number FROM exhibits WHERE id = ?)",
        (exhibit_id,),
    )


def _searchable_changed(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE counters SET value = value + 1 WHERE name = 'searchable'")


def _queue(connection: sqlite3.Connection, exhibit_id: str, text_sha256: str, *, wait: bool) -> None:
    """Only passages of the current text wait for an embedding: older ones are cited, never searched."""
    own = "SELECT id FROM passages WHERE exhibit_id = ? AND text_sha256 = ?"
    if wait:
        query = f"INSERT OR IGNORE INTO waiting {own} AND id NOT IN (SELECT passage_id FROM embeddings)"
    else:
        query = f"DELETE FROM waiting WHERE passage_id IN ({own})"
    connection.execute(query, (exhibit_id, text_sha256))


def _record_passage(
    connection: sqlite3.Connection, read: ReadExhibit, text: str, sha256: str, ordinal: int, passage: NewPassage
) -> int:
    cursor = connection.execute(
        "INSERT INTO passages (exhibit_id, text_sha256, ordinal, start, end, kind, text, context, locator, cells) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            read.exhibit_id,
            sha256,
            ordinal,
            passage.start,
            passage.end,
            passage.kind,
            text[passage.start : passage.end],
            passage.context,
            locator_to_json(passage.locator),
            cells_to_json(passage.cells) if passage.cells else None,
        ),
    )
    return int(cursor.lastrowid or 0)


def _record_identifiers(connection: sqlite3.Connection, read: ReadExhibit, passage_ids: tuple[int, ...]) -> None:
    connection.executemany(
        "INSERT INTO identifiers (exhibit_id, text_sha256, passage_id, kind, raw, normal, tier, rule, start, end) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                read.exhibit_id,
                read.text_sha256,
                _passage_at(read, passage_ids, found.start),
                found.kind,
                found.raw,
                found.normal,
                found.tier,
                found.rule,
                found.start,
                found.end,
            )
            for found in read.identifiers
        ),
    )


def _record_moment(
    connection: sqlite3.Connection, read: ReadExhibit, moment: Moment, passage_ids: tuple[int, ...]
) -> None:
    in_text = moment.start is not None
    if in_text and not passage_ids:  # the text is unchanged: its moments stand already
        return
    connection.execute(
        "INSERT INTO moments (exhibit_id, text_sha256, passage_id, raw, meaning, utc, precision, zone, zone_assumed, "
        "alternatives, start, end) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            read.exhibit_id,
            read.text_sha256 if in_text else None,
            _passage_at(read, passage_ids, moment.start) if moment.start is not None else None,
            moment.raw,
            moment.meaning,
            time_to_text(moment.utc) if moment.utc else None,
            moment.precision,
            moment.zone,
            int(moment.zone_assumed),
            canonical_json(list(moment.alternatives)),
            moment.start,
            moment.end,
        ),
    )


def _record_issue(
    connection: sqlite3.Connection, issue: Issue, *, exhibit_id: str | None = None, occurrence_id: int | None = None
) -> None:
    locator = locator_to_json(issue.locator) if issue.locator is not None else None
    connection.execute(
        "INSERT INTO issues (exhibit_id, occurrence_id, stage, category, message, locator) VALUES (?, ?, ?, ?, ?, ?)",
        (exhibit_id, occurrence_id, issue.stage, issue.category, issue.message, locator),
    )


def _passage_at(read: ReadExhibit, passage_ids: tuple[int, ...], offset: int) -> int | None:
    """The passage that holds an offset, by bisection; None between passages."""
    low, high = 0, len(read.passages)
    while low < high:
        middle = (low + high) // 2
        if read.passages[middle].end <= offset:
            low = middle + 1
        else:
            high = middle
    inside = low < len(passage_ids) and read.passages[low].start <= offset
    return passage_ids[low] if inside else None


def pack_words(words: Sequence[WordBox]) -> bytes:
    """Word boxes as a compressed table; empty for none."""
    if not words:
        return b""
    table = np.empty(len(words), dtype=WORD_TYPE)
    for row, word in enumerate(words):
        box = word.box
        table[row] = (word.start, word.end, word.page, (box.left, box.top, box.right, box.bottom))
    return zlib.compress(table.tobytes(), 6)
