"""Everything that is known of one exhibit, as its page shows it."""

from dataclasses import dataclass

from assistant.records import ExhibitRef
from assistant.ui.pages.ledger_view import Family, family_of
from assistant.ui.source.links import source_address
from casefile.annotations import Note
from casefile.case import Case
from casefile.records import Exhibit, IdentifierKind, Issue, IssueCategory, Occurrence, PlacedMoment, Seal, Tier

MOST_TIMES = 100
"""Times shown of one exhibit; all of them are in `exhibit show`."""
MOST_IDENTIFIERS = 200
"""Values shown of one exhibit; all of them are on the page of identifiers."""


@dataclass(frozen=True, slots=True)
class IssueView:
    """Why an exhibit is not complete, a category once; what to do next stands in `pages.advice.<category>`."""

    category: IssueCategory
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MomentView:
    """A time in an exhibit: as written, what it means, and its reading in UTC to its precision."""

    raw: str
    meaning: str
    utc: str
    precision: str
    zone: str
    zone_assumed: bool
    alternatives: tuple[str, ...]
    address: str


@dataclass(frozen=True, slots=True)
class ValueView:
    """An identifier's value, how it is written first, how often it stands in the exhibit, and where first."""

    kind: IdentifierKind
    normal: str
    raw: str
    tier: Tier
    count: int
    address: str


@dataclass(frozen=True, slots=True)
class ExhibitView:
    """One exhibit. `more_times` and `more_values` say how many are not listed."""

    exhibit: Exhibit
    family: Family
    recipients: tuple[str, ...]
    occurrences: tuple[Occurrence, ...]
    parent: ExhibitRef | None
    parts: tuple[Occurrence, ...]
    issues: tuple[IssueView, ...]
    texts: tuple[str, ...]
    passages: int
    times: tuple[MomentView, ...]
    more_times: int
    values: tuple[ValueView, ...]
    more_values: int
    seal: Seal | None
    labels: tuple[str, ...]
    notes: tuple[Note, ...]


def exhibit_view(case: Case, exhibit: Exhibit) -> ExhibitView:
    """What the page of an exhibit shows."""
    catalogue = case.catalogue
    case_id = case.description.id
    parent = (
        catalogue.exhibits_by_id([exhibit.derived_from]).get(exhibit.derived_from) if exhibit.derived_from else None
    )
    times = catalogue.moments(exhibit.id)
    values = _values(case, exhibit)
    return ExhibitView(
        exhibit,
        family_of(exhibit.media_type),
        catalogue.recipients(exhibit.id),
        catalogue.occurrences(exhibit.id),
        ExhibitRef(parent.id, parent.name, parent.path) if parent else None,
        catalogue.parts_of(exhibit.id),
        _issues(catalogue.issues(exhibit.id)),
        catalogue.text_versions(exhibit.id),
        len(catalogue.passages_of(exhibit.id)),
        tuple(
            MomentView(
                placed.moment.raw,
                placed.moment.meaning,
                placed.moment.utc.strftime("%Y-%m-%d %H:%M:%SZ") if placed.moment.utc else "",
                placed.moment.precision,
                placed.moment.zone or "",
                placed.moment.zone_assumed,
                placed.moment.alternatives,
                _moment_address(case_id, exhibit, placed),
            )
            for placed in times[:MOST_TIMES]
        ),
        max(0, len(times) - MOST_TIMES),
        values[:MOST_IDENTIFIERS],
        max(0, len(values) - MOST_IDENTIFIERS),
        catalogue.seal_of(exhibit.id),
        case.annotations.labels(exhibit.id),
        case.annotations.notes(exhibit.id),
    )


def _moment_address(case_id: str, exhibit: Exhibit, placed: PlacedMoment) -> str:
    """Where a time stands in the text; empty for one that the text does not hold."""
    moment = placed.moment
    if moment.start is None or moment.end is None or placed.text_sha256 is None:
        return ""
    return source_address(case_id, exhibit.id, placed.text_sha256, moment.start, moment.end, moment.raw)


def _issues(issues: tuple[Issue, ...]) -> tuple[IssueView, ...]:
    found: dict[IssueCategory, dict[str, None]] = {}
    for issue in issues:
        found.setdefault(issue.category, {})[issue.message] = None
    return tuple(IssueView(category, tuple(messages)) for category, messages in found.items())


def _values(case: Case, exhibit: Exhibit) -> tuple[ValueView, ...]:
    """The identifiers of an exhibit by value, by kind and then most frequent first; candidates last."""
    found: dict[tuple[IdentifierKind, str], ValueView] = {}
    for placed in case.catalogue.identifiers(exhibit_id=exhibit.id):
        one = placed.identifier
        known = found.get((one.kind, one.normal))
        place = source_address(case.description.id, exhibit.id, placed.text_sha256, one.start, one.end, one.raw)
        found[one.kind, one.normal] = ValueView(
            one.kind,
            one.normal,
            known.raw if known else one.raw,
            min(one.tier, known.tier) if known else one.tier,
            known.count + 1 if known else 1,
            known.address if known else place,
        )
    return tuple(sorted(found.values(), key=lambda value: (value.tier == 3, value.kind, -value.count, value.normal)))
