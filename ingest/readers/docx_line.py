"""Reads what stands inside a Word paragraph: runs, fields, changes, form fields, notes, pictures, formulas."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from lxml import etree

from ingest.readers.containers import Relationship, local_name
from ingest.readers.docx_numbering import W, value_of, whole
from ingest.readers.docx_styles import Styles, is_hidden

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
TEXT_TAGS = (f"{W}t", f"{W}delText", f"{M}t", f"{A}t")

LOOK_BACK = 50
"""Pieces and notes of a line that are searched for a repetition: all of them would take quadratic time."""

_CHECKED, _UNCHECKED = "\N{BALLOT BOX WITH X}", "\N{BALLOT BOX}"
# Wingdings places its boxes and marks here ([MS-OI29500] maps symbol fonts to U+F000..U+F0FF)
_SYMBOLS = {0xFE: "\N{BALLOT BOX WITH CHECK}", 0xFD: _CHECKED, 0xA8: _UNCHECKED, 0x6F: _UNCHECKED, 0xFC: "✓", 0xFB: "✗"}
_LINK_FIELD = re.compile(r'\s*HYPERLINK\s+"([^"]{1,4000})"', re.IGNORECASE)
_PLAIN_FIELDS = frozenset(
    {
        "advance", "author", "bibliography", "citation", "comments", "createdate", "date", "docproperty",
        "doctitle", "edittime", "eq", "filename", "fillin", "formcheckbox", "formdropdown", "formtext",
        "formula", "goto", "hyperlink", "if", "index", "info", "keywords", "lastsavedby", "listnum",
        "macrobutton", "mergefield", "mergerec", "mergeseq", "next", "noteref", "numchars", "numpages",
        "numwords", "page", "pageref", "print", "printdate", "ref", "revnum", "savedate", "section",
        "sectionpages", "seq", "set", "shape", "skipif", "styleref", "subject", "symbol", "ta", "tc",
        "template", "time", "title", "toa", "toc", "username", "xe", "addin", "ask",
    }
)  # fmt: skip


@dataclass(slots=True)
class Note:
    """Something that belongs to a paragraph but stands after it, in brackets; `hidden` from a reader's eye or not."""

    text: str
    hidden: str = ""


@dataclass(slots=True)
class Line:
    """What one paragraph, cell or note holds: what is shown, what comes after it, and text boxes anchored in it."""

    shown: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    boxes: list[etree._Element] = field(default_factory=list)
    figures: list[etree._Element] = field(default_factory=list)

    def text(self) -> str:
        """What is shown, without blanks around it."""
        return "".join(self.shown).strip()


