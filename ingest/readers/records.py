"""Where the records of JSON and XML begin and end, in one pass over the text and without building a tree.

A record is split into its own children where it is longer than `RECORD_CHARACTERS`, to a bounded depth: so a list of
messages comes out as messages, however deep it lies, and ten million brackets cost no more than ten million letters.
"""

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

RECORD_CHARACTERS = 1_500
DEPTHS = 8
# A string that is never closed swallows the rest of the text: the pattern must not try again at each quote in it.
JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\Z)|[\[\]{},]', re.DOTALL)
XML_TOKEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<\?.*?(?:\?>|\Z)|<(?P<closing>/)?[^<>]*(?P<empty>/>|>)", re.DOTALL
)


class _Cuts:
    """Offsets at which a stretch may be cut, by depth.

    Args:
        always: the depth down to which pieces are cut however short they are.
    """

    def __init__(self, always: int = 1) -> None:
        self.always = always
        self.at_depth = [array("q") for _ in range(DEPTHS)]

    def add(self, depth: int, offset: int) -> None:
        if 0 <= depth < DEPTHS:
            self.at_depth[depth].append(offset)

    def stretches(self, start: int, end: int, depth: int = 0) -> Iterator[tuple[int, int]]:
        """Cut `start` to `end`: as far as `always`, and further down where pieces are too long."""
        if depth >= DEPTHS or (depth > self.always and end - start <= RECORD_CHARACTERS):
            yield start, end
            return
        offsets = self.at_depth[depth]
        inner = offsets[bisect_right(offsets, start) : bisect_left(offsets, end)]
        previous = start
        for offset in (*inner, end):
            yield from self.stretches(previous, offset, depth + 1)
            previous = offset


def json_stretches(text: str, *, lines: bool = False) -> Iterator[tuple[int, int]]:
    """Records of JSON, or of JSON lines; joined, they are the whole text."""
    cuts = _Cuts(always=0 if lines else 1)
    depth = 0
    for token in JSON_TOKEN.finditer(text):
        mark = text[token.start()]
        if mark in "[{":
            depth += 1
            if mark == "{" or depth == 1:
                # a record in a list begins here; so does the first one, after the list's own bracket
                cuts.add(depth - 1, token.start())
        elif mark in "]}":
            depth = max(0, depth - 1)
        elif mark == "," and depth:
            cuts.add(depth, token.end())
    return _merged(text, cuts)


def xml_stretches(text: str) -> Iterator[tuple[int, int]]:
    """Records of XML; joined, they are the whole text."""
    cuts = _Cuts()
    depth = 0
    for token in XML_TOKEN.finditer(text):
        if token.group("closing"):
            depth = max(0, depth - 1)
            cuts.add(depth, token.end())
        elif token.group("empty") == "/>":
            cuts.add(depth, token.end())
        elif token.group("empty"):
            cuts.add(depth, token.start())
            depth += 1
    return _merged(text, cuts)


def _merged(text: str, cuts: _Cuts) -> Iterator[tuple[int, int]]:
    """Put crumbs (a lone bracket, a closing tag, a number in a list) together, so that no block is a comma."""
    start, to = 0, 0
    for piece_start, end in cuts.stretches(0, len(text)):
        crumb = end - piece_start < 60 or to - start < 60
        if to > start and (not crumb or end - start > RECORD_CHARACTERS):
            yield start, to
            start = piece_start
        to = end
    if to > start:
        yield start, to
