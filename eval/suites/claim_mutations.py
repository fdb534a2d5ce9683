"""False claims: a gold sentence, or its shortened form, with one number, date, name, role or negation changed.

Every rule checks that what it made is really false: the value differs, the names are not one, nothing is put in its own
place. Draws depend on the seed, the sentence and the rule only.
"""

import random
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, pairwise

from eval.suites.claim_sources import ClaimLanguage, GoldSentence
from eval.suites.claim_truths import MadeClaim, shortened, turned_passive
from eval.suites.claim_words import (
    MONTHS,
    NUMBER_WORDS,
    Date,
    NameRun,
    Number,
    dates,
    names,
    number_value,
    numbers,
    same_name,
)

_Rule = Callable[[GoldSentence, str, random.Random], str | None]
KINDS = ("number", "date", "name", "role", "negation")


def false_claims(gold: GoldSentence, others: Sequence[str], seed: int) -> Iterator[MadeClaim]:
    """One false claim for each rule that fits, of the sentence and of its shortened form.

    Args:
        gold: the sentence.
        others: names of other documents in the same language.
        seed: of the draws.
    """
    short = shortened(gold)
    for rule, (kind, change) in (*_RULES.items(), ("name_other_document", ("name", _foreign(others)))):
        for text, form in ((gold.text, ""), (short, "_shortened")):
            chance = random.Random(f"{seed}/{gold.id}/{rule}{form}")  # noqa: S311 - a fixed draw, not a secret
            changed = None if text is None else change(gold, text, chance)
            if changed is not None and " ".join(changed.split()) != " ".join((text or "").split()):
                yield MadeClaim(kind, rule + form, changed, gold.quote)


def _put(text: str, span: Number | Date | NameRun, new: str) -> str:
    return text[: span.start] + new + text[span.end :]


# --- numbers -------------------------------------------------------------------------------------------------------


def _number_digit(gold: GoldSentence, text: str, chance: random.Random) -> str | None:
    """One digit, or one number word, is another."""
    found = numbers(text, gold.language)
    if not found:
        return None
    number = chance.choice(found)
    if number.spelled:
        words = NUMBER_WORDS[gold.language]
        return _put(text, number, chance.choice([word for word in words if words[word] != number.value]))
    places = [place for place, c in enumerate(number.raw) if c.isdigit()]
    place = chance.choice(places)
    allowed = [d for d in "123456789" if d != number.raw[place]]
    new = number.raw[:place] + chance.choice(allowed) + number.raw[place + 1 :]
    return _put(text, number, new) if number_value(new, gold.language) != number.value else None


def _number_magnitude(gold: GoldSentence, text: str, chance: random.Random) -> str | None:
    """Ten times, or a tenth, or a thousandth of a grouped number."""
    found = [n for n in numbers(text, gold.language) if not n.spelled and n.value > 0]
    if not found:
        return None
    number = chance.choice(found)
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", number.raw):
        new = number.raw + "0" if chance.random() < 0.5 else number.raw[:-4]
        new = re.sub(r"\D", "", new)
    elif number.raw.isdigit():
        new = number.raw[:-1] if number.raw.endswith("0") and len(number.raw) > 1 else number.raw + "0"
    else:
        new = re.sub(r"[.,]", "", number.raw)
    return _put(text, number, new) if number_value(new, gold.language) != number.value else None


def _number_of_passage(gold: GoldSentence, text: str, chance: random.Random) -> str | None:
    """Another number of the passage, which may stand in the sentence too."""
    found = numbers(text, gold.language)
    there = numbers(gold.passage, gold.language)
    pairs = [(one, other) for one in found for other in there if other.value != one.value]
    if not pairs:
        return None
    number, other = chance.choice(pairs)
    return _put(text, number, other.raw)


def _numbers_exchanged(gold: GoldSentence, text: str, chance: random.Random) -> str | None:
    """Two numbers of the sentence in each other's place."""
    found = numbers(text, gold.language)
    pairs = [(a, b) for a, b in combinations(found, 2) if a.value != b.value and not _listed(text, a, b)]
    if not pairs:
        return None
    first, second = sorted(chance.choice(pairs), key=lambda number: number.start)
    if [n.value for n in found].count(first.value) > 1 or [n.value for n in found].count(second.value) > 1:
        return None
    return _put(_put(text, second, first.raw), first, second.raw)


