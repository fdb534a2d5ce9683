"""A question asked in another language, and a passage put into the question's: word for word, for finding only.

The built-in embedding model knows English, and words match only in their own language, so a Dutch statement is not
found for an English question however well it answers. `foreign_terms.txt` holds everyday words and words of police
work, one meaning a line. What it makes of a sentence is no translation: it is compared, never shown and never quoted.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources

from assistant.lexicon import FUNCTION_WORDS, LANGUAGES, Language, fold

_TOKEN = re.compile(r"(?=\w*\d)[^\W_]+(?:[-.,:/+@][^\W_]+)*|[^\W_]+(?:[-\u2010][^\W_]+)*")
_ENDINGS: Mapping[Language, tuple[str, ...]] = {
    "en": ("ings", "ing", "ers", "es", "ed", "er", "s", "e"),
    "de": ("ungen", "ung", "ten", "tem", "ter", "tes", "en", "er", "es", "em", "te", "e", "n", "s", "t"),
    "fr": ("ees", "ent", "ee", "es", "er", "e", "s", "x"),
    "nl": ("ten", "den", "jes", "en", "te", "de", "je", "e", "s", "t"),
}
_SHORTEST_STEM = 4
_COMPOUNDING: frozenset[Language] = frozenset({"de", "nl"})
_JOINTS = ("", "s", "n", "en", "es", "e")
_SHORTEST_PART = 4
_LONGEST_COMPOUND = 40
_MEANINGS = 2
"""Meanings of an ambiguous word that are looked at."""
_WORDS_OF_A_MEANING = 6
_LONGEST_TERM = 3
"""Words of the longest term."""


class ForeignTerms:
    """Words of one meaning in several languages.

    Args:
        listed: lines as in `foreign_terms.txt`.

    Raises:
        ValueError: a line has not one column for each language.
    """

    def __init__(self, listed: str) -> None:
        self._meanings: list[tuple[tuple[str, ...], ...]] = []
        self._exact: dict[Language, dict[str, list[int]]] = {language: {} for language in LANGUAGES}
        self._stems: dict[Language, dict[str, list[int]]] = {language: {} for language in LANGUAGES}
        for line in listed.splitlines():
            if line and not line.startswith("#"):
                self._add(line)

    def _add(self, line: str) -> None:
        columns = [tuple(word.replace("_", " ") for word in column.split()) for column in line.split("|")]
        if len(columns) != len(LANGUAGES) or not all(columns):
            raise ValueError(f"a line of terms needs one column for each of {', '.join(LANGUAGES)}: {line}")
        number = len(self._meanings)
        self._meanings.append(tuple(columns))
        for language, words in zip(LANGUAGES, columns, strict=True):
            for word in words:
                folded = fold(word)
                _append(self._exact[language].setdefault(folded, []), number)
                _append(self._stems[language].setdefault(_stem(folded, language), []), number)

    def asked_in(self, question: str, source: Language, target: Language) -> str:
        """The words of a question in another language, each in all its forms; what is not known stays as it is."""
        written: dict[str, None] = {}
        for raw, meanings in self._read(question, source):
            if not meanings or raw[0].isupper():
                written[raw] = None
            for meaning in meanings:
                words = self._meanings[meaning][LANGUAGES.index(target)]
                function = fold(raw) in FUNCTION_WORDS[source]
                written.update(dict.fromkeys(words[: 1 if function else _WORDS_OF_A_MEANING]))
        return " ".join(written)

    def in_words_of(self, text: str, source: Language, target: Language) -> str:
        """A text word for word in another language; what is not known stays as it is. Linear time."""
        written = []
        for raw, meanings in self._read(text, source):
            words = [self._meanings[meaning][LANGUAGES.index(target)][0] for meaning in meanings]
            written.append(" ".join(dict.fromkeys(words)) or raw)
        return " ".join(written)

    def language_of(self, text: str, languages: Sequence[Language]) -> Language | None:
        """The language most of whose words a text has, of these; None where no one stands out."""
        words = [fold(match.group()) for match in _TOKEN.finditer(text[:_LOOKED_AT])]
        votes = sorted(((sum(self._is_of(word, one) for word in words), one) for one in languages), reverse=True)
        if not votes or not votes[0][0]:
            return None
        return votes[0][1] if len(votes) == 1 or votes[0][0] > votes[1][0] else None

    def _is_of(self, word: str, language: Language) -> bool:
        return word in self._exact[language] or word in FUNCTION_WORDS[language]

    def _read(self, text: str, language: Language) -> Iterator[tuple[str, tuple[int, ...]]]:
        """The terms of a text as written, longest first, with their meanings; sentence signs go to the word before."""
        tokens = list(_TOKEN.finditer(text))
        at = 0
        while at < len(tokens):
            count, meanings = self._term_at(text, tokens, at, language)
            start, end = tokens[at].start(), tokens[at + count - 1].end()
            after = tokens[at + count].start() if at + count < len(tokens) else len(text)
            yield text[start:end] if meanings else text[start:after].strip(), meanings
            at += count

    def _term_at(
        self, text: str, tokens: Sequence[re.Match[str]], at: int, language: Language
    ) -> tuple[int, tuple[int, ...]]:
        for count in range(min(_LONGEST_TERM, len(tokens) - at), 1, -1):
            span = text[tokens[at].start() : tokens[at + count - 1].end()]
            found = self._exact[language].get(fold(" ".join(span.split()))) if len(span) <= _LONGEST_COMPOUND else None
            if found:
                return count, tuple(found[:_MEANINGS])
        word = fold(tokens[at].group())
        return 1, () if any(character.isdigit() for character in word) else self._meanings_of(word, language)

    def _meanings_of(self, word: str, language: Language) -> tuple[int, ...]:
        if word in FUNCTION_WORDS[language]:
            return tuple(self._exact[language].get(word, ())[:1])
        found = self._simple(word, language)
        if not found and "-" in word[:_LONGEST_COMPOUND]:
            parts = [self._simple(part, language)[:1] for part in word[:_LONGEST_COMPOUND].split("-")]
            found = [meaning for part in parts for meaning in part]
        if not found and language in _COMPOUNDING and len(word) <= _LONGEST_COMPOUND:
            found = self._compound(word, language)
        return tuple(found[:_MEANINGS])

    def _simple(self, word: str, language: Language) -> list[int]:
        return self._exact[language].get(word) or self._stems[language].get(_stem(word, language), [])

    def _compound(self, word: str, language: Language) -> list[int]:
        """Meanings of the two parts of a compound, or of its last part where that alone is known."""
        for cut in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1):
            last = self._simple(word[cut:], language)[:1]
            if not last:
                continue
            for joint in _JOINTS:
                first = word[:cut].removesuffix(joint) if joint else word[:cut]
                known = self._simple(first, language)[:1] if len(first) >= _SHORTEST_PART - 1 else []
                if known:
                    return [*known, *last]
            if len(word) - cut > _SHORTEST_PART:
                return last
        return []


_LOOKED_AT = 4_000
"""Characters of a text by which its language is told."""


def _append(numbers: list[int], number: int) -> None:
    if number not in numbers:
        numbers.append(number)


def _stem(word: str, language: Language) -> str:
    """A word without its ending: enough to bring the forms of a word together that differ only there."""
    for ending in _ENDINGS[language]:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)]
    return word


@cache
def built_in() -> ForeignTerms:
    """The terms that come with the program; read once."""
    text = resources.files("assistant.retrieval").joinpath("foreign_terms.txt").read_text(encoding="utf-8")
    return ForeignTerms(text)
