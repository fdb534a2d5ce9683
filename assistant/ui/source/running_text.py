"""The views of mails, flowing documents, slides and text files: a window of the text around the quote, under labels."""

import re
from collections.abc import Iterable
from dataclasses import replace

from assistant.places import line_breaks
from assistant.ui.source.records import (
    BlockView,
    Header,
    Highlight,
    Line,
    LinesView,
    MailHeader,
    MailView,
    Section,
    SlideView,
    Stretch,
    Window,
)
from assistant.ui.source.stood import Stood
from assistant.ui.source.stretches import WINDOW_CHARACTERS, lit, window_of
from casefile.case import Case
from casefile.locators import BlockLocator, LinesLocator, Locator, MailPartLocator, SlideLocator
from casefile.records import Passage

MOST_PASSAGES = 2_000
"""Labels are looked for in so many passages of a window."""
MOST_LINES = 1_500
MOST_HEADERS = 200
_HEADER_PASSAGES = 400
_LINES_BEFORE = 200
"""Most lines shown before a quote."""
_LINE_END = re.compile(r"\r\n|\n|\r")


def block_view(case: Case, header: Header, stood: Stood, at: int | None) -> BlockView:
    """A flowing document."""
    window = window_of(stood.text, stood.start, at)
    return BlockView(header, _cut(stood.highlight, window), _sections(case, stood, window), window)


def slide_view(case: Case, header: Header, stood: Stood, at: int | None) -> SlideView:
    """Slides."""
    window = window_of(stood.text, stood.start, at)
    return SlideView(header, _cut(stood.highlight, window), _sections(case, stood, window), window)


def mail_view(case: Case, header: Header, stood: Stood, at: int | None) -> MailView:
    """A mail: its headers always, of a long body a window."""
    blocks = _header_blocks(case, stood)
    body_from = max((end for _, end in blocks.values()), default=0)
    letter, transport = (_headers(stood, *blocks[number]) if number in blocks else ((), 0) for number in (1, 2))
    window = window_of(stood.text, max(stood.start, body_from), at, lowest=body_from)
    seen = replace(window, start=0) if stood.end <= body_from else window
    return MailView(
        header=header,
        highlight=_cut(stood.highlight, seen),
        letter=letter[0],
        transport=transport[0],
        more_headers=letter[1] + transport[1],
        sections=_sections(case, stood, window),
        window=window,
    )


def lines_view(case: Case, header: Header, stood: Stood, at: int | None) -> LinesView:
    """A text file with its line numbers."""
    window = window_of(stood.text, stood.start, at)
    if at is None:
        window = _with_few_lines_before(stood, window)
    number = _line_number(case, stood, window.start)
    lines, end = _lines(stood, window, number)
    if end < window.end:
        window = replace(window, end=end, later=end)
    return LinesView(header, _cut(stood.highlight, window), lines, window)


def _cut(highlight: Highlight | None, window: Window) -> Highlight | None:
    """Tell where the quote begins before or goes on beyond what is shown."""
    if highlight is None or not highlight.quote:
        return highlight
    if window.start <= highlight.start and highlight.end <= window.end:
        return highlight
    return replace(highlight, doubts=(*highlight.doubts, "cut"))


def _sections(case: Case, stood: Stood, window: Window) -> tuple[Section, ...]:
    """The window cut where headings, part or slide change."""
    borders: list[tuple[int, str, bool]] = []
    for passage in _passages(case, stood, window):
        label, notes = _label(passage.locator)
        if not borders or (label, notes) != borders[-1][1:]:
            borders.append((max(passage.locator.start, window.start), label, notes))
    if not borders:
        borders = [(window.start, "", False)]
    borders[0] = (window.start, *borders[0][1:])
    ends = [start for start, _, _ in borders[1:]] + [window.end]
    return tuple(
        Section(label, _trimmed(lit(stood.text, start, end, stood.start, stood.end)), notes)
        for (start, label, notes), end in zip(borders, ends, strict=True)
        if stood.text[start:end].strip()
    )


def _trimmed(pieces: tuple[Stretch, ...]) -> tuple[Stretch, ...]:
    """Without the blank lines around, which separate sections; what is lit stays whole."""
    trimmed = list(pieces)
    if trimmed and not trimmed[0].lit:
        trimmed[0] = Stretch(trimmed[0].text.lstrip("\r\n\f"))
    if trimmed and not trimmed[-1].lit:
        trimmed[-1] = Stretch(trimmed[-1].text.rstrip())
    return tuple(piece for piece in trimmed if piece.text)


