"""Sentences of a model that tell no fact: that the passages do not say something, or a question back."""

import re
from enum import Enum, auto

from assistant.lexicon import fold

_LONGEST = 600
_GIVEN = (
    r"(?:passages|excerpts|extracts|quotations|sources|textstellen|stellen|passagen|auszuge|auszugen|quellen|extraits"
    r"|fragmenten|bronnen|(?:given|provided|available) (?:text|documents|information|context))"
)
_ANY = (
    r"(?:files?|documents?|records?|evidence|context|text|reports?|statements?|case"
    r"|akten?|dokumente?n?|unterlagen|berichte?|aussagen?|pieces?|dossiers?|texte|rapports?|stukken|documenten|verslag)"
)
_TELL = (
    r"(?:say|tell|mention|state|contain|name|specify|provide|give|indicate|include|show|reveal|describe|answer|identify"
    r"|sagen|sagt|nennen|nennt|erwahnen|erwahnt|enthalten|enthalt|geben|gibt|beantworten|beantwortet|steht|hervor"
    r"|disent|dit|mentionnent|mentionne|contiennent|contient|indiquent|indique|precisent|precise|repondent|repond"
    r"|zeggen|zegt|vermelden|vermeldt|noemen|noemt|bevatten|bevat|geven|geeft|beantwoorden|beantwoordt|vertellen)"
)
_NOT = r"(?:not|\w+n't|cannot|no|none|nothing|nicht|nichts|kein\w*|ne|n'|pas|aucune?|rien|niet|niets|geen)"


def _lacking(source: str) -> str:
    """That a source does not tell: `do not say`, `say nothing`, `no ... in the passages`."""
    return (
        rf"\b{source}\b[^.;,]{{0,60}}?\b{_NOT}\s?(?:\w+ ){{0,4}}{_TELL}\b"
        rf"|\b{source} (?:\w+ )?{_TELL}s?\b (?:\w+ )?{_NOT}\b"
        rf"|\b(?:no|none of the|nothing in the|kein\w*|aucun|rien dans les|geen|niets in de) (?:\w+ )?{source}\b"
        rf"|\b{_NOT}\b (?:\w+ ){{0,4}}(?:in|aus|dans|from|by|par|uit) (?:\w+ ){{0,2}}{source}\b"
    )


_NOTHING = re.compile(
    _lacking(_GIVEN)
    + r"|\b(?:no|keine?|keinerlei|aucune|geen) (?:\w+ )?(?:information|informationen|angaben?|hinweise?|informatie)\b"
    r"|\b(?:cannot|can not|can't|could not) be (?:determined|answered|established)\b"
    r"|\b(?:i|we) (?:cannot|can't|do not|don't) (?:answer|know|determine|tell|say)\b"
)
_PERHAPS = re.compile(_lacking(_ANY))


class Telling(Enum):
    """What a sentence tells: a fact, nothing, or nothing unless the evidence itself says it."""

    FACT = auto()
    NOTHING = auto()
    PERHAPS_NOTHING = auto()


def telling(sentence: str) -> Telling:
    """Whether a sentence says that something is not told; English, German, French and Dutch. Linear time."""
    folded = fold(sentence[:_LONGEST])
    if _NOTHING.search(folded):
        return Telling.NOTHING
    return Telling.PERHAPS_NOTHING if _PERHAPS.search(folded) else Telling.FACT


def is_question(sentence: str) -> bool:
    """Whether a sentence asks."""
    return sentence.rstrip("\"'\u201c\u201d\u00bb) ").endswith(("?", "\uff1f"))
