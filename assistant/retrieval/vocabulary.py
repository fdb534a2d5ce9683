"""The words of a case with their frequencies, sorted, so that the reach of a prefix is known before it is searched."""

from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate

from casefile.fulltext import VocabularyWord


class Vocabulary:
    """A snapshot of the full-text index's words.

    Args:
        words: as `Fulltext.vocabulary` yields them.
    """

    def __init__(self, words: Iterable[VocabularyWord]) -> None:
        entries = sorted((word.word, word.passages) for word in words)
        self.words = [word for word, _ in entries]
        self._sums = [0, *accumulate(passages for _, passages in entries)]

    def __len__(self) -> int:
        return len(self.words)

    def frequency(self, word: str) -> int:
        """In how many passages a folded word stands."""
        place = bisect_left(self.words, word)
        known = place < len(self.words) and self.words[place] == word
        return self._sums[place + 1] - self._sums[place] if known else 0

    def prefix_frequency(self, prefix: str) -> int:
        """How many passages the words beginning so stand in, those with several of them counted several times."""
        first, last = bisect_left(self.words, prefix), bisect_left(self.words, prefix + "\U0010ffff")
        return self._sums[last] - self._sums[first]

    def with_prefix(self, prefix: str) -> list[str]:
        """All words that begin so."""
        return self.words[bisect_left(self.words, prefix) : bisect_left(self.words, prefix + "\U0010ffff")]
