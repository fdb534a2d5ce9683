"""Where a quote that a person copied stands in a text: past line breaks, curly quotation marks, case and accents.

What stands between a document and a cell changes these; letters, digits and their order must be the same.
"""

import unicodedata
from dataclasses import dataclass
from functools import cached_property

_MARKS = str.maketrans(
    {
        **dict.fromkeys(map(chr, (0x201C, 0x201D, 0x201E, 0x201F, 0xAB, 0xBB, 0x2033)), '"'),
        **dict.fromkeys(map(chr, (0x2018, 0x2019, 0x201A, 0x201B, 0x2039, 0x203A, 0x2032, 0x60, 0xB4)), "'"),
        **dict.fromkeys(map(chr, (*range(0x2010, 0x2016), 0x2212)), "-"),
        "\N{HORIZONTAL ELLIPSIS}": "...",
        "\N{SOFT HYPHEN}": "",
    }
)
"""Quotation marks, apostrophes and dashes as a keyboard has them."""
_LONGEST_FOR_NEAREST = 300_000
"""Characters of a text in which something like a quote is looked for."""
_ALIKE = 70
"""Likeness in percent from which a stretch is worth showing."""


@dataclass(frozen=True)
class QuotedText:
    """A text in which quotes are looked for.

    Args:
        text: of an exhibit.
    """

    text: str

    @cached_property
    def _folded(self) -> tuple[str, list[int]]:
        """The text as it is compared, and for each of its characters the offset that it comes from."""
        characters: list[str] = []
        offsets: list[int] = []
        blank = True
        for offset, character in enumerate(self.text):
            for folded in _fold(character):
                if folded != " " or not blank:
                    characters.append(folded)
                    offsets.append(offset)
                blank = folded == " "
        return "".join(characters), offsets

    def places(self, quote: str) -> tuple[tuple[int, int], ...]:
        """(start, end) of every place of a quote, in code points, none overlapping another. Linear time."""
        wanted = _folded(quote)
        text, offsets = self._folded
        found: list[tuple[int, int]] = []
        at = text.find(wanted) if wanted else -1
        while at >= 0:
            start, end = offsets[at], offsets[at + len(wanted) - 1] + 1
            if not found or start >= found[-1][1]:  # one character, such as an ellipsis, may hold a quote several times
                found.append((start, end))
            at = text.find(wanted, at + len(wanted))
        return tuple(found)

    def nearest(self, quote: str) -> str:
        """The words most like a quote; empty where nothing is like it, or the text is too long to look."""
        from rapidfuzz import fuzz

        wanted = _folded(quote)
        text, offsets = self._folded
        if not wanted or len(text) > _LONGEST_FOR_NEAREST:
            return ""
        best = fuzz.partial_ratio_alignment(wanted, text, score_cutoff=_ALIKE)
        if best is None or best.dest_end <= best.dest_start:
            return ""
        start, end = offsets[best.dest_start], offsets[best.dest_end - 1] + 1
        while start > 0 and self.text[start - 1].isalnum():
            start -= 1
        while end < len(self.text) and self.text[end].isalnum():
            end += 1
        return " ".join(self.text[start:end].split())


def _folded(quote: str) -> str:
    return " ".join("".join(_fold(character) for character in quote.strip()).split())


def _fold(character: str) -> str:
    if character.isspace() or unicodedata.category(character) == "Cc":
        return " "
    decomposed = unicodedata.normalize("NFKD", character.translate(_MARKS).casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).replace("\u2044", "/")
