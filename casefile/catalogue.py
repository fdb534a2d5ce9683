"""What a case holds: the queries. Everything here only reads; `casefile.recording` writes."""

import json
import sqlite3
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from casefile.errors import CaseDamagedError, EmbeddingMismatchError, ExhibitNotFoundError
from casefile.ledger import LedgerQueries
from casefile.locators import Box
from casefile.queries import EXHIBITS, chunks, marks, narrowed, time_or_none
from casefile.records import (
    CaseDescription,
    Cell,
    Exhibit,
    Identifier,
    IdentifierKind,
    Moment,
    MomentMeaning,
    PageSize,
    Passage,
    PlacedIdentifier,
    PlacedMoment,
    WordBox,
)
from casefile.serial import cells_from_json, locator_from_json, pages_from_json, time_from_text

SHORTEST_PREFIX = 8
"""Hex digits of an exhibit id that must be given at least."""


@dataclass(frozen=True, slots=True)
class EmbeddingModel:
    """The model that a case was embedded with."""

    name: str
    sha256: str
    dimension: int
    runtime: str
    query_prefix: str
    passage_prefix: str


@dataclass(frozen=True, slots=True)
class PendingPassage:
    """A passage that waits for its embedding: what is embedded is the context and the text."""

    id: int
    text: str
    context: str


