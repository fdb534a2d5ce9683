"""Reads what stands inside an OpenDocument paragraph: runs, notes, annotations, changes, frames (ODF 1.3 part 3)."""

from lxml import etree

from casefile.errors import UntrustedInputError
from ingest.readers.containers import Container
from ingest.readers.docx_line import Line, Note, note_link
from ingest.readers.ooxml_figures import Properties
from ingest.reading import StatedTime

OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
SVG = "{urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0}"
META = "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}"
DC = "{http://purl.org/dc/elements/1.1/}"
XLINK = "{http://www.w3.org/1999/xlink}"
MANIFEST = "{urn:oasis:names:tc:opendocument:xmlns:manifest:1.0}"
MOST_SPACES = 1_000
_PARAGRAPHS = frozenset({f"{TEXT}p", f"{TEXT}h"})


class OdfLineReader:
    """Reads inline content.

    Args:
        hidden_styles: names of character styles that hide their text.
        deletions: what was deleted, by the id of the change, with its heading; taken out when its place is met.
    """

    def __init__(self, hidden_styles: frozenset[str], deletions: dict[str, tuple[str, etree._Element]]) -> None:
        self._hidden_styles = hidden_styles
        self._deletions = deletions

    def read(self, node: etree._Element, line: Line) -> None:
        """Read a paragraph, or anything in it, with the text between its children."""
        line.shown.append(_on_one_line(node.text))
        for child in node:
            if isinstance(child.tag, str):
                self._read_child(child, line)
            line.shown.append(_on_one_line(child.tail))

    def gather(self, container: etree._Element, line: Line) -> None:
        """Read all paragraphs below `container` into one line, with line breaks between them."""
        for node in container:
            if node.tag in _PARAGRAPHS:
                inner = Line(notes=line.notes, boxes=line.boxes)
                self.read(node, inner)
                if inner.text():
                    line.shown.append(f"\n{inner.text()}" if line.shown else inner.text())
            elif node.tag == f"{OFFICE}annotation":
                self._annotation(node, line)
            elif isinstance(node.tag, str) and node.tag.startswith(DRAW):
                self.read_frame(node, line)
            elif isinstance(node.tag, str):
                self.gather(node, line)

    def place_deletion(self, node: etree._Element, line: Line) -> None:
        """Put what was deleted at this place behind the line."""
        heading, region = self._deletions.pop(node.get(f"{TEXT}change-id") or "", ("", None))
        if region is not None:
            self._aside(region, line, heading, "a tracked deletion")

    def left_deletions(self) -> list[Note]:
        """Deletions whose place was not met."""
        line = Line()
        for heading, region in self._deletions.values():
            self._aside(region, line, heading, "a tracked deletion")
        self._deletions.clear()
        return line.notes

    def _read_child(self, node: etree._Element, line: Line) -> None:  # noqa: C901 - a table of cases
        tag = node.tag
        if tag == f"{TEXT}s":
            count = node.get(f"{TEXT}c") or "1"
            line.shown.append(" " * (min(int(count), MOST_SPACES) if count.isdecimal() and len(count) < 9 else 1))
        elif tag == f"{TEXT}tab":
            line.shown.append("\t")
        elif tag == f"{TEXT}line-break":
            line.shown.append("\n")
        elif tag == f"{TEXT}note":
            self._note(node, line)
        elif tag == f"{OFFICE}annotation":
            self._annotation(node, line)
        elif tag == f"{TEXT}change":
            self.place_deletion(node, line)
        elif tag == f"{TEXT}span" and node.get(f"{TEXT}style-name") in self._hidden_styles:
            self._aside_inline(node, line)
        elif tag in {f"{TEXT}hidden-text", f"{TEXT}hidden-paragraph"}:
            hidden = (node.get(f"{TEXT}string-value") or "").strip() or "".join(map(str, node.itertext())).strip()
            if hidden:
                line.notes.append(Note(f"[hidden text: {hidden}]", "hidden text"))
        elif tag == f"{TEXT}a":
            self._link(node, line)
        elif tag.startswith(DRAW):
            self.read_frame(node, line)
        elif tag == f"{TEXT}ruby-text":
            line.shown.append("(")
            self.read(node, line)
            line.shown.append(")")
        else:
            self.read(node, line)

    def _link(self, node: etree._Element, line: Line) -> None:
        before = len(line.shown)
        self.read(node, line)
        note_link(node.get(f"{XLINK}href") or "", "".join(line.shown[before:]), line)

    def _note(self, node: etree._Element, line: Line) -> None:
        citation = node.find(f"{TEXT}note-citation")
        mark = "" if citation is None else "".join(map(str, citation.itertext())).strip()
        body = node.find(f"{TEXT}note-body")
        kind = node.get(f"{TEXT}note-class") or "note"
        if body is not None:
            self._aside(body, line, f"{kind} {mark}".strip(), "")

    def _annotation(self, node: etree._Element, line: Line) -> None:
        self._aside(node, line, f"comment{credit(node)}", "a comment")

    def _aside(self, container: etree._Element, line: Line, heading: str, hidden: str) -> None:
        inner = Line(notes=[], boxes=line.boxes)
        self.gather(container, inner)
        if inner.text():
            line.notes.append(Note(f"[{heading}: {inner.text()}]", hidden))
        line.notes.extend(inner.notes)

    def _aside_inline(self, node: etree._Element, line: Line) -> None:
        inner = Line(notes=line.notes, boxes=line.boxes)
        self.read(node, inner)
        if inner.text():
            line.notes.append(Note(f"[hidden text: {inner.text()}]", "hidden text"))

    def read_frame(self, node: etree._Element, line: Line) -> None:
        """Text boxes come after the paragraph; titles and descriptions of pictures are put in brackets."""
        if node.tag == f"{DRAW}text-box":
            line.boxes.append(node)
            return
        if node.tag == f"{DRAW}object":
            line.figures.append(node)
        for child in node:
            if child.tag in {f"{SVG}title", f"{SVG}desc"}:
                text = (child.text or "").strip()
                if text:
                    line.notes.append(Note(f"[picture: {text}]"))
            elif child.tag in _PARAGRAPHS or child.tag == f"{TEXT}list":
                inner = Line(notes=line.notes, boxes=line.boxes)
                self.gather(node, inner)
                if inner.text():
                    line.notes.append(Note(f"[drawing: {inner.text()}]"))
                return
            elif isinstance(child.tag, str) and child.tag.startswith(DRAW):
                self.read_frame(child, line)


