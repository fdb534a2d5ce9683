"""Dates as people write them in English, German, French, Dutch and Spanish, with every reading of the ambiguous ones.

`ingest.times` resolves the times of a case (zones, precision) when a text is read; here dates are only read to compare
a claim's with a quote's, so nothing is assumed: a missing part stays missing and 05/03/2024 keeps both readings.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from assistant.lexicon import MONTHS, fold, word_set

_SPACE = "[ \u00a0\u202f\u2009]"
_LETTER = r"[^\W\d_]"
_ACCENTED = ("f\u00e9vrier", "f\u00e9vr", "ao\u00fbt", "d\u00e9cembre", "d\u00e9c", "j\u00e4nner", "m\u00e4rz")
_MONTH = (
    "(?P<month>"
    + "|".join(sorted({re.escape(name) for name in (*MONTHS, *_ACCENTED)}, key=len, reverse=True))
    + rf")(?!{_LETTER})"
)


@dataclass(frozen=True, slots=True)
class CalendarDate:
    """A date as far as it was written; None where a part is missing. Sortable only when complete."""

    year: int | None
    month: int | None
    day: int | None

    def covers(self, stated: "CalendarDate") -> bool:
        """Whether every part that `stated` has is the same here."""
        pairs = ((stated.year, self.year), (stated.month, self.month), (stated.day, self.day))
        return all(wanted is None or wanted == have for wanted, have in pairs)

    def iso(self) -> str:
        """ISO 8601 form, shortened where parts are missing; `--MM-DD` without a year."""
        if self.year is None:
            return f"--{self.month or 0:02d}" + (f"-{self.day:02d}" if self.day else "")
        parts = [f"{self.year:04d}"]
        if self.month is not None:
            parts.append(f"{self.month:02d}")
            if self.day is not None:
                parts.append(f"{self.day:02d}")
        return "-".join(parts)


@dataclass(frozen=True, slots=True)
class WrittenDate:
    """A date at `text[start:end]` and all its readings, day first where two fit."""

    raw: str
    readings: tuple[CalendarDate, ...]
    start: int
    end: int


_Reading = Callable[[re.Match[str]], tuple[CalendarDate | None, ...]]


def _full_year(digits: str) -> int:
    """Two-digit years up to 50 are this century's, later ones the last's (as POSIX does with its pivot of 68)."""
    year = int(digits)
    return year if len(digits) > 2 else year + (2000 if year <= 50 else 1900)


def _date(year: int | None, month: int | None, day: int | None) -> CalendarDate | None:
    if month is not None and not 1 <= month <= 12:
        return None
    if day is not None and not 1 <= day <= 31:
        return None
    return CalendarDate(year, month, day)


def _iso_date(match: re.Match[str]) -> tuple[CalendarDate | None, ...]:
    return (_date(int(match["y"]), int(match["m"]), int(match["d"])),)


def _iso_month(match: re.Match[str]) -> tuple[CalendarDate | None, ...]:
    return (_date(int(match["y"]), int(match["m"]), None),)


def _dotted_date(match: re.Match[str]) -> tuple[CalendarDate | None, ...]:
    year = _full_year(match["y"]) if match["y"] else None
    return (_date(year, int(match["m"]), int(match["d"])),)


def _slashed_date(match: re.Match[str]) -> tuple[CalendarDate | None, ...]:
    year, first, second = _full_year(match["y"]), int(match["a"]), int(match["b"])
    readings = (_date(year, second, first), _date(year, first, second))
    return readings[:1] if first == second else readings


def _named_date(match: re.Match[str]) -> tuple[CalendarDate | None, ...]:
    groups = match.groupdict()
    day = int(groups["d"]) if groups.get("d") else None
    year = int(groups["y"]) if groups.get("y") else None
    return (_date(year, MONTHS[fold(groups["month"])], day),)


_FREE = r"(?<![\w./-])"
_BEFORE_A_DAY = r"(?<!\w)(?:am|vom|den|dem|bis|zum|ab|seit|op|le|du|au)\s"
"""Without a year `6.01.` is a date only after one of these; else it is a number that ends a sentence."""
_DAY = r"(?P<d>[0-3]?\d)"
_FULL_YEAR = r"(?P<y>[12]\d{3})"
_ANY_YEAR = r"(?P<y>[12]\d{3}|\d{2})"
_DONE = r"(?!\d)(?![-/.]\d)"
_ISO_MONTH = re.compile(rf"{_FREE}{_FULL_YEAR}-(?P<m>0[1-9]|1[0-2])(?![\w-])")
_DATE_PATTERNS: tuple[tuple[re.Pattern[str], _Reading], ...] = (
    (re.compile(rf"{_FREE}{_FULL_YEAR}(?P<s>[-/.])(?P<m>[01]?\d)(?P=s){_DAY}{_DONE}"), _iso_date),
    (_ISO_MONTH, _iso_month),
    (re.compile(rf"{_FREE}{_DAY}\. ?(?P<m>[01]?\d)\. ?{_ANY_YEAR}{_DONE}"), _dotted_date),
    (re.compile(rf"{_BEFORE_A_DAY}{_DAY}\.(?P<m>[01]?\d)\.(?P<y>)(?!\d)", re.IGNORECASE), _dotted_date),
    (re.compile(rf"{_FREE}(?P<a>[0-3]?\d)(?P<s>[/-])(?P<b>[0-3]?\d)(?P=s){_ANY_YEAR}{_DONE}"), _slashed_date),
    (
        re.compile(
            rf"(?<![\w.,/]){_DAY}(?:st|nd|rd|th|er|\.|e|te|ste|de)?{_SPACE}?(?:(?:of|de){_SPACE})?{_MONTH}"
            rf"\.?(?:{_SPACE}?,?{_SPACE}?(?:(?:of|del?){_SPACE})?{_FULL_YEAR}(?!\d))?",
            re.IGNORECASE,
        ),
        _named_date,
    ),
    (
        re.compile(
            rf"(?<!\w){_MONTH}\.?{_SPACE}(?:the{_SPACE})?{_DAY}(?:st|nd|rd|th)?(?!\d)(?![.,:]\d)"
            rf"(?:{_SPACE}?,?{_SPACE}{_FULL_YEAR}(?!\d))?",
            re.IGNORECASE,
        ),
        _named_date,
    ),
    (
        re.compile(rf"(?<!\w){_MONTH}\.?{_SPACE}?(?:,|of|del?)?{_SPACE}?{_FULL_YEAR}(?!\d)", re.IGNORECASE),
        _named_date,
    ),
)
# a month alone: with a capital where the language writes one; never `may`, `mars` or `sept` in lower case
_MONTH_ALONE = re.compile(rf"(?<!\w){_MONTH}(?!\w)", re.IGNORECASE)
_LOWER_CASE_MONTHS = word_set(
    "janvier fevrier avril juin juillet aout septembre octobre novembre decembre "
    "januari februari maart april juni juli augustus september oktober december "
    "enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre noviembre diciembre"
)
_NOT_ALONE = word_set("jan mar mars mei avr jun jul okt dec dez sep sept feb apr aug oct nov juil janv mrt")


def find_dates(text: str) -> Iterator[WrittenDate]:
    """Yield dates, the most telling patterns first; spans may overlap, the first one yielded is to be kept.

    Days and months out of range are no dates; whether a month has 31 days is not asked, since only equality counts.
    """
    for pattern, reading in _DATE_PATTERNS:
        for match in pattern.finditer(text):
            readings = tuple(date for date in reading(match) if date is not None)
            if readings:
                start = match.start("d") if not match.groupdict().get("y", " ") else match.start()
                yield WrittenDate(text[start : match.end()], readings, start, match.end())
    for match in _MONTH_ALONE.finditer(text):
        name = fold(match["month"])
        if name not in _NOT_ALONE and (match["month"][0].isupper() or name in _LOWER_CASE_MONTHS):
            yield WrittenDate(match.group(), (CalendarDate(None, MONTHS[name], None),), match.start(), match.end())
