"""Walks the body of a Word document, its headers, footers, notes and comments, in the order of reading."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lxml import etree

from casefile.locators import BlockLocator, Locator
from casefile.records import Cell
from ingest.readers.containers import Relationship
from ingest.readers.docx_line import MC, TEXT_TAGS, Line, LineReader, Note, credit
from ingest.readers.docx_numbering import Numbering, W, value_of, whole
from ingest.readers.docx_styles import BODY_LEVEL, Styles, numbering_of, outline_level
from ingest.readers.tables import column_context, looks_like_header
from ingest.readers.text_builder import Field, TextBuilder, lay_out
from ingest.reading import BlockKind

LONG_ROW = 1_500
"""A table row with more characters than this is a layout, not data: its cells are read as paragraphs."""

MOST_PLACED_ISSUES = 200
"""Issues with a place per exhibit and reason; the rest are counted in one without a place."""

Links = dict[str, Relationship]
_INLINE = frozenset(f"{W}{name}" for name in ("r", "hyperlink", "fldSimple", "smartTag"))
_MOST_COLUMNS = 16_384
_HEADER_SAMPLE = 20


@dataclass(frozen=True, slots=True)
class _Row:
    fields: tuple[Field, ...]
    line: Line
    header: bool


class Story:
    """Writes one document into a builder.

    Args:
        builder: gets the blocks.
        styles: of the document.
        numbering: of the document; counted forward as paragraphs come.
        on_section: called with a section's properties where it ends.
        figure_text: gives the text of a chart or diagram that a drawing refers to.
    """

    def __init__(
        self,
        builder: TextBuilder,
        styles: Styles,
        numbering: Numbering,
        *,
        on_section: Callable[[etree._Element], None],
        figure_text: Callable[[etree._Element], str],
    ) -> None:
        self.builder = builder
        self._styles = styles
        self._numbering = numbering
        self._headings: list[tuple[int, str]] = []
        self._paragraph = 0
        self._figure_text = figure_text
        self._notes: dict[tuple[str, str], tuple[etree._Element, Links]] = {}
        self._placed: dict[str, int] = {}
        self.reader = LineReader(styles, self._cite)
        self._handlers: dict[str, Callable[[etree._Element], None]] = {
            f"{W}p": self._write_paragraph,
            f"{W}tbl": self._write_table,
            f"{W}sectPr": on_section,
            f"{W}del": self._write_aside,
            f"{W}moveFrom": self._write_aside,
            f"{MC}AlternateContent": self._walk_chosen,
            **dict.fromkeys(_INLINE, self._write_stray),
        }

    def know_notes(self, kind: str, root: etree._Element, links: Links) -> None:
        """Remember the footnotes, endnotes or comments of a part, until something refers to them."""
        for node in root.iterchildren(f"{W}{kind}"):
            self._notes.setdefault((kind, node.get(f"{W}id") or ""), (node, links))

    def left_notes(self) -> Iterator[Note]:
        """Notes and comments that nothing has referred to."""
        for kind, number in list(self._notes):
            line = Line()
            self._cite(kind, number, line)
            yield from (Note(note.text, note.hidden or f"a {kind} without a place") for note in line.notes)

    def walk(self, container: etree._Element) -> None:
        """Write the paragraphs and tables of `container`, however they are wrapped."""
        for node in container:
            if self.builder.full:
                return
            tag = node.tag
            handler = self._handlers.get(tag) if isinstance(tag, str) else None
            if handler is not None:
                handler(node)
            elif isinstance(tag, str) and not tag.endswith("Pr"):
                self.walk(node)

    def _walk_chosen(self, node: etree._Element) -> None:
        chosen = self.reader.choose(node)
        if chosen is not None:
            self.walk(chosen)

    def _write_stray(self, node: etree._Element) -> None:
        """A run that stands outside every paragraph."""
        line = Line()
        self.reader.read_one(node, line)
        self._write_line("paragraph", line)

    def write_notes(self, notes: list[Note]) -> None:
        """Write notes as paragraphs of their own; what a reader would not see gets an issue."""
        for note in notes:
            locator = self._add("paragraph", note.text)
            if locator is not None and note.hidden:
                self._report_hidden(note.hidden, locator)

    def _write_aside(self, node: etree._Element) -> None:
        line = Line()
        self._gather(node, line)
        if line.text():
            self.write_notes([Note(f"[deleted{credit(node)}: {line.text()}]", "a tracked deletion")])
        self._flush(line)

    def _write_paragraph(self, node: etree._Element) -> None:
        properties = node.find(f"{W}pPr")
        line = Line()
        self.reader.read(node, line)
        style = self._styles.get(None if properties is None else value_of(properties, "pStyle"))
        stated = outline_level(properties)
        level = style.heading if stated is None else stated
        label = self._label(node, properties)  # empty paragraphs count too
        if label and line.text():
            line.shown.insert(0, f"{label} ")
        text = line.text()
        kind: BlockKind = "paragraph"
        if level is not None and level <= BODY_LEVEL and text:
            kind = "title" if level == 0 else "heading"
            self._enter(level, text)
        elif label is not None:
            kind = "list_item"
        self._write_line(kind, line, hidden=style.hidden)
        section = None if properties is None else properties.find(f"{W}sectPr")
        if section is not None:
            self._handlers[f"{W}sectPr"](section)

    def _write_line(self, kind: BlockKind, line: Line, *, hidden: bool = False) -> None:
        locator = self._add(kind, line.text())
        if locator is not None and hidden:
            self._report_hidden("hidden text", locator)
        self._flush(line)

    def _flush(self, line: Line) -> None:
        """Write what belongs to a line but stands after it."""
        self.write_notes(line.notes)
        for box in line.boxes:
            self.walk(box)
        for figure in line.figures:
            text = self._figure_text(figure)
            if text:
                self.write_notes([Note(text)])

    def _label(self, node: etree._Element, properties: etree._Element | None) -> str | None:
        """Number or bullet of a list paragraph: None where it is none, empty for a bullet."""
        own_id, own_level = numbering_of(properties)
        style = self._styles.get(None if properties is None else value_of(properties, "pStyle"))
        number_id = own_id if own_id is not None else style.number_id
        if number_id is None or number_id == "0" or node.find(f"{W}pPr/{W}rPr/{W}del") is not None:
            return None
        level = own_level if own_level is not None else style.number_level
        return self._numbering.label(number_id, level)

    def _enter(self, level: int, text: str) -> None:
        while self._headings and self._headings[-1][0] >= level:
            self._headings.pop()
        self._headings.append((level, text[:200]))

    def _add(self, kind: BlockKind, text: str, context: str = "", cells: tuple[Cell, ...] = ()) -> Locator | None:
        if not text.strip():
            return None
        self._paragraph += 1
        # the title names the whole document; a heading does not stand under itself
        path = tuple(heading for _level, heading in self._headings)
        if kind in {"title", "heading"}:
            path = path[:-1]
        number = self._paragraph
        separator = "\n" if kind in {"row", "header_row", "list_item"} else "\n\n"
        return self.builder.add(
            kind,
            text,
            lambda start, end: BlockLocator(number, start, end, path),
            context=context,
            cells=cells,
            separator=separator,
        )

    def _report_hidden(self, what: str, locator: Locator) -> None:
        count = self._placed[what] = self._placed.get(what, 0) + 1
        if count <= MOST_PLACED_ISSUES:
            self.builder.report("hidden_text", f"The document holds {what}, which a reader does not see.", locator)
        else:
            self.builder.report("hidden_text", f"There is more than {MOST_PLACED_ISSUES} times {what}.")

    def _cite(self, kind: str, number: str, line: Line) -> None:
        """Put a note or comment into the line that refers to it, once."""
        known = self._notes.pop((kind, number), None)
        if known is None:
            return
        node, links = known
        inner = Line()
        outer_links, self.reader.links = self.reader.links, links
        self._gather(node, inner)
        self.reader.links = outer_links
        hidden = "a comment" if kind == "comment" else ""
        name = f"comment{credit(node)}" if kind == "comment" else f"{kind} {number}"
        if inner.text():
            line.notes.append(Note(f"[{name}: {inner.text()}]", hidden))
        line.notes.extend(inner.notes)
        line.boxes.extend(inner.boxes)
        line.figures.extend(inner.figures)

    def _gather(self, container: etree._Element, line: Line) -> None:
        """Read the paragraphs of a cell or note into one line, with line breaks, and bars between nested cells."""
        for node in container:
            tag = node.tag
            if tag == f"{W}p":
                self._gather_paragraph(node, line)
            elif tag == f"{W}tr":
                self._gather_row(node, line)
            elif tag in _INLINE or tag == f"{W}del":
                self.reader.read_one(node, line)
            elif isinstance(tag, str) and not tag.endswith("Pr"):
                self._gather(node, line)

    def _gather_paragraph(self, node: etree._Element, line: Line) -> None:
        inner = Line(notes=line.notes, boxes=line.boxes, figures=line.figures)
        self.reader.read(node, inner)
        label = self._label(node, node.find(f"{W}pPr"))
        if label and inner.text():
            inner.shown.insert(0, f"{label} ")
        _append(inner.text(), line)

    def _gather_row(self, row: etree._Element, line: Line) -> None:
        shown: list[str] = []
        for cell in _cells(row):
            inner = Line(notes=line.notes, boxes=line.boxes, figures=line.figures)
            self._gather(cell, inner)
            shown.append(inner.text())
        _append(" | ".join(text for text in shown if text), line)

    def _write_table(self, table: etree._Element) -> None:
        rows = list(_rows(table))
        if max((_columns(row) for row in rows), default=0) <= 1:
            for row in rows:
                self._write_cells_as_paragraphs(row)
            return
        sampled: list[tuple[etree._Element, _Row | None]] = []
        sampled.extend((row, self._read_row(row)) for row in rows[:_HEADER_SAMPLE])
        names = self._header_of([read for _node, read in sampled if read is not None])
        context = column_context(names)
        for number, (node, read) in enumerate(sampled):
            self._write_row(node, read, context, is_header=bool(names) and number == 0)
        for node in rows[_HEADER_SAMPLE:]:
            if self.builder.full:
                return
            self._write_row(node, self._read_row(node), context, is_header=False)

    def _header_of(self, rows: list[_Row]) -> tuple[str, ...]:
        if not rows:
            return ()
        plain = [_columns_of(row.fields) for row in rows]
        stated = rows[0].header and len(rows) > 1
        return tuple(plain[0]) if stated or looks_like_header(plain[0], plain[1:]) else ()

    def _read_row(self, row: etree._Element) -> _Row | None:
        """A row's cells; None where it is a layout whose cells are paragraphs."""
        length = 0
        for text in row.iter(*TEXT_TAGS):
            length += len(text.text or "")
            if length > LONG_ROW:
                return None
        line = Line()
        fields: list[Field] = []
        properties = row.find(f"{W}trPr")
        column = 0 if properties is None else whole(value_of(properties, "gridBefore"), 0)
        for cell in _cells(row):
            inner = Line()
            self._gather(cell, inner)
            shown = inner.text().replace("\t", " ")
            if shown and 0 <= column < _MOST_COLUMNS:
                fields.append(Field(column, "text", shown, shown))
            elif shown:
                line.notes.append(Note(shown))
            line.notes.extend(inner.notes)
            line.boxes.extend(inner.boxes)
            line.figures.extend(inner.figures)
            column += _span(cell)
        header = properties is not None and properties.find(f"{W}tblHeader") is not None
        return _Row(tuple(fields), line, header)

    def _write_row(self, node: etree._Element, row: _Row | None, context: str, *, is_header: bool) -> None:
        if row is None:
            self._write_cells_as_paragraphs(node)
            return
        text, cells = lay_out(row.fields)
        self._add("header_row" if is_header else "row", text, "" if is_header else context, cells)
        self._flush(row.line)

    def _write_cells_as_paragraphs(self, row: etree._Element) -> None:
        for cell in _cells(row):
            self.walk(cell)


def _append(text: str, line: Line) -> None:
    if text:
        line.shown.append(f"\n{text}" if line.shown else text)


def _rows(table: etree._Element) -> Iterator[etree._Element]:
    for node in table:
        if node.tag == f"{W}tr":
            yield node
        elif isinstance(node.tag, str) and not node.tag.endswith("Pr"):
            yield from _rows(node)


def _cells(row: etree._Element) -> Iterator[etree._Element]:
    for node in row:
        if node.tag == f"{W}tc":
            yield node
        elif isinstance(node.tag, str) and not node.tag.endswith("Pr"):
            yield from _cells(node)


def _columns(row: etree._Element) -> int:
    return sum(1 for _cell in _cells(row))


def _span(cell: etree._Element) -> int:
    properties = cell.find(f"{W}tcPr")
    return 1 if properties is None else max(whole(value_of(properties, "gridSpan"), 1), 1)


def _columns_of(fields: tuple[Field, ...]) -> list[str]:
    width = max((field.column for field in fields), default=-1) + 1
    shown = [""] * width
    for field in fields:
        shown[field.column] = field.shown
    return shown
