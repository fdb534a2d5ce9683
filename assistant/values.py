"""Finding typed values (dates, amounts, numbers, telephone numbers, codes, ...) in a sentence or a question.

Two users: the built-in engine looks for a value of the type that a question asks for, and `assistant.citations`
compares the values of a claim with those of its quotes. Spans never overlap; earlier patterns win. Every pattern is
bounded, so that hostile text costs linear time. The stored identifiers of a case come from `ingest.identifiers`,
which checks checksums; here only the form counts.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from assistant.lexicon import (
    CURRENCIES,
    NUMBER_WORDS,
    NUMBER_WORDS_BY_LANGUAGE,
    ORDINALS,
    SCALES,
    WEEKDAYS,
    TextLanguage,
    fold,
)
from assistant.written_dates import CalendarDate, find_dates

ValueKind = Literal[
    "email", "url", "iban", "date", "time", "phone", "code", "amount", "percent", "number", "ordinal", "weekday"
]

_SPACE = "[ \u00a0\u202f\u2009]"
_LETTER = r"[^\W\d_]"
_NUMBER = (
    rf"(?:\d{{1,3}}(?:{_SPACE}\d{{3}}){{1,6}}(?:[.,]\d{{1,12}})?|\d{{1,3}}(?:['\u2019]\d{{3}}){{1,6}}(?:[.,]\d{{1,12}})?"
    r"|\d{1,40}(?:[.,]\d{1,12}){0,8})(?!\d)"
)
_NOT_INSIDE = r"(?<![\w])(?<!\d[.,])"
_CURRENCY = (
    r"(?:US\$|[\u20ac$\u00a3\u00a5]|(?:"
    + "|".join(sorted((re.escape(name) for name in CURRENCIES if name.isalpha()), key=len, reverse=True))
    + r")(?![^\W\d_]))"
)
_SCALE = "(?:" + "|".join(sorted(SCALES, key=len, reverse=True)) + rf")\.?(?!{_LETTER})"
_SIGN = "(?:[-\u2212+](?=\\d|[\u20ac$\u00a3\u00a5A-Z]))?"


@dataclass(frozen=True, slots=True)
class Value:
    """A typed value at `text[start:end]`.

    `numbers` holds every reading of a number (two for `1.234`, which is one thousand and more in German and a decimal
    in English), scale words multiplied in; `dates` every reading of a date (two for 05/03/2024). `normal` is the
    form for comparing all other kinds, and for showing. `unit` is the ISO 4217 code of an amount, else empty.
    """

    kind: ValueKind
    raw: str
    normal: str
    start: int
    end: int
    numbers: tuple[Decimal, ...] = ()
    dates: tuple[CalendarDate, ...] = ()
    unit: str = ""

    @property
    def ambiguous(self) -> bool:
        """Whether the raw form can be read in two ways."""
        return len(self.numbers) > 1 or len(self.dates) > 1


def read_number(raw: str) -> tuple[Decimal, ...]:
    """Return the readings of a written number: `1.234,56` and `1,234.56` one, `1.234` two (grouped one first).

    Empty when it is not a number in any of the four languages (`1.2.3`).
    """
    text = re.sub(r"[\s'\u2019\u00a0\u202f\u2009]", "", raw)
    sign = -1 if text[:1] in {"-", "\u2212"} else 1
    text = text.lstrip("+-\u2212")
    if re.fullmatch(r"\d+", text):
        return (sign * Decimal(text),)
    dots, commas = text.count("."), text.count(",")
    if dots and commas:
        last, other = (".", ",") if text.rfind(".") > text.rfind(",") else (",", ".")
        whole, _, decimals = text.rpartition(last)
        if text.count(last) == 1 and _grouped(whole, other):
            return (sign * Decimal(f"{whole.replace(other, '')}.{decimals}"),)
        return ()
    separator = "." if dots else ","
    if text.count(separator) > 1:
        return (sign * Decimal(text.replace(separator, "")),) if _grouped(text, separator) else ()
    whole, _, decimals = text.partition(separator)
    if not (whole.isdecimal() and decimals.isdecimal()):
        return ()
    decimal = sign * Decimal(f"{whole}.{decimals}")
    if len(decimals) == 3 and len(whole) <= 3 and not whole.startswith("0"):
        return (sign * Decimal(whole + decimals), decimal)
    return (decimal,)


def _grouped(text: str, separator: str) -> bool:
    groups = text.split(separator)
    return 1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:]) and "".join(groups).isdecimal()


def plain(number: Decimal) -> str:
    """Return a number with a dot, without exponent, grouping or trailing zeros after the dot."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


