"""Words that the `verifier` suite changes, found by its own patterns and tables.

Nothing here is taken from `assistant`: what the verifier cannot find must be found here, or it would never be missed.
"""

import re
from dataclasses import dataclass

from eval.suites.claim_sources import ClaimLanguage, GoldSentence

NUMBER_WORDS: dict[ClaimLanguage, dict[str, int]] = {
    "en": {
        "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
        "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60,
        "ninety": 90,
    },
    "de": {
        "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6, "sieben": 7, "acht": 8, "neun": 9, "zehn": 10,
        "elf": 11, "zwölf": 12, "zwanzig": 20, "dreißig": 30,
    },
    "es": {
        "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "ocho": 8, "nueve": 9, "diez": 10,
        "doce": 12, "veinte": 20, "treinta": 30,
    },
}  # fmt: skip
MONTHS: dict[ClaimLanguage, tuple[str, ...]] = {
    "en": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ),
    "de": (
        "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
        "Dezember",
    ),
    "es": (
        "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
        "diciembre",
    ),
}  # fmt: skip
_NO_NAMES = re.compile(
    "Agreement|Section|Article|Exhibit|Party|Parties|Date|Effective|Term|Schedule|The|This|That|These|Those|And|But|For|"
    "With|From|Not|Any|All|Such|Each|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
)
"""Capitalised words that are no names; in contracts the first ten stand in every sentence."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number at `text[start:end]`: its value, and whether it is written in letters."""

    raw: str
    start: int
    end: int
    value: float
    spelled: bool


@dataclass(frozen=True, slots=True)
class Date:
    """A date at `text[start:end]`. `month` counts from 1; a part that is not written is None."""

    raw: str
    start: int
    end: int
    year: int | None
    month: int | None
    day: int | None


@dataclass(frozen=True, slots=True)
class NameRun:
    """Capitalised words in a row."""

    raw: str
    start: int
    end: int

    @property
    def words(self) -> frozenset[str]:
        """Its words in small letters."""
        return frozenset(word.casefold() for word in re.findall(r"[^\W\d_]+", self.raw))


_DIGITS = re.compile(
    r"(?<![\w.,/'\u2019:+-])(?:\d{1,3}(?:[.,]\d{3})+|\d{1,9}(?:[.,]\d{1,2})?)(?![\w/:'\u2019]|[.,-]\d|-)"
)


def numbers(text: str, language: ClaimLanguage) -> list[Number]:
    """Numbers in digits or letters that are no part of a date, a year or a code."""
    dated = dates(text, language)
    found = []
    for match in _DIGITS.finditer(text):
        if not _touches(match, dated):
            raw = match.group()
            found.append(Number(raw, match.start(), match.end(), number_value(raw, language), spelled=False))
    for match in re.finditer(r"(?<![\w-])[^\W\d_]+(?![\w-])", text):
        value = NUMBER_WORDS[language].get(match.group())
        if value is not None:
            found.append(Number(match.group(), match.start(), match.end(), float(value), spelled=True))
    return found


def number_value(raw: str, language: ClaimLanguage) -> float:
    """The value of a number in digits, grouped as the language does."""
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", raw):
        return float(re.sub(r"[.,]", "", raw))
    return float(raw.replace(",", "." if language != "en" else ""))


def _touches(match: re.Match[str], spans: "list[Date]") -> bool:
    return any(match.start() < span.end and span.start < match.end() for span in spans)


def dates(text: str, language: ClaimLanguage) -> list[Date]:
    """Dates with a month by name, months with a year, and years alone."""
    names = MONTHS[language]
    month = "(?P<month>" + "|".join(names) + ")"
    year = r"(?P<year>1\d{3}|20\d{2})(?![\w%]|[.,]\d)"
    day = r"(?<![\w.,])(?P<day>[0-3]?\d)"
    if language == "en":
        patterns = [
            rf"\b{month} (?P<day>[0-3]?\d)(?:st|nd|rd|th)?(?!\d) ?,? {year}",
            rf"{day}(?:st|nd|rd|th)? {month} ?,? {year}",
            rf"\b{month} {year}",
            rf"\b{month} (?P<day>[0-3]?\d)(?![\d,])",
        ]
    elif language == "de":
        patterns = [rf"{day}\. {month} {year}", rf"\b{month} {year}", rf"{day}\. {month}\b"]
    else:
        patterns = [rf"{day} de {month} del? {year}", rf"\b{month} del? {year}", rf"{day} de {month}\b"]
    patterns.append(rf"(?<![\w.,$€£/-])(?<![$€£] ){year}(?! ?(?:%|percent|Prozent|por ciento|[mM]il|km|m\b|kg))")
    found: list[Date] = []
    for pattern in patterns:
        for match in re.finditer(pattern, text):
            if _touches(match, found):
                continue
            groups = match.groupdict()
            found.append(
                Date(
                    match.group(),
                    match.start(),
                    match.end(),
                    int(groups["year"]) if groups.get("year") else None,
                    names.index(groups["month"]) + 1 if groups.get("month") else None,
                    int(groups["day"]) if groups.get("day") else None,
                )
            )
    return sorted(found, key=lambda date: date.start)


_CAPITALISED = r"[A-ZÀ-Þ][^\W\d_]{2,}"


def names(gold: GoldSentence, text: str) -> list[NameRun]:
    """Names of a text by capitals: never the first word of a sentence unless it has one inside a sentence elsewhere."""
    inside = set(re.findall(rf"(?<=[a-zß-ÿ,] ){_CAPITALISED}", gold.passage))
    months = set(MONTHS[gold.language])
    found = []
    for match in re.finditer(rf"(?<![\w'\u2019-]){_CAPITALISED}(?: {_CAPITALISED}){{0,3}}(?![\w'\u2019-])", text):
        words = match.group().split()
        start = match.start()
        while words and not (
            words[0] in inside
            and not _NO_NAMES.fullmatch(words[0])
            and words[0] not in months
            and not words[0].isupper()
        ):
            start += len(words[0]) + 1
            words = words[1:]
        known = gold.known_names is None or (bool(words) and all(word in gold.known_names for word in words))
        plain = not any(_NO_NAMES.fullmatch(word) or word in months for word in words)
        if words and known and plain:
            found.append(NameRun(" ".join(words), start, match.end()))
    return found


def same_name(one: NameRun, other: NameRun) -> bool:
    """Whether two names may be one: they share a word (or its beginning), or one is the other's initials."""
    stems = [{word[:4] for word in name.words} for name in (one, other)]
    initials = ["".join(word[0] for word in name.raw.split()).casefold() for name in (one, other)]
    return bool(stems[0] & stems[1]) or initials[0] in other.words or initials[1] in one.words
