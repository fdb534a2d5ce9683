"""What a question asks for beside whom it names: signs that tell whether a case holds it.

In a case file the people and firms of a question stand everywhere, so a sentence about the right person looks like an
answer even when what is asked of that person was never written down. Here the names are taken out of the question
and of the best sentences before they are compared, and the words that are left are looked up in the case's vocabulary.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from assistant.lexicon import fold
from assistant.names import spellings
from assistant.question_parts import parts_of
from assistant.questions import QuestionAnalysis, content_terms
from assistant.sentence_ranking import Candidate, Embed

Knows = Callable[[Sequence[str]], frozenset[str]]
"""Of folded words, those that stand in the case in some form."""

SENTENCES = 12
"""Best sentences that are compared without names."""
_BEST = 3
_NEUTRAL = 0.5
_UNKNOWN_THING = 0.75


@dataclass(frozen=True, slots=True)
class AskedThing:
    """Signs, each higher the likelier there is an answer.

    Attributes:
        cosine: between question and sentences without their names, mean of the best three (-1 to 1).
        thing_cosine: the same for the asked-for noun alone, the best one.
        known: share of the question's words, names left out, that the case knows in some form.
        thing_known: the same for the asked-for noun alone; 0.75 where none was made out.
        typed: 1 where a value of the asked-for kind stands beside the named party, 0 where not, 0.5 where no such
            value is asked for.
        apart: how much closer the closest exhibit is to the question than the others are on average (difference of
            the cosines of their closest passages); 0 where the evidence is of one exhibit or was not compared.
    """

    cosine: float
    thing_cosine: float
    known: float
    thing_known: float
    typed: float
    apart: float = 0.0


def asked_thing(
    analysis: QuestionAnalysis, candidates: Sequence[Candidate], embed: Embed | None, knows: Knows | None
) -> AskedThing:
    """Look for what is asked; without an embedder or a vocabulary the signs that need one are neutral.

    Of a question in several parts ("which …, and how …") the part that looks most like answered counts.
    """
    named = name_words(analysis)
    words = [term for term in analysis.terms if term not in named]
    asked = thing_words(analysis)
    known, thing_known = _share(words, knows, _NEUTRAL), _share(asked, knows, _UNKNOWN_THING)
    apart = stands_apart(candidates)
    typed = typed_near(analysis, candidates)
    best = candidates[:SENTENCES]
    if embed is None or not best:
        return AskedThing(_NEUTRAL, _NEUTRAL, known, thing_known, typed, apart)
    parts = [without_words(part, named) for part in parts_of(analysis.question)]
    thing = " ".join(asked) or " ".join(words)
    vectors = embed([*parts, thing, *(without_words(c.text, named) for c in best)]).astype(np.float64)
    sentences = vectors[len(parts) + 1 :]
    of_parts = [float(np.sort(sentences @ vectors[number])[-_BEST:].mean()) for number in range(len(parts))]
    alone = float((sentences @ vectors[len(parts)]).max())
    return AskedThing(max(of_parts), alone, known, thing_known, typed, apart)


def stands_apart(candidates: Sequence[Candidate]) -> float:
    """How much closer the closest exhibit's best passage is to the question than those of the others on average."""
    closest: dict[str, float] = {}
    for candidate in candidates:
        exhibit, similarity = candidate.source.exhibit.id, candidate.source.similarity
        if similarity is not None:
            closest[exhibit] = max(closest.get(exhibit, -1.0), similarity)
    if len(closest) < 2:
        return 0.0
    best = max(closest.values())
    return best - (sum(closest.values()) - best) / (len(closest) - 1)


def _share(words: Sequence[str], knows: Knows | None, otherwise: float) -> float:
    """Share of the words that are known, drawn towards one half where there are few (Laplace's rule)."""
    if knows is None or not words:
        return otherwise
    found = knows(words)
    return (sum(word in found for word in words) + 1) / (len(words) + 2)


def name_words(analysis: QuestionAnalysis) -> frozenset[str]:
    """The folded words of the names and identifiers in a question."""
    written = [*analysis.names, *(value.raw for value in analysis.identifiers)]
    return frozenset(fold(word) for name in written for word in re.findall(r"\w+", name))


def without_words(text: str, named: frozenset[str]) -> str:
    """A text without these words; a possessive goes with its word."""

    def kept(match: re.Match[str]) -> str:
        return "" if fold(_APOSTROPHE.split(match[0])[0]) in named else match[0]

    return " ".join(_WORD.sub(kept, text).split()) or text


_WORD = re.compile(r"\w+(?:['\u2019]s\b)?")
_APOSTROPHE = re.compile("['\u2019]")
_BREAK = re.compile(
    r"\b(?:of|for|did|does|do|was|were|is|are|had|has|have|could|can|will|would|been|be|in|at|on|by|from|"
    r"von|vom|der|des|hat|haben|war|waren|ist|sind|wurde|wurden|bei|beim|im|am|"
    r"van|heeft|hebben|werd|werden|hoort|bij|du|de|des|est|sont|a|ont|etait)\b"
)
_OPENING = re.compile(
    r"^\W*(?:(?:in|with|to|at|on|under|by|from|for|mit|bei|in|auf|an|zu|met|op|a|de|par|avec|dans)\s+)?"
    r"(?:what|which|whose|who|how much|how many|welche\w*|was|wer|wie hoch|wie viele?|wat|wie|welke?|hoeveel|"
    r"quel\w*|combien d\w*|qui|quoi)\b\s*(?:(?:is|are|was|were|ist|sind|war|waren|est|sont|etait)\b)?\s*"
    r"(?:(?:the|a|an|der|die|das|ein\w*|de|het|een|le|la|les|un|une)\b)?\s*"
    r"(?:(?:name|amount|number|total|sum|date|naam|zahl|nom)\s+(?:of|von|der|des|van|de)\b\s*"
    r"(?:(?:the|der|des|de|het|la|le)\b)?\s*)?"
)


def thing_words(analysis: QuestionAnalysis) -> tuple[str, ...]:
    """The content words of the noun that is asked for: `engine number` of `What is the engine number of …`."""
    folded = fold(analysis.question)
    opening = _OPENING.match(folded)
    if opening is None or opening.end() == 0:
        return ()
    phrase = _BREAK.split(folded[opening.end() :], maxsplit=1)[0]
    named = name_words(analysis)
    return tuple(term for term in content_terms(phrase) if term not in named and term not in _GENERIC)


_GENERIC = frozenset(
    re.findall(
        r"\w+",
        """
        amount sum total number date day time hour year place person people thing way kind sort part evidence reason
        feature became betrag summe nummer datum tag zeit uhrzeit jahr ort sache art teil grund merkmal bedrag som getal
        dag tijd uur jaar plaats persoon zaak soort deel reden kenmerk montant somme numero jour heure annee lieu
        personne chose raison
        """,
    )
)
"""Nouns that say of which kind an answer is, not what it is about: a case need not hold the word."""

_TYPED = frozenset({"email", "phone", "iban", "plate", "url"})


def typed_near(analysis: QuestionAnalysis, candidates: Sequence[Candidate]) -> float:
    """Whether an asked-for identifier stands in a sentence or row with the named party, or in the same passage."""
    wanted = [kind for kind in analysis.expects if kind in _TYPED]
    if not wanted or wanted[0] != analysis.expects[0]:
        return _NEUTRAL
    named = [spellings(word) for word in name_words(analysis)]
    for candidate in candidates:
        if not any(value.kind in wanted for value in candidate.values):
            continue
        around = set(content_terms(candidate.source.passage.text))
        if not named or any(forms & around for forms in named):
            return 1.0
    return 0.0
