"""Whether a claim puts somebody, a day or a sum into a sentence of another: all its parts stand in the quotes, apart.

A quote may hold several sentences: "Heike Sommer approved the first invoice on 9 January. Uwe Falk rejected the other
on 11 January." Each clause of a claim is held against the sentence of the quotes that shares most words with it. Where
that sentence names someone whom the clause does not name, and the clause someone whom it does not name, the clause has
mixed two sentences. The same goes for two days, times or sums. A pronoun in the sentence may stand for a name.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.lexicon import ALL_FUNCTION_WORDS, TextLanguage, fold, text_language_of, words
from assistant.names import acronyms, initials, known_spellings, name_runs
from assistant.same_values import same_value
from assistant.values import Value, find_values
from ingest.sentences import sentences

_CLAUSE = re.compile(r"[;:()]|,\s|\b(?:and|but|while|whereas|who|which|und|aber|sowie|et|mais|en|maar|y|pero)\b")
_PRONOUN = re.compile(
    r"\b(?:he|she|they|his|her|its|their|him|them|i|we|er|sie|ihm|ihn|ihr\w*|seine?\w?|ich|wir|il|elle|ils|elles|lui|leur|hij|zij"
    r"|ze|hem|haar|hun)\b",
    re.IGNORECASE,
)
_LEAST_SHARED = 2
"""Words, names and values that clause and sentence must share, one of them a word."""
_MOST_SENTENCES = 60
_MOST_CLAUSES = 20
_KINDS = frozenset({"date", "time", "amount", "percent"})


@dataclass(frozen=True, slots=True)
class _Read:
    content: frozenset[str]
    names: tuple[frozenset[str], ...]
    """Of each name the spellings of its words."""
    raw_names: tuple[str, ...]
    values: tuple[Value, ...]
    short: frozenset[str]
    pronoun: bool


def check_mixing(claim: str, quotes: Sequence[str], language: TextLanguage) -> str | None:
    """Whether a clause of the claim has a name, day, time or sum in the place of the one its sentence has."""
    there: list[_Read] = []
    for quote in quotes:
        spoken = text_language_of(quote, (language,))
        there += [_read(quote[start:end], spoken) for start, end in sentences(quote)[: _MOST_SENTENCES - len(there)]]
    if len(there) < 2:
        return None
    for clause in [part for part in _CLAUSE.split(claim) if part.strip()][:_MOST_CLAUSES]:
        stated = _read(clause, language)
        shared = [(len(stated.content & one.content), _shared(stated, one)) for one in there]
        words_shared, all_shared = most = max(shared)
        best = [one for one, count in zip(there, shared, strict=True) if count == most]
        whole = words_shared == len(stated.content)
        if not words_shared or 2 * all_shared < len(stated.content) or not (whole or all_shared >= _LEAST_SHARED):
            continue
        found = [_mixed(stated, one) for one in best]
        if all(found):
            return found[0]
    return None


def _mixed(stated: _Read, sentence: _Read) -> str | None:
    for value in stated.values:
        same_kind = [one for one in sentence.values if one.kind == value.kind]
        if any(same_value(value, one) for one in same_kind):
            continue
        for one in same_kind:
            if not any(same_value(one, other) for other in stated.values):
                here, wrong = one.raw.strip(), value.raw.strip()
                return f"the cited text has \u201c{here}\u201d here, and \u201c{wrong}\u201d in another sentence"
    if sentence.pronoun:
        return None
    strange = [raw for raw, forms in zip(stated.raw_names, stated.names, strict=True) if not _among(forms, sentence)]
    others = [raw for raw, forms in zip(sentence.raw_names, sentence.names, strict=True) if not _among(forms, stated)]
    if strange and others:
        return f"the cited text says this of \u201c{others[0]}\u201d, not of \u201c{strange[0]}\u201d"
    return None


def _shared(stated: _Read, sentence: _Read) -> int:
    """How many words, names and values of a clause a sentence has."""
    names = sum(_among(forms, sentence) for forms in stated.names)
    values = sum(any(same_value(one, other) for other in sentence.values) for one in stated.values)
    return len(stated.content & sentence.content) + names + values


def _among(forms: frozenset[str], text: _Read) -> bool:
    return any(forms & other for other in text.names) or bool(forms & (text.short | text.content))


def _read(text: str, language: TextLanguage) -> _Read:
    values = tuple(value for value in find_values(text, language) if value.kind in _KINDS)
    valued = bytearray(len(text))
    for value in find_values(text, language):
        valued[value.start : value.end] = b"\x01" * (value.end - value.start)
    runs = [text[start:end] for start, end in name_runs(text, language) if not any(valued[start:end])]
    named = frozenset(word for raw in runs for word in words(raw))
    content = frozenset(word[:6] for word in words(text) if word not in ALL_FUNCTION_WORDS and word not in named)
    spellings = tuple(known_spellings(raw) | initials(raw) | acronyms(raw) for raw in runs)
    return _Read(
        content,
        spellings,
        tuple(runs),
        values,
        frozenset(fold(word) for word in words(text)),
        bool(_PRONOUN.search(text)),
    )
