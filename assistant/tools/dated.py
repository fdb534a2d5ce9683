"""The dated things of a case between two days: mails, rows, times that a text names; each says what its time means."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from casefile.case import Case
from casefile.records import Moment, MomentMeaning, Passage, PlacedMoment

_SPANS = {"second": timedelta(seconds=1), "minute": timedelta(minutes=1), "hour": timedelta(hours=1)}
_STATED_FIRST: tuple[MomentMeaning, ...] = ("sent", "received")


@dataclass(frozen=True, slots=True)
class Dated:
    """One dated thing.

    Attributes:
        at: its beginning, in the case's time zone.
        moment: as found; `moment.meaning` says what the time means.
        exhibit_id: where it stands.
        passage: around it; None where the time is stated outside the text (properties, file system).
        doubtful: whether the written form can be read as another day too.
    """

    at: datetime
    moment: Moment
    exhibit_id: str
    passage: Passage | None
    doubtful: bool


def dated_between(case: Case, since: date, until: date, exhibit_ids: Collection[str] | None) -> tuple[Dated, ...]:
    """All of them, earliest first; nothing is cut off.

    A time counts when all of it lies between the two days, both included, in the case's time zone: `March 2024` counts
    for March and for the year, not for one week of it. A written form with two readings counts with either.

    Args:
        case: the open case; sealed exhibits have no times.
        since: the first day.
        until: the last day.
        exhibit_ids: exhibits to keep to; None for all.
    """
    zone = ZoneInfo(case.description.time_zone)
    first = datetime.combine(since, time(), zone)
    last = datetime.combine(until + timedelta(days=1), time(), zone)
    chosen = None if exhibit_ids is None else frozenset(exhibit_ids)
    found = [
        (at, placed)
        for placed in case.catalogue.moments()
        if chosen is None or placed.exhibit_id in chosen
        for at in _within(placed.moment, first, last, zone)
    ]
    passages = case.catalogue.passages([placed.passage_id for _, placed in found if placed.passage_id is not None])
    dated = (
        Dated(at, placed.moment, placed.exhibit_id, passages.get(placed.passage_id or 0), placed.moment.utc is None)
        for at, placed in _meaning_told(found)
    )
    return tuple(sorted(dated, key=lambda one: one.at))


def _within(moment: Moment, first: datetime, last: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """When it begins, once, if one of its readings lies between the two instants."""
    for reading in _readings(moment, zone):
        if reading >= first and _end(reading, moment) <= last:
            yield reading
            return


def _readings(moment: Moment, zone: ZoneInfo) -> Sequence[datetime]:
    if moment.utc is not None:
        return (moment.utc.astimezone(zone),)
    written = [datetime.fromisoformat(one) for one in moment.alternatives]
    return [one.astimezone(zone) if one.tzinfo else one.replace(tzinfo=zone) for one in written]


def _end(begin: datetime, moment: Moment) -> datetime:
    """The first instant after it, by the calendar of its zone: a day may have 23 hours."""
    if (span := _SPANS.get(moment.precision)) is not None:
        return begin + span
    day = begin.date()
    if moment.precision == "day":
        return datetime.combine(day + timedelta(days=1), begin.timetz())
    months = 1 if moment.precision == "month" else 12
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return datetime.combine(date(year, month + 1, 1), begin.timetz())


def _meaning_told(found: Sequence[tuple[datetime, PlacedMoment]]) -> list[tuple[datetime, PlacedMoment]]:
    """Times that a mail states stand in its headers too: one thing, with that meaning and that place.

    A time in a row of a table is what the table records.
    """
    stated = {
        (placed.exhibit_id, placed.moment.utc): placed.moment.meaning
        for meaning in reversed(_STATED_FIRST)
        for _, placed in found
        if placed.moment.meaning == meaning and placed.moment.utc is not None and placed.text_sha256 is None
    }
    kept: list[tuple[datetime, PlacedMoment]] = []
    shown: set[tuple[str, datetime | None]] = set()
    for at, placed in found:
        key = (placed.exhibit_id, placed.moment.utc)
        if placed.text_sha256 is not None and placed.moment.meaning == "mentioned" and key in stated:
            if key in shown:
                continue
            shown.add(key)
            kept.append((at, replace(placed, moment=replace(placed.moment, meaning=stated[key]))))
        else:
            kept.append((at, placed))
    return [
        (at, placed)
        for at, placed in kept
        if not (
            placed.text_sha256 is None
            and placed.moment.meaning in _STATED_FIRST
            and (placed.exhibit_id, placed.moment.utc) in shown
        )
    ]
