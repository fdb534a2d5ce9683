"""Names, dates and identifiers of earlier questions and answers, for what a follow-up points back to."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.conversation_words import CALENDAR, COMPANY, PARTICLES, TITLES, FollowUpWords, Kind
from assistant.retrieval.stop_words import ALL_STOP_WORDS

LONGEST = 2_000
"""Characters of an earlier question or answer that are looked at."""

_MONTHS = (
    "jan(?:uar[yi]?|vier)?|feb(?:ruar[yi]?)?|f[eé]vr(?:ier)?|m[aä]rz|mar(?:ch|s)?|maart|apr(?:il)?|avril|mai|may|mei|"
    "jun[ie]?|juin|jul[iy]?|juillet|aug(?:ust(?:us)?)?|ao[uû]t|sep(?:t(?:ember|embre)?)?|o[ck]t(?:ober|obre)?|"
    "nov(?:ember|embre)?|d[eé][cz](?:ember|embre)?"
)
_PATTERNS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("email", re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")),
    ("account", re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")),
    (
        "date",
        re.compile(
            rf"\b\d{{4}}-\d\d-\d\d\b|\b\d{{1,2}}[./]\d{{1,2}}[./](?:\d{{4}}|\d\d)?(?!\d)|"
            rf"\b\d{{1,2}}(?:st|nd|rd|th|er|\.)? (?:of )?(?:{_MONTHS})\b\.?(?:,? \d{{4}})?|"
            rf"\b(?:{_MONTHS}) \d{{1,2}}(?:st|nd|rd|th)?\b(?:,? \d{{4}})?",
            re.IGNORECASE,
        ),
    ),
    (
        "amount",
        re.compile(
            r"(?:€|EUR|\$|USD|£|GBP|CHF) ?\d[\d.,' ]{0,15}\d?|\d[\d.,']{0,15} ?(?:€|EUR|euros?|\$|USD|£|GBP|CHF)\b"
        ),
    ),
    ("phone", re.compile(r"(?<![\w-])(?:\+|00?)\d[\d /().-]{5,20}\d(?![\w-])")),
    (
        "code",
        re.compile(r"(?<![\w-])(?!\d{4}-\d\d-\d\dT)(?=[A-Z0-9-]*\d)(?=[A-Z0-9-]*[A-Z])[A-Z0-9]+(?:-[A-Z0-9]+)+\b"),
    ),
)
_TOKEN = re.compile(r"[^\W_]+(?:['\u2019.-][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Entity:
    """Something that a text names: `text[start:end]`."""

    kind: Kind
    text: str
    start: int
    end: int

    @property
    def is_company(self) -> bool:
        """Whether it looks like a company rather than a person."""
        return any(word.lower().strip(".") in COMPANY for word in self.text.split())


def entities(text: str, words: FollowUpWords, *, nouns_are_capital: bool = False) -> tuple[Entity, ...]:
    """The identifiers, dates and names of a text, in order, none overlapping another.

    Args:
        text: a question or an answer.
        words: of its language.
        nouns_are_capital: German: a capital letter is no sign of a name after an article.
    """
    text = text[:LONGEST]
    found: list[Entity] = []
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            if all(match.end() <= other.start or match.start() >= other.end for other in found):
                found.append(Entity(kind, match.group().strip(), match.start(), match.end()))
    for name in _names(text, words, nouns_are_capital=nouns_are_capital):
        if all(name.end <= other.start or name.start >= other.end for other in found):
            found.append(name)
    return tuple(sorted(found, key=lambda entity: entity.start))


def _names(text: str, words: FollowUpWords, *, nouns_are_capital: bool) -> Iterator[Entity]:
    tokens = list(_TOKEN.finditer(text))
    place = 0
    while place < len(tokens):
        end = _name_end(text, tokens, place, words)
        if end > place and _is_name(text, tokens, place, end, words, nouns_are_capital=nouns_are_capital):
            first, last = tokens[place], tokens[end - 1]
            yield Entity(
                "name",
                text[first.start() : last.end()].removesuffix("'s").removesuffix("\u2019s"),
                first.start(),
                last.end(),
            )
        place = max(end, place + 1)


def _name_end(text: str, tokens: Sequence[re.Match[str]], place: int, words: FollowUpWords) -> int:
    """The end of a run of capitalised tokens that may hold particles; `place` where there is none."""
    end = place
    while end < len(tokens):
        apart = end > place and text[tokens[end - 1].end() : tokens[end].start()].strip(" .&") != ""
        word = tokens[end].group()
        follows = end + 1 < len(tokens) and tokens[end + 1].group()[0].isupper()
        inside = end > place and word in PARTICLES and follows
        if apart or not (inside or _may_be_in_name(word, words)):
            break
        end += 1
        if word.endswith(("'s", "\u2019s")):
            break
    return end


def _may_be_in_name(word: str, words: FollowUpWords) -> bool:
    low = word.lower()
    known = low in ALL_STOP_WORDS or low in CALENDAR or low in words.question_words or low in words.verbs
    return word[0].isupper() and not known


def _is_name(
    text: str,
    tokens: Sequence[re.Match[str]],
    place: int,
    end: int,
    words: FollowUpWords,
    *,
    nouns_are_capital: bool,
) -> bool:
    before = tokens[place - 1].group().lower() if place else ""
    begins = place == 0 or text[tokens[place - 1].end() : tokens[place].start()].strip()[:1] in {
        ".",
        "?",
        "!",
        ":",
        "\n",
    }
    if end - place >= 2 or before.strip(".") in TITLES:
        return not (nouns_are_capital and before in words.articles and before.strip(".") not in TITLES)
    if nouns_are_capital:
        return before not in words.articles and _may_precede_german_name(before, words)
    return not begins and len(tokens[place].group()) > 1


def _may_precede_german_name(before: str, words: FollowUpWords) -> bool:
    """German writes all nouns large; a name has no article and no adjective before it."""
    known = before in words.prepositions or before in words.verbs or before.endswith(("te", "ten"))
    return known or (before != "" and not before.endswith(("e", "en", "er", "es", "em")))
