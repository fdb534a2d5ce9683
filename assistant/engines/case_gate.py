"""A second opinion on whether a case holds an answer, for questions whose people and places stand everywhere in it.

`answer_model.confidence` is fitted on passages about many things, where a sentence close to the question mostly
answers it. In a case file everything is about the same few people, and closeness says little. This gate looks at
what is asked beside the names (`assistant.asked_thing`). Its four numbers were fitted by logistic regression on the
default demo case (`python -m eval.demo` scores it; leave-one-out 15 of 20 refused rightly at 5 of 59 falsely), so
they say nothing about how well they do on other people's cases.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.asked_thing import AskedThing, Knows, asked_thing
from assistant.lexicon import fold
from assistant.question_parts import asks_for_several
from assistant.questions import QuestionAnalysis
from assistant.sentence_ranking import FEATURES, Candidate, Embed


@dataclass(frozen=True, slots=True)
class CaseGate:
    """Weights of `cosine`, `thing_known` and `typed` of an `AskedThing`; below `threshold` (0 to 1) it stays shut."""

    cosine: float = 8.952
    thing_known: float = 5.598
    typed: float = 5.853
    intercept: float = -9.597
    threshold: float = 0.71

    def probability(self, signs: AskedThing) -> float:
        """The estimated probability that there is an answer."""
        logit = (
            self.intercept
            + self.cosine * signs.cosine
            + self.thing_known * signs.thing_known
            + self.typed * signs.typed
        )
        return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, logit))))

    def is_open(
        self, analysis: QuestionAnalysis, candidates: Sequence[Candidate], embed: Embed | None, knows: Knows | None
    ) -> bool:
        """Whether to answer.

        What cannot be judged this way goes through: broad questions, known numbers, no embedder.
        """
        if embed is None or knows is None or asks_broadly(analysis) or names_a_number(analysis, candidates):
            return True
        return self.probability(asked_thing(analysis, candidates, embed, knows)) >= self.threshold


_NUMBERS = frozenset({"phone", "iban", "email"})


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
        or bool(_BROAD.search(fold(analysis.question)))
    )