def _passages(case: Case, stood: Stood, window: Window) -> Iterable[Passage]:
    if stood.passage is None or window.start >= window.end:
        return ()
    catalogue, exhibit_id, version = case.catalogue, stood.exhibit.id, stood.text_sha256
    first_of_all = catalogue.passages_between(exhibit_id, version, 0, 0)
    if not first_of_all:
        return ()
    lowest = first_of_all[0][0].locator.start
    first = catalogue.passage_at(exhibit_id, version, max(window.start, lowest)).ordinal
    last = catalogue.passage_at(exhibit_id, version, max(window.end - 1, lowest)).ordinal
    found = catalogue.passages_between(exhibit_id, version, first, min(last, first + MOST_PASSAGES))
    return [passage for passage, _ in found if passage.locator.end > window.start]


def _label(locator: Locator) -> tuple[str, bool]:
    """What a stretch stands under; only the kinds that have a label within their text."""
    if isinstance(locator, BlockLocator):
        return " > ".join(locator.headings), False
    if isinstance(locator, MailPartLocator):
        return locator.part, False
    if isinstance(locator, SlideLocator):
        return str(locator.slide), locator.notes
    return "", False


def _header_blocks(case: Case, stood: Stood) -> dict[int, tuple[int, int]]:
    """Where the headers stand: 1 the letter's, 2 those of its transport."""
    blocks: dict[int, tuple[int, int]] = {}
    for passage, _ in case.catalogue.passages_between(stood.exhibit.id, stood.text_sha256, 0, _HEADER_PASSAGES):
        locator = passage.locator
        if not isinstance(locator, MailPartLocator) or locator.part != "headers":
            break
        start, end = blocks.get(locator.paragraph, (locator.start, locator.end))
        blocks[locator.paragraph] = (min(start, locator.start), max(end, locator.end))
    return blocks


def _headers(stood: Stood, low: int, high: int) -> tuple[tuple[MailHeader, ...], int]:
    """The headers of a block, one a line, and how many more there are."""
    found: list[MailHeader] = []
    position = low
    for line in stood.text[low:high].split("\n"):
        name, colon, _ = line.partition(": ")
        begin = position + len(name) + len(colon) if colon else position
        pieces = lit(stood.text, begin, position + len(line), stood.start, stood.end)
        if name or pieces:
            found.append(MailHeader(name if colon else "", pieces))
        position += len(line) + 1
    return tuple(found[:MOST_HEADERS]), max(0, len(found) - MOST_HEADERS)


def _line_number(case: Case, stood: Stood, offset: int) -> int:
    """The number of the line that holds an offset."""
    if stood.passage is None:
        return 1 + line_breaks(stood.text[:offset])
    first = case.catalogue.passages_between(stood.exhibit.id, stood.text_sha256, 0, 0)
    if first and offset >= first[0][0].locator.start:
        passage = case.catalogue.passage_at(stood.exhibit.id, stood.text_sha256, offset)
        if isinstance(passage.locator, LinesLocator):
            return passage.locator.first_line + line_breaks(stood.text[passage.locator.start : offset])
    return 1 + line_breaks(stood.text[:offset])


def _with_few_lines_before(stood: Stood, window: Window) -> Window:
    """A window that begins later where very many short lines stand before the quote."""
    ends = [found.end() for found in _LINE_END.finditer(stood.text, window.start, stood.start)]
    if len(ends) <= _LINES_BEFORE:
        return window
    start = ends[-_LINES_BEFORE]
    return replace(window, start=start, earlier=max(0, start - WINDOW_CHARACTERS))


def _lines(stood: Stood, window: Window, number: int) -> tuple[tuple[Line, ...], int]:
    """The lines of a window, and where they end: before its end where there are very many."""
    lines: list[Line] = []
    position = window.start
    begun_before = position > 0 and stood.text[position - 1] not in "\r\n"
    while position < window.end and len(lines) < MOST_LINES:
        found = _LINE_END.search(stood.text, position, window.end)
        end, following = (found.start(), found.end()) if found else (window.end, window.end)
        shown = 0 if begun_before and not lines else number
        lines.append(Line(shown, lit(stood.text, position, end, stood.start, stood.end)))
        number += 1
        position = following
    return tuple(lines), position