def _listed(text: str, first: Number, second: Number) -> bool:
    """Whether two numbers stand in a list or range, where their order may say nothing."""
    between = text[first.end : second.start] if first.start < second.start else text[second.end : first.start]
    after = [re.split(r"\W+", text[number.end :].strip(" ),."), maxsplit=1)[0] for number in (first, second)]
    if after[0] == after[1] and re.search(r",|\b(?:and|or|und|oder|y|o)\b", between):
        return True
    return re.fullmatch(r"[-\s\u2013,/]*(?:(?:and|or|to|und|oder|bis|y|o|a)\s+)*", between) is not None


# --- dates ---------------------------------------------------------------------------------------------------------


def _date_year(gold: GoldSentence, text: str, chance: random.Random) -> str | None:
    return _date_part(gold, text, chance, "year")


def _date_month(gold: GoldSentence, text: str, chance: random.Random) -> str | None:
    return _date_part(gold, text, chance, "month")


def _date_day(gold: GoldSentence, text: str, chance: random.Random) -> str | None:
    return _date_part(gold, text, chance, "day")


def _date_part(gold: GoldSentence, text: str, chance: random.Random, part: str) -> str | None:
    found = [date for date in dates(text, gold.language) if getattr(date, part) is not None]
    if not found:
        return None
    date = chance.choice(found)
    if part == "year":
        by = chance.choice([-100, -10, -3, -2, -1, 1, 2, 3, 10])
        new = date.raw.replace(str(date.year), str((date.year or 0) + by))
    elif part == "month":
        months = MONTHS[gold.language]
        name = months[(date.month or 1) - 1]
        new = date.raw.replace(name, chance.choice([month for month in months if month != name]))
    else:
        day = chance.choice([day for day in range(1, 29) if day != date.day])
        new = re.sub(rf"(?<!\d)0?{date.day}(?!\d)", str(day), date.raw, count=1)
    return _put(text, date, new) if new != date.raw else None


def _date_of_passage(gold: GoldSentence, text: str, chance: random.Random) -> str | None:
    """Another date of the passage; one that only says less (`2021` for `5 March 2021`) is not another."""
    there = dates(gold.passage, gold.language)
    pairs = [(one, other) for one in dates(text, gold.language) for other in there if _differ(one, other)]
    if not pairs:
        return None
    date, other = chance.choice(pairs)
    return _put(text, date, other.raw)


def _differ(one: Date, other: Date) -> bool:
    parts = [(one.year, other.year), (one.month, other.month), (one.day, other.day)]
    return any(first is not None and second is not None and first != second for first, second in parts)


# --- names ---------------------------------------------------------------------------------------------------------


def _name_of_passage(gold: GoldSentence, text: str, chance: random.Random) -> str | None:
    """Another name of the passage, which may stand in the sentence too."""
    there = names(gold, gold.passage)
    return _renamed(gold, text, chance, sorted({run.raw for run in there}))


def _foreign(others: Sequence[str]) -> _Rule:
    def change(gold: GoldSentence, text: str, chance: random.Random) -> str | None:
        known = gold.passage.casefold()
        drawn = [other for other in chance.sample(others, min(20, len(others))) if other.casefold() not in known]
        return _renamed(gold, text, chance, drawn)

    return change


def _renamed(gold: GoldSentence, text: str, chance: random.Random, others: Sequence[str]) -> str | None:
    pairs = [
        (one, other)
        for one in names(gold, text)
        for other in others
        if not same_name(one, NameRun(other, 0, 0)) and not _apposed(text, one, other)
    ]
    if not pairs:
        return None
    run, other = chance.choice(pairs)
    return _put(text, run, other)


def _apposed(text: str, one: NameRun, other: str) -> bool:
    """Whether the other name stands right beside this one: as another word for it, or in a list with it."""
    around = text[max(0, one.start - len(other) - 8) : one.end + len(other) + 8]
    return other in around


# --- roles ---------------------------------------------------------------------------------------------------------

_VERB: dict[ClaimLanguage, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(?:[a-z]{2,}ed|won|beat|led|lost|gave|took|made|wrote|built|sold|bought|became|came|went|held|began|left|"
        r"found|sent|told|paid|saw|shall|will|grants?|has|had|gives?|takes?|makes?|provides?|receives?)\b"
    ),
    "de": re.compile(
        r"\b(?:[a-zäöüß]{3,}(?:te|ten)|schlug|gewann|verlor|führte|gab|nahm|schrieb|kam|ging|hat|hatte|wurde)\b"
    ),
    "es": re.compile(r"\b(?:[a-zñ]{2,}(?:ó|aron|ieron|aba|aban|ía|ían)|fue|tuvo|hizo|dio|ha|había)\b"),
}
_SYMMETRIC = re.compile(
    r"\b(?:between|met|married|versus|vs|against|fought|played|faced|joined|merged|equal\w*|compared|together|similar|"
    r"zwischen|gegen|traf|heiratete|spielte|entre|contra|casó|jugó|or|oder|respectively)\b"
)


