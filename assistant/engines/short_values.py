"""The short value before a quote: who, when, where, how much, which number. Always a part of the quote."""

import re

from assistant.lexicon import fold
from assistant.questions import QuestionAnalysis
from assistant.sentence_ranking import Candidate, expected_values, new_names

_PLACE_BEFORE = re.compile(
    r"(?:\b(?:in|at|to|from|near|into|of|on|nach|aus|bei|von|im|am|zu|a|au|aux|de|du|dans|chez|vers|te|naar|uit|bij|op|van)\s+"
    r"(?:the\s+|der\s+|dem\s+|den\s+|la\s+|le\s+|het\s+|de\s+)?)$",
    re.IGNORECASE,
)
_AGENT_BEFORE = re.compile(
    r"\b(?:by|von|durch|par|door)\s+(?:the\s+|der\s+|dem\s+|den\s+|la\s+|le\s+|het\s+|de\s+)?$", re.IGNORECASE
)
_PERSON_BEFORE = re.compile(
    r"\b(?:mr|mrs|ms|dr|herrn?|frau|monsieur|madame|meneer|mevrouw|witness|zeug(?:e|in)|t\u00e9moin|getuige|owner|driver|officer)\.?\s+$",
    re.IGNORECASE,
)


def short_value(analysis: QuestionAnalysis, candidate: Candidate, quote: str) -> str:
    """Return the value in the quote that answers, empty when the question asks for none or the quote has none.

    Among several of the right type: the one nearest to the question's words; for a person rather one that acts.
    """
    if not analysis.expects or candidate.row:
        return ""
    asked = [match.start() for match in re.finditer(r"\w+", quote) if _asked(match.group(), analysis)]
    if "name" in analysis.expects:
        spans = list(new_names(analysis, quote))
    else:
        spans = [(value.start, value.end) for value in expected_values(analysis, quote)]
    spans = [span for span in spans if _is_meant(analysis, quote, span)]
    if not spans:
        return ""
    start, end = min(spans, key=lambda span: (-_fit(analysis, quote, span), _distance(span, asked), span))
    return re.sub(r"['\u2019]s$", "", " ".join(quote[start:end].split()))


def _asked(word: str, analysis: QuestionAnalysis) -> bool:
    stem = fold(word)[:6]
    return any(term[:6] == stem for term in analysis.terms)


_COUNTED = re.compile(r"\b(?:how many|wie viele|wieviele|combien d[e']|hoeveel)\s*([^\W\d_]+)")
_NUMBERED = re.compile(
    r"\b([^\W\d_]{3,})[ -](?:number|no|code)\b|\b([^\W\d_]{3,})nummer\b|\bnumero d[eu'] ?([^\W\d_]{3,})"
)
_WITHIN = 40
"""Characters between a value and the word that says what it counts or numbers."""


def _is_meant(analysis: QuestionAnalysis, quote: str, span: tuple[int, int]) -> bool:
    """Whether a number stands by the word for what is counted, and a code by the word for what is numbered.

    Anything else passes: of a date or an amount its type says enough.
    """
    if analysis.kind == "how_many":
        wanted = _COUNTED.search(fold(analysis.question))
        after = fold(quote[span[1] : span[1] + _WITHIN])
        return wanted is not None and any(word[:5] == wanted[1][:5] for word in re.findall(r"[^\W\d_]+", after)[:3])
    if analysis.kind == "which_number" and analysis.expects[:1] == ("code",):
        wanted = _NUMBERED.search(fold(analysis.question))
        if wanted is None or wanted[wanted.lastindex or 1] in _ASKING:
            return True
        around = fold(quote[max(0, span[0] - _WITHIN) : span[1] + _WITHIN])
        return (wanted[wanted.lastindex or 1])[:5] in around
    return True


_ASKING = frozenset({"which", "what", "the", "welche", "welk", "quel"})


def _distance(span: tuple[int, int], asked: list[int]) -> int:
    return min((abs(place - span[0]) for place in asked), default=0)


def _fit(analysis: QuestionAnalysis, quote: str, span: tuple[int, int]) -> int:
    """How well the words before a name fit the question; 0 for values, which their type has chosen already."""
    before = quote[max(0, span[0] - 30) : span[0]]
    if analysis.kind == "where":
        return 2 if _PLACE_BEFORE.search(before) else 0
    if analysis.kind != "who":
        return 0
    if _AGENT_BEFORE.search(before) or _PERSON_BEFORE.search(before):
        return 2
    several_words = " " in quote[span[0] : span[1]].strip()
    return 0 if _PLACE_BEFORE.search(before) else 1 + several_words
