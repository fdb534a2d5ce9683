"""What a question is made of: words, codes, clauses, language; and FTS5 expressions made from them."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from assistant.retrieval.stop_words import ALL_STOP_WORDS, STOP_WORDS, Language
from casefile.fulltext import quoted

LONGEST_QUESTION = 4_000
"""Characters of a question that are looked at; the rest is a paste, not a question."""

_WORD = re.compile(r"(?:[^\W_][\u0300-\u036f]*)+")
"""A word as FTS5's unicode61 cuts it: letters and digits, combining diacritics included."""
_CODE = re.compile(r"[^\W_]+(?:[-/.:_@][^\W_]+)+")
_CLAUSE_END = re.compile(r"[;?!:]\s*|(?<=\w{5})\.\s+")
"""A full stop ends a clause after a long word only: `Inc.`, `Nr.`, `Corp.` and `Dr.` stand inside names."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a question: `question[start:end]`.

    `folded` is its form in the full-text index, `clause` counts from 0, `is_lower` tells that it is written small.
    """

    start: int
    end: int
    folded: str
    clause: int
    is_lower: bool = False

    @property
    def is_stop(self) -> bool:
        """Whether it is a function word of any language known."""
        return self.folded in ALL_STOP_WORDS


@lru_cache(maxsize=65_536)
def folded(word: str) -> str:
    """Lower case without diacritics, as FTS5's `unicode61 remove_diacritics 2` folds a word."""
    decomposed = unicodedata.normalize("NFD", word.lower())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def words_of(question: str) -> tuple[Word, ...]:
    """The words of a question in order, each with the number of its clause (split at `; ? ! :` and full stops)."""
    question = question[:LONGEST_QUESTION]
    ends = [match.end() for match in _CLAUSE_END.finditer(question)]
    words, clause = [], 0
    for match in _WORD.finditer(question):
        while clause < len(ends) and ends[clause] <= match.start():
            clause += 1
        written = match.group()
        words.append(Word(match.start(), match.end(), folded(written), clause, written.islower()))
    return tuple(words)


def word_spans(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and folded form of every word of a text."""
    for match in _WORD.finditer(text):
        yield match.start(), match.end(), folded(match.group())


def word_set(text: str) -> frozenset[str]:
    """All folded words of a text."""
    return frozenset(folded(match.group()) for match in _WORD.finditer(text))


def proper_words(text: str) -> frozenset[str]:
    """The folded words that a text never writes small: names, headings, defined terms, numbers."""
    small: set[str] = set()
    other: set[str] = set()
    for match in _WORD.finditer(text):
        written = match.group()
        (small if written.islower() else other).add(folded(written))
    return frozenset(other - small)


def content_words(question: str) -> tuple[str, ...]:
    """The folded words that are not function words, once each, in order; all words where nothing else is there."""
    words = words_of(question)
    content = dict.fromkeys(word.folded for word in words if not word.is_stop)
    return tuple(content or dict.fromkeys(word.folded for word in words))


def codes_of(question: str) -> tuple[str, ...]:
    """Joined words with a digit in them (`VKT-482-B`, `10.04.2024`, `a.b1@c.de`): looked up as a phrase, in order."""
    found = _CODE.finditer(question[:LONGEST_QUESTION])
    return tuple(dict.fromkeys(m.group() for m in found if any(character.isdigit() for character in m.group())))


def any_of(terms: Iterable[str]) -> str:
    """An FTS5 expression that matches passages with at least one of the words or phrases; empty without terms."""
    return " OR ".join(quoted(term) for term in terms)


def language_of(text: str) -> Language | None:
    """The language whose function words stand out; None where there are too few or two are level."""
    found = [word.folded for word in words_of(text)]
    counts = sorted(((sum(w in stop for w in found), language) for language, stop in STOP_WORDS.items()), reverse=True)
    (best, language), (second, _) = counts[0], counts[1]
    return language if best > second else None


def without_words(question: str, words: Sequence[Word], keep: Sequence[bool]) -> str:
    """The question with only the words kept; what stood between two kept neighbours stays, a final `?` too."""
    parts: list[str] = []
    last: int | None = None
    for number, (word, kept) in enumerate(zip(words, keep, strict=True)):
        if not kept:
            continue
        if last is not None:
            parts.append(question[words[last].end : word.start] if last == number - 1 else " ")
        parts.append(question[word.start : word.end])
        last = number
    if question.rstrip().endswith("?"):
        parts.append("?")
    return "".join(parts)
