"""Evidence in another language, put word for word into the question's before its sentences are ranked.

Only ranking sees those words. What is quoted are the sentences themselves: each candidate is brought back to its
place in the original text.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.lexicon import LANGUAGES, Language
from assistant.records import RankedPassage
from assistant.retrieval.foreign_terms import ForeignTerms
from assistant.sentence_ranking import Candidate, Split

LESS_SURE = 0.5
"""What is taken off the score of a sentence that was compared word for word."""


@dataclass(frozen=True, slots=True)
class _Original:
    """A passage as it stands, and for the place of each sentence among the words put for it, that in the text."""

    source: RankedPassage
    spans: dict[int, tuple[int, int]]


class WordForWord:
    """Reads evidence in one language, and brings what was found in it back.

    Args:
        evidence: passages in any of the case's languages.
        split: the sentence splitter.
        language: of the question.
        languages: of the case (ISO 639-1).
        terms: the words of one meaning.
    """

    def __init__(
        self,
        evidence: Sequence[RankedPassage],
        split: Split,
        language: Language,
        languages: Sequence[str],
        terms: ForeignTerms,
    ) -> None:
        self._split = split
        self._language = language
        self._known: tuple[Language, ...] = tuple(code for code in LANGUAGES if code in {*languages, language})
        self._terms = terms
        self._originals: dict[int, _Original] = {}
        self._spans: dict[str, list[tuple[int, int]]] = {}
        self.evidence = tuple(self._read(one) for one in evidence) if len(self._known) > 1 else tuple(evidence)

    def split(self, text: str) -> Sequence[tuple[int, int]]:
        """The sentences of a text; of one that was put word for word those of its original."""
        return self._spans.get(text) or self._split(text)

    def is_foreign(self, candidate: Candidate) -> bool:
        """Whether a candidate stands in another language than the question."""
        return candidate.source.passage.id in self._originals

    def original(self, candidate: Candidate) -> Candidate:
        """A candidate with its own words, at its own place."""
        known = self._originals.get(candidate.source.passage.id)
        if known is None:
            return candidate
        passage = known.source.passage
        start, end = known.spans[candidate.start - passage.locator.start]
        text = passage.text[start:end]
        offset = passage.locator.start
        return replace(
            candidate,
            source=known.source,
            start=offset + start,
            end=offset + end,
            text=text,
            values=(),
            names=(),
            score=candidate.score - LESS_SURE,
        )

    def _read(self, found: RankedPassage) -> RankedPassage:
        passage = found.passage
        language = self._terms.language_of(f"{passage.context} {passage.text}", self._known)
        if language is None or language == self._language:
            return found
        row = passage.locator.kind == "cells"
        pieces: list[str] = []
        places: dict[int, tuple[int, int]] = {}
        spans: list[tuple[int, int]] = []
        at = 0
        for first, last in [(0, len(passage.text))] if row else self._split(passage.text):
            text = passage.text[first:last]
            start = first if row else first + len(text) - len(text.lstrip())
            words = self._terms.in_words_of(text, language, self._language)
            if not words or start == last:
                continue
            places[at] = (start, last if row else start + len(text.strip()))
            spans.append((at, at + len(words)))
            pieces.append(words)
            at += len(words) + 1
        if not pieces:
            return found
        read = "\n".join(pieces)
        if self._spans.get(read, spans) != spans:  # the same words, cut otherwise: cannot be told apart later
            return found
        context = self._terms.in_words_of(passage.context, language, self._language)
        self._originals[passage.id] = _Original(found, places)
        self._spans[read] = spans
        return replace(found, passage=replace(passage, text=read, context=context))
