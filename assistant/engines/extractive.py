"""The built-in engine: an answer made of quotes, chosen by rule and by embedding, without a language model.

What it does, in order: refuse what no engine answers; compute what is to be computed; rank the sentences of the
evidence; say `not_found` when a calibrated estimate says that none answers; ask back when a name belongs to two
people; say so when the evidence contradicts what the question takes for granted; else quote, the short value first.
The same question over the same evidence always gives the same answer.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace

from assistant.asked_thing import Knows
from assistant.case_facts_port import CaseFacts, NarrowedFacts
from assistant.engines.answer_model import BUILT_IN, AnswerModel
from assistant.engines.answerability import answerability
from assistant.engines.bridging import bridges
from assistant.engines.case_gate import CaseGate
from assistant.engines.computing import compute_answer
from assistant.engines.following import follow
from assistant.engines.part_ranking import RankedPart, Remembering, answered_part, naming_first, rank_parts, together
from assistant.engines.phrases import phrase
from assistant.engines.quote_choice import SAME_EXHIBIT, Stretch, choose, weight_of_exhibits
from assistant.engines.short_values import short_value
from assistant.engines.word_for_word import WordForWord
from assistant.engines.worth_quoting import worth_quoting
from assistant.premises import contradiction, same_name_twice, unknown_subject
from assistant.question_parts import asks_for_several, rests_on_several
from assistant.questions import QuestionAnalysis, analyse
from assistant.records import (
    EngineEvent,
    EngineInfo,
    EngineRequest,
    Outcome,
    ProposedClaim,
    ProposedQuote,
    RankedPassage,
)
from assistant.refusals import refusal
from assistant.retrieval.foreign_terms import built_in
from assistant.sentence_ranking import Candidate, Embed, Split, rank_sentences
from casefile.records import Passage
from ingest.sentences import sentences

_EXHAUSTIVE_QUOTES = 50
_EXHAUSTIVE_CHARACTERS = 10_000
_SEVERAL_QUOTES = 8
_SEVERAL_CHARACTERS = 1_800
_ONE_EACH = 4.0
"""How much better a second quote of an exhibit must be than the first of another there: as much as may be quoted."""
_NAMED = 1.5
"""What a sentence gets there that names all that the question names, in units of a sentence's score."""
_BRIDGES = 4
_FOLLOWED_QUOTES = 4
_LONGEST_OF_SEVERAL = 300
"""Characters of sentences joined to one quote where several documents are asked for: one must not crowd out others."""


