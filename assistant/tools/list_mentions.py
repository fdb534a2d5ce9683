"""`list_mentions`: every place where a name, a phrase or an identifier stands; counted by code, nothing cut off."""

from collections.abc import Sequence

from pydantic import Field

from assistant.engines.mentioning import MOST_MENTIONS_LISTED, quote_around
from assistant.lexicon import Language
from assistant.mentions import Mention, Mentions, mentions_of
from assistant.records import Computation, ProposedClaim, ProposedQuote, RankedPassage
from assistant.tools.records import Arguments, Effect, ToolContext, ToolOutcome
from casefile.records import Passage
from ingest.identifiers.finder import case_finder

MOST_PASSAGES = 20
"""Passages given out as evidence; all places are counted, and up to 200 listed."""
MOST_CITED = 2_000
"""Sentences or rows that one count cites; the number of more mentions is told, and is no sentence of the answer."""
_MOST_EXHIBITS = 20
_COUNTED: dict[Language, str] = {
    "en": "{value} mentions.",
    "de": "{value} mal genannt.",
    "fr": "{value} mentions.",
    "nl": "{value} keer genoemd.",
}


class MentionsArguments(Arguments):
    """What to look for."""

    name: str = Field(min_length=1, max_length=300, description="a name, a phrase, a number, an account, an address")


class ListMentions:
    """Lists all mentions."""

    name = "list_mentions"
    summary = "List every place where a name, phrase or identifier stands, in whatever spelling, with their number."
    effect: Effect = "reads"
    arguments: type[Arguments] = MentionsArguments

    def run(self, arguments: Arguments, context: ToolContext) -> ToolOutcome:
        """The count, each place with its sentence or row, and how many each exhibit has."""
        assert isinstance(arguments, MentionsArguments)
        found = found_mentions(arguments.name, context)
        passages = context.case.catalogue.passages([one.passage_id for one in found.mentions])
        # A passage can go between two queries: sealed, or read again.
        placed = [(one, passages[one.passage_id]) for one in found.mentions if one.passage_id in passages]
        if not placed:
            return ToolOutcome("There is no mention.")
        claims = _claims(placed, context.language)
        listed_places = sum(claim.computed is None for claim in claims)
        says = f"{len(placed)} mentions in {len({one.exhibit.id for one, _ in placed})} exhibits."
        if listed_places == MOST_MENTIONS_LISTED:
            says += f" The first {MOST_MENTIONS_LISTED} sentences or rows are listed."
        return ToolOutcome(
            says,
            _passages(placed),
            claims,
            {"mentions": len(placed), "exhibits": _per_exhibit(found)},
        )


def found_mentions(name: str, context: ToolContext) -> Mentions:
    """All mentions in the scope."""
    case = context.case
    finder = case_finder(case.description)
    return mentions_of(name, case.catalogue, case.fulltext, finder, context.exhibit_ids)


def _per_exhibit(found: Mentions) -> list[dict[str, object]]:
    counts = found.per_exhibit[:_MOST_EXHIBITS]
    return [{"exhibit": one.exhibit.name[:80], "id": one.exhibit.id[7:19], "count": one.count} for one in counts]


def _passages(placed: Sequence[tuple[Mention, Passage]]) -> tuple[RankedPassage, ...]:
    """The first passages, each once; one of every exhibit before the second of any."""
    per_exhibit: dict[str, dict[int, tuple[Mention, Passage]]] = {}
    for one, passage in placed:
        per_exhibit.setdefault(one.exhibit.id, {}).setdefault(passage.id, (one, passage))
    columns = [list(by_passage.values()) for by_passage in per_exhibit.values()]
    depth = max(len(column) for column in columns)
    turns = [column[row] for row in range(min(depth, MOST_PASSAGES)) for column in columns if row < len(column)]
    return tuple(
        RankedPassage(rank, 1.0, {}, one.exhibit, passage)
        for rank, (one, passage) in enumerate(turns[:MOST_PASSAGES], start=1)
    )


def _claims(placed: Sequence[tuple[Mention, Passage]], language: Language) -> tuple[ProposedClaim, ...]:
    """The count over all places, then up to 200 of them one by one; of very many places only these."""
    quoted = [quote_around(passage, one.locator.start, one.locator.end) for one, passage in placed]
    quotes = list(dict.fromkeys(quoted))
    first = tuple(listed(quote) for quote in quotes[:MOST_MENTIONS_LISTED])
    if len(quotes) > MOST_CITED:
        return first
    numbers = {quote: number for number, quote in enumerate(quotes, start=1)}
    value = str(len(placed))
    counted = Computation(
        "count", tuple(numbers[quote] for quote in quoted), tuple(one.quote for one, _ in placed), value
    )
    count = ProposedClaim(_COUNTED[language].format(value=value), tuple(quotes), counted)
    return (count, *first)


def listed(quote: ProposedQuote) -> ProposedClaim:
    """A quote as a sentence of its own."""
    return ProposedClaim(f"\u201c{' '.join(quote.quote.split())}\u201d", (quote,))
