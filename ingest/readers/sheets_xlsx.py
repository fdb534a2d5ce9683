"""Reads the XML of XLSX workbooks row by row: every value as stored, hidden rows and columns, comments, text boxes.

calamine reads the same files faster, but allots every cell between the first and the last one (a 5 kB file with a value
in A1 and one in XFD1048576 ends the process), drops error values, rounds long numbers and does not tell what is hidden.
"""

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from casefile.errors import UntrustedInputError
from casefile.records import Issue
from ingest.readers.containers import ZIP_ERRORS, Container, local_name
from ingest.readers.ooxml_figures import shape_text
from ingest.readers.sheet_values import (
    column_name,
    column_number,
    date,
    is_date_format,
    is_elapsed_format,
    number,
)
from ingest.readers.sheet_writer import SheetNote, SheetRow, Value
from ingest.readers.sheets_empty_rows import ByteStream, WithoutEmptyRows

R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
STRICT_R = "{http://purl.oclc.org/ooxml/officeDocument/relationships}"
MOST_COLUMNS = 16_384
MOST_ROWS = 1_048_576
STREAM_ERRORS: tuple[type[Exception], ...] = (etree.XMLSyntaxError, *ZIP_ERRORS)
_TRUE = frozenset({"1", "true"})


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as the workbook lists it: its name, its part, whether it is hidden."""

    name: str
    part: str
    hidden: bool


@dataclass(slots=True)
class SheetFacts:
    """What reading the rows of a sheet brought up besides them."""

    hidden_columns: int = 0
    formulas_without_value: int = 0
    damaged: bool = False
    links: list[tuple[str, str]] = field(default_factory=list)
    margins: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Format:
    is_date: bool
    elapsed: bool


class Workbook:
    """An XLSX workbook.

    Args:
        container: the package. Raises `UntrustedInputError` corrupt where there is no workbook in it.
    """

    def __init__(self, container: Container) -> None:
        self._container = container
        mains = [link.target for link in container.relationships("").values() if link.type == "officeDocument"]
        self.main = container.find(mains[0] if mains else "xl/workbook.xml") or "xl/workbook.xml"
        root = container.xml(self.main)
        if root is None:
            raise UntrustedInputError("corrupt", "The package holds no workbook.")
        self._links = container.relationships(self.main)
        self.folder = posixpath.dirname(self.main)
        self._epoch_1904 = any(
            node.get("date1904") in _TRUE for node in root.iter() if local_name(node) == "workbookPr"
        )
        self.sheets = tuple(self._list_sheets(root))
        self._strings = self._load_strings()
        self._formats = self._load_formats()

    def rows(self, sheet: Sheet, facts: SheetFacts) -> Iterator[SheetRow]:
        """The rows of a sheet that hold values, in the order of the file. What else it says goes into `facts`."""
        try:
            with self._container.open(sheet.part) as stream:
                yield from self._rows(WithoutEmptyRows(stream), facts)
        except STREAM_ERRORS:
            facts.damaged = True

    def notes(self, sheet: Sheet, facts: SheetFacts) -> Iterator[SheetNote]:
        """Comments, links, text boxes, headers and footers of a sheet, after its rows are read."""
        links = self._container.relationships(sheet.part)
        for link in links.values():
            root = None if link.external else self._container.xml(link.target)
            if root is None:
                continue
            if link.type == "comments":
                yield from _comments(root)
            elif link.type == "threadedComment":
                yield from _threaded_comments(root)
            elif link.type == "drawing":
                yield from self._drawing(link.target, root)
        for cell, link_id in facts.links:
            target = links.get(link_id)
            if target is not None and target.external:
                yield SheetNote(cell, f"link {cell}: {target.target}")
        for margin in facts.margins:
            yield SheetNote("", f"header or footer: {margin}")

    def _drawing(self, part: str, root: etree._Element) -> Iterator[SheetNote]:
        text = shape_text(root)
        if text:
            yield SheetNote("", f"drawing: {text}")
        for link in self._container.relationships(part).values():
            chart = self._container.xml(link.target) if link.type == "chart" and not link.external else None
            title = "" if chart is None else shape_text(chart)
            if title:
                yield SheetNote("", f"chart: {title}")

    def _list_sheets(self, root: etree._Element) -> Iterator[Sheet]:
        for node in root.iter():
            if local_name(node) != "sheet":
                continue
            link = self._links.get(node.get(f"{R}id") or node.get(f"{STRICT_R}id") or "")
            part = None if link is None or link.external else self._container.find(link.target)
            if part is not None:
                yield Sheet(node.get("name") or "", part, node.get("state") in {"hidden", "veryHidden"})

    def _linked(self, part_type: str) -> str | None:
        names = [link.target for link in self._links.values() if link.type == part_type and not link.external]
        return self._container.find(names[0]) if names else None

    def _load_strings(self) -> list[str]:
        part = self._linked("sharedStrings")
        strings: list[str] = []
        if part is None:
            return strings
        try:
            with self._container.open(part) as stream:
                for _event, node in _parsed(stream, "{*}si"):
                    strings.append(_rich_text(node))
                    _forget(node)
        except STREAM_ERRORS as error:
            raise UntrustedInputError("corrupt", "The workbook's table of texts is damaged.") from error
        return strings

    def _load_formats(self) -> list[_Format]:
        part = self._linked("styles")
        root = None if part is None else self._container.xml(part)
        if root is None:
            return []
        codes: dict[str, str] = {}
        formats: list[_Format] = []
        for group in root:
            if local_name(group) == "numFmts":
                codes.update({node.get("numFmtId") or "": node.get("formatCode") or "" for node in group})
            elif local_name(group) == "cellXfs":
                formats.extend(_format(node.get("numFmtId") or "0", codes) for node in group)
        return formats

    def _rows(self, stream: ByteStream, facts: SheetFacts) -> Iterator[SheetRow]:
        number_before = 0
        tags = ("{*}row", "{*}col", "{*}hyperlink", "{*}oddHeader", "{*}oddFooter")
        for _event, node in _parsed(stream, *tags):
            name = local_name(node)
            if name == "row":
                stated = _whole(node.get("r"))
                row_number = stated if stated is not None and 0 < stated <= MOST_ROWS else number_before + 1
                number_before = row_number
                if len(node):
                    values = tuple(self._values(node, facts))
                    if values:
                        yield SheetRow(row_number, values, node.get("hidden") in _TRUE)
            else:
                _note_fact(name, node, facts)
            _forget(node)

    def _values(self, row: etree._Element, facts: SheetFacts) -> Iterator[Value]:
        column = -1
        for cell in row:
            if not len(cell):
                column = _column(cell, column)
                continue
            # cells are in order by the book; one that goes back would put the offsets out of order
            column = max(_column(cell, column), column + 1)
            if column >= MOST_COLUMNS:
                return
            value = self._value(cell, column, facts)
            if value is not None:
                yield value

    def _value(self, cell: etree._Element, column: int, facts: SheetFacts) -> Value | None:
        kind = cell.get("t") or "n"
        raw: str | None = None
        has_formula = False
        for child in cell:
            # a sheet may hold millions of cells: the tag is looked at only where it must be
            tag = str(child.tag)
            if tag.endswith("}v"):
                raw = child.text or ""
            elif tag.endswith("}is"):
                raw = _rich_text(child)
            elif tag.endswith("}f"):
                has_formula = True
        if raw is None or (has_formula and not raw and kind != "str"):
            facts.formulas_without_value += has_formula
            return None
        return self._typed(kind, raw, cell, column)

    def _typed(self, kind: str, raw: str, cell: etree._Element, column: int) -> Value | None:
        if kind == "s":
            index = _whole(raw)
            text = self._strings[index] if index is not None and index < len(self._strings) else ""
            return Value(column, "text", text) if text.strip() else None
        if not raw.strip():
            return None
        if kind == "b":
            return Value(column, "boolean", "TRUE" if raw.strip() in _TRUE else "FALSE")
        if kind == "d":
            return Value(column, "date", raw.strip())
        if kind != "n":
            return Value(column, "text", raw)
        style = _whole(cell.get("s"))
        form = self._formats[style] if style is not None and style < len(self._formats) else None
        if form is not None and form.is_date:
            return Value(column, *date(raw, epoch_1904=self._epoch_1904, elapsed=form.elapsed))
        return Value(column, *number(raw))


def facts_as_issues(facts: SheetFacts) -> Iterator[Issue]:
    """What the investigator must know about a sheet."""
    if facts.hidden_columns:
        yield Issue("read", "hidden_text", f"{facts.hidden_columns} columns of a sheet are hidden.")
    if facts.formulas_without_value:
        message = f"{facts.formulas_without_value} formulas have no stored result; formulas are never calculated here."
        yield Issue("read", "dropped_text", message)
    if facts.damaged:
        yield Issue("read", "dropped_text", "A sheet is damaged; the rows before the damage were read.")


def _parsed(stream: ByteStream, *tags: str) -> Iterator[tuple[str, etree._Element]]:
    return iter(
        etree.iterparse(stream, events=("end",), tag=tags, resolve_entities=False, no_network=True, load_dtd=False)
    )


def _forget(node: etree._Element) -> None:
    """Free a node that has been read, and the empty shells of those before it."""
    node.clear()
    while node.getprevious() is not None:
        parent = node.getparent()
        if parent is None:
            return
        del parent[0]


def _note_fact(name: str, node: etree._Element, facts: SheetFacts) -> None:
    if name == "col" and node.get("hidden") in _TRUE:
        low, high = _whole(node.get("min")) or 1, _whole(node.get("max")) or 1
        # "all columns to the right" is how empty space is hidden
        facts.hidden_columns += max(high - low + 1, 0) if high < MOST_COLUMNS else 0
    elif name == "hyperlink":
        link_id = node.get(f"{R}id") or node.get(f"{STRICT_R}id")
        if link_id:
            facts.links.append(((node.get("ref") or "").partition(":")[0][:20], link_id))
    elif name in {"oddHeader", "oddFooter"} and (node.text or "").strip():
        facts.margins.append((node.text or "").strip())


def _column(cell: etree._Element, before: int) -> int:
    stated = column_number((cell.get("r") or "").upper())
    return stated if stated is not None and stated < MOST_COLUMNS else before + 1


def _rich_text(node: etree._Element) -> str:
    """Text of a string item: its runs, without the phonetic hints (18.4.8)."""
    pieces: list[str] = []
    for child in node:
        name = local_name(child)
        if name == "t":
            pieces.append(child.text or "")
        elif name == "r":
            pieces.extend(text.text or "" for text in child if local_name(text) == "t")
    return "".join(pieces)


def _format(number_format: str, codes: dict[str, str]) -> _Format:
    code = codes.get(number_format)
    return _Format(is_date_format(_whole(number_format) or 0, code), is_elapsed_format(code) or number_format == "46")


def _comments(root: etree._Element) -> Iterator[SheetNote]:
    authors = [(node.text or "").strip() for node in root.iter() if local_name(node) == "author"]
    for node in root.iter():
        if local_name(node) != "comment":
            continue
        text = "".join(_rich_text(child) for child in node if local_name(child) == "text").strip()
        if not text or text.startswith("[Threaded comment]"):
            continue
        index = _whole(node.get("authorId"))
        author = authors[index] if index is not None and index < len(authors) else ""
        yield _comment(node.get("ref") or "", author, "", text)


def _threaded_comments(root: etree._Element) -> Iterator[SheetNote]:
    for node in root.iter():
        if local_name(node) == "threadedComment":
            text = "".join(child.text or "" for child in node if local_name(child) == "text").strip()
            if text:
                yield _comment(node.get("ref") or "", "", node.get("dT") or "", text)


def _comment(cell: str, author: str, when: str, text: str) -> SheetNote:
    known = column_number(cell) is not None and len(cell) <= 10
    by = (f" by {author}" if author else "") + (f", {when}" if when else "")
    place = cell if known else ""
    return SheetNote(place, f"comment {place or column_name(0)}{by}: {text}", "a cell comment")


def _whole(text: str | None) -> int | None:
    """A non-negative integer of at most nine digits; None for anything else."""
    if text is None:
        return None
    digits = text.strip()
    return int(digits) if len(digits) <= 9 and digits.isascii() and digits.isdigit() else None
