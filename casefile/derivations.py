"""Texts that a model made from an exhibit: exhibits of their own, marked as made by a machine, tied to their source.

A description of a picture is stored as a part of the picture, so that it is sealed and erased with it. What is not in
this table was never made by a model.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from casefile.queries import Queries, chunks, marks
from casefile.serial import time_from_text, time_to_text

DerivationKind = Literal["description"]


@dataclass(frozen=True, slots=True)
class Derivation:
    """What an exhibit was made from, and by what.

    Attributes:
        exhibit_id: the text that was made.
        source_id: what it was made from.
        page: of the source, from 1; 0 where it is about the whole of it.
        kind: what it is.
        model: the model's name.
        model_sha256: of its weights; empty where a server does not tell.
        prompt_sha256: of the prompt.
        at: when it was made.
        actor: who had it made.
    """

    exhibit_id: str
    source_id: str
    page: int
    kind: DerivationKind
    model: str
    model_sha256: str
    prompt_sha256: str
    at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class Pictured:
    """A picture, or a page of a document that is one; `page` is 0 for a picture."""

    exhibit_id: str
    page: int = 0


def record_derivation(connection: sqlite3.Connection, made: Derivation) -> None:
    """Enter where a text comes from, inside the transaction that stores it."""
    connection.execute(
        "INSERT OR IGNORE INTO derivations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            made.exhibit_id,
            made.source_id,
            made.page,
            made.kind,
            made.model,
            made.model_sha256,
            made.prompt_sha256,
            time_to_text(made.at),
            made.actor,
        ),
    )


class Derivations(Queries):
    """What was made by models in one case."""

    def of(self, exhibit_ids: Sequence[str]) -> dict[str, Derivation]:
        """Where those of these exhibits come from that a model made; the others are left out."""
        found: dict[str, Derivation] = {}
        for chunk in chunks(sorted(set(exhibit_ids))):
            query = f"SELECT * FROM derivations WHERE exhibit_id IN ({marks(chunk)}) ORDER BY at DESC, source_id"
            found.update((row["exhibit_id"], _derivation(row)) for row in self._rows(query, chunk))
        return found

    def from_source(self, picture: Pictured) -> tuple[Derivation, ...]:
        """What was made from a picture, the newest first."""
        query = "SELECT * FROM derivations WHERE source_id = ? AND page = ? ORDER BY at DESC, exhibit_id"
        return tuple(_derivation(row) for row in self._rows(query, (picture.exhibit_id, picture.page)))

    def undescribed(
        self, media_types: Sequence[str], model: str | None = None, model_sha256: str = ""
    ) -> tuple[Pictured, ...]:
        """Pictures, and pages without a text layer, that this model (None: any) has not described; no sealed ones.

        They come in the order in which they were taken in.
        """
        query = f"""
            SELECT e.number, e.id, 0 AS page FROM exhibits e
            WHERE e.state = 'read' AND e.media_type IN ({marks(media_types)})
            UNION
            SELECT e.number, e.id, json_extract(i.locator, '$.page') AS page
            FROM issues i JOIN exhibits e ON e.id = i.exhibit_id
            WHERE i.category = 'needs_ocr' AND e.media_type = 'application/pdf' AND i.locator IS NOT NULL
            ORDER BY 1, 3
        """
        done = {
            (row["source_id"], row["page"])
            for row in self._rows(
                "SELECT source_id, page FROM derivations WHERE ?1 IS NULL OR (model = ?1 AND model_sha256 = ?2)",
                (model, model_sha256),
            )
        }
        sealed = {row["exhibit_id"] for row in self._rows("SELECT exhibit_id FROM seals")}
        return tuple(
            Pictured(row["id"], row["page"])
            for row in self._rows(query, tuple(media_types))
            if row["page"] is not None and (row["id"], row["page"]) not in done and row["id"] not in sealed
        )


def _derivation(row: sqlite3.Row) -> Derivation:
    assert row["kind"] in get_args(DerivationKind)
    return Derivation(
        row["exhibit_id"],
        row["source_id"],
        row["page"],
        row["kind"],
        row["model"],
        row["model_sha256"],
        row["prompt_sha256"],
        time_from_text(row["at"]),
        row["actor"],
    )