class LineReader:
    """Reads inline content. Remembers which text nodes it has read, and which fields are open.

    Args:
        styles: of the document.
        cite: called with `footnote`, `endnote` or `comment`, an id and the line that refers to it.
    """

    def __init__(self, styles: Styles, cite: Callable[[str, str, Line], None]) -> None:
        self._styles = styles
        self._cite = cite
        self._fields: list[list[str]] = []
        self.links: dict[str, Relationship] = {}
        self.read_nodes: set[etree._Element] = set()
        self.read_strings: set[str] = set()
        self._handlers: dict[str, Callable[[etree._Element, Line], None]] = {
            f"{W}r": self._run,
            f"{W}t": self._text,
            f"{M}t": self._text,
            f"{A}t": self._text,
            f"{W}delText": self._text,
            f"{W}tab": lambda _node, line: line.shown.append("\t"),
            f"{W}ptab": lambda _node, line: line.shown.append("\t"),
            f"{W}br": lambda _node, line: line.shown.append("\n"),
            f"{W}cr": lambda _node, line: line.shown.append("\n"),
            f"{W}noBreakHyphen": lambda _node, line: line.shown.append("-"),
            f"{W}sym": self._symbol,
            f"{W}del": self._deletion,
            f"{W}moveFrom": self._deletion,
            f"{W}hyperlink": self._hyperlink,
            f"{W}fldChar": self._field_mark,
            f"{W}fldSimple": self._simple_field,
            f"{W}instrText": self._instruction,
            f"{W}delInstrText": self._ignore,
            f"{W}footnoteReference": lambda node, line: self._refer("footnote", node, line),
            f"{W}endnoteReference": lambda node, line: self._refer("endnote", node, line),
            f"{W}commentReference": lambda node, line: self._refer("comment", node, line),
            f"{W}txbxContent": lambda node, line: line.boxes.append(node),
            f"{MC}AlternateContent": self._alternate,
            f"{A}p": self._shape_paragraph,
            f"{W}pPr": self._ignore,
            f"{W}rPr": self._ignore,
            f"{W}sdtPr": self._ignore,
            f"{W}rt": self._ruby,
        }

    def read(self, node: etree._Element, line: Line) -> None:
        """Read the children of `node` into `line`."""
        for child in node:
            self.read_one(child, line)

    def read_one(self, node: etree._Element, line: Line) -> None:
        """Read one run, change, field or the like into `line`."""
        tag = node.tag
        handler = self._handlers.get(tag) if isinstance(tag, str) else None
        if handler is not None:
            handler(node, line)
        else:
            self._other(node, line)

    def choose(self, node: etree._Element) -> etree._Element | None:
        """Of alternatives for newer and older programs the first; what the others repeat counts as read."""
        choices = [*node.iterchildren(f"{MC}Choice"), *node.iterchildren(f"{MC}Fallback")]
        if not choices:
            return None
        same = {(text.text or "").strip() for text in choices[0].iter(*TEXT_TAGS)}
        for other in choices[1:]:
            for text in other.iter(*TEXT_TAGS):
                if (text.text or "").strip() in same:
                    self.read_nodes.add(text)
        return choices[0]

    def mark_read(self, node: etree._Element) -> None:
        """Remember that a text node has been read."""
        self.read_nodes.add(node)
        self.read_strings.add((node.text or "").strip())

    def unread(self, root: etree._Element) -> list[str]:
        """The texts below `root` that nothing has read so far; they count as read afterwards."""
        left: list[str] = []
        for node in root.iter(*TEXT_TAGS):
            if node not in self.read_nodes:
                text = (node.text or "").strip()
                if text and text not in self.read_strings:
                    left.append(text)
                self.mark_read(node)
        return left

    def _ignore(self, _node: etree._Element, _line: Line) -> None:
        """Properties hold no text; what they hold by mistake is found by `unread`."""

    def _text(self, node: etree._Element, line: Line) -> None:
        self.mark_read(node)
        line.shown.append(node.text or "")

    def _run(self, node: etree._Element, line: Line) -> None:
        properties = node.find(f"{W}rPr")
        if properties is None or not (is_hidden(properties) or self._styles.get(value_of(properties, "rStyle")).hidden):
            self.read(node, line)
            return
        self._aside(node, line, "hidden text", "hidden text")

    def _deletion(self, node: etree._Element, line: Line) -> None:
        moved = local_name(node) == "moveFrom"
        self._aside(node, line, f"{'moved away' if moved else 'deleted'}{credit(node)}", "a tracked deletion")

    def _aside(self, node: etree._Element, line: Line, heading: str, hidden: str) -> None:
        """Read `node` apart from the line, and put its text after the paragraph in brackets."""
        aside = Line()
        self.read(node, aside)
        if aside.text():
            line.notes.append(Note(f"[{heading}: {aside.text()}]", hidden))
        line.notes.extend(aside.notes)
        line.boxes.extend(aside.boxes)
        line.figures.extend(aside.figures)

    def _symbol(self, node: etree._Element, line: Line) -> None:
        code = node.get(f"{W}char") or ""
        try:
            number = int(code, 16) if len(code) <= 6 else 0
        except ValueError:
            return
        if number in _SYMBOLS or number - 0xF000 in _SYMBOLS:
            line.shown.append(_SYMBOLS[number & 0xFF])
        elif 0x20 <= number < 0xD800 or 0xE000 <= number < 0x110000:
            line.shown.append(chr(number))

    def _hyperlink(self, node: etree._Element, line: Line) -> None:
        before = len(line.shown)
        self.read(node, line)
        link = self.links.get(node.get(f"{R}id") or "")
        if link is not None and link.external:
            note_link(link.target, "".join(line.shown[before:]), line)

    def _refer(self, kind: str, node: etree._Element, line: Line) -> None:
        self._cite(kind, node.get(f"{W}id") or "", line)

    def _ruby(self, node: etree._Element, line: Line) -> None:
        line.shown.append("(")
        self.read(node, line)
        line.shown.append(")")

    def _shape_paragraph(self, node: etree._Element, line: Line) -> None:
        self.read(node, line)
        line.shown.append("\n")

    def _alternate(self, node: etree._Element, line: Line) -> None:
        chosen = self.choose(node)
        if chosen is not None:
            self.read(chosen, line)

    def _other(self, node: etree._Element, line: Line) -> None:
        name = local_name(node)
        if name in {"docPr", "cNvPr", "shape", "rect", "textpath"}:
            _alternative_text(node, line)
        elif name == "checkBox":
            state = value_of(node, "checked") if node.find(f"{W}checked") is not None else value_of(node, "default")
            ticked = node.find(f"{W}checked") is not None and state is None
            line.shown.append(_CHECKED if ticked or state in {"1", "true", "on"} else _UNCHECKED)
        elif name == "ddList":
            entries = [entry.get(f"{W}val") or "" for entry in node.iterchildren(f"{W}listEntry")]
            chosen = whole(value_of(node, "result") or value_of(node, "default"), 0)
            line.shown.append(entries[chosen] if 0 <= chosen < len(entries) else "")
        elif name in {"chart", "relIds"} and any(key.startswith(R) for key in map(str, node.attrib)):
            line.figures.append(node)
        elif name in {"hlinkClick", "imagedata"}:
            link = self.links.get(node.get(f"{R}id") or node.get(f"{R}href") or "")
            if link is not None and link.external:
                note_link(link.target, "", line)
        self.read(node, line)

    def _simple_field(self, node: etree._Element, line: Line) -> None:
        before = len(line.shown)
        self.read(node, line)
        _note_field(node.get(f"{W}instr") or "", "".join(line.shown[before:]), line)

    def _field_mark(self, node: etree._Element, line: Line) -> None:
        kind = node.get(f"{W}fldCharType")
        if kind == "begin":
            self._fields.append([])
            self.read(node, line)
        elif kind == "end" and self._fields:
            _note_field("".join(self._fields.pop()), "".join(line.shown[-LOOK_BACK:]), line)

    def _instruction(self, node: etree._Element, _line: Line) -> None:
        if self._fields:
            self._fields[-1].append(node.text or "")


