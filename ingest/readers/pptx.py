"""Reads presentations (PPTX) by walking their XML: slides, tables, notes, comments, charts: see docs/decisions/011."""

import posixpath
from collections.abc import Iterator

from lxml import etree

from casefile.errors import UntrustedInputError
from casefile.locators import Locator, SlideLocator
from casefile.records import Cell
from ingest.readers.containers import Container, Relationship, local_name, open_container
from ingest.readers.docx import take_out
from ingest.readers.ooxml_figures import A, Properties, chart_text, core_properties, shape_text
from ingest.readers.part_writer import PartWriter
from ingest.readers.tables import column_context, looks_like_header
from ingest.readers.text_builder import Field, TextBuilder, lay_out
from ingest.reading import BlockKind, Reading, Source

P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_SHAPES = frozenset({"sp", "cxnSp", "pic", "graphicFrame", "grpSp", "AlternateContent", "contentPart"})
_FURNITURE = frozenset({"sldNum", "dt", "sldImg", "hdr", "ftr"})
_TRUE = frozenset({"1", "true"})


class PptxReader:
    """Presentations: what stands on the slides in the order of the slides, then notes and comments of each."""

    name = "pptx"
    version = "1"
    media_types = frozenset(
        {
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            "application/vnd.openxmlformats-officedocument.presentationml.slideshow",
            "application/vnd.openxmlformats-officedocument.presentationml.template",
            "application/vnd.ms-powerpoint.presentation.macroenabled.12",
        }
    )

    def read(self, source: Source) -> Reading:
        """Read all slides; embedded files and pictures become parts."""
        with open_container(source, "presentation") as container:
            return _Assembly(container, source).reading()


