"""Puts a text together block by block, with the offsets of every block and cell, within a bound on its length."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from casefile.locators import Locator
from casefile.records import Cell, CellType, Issue, IssueCategory
from ingest.reading import Block, BlockKind

Place = Callable[[int, int], Locator]
"""Makes a block's locator from its start and end offsets in the text."""

WIDEST_GAP = 64
"""Most tabs in a row for empty columns: a value in column XFD shall not bring 16,383 tabs."""

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def storable(text: str) -> str:
    """`text` with every lone surrogate, which UTF-8 cannot carry, replaced by U+FFFD; equal in length."""
    return text if text.isascii() else _LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)


@dataclass(frozen=True, slots=True)
class Field:
    """A cell before it has a place: its column from 0, type, normal form, and what is shown of it."""

    column: int
    type: CellType
    value: str
    shown: str


class TextBuilder:
    """Collects the text and blocks of one reading.

    Args:
        limit: most code points of text. What comes after is cut, `full` turns true and an issue `too_large` is kept.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pieces: list[str] = []
        self._length = 0
        self._blocks: list[Block] = []
        self._issues: list[Issue] = []
        self._known_issues: set[tuple[IssueCategory, str]] = set()
        self.full = False

    @property
    def text(self) -> str:
        """The text so far."""
        return "".join(self._pieces)

    @property
    def length(self) -> int:
        """Of the text so far, in code points."""
        return self._length

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The blocks so far, in text order."""
        return tuple(self._blocks)

    @property
    def issues(self) -> tuple[Issue, ...]:
        """The issues so far, in the order of their discovery."""
        return tuple(self._issues)

    def report(self, category: IssueCategory, message: str, locator: Locator | None = None) -> None:
        """Keep an issue of reading; the same one without a place is kept once."""
        if locator is None:
            if (category, message) in self._known_issues:
                return
            self._known_issues.add((category, message))
        self._issues.append(Issue("read", category, message, locator))

    def add(
        self,
        kind: BlockKind,
        text: str,
        place: Place,
        *,
        separator: str = "\n",
        context: str = "",
        cells: tuple[Cell, ...] = (),
    ) -> Locator | None:
        """Append a block and return its locator; None where nothing was appended (blank, or no room left).

        `cells` carry offsets into `text`; they are moved to where the block comes to stand.
        """
        if self.full or not text.strip():
            return None
        lead = separator if self._length else ""
        room = self._limit - self._length - len(lead)
        if len(text) > room:
            self._cut()
            text = text[: max(room, 0)]
            if not text.strip():
                return None
        start = self._length + len(lead)
        end = start + len(text)
        locator = place(start, end)
        moved = tuple(
            Cell(cell.column, cell.type, cell.value, start + cell.start, start + cell.end)
            for cell in cells
            if cell.end <= len(text)
        )
        self._pieces.extend((lead, storable(text)))
        self._length = end
        self._blocks.append(Block(kind, locator, context, moved))
        return locator

    def add_row(
        self,
        kind: BlockKind,
        fields: tuple[Field, ...],
        place: Place,
        *,
        separator: str = "\n",
        context: str = "",
    ) -> Locator | None:
        """Append a row: what its fields show, joined by tabs, columns without a field left empty."""
        text, cells = lay_out(fields)
        return self.add(kind, text, place, separator=separator, context=context, cells=cells)

    def _cut(self) -> None:
        self.full = True
        self.report("too_large", f"The text was cut after {self._limit:,} characters; read the original for the rest.")


def lay_out(fields: tuple[Field, ...]) -> tuple[str, tuple[Cell, ...]]:
    """The line of a row, cells joined by tabs, and its cells with offsets into that line."""
    pieces: list[str] = []
    cells: list[Cell] = []
    length = 0
    column = 0
    for number, field in enumerate(fields):
        gap = "\t" * min(field.column - column, WIDEST_GAP) if number or field.column else ""
        shown = storable(field.shown)
        pieces.extend((gap, shown))
        length += len(gap)
        cells.append(Cell(field.column, field.type, storable(field.value), length, length + len(shown)))
        length += len(shown)
        column = field.column
    return "".join(pieces), tuple(cells)
