"""Writes the rows of sheets into a text: one line a row, cells joined by tabs, each sheet under its name."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from casefile.locators import CellsLocator, Locator
from casefile.records import CellType, Issue
from ingest.readers.sheet_values import column_name
from ingest.readers.tables import MOST_NAMED_COLUMNS, column_context, find_header
from ingest.readers.text_builder import Field, TextBuilder

SAMPLE_ROWS = 30
_ONE_LINE = str.maketrans("\t\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029", " " * 11)


@dataclass(frozen=True, slots=True)
class Value:
    """A cell that is not empty: column from 0, type, normal form."""

    column: int
    type: CellType
    value: str


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row that is not empty; `number` counts from 1 as spreadsheet programs do."""

    number: int
    values: tuple[Value, ...]
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class SheetNote:
    """Something that belongs to a cell or sheet but is no value. `hidden` says what it is, where no page shows it."""

    cells: str
    text: str
    hidden: str = ""


class SheetWriter:
    """Writes sheet after sheet.

    Args:
        builder: gets the blocks.
        rows: most rows of one sheet.
    """

    def __init__(self, builder: TextBuilder, rows: int) -> None:
        self._builder = builder
        self._most_rows = rows
        self.values = 0

    def write(self, name: str, rows: Iterable[SheetRow], *, hidden: bool = False) -> None:
        """Write one sheet. A sheet without a value leaves its name only."""
        title = " ".join(name.translate(_ONE_LINE).split()) or "Sheet"
        locator = self._builder.add("heading", title, lambda start, end: CellsLocator(title, "", start, end))
        if hidden and locator is not None:
            self._builder.report("hidden_text", "A sheet of the workbook is hidden.", locator)
        remaining = iter(rows)
        sample = list(islice(remaining, SAMPLE_ROWS))
        header_at, header = _find_header(sample)
        first_hidden: Locator | None = None
        hidden_rows = 0
        for count, row in enumerate(_chained(sample, remaining)):
            if count >= self._most_rows:
                self._builder.report("too_large", f"A sheet has more than {self._most_rows:,} rows; the rest was cut.")
                break
            placed = self._write_row(title, row, header if count > header_at else (), is_header=count == header_at)
            if row.hidden:
                hidden_rows += 1
                first_hidden = first_hidden or placed
            if self._builder.full:
                break
        if hidden_rows:
            self._builder.report("hidden_text", f"{hidden_rows} rows of a sheet are hidden.", first_hidden)

    def write_notes(self, sheet: str, notes: Iterable[SheetNote]) -> None:
        """Write what belongs to the cells of a sheet, each in a line of its own."""
        title = " ".join(sheet.translate(_ONE_LINE).split()) or "Sheet"
        for note in notes:
            text = " ".join(note.text.split())
            locator = self._builder.add(
                "paragraph",
                f"[{text}]",
                lambda start, end, cells=note.cells: CellsLocator(title, cells, start, end),  # type: ignore[misc]
            )
            if note.hidden and locator is not None:
                self._builder.report("hidden_text", f"The workbook holds {note.hidden}.", locator)

    def _write_row(self, sheet: str, row: SheetRow, header: tuple[str, ...], *, is_header: bool) -> Locator | None:
        if not row.values:
            return None
        self.values += len(row.values)
        first, last = row.values[0].column, row.values[-1].column
        cells = f"{column_name(first)}{row.number}"
        if last > first:
            cells += f":{column_name(last)}{row.number}"
        fields = tuple(Field(value.column, value.type, value.value, shown(value)) for value in row.values)
        return self._builder.add_row(
            "header_row" if is_header else "row",
            fields,
            lambda start, end: CellsLocator(sheet, cells, start, end, header),
            context=sheet if is_header else column_context(header, sheet),
        )

    def issue(self, issue: Issue) -> None:
        """Keep an issue that reading the file gave."""
        self._builder.report(issue.category, issue.message, issue.locator)


def shown(value: Value) -> str:
    """What of a cell stands in the text: its normal form on one line."""
    return value.value.translate(_ONE_LINE)


def _chained(sample: list[SheetRow], remaining: Iterator[SheetRow]) -> Iterator[SheetRow]:
    yield from sample
    yield from remaining


def _find_header(sample: list[SheetRow]) -> tuple[int, tuple[str, ...]]:
    """Position and names of the header row; -1 where there is none."""
    plain = [_by_column(row) for row in sample]
    position = find_header(plain)
    if position is None or any(value.type != "text" for value in sample[position].values):
        return -1, ()
    return position, tuple(plain[position][:MOST_NAMED_COLUMNS])


def _by_column(row: SheetRow) -> list[str]:
    columns = [""] * min(row.values[-1].column + 1, 500) if row.values else []
    for value in row.values:
        if value.column < len(columns):
            columns[value.column] = shown(value)
    return columns
