"""From offsets to a place that a person can open: the locator of a quote inside a passage."""

from collections.abc import Sequence
from dataclasses import replace

from casefile.catalogue import Catalogue
from casefile.locators import Box, CellsLocator, LinesLocator, Locator, MailPartLocator, PageLocator, SlideLocator
from casefile.records import Passage, WordBox

SAME_LINE = 0.5
"""Words whose boxes overlap by this share of their height stand in one line."""


def locate(catalogue: Catalogue, passage: Passage, start: int, end: int) -> Locator:
    """The locator of `text[start:end]`, which begins in `passage` or after it; on a page one box for each line."""
    locator = replace(passage.locator, start=start, end=end)
    if isinstance(locator, PageLocator):
        words = catalogue.word_boxes(passage.exhibit_id, passage.text_sha256, start, end)
        return replace(locator, boxes=line_boxes([word for word in words if word.page == locator.page]))
    if isinstance(locator, LinesLocator):
        text, begin = passage.text, passage.locator.start
        if end > begin + len(text):  # it goes on beyond the passage, or begins between two
            text = catalogue.text(passage.exhibit_id, passage.text_sha256)[begin:end]
        before, inside = text[: start - begin], text[start - begin : end - begin]
        first = locator.first_line + line_breaks(before)
        return replace(locator, first_line=first, last_line=first + line_breaks(inside.rstrip()))
    return locator


def line_breaks(text: str) -> int:
    """Line ends in a text: LF, CR LF and lone CR."""
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def line_boxes(words: Sequence[WordBox]) -> tuple[Box, ...]:
    """Word boxes in text order joined to one box a line, in points."""
    boxes: list[Box] = []
    for word in words:
        if boxes and _in_line(boxes[-1], word.box):
            last = boxes[-1]
            boxes[-1] = Box(
                min(last.left, word.box.left),
                min(last.top, word.box.top),
                max(last.right, word.box.right),
                max(last.bottom, word.box.bottom),
            )
        else:
            boxes.append(word.box)
    return tuple(boxes)


def describe(locator: Locator) -> str:
    """A place in words: `page 3`, `sheet Payments, A14:F14`, `line 7`."""
    if isinstance(locator, PageLocator):
        return f"page {locator.page}"
    if isinstance(locator, CellsLocator):
        return f"sheet {locator.sheet}, {locator.cells}" if locator.sheet else locator.cells
    if isinstance(locator, LinesLocator):
        same = locator.first_line == locator.last_line
        return f"line {locator.first_line}" if same else f"lines {locator.first_line}-{locator.last_line}"
    if isinstance(locator, MailPartLocator):
        return "headers" if locator.part == "headers" else f"{locator.part}, paragraph {locator.paragraph}"
    if isinstance(locator, SlideLocator):
        return f"slide {locator.slide}{', notes' if locator.notes else ''}"
    where = f"paragraph {locator.paragraph}"
    return f"{' > '.join(locator.headings)}, {where}" if locator.headings else where


def _in_line(line: Box, word: Box) -> bool:
    overlap = min(line.bottom, word.bottom) - max(line.top, word.top)
    height = min(line.bottom - line.top, word.bottom - word.top)
    return overlap > SAME_LINE * height and word.left >= line.left - 1
