"""Reads OpenDocument texts (ODT) by walking their XML: headings, lists, tables, notes, annotations, tracked changes."""

from collections.abc import Callable

from lxml import etree

from casefile.errors import UntrustedInputError
from casefile.locators import BlockLocator, Locator
from casefile.records import Cell
from ingest.readers.containers import Container, open_container
from ingest.readers.docx import take_out
from ingest.readers.docx_line import Line, Note
from ingest.readers.odf_text import (
    DRAW,
    OFFICE,
    STYLE,
    TABLE,
    TEXT,
    XLINK,
    OdfLineReader,
    credit,
    odf_properties,
    refuse_encrypted,
)
from ingest.readers.ooxml_figures import Properties
from ingest.readers.part_writer import PartWriter
from ingest.readers.tables import column_context, looks_like_header
from ingest.readers.text_builder import Field, TextBuilder, lay_out
from ingest.reading import BlockKind, Reading, Source

FORM = "{urn:oasis:names:tc:opendocument:xmlns:form:1.0}"
LONG_ROW = 1_500
MOST_REPEATED = 100
_MARGINS = frozenset(
    f"{STYLE}{name}" for name in ("header", "footer", "header-left", "footer-left", "header-first", "footer-first")
)
_SKIPPED = frozenset({f"{TEXT}tracked-changes", f"{OFFICE}forms", f"{TEXT}sequence-decls", f"{TEXT}variable-decls"})


class OdtReader:
    """OpenDocument texts, whole: what a page does not show is in the text too, with an issue `hidden_text`."""

    name = "odt"
    version = "1"
    media_types = frozenset(
        {"application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.text-template"}
    )

    def read(self, source: Source) -> Reading:
        """Read the document with its headers and footers; pictures become parts."""
        with open_container(source, "OpenDocument text") as container:
            return _Assembly(container, source).reading()


