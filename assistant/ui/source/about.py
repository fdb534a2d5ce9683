"""The header of a panel: what an exhibit is, where it was found, what belongs to it."""

from assistant.ui.source.records import Header, Place, Relative
from casefile.case import Case
from casefile.records import Exhibit, Moment, Occurrence

MOST_LISTED = 100
"""Places, parts or parents listed; all are counted."""
MOST_MOMENTS = 12


def header_of(case: Case, exhibit: Exhibit, where: str, text_sha256: str | None) -> Header:
    """What the catalogue says of an exhibit.

    Args:
        case: the case that holds it.
        exhibit: the exhibit.
        where: the place of the quote in words, empty where there is none.
        text_sha256: the version of its text that is shown.
    """
    catalogue = case.catalogue
    occurrences = catalogue.occurrences(exhibit.id)
    parents = dict.fromkeys(line.derived_from for line in occurrences if line.derived_from)
    parts = catalogue.parts_of(exhibit.id)
    return Header(
        case_id=case.description.id,
        exhibit_id=exhibit.id,
        name=exhibit.name or exhibit.path,
        where=where,
        media_type=exhibit.media_type,
        size=exhibit.size,
        status=exhibit.status,
        title=exhibit.title,
        text_sha256=text_sha256,
        older_text=text_sha256 is not None and text_sha256 != exhibit.text_sha256,
        issues=catalogue.issues(exhibit.id),
        places=tuple(Place(line.path, line.modified_at) for line in occurrences[:MOST_LISTED]),
        places_count=len(occurrences),
        parents=_parents(case, list(parents)[:MOST_LISTED]),
        parts=tuple(_part(line) for line in parts[:MOST_LISTED]),
        parts_count=len(parts),
        moments=_stated(case, exhibit.id),
        zone=case.description.time_zone,
    )


def _parents(case: Case, ids: list[str]) -> tuple[Relative, ...]:
    known = case.catalogue.exhibits_by_id(ids)
    return tuple(Relative(id_, known[id_].name, known[id_].status) for id_ in ids if id_ in known)


def _part(line: Occurrence) -> Relative:
    return Relative(line.exhibit_id, line.name, line.status)


def _stated(case: Case, exhibit_id: str) -> tuple[Moment, ...]:
    """Times that the file states about itself, not those that its text mentions."""
    return case.catalogue.stated_moments(exhibit_id)[:MOST_MOMENTS]
