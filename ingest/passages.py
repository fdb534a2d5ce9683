"""Cuts a reading into passages: what is searched, embedded and cited.

A passage follows the structure that the reader saw and is about `target` characters long. Small neighbours of one
unit (page, section, mail part, slide) are put together, long ones broken at sentence ends. Passage and context
together always fit the embedding model's window.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from casefile.locators import (
    BlockLocator,
    CellsLocator,
    LinesLocator,
    Locator,
    MailPartLocator,
    PageLocator,
    SlideLocator,
)
from casefile.records import Cell
from ingest.breaking import Bounds, Measure, break_up
from ingest.passage_context import DocumentContext, document_context, heading_pieces, join_context, tidy
from ingest.piece_count import MODEL_WINDOW, count_pieces
from ingest.readers.lines import LineNumbers
from ingest.reading import Block, BlockKind, Reading

_HEADINGS: frozenset[BlockKind] = frozenset({"title", "heading"})
_ROWS: frozenset[BlockKind] = frozenset({"row", "header_row"})
_ROW_FACTOR = 3
"""A row is kept whole up to this many times the target: half a row has lost what its columns say."""
_MOST_CACHED = 1_000
_HEADING_CHARACTERS = 150
"""What a heading may add to a passage beyond the target."""


@dataclass(frozen=True, slots=True)
class CutPassage:
    """A passage of a reading: `text[start:end]`, without blank space around it.

    `kind` is that of its first block that is no heading. `cells` of a row keep their offsets into the text.
    """

    start: int
    end: int
    kind: BlockKind
    context: str
    locator: Locator
    cells: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True)
class _Atom:
    """The smallest stretch that is moved as a whole: a block, or a sentence of a long one."""

    start: int
    end: int
    pieces: int
    block: Block

    @property
    def is_heading(self) -> bool:
        return self.block.kind in _HEADINGS


@dataclass(slots=True)
class _Group:
    """Neighbouring blocks that may share a passage, and the headings above them."""

    container: tuple[object, ...]
    trail: tuple[str, ...]
    path: tuple[str, ...] | None = None
    label: str = ""
    blocks: list[Block] = field(default_factory=list)

    @property
    def has_body(self) -> bool:
        return any(block.kind not in _HEADINGS for block in self.blocks[-1:])


def cut(
    reading: Reading,
    target: int = 500,
    *,
    measure: Measure = count_pieces,
    window: int = MODEL_WINDOW,
) -> tuple[CutPassage, ...]:
    """Cut the text of `reading` into passages.

    Args:
        reading: text and blocks. Text that no block covers is cut too, with lines for its place.
        target: length aimed at, in code points; headings and rows may exceed it.
        measure: counts the embedding model's tokens of a text, without special tokens.
        window: most tokens of a passage and its context together.

    Returns:
        Passages in text order; every non-blank character of the text is in exactly one.
    """
    return tuple(_Cutter(reading, target, measure, window).passages())


class _Cutter:
    """The state of cutting one reading."""

    def __init__(self, reading: Reading, target: int, measure: Measure, window: int) -> None:
        self._text = reading.text
        self._reading = reading
        self._target = max(1, target)
        self._measure = measure
        self._window = window
        self._document: DocumentContext = document_context(reading)
        self._lines: LineNumbers | None = None
        self._budgets: dict[tuple[str, ...], int] = {}
        self._counts: dict[str, int] = {}

    def passages(self) -> Iterator[CutPassage]:
        for group in self._groups():
            budget = self._window - self._context_pieces(group, group.blocks[-1])
            if group.blocks[0].kind in _ROWS:
                yield from self._row(group, budget)
            else:
                for run in self._runs(group, budget):
                    yield from self._packed(group, run, budget)

    # What stands together

    def _groups(self) -> Iterator[_Group]:
        headings = _Trail()
        group: _Group | None = None
        for block in self._whole_blocks():
            container = _container(block.locator)
            is_heading = block.kind in _HEADINGS
            if group is not None and not _joins(group, block, container):
                yield group
                group = None
            headings.enter(container)
            if is_heading:
                headings.add(tidy(self._text[block.locator.start : block.locator.end]))
            else:
                headings.close()
            if group is None:
                group = _Group(container, headings.above())
            if not is_heading or not group.blocks:
                group.label = block.context
            group.trail = headings.above()
            if isinstance(block.locator, BlockLocator) and not is_heading:
                group.path = block.locator.headings
            group.blocks.append(block)
        if group is not None:
            yield group

    def _whole_blocks(self) -> Iterator[Block]:
        """The blocks in text order, trimmed, none overlapping another, what lies between them as lines."""
        position = 0
        for block in sorted(self._reading.blocks, key=lambda block: block.locator.start):
            start = max(block.locator.start, position)
            end = min(block.locator.end, len(self._text))
            if end <= start:
                continue
            yield from self._between(position, start)
            yield from self._trimmed(block, start, end)
            position = end
        yield from self._between(position, len(self._text))

    def _between(self, start: int, end: int) -> Iterator[Block]:
        if start < end and self._text[start:end].strip():
            yield from self._trimmed(Block("lines", LinesLocator(1, 1, 0, len(self._text))), start, end)

    def _trimmed(self, block: Block, start: int, end: int) -> Iterator[Block]:
        stretch = self._text[start:end]
        first = start + len(stretch) - len(stretch.lstrip())
        last = start + len(stretch.rstrip())
        if first < last:
            yield replace(block, locator=self._located(block.locator, block.locator, first, last))

    # Packing

    def _runs(self, group: _Group, budget: int) -> Iterator[list[_Atom]]:
        """Small blocks in one run; a long one by itself, broken, with the headings that stand before it."""
        run: list[_Atom] = []
        bounds = Bounds(self._target, budget, self._measure)
        for block in group.blocks:
            start, end = block.locator.start, block.locator.end
            piece = self._text[start:end]
            pieces = self._measure(piece) if len(piece) <= self._target else budget + 1
            if pieces <= budget:
                run.append(_Atom(start, end, pieces, block))
                continue
            headings: list[_Atom] = []
            while run and run[-1].is_heading:
                headings.insert(0, run.pop())
            if run:
                yield run
            broken = [
                _Atom(first, last, self._measure(self._text[first:last]), block)
                for first, last in break_up(self._text, start, end, bounds)
            ]
            yield [*headings, *broken]
            run = []
        if run:
            yield run

    def _packed(self, group: _Group, run: list[_Atom], budget: int) -> Iterator[CutPassage]:
        first = 0
        while first < len(run):
            last = self._last_atom(run, first, budget)
            yield self._passage(group, run[first : last + 1])
            first = last + 1

    def _last_atom(self, run: list[_Atom], first: int, budget: int) -> int:
        """Choose the passage's last atom so that those that remain come out of about equal length."""
        remaining = run[-1].end - run[first].start
        goal = remaining / -(-remaining // self._target)
        pieces = run[first].pieces
        body = next((atom for atom in run[first:] if not atom.is_heading), run[first])
        spare = min(_HEADING_CHARACTERS, body.start - run[first].start)
        last = first
        for position in range(first + 1, len(run)):
            length, longer = run[last].end - run[first].start, run[position].end - run[first].start
            pieces += run[position].pieces
            too_long = longer > self._target + spare or pieces > budget
            if too_long or ((length + longer) / 2 > goal + spare and not run[last].is_heading):
                break
            last = position
        else:
            return last
        while last > first and run[last].is_heading:
            last -= 1
        return last

    def _row(self, group: _Group, budget: int) -> Iterator[CutPassage]:
        for block in group.blocks:
            start, end = block.locator.start, block.locator.end
            piece = self._text[start:end]
            short = len(piece) <= budget and piece.isascii()  # no token is shorter than a character
            bounds = Bounds(self._target * _ROW_FACTOR, budget, self._measure)
            if short or bounds.admit(piece):
                yield self._passage(group, [_Atom(start, end, 0, block)])
                continue
            bounds = Bounds(self._target, budget, self._measure)
            parts = [_Atom(first, last, 0, block) for first, last in break_up(self._text, start, end, bounds)]
            parts = _joined(parts, self._text, bounds)
            for number, atom in enumerate(parts):
                low = 0 if number == 0 else atom.start
                high = parts[number + 1].start if number + 1 < len(parts) else len(self._text) + 1
                cells = tuple(cell for cell in block.cells if low <= cell.start < high)
                yield replace(self._passage(group, [atom]), cells=cells)

    # What a passage says of itself

    def _passage(self, group: _Group, atoms: list[_Atom]) -> CutPassage:
        start, end = atoms[0].start, atoms[-1].end
        block = next((atom.block for atom in atoms if not atom.is_heading), atoms[0].block)
        locator = self._located(atoms[0].block.locator, block.locator, start, end)
        most = self._context_pieces(group, block)
        context = join_context(self._context(group, block), self._text[start:end], self._count_context, most)
        return CutPassage(start, end, block.kind, context, locator, block.cells)

    def _context(self, group: _Group, block: Block) -> tuple[str, ...]:
        headings = group.path or group.trail
        document = self._document
        mail = ("", "") if block.kind == "mail_headers" else (document.sender, document.day)
        return (document.title, *mail, *heading_pieces(headings), tidy(group.label))

    def _context_pieces(self, group: _Group, block: Block) -> int:
        """The tokens set aside for the context of this group's passages: at most a third of the window."""
        pieces = self._context(group, block)
        if pieces not in self._budgets:
            _bounded(self._budgets)
            full = join_context(pieces, "", self._count_context, self._window // 3)
            self._budgets[pieces] = self._count_context(full) if full else 0
        return self._budgets[pieces]

    def _count_context(self, context: str) -> int:
        if context not in self._counts:
            _bounded(self._counts)
            self._counts[context] = self._measure(context)
        return self._counts[context]

    def _located(self, first: Locator, body: Locator, start: int, end: int) -> Locator:
        """The place of `text[start:end]`, that begins in the block at `first` and whose body is that at `body`."""
        if isinstance(first, LinesLocator):
            if self._lines is None:
                self._lines = LineNumbers(self._text)
            before = first.first_line - self._lines.at(first.start)
            return LinesLocator(self._lines.at(start) + before, self._lines.at(end - 1) + before, start, end)
        if isinstance(first, PageLocator):
            return PageLocator(first.page, start, end)
        if isinstance(first, BlockLocator) and isinstance(body, BlockLocator):
            return replace(first, headings=body.headings, start=start, end=end)
        return replace(first, start=start, end=end)


class _Trail:
    """The headings above the place that has been reached, for locators that do not carry them."""

    def __init__(self) -> None:
        self._stack: list[tuple[int, str]] = []
        self._open = False
        self._scope: tuple[object, ...] = ()

    def enter(self, container: tuple[object, ...]) -> None:
        """A heading holds to the end of its mail part, slide or sheet; over the pages of a document it goes on."""
        scope = container[:1] if container[0] == "page" else container
        if scope != self._scope:
            self._stack.clear()
            self._scope = scope

    def add(self, heading: str) -> None:
        """Put a heading under those it belongs to: by its number signs (Markdown), else under one just before it."""
        signs = len(heading) - len(heading.lstrip("#"))
        if signs:
            self._stack = [(level, text) for level, text in self._stack if level < signs]
        elif not self._open:
            self._stack.clear()
        level = signs or (self._stack[-1][0] + 1 if self._stack else 1)
        self._stack.append((level, heading.lstrip("# ")))
        self._open = True

    def close(self) -> None:
        """Body text follows: the next heading without signs begins a new section."""
        self._open = False

    def above(self) -> tuple[str, ...]:
        """The headings from the outermost to the nearest."""
        return tuple(text for _, text in self._stack)


def _bounded(cache: dict[Any, int]) -> None:
    """Keep a cache small: every row of a hostile sheet may have a context of its own."""
    if len(cache) > _MOST_CACHED:
        cache.clear()


def _container(locator: Locator) -> tuple[object, ...]:
    """What a passage never leaves: a page, mail part, slide, sheet, or the document itself."""
    if isinstance(locator, PageLocator):
        return ("page", locator.page)
    if isinstance(locator, MailPartLocator):
        return ("mail_part", locator.part)
    if isinstance(locator, SlideLocator):
        return ("slide", locator.slide, locator.notes)
    if isinstance(locator, CellsLocator):
        return ("cells", locator.sheet)
    return (locator.kind,)


def _joins(group: _Group, block: Block, container: tuple[object, ...]) -> bool:
    """Tell whether `block` may stand in one passage with the group before it."""
    if container != group.container or block.kind in _ROWS or group.blocks[-1].kind in _ROWS:
        return False
    if not group.has_body:
        return True
    if block.kind in _HEADINGS or block.context != group.label or block.kind == "mail_headers":
        return False
    return group.path is None or (isinstance(block.locator, BlockLocator) and block.locator.headings == group.path)


def _joined(parts: list[_Atom], text: str, bounds: Bounds) -> list[_Atom]:
    """Put neighbouring pieces of a broken row together again as far as the bounds allow."""
    joined: list[_Atom] = []
    for part in parts:
        if joined and bounds.admit(text[joined[-1].start : part.end]):
            joined[-1] = replace(joined[-1], end=part.end)
        else:
            joined.append(part)
    return joined
