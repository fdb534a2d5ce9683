"""From a standalone question to ranked passages: weigh exhibits, then passages, and fuse by passage id."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from assistant.records import ExhibitRef, RankedPassage
from assistant.retrieval.best_sentence import best_sentences
from assistant.retrieval.case_reader import CaseReader, QuestionEmbedder
from assistant.retrieval.dense import NearestSearch
from assistant.retrieval.exhibits_prior import Focus, PriorLimits, Weighing, relative_weights, weigh
from assistant.retrieval.filters import Filters, allowed_exhibits
from assistant.retrieval.fusion import (
    Evidence,
    Mix,
    RetrievalWeights,
    fused,
    mixed,
    ranked,
    ranks_of,
    shares_of_best,
)
from assistant.retrieval.lexical import LexicalLimits, LexicalSearch
from assistant.retrieval.loaded_case import LoadedCase
from assistant.retrieval.query import language_of
from assistant.retrieval.reranking import Reranker
from assistant.retrieval.stopwatch import Stopwatch
from casefile.records import Coverage, Identifier, Passage

IdentifierFinding = Callable[[str], Sequence[Identifier]]
"""Finds the identifiers in a question: `find_identifiers` with what the case says about its texts."""


@dataclass(frozen=True, slots=True)
class RetrievalLimits:
    """Bounds on candidates.

    Attributes:
        candidates: passages asked of each retriever, at least; more when more results are wanted.
        exhibits: exhibits weighed by the prior.
        identifier_passages: most passages that an identifier of the question can add.
        most_ids: exhibits that a filter may name in a query; a wider filter is applied to the results instead.
        elsewhere: passages of other exhibits that show how they word what is asked.
        by_sentence: passages from the top whose sentences are compared one by one.
        reranked: passages from the top that a reranker puts in order.
    """

    candidates: int = 200
    exhibits: int = 50
    identifier_passages: int = 200
    most_ids: int = 400
    elsewhere: int = 10
    by_sentence: int = 24
    reranked: int = 32


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found.

    `asking` is the question without the words that name an exhibit: what passages were compared with. `skipped` names
    retrievers left out because the deadline had come.
    """

    passages: tuple[RankedPassage, ...]
    coverage: Coverage
    asking: str
    skipped: tuple[str, ...] = ()
    timings_ms: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Found:
    """Scores of one search, by passage; `similarity` holds only passages that have a vector.

    `asking` is the vector of the question alone, `asked` the one that passages were compared with; None where nothing
    was embedded.
    """

    similarity: Mapping[int, float]
    lexical: Mapping[int, float]
    identifier: Mapping[int, float]
    asking: NDArray[np.float32] | None
    asked: NDArray[np.float32] | None


