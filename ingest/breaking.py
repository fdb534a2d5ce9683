"""Breaks a stretch of text that is too long: at sentence ends, then clauses, then blanks, then anywhere allowed.

"Allowed" is never inside a grapheme cluster (UAX #29), and not inside what looks like an identifier, blanks
between digit groups included, unless the identifier alone is too long.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ingest.sentences import sentences

Measure = Callable[[str], int]

_CLAUSE = re.compile(r"[,;:)\u2013\u2014]\s|[\u3001\uff0c\uff1b\uff1a]|[\t\n\r]")
_SPACE = re.compile(r"\s")
_IDENTIFIER_CHARACTER = re.compile(r"[A-Za-z0-9@._%+/:#=&?~-]")
_LONGEST_IDENTIFIER = 64
_LONGEST_CLUSTER = 64
"""Code points of a grapheme cluster that are kept together; UAX #15 (Stream-Safe) has 31 at most."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long a piece may be: in code points, and in tokens by `measure`."""

    characters: int
    pieces: int
    measure: Measure

    def admit(self, piece: str) -> bool:
        """Tell whether `piece` keeps both bounds."""
        return len(piece) <= self.characters and self.measure(piece) <= self.pieces


def break_up(text: str, start: int, end: int, bounds: Bounds) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of sentences within the bounds, longer ones broken; all non-blank text, in order."""
    for first, last in sentences(text[start:end]):
        yield from _break_sentence(text, start + first, start + last, bounds)


def _break_sentence(text: str, start: int, end: int, bounds: Bounds) -> Iterator[tuple[int, int]]:
    while start < end:
        highest = _highest(text, start, end, bounds)
        cut = end if highest >= end else _best_cut(text, start, highest)
        last = cut
        while last > start and text[last - 1].isspace():
            last -= 1
        if last > start:
            yield start, last
        start = cut
        while start < end and text[start].isspace():
            start += 1


def _highest(text: str, start: int, end: int, bounds: Bounds) -> int:
    """Give where a piece from `start` must end at the latest to keep the bounds."""
    size = min(bounds.characters, end - start)
    measured = bounds.measure(text[start : start + size])
    while measured > bounds.pieces and size > 1:
        size = max(1, min(size - 1, size * bounds.pieces // measured))
        measured = bounds.measure(text[start : start + size])
    return start + size


def _best_cut(text: str, start: int, highest: int) -> int:
    half = start + (highest - start) // 2
    clauses = [found.end() for found in _CLAUSE.finditer(text, half, highest)]
    spaces = [found.start() for found in _SPACE.finditer(text, start + 1, highest + 1)]
    between = [space for space in spaces if not _inside_identifier(text, space)]
    for candidates in (
        [clause for clause in clauses if not _inside_identifier(text, clause - 1)],
        [space for space in between if space >= half],
        [space for space in spaces if space >= half],
        between,
        spaces,
    ):
        if candidates:
            return candidates[-1]
    return _hard_cut(text, start, highest)


def _inside_identifier(text: str, blank: int) -> bool:
    """Tell whether a blank parts two groups of one number, as in `+49 171 2345678` or an IBAN."""
    if text[blank] not in " \u00a0\u202f":
        return False
    before, after = text[max(0, blank - 1) : blank], text[blank + 1 : blank + 2]
    follows = text[blank + 1 : blank + 5]
    return (before.isdigit() or before in "/()+-") and (after.isdigit() or (before.isdigit() and _has_digit(follows)))


def _has_digit(group: str) -> bool:
    return any(character.isdigit() for character in group.partition(" ")[0])


def _hard_cut(text: str, start: int, highest: int) -> int:
    """Cut where there is no blank: before an identifier that would be torn, else at a cluster's edge."""
    cut = highest
    lowest = max(start + 1, highest - _LONGEST_IDENTIFIER)
    if _IDENTIFIER_CHARACTER.match(text, highest):
        while cut > lowest and _IDENTIFIER_CHARACTER.match(text, cut - 1):
            cut -= 1
        if cut == lowest:
            cut = highest
    return _cluster_edge(text, start, cut) or _cluster_edge(text, start, highest) or highest


def _cluster_edge(text: str, start: int, cut: int) -> int | None:
    for edge in range(cut, max(start, cut - _LONGEST_CLUSTER), -1):
        if is_cluster_edge(text, start, edge):
            return edge
    return None


def is_cluster_edge(text: str, start: int, at: int) -> bool:
    """Tell whether a grapheme cluster ends at `at`, given that one begins at `start`; where in doubt, it does not.

    Follows the rules GB3 to GB13 of UAX #29, taking any mark or joiner as extending what stands before it.
    """
    if at <= start or at >= len(text):
        return True
    before, after = text[at - 1], text[at]
    if (before == "\r" and after == "\n") or _extends(after) or before == "\u200d":
        return False
    if _regional(before) and _regional(after):
        run = at
        while run > start and _regional(text[run - 1]):
            run -= 1
        return (at - run) % 2 == 0
    return not (_hangul(before) and ("\u1160" <= after <= "\u11ff" or "\ud7b0" <= after <= "\ud7ff"))


def _extends(character: str) -> bool:
    if character.isascii():
        return False
    return (
        unicodedata.category(character)[0] == "M"
        or character in "\u200c\u200d\u0e33\u0eb3\uff9e\uff9f"
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or "\U000e0020" <= character <= "\U000e007f"
    )


def _regional(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _hangul(character: str) -> bool:
    return "\u1100" <= character <= "\u11ff" or "\ua960" <= character <= "\ua97f" or "\uac00" <= character <= "\ud7ff"
