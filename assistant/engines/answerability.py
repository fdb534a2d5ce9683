"""Whether to answer, and how sure one can be: two opinions as one number between 0 and 1 that ranks all questions."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.asked_thing import Knows, asked_thing
from assistant.engines.answer_model import AnswerModel, confidence, of_one_exhibit
from assistant.engines.case_gate import CaseGate, asks_broadly
from assistant.engines.part_ranking import Remembering
from assistant.questions import QuestionAnalysis
from assistant.sentence_ranking import Candidate, Embed

LOWERING = 6.0
"""How much the log-odds fall for each unit by which the gate's probability lacks its threshold. By degrees, since on
public sets the gate is often wrong when it is nearly open; a fixed fall would push their answerable questions under."""


@dataclass(frozen=True, slots=True)
class Answerability:
    """What the engine goes by.

    Attributes:
        confidence: estimate (0 to 1) that the evidence answers, lowered where the gate is shut.
        answers: whether to answer, as shipped.
    """

    confidence: float
    answers: bool


def answerability(
    analysis: QuestionAnalysis,
    candidates: Sequence[Candidate],
    telling: Sequence[Sequence[Candidate]],
    model: AnswerModel,
    gate: CaseGate,
    embed: Embed | None,
    knows: Knows | None,
) -> Answerability:
    """Weigh both opinions.

    The gate has none without an embedder or a vocabulary, nor on evidence from one exhibit, where the first opinion
    weighs what is asked beside the names already.

    Args:
        analysis: of the question.
        candidates: what the first opinion is formed on, best first.
        telling: lists of candidates for each of which the gate must open.
        model: the first opinion.
        gate: the second opinion.
        embed: unit vectors of texts, or None.
        knows: which words the case knows, or None.
    """
    remembering = Remembering(embed) if embed is not None else None
    signs = asked_thing(analysis, candidates, remembering, knows)
    likely = confidence(analysis, candidates, model, signs, embedded=embed is not None)
    lacking = 0.0
    if remembering is not None and knows is not None and not of_one_exhibit(candidates):
        lacking = max(
            (gate.lacking(analysis, one, asked_thing(analysis, one, remembering, knows)) for one in telling),
            default=0.0,
        )
    enough = likely >= model.confidence_model(candidates).threshold
    answers = lacking == 0.0 and (enough or asks_broadly(analysis))
    return Answerability(_lowered(likely, LOWERING * lacking), answers)


def _lowered(probability: float, by: float) -> float:
    """The probability with its log-odds lowered."""
    return probability / (probability + (1.0 - probability) * math.exp(by)) if probability > 0 else 0.0
