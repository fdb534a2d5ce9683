"""The ask pipeline: question, evidence, engine, verification, answer. Every engine goes through here."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import merge
from itertools import zip_longest

from assistant.citations import Checked, citation_marks, verify
from assistant.conversation import Rewrite, rewrite
from assistant.machine_texts import marked
from assistant.places import locate
from assistant.question_parts import asks_for_several, parts_of, rests_on_several
from assistant.questions import analyse
from assistant.records import (
    Answer,
    Claim,
    Delta,
    Engine,
    EngineEvent,
    EngineRequest,
    ExhibitRef,
    Outcome,
    Progress,
    ProposedClaim,
    ProposedQuote,
    RankedPassage,
    Step,
    Turn,
)
from assistant.refusals import refusal
from assistant.retrieval.filters import Filters, allowed_exhibits
from assistant.retrieval.foreign_search import ForeignSearch
from assistant.retrieval.retriever import Retriever
from assistant.tools.answering_plainly import answered_plainly
from assistant.tools.context import context_for
from assistant.tools.plain_words import PlainCall, PlainHelp, plain_call, typed_command
from assistant.tools.registry import ToolRegistry, built_in_tools
from casefile.case import Case
from casefile.errors import ExhibitNotFoundError
from casefile.locators import LinesLocator, Locator
from casefile.records import Coverage, FailedExhibit
from casefile.settings import AnsweringSettings

Reword = Callable[[str, Sequence[Turn], Rewrite, Callable[[], bool] | None], Rewrite]
"""From a follow-up, the turns before, and what the rules made of it to what is searched for."""
ShowEvidence = Callable[[Sequence[RankedPassage]], None]
ShowDelta = Callable[[str], None]
ShowRewritten = Callable[[str], None]
ShowOutcome = Callable[[Outcome], None]
ShowProgress = Callable[[Progress], None]
ShowStep = Callable[[Step], None]

_LESS_FOR_FOREIGN = 0.15
"""Taken off the score of evidence in another language where one document is enough: it was read word for word."""
_BORNE_OUT = 6
"""Best passages that others are looked for which say the same, where several documents are asked for."""
_ALIKE = 6
"""Passages that are looked at for each of them."""
_LONGEST_COMPARED = 400
"""Characters of a passage that are compared."""
_OF_EACH_LANGUAGE = 8
"""Passages of each language other than the question's, for each question inside it; half as many more for several."""
STOPPED = "The answer was stopped by the person who asked."


@dataclass(frozen=True, slots=True)
class Listeners:
    """Who wants to see an answer while it is made: the evidence first, then the prose as it comes.

    Attributes:
        evidence: gets the passages as soon as they are found.
        delta: gets prose as it is written; not yet checked. Of an engine that writes none it gets each sentence.
        rewritten: gets the question that is searched for, before the search.
        stopped: asked between the engine's steps; True ends the answer with what was written until then.
        outcome: gets how the engine ended, with its confidence, which no answer shows; not called where no engine ran.
        progress: gets the place in line, how much of the prompt was read, and which tool is at work.
        step: gets each tool call when it is over.
    """

    evidence: ShowEvidence | None = None
    delta: ShowDelta | None = None
    rewritten: ShowRewritten | None = None
    stopped: Callable[[], bool] | None = None
    outcome: ShowOutcome | None = None
    progress: ShowProgress | None = None
    step: ShowStep | None = None

    def work(self, event: EngineEvent) -> None:
        """Tell of an event that shows how an engine is getting on."""
        if isinstance(event, Progress) and self.progress is not None:
            self.progress(event)
        elif isinstance(event, Step) and self.step is not None:
            self.step(event)


@dataclass(frozen=True, slots=True)
class _Written:
    """What an engine yielded."""

    proposed: tuple[ProposedClaim, ...]
    outcome: Outcome
    steps: tuple[Step, ...] = ()


