"""What computing reads of a case, over the catalogue: every row and every place of an identifier."""

from collections.abc import Iterable

from assistant.case_facts_port import Mention, NamePlace, Row, Sheet
from assistant.mentions import mentions_of
from assistant.records import ExhibitRef
from casefile.case import Case
from casefile.locators import CellsLocator
from casefile.records import Cell, Passage
from ingest.identifiers.finder import case_finder


class CatalogueFacts:
    """Implements `assistant.case_facts_port.CaseFacts` for one case; reads a table once."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._rows: dict[str, dict[str, list[Row]]] = {}

    def sheets(self) -> Iterable[Sheet]:
        """All sheets that have rows, in the order of exhibits."""
        ids = self._case.catalogue.table_exhibits()
        exhibits = self._case.catalogue.exhibits_by_id(ids)
        for exhibit_id in ids:
            exhibit = exhibits[exhibit_id]
            reference = ExhibitRef(exhibit.id, exhibit.name, exhibit.path)
            for name, rows in self._tables(exhibit_id).items():
                yield Sheet(reference, name, _header(rows[0].passage), len(rows))

    def rows(self, sheet: Sheet) -> Iterable[Row]:
        """The rows of a sheet in their order."""
        return tuple(self._tables(sheet.exhibit.id).get(sheet.name, ()))

    def mentions(self, question: str) -> Iterable[Mention]:
        """Every place of each identifier that stands in the question, by normal form."""
        wanted = case_finder(self._case.description)(question)
        for kind, normal in dict.fromkeys((found.kind, found.normal) for found in wanted):
            placed = [p for p in self._case.catalogue.identifiers(kind, normal) if p.passage_id is not None]
            exhibits = self._case.catalogue.exhibits_by_id([p.exhibit_id for p in placed])
            passages = self._case.catalogue.passages([p.passage_id for p in placed if p.passage_id is not None])
            for place in placed:
                exhibit = exhibits[place.exhibit_id]
                passage = passages[place.passage_id or 0]
                yield Mention(ExhibitRef(exhibit.id, exhibit.name, exhibit.path), passage, place.identifier)

    def places_of(self, what: str) -> Iterable[NamePlace]:
        """Every place of a name or a phrase, in whatever spelling; identifiers in it by normal form."""
        catalogue = self._case.catalogue
        found = mentions_of(what, catalogue, self._case.fulltext, case_finder(self._case.description))
        passages = catalogue.passages([mention.passage_id for mention in found.mentions])
        for mention in found.mentions:
            passage = passages.get(mention.passage_id)
            if passage is not None:
                yield NamePlace(mention.exhibit, passage, mention.locator.start, mention.locator.end)

    def _tables(self, exhibit_id: str) -> dict[str, list[Row]]:
        if exhibit_id not in self._rows:
            tables: dict[str, list[Row]] = {}
            for passage, cells in self._case.catalogue.rows_of(exhibit_id):
                if isinstance(passage.locator, CellsLocator):
                    _append(tables.setdefault(passage.locator.sheet, []), passage, cells)
            self._rows[exhibit_id] = tables
        return self._rows[exhibit_id]


def _append(rows: list[Row], passage: Passage, cells: tuple[Cell, ...]) -> None:
    """A long row is cut into several passages: its cells are put together again, under the first of them."""
    if rows and isinstance(passage.locator, CellsLocator):
        last = rows[-1].passage.locator
        if isinstance(last, CellsLocator) and last.cells == passage.locator.cells:
            known = {cell.column for cell in rows[-1].cells}
            more = tuple(cell for cell in cells if cell.column not in known)
            rows[-1] = Row(rows[-1].passage, rows[-1].cells + more)
            return
    rows.append(Row(passage, cells))


def _header(passage: Passage) -> tuple[str, ...]:
    return passage.locator.header if isinstance(passage.locator, CellsLocator) else ()