class _Assembly:
    def __init__(self, container: Container, source: Source) -> None:
        self._container = container
        self._builder = TextBuilder(source.limits.text_characters)
        self._parts = PartWriter(source)
        mains = [link.target for link in container.relationships("").values() if link.type == "officeDocument"]
        main = container.find(mains[0] if mains else "ppt/presentation.xml")
        root = None if main is None else container.xml(main)
        if main is None or root is None:
            raise UntrustedInputError("corrupt", "The package holds no presentation.")
        self._folder = posixpath.dirname(main)
        self._links = container.relationships(main)
        self._root = root
        self._authors = self._load_authors()
        self._backgrounds: set[str] = set()
        self._slide = 0
        self._slide_links: dict[str, Relationship] = {}
        self._notes = False
        self._written = 0
        self._read_nodes: set[etree._Element] = set()

    def reading(self) -> Reading:
        for node in self._root.iter(f"{P}sldId"):
            self._slide += 1
            link = self._links.get(node.get(f"{R}id") or "")
            if link is not None and not link.external and not self._builder.full:
                self._write_slide(link.target)
        self._report_orphans()
        folders = tuple(f"{self._folder}/{name}" for name in ("media/", "embeddings/", "vbaproject.bin"))
        wanted = [name for name in self._container.names if name.lower().startswith(folders)]
        take_out(self._container, wanted, self._parts, self._builder)
        if not self._written:
            self._builder.report("no_text", "The presentation holds no text, apart from descriptions of pictures.")
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

    def _write_slide(self, part: str) -> None:
        root = self._xml(part)
        if root is None:
            return
        self._notes = False
        self._slide_links = self._relationships(part)
        before = self._builder.length
        tree = root.find(f"{P}cSld/{P}spTree")
        shapes = [] if tree is None else list(_shapes(tree))
        for shape in sorted(shapes, key=lambda shape: not _is_title(shape)):
            self._write_shape(shape)
        left = [node for node in root.iter(f"{A}t") if node not in self._read_nodes and (node.text or "").strip()]
        if left:
            self._add_note("\n".join(node.text or "" for node in left), "text outside the shapes of a slide")
        if root.get("show") in {"0", "false"} and self._builder.length > before:
            locator = SlideLocator(self._slide, before, self._builder.length)
            self._builder.report("hidden_text", "A slide is hidden.", locator)
        self._write_linked_parts()

    def _write_linked_parts(self) -> None:
        for link in list(self._slide_links.values()):
            if link.external:
                continue
            if link.type == "notesSlide":
                self._write_notes(link.target)
            elif link.type == "comments":
                self._write_comments(link.target)
            elif link.type == "slideLayout":
                self._write_background(link.target)
                for above in self._relationships(link.target).values():
                    if above.type == "slideMaster":
                        self._write_background(above.target)

    def _write_notes(self, part: str) -> None:
        root = self._xml(part)
        tree = None if root is None else root.find(f"{P}cSld/{P}spTree")
        if tree is None:
            return
        self._notes = True
        for shape in _shapes(tree):
            if _placeholder(shape) not in _FURNITURE:
                self._write_shape(shape)
        self._notes = False

    def _write_comments(self, part: str) -> None:
        root = self._xml(part)
        for node in [] if root is None else root.iter():
            if local_name(node) not in {"cm", "reply"}:
                continue
            text = node.findtext(f"{P}text") or "\n".join(
                shape_text(body) for body in node if local_name(body) == "txBody"
            )
            author = self._authors.get(node.get("authorId") or "", "")
            when = node.get("dt") or node.get("created") or ""
            by = (f" by {author}" if author else "") + (f", {when}" if when else "")
            if text.strip():
                self._add_note(f"comment{by}: {text.strip()}", "a comment")

    def _write_background(self, part: str) -> None:
        """What layouts and masters show on slides: their own shapes, not the prompts of placeholders. Once each."""
        if part in self._backgrounds:
            return
        self._backgrounds.add(part)
        root = self._xml(part)
        tree = None if root is None else root.find(f"{P}cSld/{P}spTree")
        for shape in [] if tree is None else _shapes(tree):
            if _placeholder(shape) is None and (text := shape_text(shape)):
                self._add_note(f"on every slide of this layout: {text}")

    def _write_shape(self, shape: etree._Element) -> None:
        own = next((node for node in shape.iter() if local_name(node) == "cNvPr"), None)
        hidden = own is not None and own.get("hidden") in _TRUE
        before = self._builder.length
        name = local_name(shape)
        if name == "graphicFrame":
            self._write_frame(shape)
        else:
            kind: BlockKind = "heading" if _is_title(shape) and not self._notes else "paragraph"
            if kind == "paragraph" and _placeholder(shape) in {"body", "obj", ""} and not self._notes:
                kind = "list_item"
            self._write_paragraphs(shape, kind)
        for described in shape.iter():
            if local_name(described) == "cNvPr" and (text := (described.get("descr") or "").strip()):
                self._add_note(f"picture: {text}")
        self._write_link_targets(shape)
        if hidden and self._builder.length > before:
            locator = SlideLocator(self._slide, before, self._builder.length, self._notes)
            self._builder.report("hidden_text", "A shape on a slide is hidden.", locator)

    def _write_paragraphs(self, shape: etree._Element, kind: BlockKind) -> None:
        for paragraph in shape.iter(f"{A}p"):
            if any(node in self._read_nodes for node in paragraph.iter(f"{A}t")):
                continue
            self._add(kind, self._text_of(paragraph))

    def _text_of(self, node: etree._Element) -> str:
        pieces: list[str] = []
        for part in node.iter():
            name = local_name(part)
            if name == "t":
                self._read_nodes.add(part)
                pieces.append(part.text or "")
            elif name == "br" or (name == "p" and pieces):
                pieces.append("\n")
        return "".join(pieces).replace("\v", "\n").strip()

    def _write_frame(self, frame: etree._Element) -> None:
        for table in frame.iter(f"{A}tbl"):
            self._write_table(table)
        for node in frame.iter():
            if local_name(node) not in {"chart", "relIds"}:
                continue
            for key, value in node.attrib.items():
                link = self._slide_links.get(str(value)) if str(key).startswith(R) else None
                if link is None or link.external or link.type not in {"chart", "chartEx", "diagramData"}:
                    continue
                root = self._xml(link.target)
                text = "" if root is None else (shape_text(root) if link.type == "diagramData" else chart_text(root))
                if text:
                    self._add_note(f"figure: {text}")
        self._write_paragraphs(frame, "paragraph")

    def _write_table(self, table: etree._Element) -> None:
        rows = [
            [self._text_of(cell).replace("\t", " ") for cell in row.iterchildren(f"{A}tc")]
            for row in table.iterchildren(f"{A}tr")
        ]
        properties = table.find(f"{A}tblPr")
        stated = properties is not None and properties.get("firstRow") in _TRUE and len(rows) > 1
        headed = bool(rows) and (stated or looks_like_header(rows[0], rows[1:]))
        context = column_context(rows[0]) if headed else ""
        for number, row in enumerate(rows):
            fields = tuple(Field(column, "text", text, text) for column, text in enumerate(row) if text)
            text, cells = lay_out(fields)
            is_header = headed and number == 0
            self._add("header_row" if is_header else "row", text, "" if is_header else context, cells)

    def _write_link_targets(self, shape: etree._Element) -> None:
        for node in shape.iter(f"{A}hlinkClick", f"{A}hlinkHover"):
            link = self._slide_links.get(node.get(f"{R}id") or "")
            if link is not None and link.external:
                self._add_note(f"link: {link.target}")

    def _add_note(self, text: str, hidden: str = "") -> None:
        locator = self._add("paragraph", f"[{text}]")
        if hidden and locator is not None:
            self._builder.report("hidden_text", f"The presentation holds {hidden}.", locator)

    def _add(self, kind: BlockKind, text: str, context: str = "", cells: tuple[Cell, ...] = ()) -> Locator | None:
        slide, notes = self._slide, self._notes
        self._written += bool(text.strip()) and not text.startswith("[picture: ")
        return self._builder.add(
            kind,
            text,
            lambda start, end: SlideLocator(slide, start, end, notes),
            context=context,
            cells=cells,
            separator="\n\n" if kind == "heading" else "\n",
        )

    def _report_orphans(self) -> None:
        """Slides that stay in the package without being listed: deleted ones, or ones put aside."""
        listed = {self._container.find(link.target) for link in self._links.values()}
        prefix = f"{self._folder}/slides/slide"
        orphans = [name for name in self._container.names if name.startswith(prefix) and name not in listed]
        for name in orphans:
            if name.endswith(".xml") and (root := self._xml(name)) is not None and (text := shape_text(root)):
                self._slide += 1
                self._add_note(text, "a slide that the presentation does not list")

    def _load_authors(self) -> dict[str, str]:
        authors: dict[str, str] = {}
        for link in self._links.values():
            if link.type in {"commentAuthors", "authors"} and not link.external:
                root = self._xml(link.target)
                for node in [] if root is None else root:
                    authors[node.get("id") or ""] = node.get("name") or ""
        return authors

    def _properties(self) -> Properties:
        try:
            return core_properties(self._container)
        except UntrustedInputError as error:
            self._builder.report("dropped_text", f"The presentation's properties cannot be read: {error.message}")
            return Properties()

    def _relationships(self, part: str) -> dict[str, Relationship]:
        try:
            return self._container.relationships(part)
        except UntrustedInputError as error:
            self._builder.report("dropped_text", f"The links of a slide cannot be read: {error.message}")
            return {}

    def _xml(self, name: str) -> etree._Element | None:
        """A part other than the main one; where it is missing or damaged the rest is still read."""
        try:
            root = self._container.xml(name)
        except UntrustedInputError as error:
            self._builder.report("dropped_text", f"A slide or something on it cannot be read: {error.message}")
            return None
        if root is None:
            self._builder.report("dropped_text", "A slide or something on it is missing from the package.")
        return root


def _shapes(tree: etree._Element) -> Iterator[etree._Element]:
    """Shapes in the order of drawing, groups opened; of alternatives the first."""
    for node in tree:
        name = local_name(node)
        if name == "grpSp":
            yield from _shapes(node)
        elif name == "AlternateContent":
            if len(node):
                yield from _shapes(node[0])
        elif name in _SHAPES:
            yield node


def _placeholder(shape: etree._Element) -> str | None:
    """The kind of placeholder a shape is, empty for one of no kind, None for none (ECMA-376 part 1, 19.3.1.36)."""
    node = next(shape.iter(f"{P}ph"), None)
    return None if node is None else node.get("type") or ""


def _is_title(shape: etree._Element) -> bool:
    return _placeholder(shape) in {"title", "ctrTitle"}
