"""One page of a PDF: its characters in reading order, a box for each word, lines and paragraphs.

PDFium gives text as UTF-16 units, one "character index" each; offsets here are code points. Units that it makes up
(blanks and line ends between pieces of text) are part of the text and of no word.
"""

import ctypes
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt

from casefile.locators import Box
from casefile.records import PageSize, WordBox
from ingest.reading import BlockKind

LINE = re.compile(r"[^\r\n]+")
# U+FFFE is PDFium's mark for a hyphen at a line's end; what follows stands on the next line, so a word ends there.
WORD = re.compile(r"[^\s\ufffe]+\ufffe?|\ufffe")
HYPHEN_MARK = "\ufffe"
REPLACED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
BULLET = re.compile(r"(?:[•·▪◦■□○●‣\-–—*]|\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)])\s")  # noqa: RUF001 - bullets in use
BLOCK_CHARACTERS = 4_000
FAR = 1_000.0
SCALE = 100


@dataclass(frozen=True, slots=True)
class Stretch:
    """A block of a page: `start` and `end` are offsets into the page's text."""

    kind: BlockKind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class PageContent:
    """What stands on a page.

    Attributes:
        text: lines separated by LF; no blank lines; offsets of `stretches` point into it.
        words: offsets already moved by the document offset that was asked for.
        line_tops: of each line, in points from the page's top; empty without boxes.
        line_bottoms: likewise.
    """

    text: str
    stretches: tuple[Stretch, ...]
    words: tuple[WordBox, ...]
    size: PageSize
    line_tops: tuple[float, ...]
    line_bottoms: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Lines:
    """Lines of a page: their text, where they begin in the page's text, and their extent."""

    texts: list[str]
    starts: list[int]
    extents: npt.NDArray[np.float32]


def page_content(page: Any, text_page: Any, number: int, offset: int) -> PageContent:
    """Read a loaded page.

    Args:
        page: an `FPDF_PAGE`.
        text_page: its `FPDF_TEXTPAGE`.
        number: the page's number, from 1.
        offset: where the page's text will stand in the document's text; added to the words' offsets.
    """
    import pypdfium2.raw as pdfium

    width, height = pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page)
    size = PageSize(number, round(width, 2), round(height, 2))
    characters, index = _characters(text_page)
    lines = [_stripped(found) for found in LINE.finditer(characters)]
    lines = [line for line in lines if line[0] < line[1]]
    if not lines:
        return PageContent("", (), (), size, (), ())
    spans = np.array([found.span() for found in WORD.finditer(characters)])
    bounds = np.array(lines)
    # lines lie side by side in the page's text, with one LF between two
    line_starts = np.concatenate(([0], np.cumsum(bounds[:, 1] - bounds[:, 0] + 1)[:-1]))
    first_words = np.searchsorted(spans[:, 0], bounds[:, 0])
    line_of_word = np.searchsorted(bounds[:, 0], spans[:, 0], side="right") - 1
    moved = spans + (line_starts - bounds[:, 0])[line_of_word, None]
    boxes = _boxes(page, text_page, _in_units(spans.tolist(), index), width, height)
    extents = np.concatenate(
        (np.minimum.reduceat(boxes[:, :2], first_words), np.maximum.reduceat(boxes[:, 2:], first_words)), axis=1
    )
    words = tuple(
        WordBox(start, end, number, Box(*box))
        for (start, end), box in zip((moved + offset).tolist(), boxes.tolist(), strict=True)
    )
    texts = REPLACED.sub(_replacement, "\n".join(characters[start:end] for start, end in lines)).split("\n")
    stretches = _paragraphs(_Lines(texts, line_starts.tolist(), extents))
    tops, bottoms = tuple(extents[:, 1].tolist()), tuple(extents[:, 3].tolist())
    return PageContent("\n".join(texts), stretches, words, size, tops, bottoms)


def cut_page(content: PageContent, characters: int, offset: int) -> PageContent:
    """The beginning of a page, `characters` code points long at most.

    Args:
        content: the page.
        characters: the longest text wanted.
        offset: the document offset that the page was read with.
    """
    text = content.text[:characters].rstrip()
    stretches = tuple(
        replace(stretch, end=min(stretch.end, len(text))) for stretch in content.stretches if stretch.start < len(text)
    )
    words = tuple(word for word in content.words if word.end <= offset + len(text))
    return replace(content, text=text, stretches=stretches, words=words)


def _stripped(found: re.Match[str]) -> tuple[int, int]:
    """Start and end of a line without the blanks around it; equal where it is blank."""
    line = found.group()
    left = len(line) - len(line.lstrip())
    return found.start() + left, max(found.start() + left, found.start() + len(line.rstrip()))


def _replacement(found: re.Match[str]) -> str:
    return "-" if found.group() == HYPHEN_MARK else "\ufffd"


def _characters(text_page: Any) -> tuple[str, Sequence[int] | None]:
    """The page's characters, and the unit index of each where that is not its position."""
    import pypdfium2.raw as pdfium

    count = pdfium.FPDFText_CountChars(text_page)
    if count <= 0:
        return "", None
    # the call may write some more units than there are characters
    buffer = (ctypes.c_ushort * (2 * count + 64))()
    written = pdfium.FPDFText_GetText(text_page, 0, count, buffer) - 1
    if written == count:
        text = ctypes.string_at(buffer, 2 * written).decode("utf-16-le", "surrogatepass")
        if len(text) == count:
            return text, None
    return _unit_by_unit([pdfium.FPDFText_GetUnicode(text_page, unit) for unit in range(count)])