class Answering:
    """Answers questions over one case with one engine.

    Args:
        case: the open case.
        retriever: searches it.
        engine: writes.
        settings: how many passages and quotes.
        foreign: searches in other languages.
        tools: what slash commands and plain words reach; None for those that need no model.
        reword: may put a follow-up into a form that stands alone, where the rules leave it as it is.
    """

    def __init__(
        self,
        case: Case,
        retriever: Retriever,
        engine: Engine,
        settings: AnsweringSettings,
        foreign: ForeignSearch | None = None,
        tools: ToolRegistry | None = None,
        reword: Reword | None = None,
    ) -> None:
        self._case = case
        self._retriever = retriever
        self._engine = engine
        self._settings = settings
        self._foreign = foreign
        self._tools = tools or built_in_tools()
        self._reword = reword

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        filters: Filters | None = None,
        listeners: Listeners | None = None,
        standalone: str | None = None,
    ) -> Answer:
        """Answer a question; a follow-up is rewritten into a standalone one first, which the answer shows.

        `standalone` is what a person wrote instead of that rewriting; it is searched for as it stands.
        """
        listeners = listeners or Listeners()
        clock = _Stopwatch()
        self._case.log("consultation", "question asked", {"question": question, "engine": self._engine.info.kind})
        command = typed_command(question, self._case.description.languages)
        plainly = None if command is None else self._by_tool(question, question, command, filters, listeners, clock)
        if plainly is not None:
            return plainly
        before = () if standalone is not None else tuple(history)
        rewritten = rewrite(standalone or question, before, self._case.description.languages)
        if self._reword is not None and before:
            rewritten = self._reword(question, before, rewritten, listeners.stopped)
        standalone = rewritten.question
        if listeners.rewritten is not None:
            listeners.rewritten(standalone)
        clock.lap("rewrite")
        reason = refusal(standalone)
        if reason is not None:
            coverage = self._case.catalogue.coverage()
            refused = _Written((), Outcome("refused", reason))
            return self._finish(question, standalone, refused, Checked((), ()), coverage, clock)
        call = plain_call(standalone, self._case.description.languages)
        plainly = None if call is None else self._by_tool(question, standalone, call, filters, listeners, clock)
        if plainly is not None:
            return plainly
        scope = filters
        if scope is None and rewritten.exhibits:
            scope = Filters(exhibit_ids=rewritten.exhibits)
        found = self._retriever.search(standalone, self._settings.passages, scope, background=rewritten.background)
        evidence = self._with_parts(standalone, found.passages, scope)
        clock.lap("search")
        if listeners.evidence is not None:
            listeners.evidence(evidence)
        asked_of = allowed_exhibits(self._case.catalogue, filters)
        request = EngineRequest(
            standalone,
            evidence,
            self._settings.quotes,
            self._settings.characters,
            asked_of,
            tuple(history),
            listeners.stopped,
        )
        written = self._run_engine(self._engine.answer(request), listeners)
        clock.lap("engine")
        checked = self._verified(written, evidence)
        clock.lap("verify")
        return self._finish(question, standalone, written, checked, found.coverage, clock)

    def _by_tool(
        self,
        question: str,
        standalone: str,
        understood: PlainCall | PlainHelp,
        filters: Filters | None,
        listeners: Listeners,
        clock: "_Stopwatch",
    ) -> Answer | None:
        """What a slash command or plain words ask of a tool; None where that comes to nothing."""
        asked_of = allowed_exhibits(self._case.catalogue, filters)
        language = understood.language if isinstance(understood, PlainCall) else "en"
        context = context_for(self._case, self._retriever, asked_of, language, listeners.stopped)
        plainly = answered_plainly(understood, context, self._tools)
        if plainly is None:
            return None
        if listeners.evidence is not None:
            listeners.evidence(plainly.evidence)
        written = self._run_engine(plainly.events, listeners)
        clock.lap("engine")
        checked = self._verified(written, plainly.evidence)
        clock.lap("verify")
        coverage = self._case.catalogue.coverage(asked_of)
        return self._finish(question, standalone, written, checked, coverage, clock)

    def _verified(self, written: _Written, evidence: Sequence[RankedPassage]) -> Checked:
        return verify(
            written.proposed,
            text_of=self._text_of,
            locate=self._locator(evidence),
            languages=self._case.description.languages,
            region=self._case.description.region,
        )

    def _with_parts(
        self, question: str, whole: tuple[RankedPassage, ...], filters: Filters | None
    ) -> tuple[RankedPassage, ...]:
        """The evidence for a question, and between it that for each question inside it, in turn, each passage once.

        Evidence in other languages than the question's is put in by its score.
        """
        parts = parts_of(question)
        asked = [question, *parts] if len(parts) > 1 else [question]
        share = max(1, self._settings.passages // 2)
        lists = [whole, *(self._retriever.search(part, share, filters).passages for part in asked[1:])]
        turns = [found for turn in zip_longest(*lists) for found in turn if found is not None]
        first = {found.passage.id: found for found in reversed(turns)}
        most = self._settings.passages + (share if len(parts) > 1 else 0)
        ordered = [first[passage] for passage in list(dict.fromkeys(found.passage.id for found in turns))[:most]]
        if asks_for_several(question) and len(parts) == 1:
            ordered.extend(self._saying_the_same(ordered, filters))
        foreign = self._in_other_languages(asked, filters)
        ordered = [found for found in ordered if found.passage.id not in foreign]
        several = rests_on_several(question, analyse(question, self._case.description.languages).kind)
        less = 0.0 if several else _LESS_FOR_FOREIGN
        together = merge(ordered, foreign.values(), key=lambda one: less * (one.passage.id in foreign) - one.score)
        return tuple(replace(found, rank=rank) for rank, found in enumerate(together, start=1))

    def _saying_the_same(self, found: Sequence[RankedPassage], filters: Filters | None) -> list[RankedPassage]:
        """Passages of further exhibits that are about the same as the best ones: what one says another may bear out."""
        known = {one.passage.id for one in found}
        more: list[RankedPassage] = []
        for best in found[:_BORNE_OUT]:
            alike = self._retriever.search(best.passage.text[:_LONGEST_COMPARED], _ALIKE, filters).passages
            others = [one for one in alike if one.exhibit.id != best.exhibit.id and one.passage.id not in known]
            known.update(one.passage.id for one in others)
            more.extend(others)
        return more

    def _in_other_languages(self, asked: Sequence[str], filters: Filters | None) -> dict[int, RankedPassage]:
        """The best passages in other languages by id, best first."""
        if self._foreign is None:
            return {}
        most = _OF_EACH_LANGUAGE + (_OF_EACH_LANGUAGE // 2 if asks_for_several(asked[0]) else 0)
        found = [one for part in asked for one in self._foreign.search(part, most, filters)]
        best: dict[int, RankedPassage] = {}
        for one in sorted(found, key=lambda one: (-one.score, one.passage.id)):
            best.setdefault(one.passage.id, one)
        return best

    def _run_engine(self, events: Iterable[EngineEvent], listeners: Listeners) -> _Written:
        proposed: list[ProposedClaim] = []
        steps: list[Step] = []
        outcome = Outcome("not_found")
        writes = False
        for event in events:
            if listeners.stopped is not None and listeners.stopped():
                ended = Outcome("answered" if proposed else "refused", STOPPED)
                return _Written(tuple(proposed), ended, tuple(steps))
            if isinstance(event, Delta):
                writes = True
                if listeners.delta is not None:
                    listeners.delta(event.text)
            elif isinstance(event, ProposedClaim):
                _propose(proposed, event)
                if listeners.delta is not None and not writes:
                    listeners.delta(f"{event.text}\n")
            elif isinstance(event, Step):
                steps.append(event)
                self._log_step(event)
            elif isinstance(event, Outcome):
                outcome = event
            listeners.work(event)
        if listeners.outcome is not None:
            listeners.outcome(outcome)
        return _Written(tuple(proposed), outcome, tuple(steps))

    def _log_step(self, step: Step) -> None:
        """What a tool was used for stands in the custody log; a call that was refused touched nothing."""
        if step.state in {"done", "asks", "failed"}:
            details = {"tool": step.tool, "arguments": dict(step.arguments), "state": step.state}
            self._case.log("consultation", "tool used", details)

    def _text_of(self, exhibit_id: str, text_sha256: str) -> str | None:
        versions = self._case.catalogue.text_versions(exhibit_id)
        return self._case.catalogue.text(exhibit_id, text_sha256) if text_sha256 in versions else None

    def _locator(self, evidence: Sequence[RankedPassage]) -> Callable[[ProposedQuote], tuple[ExhibitRef, Locator]]:
        """Finds the place of a quote: in the evidence, or anywhere in the exhibit."""
        shown = {found.exhibit.id: found.exhibit for found in evidence}

        def find(quote: ProposedQuote) -> tuple[ExhibitRef, Locator]:
            catalogue = self._case.catalogue
            exhibit = shown.get(quote.exhibit_id)
            if exhibit is None:
                row = catalogue.exhibits_by_id([quote.exhibit_id]).get(quote.exhibit_id)
                exhibit = ExhibitRef(row.id, row.name, row.path) if row else ExhibitRef(quote.exhibit_id, "", "")
            start = max(0, quote.start)
            try:
                passage = catalogue.passage_at(quote.exhibit_id, quote.text_sha256, start)
            except ExhibitNotFoundError:  # made up: it stands nowhere, and verification says so
                return exhibit, LinesLocator(0, 0, start, max(start, quote.end))
            return exhibit, locate(catalogue, passage, start, max(start, quote.end))

        return find

    def _finish(
        self,
        question: str,
        standalone: str,
        written: _Written,
        checked: Checked,
        coverage: Coverage,
        clock: "_Stopwatch",
    ) -> Answer:
        outcome = written.outcome
        reason = outcome.reason
        if outcome.status == "not_found":
            reason = f"{reason} {searched(coverage)}".strip()
        answer = Answer(
            question,
            standalone,
            outcome.status,
            reason,
            shown_text(checked.claims) or reason,
            checked.claims,
            marked(self._case, checked.citations),
            outcome.written_by or self._engine.info,
            coverage,
            clock.timings(),
            written.steps,
            outcome.passages,
        )
        self._case.log(
            "consultation",
            "answer shown",
            {
                "status": answer.status,
                "cited": sorted({citation.exhibit.id for citation in answer.citations}),
                "unsupported": sum(not claim.supported for claim in answer.claims),
            },
        )
        return answer


def _propose(proposed: list[ProposedClaim], claim: ProposedClaim) -> None:
    """Add a claim, or put it in the place of the one that it stands for."""
    if claim.instead_of:
        for place, before in enumerate(proposed):
            if before.text == claim.instead_of and not before.instead_of:
                proposed[place] = claim
                return
    proposed.append(claim)


def shown_text(claims: Sequence[Claim]) -> str:
    """The sentences with their marks; one that is not supported says so."""
    sentences = []
    for claim in claims:
        mark = citation_marks(claim.citations)
        sentence = f"{claim.text} {mark}" if mark else claim.text
        sentences.append(sentence if claim.supported else f"{sentence} (unsupported: {claim.unsupported_because})")
    return "\n".join(sentences)


def searched(coverage: Coverage) -> str:
    """What was searched, for an answer that found nothing. It never says that something did not happen."""
    says = f"{coverage.searched} of {coverage.exhibits} exhibits were searched"
    if coverage.pending:
        says += f"; {coverage.pending} are not yet indexed by meaning"
    unread = [failed for failed in coverage.failed if failed.status in {"failed", "skipped"}]
    if unread:
        says += f"; {len(unread)} have no text that could be searched ({_reasons(unread)})"
    partial = len(coverage.failed) - len(unread)
    if partial:
        says += f"; {partial} could be read in part only"
    return f"{says}."


def _reasons(failed: Sequence[FailedExhibit]) -> str:
    names = [exhibit.name for exhibit in failed[:3]]
    more = f" and {len(failed) - 3} more" if len(failed) > len(names) else ""
    return ", ".join(names) + more


class _Stopwatch:
    """Milliseconds by step, and in total."""

    def __init__(self) -> None:
        self._begin = self._last = time.perf_counter()
        self._laps: dict[str, float] = {}

    def lap(self, name: str) -> None:
        """The step that ends now."""
        now = time.perf_counter()
        self._laps[name] = (now - self._last) * 1000
        self._last = now

    def timings(self) -> Mapping[str, float]:
        """All steps so far."""
        return {**self._laps, "total": (time.perf_counter() - self._begin) * 1000}
