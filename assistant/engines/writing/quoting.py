"""From a sentence of a model to the exact quotes that bear it out, in the passages that it cites and nowhere else.

The stored text of a cited passage is looked at in whole sentences, those left out of the prompt too. The shortest
stretch that says enough of the sentence and under which `assistant.citations` supports it is the quote; a sentence
that cites several passages gets a quote of each that supports it alone, else those that do together. The work is
bounded, whatever the passages and the sentence hold.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from assistant.citations import verify_claim
from assistant.engines.writing.word_forms import looks_past, stems_of
from assistant.lexicon import FUNCTION_WORDS, LANGUAGES, Language, fold, language_of, word_set
from assistant.names import find_names
from assistant.questions import content_terms
from assistant.records import ProposedClaim, ProposedQuote, RankedPassage
from assistant.retrieval.foreign_terms import built_in
from assistant.values import find_values
from ingest.sentences import sentences

_LONGEST_SENTENCE = 1_200
"""Characters of a sentence that is compared at all."""
_MOST_UNITS = 120
"""Sentences of a passage that are compared."""
_LONGEST_STRETCH = 4
"""Sentences of a quote."""
_LONGEST_QUOTE = 2_400
"""Characters of a quote."""
_TRIED_OF_EACH_LENGTH = 2
_MOST_TOGETHER = 4
"""Quotes of one sentence that only together bear it out."""
_MOST_CITED = 4
"""Passages of one sentence that are looked at."""
_ENOUGH = (0.9, 0.6)
"""Share of what the cited passages say of a sentence that its quotes must say: better all of it, else most."""
_LEAST = 0.51
"""Share of a sentence's words that its quotes must have, where both are in one language: `blue` is not `white`."""
_FEW_OWN = 3
"""A sentence with no more words than that which are no names and no values must have all of them in its quotes."""
_MISSING_OF = 4
"""Of the own words of a longer one, one in so many may be worded otherwise, unless it tells what was done."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence, or a whole row, of a stored text: `text_of_exhibit[start:end]`."""

    start: int
    end: int
    stems: frozenset[str]


