"""Evidence in another language than the question: found by its words there, weighed by what they mean here."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from assistant.lexicon import LANGUAGES, Language, language_of
from assistant.records import RankedPassage
from assistant.retrieval.filters import Filters
from assistant.retrieval.foreign_terms import ForeignTerms
from assistant.retrieval.retriever import SearchResult

_LOOKED_AT = 24
"""Passages of another language that are read word for word, for each language."""
_LONGEST = 600
_PLACE = 0.15
"""Weight of the place that the search in the other language gave, beside the cosine of what the words mean."""


class Searching(Protocol):
    """What is needed of `Retriever`."""

    def search(self, question: str, k: int, filters: Filters | None = None) -> SearchResult:
        """The `k` best passages."""
        ...


class ForeignSearch:
    """Asks a question again in the other languages of a case; silent where the case has only the question's.

    Args:
        retriever: searches the case.
        embed: unit vectors of texts.
        languages: of the case (ISO 639-1).
        terms: the words of one meaning.
    """

    def __init__(
        self,
        retriever: Searching,
        embed: Callable[[Sequence[str]], NDArray[np.float32]],
        languages: Sequence[str],
        terms: ForeignTerms,
    ) -> None:
        self._retriever = retriever
        self._embed = embed
        self._languages: tuple[Language, ...] = tuple(code for code in LANGUAGES if code in languages)
        self._terms = terms

    def search(self, question: str, k: int, filters: Filters | None = None) -> tuple[RankedPassage, ...]:
        """At most `k` passages of each other language, best first, with the cosine of what their words mean."""
        asked = language_of(question, self._languages)
        found: list[RankedPassage] = []
        for language in self._languages:
            if language != asked:
                found.extend(self._in(question, asked, language, k, filters))
        return tuple(sorted(found, key=lambda one: (-one.score, one.passage.id)))

    def _in(
        self, question: str, asked: Language, language: Language, k: int, filters: Filters | None
    ) -> list[RankedPassage]:
        words = self._terms.asked_in(question, asked, language)
        passages = [
            one
            for one in self._retriever.search(words, _LOOKED_AT, filters).passages
            if self._terms.language_of(f"{one.passage.context} {one.passage.text}", self._languages) == language
        ]
        if not passages:
            return []
        read = [self._terms.in_words_of(one.passage.text[:_LONGEST], language, asked) for one in passages]
        vectors = self._embed([question, *read])
        cosines = (vectors[1:] @ vectors[0]).tolist()
        best = max(passages[0].score, 1e-9)
        weighed = [
            replace(one, score=cosine + _PLACE * one.score / best, similarity=cosine)
            for one, cosine in zip(passages, cosines, strict=True)
        ]
        return sorted(weighed, key=lambda one: (-one.score, one.passage.id))[:k]
