"""What retrieval keeps in memory of one case: vectors, which passage is whose, heads of exhibits, spread of words."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from assistant.retrieval.case_reader import CaseReader
from assistant.retrieval.dense import VectorTable
from assistant.retrieval.exhibits_prior import Head
from assistant.retrieval.query import any_of, proper_words, word_set
from assistant.retrieval.vocabulary import Vocabulary
from casefile.records import Coverage

STALE_AFTER_SECONDS = 5.0
"""How old the loaded vectors may be before the catalogue is asked whether something has changed."""
LOADING_SHARE = 0.05
"""Share of the time, at most, that goes into loading again while a case is read. What was sealed or erased since is
not found meanwhile: the catalogue gives out no passage of it."""

_HEADS = 4_096
_COVERAGES = 64
_SPREADS = 16_384


class LoadedCase:
    """Loads at the first search, and again when what can be searched has changed (checked every few seconds).

    Args:
        case: the case to read.
        head_characters: how much of a text's beginning names its exhibit.
        clock: seconds that only go forward.
    """

    def __init__(self, case: CaseReader, head_characters: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._case = case
        self._head_characters = head_characters
        self._clock = clock
        self._table: VectorTable | None = None
        self._vocabulary = Vocabulary(())
        self._coverages: dict[tuple[str, ...] | None, Coverage] = {}
        self._exhibits = 0
        self._revision = -1
        self._checked_at = 0.0
        self._load_again_at = 0.0
        self._head_of = lru_cache(_HEADS)(self._read_head)
        self._holding = lru_cache(_SPREADS)(self._count_exhibits)

    @property
    def table(self) -> VectorTable:
        """The vectors, fresh to `STALE_AFTER_SECONDS`."""
        self._refresh()
        assert self._table is not None
        return self._table

    @property
    def vocabulary(self) -> Vocabulary:
        """The words, as fresh as the vectors."""
        self._refresh()
        return self._vocabulary

    def coverage(self, exhibit_ids: tuple[str, ...] | None) -> Coverage:
        """What a search over the case, or over these exhibits, can see; as fresh as the vectors."""
        self._refresh()
        if exhibit_ids not in self._coverages:
            if len(self._coverages) >= _COVERAGES:
                self._coverages.clear()
            self._coverages[exhibit_ids] = self._case.catalogue.coverage(exhibit_ids)
        return self._coverages[exhibit_ids]

    def _refresh(self) -> None:
        now = self._clock()
        if self._table is None or now - self._checked_at >= STALE_AFTER_SECONDS:
            self._checked_at = now
            self._coverages.clear()
            changed = now >= self._load_again_at and self._case.catalogue.revision() != self._revision
            if self._table is None or changed:
                self.load()
                after = self._clock()
                self._load_again_at = after + (after - now) / LOADING_SHARE

    def load(self) -> None:
        """Read the case's vectors into memory and forget what was remembered of its texts."""
        self._revision = self._case.catalogue.revision()
        ids, vectors = self._case.catalogue.embeddings()
        passages = self._case.catalogue.passage_exhibits()
        self._table = VectorTable(ids, vectors, passages)
        self._vocabulary = Vocabulary(self._case.fulltext.vocabulary())
        self._exhibits = len(passages)
        self._coverages.clear()
        self._head_of.cache_clear()
        self._holding.cache_clear()

    def head_of(self, exhibit_id: str) -> Head:
        """What names an exhibit: words of its path, title, sender and of the beginning of its text."""
        return self._head_of(exhibit_id)

    def spread_of(self, words: Sequence[str]) -> Mapping[str, float]:
        """The share (0 to 1) of the exhibits with text that hold each word."""
        if not self._exhibits:
            return dict.fromkeys(words, 1.0)
        few = {word: self.vocabulary.frequency(word) for word in words}
        # A word cannot stand in more exhibits than passages: a rare one needs no count of exhibits.
        return {
            word: min(1.0, (few[word] if few[word] <= self._exhibits // 4 else self._holding(word)) / self._exhibits)
            for word in words
        }

    def _read_head(self, exhibit_id: str) -> Head:
        text = self._case.catalogue.text(exhibit_id)
        exhibit = self._case.catalogue.exhibits_by_id([exhibit_id]).get(exhibit_id)
        about = f"{exhibit.path}\n{exhibit.title}\n{exhibit.sender}\n" if exhibit else ""
        beginning = text[: self._head_characters]
        return Head(word_set(about + beginning), proper_words(beginning) | word_set(about), len(text))

    def _count_exhibits(self, word: str) -> int:
        return len(self._case.fulltext.exhibits(any_of([word]), self._exhibits))
