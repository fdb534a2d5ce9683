"""What is compared between a claim and its quotes: values, names, negations, roles. Pure functions.

Each check returns a reason in plain words, or None when it finds nothing wrong. `assistant.citations` runs them all.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from assistant.lexicon import (
    ALL_FUNCTION_WORDS,
    CURRENCIES,
    TextLanguage,
    fold,
    negations,
    text_language_of,
    word_set,
    words,
)
from assistant.names import Name, acronyms, find_names, initials, is_in, known_spellings, name_runs
from assistant.same_values import same_phone, same_value, spelled_otherwise
from assistant.values import Value, find_values

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


def check_values(claim: str, quotes: Sequence[str], language: TextLanguage, region: str | None) -> str | None:
    """Whether every number, date and identifier of the claim is in a quote, in whatever spelling."""
    stated = find_values(claim, language)
    if not stated:
        return None
    stated = _distinct(stated)
    there = _distinct(value for quote in quotes for value in find_values(quote, text_language_of(quote, (language,))))
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
        return any(spelled_otherwise(value.raw, quote) for quote in quotes)
    if value.kind == "phone":
        return any(
            same_phone(value.raw, other.raw, region) for other in there if other.kind in {"phone", "number", "code"}
        )
    return any(same_value(value, other, currencies) for other in there)


# --- names ---------------------------------------------------------------------------------------------------------


def check_names(claim: str, quotes: Sequence[str], language: TextLanguage) -> str | None:
    """Whether every name of the claim is in a quote: any case, diacritics, order, possessive."""
    valued = _valued(claim, language)
    text = "\n".join(quotes)
    known = known_spellings(text)
    letters, short = initials(text), acronyms(text)
    lower = frozenset(fold(word)[:5] for quote in quotes for word in _LOWER_CASE.findall(quote))
    for name in find_names(claim, language):
        if valued[name.start] or is_in(name, known) or _is_initial(name, claim, known):
            continue
        if (len(name.raw) > 1 and name.raw.isupper() and name.folded in letters) or _written_out(name, claim, short):
            continue
        if (name.starts_sentence or language == "de") and _is_ordinary(name, claim, lower):
            continue
        return f"the name \u201c{name.raw}\u201d is not in the cited text"
    return None


def _valued(text: str, language: TextLanguage) -> bytearray:
    """For each character whether it belongs to a value."""
    inside = bytearray(len(text))
    for value in find_values(text, language):
        inside[value.start : value.end] = b"\x01" * (value.end - value.start)
    return inside


def _written_out(name: Name, claim: str, short: frozenset[str]) -> bool:
    """Whether the name word belongs to capitalised words whose initials the quotes have: `United States`, `US`."""
    if not short:
        return False
    before = _RUN_BEFORE.search(claim, max(0, name.start - _LONGEST_RUN), name.start)
    after = _RUN_AFTER.match(claim, name.end, name.end + _LONGEST_RUN)
    run = (before.group() if before else "") + name.raw + (after.group() if after else "")
    return bool(initials(run) & short)


_LONGEST_RUN = 90
"""Characters looked at before and after a word for the rest of its name."""
_CAPITAL = r"[A-Z\u00c0-\u00de][^\W\d_]+"
_RUN_BEFORE = re.compile(rf"(?:{_CAPITAL} (?:(?:of|the|de|der|del) )?){{0,6}}\Z")
_RUN_AFTER = re.compile(rf"(?: (?:(?:of|the|de|der|del) )?{_CAPITAL}){{0,6}}")


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


# --- negations and roles -------------------------------------------------------------------------------------------

_CLAUSE = re.compile(
    r"[,;:.!?()&\u2013\u2014]|\b(?:and|but|y|pero|porque|aunque|that|because|while|und|aber|dass|weil|mais|et|que|maar|en|omdat)\b"
)


def check_negation(claim: str, quotes: Sequence[str], language: TextLanguage) -> str | None:
    """Whether claim and quotes deny the same things: each clause of the claim against the clauses most like it.

    Most like it: most of its words that are no names, then most of its words. A clause that shares fewer than half of
    its words with any is not judged. `unlikely` on one side is `not likely` when the other side has `likely`.
    """
    text = "\n".join(quotes)
    split = _prefixes_split(claim, text, language)
    clauses: dict[tuple[frozenset[str], bool], None] = {}
    for quote in quotes:
        spoken = _of(quote, language)
        for clause in _clauses(_prefixes_split(quote, claim, spoken)):
            clauses[frozenset(_content(clause)), negations(clause, spoken) > 0] = None
    there = list(clauses)[:_MOST_CLAUSES]
    names = frozenset(name.folded[:6] for name in find_names(claim, language))
    for clause in _clauses(split)[:_MOST_CLAIM_CLAUSES]:
        content = frozenset(_content(clause))
        overlaps = [(len((content & other) - names), len(content & other)) for other, _ in there]
        best = max(overlaps, default=(0, 0))
        if best[0] == 0 or 2 * best[1] < len(content):
            continue
        denied = negations(clause, language) > 0
        if all(other != denied for (_, other), overlap in zip(there, overlaps, strict=True) if overlap == best):
            return "it denies what the cited text does not deny" if denied else "the cited text denies what it states"
    return None


_MOST_CLAUSES = 2_000
_MOST_CLAIM_CLAUSES = 100
_PREFIXED: dict[TextLanguage, tuple[re.Pattern[str], str]] = {
    "en": (re.compile(r"\b[Uu]n(?P<stem>[a-z]{4,30})\b"), "not"),
    "de": (re.compile(r"\b[Uu]n(?P<stem>[a-z\u00df-\u00ff]{4,30})\b"), "nicht"),
    "es": (re.compile(r"\b[Ii][mn](?P<stem>[a-z\u00df-\u00ff]{4,30})\b"), "no"),
}


def _prefixes_split(text: str, other: str, language: TextLanguage) -> str:
    """Write `unlikely` as `not likely` where the other text has `likely` and not `unlikely`."""
    if language not in _PREFIXED:
        return text
    pattern, negation = _PREFIXED[language]
    there = frozenset(words(other))

    def split(match: re.Match[str]) -> str:
        opposed = fold(match["stem"]) in there and fold(match.group()) not in there
        return f"{negation} {match['stem']}" if opposed else match.group()

    return pattern.sub(split, text)


def _of(text: str, language: TextLanguage) -> TextLanguage:
    return text_language_of(text, (language,))


def _clauses(text: str) -> list[str]:
    return [clause for clause in _CLAUSE.split(text) if clause.strip()]


_NEGATING = word_set("not no never none nobody nothing nicht kein keine nie pas jamais aucun niet geen nooit")


def _content(text: str) -> list[str]:
    """Return the stems (six letters) of a text's content words."""
    return [word[:6] for word in words(text) if word not in ALL_FUNCTION_WORDS and word not in _NEGATING]


