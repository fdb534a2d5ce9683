"""The fitted numbers of the built-in engine: how sentences are ranked, and when there is no answer.

Fitted by logistic regression on development rows only, with `python -m eval.calibrate_refusal --data DIR`, which
prints them in the form they have here. A threshold is a probability: below it the answer is `not_found`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev

from assistant.asked_thing import AskedThing
from assistant.questions import QuestionAnalysis
from assistant.sentence_ranking import FEATURES, Candidate

CONFIDENCE_FEATURES = ("cosine", "passage_cosine", "prominence", "asked", "terms", "question_length", "expects")
_TOP = 3


@dataclass(frozen=True, slots=True)
class ConfidenceModel:
    """Weights and intercept of `CONFIDENCE_FEATURES`; below `threshold` (a probability) the answer is `not_found`."""

    weights: tuple[float, ...]
    intercept: float
    threshold: float

    def __post_init__(self) -> None:
        """Refuse weights that belong to other features."""
        if len(self.weights) != len(CONFIDENCE_FEATURES):
            raise ValueError("a confidence model needs one weight for each feature")

    def probability(self, features: Sequence[float]) -> float:
        """The estimated probability (0 to 1) that the evidence answers."""
        logit = self.intercept + sum(w * f for w, f in zip(self.weights, features, strict=True))
        return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, logit))))


@dataclass(frozen=True, slots=True)
class AnswerModel:
    """Weights of `FEATURES`, how sure one can be, and what may be quoted.

    `whole_case` holds where the evidence comes from several exhibits, `one_exhibit` where all of it comes from one:
    there every sentence is near the topic, and the question's own words tell more than closeness. `margin`: how far
    below the best sentence's score another may be and still be quoted. `sameness`: see `choose`.
    """

    weights: tuple[float, ...]
    whole_case: ConfidenceModel
    one_exhibit: ConfidenceModel
    margin: float
    sameness: float

    def __post_init__(self) -> None:
        """Refuse weights that belong to other features."""
        if len(self.weights) != len(FEATURES):
            raise ValueError("an answer model needs one weight for each feature")

    def confidence_model(self, candidates: Sequence[Candidate]) -> ConfidenceModel:
        """The one that holds for where these sentences come from."""
        return self.one_exhibit if of_one_exhibit(candidates) else self.whole_case


def of_one_exhibit(candidates: Sequence[Candidate]) -> bool:
    """Whether all these sentences come from the same exhibit."""
    return len({candidate.source.exhibit.id for candidate in candidates}) == 1


def confidence_features(
    analysis: QuestionAnalysis, candidates: Sequence[Candidate], signs: AskedThing
) -> tuple[float, ...]:
    """Return the features by which one can tell whether the evidence answers, in the order of CONFIDENCE_FEATURES.

    * cosine: of the closest of the three best sentences, mean of bare and in context
    * passage_cosine: of the closest passage among those of the three best sentences
    * prominence: how many standard deviations the closest sentence lies above the mean of all sentences
    * asked: cosine of question and best sentences without the names (`AskedThing.cosine`)
    * terms: largest weighted share of the question's words that one sentence in its context has
    * question_length: logarithm of 1 + the number of the question's content words; each is one more thing to be met
    * expects: 1 where a value or name is asked for (who, when, how much), which takes for granted that there is one
    """
    if not candidates:
        return (0.0,) * len(CONFIDENCE_FEATURES)
    place = {name: position for position, name in enumerate(FEATURES)}
    cosines = [(c.features[place["cosine"]] + c.features[place["cosine_in_context"]]) / 2 for c in candidates]
    spread = pstdev(cosines)
    return (
        max(cosines[:_TOP]),
        max(c.features[place["passage_cosine"]] for c in candidates[:_TOP]),
        (max(cosines) - fmean(cosines)) / spread if spread > _EVEN else 0.0,
        signs.cosine,
        max(c.features[place["terms_in_context"]] for c in candidates),
        math.log1p(len(analysis.terms)),
        float(bool(analysis.expects)),
    )


_EVEN = 1e-6
"""Standard deviation of cosines below which no sentence stands out."""


def confidence(
    analysis: QuestionAnalysis,
    candidates: Sequence[Candidate],
    model: AnswerModel,
    signs: AskedThing,
    *,
    embedded: bool = True,
) -> float:
    """Return the estimated probability (0 to 1) that the evidence answers the question.

    Without an embedder it is the weighted share of the question's words that one sentence has.
    """
    if not candidates:
        return 0.0
    features = confidence_features(analysis, candidates, signs)
    if not embedded:
        return features[CONFIDENCE_FEATURES.index("terms")]
    return model.confidence_model(candidates).probability(features)


BUILT_IN = AnswerModel(
    weights=(1.708, 1.911, 1.647, 1.961, 1.493, 2.550, 0.239, 0.132, 0.484, 0.108, 0.186, -0.001, 0.122),
    whole_case=ConfidenceModel((4.857, 3.358, 0.311, 2.457, 0.0, -1.149, 0.0), -4.269, 0.16),
    one_exhibit=ConfidenceModel((2.585, 1.581, -0.080, 3.135, 2.586, 0.113, 2.140), -5.012, 0.2),
    margin=4.0,
    sameness=0.8,
)
"""The threshold of a whole case is low on purpose. On Wikipedia passages .6 refuses 10 % of the answerable and two
thirds of the other questions, but most of the answerable ones in a case file, whose questions are worded otherwise than
its documents."""
