"""From what a question names to the records about it: names to their identifiers, identifiers to lines of that day.

A person's plate or telephone number stands in logs that never mention the person. Where a question asks what the case
holds for or against something, the identifiers that stand beside its names anywhere in the case are looked up, and
a line with one of them and a date of the best evidence is quoted too.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from assistant.case_facts_port import CaseFacts, NamePlace
from assistant.engines.mentioning import quote_around
from assistant.lexicon import fold
from assistant.questions import QuestionAnalysis
from assistant.records import ProposedQuote
from assistant.sentence_ranking import Candidate
from assistant.values import find_values

_LOOKED_AT = 12
_IDENTIFIERS = 4
"""Identifiers that are followed, those that stand beside a name in the most places."""
_PLACES = 400
"""Places of a name, and of an identifier, that are read."""
_BEFORE, _AFTER = 120, 200
"""Characters on either side of a name within which an identifier is taken for its own."""
_FOLLOWED = frozenset({"phone", "iban", "email"})
_PLATE = re.compile(
    r"(?<![\w-])(?:[A-Z\u00c4\u00d6\u00dc]{1,4}[- ]){1,2}\d{2,4}(?:[- ][A-Z]{1,3})?(?![\w-])"
    r"|(?<![\w-])[A-Z]{1,3}-\d{2,4}-[A-Z]{1,3}(?![\w-])|(?<![\w-])\d-[A-Z]{3}-\d{3}(?![\w-])"
)
"""Number plates as most of Europe writes them."""
_NIGHT = re.compile(r"\b(?:night|nights|nacht|nuit|nachts)\b")


def follow(
    analysis: QuestionAnalysis, candidates: Sequence[Candidate], facts: CaseFacts, without: Collection[str], most: int
) -> tuple[ProposedQuote, ...]:
    """Return at most one line of each of `most` further exhibits; `without` are exhibits that are quoted already."""
    days = _days(analysis, candidates[:_LOOKED_AT])
    if not days or not analysis.names:
        return ()
    found: dict[str, tuple[float, ProposedQuote]] = {}
    for identifier in _identifiers_of(analysis.names, facts):
        for place in _some(facts.places_of(identifier)):
            if place.exhibit.id in without:
                continue
            quote = quote_around(place.passage, place.start, place.end)
            weight = max((days.get(day, 0.0) for day in _full_dates(quote.quote)), default=0.0)
            if weight > found.get(place.exhibit.id, (0.0, quote))[0]:
                found[place.exhibit.id] = (weight, quote)
    best = sorted(found.values(), key=lambda pair: -pair[0])
    return tuple(quote for _, quote in best[:most])


def _identifiers_of(names: Sequence[str], facts: CaseFacts) -> tuple[str, ...]:
    """Telephone numbers, accounts, addresses and plates beside a name, those that stand so most often first."""
    counts: Counter[str] = Counter()
    written: dict[str, str] = {}
    for name in names:
        for place in _some(facts.places_of(name)):
            offset = place.passage.locator.start
            first, last = place.start - offset - _BEFORE, place.end - offset + _AFTER
            around = place.passage.text[max(0, first) : last]
            for raw in dict.fromkeys((*_values(around), *(match.group() for match in _PLATE.finditer(around)))):
                key = re.sub(r"\W", "", fold(raw))
                written.setdefault(key, raw)
                counts[key] += 1
    return tuple(written[key] for key, _ in counts.most_common(_IDENTIFIERS))


def _values(text: str) -> Iterator[str]:
    return (value.raw for value in find_values(text) if value.kind in _FOLLOWED)


def _some(places: Iterable[NamePlace]) -> Iterator[NamePlace]:
    for number, place in enumerate(places):
        if number >= _PLACES:
            return
        yield place


def _days(analysis: QuestionAnalysis, candidates: Sequence[Candidate]) -> Mapping[date, float]:
    """The days that the passages of the best sentences name, weighed by place; of a night also its second day."""
    found: dict[date, float] = {}
    passages = {candidate.source.passage.id: candidate.source for candidate in candidates}
    for source in passages.values():
        for day in _full_dates(source.passage.text):
            found[day] = found.get(day, 0.0) + 1.0 / (source.rank + 2)
    if _NIGHT.search(fold(analysis.question)):
        for day, weight in sorted(found.items()):
            if day < date.max:
                following = day + timedelta(days=1)
                found[following] = max(found.get(following, 0.0), weight)
    return found


def _full_dates(text: str) -> frozenset[date]:
    days: set[date] = set()
    for value in find_values(text):
        for reading in value.dates:
            if reading.year and reading.month and reading.day:
                days.add(date(reading.year, reading.month, reading.day))
    return frozenset(days)
