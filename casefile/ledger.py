"""The ledger: what became of each file and part and why, what is sealed, and what a search can see."""

import sqlite3
from collections.abc import Collection, Iterator, Sequence

from casefile.errors import ExhibitNotFoundError, ExhibitSealedError
from casefile.queries import EXHIBITS, Queries, chunks, marks, time_or_none
from casefile.records import Coverage, Erasure, FailedExhibit, Issue, Occurrence, Seal
from casefile.serial import locator_from_json, time_from_text


class LedgerQueries(Queries):
    """The part of the catalogue that tells what was found and what became of it."""

    def occurrences(self, exhibit_id: str | None = None) -> tuple[Occurrence, ...]:
        """The ledger: one line for every place where a file or part was found."""
        return tuple(self._ledger() if exhibit_id is None else self._ledger("o.exhibit_id", (exhibit_id,)))

    def first_occurrence(self, exhibit_id: str) -> Occurrence:
        """The place where an exhibit was found first.

        Raises:
            ExhibitNotFoundError: there is no such exhibit.
        """
        row = self._one("SELECT min(id) AS id FROM occurrences WHERE exhibit_id = ?", (exhibit_id,))
        for line in self._ledger("o.id", (row["id"],)) if row and row["id"] else ():
            return line
        raise ExhibitNotFoundError(f"No exhibit {exhibit_id!r} in this case; `caseclerk ledger` lists them.")

    def _ledger(self, column: str = "", values: Sequence[object] = ()) -> Iterator[Occurrence]:
        where = f"WHERE {column} IN ({marks(values)})" if column else ""
        query = f"""
            SELECT o.*, ifnull(e.media_type, '') AS exhibit_type, e.status AS exhibit_status,
                   (SELECT count(*) FROM passages p
                    WHERE o.new = 1 AND p.exhibit_id = e.id AND p.text_sha256 = e.text_sha256) AS passages
            FROM occurrences o LEFT JOIN exhibits e ON e.id = o.exhibit_id {where} ORDER BY o.id
        """
        rows = list(self._rows(query, values))
        issues = self._issues(None if not column else [row["exhibit_id"] for row in rows], [row["id"] for row in rows])
        return (_occurrence(row, issues) for row in rows)

    def parts_of(self, exhibit_id: str) -> tuple[Occurrence, ...]:
        """The parts of a container, at the first place where the container was found."""
        place = self._one("SELECT path FROM occurrences WHERE exhibit_id = ? ORDER BY id LIMIT 1", (exhibit_id,))
        found = self._rows("SELECT id, path FROM occurrences WHERE parent_id = ? ORDER BY id", (exhibit_id,))
        chosen = [row["id"] for row in found if place and row["path"].startswith(f"{place['path']}!/")]
        return tuple(line for chunk in chunks(chosen) for line in self._ledger("o.id", chunk))

    def issues(self, exhibit_id: str) -> tuple[Issue, ...]:
        """Why an exhibit is not complete."""
        return self._issues([exhibit_id], ()).get(("exhibit", exhibit_id), ())

    def _issues(
        self, exhibit_ids: Sequence[str | None] | None, occurrence_ids: Sequence[int]
    ) -> dict[tuple[str, object], tuple[Issue, ...]]:
        """Issues by what they are about: of these exhibits and occurrences, or all."""
        found: dict[tuple[str, object], list[Issue]] = {}
        if exhibit_ids is None:
            rows = list(self._rows("SELECT * FROM issues ORDER BY id"))
        else:
            rows = [
                row
                for column, values in (
                    ("exhibit_id", sorted({value for value in exhibit_ids if value is not None})),
                    ("occurrence_id", sorted(occurrence_ids)),
                )
                for chunk in chunks(values)
                for row in self._rows(f"SELECT * FROM issues WHERE {column} IN ({marks(chunk)}) ORDER BY id", chunk)
            ]
        for row in rows:
            key = ("exhibit", row["exhibit_id"]) if row["exhibit_id"] else ("occurrence", row["occurrence_id"])
            locator = locator_from_json(row["locator"]) if row["locator"] else None
            found.setdefault(key, []).append(Issue(row["stage"], row["category"], row["message"], locator))
        return {key: tuple(issues) for key, issues in found.items()}

    # --- seals --------------------------------------------------------------------------------------------------

    def seals(self) -> tuple[Seal, ...]:
        """All seals in force, in the order in which their exhibits were taken in."""
        query = "SELECT s.* FROM seals s JOIN exhibits e ON e.id = s.exhibit_id ORDER BY e.number"
        return tuple(_seal(row) for row in self._rows(query))

    def seal_of(self, exhibit_id: str) -> Seal | None:
        """The seal of an exhibit, None where it is open."""
        row = self._one("SELECT * FROM seals WHERE exhibit_id = ?", (exhibit_id,))
        return _seal(row) if row else None

    def require_open(self, exhibit_id: str) -> None:
        """To be asked before anything of an exhibit's text or original is shown.

        Raises:
            ExhibitSealedError: it is sealed; says by whom and why, and how to unseal it.
        """
        seal = self.seal_of(exhibit_id)
        if seal is not None:
            raise ExhibitSealedError(
                f"Exhibit {exhibit_id[7:19]} is sealed by {seal.actor} since {seal.at:%Y-%m-%d} ({_grounds(seal)}); "
                "nothing of it is shown. Who is entitled to opens it with "
                f"`caseclerk exhibit unseal {exhibit_id[7:19]} --reason ...`."
            )

    def erasures(self) -> tuple[Erasure, ...]:
        """All that was erased, oldest first; an exhibit that came back after it is among the exhibits again."""
        return tuple(
            Erasure(row["exhibit_id"], time_from_text(row["at"]), row["actor"], row["reason"], row["erased_with"])
            for row in self._rows("SELECT * FROM erased ORDER BY id")
        )

    # --- coverage -----------------------------------------------------------------------------------------------

    def coverage(self, exhibit_ids: Sequence[str] | None = None) -> Coverage:
        """What a search over the whole case, or over these exhibits, can see.

        A sealed exhibit counts, is not searched, and stands among the failed with `sealed: ...` for a reason. A file
        whose bytes could not be had counts until they are taken in from the same place.
        """
        chosen = None if exhibit_ids is None else set(exhibit_ids)
        query = "SELECT DISTINCT p.exhibit_id AS id FROM waiting w CROSS JOIN passages p ON p.id = w.passage_id"
        waiting = {row["id"] for row in self._rows(query)}
        query = "SELECT id, state, text_sha256 IS NOT NULL AS has_text FROM exhibits"
        seen = [row for row in self._rows(query) if chosen is None or row["id"] in chosen]
        sealed = {seal.exhibit_id for seal in self.seals()}
        failed = self._failed(chosen)
        lost = self._lost() if chosen is None else []
        return Coverage(
            exhibits=len(seen) + len(lost),
            searched=sum(row["has_text"] for row in seen),
            pending=sum((row["state"] == "stored" and row["id"] not in sealed) or row["id"] in waiting for row in seen),
            failed=(*failed, *lost),
        )

    def _failed(self, chosen: Collection[str] | None) -> list[FailedExhibit]:
        """Exhibits that were read in part or not at all, or are sealed."""
        where = "(e.state = 'read' AND e.status <> 'complete')"
        sealed = {seal.exhibit_id: seal for seal in self.seals()}
        rows = [
            row
            for row in self._rows(
                f"{EXHIBITS} WHERE {where} OR e.id IN (SELECT exhibit_id FROM seals) ORDER BY e.number"
            )
            if chosen is None or row["id"] in chosen
        ]
        reasons: dict[str, list[str]] = {}
        query = f"SELECT i.exhibit_id, i.message FROM exhibits e JOIN issues i ON i.exhibit_id = e.id WHERE {where}"
        for row in self._rows(f"{query} ORDER BY i.id"):
            reasons.setdefault(row["exhibit_id"], []).append(row["message"])
        found = []
        for row in rows:
            seal = sealed.get(row["id"])
            if seal is not None:
                found.append(FailedExhibit(row["id"], row["name"], "skipped", (f"sealed: {_grounds(seal)}",)))
            else:
                found.append(FailedExhibit(row["id"], row["name"], row["status"], tuple(reasons.get(row["id"], ()))))
        return found

    def _lost(self) -> list[FailedExhibit]:
        """Places whose bytes could not be had, then or later."""
        query = """
            SELECT o.id, o.name, o.status FROM occurrences o
            WHERE o.exhibit_id IS NULL AND o.status IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM occurrences later
                WHERE later.path = o.path AND later.exhibit_id IS NOT NULL AND later.id > o.id)
            ORDER BY o.id
        """
        rows = list(self._rows(query))
        issues = self._issues((), [row["id"] for row in rows])
        return [
            FailedExhibit(
                "", row["name"], row["status"], tuple(i.message for i in issues.get(("occurrence", row["id"]), ()))
            )
            for row in rows
        ]


def _occurrence(row: sqlite3.Row, issues: dict[tuple[str, object], tuple[Issue, ...]]) -> Occurrence:
    own = issues.get(("occurrence", row["id"]), ())
    of_exhibit = () if own else issues.get(("exhibit", row["exhibit_id"]), ())
    return Occurrence(
        id=row["id"],
        exhibit_id=row["exhibit_id"],
        name=row["name"],
        path=row["path"],
        media_type=row["exhibit_type"] or row["media_type"],
        derived_from=row["parent_id"],
        modified_at=time_or_none(row["modified_at"]),
        status=row["status"],
        new=bool(row["new"]),
        issues=(*own, *of_exhibit),
        passages=row["passages"] if row["new"] else 0,
    )


def _seal(row: sqlite3.Row) -> Seal:
    at = time_from_text(row["at"])
    return Seal(
        row["exhibit_id"], row["ground"], row["reason"], row["actor"], at, row["sealed_with"], bool(row["with_parts"])
    )


def _grounds(seal: Seal) -> str:
    return f"{seal.ground.replace('_', ' ')}: {seal.reason}"