@dataclass(frozen=True)
class Source:
    """A passage that may be cited, in sentences."""

    found: RankedPassage
    language: Language

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        """The sentences of the stored text, with their words in the answer's language where they are in another."""
        passage = self.found.passage
        row = passage.locator.kind == "cells"
        spans = [(0, len(passage.text))] if row else sentences(passage.text)[:_MOST_UNITS]
        offset = passage.locator.start
        return tuple(
            Unit(offset + start, offset + end, self._said(passage.text[start:end]))
            for start, end in spans
            if passage.text[start:end].strip()
        )

    @cached_property
    def foreign(self) -> Language | None:
        """The language that it is in, where that is another than the answer's."""
        spoken = built_in().language_of(f"{self.found.passage.context} {self.found.passage.text}", LANGUAGES)
        return spoken if spoken != self.language else None

    @property
    def labels(self) -> tuple[str, ...]:
        """Column names, for a row."""
        locator = self.found.passage.locator
        return locator.header if locator.kind == "cells" else ()

    def quote(self, start: int, end: int) -> ProposedQuote:
        """A stretch of it, as stored."""
        passage = self.found.passage
        offset = passage.locator.start
        return ProposedQuote(
            passage.exhibit_id, passage.text_sha256, start, end, passage.text[start - offset : end - offset]
        )

    def _said(self, text: str) -> frozenset[str]:
        own = words_of(" ".join((text, *self.labels)), self.language)
        if self.foreign is None:
            return own
        return own | words_of(built_in().in_words_of(text, self.foreign, self.language), self.language)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The words of a sentence that its quotes should have.

    `own` are those that are no names and no values, `deeds` those of them that look like verbs in the past, `clauses`
    those of each clause; `every` has the function words too and decides between equals.
    """

    all: frozenset[str]
    own: frozenset[str]
    deeds: frozenset[str]
    every: frozenset[str]
    clauses: tuple[frozenset[str], ...]

    def are_told(self, said: frozenset[str]) -> bool:
        """Whether a text with these words says what the sentence says of its names and values."""
        missing = self.own - said
        if missing & self.deeds or any(clause and clause <= missing for clause in self.clauses):
            return False
        return len(missing) <= (0 if len(self.own) <= _FEW_OWN else len(self.own) // _MISSING_OF)


@dataclass(frozen=True, slots=True)
class _Stretch:
    source: Source
    start: int
    end: int
    stems: frozenset[str]


@dataclass(frozen=True, slots=True)
class Quoter:
    """Finds quotes for the sentences of one answer.

    Attributes:
        languages: of the case (ISO 639-1).
        region: of the case (ISO 3166 alpha-2).
    """

    languages: tuple[str, ...] = ()
    region: str | None = None

    def claim(self, sentence: str, cited: Sequence[Source]) -> ProposedClaim | None:
        """The sentence with its quotes; None where nothing in the cited passages supports it."""
        if len(sentence) > _LONGEST_SENTENCE or not cited:
            return None
        wanted = _wanted(sentence, language_of(sentence, self.languages), cited[0].language)
        if not wanted.all:
            return None
        sources = cited[:_MOST_CITED]
        known = wanted.all & frozenset(stem for source in sources for unit in source.units for stem in unit.stems)
        best = [one for source in sources for one in _best_units(wanted, source)]
        for share in _ENOUGH:
            enough = share * len(known)
            found = (self._alone(sentence, wanted, source, enough) for source in sources)
            alone = [one for one in found if one is not None]
            for quoted in (alone, alone[:1], self._together(wanted, best, enough)):
                if quoted and self._supports(sentence, wanted, quoted):
                    return ProposedClaim(sentence, _quotes(quoted))
        return None

    def nearest(self, sentence: str, cited: Sequence[Source]) -> ProposedClaim:
        """An unsupported sentence with what comes nearest to it in the passages it cites, so that a reason is given."""
        if not cited:
            return ProposedClaim(sentence, ())
        wanted = _wanted(sentence[:_LONGEST_SENTENCE], language_of(sentence, self.languages), cited[0].language)
        best = [
            one for source in cited[:_MOST_CITED] for one in _best_units(wanted, source)[:1] if one.stems & wanted.all
        ]
        claim = ProposedClaim(sentence, _quotes(best))
        if len(sentence) > _LONGEST_SENTENCE or self._verified(claim, best):
            return ProposedClaim(sentence, ())
        return claim

    def supports(self, claim: ProposedClaim) -> bool:
        """Whether the verifier supports a claim with the quotes that it has."""
        quotes = [quote.quote for quote in claim.quotes]
        return verify_claim(claim, quotes, languages=self.languages, region=self.region).supported

    def _alone(self, sentence: str, wanted: _Wanted, source: Source, enough: float) -> _Stretch | None:
        """The shortest stretch of a passage that supports the sentence, among the few that say most of it."""
        for length in range(1, _LONGEST_STRETCH + 1):
            stretches = _stretches(source, length)
            telling = [one for one in stretches if len(one.stems & wanted.all) >= enough]
            for one in _best_first(wanted, telling)[:_TRIED_OF_EACH_LENGTH]:
                if self._supports(sentence, wanted, [one]):
                    return one
        return None

    def _together(self, wanted: _Wanted, best: Sequence[_Stretch], enough: float) -> list[_Stretch]:
        """A few sentences that say enough between them, each adding something; empty where there are none."""
        chosen: list[_Stretch] = []
        missing = set(wanted.all)
        while len(chosen) < _MOST_TOGETHER:
            new = max(best, key=lambda one: len(one.stems & missing), default=None)
            if new is None or not new.stems & missing:
                break
            chosen.append(new)
            missing -= new.stems
        return chosen if len(chosen) > 1 and len(wanted.all) - len(missing) >= enough else []

    def _supports(self, sentence: str, wanted: _Wanted, stretches: Sequence[_Stretch]) -> bool:
        said = frozenset(stem for one in stretches for stem in one.stems)
        least = min(_least(wanted, one.source) for one in stretches)
        if len(said & wanted.all) < least * len(wanted.all):
            return False
        if any(one.source.labels for one in stretches):
            told = len(wanted.own) < _FEW_OWN or bool(said & wanted.own)  # a row has no verbs
        else:
            told = any(one.source.foreign is not None for one in stretches) or wanted.are_told(said)
        if not told:
            return False
        return self._verified(ProposedClaim(sentence, _quotes(stretches)), stretches)

    def _verified(self, claim: ProposedClaim, stretches: Sequence[_Stretch]) -> bool:
        labels = tuple(label for one in stretches for label in one.source.labels)
        quotes = [quote.quote for quote in claim.quotes]
        return verify_claim(claim, quotes, languages=self.languages, region=self.region, labels=labels).supported


def words_of(text: str, language: Language) -> frozenset[str]:
    """The words of a text for comparing, without their endings."""
    return stems_of(content_terms(text), language)


def _least(wanted: _Wanted, source: Source) -> float:
    """Share of the words that must be there; in another language only values and names can be."""
    if source.foreign is None:
        return _LEAST
    return 1 / len(wanted.all) if wanted.all else 0.0


_DOCUMENT = (
    r"(?:(?:police|written|same|first|second|other|official) )?(?:document|report|file|passage|statement|letter"
    r"|e-?mail|mail"
    r"|record|text|note|message|transcript|protocol|invoice|contract)s?"
)
_FRAME = re.compile(
    rf"\A(?:(?:according to|in|as per) (?:the|this|that|a|an) {_DOCUMENT}\b[,:]?"
    rf"|(?:the|this|that|a|an) {_DOCUMENT} (?:says?|states?|notes?|mentions?|records?|shows?|demands?|reports?|reads?"
    r"|sa[iy]d|stated|noted|describes?)(?: that\b|[:,])"
    r"|(?:laut|gem\u00e4\u00df|im|in der|in dem) (?:(?:dem|der|diesem|dieser) )?(?:Dokument|Bericht|Akte|Aussage"
    r"|Vermerk|Schreiben|Text)\b"
    r"(?: (?:gilt|steht))?(?:[,:](?: dass\b)?)?)\s*",
    re.IGNORECASE,
)
"""What only says that a document says it; which one is what the citation shows."""
_NO_DEEDS = word_set(
    "stand stands stood standing lie lies lay lying located situated happen happens happened occurred "
    "steht standen liegt lag lagen befindet befand befanden geschah passierte"
)
"""Words of place and happening, which say no more than `was`."""


_CLAUSE = re.compile(r"[,;:()\u2013\u2014]\s|\s[(\u2013\u2014-]|\b(?:and|but|und|aber|et|mais|en|maar)\b")


def _wanted(sentence: str, language: Language, compared_in: Language) -> _Wanted:
    small = FUNCTION_WORDS[language] | _NO_DEEDS
    bare = _FRAME.sub("", sentence, count=1)
    own = " ".join(word for word in bare.split() if fold(word.strip('.,;:!?()"\u201c\u201d')) not in small)
    words = words_of(own, compared_in)
    taken = [value.raw for value in find_values(sentence, language)]
    taken += [name.raw for name in find_names(sentence, language)]
    named = words_of(" ".join(taken), compared_in)
    deeds = stems_of((word for word in content_terms(own) if looks_past(word, language)), compared_in)
    clauses = tuple(words_of(clause, compared_in) & words - named for clause in _CLAUSE.split(bare))
    return _Wanted(words, words - named, deeds - named, words_of(sentence, compared_in), clauses)


def _stretches(source: Source, length: int) -> list[_Stretch]:
    units = source.units
    found = [
        _Stretch(source, run[0].start, run[-1].end, frozenset().union(*(unit.stems for unit in run)))
        for run in (units[at : at + length] for at in range(len(units) - length + 1))
    ]
    return [one for one in found if one.end - one.start <= _LONGEST_QUOTE]


def _best_units(wanted: _Wanted, source: Source) -> list[_Stretch]:
    """The sentences of a passage that say most of a sentence, best first."""
    return _best_first(wanted, _stretches(source, 1))[:_MOST_TOGETHER]


def _best_first(wanted: _Wanted, stretches: Sequence[_Stretch]) -> list[_Stretch]:
    """Those that say most of a sentence first, of equals the shortest."""
    return sorted(
        stretches,
        key=lambda one: (-len(one.stems & wanted.all), -len(one.stems & wanted.every), one.end - one.start, one.start),
    )


def _quotes(stretches: Sequence[_Stretch]) -> tuple[ProposedQuote, ...]:
    return tuple(dict.fromkeys(one.source.quote(one.start, one.end) for one in stretches))