class ExtractiveEngine:
    """Quotes the sentences that answer. Implements `assistant.records.Engine`.

    Args:
        embed: unit vectors of texts; None leaves words and types only.
        facts: typed rows and identifiers of the whole case, for counts, sums and lists; None computes nothing.
        languages: of the case (ISO 639-1).
        region: of the case (ISO 3166 alpha-2), for telephone numbers.
        split: the sentence splitter.
        model: weights and thresholds; replaced by tests and by calibration only.
        knows: which words stand in the case; without it the gate stays open.
        gate: the second opinion on whether the case holds an answer.
    """

    def __init__(
        self,
        embed: Embed | None,
        facts: CaseFacts | None = None,
        *,
        languages: Sequence[str] = (),
        region: str | None = None,
        split: Split = sentences,
        model: AnswerModel = BUILT_IN,
        knows: Knows | None = None,
        gate: CaseGate | None = None,
    ) -> None:
        self._facts = facts
        self._split = split
        self._embed = embed
        self._languages = tuple(languages)
        self._region = region
        self._model = model
        self._knows = knows
        self._gate = gate or CaseGate()
        rules = json.dumps([asdict(model), asdict(self._gate)], sort_keys=True).encode()
        self.info = EngineInfo(
            kind="extractive",
            model="built-in",
            sha256=hashlib.sha256(rules).hexdigest(),
            prompt_sha256="",
            seed=0,
            temperature=0.0,
        )

    def answer(self, request: EngineRequest) -> Iterator[EngineEvent]:
        """Yield the claims of an answer, and last its outcome."""
        by_code = self.by_code(request)
        if by_code:
            yield from by_code
            return
        analysis = analyse(request.question, self._languages)
        facts = self._facts_for(request)
        ranking = self._ranking(request.evidence, analysis)
        read = ranking.read(analysis)
        candidates = ranking.originals(read)
        if not candidates:
            yield Outcome("not_found", phrase("not_found", analysis.language), 0.0)
            return
        judged = ranking.own_language(read) or read
        telling = [worth_quoting(analysis, one, self._model.margin / 2) for one in (judged, read)]
        found = answerability(analysis, judged, telling, self._model, self._gate, self._embed, self._knows)
        contradicting = contradiction(analysis, candidates)
        if contradicting is not None:
            yield _claim(analysis, _alone(contradicting), request.characters, phrase("otherwise", analysis.language))
            yield Outcome("answered", confidence=found.confidence)
            return
        unknown = unknown_subject(analysis, request.evidence, self._region)
        if unknown is not None:
            yield Outcome("not_found", phrase("unknown", analysis.language, name=unknown), 0.0)
            return
        if not found.answers:
            yield Outcome("not_found", phrase("not_found", analysis.language), found.confidence)
            return
        parts = rank_parts(analysis, candidates, ranking.rank, self._model.margin / 2)
        for event in self._answer_from(analysis, candidates, parts, request, facts, ranking):
            yield replace(event, confidence=found.confidence) if isinstance(event, Outcome) else event

    def by_code(self, request: EngineRequest) -> tuple[EngineEvent, ...]:
        """What no engine decides for itself: refusals, and what is computed. Empty where neither applies."""
        reason = refusal(request.question, self._languages)
        if reason is not None:
            return (Outcome("refused", reason),)
        facts = self._facts_for(request)
        analysis = analyse(request.question, self._languages)
        computed = compute_answer(analysis, facts) if facts is not None else ()
        return (*computed, Outcome("answered", confidence=1.0)) if computed else ()

    def ranked(self, question: str, evidence: Sequence[RankedPassage]) -> tuple[Candidate, ...]:
        """The sentences of the evidence as they stand, those that answer best first."""
        analysis = analyse(question, self._languages)
        return self._ranking(evidence, analysis).rank(analysis)

    def _facts_for(self, request: EngineRequest) -> CaseFacts | None:
        if self._facts is None or request.exhibit_ids is None:
            return self._facts
        return NarrowedFacts(self._facts, request.exhibit_ids)

    def _ranking(self, evidence: Sequence[RankedPassage], analysis: QuestionAnalysis) -> "_Ranking":
        embed = Remembering(self._embed) if self._embed is not None else None
        words = WordForWord(evidence, self._split, analysis.language, self._languages, built_in())
        return _Ranking(words, embed, self._model.weights)

    def _answer_from(
        self,
        analysis: QuestionAnalysis,
        candidates: Sequence[Candidate],
        parts: Sequence[RankedPart],
        request: EngineRequest,
        facts: CaseFacts | None,
        ranking: "_Ranking",
    ) -> Iterator[EngineEvent]:
        twice = same_name_twice(analysis, candidates)
        if twice is not None:
            for found in twice.mentions:
                yield _claim(analysis, _alone(found), request.characters, first=False)
            yield Outcome("unclear", phrase("which_one", analysis.language, name=twice.name))
            return
        led: set[int] = set()
        chosen = self._chosen(analysis, parts, request)
        followed: tuple[ProposedQuote, ...] = ()
        weighs = asks_for_several(analysis.question) and not analysis.exhaustive
        if facts is not None and weighs and len(parts) == 1:
            chosen = _each_once([*chosen[:1], *self._tied(analysis, ranking, facts), *chosen[1:]])
            cited = {stretch.best.source.exhibit.id for stretch in chosen[: _SEVERAL_QUOTES - _FOLLOWED_QUOTES]}
            followed = follow(analysis, candidates, facts, cited, _FOLLOWED_QUOTES)
            chosen = chosen[: _SEVERAL_QUOTES - len(followed)]
        for stretch in chosen:
            part = answered_part(parts, stretch.best)
            asked = parts[part].analysis if part >= 0 else analysis
            yield _claim(asked, stretch, request.characters, first=part >= 0 and part not in led)
            led.add(part)
        for quote in followed:
            yield ProposedClaim(_quoted(quote.quote), (quote,))
        yield Outcome("answered")

    def _tied(self, analysis: QuestionAnalysis, ranking: "_Ranking", facts: CaseFacts) -> list[Stretch]:
        """The sentences that tie the two things together which the question names."""
        if ranking.embed is None:
            return []
        read = ranking.read(analysis)
        found = bridges(analysis, read, facts, ranking.embed, _BRIDGES)
        positions = [position for bridge in found for position in (bridge.one, bridge.other)]
        return [_alone(ranking.words.original(read[position])) for position in positions]

    def _chosen(
        self, analysis: QuestionAnalysis, parts: Sequence[RankedPart], request: EngineRequest
    ) -> Sequence[Stretch]:
        quotes, characters = request.quotes, request.characters
        if analysis.exhaustive:
            quotes, characters = max(quotes, _EXHAUSTIVE_QUOTES), max(characters, _EXHAUSTIVE_CHARACTERS)
        longest, same_exhibit = None, SAME_EXHIBIT
        if not analysis.exhaustive and rests_on_several(analysis.question, analysis.kind):
            quotes, characters = max(quotes, _SEVERAL_QUOTES), max(characters, _SEVERAL_CHARACTERS)
            longest = _LONGEST_OF_SEVERAL
            same_exhibit = _ONE_EACH
        candidates = together(parts)
        if longest is not None:
            candidates = naming_first(candidates, _NAMED)
        floor = candidates[0].score - self._model.margin
        favoured = weight_of_exhibits(request.evidence)
        kept = [c for c in candidates if c.score + favoured.get(c.source.exhibit.id, 0.0) >= floor]
        return choose(kept, quotes, characters, self._model.sameness, longest, favoured, same_exhibit)


