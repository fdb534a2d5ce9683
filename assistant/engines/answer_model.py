"""The fitted numbers of the built-in engine: how sentences are ranked, and when there is no answer.

Fitted by logistic regression on development rows only, with `python -m eval.calibrate_refusal --data DIR`, which
prints them in the form they have here. A threshold is a probability: below it the answer is `not_found`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.names import known_spellings, spellings
from assistant.questions import QuestionAnalysis, content_terms
from assistant.sentence_ranking import FEATURES, Candidate

CONFIDENCE_FEATURES = ("score", "cosine", "passage_cosine", "terms_together", "names")
_TOP = 3


@dataclass(frozen=True, slots=True)
class AnswerModel:
    """Weights of `FEATURES`, weights and intercept of `CONFIDENCE_FEATURES`, and the engine's thresholds.

    `margin`: how far below the best sentence's score another may be and still be quoted. `sameness`: see `choose`.
    """

    weights: tuple[float, ...]
    confidence_weights: tuple[float, ...]
    intercept: float
    threshold: float
    margin: float
    sameness: float

    def __post_init__(self) -> None:
        """Refuse weights that belong to other features."""
        if len(self.weights) != len(FEATURES) or len(self.confidence_weights) != len(CONFIDENCE_FEATURES):
            raise ValueError("an answer model needs one weight for each feature")


def confidence_features(analysis: QuestionAnalysis, candidates: Sequence[Candidate]) -> tuple[float, ...]:
    """Return the features by which one can tell whether the evidence answers, in the order of CONFIDENCE_FEATURES."""
    if not candidates:
        return (0.0,) * len(CONFIDENCE_FEATURES)
    top = candidates[:_TOP]
    named = {name: position for position, name in enumerate(FEATURES)}
    together = known_spellings("\n".join(f"{c.text} {c.source.passage.context}" for c in top))
    shown = known_spellings("\n".join(f"{c.text} {c.source.passage.context}" for c in candidates))
    return (
        candidates[0].score,
        max((c.features[named["cosine"]] + c.features[named["cosine_in_context"]]) / 2 for c in top),
        max(c.features[named["passage_cosine"]] for c in top),
        _covered(analysis.terms, together),
        _covered(tuple(term for name in analysis.names for term in content_terms(name)), shown),
    )


def _covered(terms: Sequence[str], known: frozenset[str]) -> float:
    """Share of the terms that are known in some spelling; 1 when there are none."""
    return sum(bool(spellings(term) & known) for term in terms) / len(terms) if terms else 1.0


def confidence(
    analysis: QuestionAnalysis, candidates: Sequence[Candidate], model: AnswerModel, *, embedded: bool = True
) -> float:
    """Return the estimated probability (0 to 1) that the evidence answers the question.

    Without an embedder it is the share of the question's words that the best sentences have.
    """
    if not candidates:
        return 0.0
    features = confidence_features(analysis, candidates)
    if not embedded:
        return features[CONFIDENCE_FEATURES.index("terms_together")]
    logit = model.intercept + sum(w * f for w, f in zip(model.confidence_weights, features, strict=True))
    return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, logit))))


THRESHOLD = 0.2
"""Low on purpose. On Wikipedia passages 0.459 refuses 10 % of the answerable questions and most of the others, but in
a case file, whose questions are worded otherwise than its documents, it refuses about half of the answerable."""
BUILT_IN = AnswerModel(
    weights=(1.708, 1.911, 1.647, 1.961, 1.493, 2.550, 0.239, 0.132, 0.484, 0.108, 0.186, -0.001, 0.122),
    confidence_weights=(0.303, 3.862, 2.273, 0.141, 0.481),
    intercept=-5.830,
    threshold=THRESHOLD,
    margin=4.0,
    sameness=0.8,
)
