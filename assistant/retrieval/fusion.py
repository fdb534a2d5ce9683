"""Putting the scores of several retrievers together, by passage."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

Key = TypeVar("Key", int, str)
"""A passage's or an exhibit's id."""


@dataclass(frozen=True, slots=True)
class RetrievalWeights:
    """How much each retriever counts, beside the cosine to the question, which counts 1.

    Values and what they were chosen over: docs/decisions/030-retrieval-weights.md.

    Attributes:
        lexical: of BM25 as a share of the best passage's, for a question in the embedding model's language.
        lexical_named: the same where the question named an exhibit: its rare words are used up by then.
        lexical_foreign: the same for a question in another language, which the model hardly understands.
        prior: of an exhibit's weight relative to the best exhibit's, where the question names none.
        prior_named: the same where the question names one.
        prior_foreign: the same for a question in another language that names none.
        identifier: of a checked identifier of the question that stands in the passage.
        background: of earlier questions of the conversation beside this one, which counts 1.
        context_question: share of the whole question's cosine beside that of its asking part.
        elsewhere: of how exhibits that the question does not name word what it asks, beside its own words, which
            count 1. This and the next two only where the question names an exhibit.
        neighbours: share of the passages before and behind in a passage's cosine.
        best_sentence: share of the best sentence's cosine in that of a passage near the top.
    """

    lexical: float = 0.1
    lexical_named: float = 0.1
    lexical_foreign: float = 0.5
    prior: float = 0.15
    prior_named: float = 0.5
    prior_foreign: float = 0.5
    identifier: float = 0.5
    background: float = 0.4
    context_question: float = 0.1
    elsewhere: float = 0.2
    neighbours: float = 0.15
    best_sentence: float = 0.35


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the retrievers say about one passage.

    `similarity` is None where the passage has no vector yet; the others are 0 to 1.
    """

    similarity: float | None
    lexical: float
    prior: float
    identifier: float


@dataclass(frozen=True, slots=True)
class Mix:
    """The weights in force for one question."""

    lexical: float
    prior: float
    identifier: float


def fused(evidence: Mapping[int, Evidence], mix: Mix) -> dict[int, float]:
    """A score for each passage: the weighted sum. A missing cosine counts as the median of those that are there."""
    known = sorted(e.similarity for e in evidence.values() if e.similarity is not None)
    middle = known[len(known) // 2] if known else 0.0
    return {
        passage: (middle if e.similarity is None else e.similarity)
        + mix.lexical * e.lexical
        + mix.prior * e.prior
        + mix.identifier * e.identifier
        for passage, e in evidence.items()
    }


def ranked(scores: Mapping[Key, float]) -> tuple[Key, ...]:
    """Ids by falling score, equal ones by id."""
    return tuple(sorted(scores, key=lambda passage: (-scores[passage], passage)))


def ranks_of(scores: Mapping[Key, float]) -> dict[Key, int]:
    """The rank (from 1) of each passage or exhibit by its score."""
    return {passage: rank for rank, passage in enumerate(ranked(scores), start=1)}


def shares_of_best(scores: Mapping[Key, float]) -> dict[Key, float]:
    """Scores as shares of the best one, 0 to 1."""
    best = max(scores.values(), default=0.0)
    return {passage: score / best for passage, score in scores.items()} if best > 0 else {}


def mixed(asked: Mapping[Key, float], earlier: Mapping[Key, float], share: float) -> dict[Key, float]:
    """Scores for a question with a share of those for what was asked before."""
    scores = dict(asked)
    for key, score in earlier.items():
        scores[key] = scores.get(key, 0.0) + share * score
    return scores
