"""What ties two things together: alike sentences of two exhibits, of which one names the first and one the second.

`What shows that the car at A is the one stolen from B?` is answered by no single sentence: a witness at A describes a
scratch, the owner at B describes the same scratch, and neither mentions the other. Looked for are pairs of sentences
that say nearly the same; what stands word for word in both (a printed instruction, a letterhead) ties nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assistant.case_facts_port import CaseFacts
from assistant.engines.worth_quoting import is_label
from assistant.questions import QuestionAnalysis
from assistant.sentence_ranking import Candidate, Embed

_LEAST_ALIKE, _MOST_ALIKE = 0.55, 0.95
"""Cosines between which two sentences are alike and not the same."""
_SHORTEST = 40
_MOST_SENTENCES = 160


@dataclass(frozen=True, slots=True)
class Bridge:
    """Two candidates, by their positions in the list looked at, and how alike they are (cosine)."""

    one: int
    other: int
    cosine: float


def bridges(
    analysis: QuestionAnalysis, candidates: Sequence[Candidate], facts: CaseFacts, embed: Embed, most: int
) -> tuple[Bridge, ...]:
    """Return at most `most` pairs, the most alike first, each with an exhibit that no better pair has.

    Empty for a question that does not name two things.
    """
    if len(analysis.names) < 2:
        return ()
    first, second = (_naming(name, facts) for name in analysis.names[:2])
    looked_at = [
        position
        for position, candidate in enumerate(candidates)
        if len(candidate.text) >= _SHORTEST
        and candidate.source.exhibit.id in first ^ second
        and not is_label(analysis, candidate)
    ][:_MOST_SENTENCES]
    if len(looked_at) < 2:
        return ()
    vectors = embed([candidates[position].text for position in looked_at])
    cosines = np.triu(vectors @ vectors.T, k=1)
    pairs = np.argwhere((cosines >= _LEAST_ALIKE) & (cosines < _MOST_ALIKE))
    found: list[Bridge] = []
    cited: set[str] = set()
    for row, column in sorted(pairs.tolist(), key=lambda pair: (-float(cosines[pair[0], pair[1]]), pair)):
        one, other = looked_at[row], looked_at[column]
        exhibits = {candidates[one].source.exhibit.id, candidates[other].source.exhibit.id}
        if len(exhibits & first) == len(exhibits & second) == 1 and not exhibits <= cited:
            found.append(Bridge(one, other, float(cosines[row, column])))
            cited |= exhibits
        if len(found) == most:
            break
    return tuple(found)


def _naming(name: str, facts: CaseFacts) -> frozenset[str]:
    return frozenset(place.exhibit.id for place in facts.places_of(name))