class Catalogue(LedgerQueries):
    """Read access to one case's catalogue."""

    def description(self) -> CaseDescription:
        """What the case is about.

        Raises:
            CaseDamagedError: the catalogue holds no description.
        """
        row = self._one("SELECT * FROM case_description")
        if row is None:
            raise CaseDamagedError(f"{self._database.path} holds no case description. Restore it from a backup.")
        return CaseDescription(
            row["id"],
            row["title"],
            row["purpose"],
            row["case_number"],
            row["region"],
            row["time_zone"],
            tuple(json.loads(row["languages"])),
            time_from_text(row["created_at"]),
        )

    # --- exhibits -----------------------------------------------------------------------------------------------

    def exhibits(self) -> tuple[Exhibit, ...]:
        """All exhibits that were read, in the order in which they were taken in."""
        return tuple(_exhibit(row) for row in self._rows(f"{EXHIBITS} WHERE e.state = 'read' ORDER BY e.number"))

    def exhibit(self, id_or_prefix: str) -> Exhibit:
        """One exhibit by its id, by `sha256:` and the first 8 or more digits, or by those digits alone.

        Raises:
            ExhibitNotFoundError: none or several fit.
        """
        digits = id_or_prefix.removeprefix("sha256:").lower()
        if len(digits) < SHORTEST_PREFIX or not all(digit in "0123456789abcdef" for digit in digits):
            raise ExhibitNotFoundError(
                f"{id_or_prefix!r} is no exhibit id: give at least {SHORTEST_PREFIX} hexadecimal digits of it."
            )
        rows = list(
            self._rows(
                f"{EXHIBITS} WHERE e.state = 'read' AND e.id >= ? AND e.id < ? LIMIT 2",
                (f"sha256:{digits}", f"sha256:{digits}g"),
            )
        )
        if not rows:
            raise ExhibitNotFoundError(f"No exhibit {id_or_prefix!r} in this case; `caseclerk ledger` lists them.")
        if len(rows) > 1:
            raise ExhibitNotFoundError(f"Several exhibits begin with {id_or_prefix!r}: give more digits.")
        return _exhibit(rows[0])

    def exhibits_by_id(self, ids: Sequence[str]) -> dict[str, Exhibit]:
        """The exhibits of these ids; unknown ids are left out."""
        found: dict[str, Exhibit] = {}
        for chunk in chunks(sorted(set(ids))):
            query = f"{EXHIBITS} WHERE e.id IN ({marks(chunk)})"
            found.update((row["id"], _exhibit(row)) for row in self._rows(query, chunk))
        return found

    def recipients(self, exhibit_id: str) -> tuple[str, ...]:
        """To whom a mail was sent, as its headers say."""
        row = self._one("SELECT recipients FROM exhibits WHERE id = ?", (exhibit_id,))
        return tuple(json.loads(row["recipients"])) if row else ()

    def stored_exhibits(self) -> tuple[str, ...]:
        """Ids of exhibits that wait to be read: those not read yet, and those to be read again; oldest first."""
        query = """
            SELECT number, id FROM exhibits WHERE state = 'stored' UNION
            SELECT number, id FROM exhibits WHERE id IN (SELECT exhibit_id FROM to_read_again) ORDER BY number
        """
        return tuple(row["id"] for row in self._rows(query))

    def exhibits_to_read_again(self) -> tuple[str, ...]:
        """Ids of exhibits that were read and are to be read once more."""
        return tuple(row["exhibit_id"] for row in self._rows("SELECT exhibit_id FROM to_read_again"))

    def knows(self, exhibit_id: str) -> bool:
        """Whether an exhibit of this id was taken in."""
        return self._one("SELECT 1 FROM exhibits WHERE id = ?", (exhibit_id,)) is not None

    # --- texts and passages -------------------------------------------------------------------------------------

    def text(self, exhibit_id: str, text_sha256: str | None = None) -> str:
        """A version of an exhibit's text, the current one unless another is named; empty where there is none.

        A sealed exhibit has no current text.

        Raises:
            ExhibitNotFoundError: there is no such version.
            ExhibitSealedError: a version was named, and the exhibit is sealed.
        """
        row = self._one(
            "SELECT t.content FROM open_texts t JOIN exhibits e ON e.id = t.exhibit_id "
            "WHERE t.exhibit_id = ? AND t.sha256 = ifnull(?, e.text_sha256)",
            (exhibit_id, text_sha256),
        )
        if row is not None:
            return str(row["content"])
        if text_sha256 is None and self.knows(exhibit_id):
            return ""
        self.require_open(exhibit_id)
        raise ExhibitNotFoundError(f"Exhibit {exhibit_id} has no text {text_sha256 or ''} in this case.")

    def text_versions(self, exhibit_id: str) -> tuple[str, ...]:
        """SHA-256 of all versions of an exhibit's text, oldest first; none while it is sealed."""
        query = "SELECT sha256 FROM open_texts WHERE exhibit_id = ? ORDER BY read_at, sha256"
        return tuple(row["sha256"] for row in self._rows(query, (exhibit_id,)))

    def pages(self, exhibit_id: str, text_sha256: str) -> tuple[PageSize, ...]:
        """The pages of a paged exhibit, in PDF points; empty for others."""
        row = self._one("SELECT pages FROM open_texts WHERE exhibit_id = ? AND sha256 = ?", (exhibit_id, text_sha256))
        return pages_from_json(row["pages"]) if row else ()

    def word_boxes(self, exhibit_id: str, text_sha256: str, start: int, end: int) -> tuple[WordBox, ...]:
        """Places of the words that overlap `text[start:end]`, in PDF points from the page's top left corner."""
        row = self._one("SELECT words FROM open_texts WHERE exhibit_id = ? AND sha256 = ?", (exhibit_id, text_sha256))
        if row is None or not row["words"]:
            return ()
        table = np.frombuffer(zlib.decompress(row["words"]), dtype=WORD_TYPE)
        hits = table[(table["start"] < end) & (table["end"] > start)]
        return tuple(
            WordBox(int(w["start"]), int(w["end"]), int(w["page"]), Box(*(float(edge) for edge in w["box"])))
            for w in hits
        )

    def passages(self, ids: Sequence[int]) -> dict[int, Passage]:
        """Passages by id; unknown ids and passages of sealed exhibits are left out."""
        found: dict[int, Passage] = {}
        for chunk in chunks(sorted(set(ids))):
            rows = self._rows(f"SELECT * FROM open_passages WHERE id IN ({marks(chunk)})", chunk)
            found.update((row["id"], _passage(row)) for row in rows)
        return found

    def passages_of(self, exhibit_id: str) -> tuple[Passage, ...]:
        """The passages of an exhibit's current text, in text order."""
        query = """
            SELECT p.* FROM passages p JOIN exhibits e ON e.id = p.exhibit_id AND e.text_sha256 = p.text_sha256
            WHERE p.exhibit_id = ? ORDER BY p.ordinal
        """
        return tuple(_passage(row) for row in self._rows(query, (exhibit_id,)))

    def passage_at(self, exhibit_id: str, text_sha256: str, offset: int) -> Passage:
        """The passage of a version of a text that holds an offset, or the last one before it.

        Raises:
            ExhibitNotFoundError: that version has no passage there.
            ExhibitSealedError: the exhibit is sealed.
        """
        self.require_open(exhibit_id)
        row = self._one(
            "SELECT * FROM passages WHERE exhibit_id = ? AND text_sha256 = ? AND start <= ? "
            "ORDER BY start DESC LIMIT 1",
            (exhibit_id, text_sha256, offset),
        )
        if row is None:
            raise ExhibitNotFoundError(f"Exhibit {exhibit_id} has no passage at {offset}.")
        return _passage(row)

    def passages_between(
        self, exhibit_id: str, text_sha256: str, first: int, last: int
    ) -> tuple[tuple[Passage, tuple[Cell, ...]], ...]:
        """The passages of a version of a text whose ordinals lie between `first` and `last`, with their cells."""
        query = """
            SELECT * FROM open_passages
            WHERE exhibit_id = ? AND text_sha256 = ? AND ordinal BETWEEN ? AND ? ORDER BY ordinal
        """
        rows = self._rows(query, (exhibit_id, text_sha256, first, last))
        return tuple((_passage(row), cells_from_json(row["cells"]) if row["cells"] else ()) for row in rows)

    def page_extent(self, exhibit_id: str, text_sha256: str, page: int) -> tuple[int, int] | None:
        """Where the text of a page begins and ends in a version of a text; None where it has none."""
        row = self._one(
            "SELECT min(start) AS start, max(end) AS end FROM open_passages "
            "WHERE exhibit_id = ? AND text_sha256 = ? AND json_extract(locator, '$.page') = ?",
            (exhibit_id, text_sha256, page),
        )
        return None if row is None or row["start"] is None else (row["start"], row["end"])

    def cells(self, passage_id: int) -> tuple[Cell, ...]:
        """The typed cells of a passage that is a row; empty for others."""
        row = self._one("SELECT cells FROM open_passages WHERE id = ?", (passage_id,))
        return cells_from_json(row["cells"]) if row and row["cells"] else ()

    def rows_of(self, exhibit_id: str) -> tuple[tuple[Passage, tuple[Cell, ...]], ...]:
        """All rows of a table exhibit with their cells, in sheet order, header rows left out."""
        query = """
            SELECT p.* FROM passages p JOIN exhibits e ON e.id = p.exhibit_id AND e.text_sha256 = p.text_sha256
            WHERE p.exhibit_id = ? AND p.kind = 'row' AND p.cells IS NOT NULL ORDER BY p.ordinal
        """
        return tuple((_passage(row), cells_from_json(row["cells"])) for row in self._rows(query, (exhibit_id,)))

    def table_exhibits(self) -> tuple[str, ...]:
        """Ids of the exhibits that have rows, in the order in which they were taken in."""
        query = """
            SELECT DISTINCT e.id, e.number FROM passages p
            JOIN exhibits e ON e.id = p.exhibit_id AND e.text_sha256 = p.text_sha256
            WHERE p.kind = 'row' AND p.cells IS NOT NULL ORDER BY e.number
        """
        return tuple(row["id"] for row in self._rows(query))

    # --- identifiers and times ----------------------------------------------------------------------------------

    def identifiers(
        self, kind: IdentifierKind | None = None, normal: str | None = None, exhibit_id: str | None = None
    ) -> tuple[PlacedIdentifier, ...]:
        """Identifiers in current texts, in the order of exhibits and places; every argument narrows."""
        where, values = narrowed({"i.kind": kind, "i.normal": normal, "i.exhibit_id": exhibit_id})
        query = f"""
            SELECT i.* FROM identifiers i JOIN exhibits e ON e.id = i.exhibit_id AND e.text_sha256 = i.text_sha256
            WHERE {where} ORDER BY e.number, i.start
        """
        return tuple(_identifier(row) for row in self._rows(query, values))

    def moments(self, exhibit_id: str | None = None, meaning: MomentMeaning | None = None) -> tuple[PlacedMoment, ...]:
        """Times of current texts and those stated outside the text; every argument narrows."""
        where, values = narrowed({"m.exhibit_id": exhibit_id, "m.meaning": meaning})
        query = f"""
            SELECT m.* FROM moments m JOIN exhibits e ON e.id = m.exhibit_id
            WHERE (m.text_sha256 IS NULL OR m.text_sha256 = e.text_sha256) AND {where} ORDER BY e.number, m.id
        """
        return tuple(_moment(row) for row in self._rows(query, values))

    def stated_moments(self, exhibit_id: str) -> tuple[Moment, ...]:
        """The times that an exhibit states outside its text: in its headers, its properties, its file system."""
        query = "SELECT m.* FROM moments m WHERE m.exhibit_id = ? AND m.text_sha256 IS NULL ORDER BY m.id"
        return tuple(_moment(row).moment for row in self._rows(query, (exhibit_id,)))

    # --- embeddings ---------------------------------------------------------------------------------------------

    def embedding_model(self) -> EmbeddingModel | None:
        """The model of the stored embeddings; None before the first."""
        row = self._one("SELECT * FROM embedding_model")
        return EmbeddingModel(**{key: row[key] for key in row.keys() if key != "only"}) if row else None  # noqa: SIM118

    def require_model(self, sha256: str, query_prefix: str, passage_prefix: str) -> None:
        """Check that the case can be searched with this model.

        Raises:
            EmbeddingMismatchError: the case was embedded with another one.
        """
        stored = self.embedding_model()
        if stored is None or (stored.sha256, stored.query_prefix, stored.passage_prefix) == (
            sha256,
            query_prefix,
            passage_prefix,
        ):
            return
        case_id = self.description().id
        raise EmbeddingMismatchError(
            f"Case {case_id} was embedded with {stored.name} ({stored.sha256[:12]}), in use is another model or other "
            f"prefixes. Change it back (`caseclerk models use`, or section [embedding] of the settings), or run "
            f"`caseclerk ingest --case {case_id} --reembed`."
        )

    def pending_passages(self, limit: int) -> tuple[PendingPassage, ...]:
        """The first passages that wait for an embedding, by id."""
        query = """
            SELECT p.id, p.text, p.context FROM waiting w JOIN passages p ON p.id = w.passage_id
            ORDER BY w.passage_id LIMIT ?
        """
        return tuple(PendingPassage(row["id"], row["text"], row["context"]) for row in self._rows(query, (limit,)))

    def pending_count(self) -> int:
        """How many passages wait for an embedding."""
        row = self._one("SELECT count(*) AS n FROM waiting")
        return int(row["n"]) if row else 0

    def embedding_count(self) -> int:
        """How many passages of current texts have an embedding."""
        query = """
            SELECT count(*) - (SELECT count(*) FROM waiting) AS n
            FROM exhibits e JOIN passages p ON p.exhibit_id = e.id AND p.text_sha256 = e.text_sha256
        """
        row = self._one(query)
        return int(row["n"]) if row else 0

    def searchable(self, ids: Sequence[int]) -> frozenset[int]:
        """Of these passages, those of current texts: neither replaced by another reading nor sealed."""
        found: set[int] = set()
        for chunk in chunks(sorted(set(ids))):
            query = f"""
                SELECT p.id FROM passages p JOIN exhibits e ON e.id = p.exhibit_id AND e.text_sha256 = p.text_sha256
                WHERE p.id IN ({marks(chunk)})
            """
            found.update(row["id"] for row in self._rows(query, chunk))
        return frozenset(found)

    def revision(self) -> int:
        """A number that grows whenever what can be searched changes: a reading, embeddings, a seal, an erasure."""
        row = self._one("SELECT value FROM counters WHERE name = 'searchable'")
        return int(row["value"]) if row else 0

    def embedded_ids(self) -> frozenset[int]:
        """Ids of the passages of current texts that have an embedding."""
        query = """
            SELECT p.id FROM exhibits e JOIN passages p ON p.exhibit_id = e.id AND p.text_sha256 = e.text_sha256
            WHERE p.id NOT IN (SELECT passage_id FROM waiting)
        """
        return frozenset(row["id"] for row in self._rows(query))

    def embeddings(self) -> tuple[NDArray[np.int64], NDArray[np.float16]]:
        """Passage ids `int64[n]` and unit vectors `float16[n, d]`, by id, of current texts."""
        model = self.embedding_model()
        query = """
            SELECT v.passage_id AS id, v.vector AS vector FROM embeddings v JOIN passages p ON p.id = v.passage_id
            JOIN exhibits e ON e.id = p.exhibit_id AND e.text_sha256 = p.text_sha256 ORDER BY v.passage_id
        """
        ids: list[int] = []
        buffer = bytearray()
        for row in self._rows(query):
            ids.append(row["id"])
            buffer += row["vector"]
        dimension = model.dimension if model else 1
        return np.array(ids, dtype=np.int64), np.frombuffer(bytes(buffer), dtype=np.float16).reshape(-1, dimension)

    def passage_exhibits(self) -> dict[str, NDArray[np.int64]]:
        """For each exhibit the sorted ids of the passages of its current text."""
        query = """
            SELECT p.exhibit_id AS exhibit, p.id AS id FROM passages p
            JOIN exhibits e ON e.id = p.exhibit_id AND e.text_sha256 = p.text_sha256 ORDER BY p.id
        """
        found: dict[str, list[int]] = {}
        for row in self._rows(query):
            found.setdefault(row["exhibit"], []).append(row["id"])
        return {exhibit: np.array(ids, dtype=np.int64) for exhibit, ids in found.items()}


