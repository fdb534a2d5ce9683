"""The engine that lets a language model write, and lets code decide what of it stands.

What no engine decides for itself (refusals, counts, sums, lists of mentions) is answered before a model is asked. The
model gets passages cut to a budget of seconds, may use tools that read, and each of its sentences is proposed with the
quote that code found for it in the passages it cites, or as unsupported. One repair round may put a quote in the place
of an unsupported sentence. A model that fails costs nobody the answer: quotes are then chosen by the built-in engine.
"""

import json
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, replace

from assistant.answering import STOPPED
from assistant.chat_models.port import ChatModel, ChatRequest, Message, SystemMessage, UserMessage
from assistant.engines.extractive import ExtractiveEngine
from assistant.engines.phrases import phrase
from assistant.engines.writing.context import (
    Given,
    choose,
    cleaned,
    fence_for,
    messages_of,
    quoted_passages,
    room_for_evidence,
)
from assistant.engines.writing.drafting import Draft
from assistant.engines.writing.marks import SentenceReader, without_controls
from assistant.engines.writing.repairing import repair
from assistant.prompting import load, together_sha256
from assistant.questions import QuestionAnalysis, analyse
from assistant.records import (
    Delta,
    EngineEvent,
    EngineInfo,
    EngineRequest,
    Outcome,
)
from assistant.sentence_ranking import Candidate
from assistant.tools.loop import RESULT_TOKENS, RunEvent, ToolRun, run_tools
from assistant.tools.records import ToolContext
from assistant.tools.registry import ToolRegistry
from casefile.errors import ModelError, PromptTooLongError
from casefile.settings import ModelSettings

MakeContext = Callable[[EngineRequest, QuestionAnalysis], ToolContext]
"""Gives what the tools of one question may touch."""

_PROMPTS = ("system", "answer", "repair_system", "repair")
_CHARACTERS_OF_A_TOKEN = 12
"""More than that a token of prose never has; a model that writes on regardless is ended there."""
_LONGEST_QUESTION = 4_000
"""Characters of a question that a model is shown: as many as are searched for."""
_SPARE_TOKENS = 64
"""Of the context, for the control tokens between messages."""
_SHARE_FOR_RESULTS = 1 / 3
"""Of the context that is left, at most, that is kept free for what tools give back."""


