"""Where an identifier or a name turns up in the case: every place, each cited with its sentence, line or row."""

import re
from collections.abc import Iterable, Sequence

from assistant.case_facts_port import CaseFacts, Mention, NamePlace
from assistant.lexicon import Language, fold
from assistant.questions import QuestionAnalysis
from assistant.records import Computation, ProposedClaim, ProposedQuote
from casefile.records import Passage
from ingest.sentences import sentences

MOST_MENTIONS_LISTED = 200
_LONGEST_SENTENCE = 240
_AROUND = 120
_ABOUT_MENTIONS = re.compile(
    r"\b(?:mention\w*|appear\w*|occur\w*|named|referred|turns? up|comes? up"
    r"|erwahn\w*|vorkomm\w*|kommt\b.{0,80}\bvor|genannt|taucht\b.{0,80}\bauf"
    r"|mentionn\w*|apparai\w*|genoemd|vermeld\w*|voorkomt|komt\b.{0,80}\bvoor)\b"
)
"""`How many times` alone is no question about mentions: how often a number was called is not how often it stands."""
_TURNS_UP = re.compile(
    r"\b(?:where|in (?:which|what)|which|what)\b.{0,160}\b(?:turns? up|comes? up|crops? up|shows? up|appears?|occurs?"
    r"|mentioned|named)\b"
    r"|\bwho (?:\w+ )?(?:used|uses|mentions|mentioned|gave|named)\b"
    r"|\b(?:all|every|each|any) (?:mention|place|occurrence|appearance|reference)s?\b"
    r"|\b(?:wo|in welche[mnr]|welche[rs]?)\b.{0,160}\b(?:taucht|tauchen|kommt|kommen|erscheint|erwahnt|genannt|vorkommt"
    r"|auftaucht)\b"
    r"|\bwer\b.{0,60}\b(?:benutzt\w*|verwendet\w*|nutzt\w*)\b"
    r"|\b(?:alle|jede|samtliche) (?:erwahnung|stelle|nennung)(?:en)?\b"
    r"|\b(?:ou|dans quel\w*|quel\w*)\b.{0,160}\b(?:apparai\w+|figure\w*|mentionne\w*|cite\w*)\b"
    r"|\bqui\b.{0,60}\butilis\w*\b"
    r"|\b(?:toutes? les|chaque) (?:mention|occurrence)s?\b"
    r"|\b(?:waar|in welke?|welke)\b.{0,160}\b(?:voorkomt|komt|opduikt|duikt|vermeld|genoemd)\b"
    r"|\bwie\b.{0,60}\bgebruikt\w*\b"
    r"|\b(?:alle|elke|iedere) (?:vermelding|plaats|plek)(?:en)?\b"
)
_EVERY_MENTION = re.compile(
    r"\b(?:(?:all|every|each|any) (?:mention|occurrence|appearance|reference)s?"
    r"|(?:in )?(?:which|what) (?:documents?|exhibits?|files?)\b.{0,80}\b(?:mention\w*|nam\w+|appear\w*|occur\w*)"
    r"|(?:alle|jede|samtliche) (?:erwahnung|nennung)(?:en)?"
    r"|in welchen (?:dokument|akt|datei|unterlag)\w*\b.{0,80}\b(?:genannt|erwahnt|vorkomm\w*|vor)"
    r"|(?:toutes? les|chaque) (?:mention|occurrence)s?"
    r"|dans quels (?:document|fichier)s\b.{0,80}\b(?:mentionn\w*|apparai\w*|cit\w*)"
    r"|(?:alle|elke|iedere) vermelding(?:en)?"
    r"|in welke (?:document|bestand)en\b.{0,80}\b(?:genoemd|vermeld|voor))\b"
)
_MENTIONING_NOUN = re.compile(
    r"(?:dokument|akte|datei|unterlag|beweis|stelle|erwahnung|nennung|document|fichier|bestand)\w*"
)
_MENTIONED: dict[Language, str] = {
    "en": "{value} mentions.",
    "de": "{value} mal genannt.",
    "fr": "{value} mentions.",
    "nl": "{value} keer genoemd.",
}