WORD_TYPE = np.dtype([("start", "<u4"), ("end", "<u4"), ("page", "<u4"), ("box", "<f4", (4,))])
"""How word boxes are packed in the catalogue (then compressed with zlib)."""


def _exhibit(row: sqlite3.Row) -> Exhibit:
    return Exhibit(
        id=row["id"],
        name=row["name"],
        path=row["path"],
        media_type=row["media_type"],
        size=row["size"],
        derived_from=row["parent_id"],
        status=row["status"],
        text_sha256=row["text_sha256"],
        title=row["title"],
        sender=row["sender"],
        sent_at=time_or_none(row["sent_at"]),
    )


def _passage(row: sqlite3.Row) -> Passage:
    return Passage(
        row["id"],
        row["exhibit_id"],
        row["text_sha256"],
        row["ordinal"],
        row["text"],
        row["context"],
        locator_from_json(row["locator"]),
    )


def _identifier(row: sqlite3.Row) -> PlacedIdentifier:
    found = Identifier(row["kind"], row["raw"], row["normal"], row["tier"], row["rule"], row["start"], row["end"])
    return PlacedIdentifier(row["exhibit_id"], row["text_sha256"], row["passage_id"], found)


def _moment(row: sqlite3.Row) -> PlacedMoment:
    moment = Moment(
        row["raw"],
        row["meaning"],
        time_or_none(row["utc"]),
        row["precision"],
        row["zone"],
        bool(row["zone_assumed"]),
        tuple(json.loads(row["alternatives"])),
        row["start"],
        row["end"],
    )
    return PlacedMoment(row["exhibit_id"], row["text_sha256"], row["passage_id"], moment)
