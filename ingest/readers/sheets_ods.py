"""Reads the XML of ODS workbooks: typed values, hidden rows, columns and sheets, annotations (ODF 1.3 part 3, 9)."""

from collections.abc import Iterator

from lxml import etree

from casefile.errors import UntrustedInputError
from ingest.readers.containers import Container
from ingest.readers.docx import take_out
from ingest.readers.docx_line import Line
from ingest.readers.odf_text import OFFICE, STYLE, TABLE, OdfLineReader, refuse_encrypted
from ingest.readers.part_writer import PartWriter
from ingest.readers.sheet_values import column_name, number
from ingest.readers.sheet_writer import SheetNote, SheetRow, SheetWriter, Value
from ingest.readers.text_builder import TextBuilder

MOST_COLUMNS = 16_384
MOST_ROWS = 1_048_576
MOST_REPEATED_VALUES = 2_000_000
"""Cells that one file may make by repeating others: a line of XML can ask for a whole sheet of them."""

_HIDDEN = frozenset({"collapse", "filter"})
_CELLS = frozenset({f"{TABLE}table-cell", f"{TABLE}covered-table-cell"})


class OdsWorkbook:
    """An ODS workbook.

    Args:
        container: the package. Raises `UntrustedInputError` encrypted or corrupt.
    """

    def __init__(self, container: Container) -> None:
        refuse_encrypted(container)
        root = container.xml("content.xml")
        if root is None:
            raise UntrustedInputError("corrupt", "The package holds no spreadsheet.")
        self._container = container
        self._root = root
        self._lines = OdfLineReader(frozenset(), {})
        self._hidden_styles = _hidden_table_styles(root)
        self._formulas_without_value = 0
        self._repeated = 0
        self._notes: list[SheetNote] = []

    def write(self, writer: SheetWriter, parts: PartWriter, builder: TextBuilder) -> None:
        """Write all sheets, their notes, and the pictures as parts."""
        for table in self._root.iterfind(f".//{OFFICE}spreadsheet/{TABLE}table"):
            name = table.get(f"{TABLE}name") or ""
            self._notes = []
            writer.write(name, self._rows(table), hidden=table.get(f"{TABLE}style-name") in self._hidden_styles)
            for shapes in table.iterchildren(f"{TABLE}shapes"):
                self._note_text("", shapes, "drawing")
            writer.write_notes(name, self._notes)
            columns = sum(
                _repeat(column, f"{TABLE}number-columns-repeated")
                for column in table.iter(f"{TABLE}table-column")
                if column.get(f"{TABLE}visibility") in _HIDDEN
            )
            if 0 < columns < MOST_COLUMNS // 2:
                builder.report("hidden_text", f"{columns} columns of a sheet are hidden.")
        for changes in self._root.iter(f"{TABLE}tracked-changes"):
            self._notes = []
            self._note_text("", changes, "earlier values", "earlier values of cells, kept by change tracking")
            writer.write_notes("tracked changes", self._notes)
        if self._formulas_without_value:
            count = self._formulas_without_value
            builder.report(
                "dropped_text", f"{count} formulas have no stored result; formulas are never calculated here."
            )
        if self._repeated > MOST_REPEATED_VALUES:
            builder.report("too_large", f"Repeated cells were written out {MOST_REPEATED_VALUES:,} times at most.")
        pictures = [name for name in self._container.names if name.startswith(("Pictures/", "media/"))]
        take_out(self._container, pictures, parts, builder)

    def _rows(self, table: etree._Element) -> Iterator[SheetRow]:
        at = 1
        for node in _in_order(table, f"{TABLE}table-row"):
            count = _repeat(node, f"{TABLE}number-rows-repeated")
            values = self._values(node, at)
            if values:
                hidden = node.get(f"{TABLE}visibility") in _HIDDEN
                for step in range(count):
                    if step:
                        self._repeated += len(values)
                    if self._repeated > MOST_REPEATED_VALUES or at + step > MOST_ROWS:
                        break
                    yield SheetRow(at + step, values, hidden)
            at += count
            if at > MOST_ROWS:
                return

    def _values(self, row: etree._Element, row_number: int) -> tuple[Value, ...]:
        values: list[Value] = []
        column = 0
        for cell in row:
            if cell.tag not in _CELLS:
                continue
            count = _repeat(cell, f"{TABLE}number-columns-repeated")
            typed = self._typed(cell, column, row_number)
            if typed is not None:
                for step in range(min(count, MOST_COLUMNS - column)):
                    self._repeated += step > 0
                    if self._repeated > MOST_REPEATED_VALUES:
                        break
                    values.append(Value(column + step, typed.type, typed.value))
            column += count
            if column >= MOST_COLUMNS:
                break
        return tuple(values)

    def _typed(self, cell: etree._Element, column: int, row: int) -> Value | None:
        kind = cell.get(f"{OFFICE}value-type")
        text = ""
        if len(cell):
            line = Line()
            self._lines.gather(cell, line)
            text = line.text()
            reference = f"{column_name(column)}{row}"
            self._notes.extend(
                SheetNote(reference, f"{reference} {note.text.strip('[]')}", note.hidden) for note in line.notes
            )
            for box in line.boxes:
                self._note_text(reference, box, "drawing")
        if kind is None and cell.get(f"{TABLE}formula") is not None and not text:
            self._formulas_without_value += 1
            return None
        if kind in {"float", "percentage", "currency"}:
            return Value(column, *number(cell.get(f"{OFFICE}value") or text))
        if kind == "boolean":
            return Value(column, "boolean", (cell.get(f"{OFFICE}boolean-value") or text).upper())
        if kind == "date":
            return Value(column, "date", (cell.get(f"{OFFICE}date-value") or text).removesuffix("T00:00:00"))
        text = text or cell.get(f"{OFFICE}string-value") or ""
        return Value(column, "text", text) if text.strip() else None

    def _note_text(self, cells: str, container: etree._Element, what: str, hidden: str = "") -> None:
        line = Line()
        self._lines.gather(container, line)
        texts = [line.text(), *(note.text for note in line.notes)]
        text = " ".join(text for text in texts if text)
        if text:
            self._notes.append(SheetNote(cells, f"{what}: {text}", hidden))


def _in_order(table: etree._Element, tag: str) -> Iterator[etree._Element]:
    """Rows of a table, also where they stand in groups or header rows; not those of tables inside cells."""
    for node in table:
        if node.tag == tag:
            yield node
        elif isinstance(node.tag, str) and node.tag.startswith(f"{TABLE}table-") and "row" in node.tag:
            yield from _in_order(node, tag)


def _repeat(node: etree._Element, attribute: str) -> int:
    stated = node.get(attribute) or "1"
    return max(int(stated), 1) if stated.isascii() and stated.isdecimal() and len(stated) < 10 else 1


def _hidden_table_styles(root: etree._Element) -> frozenset[str]:
    return frozenset(
        style.get(f"{STYLE}name") or ""
        for style in root.iter(f"{STYLE}style")
        for properties in style.iterchildren(f"{STYLE}table-properties")
        if properties.get(f"{TABLE}display") == "false"
    )