def _unit_by_unit(units: list[int]) -> tuple[str, Sequence[int]]:
    characters: list[str] = []
    index: list[int] = []
    skip = False
    for unit, (code, following) in enumerate(pairwise([*units, 0])):
        if skip:
            skip = False
            continue
        if 0xD800 <= code < 0xDC00 <= following < 0xE000:
            code = 0x10000 + ((code - 0xD800) << 10) + (following - 0xDC00)  # noqa: PLW2901 - the pair is one character
            skip = True
        characters.append(chr(code) if code <= 0x10FFFF else "\ufffd")
        index.append(unit)
    return "".join(characters), index


def _in_units(spans: list[list[int]], index: Sequence[int] | None) -> list[tuple[int, int]]:
    """The units of each word's first and last character."""
    if index is None:
        return [(start, end - 1) for start, end in spans]
    return [(index[start], index[end - 1]) for start, end in spans]


def _boxes(
    page: Any,
    text_page: Any,
    spans: list[tuple[int, int]],
    width: float,
    height: float,
) -> npt.NDArray[np.float64]:
    """Boxes `(left, top, right, bottom)`, in points from the top left of the page as displayed.

    A word's box is that around its first and its last character, as tall as its font: two calls a word, where a call
    for each character would take longer than reading the text itself.
    """
    import pypdfium2.raw as pdfium

    call = pdfium.FPDFText_GetLooseCharBox
    corners = (pdfium.FS_RECTF * (2 * len(spans)))()
    at = 0
    for first, last in spans:
        call(text_page, first, corners[at])
        call(text_page, last, corners[at + 1])
        at += 2
    # FS_RECTF is left, top, right, bottom with the y axis upwards
    raw = np.nan_to_num(np.frombuffer(corners, dtype=np.float32).reshape(-1, 2, 4).astype(np.float64))
    left, right = raw[:, :, [0, 2]].min(axis=(1, 2)), raw[:, :, [0, 2]].max(axis=(1, 2))
    low, high = raw[:, :, [1, 3]].min(axis=(1, 2)), raw[:, :, [1, 3]].max(axis=(1, 2))
    return as_displayed(page, np.stack((left, low, right, high), axis=1), width, height)


def as_displayed(page: Any, boxes: npt.NDArray[np.float64], width: float, height: float) -> npt.NDArray[np.float64]:
    """Turn boxes in the page's own coordinates (y upwards) into ones on the page as displayed (y downwards).

    The crop box and the page's rotation are in the transformation that PDFium itself displays with; what lies outside
    the page is moved to its edge.
    """
    matrix = _display_matrix(page, width, height)
    one, other = boxes[:, :2] @ matrix[:, :2].T + matrix[:, 2], boxes[:, 2:] @ matrix[:, :2].T + matrix[:, 2]
    limits = np.array([max(width, 0.0), max(height, 0.0)])
    upper_left = np.clip(np.minimum(one, other), 0.0, limits)
    lower_right = np.clip(np.maximum(one, other), 0.0, limits)
    rounded: npt.NDArray[np.float64] = np.round(np.concatenate((upper_left, lower_right), axis=1), 2)
    return rounded


def _display_matrix(page: Any, width: float, height: float) -> npt.NDArray[np.float64]:
    """The affine map of page coordinates onto the displayed page, from where three points go."""
    import pypdfium2.raw as pdfium

    across, down = ctypes.c_int(), ctypes.c_int()
    size = (max(1, round(width * SCALE)), max(1, round(height * SCALE)))

    def goes_to(x: float, y: float) -> npt.NDArray[np.float64]:
        pdfium.FPDF_PageToDevice(page, 0, 0, *size, 0, x, y, across, down)
        return np.array([across.value / SCALE, down.value / SCALE])

    origin = goes_to(0.0, 0.0)
    return np.stack(((goes_to(FAR, 0.0) - origin) / FAR, (goes_to(0.0, FAR) - origin) / FAR, origin), axis=1)


def _paragraphs(lines: _Lines) -> tuple[Stretch, ...]:
    """Group lines that follow one another closely, in one size, without a new indent or bullet."""
    rows = lines.extents.tolist()
    heights = [max(0.1, row[3] - row[1]) for row in rows]
    steps = [after[3] - before[3] for before, after in pairwise(rows)]
    usual_height = median(heights)
    close = [step for step in steps if 0.2 * usual_height < step < 3 * usual_height]
    leading = median(close) if close else 1.2 * usual_height
    stretches: list[Stretch] = []
    first = 0
    for number in range(1, len(rows) + 1):
        if number < len(rows) and not _begins(lines, rows, heights, leading, number, first):
            continue
        end = lines.starts[number - 1] + len(lines.texts[number - 1])
        kind = _kind(lines.texts[first], end - lines.starts[first], heights[first] / usual_height, number - first)
        stretches.append(Stretch(kind, lines.starts[first], end))
        first = number
    return tuple(stretches)


def _begins(
    lines: _Lines, rows: list[list[float]], heights: list[float], leading: float, number: int, first: int
) -> bool:
    before, after, height = rows[number - 1], rows[number], heights[number - 1]
    step = after[3] - before[3]
    if step > 1.3 * leading or step < -0.5 * height:
        return True
    if abs(heights[number] - height) > 0.25 * height and step > 0.5 * height:
        return True
    if lines.starts[number] - lines.starts[first] > BLOCK_CHARACTERS:
        return True
    if BULLET.match(lines.texts[number]) and step > 0.5 * height:
        return True
    indent = after[0] - before[0]
    ended = lines.texts[number - 1][-1] in '.:;?!”")'
    return ended and height < indent < 8 * height


def _kind(first_line: str, length: int, relative_height: float, lines: int) -> BlockKind:
    if relative_height > 1.15 and length <= 160 and lines <= 3:
        return "heading"
    return "list_item" if BULLET.match(first_line) else "paragraph"
