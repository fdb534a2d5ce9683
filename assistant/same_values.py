"""When two written values are one: numbers, amounts, dates, telephone numbers and identifiers in any spelling."""

import re
from decimal import Decimal

from assistant.lexicon import fold
from assistant.values import Value
from assistant.written_dates import CalendarDate


def same_value(value: Value, other: Value, currencies: frozenset[str] = frozenset()) -> bool:
    """Whether a stated value is the other one; a part of a date is the date.

    `currencies` are those that the quotes name anywhere: an amount may then stand there without its currency.
    """
    if value.kind == "date":
        return _same_date(value, other)
    if value.kind == "time":
        return other.kind == "time" and (other.normal == value.normal or other.normal.startswith(value.normal + ":"))
    if value.kind == "amount":
        known = (
            other.unit == value.unit if other.kind == "amount" else other.kind == "number" and value.unit in currencies
        )
        return known and same_number(value, other)
    if value.kind == "number":
        year = other.kind == "date" and any(Decimal(date.year or -1) in value.numbers for date in other.dates)
        kinds = {"number", "amount", "percent"} if value.raw.isalpha() else {"number", "amount"}
        return year or (other.kind in kinds and same_number(value, other))
    if value.kind == "percent":
        spelled = other.kind == "number" and other.raw.isalpha()  # in `six to nine per cent`
        return (spelled or other.kind == "percent") and same_number(value, other)
    return other.kind == value.kind and other.normal == value.normal


def same_number(value: Value, other: Value) -> bool:
    """Whether two numbers are equal; a form with two readings needs the same digits (`12.400` is not `12.4`)."""
    if not set(value.numbers) & set(other.numbers):
        return False
    if not (value.ambiguous or other.ambiguous):
        return True
    return _digits(value.raw) == _digits(other.raw) or value.numbers[0] == other.numbers[0]


def _digits(raw: str) -> str:
    return re.sub(r"\D", "", raw)


def _same_date(value: Value, other: Value) -> bool:
    if other.kind == "number" and value.dates[0].month is None:
        return any(Decimal(date.year or -1) in other.numbers for date in value.dates)
    if other.kind != "date":
        return False
    if value.ambiguous or other.ambiguous:
        return set(value.dates) == set(other.dates) or _only_year(value.dates[0], other)
    return other.dates[0].covers(value.dates[0])


def _only_year(date: CalendarDate, other: Value) -> bool:
    return date.month is None and all(reading.covers(date) for reading in other.dates)


def spelled_otherwise(raw: str, quote: str) -> bool:
    """Whether an identifier stands in the quote with other blanks, hyphens, dots or case between its groups."""
    groups = re.findall(r"[^\W_]+", raw)
    if len(groups) == 1 and len(raw) >= 12:  # a compact IBAN against one written in fours
        groups = list(raw)
    pattern = r"[\s./:_-]{0,3}".join(re.escape(fold(group)) for group in groups)
    return re.search(rf"(?<![^\W_]){pattern}(?![^\W_])", fold(quote)) is not None


def same_phone(first: str, second: str, region: str | None) -> bool:
    """Whether two spellings are one telephone number; a national form equals an international one only by region."""
    one, two = _international(first), _international(second)
    if one == two:
        return True
    if region is None or one.startswith("+") == two.startswith("+"):
        return False
    import phonenumbers

    try:
        numbers = [phonenumbers.parse(form, region) for form in (one, two)]
    except phonenumbers.NumberParseException:
        return False
    return (
        numbers[0].country_code == numbers[1].country_code and numbers[0].national_number == numbers[1].national_number
    )


def _international(raw: str) -> str:
    digits = _digits(raw.replace("(0)", ""))
    if raw.strip().startswith("+"):
        return "+" + digits
    return "+" + digits[2:] if digits.startswith("00") else digits