def credit(node: etree._Element) -> str:
    """Who made an annotation or change, and when."""
    author = (node.findtext(f"{DC}creator") or "").strip()
    date = (node.findtext(f"{DC}date") or "").strip()
    return (f" by {author}" if author else "") + (f", {date}" if date else "")


def refuse_encrypted(container: Container) -> None:
    """Raise `encrypted` where the manifest says that members are (ODF 1.3 part 2, 3.4)."""
    manifest = container.find("META-INF/manifest.xml")
    if manifest is not None and b"encryption-data" in container.read(manifest):
        raise UntrustedInputError("encrypted", "The document is encrypted; ask for its password.")


def odf_properties(container: Container) -> Properties:
    """What `meta.xml` says. Raises `UntrustedInputError` where it is damaged."""
    root = container.xml("meta.xml")
    if root is None:
        return Properties()

    def text_of(name: str) -> str:
        found = next(root.iter(name), None)
        return "" if found is None else (found.text or "").strip()

    times = (
        StatedTime(text_of(f"{META}creation-date"), "created"),
        StatedTime(text_of(f"{DC}date"), "modified"),
        StatedTime(text_of(f"{META}print-date"), "printed"),
    )
    creator = text_of(f"{META}initial-creator") or text_of(f"{DC}creator")
    return Properties(text_of(f"{DC}title"), creator, tuple(time for time in times if time.raw))


def _on_one_line(text: str | None) -> str:
    """Text of the XML itself: white space counts once (ODF 1.3 part 3, 6.1.2)."""
    if not text:
        return ""
    joined = " ".join(text.split())
    lead = " " if text[0].isspace() else ""
    trail = " " if text[-1].isspace() and joined else ""
    return f"{lead}{joined}{trail}"
