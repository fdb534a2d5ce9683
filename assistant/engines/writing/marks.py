"""Prose of a model, as it streams, to its sentences and the passage numbers that each cites.

A mark is `[1]`, `[1][2]`, `[1, 2]`, `[1-3]` or `[passage 1]`; it belongs to the sentence that it stands in or right
behind, and at the beginning of a line to the sentence that follows. A line break ends a sentence. However the prose is
cut into pieces, the sentences are the same. Time is linear in the text.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.dates import MONTHS
from ingest.sentences import sentences

LONGEST_LINE = 2_000
"""Characters of one line that are looked at together; a longer one is cut at a blank."""
_LONGEST_MARK = 60
"""Characters of what may still become a mark."""
_LONGEST_RANGE = 20
"""Passages of `[1-9]`; what spans more is no citation."""
_LOOK_AGAIN = 48
"""Characters that come before an unfinished line is split once more."""

_NUMBERS = r"\d{1,3}(?:\s{0,2}(?:[,;&\u2013-]|and)\s{0,2}\d{1,3}){0,20}"
_MARK = re.compile(rf"[ \t\u00a0]{{0,4}}\[(?:[Pp]assages?\s)?({_NUMBERS})\]")
_UNFINISHED = re.compile(r"[ \t\u00a0]{0,4}\[[\w ,;&\u2013-]{0,50}\Z")
_RANGE = re.compile(r"(\d{1,3})(?:\s{0,2}[\u2013-]\s{0,2}(\d{1,3}))?")
_MARKUP = re.compile(r"\*\*|`")
_BULLET = re.compile(r"\A(?:#{1,6}|[-*\u2022\u2013>])\s+")
_ITEM = re.compile(r"\(?(\d{1,2})[.)]\s+")
_WORD = re.compile(r"[^\W\d_]+")
_TERMINATED = re.compile(r"[.!?\u2026\u203d\u3002\uff01\uff1f\uff61\u061f\u06d4\u0964]")
_ENDED = re.compile(
    r"[.!?\u2026:\u203d\u3002\uff01\uff1f\uff61\u061f\u06d4\u0964][\"'\u00bb\u201c\u201d\u2019)\]*]{0,3}\Z"
)
_LINE_ENDS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"


@dataclass(frozen=True, slots=True)
class MarkedSentence:
    """A sentence without its marks, and the numbers they name, in order, each once; they may name nothing that is."""

    text: str
    marks: tuple[int, ...]


def without_controls(text: str) -> str:
    """The text with control, format and private characters as blanks; line breaks stay."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character if character == "\n" or unicodedata.category(character)[0] != "C" else " " for character in text
    )