class Retriever:
    """Searches one case. Safe to share between threads as far as the case and the embedder are.

    Args:
        case: the case to read.
        embedder: of the model with which the case was embedded; None searches by words only.
        weights: how retrievers are mixed.
        nearest: the dense search; None searches exactly over the vectors in the catalogue.
        find_identifiers: None looks no identifier up.
        embedding_languages: languages that the embedding model understands.
        reranker: puts the first passages in its own order; None leaves them as they are.
        load_aside: whether a case that has changed is loaded again beside the searches, not before the next one.
    """

    def __init__(
        self,
        case: CaseReader,
        embedder: QuestionEmbedder | None,
        weights: RetrievalWeights | None = None,
        *,
        nearest: NearestSearch | None = None,
        find_identifiers: IdentifierFinding | None = None,
        embedding_languages: frozenset[str] = frozenset({"en"}),
        reranker: Reranker | None = None,
        limits: RetrievalLimits | None = None,
        prior_limits: PriorLimits | None = None,
        lexical_limits: LexicalLimits | None = None,
        load_aside: bool = False,
    ) -> None:
        self._case = case
        self._embedder = embedder
        self._weights = weights or RetrievalWeights()
        self._nearest = nearest
        self._find_identifiers = find_identifiers
        self._languages = embedding_languages
        self._reranker = reranker
        self._limits = limits or RetrievalLimits()
        self._prior_limits = prior_limits or PriorLimits()
        self._lexical = LexicalSearch(case.fulltext, lexical_limits or LexicalLimits())
        self._loaded = LoadedCase(case, self._prior_limits.head_characters, aside=load_aside)

    def load(self) -> None:
        """Read the case's vectors into memory now, so that the first search does not have to."""
        self._loaded.load()

    def search(
        self,
        question: str,
        k: int,
        filters: Filters | None = None,
        deadline: float | None = None,
        background: Sequence[str] = (),
    ) -> SearchResult:
        """Find the `k` best passages for a standalone question.

        Args:
            question: any text; only its first 4,000 characters count.
            k: how many passages are wanted.
            filters: what the search is narrowed to.
            deadline: instant of `time.monotonic` after which no further retriever is started.
            background: earlier questions of the conversation; they weigh a little in every retriever.
        """
        clock = Stopwatch(deadline)
        allowed = allowed_exhibits(self._case.catalogue, filters)
        clock.mark("filters")
        weighing = weigh(question, partial(self._score_exhibits, allowed), self._loaded, self._prior_limits)
        earlier = " ".join(background) if not weighing.focus.used_up else ""
        if earlier:
            weighing = replace(weighing, weights=self._with_background(weighing.weights, earlier, allowed))
        clock.mark("prior")
        found = self._find(question, earlier, weighing, k, allowed, clock)
        passages = self._fuse(question, weighing, found, k, allowed, clock)
        clock.mark("rank")
        coverage = self._loaded.coverage(allowed)
        clock.mark("coverage")
        return SearchResult(
            passages, coverage, weighing.focus.asking, tuple(clock.skipped), MappingProxyType(clock.timings())
        )

    def _score_exhibits(self, allowed: Sequence[str] | None, text: str) -> Mapping[str, float]:
        limit = self._limits.exhibits
        if allowed is None:
            return self._lexical.exhibits(text, self._loaded.vocabulary, limit)
        chosen = frozenset(allowed)
        # The index over exhibits knows no filter: ask for more, keep those allowed.
        scores = self._lexical.exhibits(text, self._loaded.vocabulary, limit * 20)
        return dict([(exhibit, score) for exhibit, score in scores.items() if exhibit in chosen][:limit])

    def _with_background(
        self, weights: Mapping[str, float], earlier: str, allowed: Sequence[str] | None
    ) -> Mapping[str, float]:
        return mixed(weights, relative_weights(self._score_exhibits(allowed, earlier)), self._weights.background)

    def _find(
        self,
        question: str,
        earlier: str,
        weighing: Weighing,
        k: int,
        allowed: Sequence[str] | None,
        clock: Stopwatch,
    ) -> _Found:
        wanted = max(self._limits.candidates, 2 * k)
        focus, favoured = weighing.focus, weighing.favoured
        named = favoured if focus.used_up else ()
        lexical = self._by_words(focus.asking, wanted, allowed)
        if named:
            for passage, score in self._lexical.passages(focus.asking, self._loaded.vocabulary, wanted, named).items():
                lexical.setdefault(passage, score)
        lexical = shares_of_best(lexical)
        if earlier:
            before = shares_of_best(self._by_words(earlier, wanted, allowed))
            lexical = mixed(lexical, before, self._weights.background)
        clock.mark("lexical")
        identifiers = self._by_identifiers(question)
        clock.mark("identifiers")
        similarity: dict[int, float] = {}
        asking: NDArray[np.float32] | None = None
        asked: NDArray[np.float32] | None = None
        if self._embedder is not None and clock.has_time("dense"):
            asking, asked = self._vectors(question, focus, earlier)
            clock.mark("embed")
            if named:
                asked = self._with_wording_elsewhere(asked, named)
            similarity = self._by_meaning(asked, wanted, favoured, allowed)
            others = [passage for passage in (*lexical, *identifiers) if passage not in similarity]
            if named:
                similarity = self._loaded.table.smoothed_cosines(
                    asked, [*similarity, *others], self._weights.neighbours
                )
            else:
                similarity.update(self._loaded.table.cosines(asked, others))
            clock.mark("dense")
        return _Found(similarity, lexical, identifiers, asking, asked)

    def _by_words(self, question: str, wanted: int, allowed: Sequence[str] | None) -> dict[int, float]:
        if allowed is None or len(allowed) <= self._limits.most_ids:
            return self._lexical.passages(question, self._loaded.vocabulary, wanted, allowed)
        return self._lexical.passages(question, self._loaded.vocabulary, wanted * 10)

    def _by_identifiers(self, question: str) -> dict[int, float]:
        """Passages that hold an identifier of the question: the share of those identifiers that they hold."""
        if self._find_identifiers is None:
            return {}
        sought = {(found.kind, found.normal) for found in self._find_identifiers(question)}
        held: dict[int, int] = {}
        for kind, normal in sorted(sought):
            places = self._case.catalogue.identifiers(kind, normal)
            passages = dict.fromkeys(place.passage_id for place in places if place.passage_id is not None)
            for passage in list(passages)[: self._limits.identifier_passages]:
                held[passage] = held.get(passage, 0) + 1
        return {passage: count / len(sought) for passage, count in held.items()}

    def _vectors(self, question: str, focus: Focus, earlier: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Unit vectors of the asking part alone, and of it with a little of the whole question and of before."""
        assert self._embedder is not None
        parts = {focus.asking: 1.0}
        if focus.asking != question:
            share = self._weights.context_question
            parts = {focus.asking: 1 - share, question: share}
        if earlier:
            parts[earlier] = parts.get(earlier, 0.0) + self._weights.background
        vectors = self._embedder.embed_queries(list(parts))
        summed = np.array(list(parts.values()), dtype=np.float32) @ vectors
        unit: NDArray[np.float32] = (summed / max(float(np.linalg.norm(summed)), 1e-12)).astype(np.float32)
        return vectors[0], unit

    def _with_wording_elsewhere(self, asked: NDArray[np.float32], named: Sequence[str]) -> NDArray[np.float32]:
        """The question's vector moved towards how exhibits that it does not name word what it asks.

        Contracts, mails and reports say the same things in many ways: the other exhibits lead from the words of the
        question to those of the exhibit that it is about.
        """
        elsewhere = self._loaded.table.wording_elsewhere(asked, self._limits.elsewhere, named)
        if elsewhere is None:
            return asked
        summed = asked + self._weights.elsewhere * elsewhere
        unit: NDArray[np.float32] = (summed / max(float(np.linalg.norm(summed)), 1e-12)).astype(np.float32)
        return unit

    def _by_meaning(
        self, asked: NDArray[np.float32], wanted: int, favoured: Sequence[str], allowed: Sequence[str] | None
    ) -> dict[int, float]:
        table = self._loaded.table
        many = allowed is not None and len(allowed) > self._limits.most_ids  # an exact search takes any number
        approximate = None if self._nearest is None or many else self._nearest(asked, wanted, allowed)
        hits = list(table.nearest(asked, wanted, allowed) if approximate is None else approximate)
        for exhibit in favoured:
            hits.extend(table.nearest(asked, wanted, [exhibit]))
        return {hit.passage_id: hit.score for hit in hits}

    def _fuse(
        self,
        question: str,
        weighing: Weighing,
        found: _Found,
        k: int,
        allowed: Sequence[str] | None,
        clock: Stopwatch,
    ) -> tuple[RankedPassage, ...]:
        candidates = sorted({*found.similarity, *found.lexical, *found.identifier})
        passages = self._case.catalogue.passages(candidates)
        exhibits = self._case.catalogue.exhibits_by_id([passage.exhibit_id for passage in passages.values()])
        chosen = None if allowed is None else frozenset(allowed)
        current = {
            number: passage
            for number, passage in passages.items()
            if (exhibit := exhibits.get(passage.exhibit_id)) is not None
            and exhibit.text_sha256 == passage.text_sha256
            and (chosen is None or exhibit.id in chosen)
        }
        evidence = {
            number: Evidence(
                found.similarity.get(number),
                found.lexical.get(number, 0.0),
                weighing.weights.get(passage.exhibit_id, 0.0),
                found.identifier.get(number, 0.0),
            )
            for number, passage in current.items()
        }
        scores = fused(evidence, self._mix(question, weighing.focus))
        clock.mark("fuse")
        if weighing.focus.used_up and clock.has_time("sentences"):
            self._lift_by_sentences(scores, current, found)
            clock.mark("sentences")
        if self._reranker is not None and clock.has_time("rerank"):
            ranks_of_reranker = self._rerank(self._reranker, weighing.focus.asking, scores, current)
            clock.mark("rerank")
        else:
            ranks_of_reranker = {}
        ranks = {
            "dense": ranks_of({n: s for n, s in found.similarity.items() if n in current}),
            "lexical": ranks_of({n: s for n, s in found.lexical.items() if n in current}),
            "identifier": ranks_of({n: s for n, s in found.identifier.items() if n in current}),
            "reranker": ranks_of_reranker,
        }
        order = ranks_of(weighing.weights)
        best = ranked(scores)[:k]
        similarity = {} if found.asking is None else self._loaded.table.cosines(found.asking, best)
        results = []
        for rank, number in enumerate(best, start=1):
            exhibit = exhibits[current[number].exhibit_id]
            own = {name: by_passage[number] for name, by_passage in ranks.items() if number in by_passage}
            if exhibit.id in order:
                own["prior"] = order[exhibit.id]
            results.append(
                RankedPassage(
                    rank,
                    scores[number],
                    MappingProxyType(own),
                    ExhibitRef(exhibit.id, exhibit.name, exhibit.path),
                    current[number],
                    similarity.get(number),
                )
            )
        return tuple(results)

    def _lift_by_sentences(self, scores: dict[int, float], passages: Mapping[int, Passage], found: _Found) -> None:
        """Raise passages near the top that hold a sentence nearer to the question than they are as a whole."""
        if self._embedder is None or found.asked is None:
            return
        top = [number for number in ranked(scores)[: self._limits.by_sentence] if number in found.similarity]
        best = best_sentences({number: passages[number] for number in top}, found.asked, self._embedder)
        for number, cosine in best.items():
            scores[number] += self._weights.best_sentence * max(0.0, cosine - found.similarity[number])

    def _rerank(
        self, reranker: Reranker, asking: str, scores: dict[int, float], passages: Mapping[int, Passage]
    ) -> dict[int, int]:
        """Put the first passages in the reranker's order; they share out their scores anew, the best to its first.

        Returns their ranks by the reranker.
        """
        top = ranked(scores)[: self._limits.reranked]
        texts = [f"{p.context}\n{p.text}" if p.context else p.text for p in (passages[number] for number in top)]
        judged = dict(zip(top, reranker.scores(asking, texts).tolist(), strict=True))
        shared = [scores[number] for number in top]
        order = sorted(top, key=lambda number: -judged[number])
        scores.update(zip(order, shared, strict=True))
        return {number: rank for rank, number in enumerate(order, start=1)}

    def _mix(self, question: str, focus: Focus) -> Mix:
        weights = self._weights
        if focus.used_up:
            return Mix(weights.lexical_named, weights.prior_named, weights.identifier)
        if language_of(question) in (None, *self._languages):
            return Mix(weights.lexical, weights.prior, weights.identifier)
        return Mix(weights.lexical_foreign, weights.prior_foreign, weights.identifier)
