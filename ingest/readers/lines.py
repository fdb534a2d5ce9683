"""From stretches of a text to blocks with line numbers."""

import re
from array import array
from bisect import bisect_right

from casefile.locators import LinesLocator
from ingest.reading import Block, BlockKind

LINE_END = re.compile(r"\r\n|\n|\r")
BLOCK_CHARACTERS = 4_000
"""A stretch longer than this is cut, at a line end or a blank where there is one, so that no block is unbounded."""


class LineNumbers:
    """Line numbers by offset; lines end with LF, CR LF or CR, and nothing else."""

    def __init__(self, text: str) -> None:
        self.starts = array("q", [0])
        self.starts.extend(found.end() for found in LINE_END.finditer(text))

    def at(self, offset: int) -> int:
        """The number, from 1, of the line that holds the character at `offset`."""
        return bisect_right(self.starts, offset)

    def locator(self, start: int, end: int) -> LinesLocator:
        """The locator of `text[start:end]`, which must not be empty."""
        return LinesLocator(self.at(start), self.at(end - 1), start, end)


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """`start` and `end` without the white space around; equal where there is nothing else."""
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    return start + left, max(start + left, start + len(piece.rstrip()))


def line_blocks(
    text: str, numbers: LineNumbers, kind: BlockKind, start: int, end: int, context: str = ""
) -> list[Block]:
    """The blocks of `text[start:end]`: none if it is blank, several if it is longer than `BLOCK_CHARACTERS`."""
    blocks: list[Block] = []
    while start < end:
        cut = end if end - start <= BLOCK_CHARACTERS else _cut(text, start, start + BLOCK_CHARACTERS)
        inner_start, inner_end = trimmed(text, start, cut)
        if inner_start < inner_end:
            blocks.append(Block(kind, numbers.locator(inner_start, inner_end), context))
        start = cut
    return blocks


def _cut(text: str, start: int, latest: int) -> int:
    """Where to cut: after the last line end or blank in the second half of the stretch, else at its end."""
    earliest = start + (latest - start) // 2
    at = max(text.rfind("\n", earliest, latest), text.rfind("\r", earliest, latest))
    if at < 0:
        at = text.rfind(" ", earliest, latest)
    return at + 1 if at >= 0 else latest
