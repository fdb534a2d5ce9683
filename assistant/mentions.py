"""All mentions of a name, a phrase or an identifier: every place in the case, nothing cut off.

A phrase is found whatever its case, diacritics, punctuation and line breaks; German umlauts also as ae, oe, ue; a name
of two or three words also with the surname first. An identifier is found by its normal form, however it is written.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from assistant.records import ExhibitRef
from assistant.retrieval.case_reader import CatalogueReader
from assistant.retrieval.query import word_spans
from assistant.word_scan import PassagePlaces, Span, WordScan, located
from casefile.fulltext import ExhibitHit, quoted
from casefile.locators import Locator
from casefile.records import Coverage, Exhibit, Identifier, Passage, PlacedIdentifier

How = Literal["as written", "other spelling", "surname first", "same identifier"]

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"})
_SPELLED = re.compile("(?<![aeq])(a|o|u)e")
_NAME_WORDS = (2, 3)


class MentionCatalogue(CatalogueReader, Protocol):
    """The catalogue, with an exhibit's passages."""

    def passages_of(self, exhibit_id: str) -> tuple[Passage, ...]:
        """The passages of an exhibit's current text, in text order."""
        ...


class ExhibitSearch(Protocol):
    """The full-text index over whole exhibits."""

    def exhibits(self, match: str, limit: int) -> tuple[ExhibitHit, ...]:
        """The best whole exhibits for an FTS5 expression."""
        ...


@dataclass(frozen=True, slots=True)
class Mention:
    """One place: `quote` is `text_of_exhibit[locator.start:locator.end]`; `how` says what was recognised."""

    exhibit: ExhibitRef
    passage_id: int
    locator: Locator
    quote: str
    how: How


@dataclass(frozen=True, slots=True)
class MentionCount:
    """How often an exhibit mentions it."""

    exhibit: ExhibitRef
    count: int


@dataclass(frozen=True, slots=True)
class Mentions:
    """Every mention, by exhibit in the order of the case and by place; `per_exhibit` counts them, most first.

    `identifiers` are the normal forms that were looked up.
    """

    what: str
    mentions: tuple[Mention, ...]
    per_exhibit: tuple[MentionCount, ...]
    identifiers: tuple[str, ...]
    coverage: Coverage


def mentions_of(
    what: str,
    catalogue: MentionCatalogue,
    fulltext: ExhibitSearch,
    find_identifiers: Callable[[str], Sequence[Identifier]],
    exhibit_ids: Sequence[str] | None = None,
) -> Mentions:
    """Find every mention in the case, or in these exhibits.

    Args:
        what: a name, phrase or identifier.
        catalogue: of the case.
        fulltext: narrows down which texts are read; they are then read whole.
        find_identifiers: finds identifiers in `what`, with what the case says about its texts.
        exhibit_ids: exhibits to keep to; None for all.
    """
    phrases = spellings(what)
    everything = catalogue.exhibits()
    chosen = None if exhibit_ids is None else frozenset(exhibit_ids)
    exhibits = {e.id: e for e in everything if chosen is None or e.id in chosen}
    sought = sorted({(found.kind, found.normal) for found in find_identifiers(what)})
    placed = [place for kind, normal in sought for place in catalogue.identifiers(kind, normal)]
    candidates = {place.exhibit_id for place in placed}
    for phrase in phrases:
        match = quoted(" ".join(phrase))
        # Asked of the whole case: a limit of as many as were chosen would leave those out that others outrank.
        candidates.update(hit.exhibit_id for hit in fulltext.exhibits(match, max(1, len(everything))))
    found = [
        mention
        for exhibit in exhibits.values()
        if exhibit.id in candidates
        for mention in _in_exhibit(catalogue, exhibit, phrases, [p for p in placed if p.exhibit_id == exhibit.id])
    ]
    counts: dict[str, list[Mention]] = {}
    for mention in found:
        counts.setdefault(mention.exhibit.id, []).append(mention)
    per_exhibit = tuple(MentionCount(listed[0].exhibit, len(listed)) for listed in counts.values())
    return Mentions(
        what,
        tuple(found),
        tuple(sorted(per_exhibit, key=lambda count: -count.count)),
        tuple(normal for _, normal in sought),
        catalogue.coverage(exhibit_ids),
    )


def spellings(what: str) -> dict[tuple[str, ...], How]:
    """The word sequences that count as a mention, folded, and how each is recognised."""
    written = tuple(word for _, _, word in word_spans(what))
    if not written:
        return {}
    found: dict[tuple[str, ...], How] = {written: "as written"}
    composed = unicodedata.normalize("NFC", what)
    spelled_out = tuple(word for _, _, word in word_spans(composed.translate(_UMLAUTS)))
    joined = tuple(_SPELLED.sub(r"\1", word) for word in written)
    for variant in (spelled_out, joined):
        found.setdefault(variant, "other spelling")
    if len(written) in _NAME_WORDS and not any(character.isdigit() for character in what):
        for variant in list(found):
            found.setdefault((variant[-1], *variant[:-1]), "surname first")
    return found


def _in_exhibit(
    catalogue: MentionCatalogue,
    exhibit: Exhibit,
    phrases: dict[tuple[str, ...], How],
    placed: Sequence[PlacedIdentifier],
) -> Iterator[Mention]:
    text = catalogue.text(exhibit.id)
    scan = WordScan(text)
    spans: list[tuple[Span, How]] = [
        (span, how) for phrase, how in phrases.items() for span in scan.find([{word} for word in phrase])
    ]
    spans.extend((Span(p.identifier.start, p.identifier.end), "same identifier") for p in placed)
    places = PassagePlaces(catalogue.passages_of(exhibit.id))
    reference = ExhibitRef(exhibit.id, exhibit.name, exhibit.path)
    last_end = -1
    # Of two that overlap the longer stands for both: a number found as words and as an identifier is one mention.
    for span, how in sorted(spans, key=lambda pair: (pair[0].start, -pair[0].end, pair[1])):
        passage = places.passage_at(span.start)
        if span.start >= last_end and passage is not None:
            last_end = span.end
            yield Mention(reference, passage.id, located(passage, span), text[span.start : span.end], how)
