"""What is compared between a claim and its quotes: values, names, negations, roles. Pure functions.

Each check returns a reason in plain words, or None when it finds nothing wrong. `assistant.citations` runs them all.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import SequenceMatcher
from itertools import pairwise

from assistant.lexicon import ALL_FUNCTION_WORDS, CURRENCIES, Language, fold, language_of, negations, word_set, words
from assistant.names import Name, find_names, is_in, known_spellings, name_runs
from assistant.values import Value, find_values
from assistant.written_dates import CalendarDate

_WHITE = re.compile(r"\s+")
_EXACT_KINDS = frozenset({"email", "url", "iban", "code", "phone", "date", "time"})


def squash(text: str) -> str:
    """Return the text with every run of white space as one blank."""
    return _WHITE.sub(" ", text).strip()


def stands_in(needle: str, text: str) -> bool:
    """Whether `needle` stands in the text as whole words and whole numbers: `12` does not stand in `12,400`."""
    at = text.find(needle)
    while at >= 0:
        if needle and _whole(needle, text, at):
            return True
        at = text.find(needle, at + 1)
    return False


def _whole(needle: str, text: str, at: int) -> bool:
    end = at + len(needle)
    before, after = text[max(0, at - 2) : at], text[end : end + 2]
    if needle[0].isalnum() and (before[-1:].isalnum() or (needle[0].isdigit() and re.fullmatch(r"\d[.,:/-]", before))):
        return False
    if not needle[-1].isalnum():
        return True
    return not (after[:1].isalnum() or (needle[-1].isdigit() and re.fullmatch(r"[.,:/-]\d", after) is not None))


# --- values --------------------------------------------------------------------------------------------------------


def check_values(claim: str, quotes: Sequence[str], language: Language, region: str | None) -> str | None:
    """Whether every number, date and identifier of the claim is in a quote, in whatever spelling."""
    stated = find_values(claim, language)
    if not stated:
        return None
    stated = _distinct(stated)
    there = _distinct(value for quote in quotes for value in find_values(quote, language_of(quote, (language,))))
    currencies = stated_currencies(quotes)
    for value in stated:
        if not _is_there(value, there, quotes, currencies, region):
            return (
                f"{_KIND_WORDS.get(value.kind, 'the value')} \u201c{value.raw.strip()}\u201d is not in the cited text"
            )
    return None


def _distinct(values: Iterable[Value]) -> tuple[Value, ...]:
    """One of each spelling, so that a long list of the same value costs no more than one."""
    return tuple({(value.kind, value.raw): value for value in values}.values())


_KIND_WORDS = {
    "amount": "the amount",
    "number": "the number",
    "percent": "the percentage",
    "date": "the date",
    "time": "the time",
    "phone": "the telephone number",
    "email": "the e-mail address",
    "url": "the address",
    "iban": "the account number",
    "code": "the identifier",
    "ordinal": "the ordinal",
    "weekday": "the weekday",
}


def stated_currencies(quotes: Iterable[str]) -> frozenset[str]:
    """Return the ISO 4217 codes of all currencies that the texts name, by code, word or sign."""
    names = {
        CURRENCIES[token] for quote in quotes for token in re.findall(r"[^\W\d_]+", fold(quote)) if token in CURRENCIES
    }
    signs = {CURRENCIES[sign] for quote in quotes for sign in quote if sign in CURRENCIES}
    return frozenset(names | signs)


def _is_there(
    value: Value, there: Sequence[Value], quotes: Sequence[str], currencies: frozenset[str], region: str | None
) -> bool:
    if value.kind in _EXACT_KINDS and any(stands_in(squash(value.raw), quote) for quote in quotes):
        return True
    if value.kind in {"iban", "code"}:
        return any(_spelled_otherwise(value.raw, quote) for quote in quotes)
    if value.kind == "phone":
        return any(
            same_phone(value.raw, other.raw, region) for other in there if other.kind in {"phone", "number", "code"}
        )
    return any(_same(value, other, currencies) for other in there)


def _same(value: Value, other: Value, currencies: frozenset[str]) -> bool:
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
        return year or (other.kind in {"number", "amount"} and same_number(value, other))
    if value.kind == "percent":
        return other.kind == "percent" and same_number(value, other)
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


def _spelled_otherwise(raw: str, quote: str) -> bool:
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


# --- names ---------------------------------------------------------------------------------------------------------


def check_names(claim: str, quotes: Sequence[str], language: Language) -> str | None:
    """Whether every name of the claim is in a quote: any case, diacritics, order, possessive."""
    spans = [(value.start, value.end) for value in find_values(claim, language)]
    known = known_spellings("\n".join(quotes))
    lower = frozenset(fold(word)[:5] for quote in quotes for word in _LOWER_CASE.findall(quote))
    for name in find_names(claim, language):
        inside_value = any(start <= name.start < end for start, end in spans)
        if inside_value or is_in(name, known) or _is_initial(name, claim, known):
            continue
        if (name.starts_sentence or language == "de") and _is_ordinary(name, claim, lower):
            continue
        return f"the name \u201c{name.raw}\u201d is not in the cited text"
    return None


def _is_initial(name: Name, claim: str, known: frozenset[str]) -> bool:
    return (
        len(name.raw) == 1 and claim[name.end : name.end + 1] == "." and any(form[:1] == name.folded for form in known)
    )


_LOWER_CASE = re.compile(r"(?<!\w)(?=[^\W\d_]*[a-z\u00df-\u00ff])[a-z\u00df-\u00ff][^\W\d_]{4,}")


def _is_ordinary(name: Name, claim: str, lower: frozenset[str]) -> bool:
    """A word whose stem (five letters) the quotes have in small letters, such as `Payments` for `paying`.

    Asked where a capital says little: first in a sentence, and of German nouns.
    """
    alone = not re.match(r"\s+[^\W\d_a-z\u00df-\u00ff]", claim[name.end :])
    return alone and len(name.folded) >= 5 and name.folded[:5] in lower


# --- what stands where -----------------------------------------------------------------------------------------------

_PIECE = re.compile(r"\w+(?:[.,:/'\u2019-]\w+)*")
_ALIKE = 0.8
_MOST_PIECES = 150


def check_places(claim: str, quotes: Sequence[str], language: Language) -> str | None:
    """Whether a claim that copies a sentence (four fifths of its words, in order) has other values or names in it.

    This catches a value put in another's place although it stands elsewhere in the quote: `between 29 and 29`.
    """
    said = _PIECE.findall(claim)
    if not 4 <= len(said) <= _MOST_PIECES:
        return None
    sentences = [_PIECE.findall(part) for quote in quotes for part in re.split(r"(?<=[.!?])\s", quote)]
    found = []
    for pieces in sentences:
        if not 0.5 <= len(pieces) / len(said) <= 2 or len(pieces) > _MOST_PIECES:
            continue
        matcher = SequenceMatcher(None, [fold(p) for p in pieces], [fold(p) for p in said], autojunk=False)
        if matcher.quick_ratio() >= _ALIKE and matcher.ratio() >= _ALIKE:
            found.append(_replaced(matcher, pieces, said, language))
    return None if not found or None in found else found[0]


def _replaced(
    matcher: "SequenceMatcher[str]", pieces: Sequence[str], said: Sequence[str], language: Language
) -> str | None:
    for change, start, end, from_here, to_here in matcher.get_opcodes():
        if change != "replace":
            continue
        there, here = " ".join(pieces[start:end]), " ".join(said[from_here:to_here])
        values, stated = find_values(there, language), find_values(here, language)
        other_value = values and stated and not any(_same(v, w, frozenset()) for v in stated for w in values)
        names, known = find_names(f"_ {here}", language), known_spellings(there)
        other_name = names and find_names(f"_ {there}", language) and not any(is_in(name, known) for name in names)
        if other_value or other_name:
            return f"\u201c{here}\u201d stands where the cited text has \u201c{there}\u201d"
    return None


# --- negations and roles -------------------------------------------------------------------------------------------

_CLAUSE = re.compile(
    r"[,;:.!?()\u2013\u2014]|\b(?:and|but|that|because|while|und|aber|dass|weil|mais|et|que|maar|en|omdat)\b"
)


def check_negation(claim: str, quotes: Sequence[str], language: Language) -> str | None:
    """Whether claim and quotes deny the same things: each clause of the claim against the clauses most like it.

    Most like it: most of its words that are no names, then most of its words. A clause that shares fewer than half of
    its words with any is not judged.
    """
    clauses = [
        (frozenset(_content(clause)), negations(clause, spoken) > 0)
        for quote, spoken in ((quote, _of(quote, language)) for quote in quotes)
        for clause in _clauses(quote)
    ]
    names = frozenset(name.folded[:6] for name in find_names(claim, language))
    for clause in _clauses(claim):
        content = frozenset(_content(clause))
        overlaps = [(len((content & other) - names), len(content & other)) for other, _ in clauses]
        best = max(overlaps, default=(0, 0))
        if best[0] == 0 or 2 * best[1] < len(content):
            continue
        denied = negations(clause, language) > 0
        if all(other != denied for (_, other), overlap in zip(clauses, overlaps, strict=True) if overlap == best):
            return "it denies what the cited text does not deny" if denied else "the cited text denies what it states"
    return None


def _of(text: str, language: Language) -> Language:
    return language_of(text, (language,))


def _clauses(text: str) -> list[str]:
    return [clause for clause in _CLAUSE.split(text) if clause.strip()]


_NEGATING = word_set("not no never none nobody nothing nicht kein keine nie pas jamais aucun niet geen nooit")


def _content(text: str) -> list[str]:
    """Return the stems (six letters) of a text's content words."""
    return [word[:6] for word in words(text) if word not in ALL_FUNCTION_WORDS and word not in _NEGATING]