def credit(node: etree._Element) -> str:
    """Who made a change or comment, and when, as the file states it."""
    author = (node.get(f"{W}author") or "").strip()
    date = (node.get(f"{W}date") or "").strip()
    return (f" by {author}" if author else "") + (f", {date}" if date else "")


def note_link(target: str, shown: str, line: Line) -> None:
    """Put a link's target after the paragraph where the shown text does not tell it."""
    target = target.strip()
    if target and not target.startswith("#") and target.removeprefix("mailto:") not in shown:
        text = f"[link: {target}]"
        if all(note.text != text for note in line.notes[-LOOK_BACK:]):
            line.notes.append(Note(text))


def _note_field(instruction: str, shown: str, line: Line) -> None:
    match = _LINK_FIELD.match(instruction)
    if match is not None:
        note_link(match[1], shown, line)
        return
    name = instruction.split(maxsplit=1)[0].lower() if instruction.strip() else ""
    if name and name not in _PLAIN_FIELDS and not name.startswith("="):
        line.notes.append(Note(f"[field: {instruction.strip()}]", "a field code"))


def _alternative_text(node: etree._Element, line: Line) -> None:
    for attribute, label in (("descr", "picture"), ("title", "picture"), ("alt", "picture"), ("string", "text art")):
        text = (node.get(attribute) or "").strip()
        note = f"[{label}: {text}]"
        if text and all(known.text != note for known in line.notes[-LOOK_BACK:]):
            line.notes.append(Note(note))