_FARTHEST = 120
"""Characters between two names that are exchanged."""


def _names_exchanged(gold: GoldSentence, text: str, chance: random.Random) -> str | None:
    """Two names on either side of a verb in each other's place; never with a verb that works both ways."""
    found = names(gold, text)
    pairs = []
    for first, second in pairwise(found):
        between = text[first.end : second.start]
        once = text.count(first.raw) == text.count(second.raw) == 1
        acts = _VERB[gold.language].search(between) and not _SYMMETRIC.search(between)
        if once and acts and len(between) < _FARTHEST and not same_name(first, second):
            pairs += [(first, second)] if not re.search(r"[;:()]", between) else []
    if not pairs:
        return None
    first, second = chance.choice(pairs)
    return _put(_put(text, second, first.raw), first, second.raw)


def _passive_turned(gold: GoldSentence, text: str, _: random.Random) -> str | None:
    turned = turned_passive(text, gold)
    return None if turned is None else turned[1]


_NOUN_VERB_NOUN = re.compile(
    r"\b(?P<a>[Tt]he) (?P<one>[a-zA-Z]{3,})(?P<verb> (?:(?:shall|will|may|must|can) [a-z]{3,}|[a-z]{3,}ed|"
    r"(?:makes|gives|controls|provides|receives|elects|appoints|leads|owns|grants|advises)))(?P<the> the )"
    r"(?P<other>[a-zA-Z]{3,})\b"
)


def _nouns_exchanged(gold: GoldSentence, text: str, _: random.Random) -> str | None:
    """`the A verbs the B` the other way round."""
    match = _NOUN_VERB_NOUN.search(text) if gold.language == "en" else None
    if match is None or _SYMMETRIC.search(match["verb"]) or match["one"].casefold() == match["other"].casefold():
        return None
    turned = f"{match['a']} {match['other']}{match['verb']}{match['the']}{match['one']}"
    return text[: match.start()] + turned + text[match.end() :]


# --- negations -----------------------------------------------------------------------------------------------------