_PASSIVE = re.compile(
    r"\b(?:(?:was|were|is|been|being)\s+\w+\s+(?:\w+\s+){0,3}by|wurden?|worden|werd(?:en)?|par|door)\b", re.IGNORECASE
)


def check_roles(claim: str, quotes: Sequence[str], language: Language) -> str | None:
    """Whether who did what to whom is turned round: the same verb between the same two names, the other way.

    Only what word order shows is found; a passive on one side alone is taken for a rephrasing.
    """
    stated = _relations(claim, language)
    for quote in quotes:
        for sentence in re.split(r"(?<=[.!?])\s", quote) if stated else ():
            if bool(_PASSIVE.search(sentence)) != bool(_PASSIVE.search(claim)):
                continue
            for said in _relations(sentence, _of(sentence, language)):
                turned = any(said.is_turned(other) for other in stated)
                if turned and not any(said.is_same(other) for other in stated):
                    return "the roles of the names are the other way round in the cited text"
    return None


@dataclass(frozen=True, slots=True)
class _Relation:
    """Two neighbouring names (all spellings of their words) and a word between them."""

    first: frozenset[str]
    word: str
    second: frozenset[str]

    def is_same(self, other: "_Relation") -> bool:
        return self.word == other.word and bool(self.first & other.first) and bool(self.second & other.second)

    def is_turned(self, other: "_Relation") -> bool:
        return self.word == other.word and bool(self.first & other.second) and bool(self.second & other.first)


_FARTHEST = 200
"""Names farther apart, in characters, are not taken for a relation."""


def _relations(text: str, language: Language) -> tuple[_Relation, ...]:
    """Relations between neighbouring names only, so that their number stays linear; values are no names."""
    values = [(value.start, value.end) for value in find_values(text, language)]
    runs = [
        (start, end)
        for start, end in name_runs(text, language)
        if not any(first <= start < last for first, last in values)
    ]
    found = []
    for (start, middle), (again, end) in pairwise(runs):
        if again - middle <= _FARTHEST:
            one, other = known_spellings(text[start:middle]), known_spellings(text[again:end])
            found += [_Relation(one, word, other) for word in _content(text[middle:again])]
    return tuple(found)