class WritingEngine:
    """Writes with a language model. Implements `assistant.records.Engine`.

    Args:
        model: writes.
        built_in: answers what code answers, ranks the evidence, and stands in for a model that fails.
        settings: of the model.
        tools: what the model may call.
        make_context: gives what the tools may touch.
        languages: of the case (ISO 639-1).
        region: of the case (ISO 3166 alpha-2), for telephone numbers.
    """

    def __init__(
        self,
        model: ChatModel,
        built_in: ExtractiveEngine,
        settings: ModelSettings,
        tools: ToolRegistry,
        make_context: MakeContext,
        *,
        languages: Sequence[str] = (),
        region: str | None = None,
    ) -> None:
        self._model = model
        self._built_in = built_in
        self._settings = settings
        self._tools = tools
        self._make_context = make_context
        self._languages = tuple(languages)
        self._region = region

    @property
    def info(self) -> EngineInfo:
        """That of the model; that of the built-in engine as long as the model cannot be had."""
        try:
            info = self._model.info
        except ModelError:
            return self._built_in.info
        prompts = together_sha256(load(name) for name in _PROMPTS)
        return EngineInfo(info.kind, info.name, info.sha256, prompts, info.seed, info.temperature)

    def answer(self, request: EngineRequest) -> Iterator[EngineEvent]:
        """Yield prose as it is written, its sentences with their quotes, and last the outcome."""
        by_code = self._built_in.by_code(request)
        if by_code:
            yield from (self._by_built_in(event) for event in by_code)
            return
        analysis = analyse(request.question, self._languages)
        candidates = self._built_in.ranked(request.question, request.evidence)
        if not candidates:
            not_found = Outcome("not_found", phrase("not_found", analysis.language), 0.0)
            yield self._by_built_in(not_found)
            return
        draft = Draft(analysis, self._languages, self._region)
        try:
            yield from self._write(request, analysis, candidates, draft)
        except ModelError as error:
            yield from self._stand_in(request, draft, f"{phrase('model_failed', analysis.language)} {error}")

    def _by_built_in(self, event: EngineEvent) -> EngineEvent:
        return replace(event, written_by=self._built_in.info) if isinstance(event, Outcome) else event

    def _stand_in(self, request: EngineRequest, draft: Draft, because: str) -> Iterator[EngineEvent]:
        """Quotes in the place of prose that did not come; sentences of the model that were borne out stay."""
        for event in self._built_in.answer(request):
            if not isinstance(event, Outcome):
                yield event
            elif draft.supported:
                yield Outcome("answered", because, passages=draft.passages)
            else:
                reason = f"{because} {event.reason}".strip()
                yield replace(event, reason=reason, written_by=self._built_in.info)

    def _write(
        self, request: EngineRequest, analysis: QuestionAnalysis, candidates: Sequence[Candidate], draft: Draft
    ) -> Iterator[EngineEvent]:
        history = messages_of(request.history)
        given, room = self._given(request, candidates, history)
        draft.give(given)
        messages = (SystemMessage(load("system").fill()), *history, _asked(request.question, given))
        yield from self._listen(request, analysis, messages, draft)
        stopped = _is_stopped(request)
        if draft.silent and not stopped:
            yield from self._stand_in(request, draft, phrase("model_silent", analysis.language))
            return
        if draft.unsupported and not stopped:
            for claim in repair(draft.unsupported, draft.sources, self._model, room, request.stopped):
                draft.repaired(claim)
                yield claim
        outcome = draft.outcome()
        yield replace(outcome, reason=STOPPED) if stopped else outcome

    def _given(
        self, request: EngineRequest, candidates: Sequence[Candidate], history: Sequence[Message]
    ) -> tuple[tuple[Given, ...], int]:
        """The passages, and the tokens that could be read for them.

        Raises:
            PromptTooLongError: not one sentence fits.
        """
        model, settings = self._model, self._settings
        specs = [asdict(spec) for spec in self._tools.specs()] if self._most_calls else []
        before = [getattr(message, "text", "") for message in history]
        question = load("answer").fill(passages="", question=_shown_question(request.question))
        counted = model.count_tokens([load("system").text, json.dumps(specs), question, *before])
        context = model.info.context_tokens
        left = context - sum(counted) - settings.answer_tokens - _SPARE_TOKENS
        left -= min(self._most_calls * RESULT_TOKENS, int(left * _SHARE_FOR_RESULTS))
        unread = counted[2] + sum(counted[-1:] if before else ())
        room = room_for_evidence(model.reading_speed(), settings.first_word_seconds, unread, left)
        given = choose(candidates, room, model.count_tokens) or choose(candidates[:1], left, model.count_tokens)
        if not given:
            raise PromptTooLongError(
                f"Its context of {context} tokens has no room for the evidence beside this question. Ask a shorter "
                "question, or set [model] context_tokens higher."
            )
        return given, room

    @property
    def _most_calls(self) -> int:
        return self._settings.tool_calls if self._tools.names else 0

    def _listen(
        self, request: EngineRequest, analysis: QuestionAnalysis, messages: Sequence[Message], draft: Draft
    ) -> Iterator[EngineEvent]:
        """Let the model write, with tools, and propose its sentences as they are complete."""
        reader = SentenceReader()
        most = self._settings.answer_tokens * _CHARACTERS_OF_A_TOKEN
        written = 0
        with closing(self._events(request, analysis, messages, draft)) as events:
            for event in events:
                if isinstance(event, ToolRun):
                    draft.found_by_tools(event.passages, event.claims)
                    draft.cut_off = event.reason == "length"
                elif isinstance(event, Delta):
                    text = without_controls(event.text)[: most - written]
                    written += len(text)
                    yield Delta(text)
                    for sentence in reader.feed(text):
                        yield from draft.take(sentence)
                    if written >= most:
                        draft.cut_off = True
                        break
                else:
                    yield event
        for sentence in reader.close(cut_off=draft.cut_off or _is_stopped(request)):
            yield from draft.take(sentence)
        yield from draft.finish()

    def _events(
        self, request: EngineRequest, analysis: QuestionAnalysis, messages: Sequence[Message], draft: Draft
    ) -> Generator[RunEvent, None, None]:
        chat = ChatRequest(tuple(messages), most_tokens=self._settings.answer_tokens)
        yield from run_tools(
            self._model,
            chat,
            self._tools,
            self._make_context(request, analysis),
            most_calls=self._most_calls,
            number_from=draft.next_number,
            shown=draft.numbers,
            stopped=request.stopped,
        )


def _is_stopped(request: EngineRequest) -> bool:
    return request.stopped is not None and request.stopped()


def _shown_question(question: str) -> str:
    return cleaned(question[:_LONGEST_QUESTION])


def _asked(question: str, given: Sequence[Given]) -> UserMessage:
    """The question with the passages, which come before it."""
    shown = _shown_question(question)
    fence = fence_for([shown, *(one.text for one in given)])
    return UserMessage(load("answer").fill(passages=quoted_passages(given, fence), question=shown))
