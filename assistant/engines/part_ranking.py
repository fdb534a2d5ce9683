"""Ranking the evidence for each question inside a question, so that no part is left without its quote."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from assistant.engines.worth_quoting import worth_quoting
from assistant.question_parts import parts_of
from assistant.questions import QuestionAnalysis, analyse
from assistant.sentence_ranking import FEATURES, Candidate, Embed


@dataclass(frozen=True, slots=True)
class RankedPart:
    """One question inside the question, and the candidates that are worth quoting for it, best first."""

    analysis: QuestionAnalysis
    candidates: tuple[Candidate, ...]


class Remembering:
    """Embeds each text once: the parts of a question are compared with the same sentences."""

    def __init__(self, embed: Embed) -> None:
        self._embed = embed
        self._known: dict[str, NDArray[np.float32]] = {}

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of texts, in order."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, self._embed(new), strict=True))
        return np.stack([self._known[text] for text in texts])


def rank_parts(
    analysis: QuestionAnalysis,
    whole: Sequence[Candidate],
    rank: Callable[[QuestionAnalysis], Sequence[Candidate]],
    demotion: float,
) -> tuple[RankedPart, ...]:
    """Return each part with its candidates; for a question that is only one, itself with `whole`."""
    parts = parts_of(analysis.question)
    if len(parts) == 1:
        return (RankedPart(analysis, worth_quoting(analysis, whole, demotion)),)
    analyses = [analyse(part, (analysis.language,)) for part in parts]
    return tuple(RankedPart(part, worth_quoting(part, rank(part), demotion)) for part in analyses)


def together(parts: Sequence[RankedPart]) -> tuple[Candidate, ...]:
    """One list: each candidate under the part that it answers best, every part's best one with the highest score."""
    highest = max(part.candidates[0].score for part in parts if part.candidates)
    best: dict[tuple[int, int, int], Candidate] = {}
    for part in parts:
        for candidate in part.candidates:
            lifted = replace(candidate, score=candidate.score - part.candidates[0].score + highest)
            key = (candidate.source.passage.id, candidate.start, candidate.end)
            if key not in best or best[key].score < lifted.score:
                best[key] = lifted
    return tuple(sorted(best.values(), key=lambda c: -c.score))


_NAMES = FEATURES.index("names")


def naming_first(candidates: Sequence[Candidate], bonus: float) -> tuple[Candidate, ...]:
    """Bring up what names whom or what the question names, by the share of those names times `bonus`."""
    lifted = [
        replace(candidate, score=candidate.score + bonus * candidate.features[_NAMES]) for candidate in candidates
    ]
    return tuple(sorted(lifted, key=lambda c: -c.score))


def answered_part(parts: Sequence[RankedPart], candidate: Candidate) -> int:
    """Return the position of the part whose best candidate this is, -1 when it is no part's best."""
    for position, part in enumerate(parts):
        best = part.candidates[0] if part.candidates else None
        if best is not None and (best.source.passage.id, best.start) == (candidate.source.passage.id, candidate.start):
            return position
    return -1