_HAVE_OR_BE = r"\b(is|are|was|were|has|had|have|will|shall|can|could|would|should|must|may"
_ADJECTIVES = r"(likely|able|successful|known|limited|usual|available|common|necessary|reasonable|related)\b"
_GERMAN_VERBS = r"\b(ist|sind|war|waren|wurde|wurden|wird|werden|kann|können|konnte|hat|haben|hatte|hatten)\b"
_GERMAN_ADJECTIVES = r"(möglich|bekannt|wichtig|abhängig|gewöhnlich|mittelbar|sicher)(e|en|er|es|em)?\b"
_SPANISH_VERBS = (
    r"(?<!no )(?<!que se )(?<=[a-zñáéíóú] )"
    r"(es|son|fue|fueron|era|eran|está|están|ha|han|había|puede|pueden|tiene|tienen|tuvo)\b"
)
_SPANISH_ADJECTIVES = r"(capaz|dependiente|suficiente|directo|directa|estable|usual)\b"
_Way = tuple[str, str]
"""A pattern and what is put in its place."""
_ADDED: dict[ClaimLanguage, tuple[_Way, ...]] = {
    "en": (
        (_HAVE_OR_BE + r")\b(?! not| n't|n't)", r"\1 not"),
        (_HAVE_OR_BE + r")\b(?! not| n't|n't| never)", r"\1 never"),
        (r"\b(has|had|have|contains?|includes?|provides?|received|made|won|requires?) (?:an?|the|any) ", r"\1 no "),
        (r"(?<=\w )with (?=a |an |the |\w+ed )", "without "),
        (r"\b" + _ADJECTIVES, r"un\1"),
        (
            (
                r"(?<=[a-z] )(?<!be )(?<!is )(?<!are )(?<!was )(?<!been )(?<!were )(?<!had )(?<!has )(?<!have )"
                r"(wrote|won|began|became|gave|took|made|led|built|left)\b"
            ),
            r"never \1",
        ),
    ),
    "de": (
        (_GERMAN_VERBS + r"(?! nicht)", r"\1 nicht"),
        (_GERMAN_VERBS + r"(?! nie)", r"\1 nie"),
        (r"(?<= )ein(e|en|em|er|es)? (?=[a-zäöüA-ZÄÖÜ])", r"kein\1 "),
        (r"(?<=\w )mit (?=[a-zäöüA-ZÄÖÜ])", "ohne "),
        (r"\b" + _GERMAN_ADJECTIVES, r"un\1\2"),
    ),
    "es": (
        (_SPANISH_VERBS, r"no \1"),
        (_SPANISH_VERBS, r"nunca \1"),
        (r"(?<=\w )con (?=\w)", "sin "),
        (r"\b" + _SPANISH_ADJECTIVES, r"in\1"),
    ),
}
_REMOVED: dict[ClaimLanguage, tuple[_Way, ...]] = {
    "en": (
        (_HAVE_OR_BE + r"|do|does|did) ?(?:not|n't)\b(?! only| just| necessarily)", r"\1"),
        (r"\bcannot\b", "can"),
        (r" never\b", ""),
        (r"(?<=[a-z] )no (?!longer|more|less|one|later|earlier|fewer|\d)(?=[a-z])", "a "),
        (r"(?<=\w )without (?!limitation|limiting)", "with "),
        (r"\bun" + _ADJECTIVES, r"\1"),
    ),
    "de": (
        (r" nicht\b(?! nur| zuletzt)", ""),
        (r" (?:nie|niemals)\b", ""),
        (r"\bkein(e|en|em|er|es)?\b(?=[ ][a-zäöüA-ZÄÖÜ])", r"ein\1"),
        (r"\bohne (?!dass)", "mit "),
        (r"\bun" + _GERMAN_ADJECTIVES, r"\1\2"),
    ),
    "es": (
        (r"(?<=\w )no (?!solo|sólo|obstante|más|menos)(?=[a-zñáéíóú])", ""),
        (r" (?:nunca|jamás)\b", ""),
        (r"(?<=\w )sin (?!embargo|duda|que)", "con "),
        (r"\bin" + _SPANISH_ADJECTIVES, r"\1"),
    ),
}
_DENIES = re.compile(
    r"\b(?:not|no|never|none|neither|nor|without|cannot|whether|un\w+|nicht|kein\w*|nie\w*|ohne|ob|weder|nunca|ni|sin|"
    r"jamás|tampoco|nada|nadie|ningun\w*)\b|n't\b|n\u2019t\b",
    re.IGNORECASE,
)
_CLAUSE_END = re.compile(r"[,;:.!?()]")


def _negation_added(gold: GoldSentence, text: str, chance: random.Random) -> str | None:
    return _denial(text, chance, _ADDED[gold.language], adding=True)


def _negation_removed(gold: GoldSentence, text: str, chance: random.Random) -> str | None:
    return _denial(text, chance, _REMOVED[gold.language], adding=False)


def _denial(text: str, chance: random.Random, ways: Sequence[_Way], *, adding: bool) -> str | None:
    """Apply one way at one place; where a clause denies twice, or already when adding, it is left alone."""
    found = []
    for pattern, new in ways:
        for match in re.finditer(pattern, text):
            before = max((m.end() for m in _CLAUSE_END.finditer(text, 0, match.start())), default=0)
            after = _CLAUSE_END.search(text, match.end())
            clause = text[before : after.start() if after else len(text)]
            if len(_DENIES.findall(clause)) == (0 if adding else 1):
                found.append(text[: match.start()] + match.expand(new) + text[match.end() :])
    return chance.choice(found) if found else None


_RULES: dict[str, tuple[str, _Rule]] = {
    "number_digit": ("number", _number_digit),
    "number_magnitude": ("number", _number_magnitude),
    "number_of_passage": ("number", _number_of_passage),
    "numbers_exchanged": ("number", _numbers_exchanged),
    "date_year": ("date", _date_year),
    "date_month": ("date", _date_month),
    "date_day": ("date", _date_day),
    "date_of_passage": ("date", _date_of_passage),
    "name_of_passage": ("name", _name_of_passage),
    "names_exchanged": ("role", _names_exchanged),
    "nouns_exchanged": ("role", _nouns_exchanged),
    "passive_turned": ("role", _passive_turned),
    "negation_added": ("negation", _negation_added),
    "negation_removed": ("negation", _negation_removed),
}