# --- dates and times ---------------------------------------------------------------------------------------------


def _dates(text: str) -> Iterator[Value]:
    for written in find_dates(text):
        yield Value("date", written.raw, written.readings[0].iso(), written.start, written.end, dates=written.readings)


_TIME = re.compile(
    r"(?:(?<![\w.,:])|(?<=\dT))(?P<h>[0-2]?\d)(?:(?P<sep>[:.hH])(?P<m>[0-5]\d)(?::(?P<s>[0-5]\d))?)?"
    r"(?: ?(?P<mark>[ap]\.?m\.?(?!\w)|Uhr(?!\w)|uur(?!\w)|heures?(?!\w)|h(?!\w)|o'clock))?(?![\w:])",
    re.IGNORECASE,
)


def _times(text: str) -> Iterator[Value]:
    for match in _TIME.finditer(text):
        mark = fold(match["mark"] or "").replace(".", "")
        if not mark and match["sep"] not in {":", "h", "H"}:
            continue
        hour = int(match["h"])
        if mark in {"am", "pm"} and 1 <= hour <= 12:
            hour = hour % 12 + (12 if mark == "pm" else 0)
        if hour > 24:
            continue
        normal = f"{hour:02d}:{match['m'] or '00'}" + (f":{match['s']}" if match["s"] else "")
        yield _value("time", match, normal)


# --- identifiers by form -------------------------------------------------------------------------------------------

