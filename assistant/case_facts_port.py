"""What computing needs to read of a case: typed rows and places of identifiers, all of them, never the top k."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

from assistant.records import ExhibitRef
from casefile.records import Cell, Identifier, Passage


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of one exhibit; `header` names its columns, `rows` counts them without the header."""

    exhibit: ExhibitRef
    name: str
    header: tuple[str, ...]
    rows: int


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its passage (whose locator is a `CellsLocator`) and its typed cells (offsets into the text)."""

    passage: Passage
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Mention:
    """A place where an identifier stands, with the passage around it."""

    exhibit: ExhibitRef
    passage: Passage
    identifier: Identifier


@dataclass(frozen=True, slots=True)
class NamePlace:
    """A place where a name or a phrase stands: `text_of_exhibit[start:end]`, in the passage around it."""

    exhibit: ExhibitRef
    passage: Passage
    start: int
    end: int


class CaseFacts(Protocol):
    """Reads a case exhaustively. Sealed exhibits are left out by the implementation."""

    def sheets(self) -> Iterable[Sheet]:
        """All sheets that have rows, in the order of exhibits."""
        ...

    def rows(self, sheet: Sheet) -> Iterable[Row]:
        """The rows of a sheet in their order, the header row not among them."""
        ...

    def mentions(self, question: str) -> Iterable[Mention]:
        """Every place in the case of each identifier (telephone number, IBAN, code, ...) that stands in `question`."""
        ...

    def places_of(self, what: str) -> Iterable[NamePlace]:
        """Every place in the case of a name or a phrase, in whatever spelling, by exhibit and place."""
        ...


class NarrowedFacts:
    """The facts of some exhibits only: what is asked of a few files is counted and listed in those.

    Args:
        facts: of the whole case.
        exhibit_ids: of the exhibits that count.
    """

    def __init__(self, facts: CaseFacts, exhibit_ids: Collection[str]) -> None:
        self._facts = facts
        self._ids = frozenset(exhibit_ids)

    def sheets(self) -> Iterable[Sheet]:
        """Their sheets that have rows."""
        return (sheet for sheet in self._facts.sheets() if sheet.exhibit.id in self._ids)

    def rows(self, sheet: Sheet) -> Iterable[Row]:
        """The rows of a sheet in their order."""
        return self._facts.rows(sheet) if sheet.exhibit.id in self._ids else ()

    def mentions(self, question: str) -> Iterable[Mention]:
        """Every place in them of each identifier that stands in the question."""
        return (found for found in self._facts.mentions(question) if found.exhibit.id in self._ids)

    def places_of(self, what: str) -> Iterable[NamePlace]:
        """Every place in them of a name or a phrase."""
        return (found for found in self._facts.places_of(what) if found.exhibit.id in self._ids)
