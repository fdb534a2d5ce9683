"""Walks a parsed web page and gives its text piece by piece, in reading order and without recursion."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from itertools import islice
from typing import Any, Literal

from casefile.errors import UntrustedInputError

BLOCK_TAGS = frozenset(
    {
        *("address", "article", "aside", "blockquote", "body", "button", "caption", "center", "dd"),
        *("details", "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer"),
        *("form", "frameset", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "html", "legend"),
        *("li", "main", "menu", "nav", "noscript", "ol", "optgroup", "option", "p", "pre", "search"),
        *("section", "select", "summary", "table", "tbody", "td", "template", "textarea", "tfoot", "th"),
        *("thead", "title", "tr", "ul"),
    }
)
DROPPED_TAGS = frozenset({"script", "style", "xml"})
"""`xml` is an island of data that Word and Outlook put into pages; no browser shows it."""
HEADING_LEVELS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
CONCEALED_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|font-size\s*:\s*0(?:px|pt|em|rem|%)?\s*(?:;|$|!)"
    r"|opacity\s*:\s*0(?:\.0*)?\s*(?:;|$|!)|mso-hide\s*:\s*all",
    re.IGNORECASE,
)
LINKS = re.compile(r"(?:https?|ftp|mailto|tel|sms|file|javascript):", re.IGNORECASE)
CONDITIONAL = re.compile(r"\s*\[if\b[^\]]{0,200}\]>|\s*<!\[endif\]\s*$|^\s*\[endif\]\s*$", re.IGNORECASE)
TAG = re.compile(r"<[^<>]*>")
LABEL_PIECES = 40
VALUE_INPUTS = frozenset({"checkbox", "radio"})

PieceKind = Literal["text", "break", "open", "close", "cell", "comment", "value"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a page.

    Attributes:
        kind: `text` runs on, `break` ends a paragraph, `open` and `close` bound an element of the block kind in `tag`,
            `cell` ends a cell, `comment` is text of a comment, `value` is what a form control or picture says.
        text: the characters, for `text`, `comment` and `value`.
        tag: the element, for `open` and `close`.
        hidden: not shown by a browser.
        preformatted: blanks and line ends count.
        link: a target that the page does not show.
    """

    kind: PieceKind
    text: str = ""
    tag: str = ""
    hidden: bool = False
    preformatted: bool = False
    link: str = ""


def pieces(root: Any, *, nested: bool = False) -> Iterator[Piece]:
    """All pieces of the tree under `root`, and of the comments before and after it.

    Args:
        root: an lxml element.
        nested: the tree is a page inside another's comment or frame: such things in it are not opened further.
    """
    from lxml import etree

    walk = _Walk(_layout_rows(root), nested=nested)
    for comment in reversed(list(root.itersiblings(preceding=True))):
        yield from walk.comment(comment)
    for event, node in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        if event == "start":
            yield from walk.enter(node)
        elif event == "end":
            yield from walk.leave(node, node is root)
        else:
            if event == "comment":
                yield from walk.comment(node)
            yield from walk.tail(node)
    for comment in root.itersiblings():
        yield from walk.comment(comment)


def parsed(markup: str) -> Any:
    """The tree of a web page, or None where there is no element in it.

    Raises:
        UntrustedInputError: `too_deep` where elements nest further than libxml2 follows (2,048).
    """
    from lxml import etree

    # UTF-8 with the encoding named overrules what the page says of itself, for the text is decoded already
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=True, recover=True)
    try:
        root = etree.fromstring(markup.encode("utf-8"), parser)
    except etree.XMLSyntaxError:
        return None
    if any(entry.type_name == "ERR_NAME_TOO_LONG" or "depth" in entry.message for entry in parser.error_log):
        raise UntrustedInputError("too_deep", "The page's elements are nested too deeply.")
    return root


def flat_pieces(markup: str) -> Iterator[Piece]:
    """The text between the tags, for a page that cannot be parsed; each tag ends a paragraph."""
    at = 0
    dropped = False
    for tag in TAG.finditer(markup):
        if not dropped:
            yield Piece("text", unescape(markup[at : tag.start()]))
            yield Piece("open", tag="div")
            yield Piece("close", tag="div")
        name = tag.group()[1:12].lower()
        dropped = name.startswith(("script", "style")) or (dropped and not name.startswith(("/script", "/style")))
        at = tag.end()
    if not dropped:
        yield Piece("text", unescape(markup[at:]))


def _layout_rows(root: Any) -> set[Any]:
    """Rows that hold another table: they lay a page out and are no rows of data."""
    rows: set[Any] = set()
    for table in root.iter("table"):
        for ancestor in table.iterancestors("tr"):
            if ancestor in rows:
                break
            rows.add(ancestor)
    return rows


