"""Full text: SQLite FTS5 with BM25 over passages and over whole exhibits, and the case's vocabulary."""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from casefile.database import Database
from casefile.errors import UsageError


@dataclass(frozen=True, slots=True)
class PassageHit:
    """A passage found; a higher score is better."""

    passage_id: int
    score: float


@dataclass(frozen=True, slots=True)
class ExhibitHit:
    """An exhibit found; a higher score is better."""

    exhibit_id: str
    score: float


@dataclass(frozen=True, slots=True)
class VocabularyWord:
    """A word of the case as folded by the tokenizer, and in how many passages it stands."""

    word: str
    passages: int


class Fulltext:
    """Queries in FTS5's own syntax; `quoted` makes any string safe for it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def passages(
        self, match: str, limit: int, exhibit_ids: Sequence[str] | None = None, context_weight: float = 1.0
    ) -> tuple[PassageHit, ...]:
        """The best passages by BM25 (k1 1.2, b 0.75, as FTS5 has them), text weighted 1 and context as given.

        Raises:
            UsageError: `match` is not in FTS5's syntax.
        """
        narrowed, values = _narrowing(exhibit_ids)
        query = f"""
            SELECT p.id AS id, bm25(passages_fts, 1.0, ?) AS score
            FROM passages_fts JOIN passages p ON p.id = passages_fts.rowid
            JOIN exhibits e ON e.id = p.exhibit_id AND e.text_sha256 = p.text_sha256
            WHERE passages_fts MATCH ? {narrowed} ORDER BY score, p.id LIMIT ?
        """
        rows = self._run(query, (context_weight, match, *values, limit))
        return tuple(PassageHit(row["id"], -row["score"]) for row in rows)

    def all_passages(self, match: str, exhibit_ids: Sequence[str] | None = None) -> tuple[int, ...]:
        """Ids of all passages whose text (not the context) matches, by id; nothing is cut off.

        Raises:
            UsageError: `match` is not in FTS5's syntax.
        """
        narrowed, values = _narrowing(exhibit_ids)
        query = f"""
            SELECT p.id AS id FROM passages_fts JOIN passages p ON p.id = passages_fts.rowid
            JOIN exhibits e ON e.id = p.exhibit_id AND e.text_sha256 = p.text_sha256
            WHERE passages_fts MATCH ? {narrowed} ORDER BY p.id
        """
        return tuple(row["id"] for row in self._run(query, (f"{{text}}: ({match})", *values)))

    def exhibits(self, match: str, limit: int) -> tuple[ExhibitHit, ...]:
        """The best whole exhibits by BM25 over path, title and text.

        Raises:
            UsageError: `match` is not in FTS5's syntax.
        """
        query = """
            SELECT e.id AS id, bm25(exhibits_fts) AS score
            FROM exhibits_fts JOIN exhibits e ON e.number = exhibits_fts.rowid
            WHERE exhibits_fts MATCH ? ORDER BY score, e.number LIMIT ?
        """
        return tuple(ExhibitHit(row["id"], -row["score"]) for row in self._run(query, (match, limit)))

    def vocabulary(self) -> Iterator[VocabularyWord]:
        """All words of the case."""
        for row in self._run("SELECT term, doc FROM passages_vocabulary ORDER BY term", ()):
            yield VocabularyWord(row["term"], row["doc"])

    def known(self, words: Sequence[str]) -> frozenset[str]:
        """Of folded words, those that stand in the case in some form.

        A hyphenated word counts when its parts do; one of five letters or more also when a word begins like it (all
        but its last three letters, at least five).
        """
        query = "SELECT 1 FROM passages_vocabulary WHERE term >= ? AND term < ? LIMIT 1"

        def stands(word: str) -> bool:
            begins = word[: max(5, len(word) - 3)]
            bounds = [(word, f"{word}\0")] + ([(begins, f"{begins}\U0010ffff")] if len(begins) >= 5 else [])
            return any(self._run(query, pair) for pair in bounds)

        parts = {word: [part for part in word.replace("'", "-").split("-") if part] for word in words}
        return frozenset(word for word, pieces in parts.items() if pieces and all(stands(piece) for piece in pieces))

    def frequencies(self, words: Sequence[str]) -> dict[str, int]:
        """In how many passages each word stands; words as the tokenizer folds them, unknown ones are 0."""
        found = {}
        for word in set(words):
            row = next(iter(self._run("SELECT doc FROM passages_vocabulary WHERE term = ?", (word,))), None)
            found[word] = int(row["doc"]) if row else 0
        return found

    def check(self) -> bool:
        """Whether the indexes agree with the tables they were made from."""
        connection = self._database.connection()
        try:
            for table in ("passages_fts", "exhibits_fts"):
                connection.execute(f"INSERT INTO {table} ({table}, rank) VALUES ('integrity-check', 1)")
        except sqlite3.DatabaseError:
            return False
        return True

    def rebuild(self) -> None:
        """Make both indexes again from the tables."""
        with self._database.transaction() as connection:
            for table in ("passages_fts", "exhibits_fts"):
                connection.execute(f"INSERT INTO {table} ({table}) VALUES ('rebuild')")

    def _run(self, query: str, values: Sequence[object]) -> list[sqlite3.Row]:
        try:
            return self._database.connection().execute(query, tuple(values)).fetchall()
        except sqlite3.OperationalError as error:
            if "fts5" in str(error) or "unterminated" in str(error) or "no such column" in str(error):
                raise UsageError(f"The search expression cannot be read: {error}.") from error
            raise


def quoted(text: str) -> str:
    """Any text as one FTS5 phrase."""
    cleaned = text.replace("\0", " ").replace('"', '""')
    return f'"{cleaned}"'


def _narrowing(exhibit_ids: Sequence[str] | None) -> tuple[str, tuple[str, ...]]:
    if exhibit_ids is None:
        return "", ()
    return f"AND p.exhibit_id IN ({', '.join('?' * len(exhibit_ids))})", tuple(exhibit_ids)
