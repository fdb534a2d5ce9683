"""Reading an exhibit a second time, with another program, and comparing word by word.

Two programs that agree can both be wrong; where they differ, somebody should look at the original. What is compared
is words with how often they stand, not their order: two readers put headers, notes and tables in different places.
"""

import re
import tempfile
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from casefile.case import Case
from casefile.settings import ReadingLimits
from ingest.isolation import ReadingPool, ReadingProcess
from ingest.readers.second_reader import REGISTRY, SecondReader

LONGEST_WORD = 256
"""Letters; a longer run without a blank is compared in pieces."""
MOST_MARKS = 8
"""Combining marks on one letter that count. Normalisation sorts them, in quadratic time."""

_UNSPACED = (
    "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Tibetan, Myanmar, Khmer
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # kana, Han
)
"""Scripts that put no blanks between words: each character counts for itself."""
_WORD = re.compile(rf"[{_UNSPACED}]|(?:[^\W_{_UNSPACED}][\u0300-\u036f]{{0,{MOST_MARKS}}}){{1,{LONGEST_WORD}}}")
_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
"""Soft hyphens, joiners, direction marks: whether a reader keeps them says nothing about what it read."""


@dataclass(frozen=True, slots=True)
class MissingWord:
    """A folded word that the second reader found more often: `count` times more than the first.

    `in_first` is how often the first text holds it; 0 where it is not there at all.
    """

    word: str
    count: int
    in_first: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two readings of one file by their words, folded, with how often each stands.

    Attributes:
        missing_in_first: words of the second text that the first holds less often, most wholly absent ones first.
        missing_in_second_count: how many words, repetitions counted, only the first text holds.
        words_in_both: how many words, repetitions counted, both hold.
    """

    missing_in_first: tuple[MissingWord, ...]
    missing_in_second_count: int
    words_in_both: int

    @property
    def nothing_missing(self) -> bool:
        """Whether every word that the second reader found stands in the first text as often."""
        return not self.missing_in_first

    @property
    def missing_in_first_count(self) -> int:
        """How many words, repetitions counted, only the second text holds."""
        return sum(word.count for word in self.missing_in_first)


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Why an exhibit was not compared; `tried` is False where no second reader knows its type."""

    reason: str
    tried: bool


def compare(first_text: str, second_text: str) -> Comparison:
    """Compare two texts word by word, in time linear in their length.

    Words are folded: Unicode compatibility form (NFKC), case folded, invisible characters left out.
    """
    first, second = _count(first_text), _count(second_text)
    more = second - first
    missing = [MissingWord(word, count, first[word]) for word, count in more.items()]
    missing.sort(key=lambda found: (found.in_first > 0, -found.count, found.word))
    return Comparison(tuple(missing), (first - second).total(), (first & second).total())


def _count(text: str) -> Counter[str]:
    written = Counter(_WORD.findall(_INVISIBLE.sub("", text)))
    folded: Counter[str] = Counter()
    for word, count in written.items():
        folded[unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", word).casefold())] += count
    return folded


def second_reader_pool(limits: ReadingLimits) -> ReadingPool:
    """One reading process with the second reader, in the same walls and bounds as the first. A context manager."""
    from ingest.pipeline import process_limits, read_limits

    return ReadingPool(1, process_limits(limits), read_limits(limits), make=_second_process)


def _second_process() -> ReadingProcess:
    return ReadingProcess(registry=REGISTRY)


def check_exhibit(case: Case, exhibit_id: str, pool: ReadingPool) -> Comparison | Unavailable:
    """Read the original of an exhibit again and compare its words with those of the stored text.

    An exhibit without a stored text is compared too: what the second reader finds there is missing in the case.

    Args:
        case: open; nothing is written to it.
        exhibit_id: its id or a prefix of it.
        pool: from `second_reader_pool`.

    Raises:
        ExhibitNotFoundError: there is none, or several.
        ReaderProcessError: the reading process cannot be started.
        StorageError: the disk is full.
    """
    exhibit = case.catalogue.exhibit(exhibit_id)
    if case.catalogue.seal_of(exhibit.id) is not None:
        return Unavailable("It is sealed.", tried=False)
    if exhibit.media_type not in SecondReader.media_types:
        return Unavailable(f"There is no second reader for {exhibit.media_type}.", tried=False)
    name = case.catalogue.occurrences(exhibit.id)[0].name
    # not in `case.scratch`, which whoever takes the writer lock meanwhile empties
    with tempfile.TemporaryDirectory(dir=case.folder, prefix="second-reading-") as scratch:
        result = pool.read(case.originals.path(exhibit.id), name, Path(scratch))
    if result.reading is None:
        assert result.failure is not None
        return Unavailable(result.failure.message, tried=True)
    first = case.catalogue.text(exhibit.id) if exhibit.text_sha256 else ""
    return compare(first, result.reading.text)
