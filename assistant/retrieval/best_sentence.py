"""How near a passage's best sentence is to a question.

A passage of 500 characters holds two or three sentences, and its vector is their mean. Where one of them answers and
the others do not, the best sentence's own vector says so. Measured in docs/decisions/030-retrieval-weights.md.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from assistant.retrieval.case_reader import QuestionEmbedder
from casefile.records import Passage
from ingest.sentences import sentences

SHORTEST_CHARACTERS = 25
"""A shorter sentence is a number or a heading."""
MOST_SENTENCES = 8
"""Sentences of one passage that are looked at: a passage of list items may hold dozens."""


def best_sentences(
    passages: Mapping[int, Passage], asked: NDArray[np.float32], embedder: QuestionEmbedder
) -> dict[int, float]:
    """The cosine (-1 to 1) of the best sentence of each passage that has more than one.

    Args:
        passages: by id, a few dozen: each costs some milliseconds.
        asked: the question's vector, of length 1.
        embedder: of the model that made it.
    """
    owners: list[int] = []
    texts: list[str] = []
    for number, passage in passages.items():
        stretches = [(a, b) for a, b in sentences(passage.text) if b - a >= SHORTEST_CHARACTERS][:MOST_SENTENCES]
        if len(stretches) < 2:
            continue
        front = f"{passage.context}\n" if passage.context else ""
        owners.extend([number] * len(stretches))
        texts.extend(f"{front}{passage.text[start:end]}" for start, end in stretches)
    if not texts:
        return {}
    best: dict[int, float] = {}
    for number, cosine in zip(owners, (embedder.embed_passages(texts) @ asked).tolist(), strict=True):
        best[number] = max(cosine, best.get(number, -1.0))
    return best