@dataclass(frozen=True, slots=True)
class _Ranking:
    """Ranks the evidence for a question, or a part of one; embeds each sentence once."""

    words: WordForWord
    embed: Embed | None
    weights: tuple[float, ...]

    def read(self, analysis: QuestionAnalysis) -> tuple[Candidate, ...]:
        """The sentences, best first, in the words of the question's language."""
        return rank_sentences(
            analysis, self.words.evidence, split=self.words.split, embed=self.embed, weights=self.weights
        )

    def own_language(self, read: Sequence[Candidate]) -> tuple[Candidate, ...]:
        """Of the sentences those that stand in the question's language."""
        return tuple(candidate for candidate in read if not self.words.is_foreign(candidate))

    def originals(self, read: Sequence[Candidate]) -> tuple[Candidate, ...]:
        """The same sentences as they stand."""
        return tuple(sorted((self.words.original(candidate) for candidate in read), key=lambda c: -c.score))

    def rank(self, analysis: QuestionAnalysis) -> tuple[Candidate, ...]:
        """The sentences as they stand, best first."""
        return self.originals(self.read(analysis))


def _each_once(stretches: Sequence[Stretch]) -> list[Stretch]:
    """The first of each exhibit after the very best one, which stays first, in order."""
    first: dict[str, Stretch] = {}
    for stretch in stretches[1:]:
        first.setdefault(stretch.best.source.exhibit.id, stretch)
    best = stretches[0]
    place = (best.best.source.exhibit.id, best.start)
    return [best, *(one for one in first.values() if (one.best.source.exhibit.id, one.start) != place)]


def _alone(candidate: Candidate) -> Stretch:
    return Stretch(candidate, candidate.start, candidate.end)


def _claim(
    analysis: QuestionAnalysis, stretch: Stretch, longest: int, lead: str = "", *, first: bool = True
) -> ProposedClaim:
    quote = _quote(stretch, longest)
    shown = shown_quote(stretch.best.source.passage, quote.quote)
    value = short_value(analysis, stretch.best, quote.quote) if first else ""
    text = f"{value} \u2014 {shown}" if value else shown
    return ProposedClaim(f"{lead} {text}" if lead else text, (quote,))


def _quoted(text: str) -> str:
    return f"\u201c{' '.join(text.split())}\u201d"


def _quote(stretch: Stretch, longest: int) -> ProposedQuote:
    """The quote of a stretch, cut at a blank where it is longer than the whole budget."""
    passage = stretch.best.source.passage
    text = stretch.text
    if len(text) > longest and not stretch.best.row:
        cut = text.rfind(" ", 0, longest)
        text = text[: cut if cut > longest // 2 else longest].rstrip()
    return ProposedQuote(passage.exhibit_id, passage.text_sha256, stretch.start, stretch.start + len(text), text)


def shown_quote(passage: Passage, quote: str) -> str:
    """A quote as a sentence of an answer: in quotation marks, a row as `column: value` pairs."""
    return cells_with_names(passage, quote) if passage.locator.kind == "cells" else _quoted(quote)


def cells_with_names(passage: Passage, row: str) -> str:
    """A row as `column: value` pairs; the columns of a row are joined by tabs in the text."""
    locator = passage.locator
    header = locator.header if locator.kind == "cells" else ()
    values = row.split("\t")
    if len(header) < len(values):
        return _quoted(row)
    pairs = [(" ".join(name.split()), " ".join(value.split())) for name, value in zip(header, values, strict=False)]
    return "; ".join(f"{name}: {value}" if name else value for name, value in pairs if value)
