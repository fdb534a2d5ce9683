"""The tasks `search` and `ask`: through the same doors as the command line and the page, over the case of a corpus."""

import time
from collections.abc import Sequence

from assistant.answering import Listeners
from assistant.records import Answer, Citation, Outcome, RankedPassage, Turn
from assistant.retrieval.filters import Filters
from eval.records import Cited, Claimed, Response, Retrieved, Sample
from eval.tasks.corpora import OpenCorpus

TEXTS_KEPT = 10
"""Of so many passages the text is kept for the report."""
AROUND = 200
"""Characters kept on each side of a quote."""


class Asking:
    """Searches and asks one corpus, and keeps what came back in the words of the data set."""

    def __init__(self, corpus: OpenCorpus, passages: int) -> None:
        self._corpus = corpus
        self._passages = passages

    def search(self, sample: Sample) -> Response:
        """Find passages."""
        found = self._corpus.assistant.search(sample.question, self._passages, self._filters(sample))
        return Response(
            "found" if found.passages else "not_found",
            standalone=sample.question,
            retrieved=self._retrieved(sample, found.passages),
            timings_ms={**found.timings_ms, "evidence": found.timings_ms["total"]},
            outside=self._outside(sample, [passage.exhibit.id for passage in found.passages]),
        )

    def ask(self, sample: Sample) -> Response:
        """Ask, with the conversation before it."""
        evidence: list[RankedPassage] = []
        outcomes: list[Outcome] = []
        shown: list[float] = []
        began = time.perf_counter()

        def show(passages: Sequence[RankedPassage]) -> None:
            shown.append((time.perf_counter() - began) * 1000)
            evidence.extend(passages)

        answer = self._corpus.assistant.ask(
            sample.question,
            tuple(Turn(before.question, before.question, before.answer) for before in sample.history),
            self._filters(sample),
            Listeners(evidence=show, outcome=outcomes.append),
        )
        ids = [passage.exhibit.id for passage in evidence] + [citation.exhibit.id for citation in answer.citations]
        return Response(
            answer.status,
            answer=answer.answer,
            reason=answer.reason,
            standalone=answer.standalone,
            claims=tuple(
                Claimed(claim.text, claim.citations, claim.supported, claim.computed is not None)
                for claim in answer.claims
            ),
            citations=tuple(self._cited(sample, citation) for citation in answer.citations),
            retrieved=self._retrieved(sample, evidence[: self._passages]),
            confidence=_confidence(answer, outcomes),
            timings_ms={**answer.timings_ms, **({"evidence": shown[0]} if shown else {})},
            outside=self._outside(sample, ids),
        )

    def _filters(self, sample: Sample) -> Filters | None:
        return Filters(exhibit_ids=self._corpus.exhibits(sample.within)) if sample.within else None

    def _retrieved(self, sample: Sample, passages: Sequence[RankedPassage]) -> tuple[Retrieved, ...]:
        return tuple(
            Retrieved(
                self._key(sample, found.exhibit.id),
                found.passage.locator.start,
                found.passage.locator.end,
                round(found.score, 6),
                found.passage.text if n < TEXTS_KEPT else "",
            )
            for n, found in enumerate(passages)
        )

    def _cited(self, sample: Sample, citation: Citation) -> Cited:
        """A citation, its quote looked for again in the text that the case holds."""
        text = self._corpus.case.catalogue.text(citation.exhibit.id, citation.text_sha256)
        start, end = citation.locator.start, citation.locator.end
        return Cited(
            citation.n,
            self._key(sample, citation.exhibit.id),
            start,
            end,
            citation.quote,
            citation.verified,
            bool(citation.quote) and text[start:end] == citation.quote,
            text[max(0, start - AROUND) : start],
            text[end : end + AROUND],
        )

    def _key(self, sample: Sample, exhibit_id: str) -> str:
        """The key under which the gold knows an exhibit, else its own first one."""
        keys = self._corpus.keys.get(exhibit_id, (exhibit_id,))
        known = {key for group in sample.gold.documents for key in group} | {
            span.document for span in sample.gold.spans
        }
        return next((key for key in keys if key in known), keys[0])

    def _outside(self, sample: Sample, exhibit_ids: Sequence[str]) -> int:
        """How many different exhibits are not of this corpus, or not among those the question was narrowed to."""
        allowed = set(self._corpus.exhibits(sample.within)) if sample.within else set(self._corpus.keys)
        return len(set(exhibit_ids) - allowed)


def _confidence(answer: Answer, outcomes: Sequence[Outcome]) -> float:
    """The engine's own estimate; certain where it made none (a computed answer), none where it never ran."""
    if outcomes and outcomes[0].confidence is not None:
        return outcomes[0].confidence
    return 1.0 if answer.status == "answered" else 0.0
