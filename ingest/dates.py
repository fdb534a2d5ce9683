"""Calendar dates in text: the one pattern core that date identifiers and moments share.

Patterns are strict on purpose. A month's name alone is no date ("May", "März"), and a numeric date that can be read
day first or month first keeps both readings. Every repetition is bounded, so the scan is linear in the text.
"""

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass

from casefile.records import Precision

EARLIEST_YEAR = 1800
LATEST_YEAR = 2199
TWO_DIGIT_PIVOT = 69
"""Two-digit years from 69 on are 19xx, those below 20xx (POSIX.1-2017, `strptime`, `%y`)."""

_MONTH_WORDS: tuple[tuple[str, ...], ...] = (
    ("january jan", "januar jänner jan", "janvier janv", "januari jan", "enero ene"),
    ("february feb", "februar feber feb", "février fevrier févr fevr fév", "februari feb", "febrero feb"),
    ("march mar", "märz maerz mär mrz", "mars", "maart mrt", "marzo mar"),
    ("april apr", "april apr", "avril avr", "april apr", "abril abr"),
    ("may", "mai", "mai", "mei", "mayo may"),
    ("june jun", "juni jun", "juin", "juni jun", "junio jun"),
    ("july jul", "juli jul", "juillet juil", "juli jul", "julio jul"),
    ("august aug", "august aug", "août aout", "augustus aug", "agosto ago"),
    ("september sept sep", "september sept sep", "septembre sept", "september sept sep", "septiembre setiembre sept"),
    ("october oct", "oktober okt", "octobre oct", "oktober okt", "octubre oct"),
    ("november nov", "november nov", "novembre nov", "november nov", "noviembre nov"),
    ("december dec", "dezember dez", "décembre decembre déc", "december dec", "diciembre dic"),
)
"""Month names and usual abbreviations: English, German, French, Dutch, Spanish."""

MONTHS: dict[str, int] = {
    word: number for number, names in enumerate(_MONTH_WORDS, 1) for language in names for word in language.split()
}
_CAPITAL_ONLY = frozenset({"may", "march", "mar", "august"})
"""Words that mean something else in small letters ("you may 2024 times"): before a bare year no month then."""

_MONTH = "(?:" + "|".join(sorted(MONTHS, key=len, reverse=True)) + ")"
_WORD_EDGE = r"(?<![^\W_])(?<!\d\s)(?<!\d\.\s)"
"""Not inside a word, nor behind a number: "31 April 2024" is an impossible day, not the month of April."""
_YEAR = r"(?:1[89]|2[01])\d{2}(?!\d)"

