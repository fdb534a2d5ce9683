"""Puts the pieces of a web page together into text and blocks."""

import re
from dataclasses import dataclass

from casefile.locators import BlockLocator
from casefile.records import Issue
from ingest.readers.html_walk import HEADING_LEVELS, Piece
from ingest.reading import Block, BlockKind

BLANKS = re.compile(r"[ \t\r\n\f\v]+")
LINE_ENDS = re.compile(r"\r\n?")
BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
KINDS: dict[str, BlockKind] = {"title": "title", "li": "list_item", "dt": "list_item", "dd": "list_item", "row": "row"}
CLOSE_KINDS = frozenset({"row", "list_item"})
LINKS_KEPT = 5_000
HIDDEN_PLACES = 100
"""Places reported one by one; the rest are counted in one issue."""
HEADING_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class _Open:
    tag: str
    meaning: str


class HtmlWriter:
    """Collects blocks.

    Args:
        offset: added to all offsets.
        paragraph: the number of the next paragraph.
        headings: the heading path in force at the start; it counts as levels above `h1`.
        most_characters: the longest text kept.
    """

    def __init__(self, offset: int, paragraph: int, headings: tuple[str, ...], most_characters: int) -> None:
        self.offset = offset
        self.paragraph = paragraph
        self.title = ""
        self.blocks: list[Block] = []
        self._most = most_characters
        self._headings: list[tuple[int, str]] = [(0, heading) for heading in headings]
        self._text: list[str] = []
        self._length = 0
        self._tags: list[_Open] = []
        self._cells = 0
        self._buffer: list[str] = []
        self._buffer_hidden = False
        self._pending: list[Piece] = []
        self._links: dict[str, None] = {}
        self._links_dropped = 0
        self._hidden: list[BlockLocator] = []
        self._full = False

    def take(self, piece: Piece) -> bool:
        """Add a piece; False where the text is full."""
        if piece.kind == "open":
            self._flush()
            # the nearest element that says what kind of block its text is, kept so that no flush must look for it
            outer = self._tags[-1].meaning if self._tags else ""
            meaning = piece.tag if piece.tag in KINDS or piece.tag in HEADING_LEVELS else outer
            self._tags.append(_Open(piece.tag, meaning))
            self._cells = 0
        elif piece.kind == "close":
            self._flush()
            if self._tags:
                self._tags.pop()
        elif piece.kind == "break":
            self._append(" ", preformatted=False)
        elif piece.kind == "cell":
            self._next_cell()
        elif piece.kind == "comment" or (piece.kind == "value" and piece.hidden):
            # what is not shown does not tear the sentence that it stands in, and is told apart from it
            self._pending.append(piece)
        else:
            self._say(piece)
        return not self._full

    def close(self) -> None:
        """Write what is left, and the link targets that the page does not show."""
        self._flush()
        for target in self._links:
            self._write(target, "list_item", hidden=False, context="link target")

    def text(self) -> str:
        """The text so far."""
        return "".join(self._text)

    def heading_path(self) -> tuple[str, ...]:
        """The headings that what comes next stands under."""
        return tuple(heading for _, heading in self._headings)

    def issues(self) -> list[Issue]:
        """Where hidden text stands, and whether the text was cut."""
        message = "A browser does not show this text (comment, hidden field or hidden element)."
        found = [Issue("read", "hidden_text", message, place) for place in self._hidden[:HIDDEN_PLACES]]
        more = len(self._hidden) - HIDDEN_PLACES
        if more > 0:
            found.append(Issue("read", "hidden_text", f"{more} further places hold text that a browser does not show."))
        if self._links_dropped:
            message = f"The page links to more than {LINKS_KEPT:,} places; {self._links_dropped:,} were left out."
            found.append(Issue("read", "dropped_text", message))
        if self._full:
            found.append(Issue("read", "too_large", "The text is longer than the limit; its end was cut."))
        return found

    def _say(self, piece: Piece) -> None:
        if piece.link:
            if len(self._links) < LINKS_KEPT:
                self._links[piece.link] = None
            else:
                self._links_dropped += piece.link not in self._links
            return
        if piece.kind == "value":
            self._append(" ", preformatted=False)
        self._append(piece.text, preformatted=piece.preformatted)
        if piece.hidden and piece.text.strip():
            self._buffer_hidden = True
        if piece.kind == "value":
            self._append(" ", preformatted=False)

    def _append(self, text: str, *, preformatted: bool) -> None:
        text = LINE_ENDS.sub("\n", text) if preformatted else BLANKS.sub(" ", text)
        if not preformatted and (not self._buffer or self._buffer[-1][-1:].isspace()):
            text = text.removeprefix(" ")
        if text:
            self._buffer.append(text)

    def _next_cell(self) -> None:
        if self._cells:
            while self._buffer and not self._buffer[-1].strip(" \n"):
                self._buffer.pop()
            if self._buffer:
                self._buffer[-1] = self._buffer[-1].rstrip(" \n")
            self._buffer.append("\t")
        self._cells += 1

    def _flush(self) -> None:
        tag, innermost = (self._tags[-1].meaning, self._tags[-1].tag) if self._tags else ("", "")
        kind: BlockKind = "heading" if tag in HEADING_LEVELS else KINDS.get(tag, "paragraph")
        if kind == "row" and innermost != "row":
            kind = "paragraph"
        text = "".join(self._buffer)
        # empty cells at a row's start keep their tabs, so that columns stay columns
        text = BLANK_LINES.sub("\n\n", text).strip(" \n" if kind == "row" else None)
        hidden = self._buffer_hidden
        self._buffer, self._buffer_hidden = [], False
        if text.strip():
            self._keep(text, kind, tag, hidden=hidden)
        pending, self._pending = self._pending, []
        for piece in pending:
            self._write(BLANKS.sub(" ", piece.text).strip(), "paragraph", hidden=True, context="not shown by a browser")

    def _keep(self, text: str, kind: BlockKind, tag: str, *, hidden: bool) -> None:
        if kind == "title" and not self.title:
            self.title = text[:1000]
        level = HEADING_LEVELS.get(tag, 0)
        if level:
            while self._headings and self._headings[-1][0] >= level:
                self._headings.pop()
        self._write(text, kind, hidden=hidden)
        if level:
            # a heading does not stand under itself
            self._headings.append((level, text[:HEADING_CHARACTERS]))

    def _write(self, text: str, kind: BlockKind, *, hidden: bool, context: str = "") -> None:
        if self._full or not text:
            return
        close = bool(self.blocks) and kind in CLOSE_KINDS and self.blocks[-1].kind == kind
        separator = ("\n" if close else "\n\n") if self.blocks else ""
        room = self._most - self._length - len(separator)
        if len(text) > room:
            self._full = True
            text = text[: max(0, room)].rstrip()
            if not text.strip():
                return
        self._text.extend((separator, text))
        start = self.offset + self._length + len(separator)
        self._length += len(separator) + len(text)
        place = BlockLocator(self.paragraph, start, start + len(text), self.heading_path())
        self.paragraph += 1
        self.blocks.append(Block(kind, place, context))
        if hidden:
            self._hidden.append(place)
