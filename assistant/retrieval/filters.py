"""What a search is narrowed to: exhibits, media types, a span of time, senders."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from assistant.retrieval.case_reader import CatalogueReader
from assistant.retrieval.query import word_set
from casefile.records import Exhibit, MomentMeaning

_DATING: frozenset[MomentMeaning] = frozenset({"sent", "received", "created", "modified", "recorded", "mentioned"})
"""Meanings of times that place an exhibit's content in time; a file's own time stamps say when it was copied."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Conditions that an exhibit must all meet; an empty one is not asked.

    Attributes:
        exhibit_ids: full ids.
        media_types: a type (`application/pdf`) or its first half (`image`).
        since: not before this instant.
        until: before this instant (exclusive).
        senders: words that must all stand in the sender, for any one of these.
    """

    exhibit_ids: tuple[str, ...] = ()
    media_types: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    senders: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether everything passes."""
        return not (self.exhibit_ids or self.media_types or self.since or self.until or self.senders)


def allowed_exhibits(catalogue: CatalogueReader, filters: Filters | None) -> tuple[str, ...] | None:
    """Ids of the exhibits that meet all conditions, in the order of the case; None where there is no condition.

    A mail is dated by when it was sent; anything else by any time that stands in it or that it states about itself.
    Instants without a zone are taken as UTC.
    """
    if filters is None or filters.is_empty:
        return None
    exhibits: Iterable[Exhibit] = catalogue.exhibits()
    if filters.exhibit_ids:
        wanted = frozenset(filters.exhibit_ids)
        exhibits = (exhibit for exhibit in exhibits if exhibit.id in wanted)
    if filters.media_types:
        exhibits = (exhibit for exhibit in exhibits if _is_type(exhibit.media_type, filters.media_types))
    if filters.senders:
        senders = tuple(word_set(sender) for sender in filters.senders)
        exhibits = (exhibit for exhibit in exhibits if any(sender <= word_set(exhibit.sender) for sender in senders))
    if filters.since or filters.until:
        exhibits = _in_span(catalogue, tuple(exhibits), filters)
    return tuple(exhibit.id for exhibit in exhibits)


def _is_type(media_type: str, wanted: tuple[str, ...]) -> bool:
    return any(media_type == name or media_type.startswith(f"{name.rstrip('/*')}/") for name in wanted)


def _in_span(catalogue: CatalogueReader, exhibits: tuple[Exhibit, ...], filters: Filters) -> list[Exhibit]:
    first = _aware(filters.since) if filters.since else datetime.min.replace(tzinfo=UTC)
    last = _aware(filters.until) if filters.until else datetime.max.replace(tzinfo=UTC)
    dated: set[str] = set()
    if any(exhibit.sent_at is None for exhibit in exhibits):
        dated = {
            placed.exhibit_id
            for placed in catalogue.moments()
            if placed.moment.meaning in _DATING and placed.moment.utc and first <= _aware(placed.moment.utc) < last
        }
    return [
        exhibit
        for exhibit in exhibits
        if (first <= _aware(exhibit.sent_at) < last if exhibit.sent_at else exhibit.id in dated)
    ]


def _aware(instant: datetime) -> datetime:
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