_EMAIL = re.compile(r"(?<![\w.%+-])[\w.%+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_URL = re.compile(r"(?<!\w)(?:https?://|www\.)[^\s<>\"']{1,2000}", re.IGNORECASE)
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?!\w)")
_PHONE = re.compile(r"(?<![\w.,])(?:\+|00?(?=[1-9]))\d(?:[ ()./\u00a0-]{0,3}\d){6,14}(?!\w)(?![.,]\d)")
_CODE = re.compile(r"(?<!\w)(?<!\d[.,'\u2019])[^\W_]{1,64}(?:[-/_.:][^\W_]{1,64}){0,8}(?!\w)")
_ORDINAL_DIGITS = re.compile(r"(?<![\w.,])(?P<n>\d{1,4})(?:st|nd|rd|th|er|ère|ere|e|ème|eme|de|ste)(?!\w)")


def _emails(text: str) -> Iterator[Value]:
    for match in _EMAIL.finditer(text):
        yield _value("email", match, match.group().casefold())


def _urls(text: str) -> Iterator[Value]:
    for match in _URL.finditer(text):
        raw = match.group().rstrip(".,;:!?)]\u201d\u2019\u00bb")
        yield Value("url", raw, raw.casefold(), match.start(), match.start() + len(raw))


def _ibans(text: str) -> Iterator[Value]:
    for match in _IBAN.finditer(text):
        compact = match.group().replace(" ", "")
        if 15 <= len(compact) <= 34 and sum(c.isdigit() for c in compact) >= 8:
            yield _value("iban", match, compact)


def _phones(text: str) -> Iterator[Value]:
    for match in _PHONE.finditer(text):
        raw = match.group()
        digits = re.sub(r"\D", "", raw.replace("(0)", ""))
        separated = raw[0] == "+" or not raw.isdecimal() or len(digits) >= 9
        if separated:
            international = raw[0] == "+" or digits.startswith("00")
            yield _value("phone", match, "+" + digits.removeprefix("00") if international else digits)


def _codes(text: str) -> Iterator[Value]:
    for match in _CODE.finditer(text):
        raw = match.group()
        letters, digits = any(c.isalpha() for c in raw), any(c.isdigit() for c in raw)
        grouped = re.fullmatch(r"\d+(?:[-/_]\d+)+", raw) is not None
        leading_zero = raw.isdecimal() and len(raw) > 1 and raw.startswith("0")
        version = re.fullmatch(r"\d+(?:\.\d+){2,}", raw) is not None and not read_number(raw)
        if digits and (letters or grouped or leading_zero or version) and not _unit_joined(raw):
            yield _value("code", match, re.sub(r"[-/_.:\s]", "-", fold(raw)).upper())


_UNITS = r"(?:km|m|cm|mm|kg|g|mg|l|ml|h|s|min|eur|usd|gbp|chf|k|gb|mb|kb|years?|s)"


def _unit_joined(raw: str) -> bool:
    """`12kg` and `1980s` are numbers with a unit, not codes."""
    return re.fullmatch(rf"\d+(?:[.,]\d+)*{_UNITS}", raw, re.IGNORECASE) is not None


# --- numbers -------------------------------------------------------------------------------------------------------

_DASH_CENTS = r"(?:[.,](?:-|\u2013|\u2014){1,2})?"
_AMOUNT = re.compile(
    rf"{_NOT_INSIDE}(?P<sign>{_SIGN})(?:(?P<before>{_CURRENCY}){_SPACE}?(?P<sign1>{_SIGN})(?P<n1>{_NUMBER})(?:{_SPACE}?(?P<scale1>{_SCALE}))?"
    rf"|(?P<n2>{_NUMBER}){_DASH_CENTS}(?:{_SPACE}?(?P<scale2>{_SCALE}))?{_SPACE}?(?P<after>{_CURRENCY}))",
    re.IGNORECASE,
)
_PERCENT = re.compile(
    rf"{_NOT_INSIDE}(?P<sign>{_SIGN})(?P<n>{_NUMBER}){_SPACE}?(?:%|percent(?!\w)|per cent(?!\w)|prozent(?!\w)"
    r"|procent(?!\w)|pour cent(?!\w)|por ciento(?!\w))",
    re.IGNORECASE,
)
_PLAIN = re.compile(rf"{_NOT_INSIDE}(?P<sign>{_SIGN})(?P<n>{_NUMBER})(?:{_SPACE}(?P<scale>{_SCALE}))?", re.IGNORECASE)
_JOINED = re.compile(rf"(?<![\w.,])(?P<n>{_NUMBER}){_UNITS}(?!\w)", re.IGNORECASE)
_WORD = re.compile(rf"(?<!\w){_LETTER}+(?:-{_LETTER}+)?(?!\w)")


def _numbers_of(match: re.Match[str], raw: str, scale: str | None) -> tuple[Decimal, ...]:
    factor = SCALES[fold(scale).rstrip(".")] if scale else 1
    groups = match.groupdict()
    negative = {"-", "\u2212"} & {groups.get("sign"), groups.get("sign1")}
    return tuple((-factor if negative else factor) * number for number in read_number(raw))


def _amounts(text: str) -> Iterator[Value]:
    for match in _AMOUNT.finditer(text):
        before = match["before"] is not None
        raw, scale = (match["n1"], match["scale1"]) if before else (match["n2"], match["scale2"])
        numbers = _numbers_of(match, raw, scale)
        if numbers:
            unit = CURRENCIES[fold(match["before"] or match["after"])]
            yield _value("amount", match, f"{unit} {plain(numbers[0])}", numbers=numbers, unit=unit)


def _percentages(text: str) -> Iterator[Value]:
    for match in _PERCENT.finditer(text):
        numbers = _numbers_of(match, match["n"], None)
        if numbers:
            yield _value("percent", match, plain(numbers[0]), numbers=numbers)


def _plain_numbers(text: str) -> Iterator[Value]:
    for pattern in (_PLAIN, _JOINED):
        for match in pattern.finditer(text):
            numbers = _numbers_of(match, match["n"], match.groupdict().get("scale"))
            normal = plain(numbers[0]) if numbers else match["n"]
            kind: ValueKind = "number" if numbers else "code"
            yield _value(kind, match, normal, numbers=numbers)


def _ordinal_digits(text: str) -> Iterator[Value]:
    for match in _ORDINAL_DIGITS.finditer(text):
        yield _value("ordinal", match, str(int(match["n"])))


def _leftover_digits(text: str) -> Iterator[Value]:
    """Digits in any shape that no other pattern knows: compared exactly, so that none goes unchecked."""
    for match in re.finditer(r"\d+", text):
        yield _value("code", match, match.group())


def _number_words(text: str, language: TextLanguage) -> Iterator[Value]:
    for match in _WORD.finditer(text):
        folded = fold(match.group())
        if folded in ORDINALS:
            yield _value("ordinal", match, str(ORDINALS[folded]))
        elif folded in WEEKDAYS and (match.group()[0].isupper() or language in {"fr", "nl", "es"}):
            yield _value("weekday", match, str(WEEKDAYS[folded]))
        else:
            number = _spelled(folded, language)
            if number is not None:
                yield _value("number", match, str(number), numbers=(Decimal(number),))


def _spelled(folded: str, language: TextLanguage) -> int | None:
    """Read a spelled number below a hundred: `seven`, `twenty-one`, `einundzwanzig`, `vingt-deux`."""
    if folded in NUMBER_WORDS:
        allowed = NUMBER_WORDS_BY_LANGUAGE.get(folded)
        return NUMBER_WORDS[folded] if allowed is None or language in allowed else None
    if "-" in folded:
        tens, _, ones = folded.partition("-")
        unit = 1 if ones in {"one", "un"} else NUMBER_WORDS.get(ones, 0)
        return NUMBER_WORDS[tens] + unit if 20 <= NUMBER_WORDS.get(tens, 0) <= 90 and 1 <= unit <= 19 else None
    for joint in ("und", "en"):
        ones, found, tens = folded.partition(joint)
        unit = 1 if ones in {"ein", "een"} else NUMBER_WORDS.get(ones, 0)
        if found and 1 <= unit <= 9 and 20 <= NUMBER_WORDS.get(tens, 0) <= 90:
            return NUMBER_WORDS[tens] + unit
    return None


def _value(
    kind: ValueKind,
    match: re.Match[str],
    normal: str,
    *,
    numbers: tuple[Decimal, ...] = (),
    dates: tuple[CalendarDate, ...] = (),
    unit: str = "",
) -> Value:
    return Value(kind, match.group(), normal, match.start(), match.end(), numbers, dates, unit)


_FINDERS: tuple[Callable[[str], Iterator[Value]], ...] = (
    _emails, _urls, _ibans, _dates, _amounts, _times, _percentages, _phones, _ordinal_digits, _codes, _plain_numbers,
    _leftover_digits,
)  # fmt: skip


def find_values(text: str, language: TextLanguage = "en") -> tuple[Value, ...]:
    """Return the values of a text in order of place, never overlapping.

    Args:
        text: any text; costs linear time.
        language: decides words that mean different things (`elf`, `onze`).
    """
    taken = bytearray(len(text))
    found: list[Value] = []
    for finder in _FINDERS:
        _keep(finder(text), taken, found)
    _keep(_number_words(text, language), taken, found)
    return tuple(sorted(found, key=lambda value: value.start))


def _keep(values: Iterator[Value], taken: bytearray, found: list[Value]) -> None:
    for value in values:
        if not any(taken[value.start : value.end]):
            taken[value.start : value.end] = b"\x01" * (value.end - value.start)
            found.append(value)
