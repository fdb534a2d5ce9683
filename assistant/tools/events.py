"""`events`: what is dated between two days, counted to the last one; each with what its time means."""

from collections.abc import Sequence
from datetime import date

from pydantic import Field, model_validator

from assistant.engines.mentioning import MOST_MENTIONS_LISTED, quote_around
from assistant.lexicon import Language
from assistant.questions import content_terms
from assistant.records import Computation, ProposedClaim, ProposedQuote, RankedPassage
from assistant.tools.dated import Dated, dated_between
from assistant.tools.exhibit_names import ref_of
from assistant.tools.records import Arguments, Effect, ToolContext, ToolOutcome
from casefile.records import MomentMeaning, Passage

EARLIEST, LATEST = date(1000, 1, 1), date(2999, 12, 31)
MOST_PASSAGES = 20
_MOST_STATED = 10
_MEANINGS: dict[Language, dict[MomentMeaning, str]] = {
    "en": {"sent": "sent", "received": "received", "recorded": "recorded", "mentioned": "mentioned"},
    "de": {"sent": "gesendet", "received": "empfangen", "recorded": "erfasst", "mentioned": "genannt"},
    "fr": {
        "sent": "envoy\u00e9",
        "received": "re\u00e7u",
        "recorded": "enregistr\u00e9",
        "mentioned": "mentionn\u00e9",
    },
    "nl": {"sent": "verzonden", "received": "ontvangen", "recorded": "vastgelegd", "mentioned": "genoemd"},
}
_COUNTED: dict[Language, str] = {
    "en": "{value} dated places.",
    "de": "{value} mal datiert.",
    "fr": "{value} passages dat\u00e9s.",
    "nl": "{value} gedateerde plaatsen.",
}


class EventsArguments(Arguments):
    """Between which days."""

    since: date = Field(description="first day, such as 2024-03-01")
    until: date = Field(description="last day, such as 2024-03-31")
    about: str = Field("", max_length=200, description="only what has all these words around it")

    @model_validator(mode="after")
    def _in_order(self) -> "EventsArguments":
        if not EARLIEST <= self.since <= self.until <= LATEST:
            raise ValueError("since must not be after until, both between the years 1000 and 2999")
        return self


class Events:
    """Lists what is dated."""

    name = "events"
    summary = "List what is dated between two days (mails sent, rows, times named in texts), in order of time."
    effect: Effect = "reads"
    arguments: type[Arguments] = EventsArguments

    def run(self, arguments: Arguments, context: ToolContext) -> ToolOutcome:
        """The count over all, and up to 200 of them with their places, earliest first."""
        assert isinstance(arguments, EventsArguments)
        found = dated_between(context.case, arguments.since, arguments.until, context.exhibit_ids)
        placed = [(one, one.passage, _quote(one, one.passage)) for one in found if one.passage is not None]
        words = content_terms(arguments.about)
        if words:
            placed = [entry for entry in placed if set(words) <= set(content_terms(_around(entry[1])))]
        stated = [] if words else [one for one in found if one.passage is None]
        if not placed and not stated:
            return ToolOutcome("Nothing is dated in that time.")
        doubtful = sum(one.doubtful for one, _, _ in placed)
        says = f"{len(placed)} dated places" + (f", {doubtful} of them can be read as another day" if doubtful else "")
        if len(placed) > MOST_MENTIONS_LISTED:
            says += f"; the first {MOST_MENTIONS_LISTED} are listed"
        if stated:
            says += f"; {len(stated)} times that files state about themselves, outside their text"
        return ToolOutcome(
            f"{says}.",
            _passages(placed, context),
            _claims([(one, quote) for one, _, quote in placed], context.language),
            {"dated": len(placed), "stated_by_files": _stated(stated, context)},
        )


_Placed = tuple[Dated, Passage, ProposedQuote]


def _quote(one: Dated, passage: Passage) -> ProposedQuote:
    start = passage.locator.start if one.moment.start is None else one.moment.start
    return quote_around(passage, start, max(start, one.moment.end or start))


def _around(passage: Passage) -> str:
    return f"{passage.context}\n{passage.text}"


def _meaning(one: Dated) -> MomentMeaning:
    """A time in a row of a table is what the table records."""
    in_row = one.passage is not None and one.passage.locator.kind == "cells"
    return "recorded" if in_row and one.moment.meaning == "mentioned" else one.moment.meaning


def _claims(placed: Sequence[tuple[Dated, ProposedQuote]], language: Language) -> tuple[ProposedClaim, ...]:
    """The count, where all places are listed, and each place in order of time."""
    listed = [
        ProposedClaim(
            f"{_MEANINGS[language].get(_meaning(one), '')}: \u201c{' '.join(quote.quote.split())}\u201d", (quote,)
        )
        for one, quote in placed[:MOST_MENTIONS_LISTED]
    ]
    if not placed or len(placed) > MOST_MENTIONS_LISTED:
        return tuple(dict.fromkeys(listed))
    quotes = list(dict.fromkeys(quote for _, quote in placed))
    numbers = {quote: number for number, quote in enumerate(quotes, start=1)}
    value = str(len(placed))
    inputs = tuple(numbers[quote] for _, quote in placed)
    computed = Computation("count", inputs, tuple(one.moment.raw for one, _ in placed), value)
    count = ProposedClaim(_COUNTED[language].format(value=value), tuple(quotes), computed)
    return (count, *dict.fromkeys(listed))


def _passages(placed: Sequence[_Placed], context: ToolContext) -> tuple[RankedPassage, ...]:
    first = {passage.id: passage for _, passage, _ in reversed(placed)}
    order = list(dict.fromkeys(passage.id for _, passage, _ in placed))[:MOST_PASSAGES]
    exhibits = context.case.catalogue.exhibits_by_id([first[number].exhibit_id for number in order])
    return tuple(
        RankedPassage(rank, 1.0, {}, ref_of(exhibits[first[number].exhibit_id]), first[number])
        for rank, number in enumerate(order, start=1)
    )


def _stated(stated: Sequence[Dated], context: ToolContext) -> list[dict[str, str]]:
    exhibits = context.case.catalogue.exhibits_by_id([one.exhibit_id for one in stated[:_MOST_STATED]])
    return [
        {
            "exhibit": exhibits[one.exhibit_id].name[:80],
            "meaning": one.moment.meaning,
            "at": one.at.isoformat(timespec="minutes"),
        }
        for one in stated[:_MOST_STATED]
    ]
