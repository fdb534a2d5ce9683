"""Runs the finders of all kinds over a text and settles which of them a stretch of characters belongs to."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from casefile.records import CaseDescription, Identifier, IdentifierKind
from ingest.identifiers.amount import AmountFinder
from ingest.identifiers.code import CodeFinder
from ingest.identifiers.date import DateFinder
from ingest.identifiers.email import EmailFinder
from ingest.identifiers.iban import IbanFinder
from ingest.identifiers.phone import PhoneFinder
from ingest.identifiers.port import Finder, FindingContext
from ingest.identifiers.url import UrlFinder


class FinderRegistry:
    """The finders in order of precedence: where two want the same characters, the earlier one has them."""

    def __init__(self, finders: Iterable[Finder] = ()) -> None:
        self._finders: dict[IdentifierKind, Finder] = {}
        for finder in finders:
            self.register(finder)

    def register(self, finder: Finder) -> None:
        """Add a finder behind those already there.

        Raises:
            ValueError: its kind has a finder already.
        """
        if finder.kind in self._finders:
            raise ValueError(f"two finders for {finder.kind!r}: register one finder for each kind")
        self._finders[finder.kind] = finder

    def kinds(self) -> tuple[IdentifierKind, ...]:
        """List the kinds in order of precedence."""
        return tuple(self._finders)

    def find(self, text: str, context: FindingContext) -> tuple[Identifier, ...]:
        """Find the identifiers of every kind, in text order, none overlapping another.

        A value found unlabelled (tier 3) that has the normal form of an accepted one elsewhere in the text is
        lifted to tier 2: a second hit.
        """
        kept: list[Identifier] = []
        for finder in self._finders.values():
            kept = _merge(kept, sorted(finder.find(text, context), key=lambda found: found.start))
        accepted = {(found.kind, found.normal) for found in kept if found.tier < 3}
        return tuple(
            replace(found, tier=2, rule=f"{found.rule}+second_hit")
            if found.tier == 3 and (found.kind, found.normal) in accepted
            else found
            for found in kept
        )


def default_registry() -> FinderRegistry:
    """Give the registry of all kinds that Caseclerk finds."""
    return FinderRegistry(
        (
            EmailFinder(),
            UrlFinder(),
            IbanFinder(),
            DateFinder(),
            AmountFinder(),
            PhoneFinder(),
            CodeFinder(),
        )
    )


def find_identifiers(text: str, *, region: str, time_zone: str, languages: tuple[str, ...]) -> tuple[Identifier, ...]:
    """Find every identifier in a text; no value is dropped for being frequent or rare.

    Args:
        text: any text.
        region: ISO 3166 alpha-2; decides on national telephone numbers and shared currency names.
        time_zone: IANA name of the case.
        languages: ISO 639-1 of the case; labels of all known languages are read whatever is given.

    Returns:
        Identifiers in text order, none overlapping another; `text[start:end] == raw`.
    """
    return default_registry().find(text, FindingContext(region, time_zone, languages))


def _merge(kept: list[Identifier], more: list[Identifier]) -> list[Identifier]:
    """Merge two lists in text order; of `more` only what overlaps nothing of `kept`, nor its own predecessor."""
    merged: list[Identifier] = []
    position = 0
    end = 0
    for found in more:
        while position < len(kept) and kept[position].start < found.end:
            end = max(end, kept[position].end)
            merged.append(kept[position])
            position += 1
        if found.start >= end:
            merged.append(found)
            end = found.end
    merged.extend(kept[position:])
    return merged


def case_finder(about: CaseDescription) -> Callable[[str], tuple[Identifier, ...]]:
    """`find_identifiers` with the region, zone and languages of a case."""

    def find(text: str) -> tuple[Identifier, ...]:
        return find_identifiers(text, region=about.region, time_zone=about.time_zone, languages=about.languages)

    return find
