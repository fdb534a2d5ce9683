"""Times with their meaning: those a file states about itself, and those that stand in its text.

A time is never guessed. One that names no zone is read in the case's and says so; one that two clocks or two
calendars could mean (05/03/2024, 02:30 in the night the clocks go back) has no UTC instant but `alternatives`.
A clock time without a date is no moment: nothing in the text says of which day.
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from casefile.errors import SettingsError
from casefile.records import Moment, MomentMeaning, Precision
from ingest.dates import CalendarDate, FoundDate, calendar_date, find_dates

_FIXED_HOURS: dict[str, int] = {
    "z": 0, "utc": 0, "gmt": 0, "ut": 0, "wet": 0, "west": 1, "cet": 1, "mez": 1, "cest": 2, "mesz": 2, "met": 1,
    "mest": 2, "eet": 2, "eest": 3, "hnec": 1, "heec": 2, "msk": 3, "est": -5, "edt": -4, "mst": -7, "mdt": -6,
    "pst": -8, "pdt": -7, "cdt": -5, "akst": -9, "akdt": -8, "hst": -10,
}  # fmt: skip
"""Zone names with one usual meaning, in hours from UTC (RFC 5322 section 4.3 for the American ones)."""
_SEVERAL_HOURS: dict[str, tuple[float, ...]] = {
    "ist": (1, 2, 5.5), "cst": (-6, 8), "bst": (1, 6), "ast": (-4, 3), "amt": (-4, 4), "sst": (-11, 8),
}  # fmt: skip
"""Zone names that two countries use for different clocks."""

_ZONE_NAMES = "|".join(sorted((*_FIXED_HOURS, *_SEVERAL_HOURS), key=len, reverse=True))
_ZONE = (
    rf"(?:\s?\(?(?P<zone>(?:UTC|GMT)\s?[+\u2212-]\d{{1,2}}(?::?\d{{2}})?(?!\d)|[+\u2212-]\d{{2}}:?\d{{2}}(?!\d)"
    rf"|[+\u2212-]\d{{2}}(?![\d:.])|(?:{_ZONE_NAMES})(?![^\W_]))\)?)?"
)
_CLOCK = (
    r"(?P<h>\d{1,2})(?:"
    r":(?P<m1>\d{2})(?::(?P<s1>\d{2})(?:[.,]\d{1,9})?)?(?:\s?(?P<half1>[ap]\.?\s?m\.?)(?![^\W_])|\s?(?:Uhr|uur|h|hrs?)(?![^\W_]))?"
    r"|\.(?P<m2>\d{2})(?:\.(?P<s2>\d{2}))?\s?(?:(?P<half2>[ap]\.?\s?m\.?)(?![^\W_])|(?:Uhr|uur|hrs?)(?![^\W_]))"
    r"|\s?h\s?(?P<m3>\d{2})(?!\d)(?:\s?(?:m(?:in)?\s?)?(?P<s3>\d{2})\s?s)?"
    r"|\s?(?:Uhr|uur|heures?|h)(?![^\W_])(?:\s(?P<m4>[0-5]\d)(?![\d:/-]|\.\d))?"
    r"|\s?(?P<half5>[ap]\.?\s?m\.?)(?![^\W_])"
    r")"
)
_JOIN_AFTER = (
    r"(?:T|,?\s{0,3}(?:-\s|\u2013\s|\|\s)?(?:um\s|gegen\s|at\s|around\s|à\s|a\s(?:las?\s)?|om\s|vers\s|ab\s|@\s?)?)"
)
_CLOCK_AFTER = re.compile(rf"{_JOIN_AFTER}(?<!\d){_CLOCK}{_ZONE}", re.IGNORECASE)
_CLOCK_BEFORE = re.compile(
    rf"(?<![\d.:/-]){_CLOCK}{_ZONE},?\s{{1,3}}(?:am\s|vom\s|den\s|on\s|of\s|le\s|du\s|op\s|van\s|el\s|del\s)?(?:the\s)?\Z",
    re.IGNORECASE,
)
_APACHE_CLOCK = re.compile(r":(?P<h>\d{2}):(?P<m1>\d{2}):(?P<s1>\d{2})\s(?P<zone>[+-]\d{4})(?!\d)")
_BEFORE_CHARACTERS = 48
"""How far before a date its clock time may begin: the longest clock with zone and preposition fits."""

_PDF = re.compile(
    r"(?:D:)?(?P<y>\d{4})(?P<mo>\d{2})?(?P<d>\d{2})?(?P<h>\d{2})?(?P<mi>\d{2})?(?P<s>\d{2})?"
    r"(?P<zone>[Zz]|[+-]\d{2}'?(?:\d{2}'?)?)?(?:00'00')?'?\Z"
)
_ISO = re.compile(
    r"(?P<y>\d{4})(?:[-:](?P<mo>\d{2})(?:[-:](?P<d>\d{2})"
    r"(?:[T ](?P<h>\d{2})(?::?(?P<mi>\d{2})(?::?(?P<s>\d{2})(?:[.,]\d{1,12})?)?)?"
    r"\s?(?P<zone>[Zz]|UTC|GMT|[+\u2212-]\d{2}(?::?\d{2})?(?::\d{2})?)?)?)?)?\Z"
)
_BASIC_ISO = re.compile(
    r"(?P<y>\d{4})(?P<mo>\d{2})(?P<d>\d{2})T(?P<h>\d{2})(?P<mi>\d{2})?(?P<s>\d{2})?(?:[.,]\d{1,12})?"
    r"(?P<zone>[Zz]|[+-]\d{2}(?::?\d{2})?)?\Z"
)
_RFC_5322 = re.compile(
    r"(?:[A-Za-z]{3,9}\.?,?\s{1,4})?(?P<d>\d{1,2})[ -](?P<mon>[A-Za-z]{3})[a-z]{0,6}[ -](?P<y>\d{2,4}),?\s{1,4}"
    r"(?P<h>\d{1,2}):(?P<mi>\d{2})(?::(?P<s>\d{2}))?(?:\s{0,4}(?P<zone>[+-]\d{4}|[A-Za-z]{1,5}))?(?:\s{0,4}\([^()]{0,60}\))?\Z"
)
_ASCTIME = re.compile(
    r"[A-Za-z]{3}\s(?P<mon>[A-Za-z]{3})\s{1,2}(?P<d>\d{1,2})\s(?P<h>\d{2}):(?P<mi>\d{2}):(?P<s>\d{2})"
    r"(?:\s(?P<zone>[A-Z]{1,5}|[+-]\d{4}))?\s(?P<y>\d{4})\Z"
)
_RFC_MONTHS = {
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6,
    "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
_STATED_FORMS = (_ISO, _BASIC_ISO, _RFC_5322, _ASCTIME, _PDF)
_STATED_CHARACTERS = 200
"""A stated time longer than this is no time."""


@dataclass(frozen=True, slots=True)
class _Clock:
    """Time of day as written; `minute` and `second` are None where not given, `zone` is the written zone."""

    hour: int
    minute: int | None
    second: int | None
    zone: str | None

    @property
    def precision(self) -> Precision:
        if self.second is not None:
            return "second"
        return "hour" if self.minute is None else "minute"


def case_zone(time_zone: str) -> ZoneInfo:
    """Give the zone of an IANA name.

    Raises:
        SettingsError: the name is not in the time zone database.
    """
    try:
        return _zone_info(time_zone)
    except (LookupError, ValueError, OSError) as error:
        raise SettingsError(f"unknown time zone {time_zone!r}: give an IANA name such as Europe/Berlin") from error


@lru_cache(maxsize=64)
def _zone_info(time_zone: str) -> ZoneInfo:
    return ZoneInfo(time_zone)


def resolve(raw: str, meaning: MomentMeaning, *, time_zone: str) -> Moment:
    """Resolve a time that a file states about itself.

    Understood are ISO 8601 (also EXIF's colons), RFC 5322 and `asctime`, PDF (ISO 32000-1, 7.9.4), and whatever
    `find_moments` finds as the whole of `raw`.

    Args:
        raw: as written.
        meaning: what the time is the time of.
        time_zone: IANA name used where `raw` names no zone.

    Returns:
        The moment; `utc` is None and there are no alternatives where `raw` is not understood.

    Raises:
        SettingsError: `time_zone` is unknown.
    """
    zone = case_zone(time_zone)
    shown = raw.strip()
    nothing = Moment(raw, meaning, None, "year", None, zone_assumed=False)
    if not shown or len(shown) > _STATED_CHARACTERS:
        return nothing
    for form in _STATED_FORMS:
        match = form.match(shown)
        if match:
            return _from_stated(match, nothing, zone) or nothing
    moments = find_moments(shown, time_zone=time_zone, languages=())
    if len(moments) == 1 and moments[0].end == len(shown):
        weekday = shown[: moments[0].start].rstrip(",. ")
        if not weekday or weekday.isalpha():
            return replace(moments[0], raw=raw, meaning=meaning, start=None, end=None)
    return nothing


def _from_stated(match: re.Match[str], nothing: Moment, zone: ZoneInfo) -> Moment | None:
    """Put the parts of a stated form together; None where the calendar or the clock has no such time."""
    parts = match.groupdict()
    month = _RFC_MONTHS.get(parts["mon"].lower()) if parts.get("mon") else _number(parts.get("mo"))
    if parts.get("mon") and month is None:
        return None
    year = int(parts["y"])
    if len(parts["y"]) < 4:  # RFC 5322, section 4.3: two digits 00-49 are 20xx; all others are counted from 1900
        year += 2000 if year < 50 and len(parts["y"]) == 2 else 1900
    date = calendar_date(year, month or 1, _number(parts.get("d")) or (1 if parts.get("d") is None else 0))
    if date is None:
        return None
    if parts.get("d") is None:
        local_zone, _, assumed, _ = _written_zone(None, zone)
        precision: Precision = "year" if month is None else "month"
        return _at(nothing, datetime(date.year, date.month, 1), precision, local_zone, str(zone), assumed=assumed)  # noqa: DTZ001 the zone is put on in _at
    clock = None
    if parts.get("h") is not None:
        clock = _Clock(int(parts["h"]), _number(parts.get("mi")), _number(parts.get("s")), parts.get("zone"))
    return _place(nothing, (date,), clock, zone)


def find_moments(text: str, *, time_zone: str, languages: tuple[str, ...]) -> tuple[Moment, ...]:  # noqa: ARG001
    """Find the times that stand in a text: dates in five languages, with or without a clock time and a zone.

    Args:
        text: any text.
        time_zone: IANA name used where the text names no zone.
        languages: the case's; month names of English, German, French, Dutch and Spanish are all read whatever is
            given, since evidence does not keep to the languages of its case.

    Returns:
        Moments of meaning `mentioned` in text order, none overlapping another.

    Raises:
        SettingsError: `time_zone` is unknown.
    """
    zone = case_zone(time_zone)
    moments: list[Moment] = []
    dates = find_dates(text)
    free_from = 0
    for position, date in enumerate(dates):
        next_date = dates[position + 1].start if position + 1 < len(dates) else len(text)
        start, end, clock = _clock_beside(text, date, free_from, next_date)
        blank = Moment(text[start:end], "mentioned", None, "day", None, zone_assumed=False, start=start, end=end)
        moment = _place(blank, date.readings, clock, zone)
        if moment is None:  # the clock is impossible (25:70): the date alone stands
            blank = replace(blank, raw=text[date.start : date.end], start=date.start, end=date.end)
            moment = _place(blank, date.readings, None, zone)
        if moment is not None:
            moments.append(moment)
            free_from = moment.end or date.end
    return tuple(moments)


def _clock_beside(text: str, date: FoundDate, free_from: int, next_date: int) -> tuple[int, int, _Clock | None]:
    """Find the clock time written right after the date, else right before it."""
    if any(reading.day is None for reading in date.readings):
        return date.start, date.end, None
    after = _APACHE_CLOCK.match(text, date.end) or _CLOCK_AFTER.match(text, date.end)
    if after and after.end() <= next_date:
        clock = _clock(after)
        if clock.zone and clock.zone[0] in "-\u2212" and ":" in clock.zone and _is_range(text, date, clock):
            return date.start, after.start("zone"), replace(clock, zone=None)
        return date.start, after.end(), clock
    window = max(free_from, date.start - _BEFORE_CHARACTERS)
    before = _CLOCK_BEFORE.search(text[window : date.start]) if window < date.start else None
    if before:
        return window + before.start(), date.end, _clock(before)
    return date.start, date.end, None


def _is_range(text: str, date: FoundDate, clock: _Clock) -> bool:
    """Tell `08:00-12:00`, from eight to twelve, from an offset: that follows seconds or ISO 8601's T."""
    return clock.second is None and text[date.end] not in "Tt"


def _clock(match: re.Match[str]) -> _Clock:
    parts = match.groupdict()
    hour = int(parts["h"])
    minute = _number(next((parts[name] for name in ("m1", "m2", "m3", "m4") if parts.get(name)), None))
    second = _number(next((parts[name] for name in ("s1", "s2", "s3") if parts.get(name)), None))
    half = next((parts[name] for name in ("half1", "half2", "half5") if parts.get(name)), None)
    if half:
        if not 1 <= hour <= 12:
            return _Clock(99, minute, second, parts["zone"])
        hour = hour % 12 + (12 if half[0] in "pP" else 0)
    return _Clock(hour, minute, second, parts["zone"])


def _place(blank: Moment, readings: tuple[CalendarDate, ...], clock: _Clock | None, zone: ZoneInfo) -> Moment | None:
    """Make the moment of one or several calendar readings; None where no clock shows such a time."""
    if clock is None:
        day_zone, name, assumed, _ = _written_zone(None, zone)
        precision = readings[0].precision
        if len(readings) > 1:
            alternatives = tuple(reading.iso() for reading in readings)
            return replace(
                blank, precision=precision, zone=name, zone_assumed=assumed, alternatives=alternatives, utc=None
            )
        only = readings[0]
        midnight = datetime(only.year, only.month, only.day or 1)  # noqa: DTZ001 the zone is put on in _at
        return _at(blank, midnight, precision, day_zone, name, assumed=assumed)
    locals_ = [local for reading in readings if (local := _local(reading, clock)) is not None]
    if not locals_:
        return None
    clock_zone, name, assumed, several = _written_zone(clock.zone, zone)
    if several or len(locals_) > 1:
        zones: tuple[tzinfo, ...] = several or (clock_zone,)
        alternatives = tuple(_iso(local.replace(tzinfo=each)) for local in locals_ for each in zones)
        return replace(
            blank,
            precision=clock.precision,
            zone=name,
            zone_assumed=assumed,
            alternatives=alternatives,
            utc=None,
        )
    return _at(blank, locals_[0], clock.precision, clock_zone, name, assumed=assumed)


def _local(date: CalendarDate, clock: _Clock) -> datetime | None:
    """Join day and clock; 24:00 is the next midnight (ISO 8601-1:2019), second 60 a leap second."""
    minute, second = clock.minute or 0, clock.second or 0
    end_of_day = clock.hour == 24 and minute == second == 0
    if not (0 <= clock.hour <= 23 or end_of_day) or minute > 59 or second > 60 or date.day is None:
        return None
    midnight = datetime(date.year, date.month, date.day)  # noqa: DTZ001 the zone is put on by the caller
    try:
        return midnight + timedelta(hours=clock.hour, minutes=minute, seconds=second)
    except OverflowError:
        return None


def _at(
    blank: Moment, local: datetime, precision: Precision, zone: tzinfo, name: str | None, *, assumed: bool
) -> Moment:
    """Put a zone on a local time; where the clock shows it twice or never there are two readings and no instant."""
    first, second = local.replace(tzinfo=zone, fold=0), local.replace(tzinfo=zone, fold=1)
    moment = replace(blank, precision=precision, zone=name, zone_assumed=assumed)
    if first.utcoffset() != second.utcoffset() and precision in ("second", "minute", "hour"):
        return replace(moment, alternatives=(_iso(first), _iso(second)))
    try:
        return replace(moment, utc=first.astimezone(UTC))
    except OverflowError:  # the first or last day that a datetime can hold, carried over its end by the zone
        return moment


def _written_zone(written: str | None, case: ZoneInfo) -> tuple[tzinfo, str | None, bool, tuple[tzinfo, ...]]:
    """Give (zone, its name, assumed, all zones that the name may mean where there are several)."""
    if not written:
        return case, str(case), True, ()
    name = written.lower().replace("\u2212", "-").replace("'", "")
    if name in _SEVERAL_HOURS:
        several = tuple(timezone(timedelta(hours=hours)) for hours in _SEVERAL_HOURS[name])
        return case, written, False, several
    if name in _FIXED_HOURS:
        return timezone(timedelta(hours=_FIXED_HOURS[name])), _offset(_FIXED_HOURS[name] * 60), False, ()
    match = re.fullmatch(r"(?:utc|gmt)?\s?([+-])(\d{1,2}):?(\d{2})?(?::\d{2})?", name)
    if match is None or name == "-0000":  # RFC 5322: -0000 says that the zone is not known
        return case, str(case), True, ()
    minutes = int(match[2]) * 60 + int(match[3] or 0)
    if minutes > 14 * 60:
        return case, str(case), True, ()
    minutes = -minutes if match[1] == "-" else minutes
    return timezone(timedelta(minutes=minutes)), _offset(minutes), False, ()


def _offset(minutes: int) -> str:
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes" if moment.second == 0 else "seconds")


def _number(digits: str | None) -> int | None:
    return int(digits) if digits else None