class _Assembly:
    def __init__(self, container: Container, source: Source) -> None:
        refuse_encrypted(container)
        root = container.xml("content.xml")
        body = None if root is None else root.find(f"{OFFICE}body/{OFFICE}text")
        if root is None or body is None:
            raise UntrustedInputError("corrupt", "The package holds no OpenDocument text.")
        self._container = container
        self._body = body
        self._builder = TextBuilder(source.limits.text_characters)
        self._parts = PartWriter(source)
        self._styles = self._optional_xml("styles.xml")
        self._parents, hidden = _styles_of(root, self._styles)
        self._lines = OdfLineReader(hidden, _deletions_of(body))
        self._headings: list[tuple[int, str]] = []
        self._paragraph = 0
        self._handlers: dict[str, Callable[[etree._Element], None]] = {
            f"{TEXT}h": self._write_heading,
            f"{TEXT}p": self._write_paragraph,
            f"{TEXT}list-item": self._write_item,
            f"{TEXT}list-header": self._write_item,
            f"{TEXT}section": self._write_section,
            f"{TEXT}change": self._write_change,
            f"{TABLE}table": self._write_table,
        }

    def reading(self) -> Reading:
        if self._styles is not None:
            for node in self._styles.iter(*_MARGINS):
                self._walk(node)
        self._walk(self._body)
        self._write_forms()
        self._write_notes(self._lines.left_deletions())
        pictures = [name for name in self._container.names if name.startswith(("Pictures/", "media/"))]
        take_out(self._container, pictures, self._parts, self._builder)
        if not self._builder.length:
            self._builder.report("no_text", "The document holds no text.")
        properties = self._properties()
        return Reading(
            text=self._builder.text,
            blocks=self._builder.blocks,
            issues=self._builder.issues,
            parts=self._parts.parts,
            title=properties.title,
            sender=properties.creator,
            times=properties.times,
        )

    def _walk(self, container: etree._Element) -> None:
        for node in container:
            if self._builder.full:
                return
            self._walk_one(node)

    def _walk_one(self, node: etree._Element) -> None:
        tag = node.tag
        if not isinstance(tag, str) or tag in _SKIPPED:
            return
        handler = self._handlers.get(tag)
        if handler is not None:
            handler(node)
        elif tag.startswith(DRAW):
            self._write_drawing(node)
        else:
            self._walk(node)

    def _write_heading(self, node: etree._Element) -> None:
        line = Line()
        self._lines.read(node, line)
        stated = node.get(f"{TEXT}outline-level") or "1"
        level = int(stated) if stated.isdecimal() and len(stated) < 3 else 1
        if line.text():
            while self._headings and self._headings[-1][0] >= level:
                self._headings.pop()
            self._headings.append((level, line.text()[:200]))
        self._write_line("heading", line)

    def _write_paragraph(self, node: etree._Element) -> None:
        line = Line()
        self._lines.read(node, line)
        self._write_line("title" if self._is_titled(node) else "paragraph", line)

    def _write_item(self, node: etree._Element) -> None:
        for child in node:
            if child.tag in {f"{TEXT}p", f"{TEXT}h"}:
                line = Line()
                self._lines.read(child, line)
                self._write_line("list_item", line)
            else:
                self._walk_one(child)

    def _write_section(self, node: etree._Element) -> None:
        before = self._builder.length
        self._walk(node)
        if node.get(f"{TEXT}display") in {"none", "condition"} and self._builder.length > before:
            locator = BlockLocator(max(self._paragraph, 1), before, self._builder.length)
            self._builder.report("hidden_text", "A section of the document is hidden.", locator)

    def _write_change(self, node: etree._Element) -> None:
        line = Line()
        self._lines.place_deletion(node, line)
        self._write_notes(line.notes)

    def _write_drawing(self, node: etree._Element) -> None:
        line = Line()
        self._lines.read_frame(node, line)
        self._flush(line)

    def _write_table(self, table: etree._Element) -> None:
        rows = list(table.iter(f"{TABLE}table-row"))
        rows = [row for row in rows if next(row.iterancestors(f"{TABLE}table"), None) is table]
        stated = table.find(f"{TABLE}table-header-rows") is not None and len(rows) > 1
        read = [self._read_row(row) for row in rows]
        plain = [[field.shown for field in fields] for fields, _line in read[:30]]
        headed = bool(plain) and (stated or looks_like_header(plain[0], plain[1:]))
        context = column_context(plain[0]) if headed else ""
        for number, (fields, line) in enumerate(read):
            is_header = headed and number == 0
            kept = tuple(field for field in fields if field.shown)
            text, cells = lay_out(kept)
            if len(text) > LONG_ROW or len(fields) == 1:
                for field in kept:
                    for paragraph in field.shown.split("\n"):
                        self._add("paragraph", paragraph)
            else:
                self._add("header_row" if is_header else "row", text, "" if is_header else context, cells)
            self._flush(line)

    def _read_row(self, row: etree._Element) -> tuple[tuple[Field, ...], Line]:
        line = Line()
        fields: list[Field] = []
        column = 0
        for cell in row:
            if cell.tag not in {f"{TABLE}table-cell", f"{TABLE}covered-table-cell"}:
                continue
            inner = Line(notes=line.notes, boxes=line.boxes, figures=line.figures)
            self._lines.gather(cell, inner)
            shown = inner.text().replace("\t", " ")
            fields.append(Field(column, "text", shown, shown))
            stated = cell.get(f"{TABLE}number-columns-repeated") or "1"
            column += min(int(stated), MOST_REPEATED) if stated.isdecimal() and len(stated) < 6 else 1
        return tuple(fields), line

    def _write_forms(self) -> None:
        """Form fields keep their content in attributes (ODF 1.3 part 3, 13)."""
        for forms in self._body.iter(f"{OFFICE}forms"):
            for node in forms.iter():
                values = [node.get(f"{FORM}{name}") for name in ("label", "name", "current-value", "value")]
                texts = [value.strip() for value in values if value and value.strip()]
                state = node.get(f"{FORM}current-state") or node.get(f"{FORM}current-selected")
                texts += [state] if state else []
                if texts and isinstance(node.tag, str) and node.tag not in {f"{FORM}form", f"{FORM}property"}:
                    self._write_notes([Note(f"[form field: {': '.join(dict.fromkeys(texts))}]")])

    def _write_line(self, kind: BlockKind, line: Line) -> None:
        self._add(kind, line.text())
        self._flush(line)

    def _flush(self, line: Line) -> None:
        self._write_notes(line.notes)
        for box in line.boxes:
            self._walk(box)
        for figure in line.figures:
            self._write_object(figure)

    def _write_object(self, node: etree._Element) -> None:
        """A chart, formula or sheet that is stored in a folder of the package."""
        folder = (node.get(f"{XLINK}href") or "").removeprefix("./").strip("/")
        root = self._optional_xml(f"{folder}/content.xml") if folder else node
        if root is not None:
            texts = [" ".join(str(text).split()) for text in root.itertext()]
            text = "\n".join(text for text in texts if text)
            self._write_notes([Note(f"[object: {text}]")] if text else [])

    def _write_notes(self, notes: list[Note]) -> None:
        for note in notes:
            locator = self._add("paragraph", note.text)
            if locator is not None and note.hidden:
                message = f"The document holds {note.hidden}, which a reader does not see."
                self._builder.report("hidden_text", message, locator)

    def _add(self, kind: BlockKind, text: str, context: str = "", cells: tuple[Cell, ...] = ()) -> Locator | None:
        if not text.strip():
            return None
        self._paragraph += 1
        number = self._paragraph
        path = tuple(heading for _level, heading in self._headings)
        path = path[:-1] if kind == "heading" else path
        separator = "\n" if kind in {"row", "header_row", "list_item"} else "\n\n"
        return self._builder.add(
            kind,
            text,
            lambda start, end: BlockLocator(number, start, end, path),
            context=context,
            cells=cells,
            separator=separator,
        )

    def _is_titled(self, node: etree._Element) -> bool:
        name: str | None = node.get(f"{TEXT}style-name")
        for _step in range(20):
            if name is None:
                return False
            if name == "Title":
                return True
            name = self._parents.get(name)
        return False

    def _properties(self) -> Properties:
        try:
            return odf_properties(self._container)
        except UntrustedInputError as error:
            self._builder.report("dropped_text", f"The document's properties cannot be read: {error.message}")
            return Properties()

    def _optional_xml(self, name: str) -> etree._Element | None:
        try:
            return self._container.xml(name)
        except UntrustedInputError as error:
            self._builder.report("dropped_text", f"A part of the document cannot be read: {error.message}")
            return None


