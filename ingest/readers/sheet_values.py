"""Values of spreadsheet cells in their normal form: numbers with a dot, dates in ISO 8601, nothing in E notation."""

import datetime as dt
import re
from decimal import Decimal, InvalidOperation

from casefile.records import CellType

SIGNIFICANT_DIGITS = 15
"""Digits that spreadsheet programs keep of a number (IEEE 754 double, shown with 15)."""

_BUILT_IN_DATES = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_NOT_CODE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_DATE_CODE = re.compile(r"[dmyhs]", re.IGNORECASE)
_ELAPSED_CODE = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_EPOCH_1900 = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - cells carry no zone
_EPOCH_1904 = dt.datetime(1904, 1, 1)  # noqa: DTZ001
_ORDINARY = re.compile(r"-?[1-9][0-9]{0,8}(?:\.[0-9]{0,4}[1-9])?\Z")
_LAST_SERIAL = 2_958_466
_LEAP_DAY_THAT_WAS_NOT = 60
_LARGEST_EXPONENT = 30


def is_date_format(number_format: int, code: str | None) -> bool:
    """Whether a number format shows dates or times (ECMA-376 part 1, 18.8.30 and 18.8.31)."""
    if code is None:
        return number_format in _BUILT_IN_DATES
    plain = _NOT_CODE.sub("", code[:500])
    return plain.strip().lower() != "general" and _DATE_CODE.search(plain) is not None


def is_elapsed_format(code: str | None) -> bool:
    """Whether a number format shows a duration, such as `[h]:mm`."""
    return code is not None and _ELAPSED_CODE.search(code[:500]) is not None


def number(raw: str) -> tuple[CellType, str]:
    """A number as written in the file, in plain digits.

    Whole numbers of more than 15 digits are text: they are account numbers and the like, and no arithmetic keeps them.
    """
    if _ORDINARY.match(raw):
        return "number", raw
    try:
        value = Decimal(raw.strip()) if len(raw) <= 400 else None
    except InvalidOperation:
        value = None
    if value is None or not value.is_finite():
        return "text", raw.strip()
    if abs(value.adjusted()) > _LARGEST_EXPONENT:
        return "number", str(value) if value else "0"
    if value == value.to_integral_value():
        digits = format(value.quantize(Decimal(1)) if value.adjusted() < 28 else value, "f").partition(".")[0]
        return ("text" if len(digits.lstrip("-")) > SIGNIFICANT_DIGITS else "number"), digits
    rounded = value.normalize() if len(value.as_tuple().digits) <= SIGNIFICANT_DIGITS else _rounded(value)
    return "number", format(rounded, "f")


def _rounded(value: Decimal) -> Decimal:
    places = value.adjusted() - SIGNIFICANT_DIGITS + 1
    return value.quantize(Decimal(1).scaleb(places)).normalize()


def date(raw: str, *, epoch_1904: bool, elapsed: bool) -> tuple[CellType, str]:
    """A serial number of days as a date, time or both (ECMA-376 part 1, 18.17.4); a number where it is none."""
    try:
        serial = float(raw)
    except ValueError:
        return "text", raw.strip()
    if not 0 <= serial < _LAST_SERIAL:
        return number(raw)
    if elapsed:
        return "text", duration(dt.timedelta(days=serial))
    if not epoch_1904 and serial < _LEAP_DAY_THAT_WAS_NOT and serial >= 1:
        serial += 1  # 1900 is taken for a leap year
    moment = (_EPOCH_1904 if epoch_1904 else _EPOCH_1900) + dt.timedelta(seconds=round(serial * 86_400))
    if serial < 1 and not epoch_1904:
        return "date", moment.time().isoformat()
    return "date", moment.date().isoformat() if moment.time() == dt.time() else moment.isoformat()


def duration(span: dt.timedelta) -> str:
    """Hours, minutes and seconds, `30:00:00`."""
    seconds = round(span.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    return f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def column_name(column: int) -> str:
    """`A` for 0, `AA` for 26."""
    name = ""
    column += 1
    while column:
        column, letter = divmod(column - 1, 26)
        name = chr(ord("A") + letter) + name
    return name


def column_number(reference: str) -> int | None:
    """0 for `A7`; None where the reference is none."""
    column = 0
    for count, character in enumerate(reference):
        if not ("A" <= character <= "Z") or count > 3:
            break
        column = column * 26 + ord(character) - ord("A") + 1
    return column - 1 if column else None