def mention_answer(analysis: QuestionAnalysis, facts: CaseFacts) -> tuple[ProposedClaim, ...]:
    """Return all places of the identifier or the name asked about, or their count; empty when none is asked for."""
    folded = fold(analysis.question)
    counted = analysis.operation == "count" and _ABOUT_MENTIONS.search(folded) is not None
    listed = _TURNS_UP.search(folded) is not None or (analysis.exhaustive and analysis.operation is None)
    if analysis.identifiers and (counted or listed):
        mentions = tuple(facts.mentions(analysis.question))
        if mentions:
            return _of_identifiers(analysis, mentions, counted=counted)
    what = analysis.phrases or tuple(dict.fromkeys(_whole(name, analysis.question) for name in _names(analysis)))
    if len(what) == 1 and not analysis.identifiers and _EVERY_MENTION.search(folded):
        return _listed([_name_quote(place) for place in facts.places_of(what[0])])
    return ()


def _names(analysis: QuestionAnalysis) -> list[str]:
    """The names of a question, without the nouns for what mentions them, which German writes with a capital."""
    return [name for name in analysis.names if not _MENTIONING_NOUN.fullmatch(fold(name))]


def _whole(name: str, question: str) -> str:
    """A name with the first name that an elision hides: `d'Anna M\u00fcller`."""
    found = re.search(rf"\b[dlDL]['\u2019]([^\W\d_]+ ){re.escape(name)}", question)
    return f"{found[1]}{name}" if found else name


def _of_identifiers(
    analysis: QuestionAnalysis, mentions: Sequence[Mention], *, counted: bool
) -> tuple[ProposedClaim, ...]:
    """One claim that counts all mentions, or one quote for each."""
    places = [(m, quote_around(m.passage, m.identifier.start, m.identifier.end)) for m in mentions]
    if not counted:
        return _listed([quote for _, quote in places])
    quotes = tuple(dict.fromkeys(quote for _, quote in places))
    positions = tuple(quotes.index(quote) + 1 for _, quote in places)
    terms = tuple(mention.identifier.raw for mention, _ in places)
    value = str(len(places))
    text = _MENTIONED[analysis.language].format(value=value)
    return (ProposedClaim(text, quotes, Computation("count", positions, terms, value)),)


def _name_quote(place: NamePlace) -> ProposedQuote:
    return quote_around(place.passage, place.start, place.end)


def _listed(quotes: Iterable[ProposedQuote]) -> tuple[ProposedClaim, ...]:
    """A claim for each place, the same stretch once."""
    once = list(dict.fromkeys(quotes))[:MOST_MENTIONS_LISTED]
    return tuple(ProposedClaim(f"\u201c{' '.join(quote.quote.split())}\u201d", (quote,)) for quote in once)


def quote_around(passage: Passage, start: int, end: int) -> ProposedQuote:
    """Return the row, the sentence or, of a long sentence, the line that holds `text_of_exhibit[start:end]`.

    Of a line that is long too, 120 characters on either side.
    """
    offset = passage.locator.start
    at, until = start - offset, end - offset
    first, last = _span(passage, at, until)
    text = passage.text[first:last]
    first += len(text) - len(text.lstrip())
    text = text.strip()
    return ProposedQuote(passage.exhibit_id, passage.text_sha256, offset + first, offset + first + len(text), text)


def _span(passage: Passage, at: int, until: int) -> tuple[int, int]:
    text = passage.text
    if passage.locator.kind == "cells" and len(text) <= 2 * _LONGEST_SENTENCE:
        return 0, len(text)
    for first, last in sentences(text):
        if first <= at and until <= last and last - first <= _LONGEST_SENTENCE:
            return first, last
    newline = text.find("\n", until)
    first = max(text.rfind("\n", 0, at) + 1, at - _AROUND, 0)
    return first, min(len(text) if newline < 0 else newline, until + _AROUND)
