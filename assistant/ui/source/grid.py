"""The view of a sheet: a window of its rows around the quote, cells under their columns."""

import re
from dataclasses import dataclass, replace

from assistant.ui.source.records import CellsView, GridCell, GridNote, GridRow, Header, Highlight, Stretch
from assistant.ui.source.stood import Stood
from assistant.ui.source.stretches import lit
from casefile.case import Case
from casefile.locators import CellsLocator
from casefile.records import Cell, Issue, Passage
from ingest.readers.sheet_values import column_name

ROWS_AROUND = 25
MOST_COLUMNS = 200
_LONGEST_CELL = 4_000
_ROW = re.compile(r"[A-Z]{1,3}(\d{1,7})(?::|$)")
_BETWEEN_CELLS = re.compile(r"[\s,;|\"]*")


@dataclass(slots=True)
class _Row:
    number: int
    start: int
    end: int
    cells: dict[int, Cell]


def cells_view(case: Case, header: Header, stood: Stood, at: int | None) -> CellsView:
    """The rows around the quote, or from the offset `at` on."""
    assert stood.passage is not None
    centre = stood.passage if at is None else _passage_at(case, stood, at)
    sheet = centre.locator.sheet if isinstance(centre.locator, CellsLocator) else ""
    first = centre.ordinal if at is not None else max(0, centre.ordinal - ROWS_AROUND)
    last = first + 2 * ROWS_AROUND
    around = case.catalogue.passages_between(stood.exhibit.id, stood.text_sha256, max(0, first - 1), last + 1)
    shown = [
        (passage, cells, passage.locator)
        for passage, cells in around
        if first <= passage.ordinal <= last
        and isinstance(passage.locator, CellsLocator)
        and passage.locator.sheet == sheet
    ]
    rows = _rows([(locator, cells) for _, cells, locator in shown])
    columns = sorted({column for row in rows for column in row.cells})
    width = min(columns[-1] + 1, MOST_COLUMNS) if columns else 0
    names = next((locator.header for _, _, locator in shown if locator.header), ())
    earlier = _start_of(case, stood, max(0, first - 2 * ROWS_AROUND)) if first > 0 else None
    later = next((passage.locator.start for passage, _ in around if passage.ordinal == last + 1), None)
    hidden = [issue for issue in header.issues if issue.category == "hidden_text"]
    grid = tuple(_grid_row(row, width, stood, hidden) for row in rows)
    notes = tuple(
        GridNote(locator.cells, lit(stood.text, passage.locator.start, passage.locator.end, stood.start, stood.end))
        for passage, cells, locator in shown
        if not cells
    )
    return CellsView(
        header=header,
        highlight=_doubted(stood, rows, notes),
        sheet=sheet,
        letters=tuple(column_name(column) for column in range(width)),
        names=tuple(names[:width]),
        rows=grid,
        notes=notes,
        earlier=earlier,
        later=later,
        notices=_notices(hidden, sheet),
        cut_columns=max(0, columns[-1] + 1 - width) if columns else 0,
    )


def _passage_at(case: Case, stood: Stood, at: int) -> Passage:
    """The passage at an offset, or the first one."""
    first = case.catalogue.passages_between(stood.exhibit.id, stood.text_sha256, 0, 0)
    start = first[0][0].locator.start if first else 0
    return case.catalogue.passage_at(stood.exhibit.id, stood.text_sha256, max(at, start))


def _start_of(case: Case, stood: Stood, ordinal: int) -> int | None:
    found = case.catalogue.passages_between(stood.exhibit.id, stood.text_sha256, ordinal, ordinal)
    return found[0][0].locator.start if found else None


def _rows(shown: list[tuple[CellsLocator, tuple[Cell, ...]]]) -> list[_Row]:
    """Rows in order; a long one that was cut into several passages is put together again."""
    rows: list[_Row] = []
    for locator, cells in shown:
        if not cells:
            continue
        match = _ROW.match(locator.cells)
        number = int(match[1]) if match else 0
        if rows and rows[-1].number == number:
            rows[-1].end = max(rows[-1].end, locator.end)
        else:
            rows.append(_Row(number, locator.start, locator.end, {}))
        rows[-1].cells.update({cell.column: cell for cell in cells})
    return rows


def _grid_row(row: _Row, width: int, stood: Stood, hidden: list[Issue]) -> GridRow:
    cells = tuple(_grid_cell(row.cells.get(column), stood) for column in range(width))
    is_lit = row.start < stood.end and stood.start < row.end
    is_hidden = any(
        issue.locator is not None
        and isinstance(issue.locator, CellsLocator)
        and (match := _ROW.match(issue.locator.cells)) is not None
        and (issue.locator.start, int(match[1])) == (row.start, row.number)
        for issue in hidden
    )
    return GridRow(row.number, cells, is_lit, is_hidden)


def _grid_cell(cell: Cell | None, stood: Stood) -> GridCell:
    if cell is None or cell.start >= cell.end:
        return GridCell(())
    pieces = lit(stood.text, cell.start, min(cell.end, cell.start + _LONGEST_CELL), stood.start, stood.end)
    if cell.end - cell.start > _LONGEST_CELL:
        pieces = (*pieces, Stretch(" …"))
    return GridCell(pieces, cell.type == "number")


def _doubted(stood: Stood, rows: list[_Row], notes: tuple[GridNote, ...]) -> Highlight | None:
    """Tell where something of the quote stands in no cell that is shown."""
    highlight = stood.highlight
    if highlight is None or not highlight.quote:
        return highlight
    if any(piece.lit for note in notes for piece in note.pieces):
        return highlight
    spans = sorted(
        (max(cell.start, stood.start), min(cell.end, stood.end))
        for row in rows
        for cell in row.cells.values()
        if cell.start < stood.end and stood.start < cell.end
    )
    if not spans:
        return replace(highlight, doubts=(*highlight.doubts, "no_place"))
    position, uncovered = stood.start, []
    for start, end in spans:
        uncovered.append(stood.text[position : max(start, position)])
        position = max(position, end)
    uncovered.append(stood.text[position : stood.end])
    if _BETWEEN_CELLS.fullmatch("".join(uncovered)):
        return highlight
    return replace(highlight, doubts=(*highlight.doubts, "cut"))


def _notices(hidden: list[Issue], sheet: str) -> tuple[str, ...]:
    """What the workbook hides in this sheet, in the words of the reader."""
    return tuple(
        dict.fromkeys(
            issue.message
            for issue in hidden
            if issue.locator is None or not isinstance(issue.locator, CellsLocator) or issue.locator.sheet == sheet
        )
    )
