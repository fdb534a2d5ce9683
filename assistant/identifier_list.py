"""Identifiers of a case, grouped by value: exhaustive, with every place."""

from dataclasses import dataclass
from typing import get_args

from casefile.case import Case
from casefile.errors import UsageError
from casefile.records import IdentifierKind, PlacedIdentifier, Tier


@dataclass(frozen=True, slots=True)
class IdentifierPlace:
    """Where a value stands, as written there; offsets into the exhibit's text."""

    exhibit_id: str
    path: str
    raw: str
    rule: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ListedIdentifier:
    """A value with all its places; `tier` is the best that any place gave it."""

    kind: IdentifierKind
    normal: str
    tier: Tier
    exhibits: int
    places: tuple[IdentifierPlace, ...]


def list_identifiers(
    case: Case, kind: str | None, min_exhibits: int, *, candidates: bool
) -> tuple[ListedIdentifier, ...]:
    """All values found, the rarest first within a kind.

    Raises:
        UsageError: there is no such kind.
    """
    kinds: tuple[IdentifierKind, ...] = get_args(IdentifierKind)
    if kind is not None and kind not in kinds:
        raise UsageError(f"There is no kind {kind!r}; there are {', '.join(kinds)}.")
    paths = {exhibit.id: exhibit.path for exhibit in case.catalogue.exhibits()}
    groups: dict[tuple[IdentifierKind, str], list[PlacedIdentifier]] = {}
    for placed in case.catalogue.identifiers():
        found = placed.identifier
        if (kind is None or found.kind == kind) and (candidates or found.tier < 3):
            groups.setdefault((found.kind, found.normal), []).append(placed)
    listed = [_listed(key, placed, paths) for key, placed in groups.items()]
    chosen = [row for row in listed if row.exhibits >= min_exhibits]
    return tuple(sorted(chosen, key=lambda row: (row.kind, row.exhibits, len(row.places), row.normal)))


def _listed(key: tuple[IdentifierKind, str], placed: list[PlacedIdentifier], paths: dict[str, str]) -> ListedIdentifier:
    places = tuple(
        IdentifierPlace(
            p.exhibit_id,
            paths.get(p.exhibit_id, ""),
            p.identifier.raw,
            p.identifier.rule,
            p.identifier.start,
            p.identifier.end,
        )
        for p in placed
    )
    tier = min(p.identifier.tier for p in placed)
    return ListedIdentifier(key[0], key[1], tier, len({p.exhibit_id for p in placed}), places)