def _styles_of(*roots: etree._Element | None) -> tuple[dict[str, str], frozenset[str]]:
    """Parents of styles by name, and the names of those that hide their text."""
    parents: dict[str, str] = {}
    hidden: set[str] = set()
    for root in roots:
        for style in [] if root is None else root.iter(f"{STYLE}style"):
            name = style.get(f"{STYLE}name") or ""
            parents[name] = style.get(f"{STYLE}parent-style-name") or ""
            properties = style.find(f"{STYLE}text-properties")
            if properties is not None and properties.get(f"{TEXT}display") == "none":
                hidden.add(name)
    return parents, frozenset(hidden)


def _deletions_of(body: etree._Element) -> dict[str, tuple[str, etree._Element]]:
    """What change tracking keeps of deleted text, by the change's id (ODF 1.3 part 3, 5.5)."""
    found: dict[str, tuple[str, etree._Element]] = {}
    for region in body.iter(f"{TEXT}changed-region"):
        deletion = region.find(f"{TEXT}deletion")
        if deletion is not None:
            info = deletion.find(f"{OFFICE}change-info")
            number = region.get(f"{TEXT}id") or region.get("{http://www.w3.org/XML/1998/namespace}id") or ""
            found[number] = (f"deleted{'' if info is None else credit(info)}", deletion)
    return found
