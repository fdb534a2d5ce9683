"""Calendar dates as identifiers; the patterns are those of `ingest.dates`, shared with the moments."""

from collections.abc import Iterator

from casefile.records import Identifier, IdentifierKind, Tier
from ingest.dates import FoundDate, find_dates
from ingest.identifiers.port import FindingContext


class DateFinder:
    """Finds dates; the normal form is ISO 8601 as precise as the date, both readings joined by `|` if ambiguous."""

    kind: IdentifierKind = "date"

    def find(self, text: str, context: FindingContext) -> Iterator[Identifier]:  # noqa: ARG002 never guessed by region
        """Yield dates: tier 1, with a two-digit year 2, ambiguous 3 (a person or another source must decide)."""
        for date in find_dates(text):
            normal = "|".join(reading.iso() for reading in date.readings)
            yield Identifier("date", text[date.start : date.end], normal, _tier(date), date.rule, date.start, date.end)


def _tier(date: FoundDate) -> Tier:
    if date.ambiguous:
        return 3
    return 2 if date.two_digit_year else 1