class _Walk:
    def __init__(self, layout_rows: set[Any], *, nested: bool) -> None:
        self.nested = nested
        self.layout_rows = layout_rows
        self.dropped = 0
        self.concealed = 0
        self.preformatted = 0
        self.rows: list[bool] = []

    def enter(self, node: Any) -> Iterator[Piece]:
        tag = _tag(node)
        if tag in DROPPED_TAGS:
            self.dropped += 1
        if self.dropped:
            return
        if _conceals(node, tag):
            self.concealed += 1
        if tag in {"pre", "textarea", "listing", "xmp"}:
            self.preformatted += 1
        yield from self._opening(node, tag)
        if node.text:
            yield self._text(node.text)

    def _opening(self, node: Any, tag: str) -> Iterator[Piece]:
        if tag == "tr":
            self.rows.append(node not in self.layout_rows)
            yield Piece("open", tag="row" if self.rows[-1] else "div")
        elif tag in {"td", "th"} and self.rows and self.rows[-1]:
            yield Piece("cell")
        elif tag == "br":
            yield Piece("text", "\n", hidden=bool(self.concealed), preformatted=True)
        elif tag in BLOCK_TAGS:
            yield Piece("break" if self._in_row() else "open", tag=tag)
        yield from self._attributes(node, tag)

    def _attributes(self, node: Any, tag: str) -> Iterator[Piece]:
        """What an element says by its attributes, with where its link goes."""
        said = ""
        hidden = bool(self.concealed)
        if tag == "input":
            kind = (node.get("type") or "text").lower()
            said = _input_text(node, kind)
            hidden = hidden or kind in {"hidden", "password"}
        elif tag in {"img", "area"}:
            said = node.get("alt") or ""
        elif tag == "option":
            said = "\u2612 " if node.get("selected") is not None else "\u2610 "
            said += "" if (node.text or "").strip() else node.get("label") or ""
        elif tag == "iframe" and not self.nested:
            said = _text_of_page(node.get("srcdoc") or "")
        elif tag in {"meter", "progress"} and not (node.text or "").strip():
            said = node.get("value") or ""
        if said.strip():
            yield Piece("value", said, hidden=hidden)
        target = (node.get("href") or "").strip() if tag in {"a", "area"} else ""
        if LINKS.match(target):
            label = "".join(islice(node.itertext(), LABEL_PIECES)) if tag == "a" else ""
            shown = target.partition(":")[2].strip("/")
            if not shown or shown not in label:
                yield Piece("text", link=target[:2000])

    def leave(self, node: Any, last: bool) -> Iterator[Piece]:  # noqa: FBT001 - the walk's own
        tag = _tag(node)
        if tag in DROPPED_TAGS:
            self.dropped -= 1
        elif not self.dropped:
            yield from self._closing(node, tag)
        if not self.dropped and not last:
            yield from self.tail(node)

    def _closing(self, node: Any, tag: str) -> Iterator[Piece]:
        if tag in {"pre", "textarea", "listing", "xmp"}:
            self.preformatted -= 1
        if tag == "tr":
            yield Piece("close", tag="row" if self.rows.pop() else "div")
        elif (tag in BLOCK_TAGS and tag not in {"td", "th"}) or (tag in {"td", "th"} and not self._in_row()):
            yield Piece("break" if self._in_row() else "close", tag=tag)
        if _conceals(node, tag):
            self.concealed -= 1

    def comment(self, node: Any) -> Iterator[Piece]:
        text = node.text if isinstance(node.text, str) else ""
        if self.dropped or self.nested or not text.strip() or node.tag is not _comment_tag():
            return
        if CONDITIONAL.match(text):
            text = _text_of_page(CONDITIONAL.sub("", text))
        if text.strip():
            yield Piece("comment", text, hidden=True)

    def tail(self, node: Any) -> Iterator[Piece]:
        if node.tail and not self.dropped:
            yield self._text(node.tail)

    def _text(self, text: str) -> Piece:
        return Piece("text", text, hidden=bool(self.concealed), preformatted=bool(self.preformatted))

    def _in_row(self) -> bool:
        return bool(self.rows) and self.rows[-1]


def _comment_tag() -> Any:
    from lxml import etree

    return etree.Comment


def _text_of_page(markup: str) -> str:
    """What the page in a frame, or in a comment meant for old programs, would show."""
    try:
        root = parsed(markup)
    except UntrustedInputError:
        return markup
    if root is None:
        return ""
    return " ".join(piece.text for piece in pieces(root, nested=True) if piece.kind in {"text", "value"}).strip()


def _tag(node: Any) -> str:
    tag = node.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def _conceals(node: Any, tag: str) -> bool:
    """Whether a browser shows nothing of this element."""
    if tag in {"template", "datalist"} or node.get("hidden") is not None:
        return tag != "input"
    style = node.get("style")
    return bool(style) and CONCEALED_STYLE.search(style[:2000]) is not None


def _input_text(node: Any, kind: str) -> str:
    value = node.get("value") or ""
    if kind in VALUE_INPUTS:
        mark = "\u2612" if node.get("checked") is not None else "\u2610"
        return f"{mark} {value}" if value and value != "on" else f"{mark} "
    if kind == "image":
        return node.get("alt") or value
    return value
