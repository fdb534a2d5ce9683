"""Recall of gold characters by dense search, and the paired difference between two embedders."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.bench.contracts import ContractSample, Question, Span

_RESAMPLES = 4_000
_DEPTHS = (8, 64)

Vectors = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Passages [p, d] and questions [2 q, d]: first all whole questions, then all without the contract's name."""


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """Mean recall of two embedders on the same questions, and a bootstrap interval of the difference (shares of 1)."""

    measure: str
    base: float
    other: float
    difference: float
    low: float
    high: float


def recall_of_characters(gold: tuple[Span, ...], found: list[Span]) -> float:
    """Share of the gold spans' characters that lie in passages found; passages do not overlap each other."""
    total = sum(span.end - span.start for span in gold)
    covered = sum(
        max(0, min(span.end, passage.end) - max(span.start, passage.start))
        for span in gold
        for passage in found
        if passage.contract == span.contract
    )
    return covered / total


def compare_recall(sample: ContractSample, base: Vectors, other: Vectors) -> list[PairedDifference]:
    """Compare two embedders on the development questions.

    Two searches: the whole question over all documents, and the question without the contract's name within the right
    document, which is what a prior over documents leaves to do.
    """
    questions = sample.development_questions()
    differences = []
    for within in (False, True):
        recalls = [_recalls(sample, questions, vectors, within=within) for vectors in (base, other)]
        place = "in its document" if within else "in all documents"
        for column, depth in enumerate(_DEPTHS):
            differences.append(_paired(f"R@{depth} {place}", recalls[0][:, column], recalls[1][:, column]))
    return differences


def _recalls(
    sample: ContractSample, questions: list[Question], vectors: Vectors, *, within: bool
) -> NDArray[np.float64]:
    """Recall [questions, depths]."""
    passages, asked = vectors
    asked = asked[len(questions) :] if within else asked[: len(questions)]
    contract_of = np.array([passage.contract for passage in sample.passages])
    rows = []
    for question, vector in zip(questions, asked, strict=True):
        scores = passages @ vector
        if within:
            scores = np.where(contract_of == question.gold[0].contract, scores, -2)
        order = np.argsort(-scores, kind="stable")[: max(_DEPTHS)]
        found = [sample.passages[place] for place in order]
        rows.append([recall_of_characters(question.gold, found[:depth]) for depth in _DEPTHS])
    return np.array(rows)


def _paired(measure: str, base: NDArray[np.float64], other: NDArray[np.float64]) -> PairedDifference:
    """Percentile bootstrap over questions (Efron and Tibshirani 1993), seeded."""
    change = other - base
    drawn = np.random.default_rng(0).integers(0, len(change), (_RESAMPLES, len(change)))
    low, high = np.percentile(change[drawn].mean(axis=1), [2.5, 97.5])
    return PairedDifference(
        measure, float(base.mean()), float(other.mean()), float(change.mean()), float(low), float(high)
    )
