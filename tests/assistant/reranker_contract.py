"""What every reranker must do, and the one that tests use in place of a model."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from assistant.retrieval.query import word_set
from assistant.retrieval.reranking import Reranker

PASSAGES = (
    "The containers are delivered to the harbour of Aarhus.",
    "My grandmother bakes apple cake on Sundays.",
    "Deliveries stop in winter.",
)
DIFFICULT = {
    "empty": "",
    "blank": " \n\t ",
    "control": "\x00\x07\x1b[31m",
    "surrogate": "\ud800 half a character",
    "long": "word " * 50_000,
    "one long word": "x" * 100_000,
    "special tokens": "[CLS] [SEP] [PAD] [MASK]",
    "emoji": "👩‍👩‍👧 " * 50,
}


class SharedWordsReranker:
    """Counts the words that question and passage share."""

    def scores(self, question: str, passages: Sequence[str]) -> NDArray[np.float32]:
        asked = word_set(question)
        return np.array([len(asked & word_set(passage)) for passage in passages], dtype=np.float32)


class RerankerContract:
    """Inherited by each adapter's tests."""

    def test_one_finite_score_a_passage(self, reranker: Reranker) -> None:
        scores = reranker.scores("Where are containers delivered?", PASSAGES)
        assert scores.shape == (len(PASSAGES),)
        assert scores.dtype == np.float32
        assert np.all(np.isfinite(scores))

    def test_no_passages_give_no_scores(self, reranker: Reranker) -> None:
        assert reranker.scores("Where?", ()).shape == (0,)

    def test_order_and_neighbours_change_no_score(self, reranker: Reranker) -> None:
        together = reranker.scores("Where are containers delivered?", PASSAGES)
        backwards = reranker.scores("Where are containers delivered?", PASSAGES[::-1])[::-1]
        alone = [reranker.scores("Where are containers delivered?", [passage])[0] for passage in PASSAGES]
        assert np.allclose(together, backwards, atol=1e-5)
        assert np.allclose(together, alone, atol=1e-5)

    @pytest.mark.parametrize("name", DIFFICULT)
    def test_difficult_texts_get_a_score(self, reranker: Reranker, name: str) -> None:
        for question, passage in ((DIFFICULT[name], PASSAGES[0]), (PASSAGES[0], DIFFICULT[name])):
            scores = reranker.scores(question, [passage, PASSAGES[1]])
            assert np.all(np.isfinite(scores))
            assert scores.shape == (2,)
