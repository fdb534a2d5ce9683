"""What retrieval keeps in memory of one case: vectors, which passage is whose, heads of exhibits, spread of words."""

import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from assistant.retrieval.case_reader import CaseReader
from assistant.retrieval.dense import VectorTable
from assistant.retrieval.exhibits_prior import Head
from assistant.retrieval.query import any_of, proper_words, word_set
from assistant.retrieval.vocabulary import Vocabulary
from casefile.errors import CaseclerkError
from casefile.records import Coverage

STALE_AFTER_SECONDS = 5.0
"""How old the loaded vectors may be before the catalogue is asked whether something has changed."""
LOADING_SHARE = 0.05
"""Share of the time, at most, that goes into loading again while a case is read. What was sealed or erased since is
not found meanwhile: the catalogue gives out no passage of it."""

_HEADS = 4_096
_TITLE_CHARACTERS = 300
"""How much of a text's beginning can say what kind of document it is."""
_COVERAGES = 64
_SPREADS = 16_384


@dataclass(frozen=True, slots=True)
class _Loaded:
    """What was loaded together, and the revision of the case that it shows."""

    table: VectorTable
    vocabulary: Vocabulary
    exhibits: int
    revision: int


class LoadedCase:
    """Loads at the first search, and again when what can be searched has changed (checked every few seconds).

    Safe to share between threads.

    Args:
        case: the case to read.
        head_characters: how much of a text's beginning names its exhibit.
        clock: seconds that only go forward.
        aside: load again in a thread of its own, while searches go on with what was loaded before.
    """

    def __init__(
        self,
        case: CaseReader,
        head_characters: int,
        clock: Callable[[], float] = time.monotonic,
        *,
        aside: bool = False,
    ) -> None:
        self._case = case
        self._head_characters = head_characters
        self._clock = clock
        self._aside = aside
        self._loaded: _Loaded | None = None
        self._coverages: dict[tuple[str, ...] | None, Coverage] = {}
        self._checked_at = 0.0
        self._load_again_at = 0.0
        self._loading = threading.Lock()
        self._guard = threading.Lock()
        self._head_of = lru_cache(_HEADS)(self._read_head)
        self._holding = lru_cache(_SPREADS)(self._count_exhibits)

    @property
    def table(self) -> VectorTable:
        """The vectors, fresh to `STALE_AFTER_SECONDS`."""
        return self._fresh().table

    @property
    def vocabulary(self) -> Vocabulary:
        """The words, as fresh as the vectors."""
        return self._fresh().vocabulary

    def coverage(self, exhibit_ids: tuple[str, ...] | None) -> Coverage:
        """What a search over the case, or over these exhibits, can see; as fresh as the vectors."""
        self._fresh()
        with self._guard:
            known = self._coverages.get(exhibit_ids)
        if known is not None:
            return known
        found = self._case.catalogue.coverage(exhibit_ids)
        with self._guard:
            if len(self._coverages) >= _COVERAGES:
                self._coverages.clear()
            self._coverages[exhibit_ids] = found
        return found

    def _fresh(self) -> _Loaded:
        """What is loaded; looks whether the case has changed where that was not looked for a while."""
        now = self._clock()
        loaded = self._loaded
        if loaded is None:
            with self._loading:
                return self._loaded or self._load()
        with self._guard:
            if now - self._checked_at < STALE_AFTER_SECONDS:
                return loaded
            self._checked_at = now
            self._coverages.clear()
            due = now >= self._load_again_at
        if due and self._case.catalogue.revision() != loaded.revision:
            if self._aside:
                threading.Thread(target=self._load_aside, name="load case", daemon=True).start()
            else:
                self._load_once()
        return self._loaded or loaded

    def _load_once(self) -> None:
        """Load, unless another thread is at it."""
        if self._loading.acquire(blocking=False):
            try:
                self._load()
            finally:
                self._loading.release()

    def _load_aside(self) -> None:
        try:
            self._load_once()
        except (CaseclerkError, sqlite3.Error):  # the case was closed or deleted meanwhile; a search will say so
            return

    def load(self) -> None:
        """Read the case's vectors into memory and forget what was remembered of its texts."""
        with self._loading:
            self._load()

    def _load(self) -> _Loaded:
        began = self._clock()
        revision = self._case.catalogue.revision()
        ids, vectors = self._case.catalogue.embeddings()
        passages = self._case.catalogue.passage_exhibits()
        vocabulary = Vocabulary(self._case.fulltext.vocabulary())
        loaded = _Loaded(VectorTable(ids, vectors, passages), vocabulary, len(passages), revision)
        self._loaded = loaded
        ended = self._clock()
        with self._guard:
            self._coverages.clear()
            self._checked_at = began
            self._load_again_at = ended + (ended - began) / LOADING_SHARE
        self._head_of.cache_clear()
        self._holding.cache_clear()
        return loaded

    def head_of(self, exhibit_id: str) -> Head:
        """What names an exhibit: words of its path, title, sender and of the beginning of its text."""
        return self._head_of(exhibit_id)

    def spread_of(self, words: Sequence[str]) -> Mapping[str, float]:
        """The share (0 to 1) of the exhibits with text that hold each word."""
        loaded = self._fresh()
        exhibits = loaded.exhibits
        if not exhibits:
            return dict.fromkeys(words, 1.0)
        few = {word: loaded.vocabulary.frequency(word) for word in words}
        # A word cannot stand in more exhibits than passages: a rare one needs no count of exhibits.
        return {
            word: min(1.0, (few[word] if few[word] <= exhibits // 4 else self._holding(word)) / exhibits)
            for word in words
        }

    def _read_head(self, exhibit_id: str) -> Head:
        text = self._case.catalogue.text(exhibit_id)
        exhibit = self._case.catalogue.exhibits_by_id([exhibit_id]).get(exhibit_id)
        called = f"{exhibit.path}\n{exhibit.title}\n" if exhibit else ""
        about = f"{called}{exhibit.sender}\n" if exhibit else ""
        beginning = text[: self._head_characters]
        title = word_set(called) | proper_words(text[:_TITLE_CHARACTERS])
        return Head(word_set(about + beginning), proper_words(beginning) | word_set(about), len(text), title)

    def _count_exhibits(self, word: str) -> int:
        return len(self._case.fulltext.exhibits(any_of([word]), self._fresh().exhibits))
