"""Plain text, Markdown, logs, contact cards, calendars: the text is exactly the decoded characters."""

import re
from collections.abc import Iterator
from typing import Literal

from casefile.errors import UntrustedInputError
from ingest.readers.decoding import decode_stream
from ingest.readers.lines import LINE_END, LineNumbers, line_blocks
from ingest.reading import Block, BlockKind, Reading, Source

LIST_ITEM = re.compile(r"\s{0,12}(?:[-*+•·–]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])\s+\S")  # noqa: RUF001 - dashes that lists use
HEADING = re.compile(r"\s{0,3}#{1,6}\s+\S")
UNDERLINE = re.compile(r"\s{0,3}(?:={3,}|-{3,})\s*$")
FENCE = re.compile(r"\s{0,3}(?:```|~~~)")
TIMESTAMP = re.compile(
    r"[\[(<]?(?:\d{4}-\d\d-\d\d[T ]|\d{1,2}[./]\d{1,2}[./]\d{2,4},? |[A-Z][a-z]{2} [ \d]\d )\d{1,2}:\d\d"
    r"|\[?\d\d:\d\d:\d\d"
)
CARD_START = re.compile(r"BEGIN:(?:VCARD|VEVENT|VTODO|VJOURNAL)\b", re.IGNORECASE)
LOG_SAMPLE_LINES = 200

Style = Literal["prose", "markdown", "log", "cards"]


class PlainTextReader:
    """Text files of any encoding."""

    name = "plain_text"
    version = "1"
    media_types = frozenset({"text/plain", "text/markdown", "text/vcard", "text/calendar"})

    def read(self, source: Source) -> Reading:
        """Read a text; blocks are paragraphs, headings, list items, log entries or cards.

        Raises:
            UntrustedInputError: `empty` where there is nothing but white space.
        """
        decoded = decode_stream(source.stream, source.limits.text_characters)
        if not decoded.text.strip():
            raise UntrustedInputError("empty", "The file holds nothing but white space.")
        blocks = text_blocks(decoded.text, _style(decoded.text, source.media_type))
        return Reading(decoded.text, blocks, decoded.issues())


def text_blocks(text: str, style: Style = "prose") -> tuple[Block, ...]:
    """The structure of a plain text, with `LinesLocator`s.

    Args:
        text: any text; offsets of the blocks point into it.
        style: how its stretches begin and end.
    """
    numbers = LineNumbers(text)
    blocks: list[Block] = []
    for kind, start, end in _stretches(text, style):
        blocks.extend(line_blocks(text, numbers, kind, start, end))
    return tuple(blocks)


def _style(text: str, media_type: str) -> Style:
    if media_type == "text/markdown":
        return "markdown"
    if media_type in {"text/vcard", "text/calendar"}:
        return "cards"
    lines = [line for line in LINE_END.split(text[:100_000])[:LOG_SAMPLE_LINES] if line.strip()]
    stamped = sum(1 for line in lines if TIMESTAMP.match(line))
    return "log" if stamped >= 3 and stamped * 2 >= len(lines) else "prose"


def _lines(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for found in LINE_END.finditer(text):
        yield start, found.start()
        start = found.end()
    if start < len(text):
        yield start, len(text)


def _stretches(text: str, style: Style) -> Iterator[tuple[BlockKind, int, int]]:
    """Cut at blank lines and before lines that begin something; joined, the stretches cover all non-blank text."""
    begins = {"prose": _begins_prose, "markdown": _begins_markdown, "log": _begins_log, "cards": _begins_card}[style]
    kind: BlockKind | None = None
    from_, to = 0, 0
    fenced = False
    for start, end in _lines(text):
        # a line is only looked at as far as its marks can reach
        line = text[start : min(end, start + 200)]
        fence = style == "markdown" and FENCE.match(line) is not None
        if not line.strip() and not text[start:end].strip():
            if kind and not fenced and style != "cards":
                yield kind, from_, to
                kind = None
            continue
        new = None if fenced else begins(line)
        if kind is None or new or (kind == "heading" and not fenced):
            if kind:
                yield kind, from_, to
            kind, from_ = new or ("lines" if style in {"log", "cards"} else "paragraph"), start
        elif style == "markdown" and not fenced and UNDERLINE.match(line) and text.find("\n", from_, to) < 0:
            kind = "heading"
        fenced = fenced != fence
        to = end
    if kind:
        yield kind, from_, to


def _begins_prose(line: str) -> BlockKind | None:
    return "list_item" if LIST_ITEM.match(line) else None


def _begins_markdown(line: str) -> BlockKind | None:
    if HEADING.match(line):
        return "heading"
    if UNDERLINE.match(line):
        return None
    return "list_item" if LIST_ITEM.match(line) else None


def _begins_log(line: str) -> BlockKind | None:
    return "lines" if TIMESTAMP.match(line) else None


def _begins_card(line: str) -> BlockKind | None:
    return "lines" if CARD_START.match(line) else None
