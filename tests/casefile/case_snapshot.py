"""Everything that a case lets be found, as one value to compare; and a part nested in an exhibit."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from casefile.case import Case
from casefile.custody import READ
from casefile.fulltext import quoted
from casefile.locators import LinesLocator
from casefile.recording import FoundFile, NewPassage, ReadExhibit, record_found, record_read
from casefile.records import Cell, Identifier, Moment


def found_in(case: Case, words: Iterable[str]) -> dict[str, Any]:
    """What every search of the catalogue and the full text gives."""
    catalogue, fulltext = case.catalogue, case.fulltext
    ids, vectors = catalogue.embeddings()
    return {
        "words": {word: fulltext.passages(quoted(word), 50) for word in words},
        "all": {word: fulltext.all_passages(quoted(word)) for word in words},
        "exhibits by words": {word: fulltext.exhibits(quoted(word), 50) for word in words},
        "vocabulary": tuple(fulltext.vocabulary()),
        "identifiers": catalogue.identifiers(),
        "moments": catalogue.moments(),
        "tables": catalogue.table_exhibits(),
        "rows": {exhibit: catalogue.rows_of(exhibit) for exhibit in catalogue.table_exhibits()},
        "embeddings": (ids.tolist(), vectors.tobytes()),
        "passage exhibits": {key: value.tolist() for key, value in catalogue.passage_exhibits().items()},
        "embedded": catalogue.embedded_ids(),
        "pending": catalogue.pending_passages(1000),
        "counts": (catalogue.embedding_count(), catalogue.pending_count()),
        "texts": {e.id: (catalogue.text(e.id), catalogue.passages_of(e.id)) for e in catalogue.exhibits()},
        "versions": {e.id: catalogue.text_versions(e.id) for e in catalogue.exhibits()},
        "exhibits": catalogue.exhibits(),
        "recipients": {e.id: catalogue.recipients(e.id) for e in catalogue.exhibits()},
        "ledger": catalogue.occurrences(),
        "coverage": catalogue.coverage(),
        "seals": catalogue.seals(),
    }


def read_rich(
    case: Case, exhibit_id: str, text: str, *, reader: str = "mail", title: str = "About the cellar"
) -> tuple[int, ...]:
    """Read an exhibit of the case (again): a row with cells, an identifier, times inside and outside the text."""
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    end = len(text)
    half = max(1, end // 2)
    cells = (Cell(0, "text", text[:half], 0, half),)
    passages = (
        NewPassage(0, half, "row", title, LinesLocator(1, 1, 0, half), cells),
        *((NewPassage(half, end, "lines", title, LinesLocator(1, 1, half, end)),) if half < end else ()),
    )
    sent = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
    read = ReadExhibit(
        exhibit_id,
        "message/rfc822",
        "complete",
        (),
        text,
        sha256,
        reader,
        "1",
        title,
        "Anna <anna@example.org>",
        ("Bert <bert@example.org>",),
        sent,
        passages,
        identifiers=(Identifier("code", text[:half], text[:half].casefold(), 1, "code:form", 0, half),),
        moments=(
            Moment("4 Mar", "sent", sent, "minute", "+00:00", zone_assumed=False),
            Moment(text[:1], "mentioned", sent, "day", None, zone_assumed=True, start=0, end=1),
        ),
    )
    with case.database.transaction() as connection:
        case.custody.append_within(connection, "tester", "collection", READ, {"exhibit": exhibit_id, "text": sha256})
        return record_read(connection, read)


def take_part(case: Case, content: bytes, path: str, parent_id: str | None = None) -> str:
    """Take bytes into the case, as a file or as a part, without reading them."""
    exhibit_id = f"sha256:{hashlib.sha256(content).hexdigest()}"
    original = case.originals.path(exhibit_id)
    if not original.exists():
        original.write_bytes(content)
    details = {"exhibit": exhibit_id, "path": path, "from": parent_id}
    with case.change("collection", "exhibit taken in", details) as connection:
        name = path.rpartition("/")[2]
        record_found(connection, FoundFile(exhibit_id, len(content), name, path, parent_id, None))
    return exhibit_id