_PASSIVE = re.compile(
    r"\b(?:(?:was|were|is|been|being)\s+\w+\s+(?:\w+\s+){0,3}by|wurden?|worden|werd(?:en)?|par|door)\b", re.IGNORECASE
)


def check_roles(claim: str, quotes: Sequence[str], language: TextLanguage) -> str | None:
    """Whether who did what to whom is turned round: the same verb between the same two names, the other way.

    Only what word order shows is found; a passive on one side alone is taken for a rephrasing.
    """
    stated = list(dict.fromkeys(_relations(claim, language)))[:_MOST_STATED]
    found = (relation for quote in (quotes if stated else ()) for relation in _relations(quote, _of(quote, language)))
    there = list(dict.fromkeys(found))[:_MOST_RELATIONS]
    for said in stated:
        if any(known.passive == said.passive and known.is_turned(said) for known in there) and not any(
            known.is_same(said) for known in there
        ):
            return "the roles of the names are the other way round in the cited text"
    return None


_SENTENCE_END = re.compile(r"[.!?]\s")


@dataclass(frozen=True, slots=True)
class _Relation:
    """Two neighbouring names (all spellings of their words) and a word between them."""

    first: frozenset[str]
    word: str
    second: frozenset[str]
    passive: bool
    """Whether its sentence has a passive."""

    def is_same(self, other: "_Relation") -> bool:
        return self.word == other.word and bool(self.first & other.first) and bool(self.second & other.second)

    def is_turned(self, other: "_Relation") -> bool:
        return self.word == other.word and bool(self.first & other.second) and bool(self.second & other.first)


_MOST_STATED, _MOST_RELATIONS = 60, 2_000
"""Relations of a claim and of its quotes that are compared."""
_FARTHEST = 200
"""Names farther apart, in characters, are not taken for a relation."""


def _relations(text: str, language: TextLanguage) -> tuple[_Relation, ...]:
    """Relations between neighbouring names only, so that their number stays linear; values are no names."""
    valued = _valued(text, language)
    runs = [(start, end) for start, end in name_runs(text, language) if not valued[start]]
    ends = [0, *(match.end() for match in _SENTENCE_END.finditer(text)), len(text)]
    passives: dict[int, bool] = {}
    found = []
    for (start, middle), (again, end) in pairwise(runs):
        sentence = bisect_right(ends, start, hi=len(ends) - 1)
        if again - middle > _FARTHEST or again >= ends[sentence]:
            continue
        if sentence not in passives:
            passives[sentence] = _PASSIVE.search(text, ends[sentence - 1], ends[sentence]) is not None
        one, other = known_spellings(text[start:middle]), known_spellings(text[again:end])
        found += [_Relation(one, word, other, passives[sentence]) for word in _content(text[middle:again])]
    return tuple(found)