class SentenceReader:
    """Takes prose in pieces and gives its sentences as they are complete.

    The last sentence of a line is held until the next line shows that it is more than marks.
    """

    def __init__(self) -> None:
        self._line = ""
        self._given = 0
        self._looked_at = 0
        self._item = 0
        self._held: MarkedSentence | None = None

    def feed(self, piece: str) -> Iterator[MarkedSentence]:
        """The sentences that this piece completes."""
        for part in piece.splitlines(keepends=True):
            text = part.rstrip(_LINE_ENDS)
            self._line += text
            while len(self._line) > LONGEST_LINE:
                yield from self._cut()
            if len(text) < len(part):
                yield from self._end_line()
        if len(self._line) - self._looked_at >= _LOOK_AGAIN:
            if _TERMINATED.search(self._line, max(0, self._looked_at - _LONGEST_MARK)):
                yield from self._complete()
            self._looked_at = len(self._line)

    def close(self, *, cut_off: bool = False) -> Iterator[MarkedSentence]:
        """What is left. Where the prose was `cut_off`, a last sentence without an end or a mark is dropped."""
        yield from self._end_line(cut_off=cut_off)
        if self._held is not None:
            yield self._held
        self._held = None

    def _end_line(self, *, cut_off: bool = False) -> Iterator[MarkedSentence]:
        found, stray = self._read(self._line)
        bare, _ = _without_marks(self._line)
        if cut_off and found and not found[-1].marks and not _ENDED.search(bare.rstrip()[-_LONGEST_MARK:]):
            found = found[:-1]
        if stray and self._held is not None:
            marks = tuple(dict.fromkeys((*self._held.marks, *stray)))
            self._held = MarkedSentence(self._held.text, marks)
        left = found[self._given :]
        if left:
            yield from self._pass_on(left[:-1])
            yield from self._pass_on([])
            self._held = left[-1]
        if found:
            item = _ITEM.match(self._line)
            self._item = int(item[1]) if item else 0
        self._line, self._given, self._looked_at = "", 0, 0

    def _cut(self) -> Iterator[MarkedSentence]:
        blank = self._line.rfind(" ", LONGEST_LINE // 2, LONGEST_LINE)
        at = blank if blank > 0 else LONGEST_LINE
        rest, self._line = self._line[at:], self._line[:at]
        yield from self._end_line()
        self._line = rest

    def _complete(self) -> Iterator[MarkedSentence]:
        """Sentences of an unfinished line behind which another one has begun, with a whole word and no open mark."""
        found, _ = self._read(_UNFINISHED.sub("", self._line))
        if found and " " not in found[-1].text:
            found = found[:-1]
        yield from self._pass_on(found[self._given : -1])
        self._given = max(self._given, len(found) - 1)

    def _pass_on(self, found: Sequence[MarkedSentence]) -> Iterator[MarkedSentence]:
        if self._held is not None:
            yield self._held
        self._held = None
        yield from found

    def _read(self, line: str) -> tuple[list[MarkedSentence], tuple[int, ...]]:
        """The sentences of a line, or the marks of one that has nothing else."""
        bare, marks = _without_marks(line)
        spans = [span for span in sentences(bare) if any(character.isalnum() for character in bare[slice(*span)])]
        if not spans:
            return [], tuple(dict.fromkeys(number for _, numbers in marks for number in numbers))
        found: list[MarkedSentence] = []
        at = 0
        for number, (start, end) in enumerate(spans):
            until = spans[number + 1][0] if number + 1 < len(spans) else len(bare) + 1
            numbers: dict[int, None] = {}
            while at < len(marks) and marks[at][0] < until:
                numbers.update(dict.fromkeys(marks[at][1]))
                at += 1
            text = bare[start:end] if number else self._without_lead(bare[start:end])
            found.append(MarkedSentence(" ".join(_MARKUP.sub("", text).split()), tuple(numbers)))
        return found, ()

    def _without_lead(self, text: str) -> str:
        """The text without what makes it an item of a list: a bullet, or a number that goes on from the line before."""
        item = _ITEM.match(text)
        if item is None:
            return _BULLET.sub("", text, count=1)
        word = _WORD.match(text, item.end())
        follows = int(item[1]) in {1, self._item + 1} and not (word and word[0].lower() in MONTHS)
        return text[item.end() :] if follows else text


def _without_marks(line: str) -> tuple[str, list[tuple[int, tuple[int, ...]]]]:
    """The line without marks, and for each its place there and its numbers."""
    pieces: list[str] = []
    marks: list[tuple[int, tuple[int, ...]]] = []
    length = at = 0
    for match in _MARK.finditer(line):
        pieces.append(line[at : match.start()])
        length += match.start() - at
        marks.append((length, _numbers(match[1])))
        at = match.end()
    pieces.append(line[at:])
    return "".join(pieces), marks


def _numbers(written: str) -> tuple[int, ...]:
    numbers: dict[int, None] = {}
    for first, last in _RANGE.findall(written):
        begin, end = int(first), int(last or first)
        if end - begin <= _LONGEST_RANGE:
            numbers.update(dict.fromkeys(range(begin, end + 1)))
    return tuple(numbers)
