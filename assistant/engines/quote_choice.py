"""Choosing what is quoted within a budget of quotes and characters: best first, nothing twice, neighbours as one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistant.records import RankedPassage
from assistant.sentence_ranking import Candidate


@dataclass(frozen=True, slots=True)
class Stretch:
    """What becomes one quote: `text_of_exhibit[start:end]`, one sentence or several that follow each other.

    `best` is the highest ranked of them; its passage holds them all.
    """

    best: Candidate
    start: int
    end: int

    @property
    def text(self) -> str:
        """The words of the quote."""
        passage = self.best.source.passage
        return passage.text[self.start - passage.locator.start : self.end - passage.locator.start]

    def joins(self, other: "Stretch") -> bool:
        """Whether the other follows or precedes this one with nothing but blank space between."""
        if self.best.source.passage != other.best.source.passage or self.best.row:
            return False
        first, second = (self, other) if self.start <= other.start else (other, self)
        offset = first.best.source.passage.locator.start
        return not first.best.source.passage.text[first.end - offset : second.start - offset].strip()

    def joined(self, other: "Stretch") -> "Stretch":
        """Both as one, under the better of the two."""
        best = self.best if self.best.score >= other.best.score else other.best
        return Stretch(best, min(self.start, other.start), max(self.end, other.end))


SAME_EXHIBIT = 0.75
"""How much better a second quote of an exhibit must be than the first of another, in units of a sentence's score."""


def choose(
    candidates: Sequence[Candidate],
    quotes: int,
    characters: int,
    sameness: float,
    longest_joined: int | None = None,
    favoured: Mapping[str, float] | None = None,
    same_exhibit: float = SAME_EXHIBIT,
) -> tuple[Stretch, ...]:
    """Take the best sentences within the budget, none that says (nearly) what a better one says already.

    A sentence beside one that was taken joins its quote, so that three quotes may hold more than three sentences.
    Another exhibit is preferred to a second quote of the same one where scores are near (`SAME_EXHIBIT`).
    `longest_joined`: most characters of sentences joined into one quote, None for as many as the budget holds.
    `favoured`: by exhibit, what is added to the score of its first quote once the best one is taken
    (`weight_of_exhibits`). `sameness` is the share of common words (Jaccard) above which two sentences are one. The
    best one is always taken; if it is longer than the budget, its quote is cut.
    """
    taken: list[Stretch] = []
    words: list[frozenset[str]] = []
    cited: set[str] = set()
    left = list(candidates)

    def worth(candidate: Candidate) -> float:
        exhibit = candidate.source.exhibit.id
        if exhibit in cited:
            return candidate.score - same_exhibit
        return candidate.score + (favoured or {}).get(exhibit, 0.0) * bool(cited)

    while left:
        candidate = max(left, key=worth)
        left.remove(candidate)
        own = frozenset(candidate.text.casefold().split())
        if any(_jaccard(own, other) > sameness for other in words):
            continue
        after = _with(taken, Stretch(candidate, candidate.start, candidate.end))
        longest = max(stretch.end - stretch.start for stretch in after)
        if longest_joined is not None and len(after) <= len(taken) and longest > longest_joined:
            continue
        used = sum(stretch.end - stretch.start for stretch in after)
        if len(after) <= quotes and (used <= characters or not taken):
            taken = after
            words.append(own)
            cited.add(candidate.source.exhibit.id)
    return tuple(taken)


FAVOUR = 3.0
"""What the exhibit with the most evidence gets, in units of a sentence's score."""


def weight_of_exhibits(evidence: Sequence[RankedPassage]) -> dict[str, float]:
    """How much of the evidence each exhibit holds, passages weighed by 1 / (rank + 2), the most being `FAVOUR`.

    A document that several found passages come from is more likely about the question than one with a single
    sentence that sounds like it.
    """
    weights: dict[str, float] = {}
    for found in evidence:
        weights[found.exhibit.id] = weights.get(found.exhibit.id, 0.0) + 1.0 / (found.rank + 2)
    most = max(weights.values(), default=1.0)
    return {exhibit: FAVOUR * weight / most for exhibit, weight in weights.items()}


def _with(taken: Sequence[Stretch], new: Stretch) -> list[Stretch]:
    """The stretches with one more, joined with those beside it; in order of the best sentence of each."""
    kept = []
    for stretch in taken:
        if stretch.joins(new):
            new = stretch.joined(new)
        else:
            kept.append(stretch)
    return sorted([*kept, new], key=lambda stretch: -stretch.best.score)


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    union = one | other
    return len(one & other) / len(union) if union else 1.0
