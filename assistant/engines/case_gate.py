"""A second opinion on whether a case holds an answer, for questions whose people and places stand everywhere in it.

`answer_model.confidence` is fitted on passages about many things, where a sentence close to the question mostly
answers it. In a case file everything is about the same few people, and closeness says little. This gate looks at
what is asked beside the names (`assistant.asked_thing`). Its four numbers were fitted by logistic regression on the
default demo case (`caseclerk eval run demo` scores it; leave-one-out 15 of 20 refused rightly at 5 of 59 falsely), so
they say nothing about how well they do on other people's cases.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.asked_thing import AskedThing, name_words, thing_words
from assistant.lexicon import fold
from assistant.question_parts import asks_for_several
from assistant.questions import QuestionAnalysis
from assistant.sentence_ranking import FEATURES, Candidate


@dataclass(frozen=True, slots=True)
class CaseGate:
    """Weights of `cosine`, `thing_known` and `typed` of an `AskedThing`; below `threshold` (0 to 1) it stays shut.

    From `apart` (see `AskedThing`) on it has no say: then the case is not about the same few people.
    """

    cosine: float = 8.952
    thing_known: float = 5.598
    typed: float = 5.853
    intercept: float = -9.597
    threshold: float = 0.71
    apart: float = 0.36

    def probability(self, signs: AskedThing) -> float:
        """The estimated probability that there is an answer."""
        logit = (
            self.intercept
            + self.cosine * signs.cosine
            + self.thing_known * signs.thing_known
            + self.typed * signs.typed
        )
        return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, logit))))

    def lacking(self, analysis: QuestionAnalysis, candidates: Sequence[Candidate], signs: AskedThing) -> float:
        """By how much the probability lacks the threshold; 0 where the gate is open.

        What cannot be judged this way goes through: broad questions, known numbers, questions that are hardly more
        than a name, and cases of many topics, where one exhibit stands apart from the others.
        """
        if asks_broadly(analysis) or names_a_number(analysis, candidates):
            return 0.0
        if signs.apart >= self.apart or _hardly_more_than_names(analysis):
            return 0.0
        return max(0.0, self.threshold - self.probability(signs))


_FEWEST_WORDS = 2


def _hardly_more_than_names(analysis: QuestionAnalysis) -> bool:
    """`And who was Berger?`: with the name taken out there is nothing left to compare."""
    named = name_words(analysis)
    beside = [term for term in analysis.terms if term not in named]
    return not thing_words(analysis) and len(beside) < _FEWEST_WORDS


_NUMBERS = frozenset({"phone", "iban", "email"})


_TELLING = frozenset(
    re.findall(
        r"\w+",
        """
        about anything case cases document documents exhibit exhibits file files find found information know known
        learn mention mentioned record records role say says said stand stands tell there written akte akten aktenlage
        bekannt dokumente erfahren erwahnt fall gesagt rolle sagen sagt steht unterlagen wissen zu zum zur bekend
        dossier dossiers gezegd rol staat stukken vermeld weten zaak zeggen zegt affaire connait dire disent dit
        mentionne piece pieces sait savons
        """,
    )
)
"""Words beside the names in a question that asks for whatever there is about somebody or something."""


def asks_about_names(analysis: QuestionAnalysis) -> bool:
    """`What do the files say about Berger?`: whatever names the subject answers; that it is named is seen before."""
    named = name_words(analysis)
    return bool(named) and all(term in named or term in _TELLING for term in analysis.terms)


def names_a_number(analysis: QuestionAnalysis, candidates: Sequence[Candidate]) -> bool:
    """Whether the question names a telephone number, account or address that stands in the evidence."""
    position = FEATURES.index("identifiers")
    asked = any(value.kind in _NUMBERS for value in analysis.identifiers)
    return asked and any(candidate.features[position] > 0 for candidate in candidates)


_BROAD = re.compile(
    r"\b(?:evidence|differ\w*|agree\w*|contradict\w*|compare\w*|speaks? (?:for|against)|points? to|"
    r"beweis\w*|unterscheid\w*|widerspr\w*|spricht (?:fur|gegen)|bewijs\w*|verschil\w*|"
    r"preuve\w*|differen\w*|contredi\w*)\b"
)


def asks_broadly(analysis: QuestionAnalysis) -> bool:
    """Whether several things are asked, a sum, or what speaks for or against: there is always something to show."""
    return (
        analysis.exhaustive
        or analysis.kind in {"sum", "compare", "list"}
        or analysis.operation in {"sum", "difference", "compare", "average"}
        or asks_for_several(analysis.question)
        or asks_about_names(analysis)
        or bool(_BROAD.search(fold(analysis.question)))
    )
