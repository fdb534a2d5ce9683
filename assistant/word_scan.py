"""A text as a sequence of folded words, so that words and phrases are found wherever they stand, exhaustively."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from operator import contains

from assistant.retrieval.query import word_spans
from casefile.locators import Locator
from casefile.records import Passage


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of a text: `text[start:end]`."""

    start: int
    end: int


class WordScan:
    """The words of one text. Built in linear time; phrases may cross passages, lines and punctuation."""

    def __init__(self, text: str) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._words: list[str] = []
        self._places: dict[str, list[int]] = {}
        for number, (start, end, word) in enumerate(word_spans(text)):
            self._starts.append(start)
            self._ends.append(end)
            self._words.append(word)
            self._places.setdefault(word, []).append(number)

    @property
    def words(self) -> frozenset[str]:
        """Every word that occurs."""
        return frozenset(self._places)

    def find(self, phrase: Sequence[AbstractSet[str]]) -> Iterator[Span]:
        """Every place, overlapping ones too, where consecutive words are in these sets; in text order."""
        if not phrase:
            return
        first = phrase[0]
        smaller, larger = (first, self._places) if len(first) <= len(self._places) else (self._places, first)
        beginnings = sorted(number for word in smaller if word in larger for number in self._places[word])
        for number in beginnings:
            following = self._words[number + 1 : number + len(phrase)]
            if len(following) == len(phrase) - 1 and all(map(contains, phrase[1:], following)):
                yield Span(self._starts[number], self._ends[number + len(phrase) - 1])


def without_overlaps(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Spans in order, those dropped that overlap an earlier one; of two with one start the longer is kept."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start, -s.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return tuple(kept)


class PassagePlaces:
    """Finds the passage that holds an offset of one text."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._passages = sorted(passages, key=lambda passage: passage.locator.start)
        self._starts = [passage.locator.start for passage in self._passages]

    def passage_at(self, start: int) -> Passage | None:
        """The passage whose stretch holds this offset; where none does, the nearest one before it, if any."""
        place = bisect_right(self._starts, start) - 1
        return self._passages[place] if place >= 0 else None


def located(passage: Passage, span: Span) -> Locator:
    """The place of a span that begins in a passage."""
    return replace(passage.locator, start=span.start, end=span.end)