_NUMERIC = re.compile(
    r"(?<!\d)(?<!\d[-/.])(?:"
    rf"(?P<iso_y>{_YEAR})(?P<iso_s>[-/.])(?P<iso_m>\d{{1,2}})(?P=iso_s)(?P<iso_d>\d{{1,2}})"
    r"|(?P<a>\d{1,2})(?:(?P<dot>\.)[ \u00a0]?|(?P<s>[-/]))(?P<b>\d{1,2})(?:(?(dot)\.[ \u00a0]?)(?(s)(?P=s)))"
    rf"(?P<c>{_YEAR}|\d{{2}})"
    r")(?!\d)(?![-/.]\d)"
)
_DAY_MONTH_YEAR = re.compile(
    rf"(?<![\d.,/-])(?P<d>\d{{1,2}})(?:\.|st|nd|rd|th|er|ste|de|º|ª)?"
    rf"(?:[-/]|\s{{0,3}}(?:of\s|de\s|the\s)?\s?)(?=[jfmasondeé])(?P<m>{_MONTH})(?![^\W_])\.?,?"
    rf"(?:[-/]|\s{{0,3}}(?:de\s|del\s|of\s)?)(?P<y>{_YEAR})",
    re.IGNORECASE,
)
_MONTH_FIRST = re.compile(
    rf"{_WORD_EDGE}(?=[jfmasondeé])(?P<m>{_MONTH})(?![^\W_])\.?(?:"
    rf"\s{{1,3}}(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?:,\s{{0,3}}|\s{{1,3}})(?P<y>{_YEAR})"
    rf"|,?\s{{1,3}}(?:de\s|del\s|of\s)?(?P<only_y>{_YEAR})(?![-/.]\d))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, order=True)
class CalendarDate:
    """A day, or a month where `day` is None; always one that the Gregorian calendar has."""

    year: int
    month: int
    day: int | None

    def iso(self) -> str:
        """ISO 8601: `2024-05-03`, or `2024-05` for a month."""
        if self.day is None:
            return f"{self.year:04d}-{self.month:02d}"
        return f"{self.year:04d}-{self.month:02d}-{self.day:02d}"

    @property
    def precision(self) -> Precision:
        """`day`, or `month` where the day is not given."""
        return "month" if self.day is None else "day"


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date at `text[start:end]` with one reading, or two where its form is ambiguous.

    `rule` says which form it has; `two_digit_year` that the century was taken from `TWO_DIGIT_PIVOT`.
    """

    start: int
    end: int
    readings: tuple[CalendarDate, ...]
    rule: str
    two_digit_year: bool = False

    @property
    def ambiguous(self) -> bool:
        """True where the form fits two calendar days."""
        return len(self.readings) > 1


def calendar_date(year: int, month: int, day: int | None) -> CalendarDate | None:
    """Give the date, or None where the calendar has no such day."""
    if not (1 <= month <= 12 and 1 <= year <= 9999):
        return None
    if day is not None and not 1 <= day <= calendar.monthrange(year, month)[1]:
        return None
    return CalendarDate(year, month, day)


def find_dates(text: str) -> tuple[FoundDate, ...]:
    """Find every calendar date in `text`, in text order, none overlapping another; linear time."""
    found = sorted(
        (*_numeric(text), *_day_first_words(text), *_month_first_words(text)), key=lambda date: (date.start, -date.end)
    )
    kept: list[FoundDate] = []
    for date in found:
        if not kept or date.start >= kept[-1].end:
            kept.append(date)
        elif date.end > kept[-1].end and date.end - date.start > kept[-1].end - kept[-1].start:
            kept[-1] = date
    return tuple(kept)


def _numeric(text: str) -> Iterator[FoundDate]:
    for match in _NUMERIC.finditer(text):
        if match["iso_y"]:
            date = calendar_date(int(match["iso_y"]), int(match["iso_m"]), int(match["iso_d"]))
            if date:
                yield FoundDate(match.start(), match.end(), (date,), "date:year_first")
            continue
        two_digits = len(match["c"]) == 2
        year = _century(int(match["c"])) if two_digits else int(match["c"])
        first, second = int(match["a"]), int(match["b"])
        day_first = calendar_date(year, second, first)
        if match["dot"]:
            if day_first:
                rule = "date:two_digit_year" if two_digits else "date:dotted"
                yield FoundDate(match.start(), match.end(), (day_first,), rule, two_digits)
            continue
        readings = {date for date in (day_first, calendar_date(year, first, second)) if date}
        if not readings:
            continue
        rule = "date:two_digit_year" if two_digits else "date:one_reading"
        if len(readings) > 1:
            rule = "date:ambiguous"
        yield FoundDate(match.start(), match.end(), tuple(sorted(readings)), rule, two_digits)


def _day_first_words(text: str) -> Iterator[FoundDate]:
    for match in _DAY_MONTH_YEAR.finditer(text):
        date = calendar_date(int(match["y"]), MONTHS[match["m"].lower()], int(match["d"]))
        if date:
            yield FoundDate(match.start(), match.end(), (date,), "date:month_name")


def _month_first_words(text: str) -> Iterator[FoundDate]:
    for match in _MONTH_FIRST.finditer(text):
        name = match["m"]
        if match["y"]:
            date = calendar_date(int(match["y"]), MONTHS[name.lower()], int(match["d"]))
            rule = "date:month_name"
        else:
            if name in _CAPITAL_ONLY:
                continue
            date = calendar_date(int(match["only_y"]), MONTHS[name.lower()], None)
            rule = "date:month_and_year"
        if date:
            yield FoundDate(match.start(), match.end(), (date,), rule)


def _century(two_digits: int) -> int:
    return two_digits + (1900 if two_digits >= TWO_DIGIT_PIVOT else 2000)
