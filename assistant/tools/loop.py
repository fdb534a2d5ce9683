"""A model with tools: a bounded loop in which the model proposes and code decides.

Reading tools are run; a tool that writes never is, its call becomes a step that asks a person. What a model gets wrong
(no such tool, arguments that do not fit, something the tool refuses) it is told once; whatever else a tool raises ends
the request. What tools give back is data: JSON in a tool message, numbered on from the evidence, cut to a budget.
"""

import json
import re
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace

from assistant.chat_models.port import (
    AssistantMessage,
    CallWritten,
    ChatEvent,
    ChatModel,
    ChatRequest,
    Ended,
    EndReason,
    MalformedCall,
    Message,
    Reading,
    Stopped,
    TextPiece,
    ToolCall,
    ToolChoice,
    ToolMessage,
    Usage,
    Waiting,
)
from assistant.records import Delta, Progress, Step
from assistant.tools.arguments import canonical, checked
from assistant.tools.records import Arguments, Tool, ToolContext, ToolRefusedError
from assistant.tools.registry import ToolRegistry
from assistant.tools.results import NumberedClaim, NumberedPassage, told_error, told_result
from casefile.errors import CaseclerkError

RESULT_TOKENS = 600
"""Tokens of one tool's result, unless told otherwise."""
ASKS = "A person has to say yes first; nothing was done."
TOO_MANY = "The model asked for more tool calls than one question may have."
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_-]")
_MALFORMED = ToolCall("malformed", "malformed", "{}")
"""Stands in the history for what was no call. Ids have nine letters or digits, as Mistral's templates want them."""


@dataclass(frozen=True, slots=True)
class ToolRun:
    """How it ended; always the last thing yielded.

    Attributes:
        text: all prose, word for word as it was streamed.
        passages: what tools found and the model was given, by number; passages of the evidence are not among them.
        claims: sentences that code computed, by number.
        steps: every call and what became of it.
        reason: of the last turn of the model.
        usage: of all turns together.
        messages: the whole conversation, the model's last answer included, to go on from.
    """

    text: str
    passages: tuple[NumberedPassage, ...]
    claims: tuple[NumberedClaim, ...]
    steps: tuple[Step, ...]
    reason: EndReason
    usage: Usage
    messages: tuple[Message, ...]


RunEvent = Delta | Progress | Step | ToolRun


def run_tools(
    model: ChatModel,
    request: ChatRequest,
    tools: ToolRegistry,
    context: ToolContext,
    *,
    most_calls: int,
    number_from: int = 1,
    shown: Mapping[int, int] | None = None,
    result_tokens: int = RESULT_TOKENS,
    stopped: Stopped | None = None,
) -> Iterator[RunEvent]:
    """Let a model answer, with tools at hand.

    Args:
        model: writes.
        request: the conversation so far, with its limits and sampler; its `tools` and `tool_choice` are not looked at.
        tools: what may be called.
        context: what they may touch.
        most_calls: run, refused and asked about together; 0 gives the model no tools.
        number_from: the first number for a citable passage or claim: one more than the last of the evidence.
        shown: numbers of the passages that the model has been given, by passage id.
        result_tokens: most tokens of one tool's result.
        stopped: asked between the steps of the model, and before a tool is run.

    Raises:
        ModelError: as the model does.
        CaseclerkError: as a tool does; a `Step` in state `failed` comes first.
    """
    yield from _Loop(model, request, tools, context, most_calls, number_from, shown, result_tokens, stopped).run()


@dataclass(slots=True)
class _Turn:
    """One turn of the model, while it comes."""

    text: str = ""
    calls: list[ToolCall] = field(default_factory=list)
    malformed: str = ""
    reason: EndReason = "stop"

    @property
    def wants(self) -> int:
        """How many calls it wants."""
        return len(self.calls) + bool(self.malformed)


class _Loop:
    def __init__(
        self,
        model: ChatModel,
        request: ChatRequest,
        tools: ToolRegistry,
        context: ToolContext,
        most_calls: int,
        number_from: int,
        shown: Mapping[int, int] | None,
        result_tokens: int,
        stopped: Stopped | None,
    ) -> None:
        self._model = model
        self._request = replace(request, tools=tools.specs() if most_calls else (), tool_choice="auto")
        self._tools = tools
        self._context = replace(context, stopped=stopped)
        self._left = most_calls
        self._free = number_from
        self._shown = dict(shown or {})
        self._result_tokens = result_tokens
        self._stopped = stopped
        self._messages: list[Message] = list(request.messages)
        self._told: dict[tuple[str, str], str] = {}
        self._errors: set[tuple[str, str]] = set()
        self._texts: list[str] = []
        self._passages: list[NumberedPassage] = []
        self._claims: list[NumberedClaim] = []
        self._steps: list[Step] = []
        self._usage = Usage(0, 0, 0, 0.0, 0.0)

    def run(self) -> Iterator[RunEvent]:
        """Turn by turn; each one that calls uses up a call, so that it ends."""
        while True:
            may_call = self._left > 0
            turn = _Turn()
            yield from self._turn(turn, may_call=may_call)
            over = turn.reason == "stopped" or not turn.wants
            if turn.wants and not may_call:
                yield self._step(Step("", {}, "refused", TOO_MANY))
            if over or not may_call:
                break
            yield from self._calls(turn)
            if self._is_stopped():
                turn.reason = "stopped"
                break
        if turn.text and not (turn.wants and may_call):
            self._messages.append(AssistantMessage(turn.text))
        yield ToolRun(
            "".join(self._texts),
            tuple(self._passages),
            tuple(self._claims),
            tuple(self._steps),
            turn.reason,
            self._usage,
            tuple(self._messages),
        )

    def _turn(self, turn: _Turn, *, may_call: bool) -> Iterator[RunEvent]:
        choice: ToolChoice = "auto" if may_call or not self._request.tools else "none"
        request = replace(self._request, messages=tuple(self._messages), tool_choice=choice)
        if self._texts:
            self._texts.append("\n")
            yield Delta("\n")
        for event in self._model.chat(request, self._stopped):
            yield from self._hear(event, turn)
        if turn.text:
            self._texts.append(turn.text)

    def _hear(self, event: ChatEvent, turn: _Turn) -> Iterator[RunEvent]:
        match event:
            case TextPiece(text):
                turn.text += text
                yield Delta(text)
            case CallWritten(call):
                turn.calls.append(call)
            case MalformedCall(_, because):
                turn.malformed = because
            case Waiting(place):
                yield Progress("waiting", place)
            case Reading(done, total):
                yield Progress("reading", done, total)
            case Ended(reason, usage):
                turn.reason = reason
                self._usage = _sum(self._usage, usage)

    def _calls(self, turn: _Turn) -> Iterator[RunEvent]:
        """Answer the calls of a turn, as many as may still be made, and add both to the conversation."""
        calls: list[ToolCall] = []
        answers: list[ToolMessage] = []
        too_many = len(turn.calls) > self._left
        for call in turn.calls[: self._left]:
            if self._is_stopped():
                break
            # What did not pass the check does not go back to the model: it may be long, and it may be anything.
            clean = ToolCall(call.id, _NOT_IN_A_NAME.sub("_", call.name)[:64] or "_", "{}")
            arguments, text = yield from self._answer(clean, call.arguments)
            calls.append(replace(clean, arguments=arguments))
            answers.append(ToolMessage(call.id, clean.name, text))
        if turn.malformed and not calls:
            says = f"That was no valid call: {turn.malformed[:200]}."
            text = yield from self._refuse(_MALFORMED.name, says)
            calls, answers = [_MALFORMED], [ToolMessage(_MALFORMED.id, _MALFORMED.name, text)]
        if too_many:
            yield self._step(Step("", {}, "refused", TOO_MANY))
        self._left = max(0, self._left - len(calls))
        self._messages += [AssistantMessage(turn.text, tuple(calls)), *answers]

    def _answer(self, call: ToolCall, raw: str) -> Generator[RunEvent, None, tuple[str, str]]:
        """One call: what its checked arguments are, as JSON, and what the model is told."""
        tool = self._tools.find(call.name)
        if tool is None:
            return "{}", (yield from self._refuse(call.name, f"There is no such tool. {self._there_are()}"))
        try:
            arguments = checked(tool, raw)
        except ToolRefusedError as error:
            return "{}", (yield from self._refuse(tool.name, str(error)))
        written = canonical(arguments)
        known = self._told.get((tool.name, written))
        if known is None:
            known = yield from self._carry_out(tool, arguments)
            self._told[tool.name, written] = known
        return written, known

    def _carry_out(self, tool: Tool, arguments: Arguments) -> Generator[RunEvent, None, str]:
        given = arguments.model_dump(mode="json")
        if tool.effect != "reads":
            yield self._step(Step(tool.name, given, "asks", ASKS))
            return json.dumps({"asked": ASKS})
        yield Progress("tool", 0, 0, tool.name)
        try:
            outcome = tool.run(arguments, self._context)
        except ToolRefusedError as error:
            return (yield from self._refuse(tool.name, str(error), given))
        except CaseclerkError:
            yield self._step(Step(tool.name, given, "failed", "The tool failed, and the request with it."))
            raise
        told = told_result(outcome, self._model, self._result_tokens, self._free, self._shown)
        new = [one for one in told.passages if one.found.passage.id not in self._shown]
        self._shown.update((one.found.passage.id, one.n) for one in new)
        self._passages += new
        self._claims += told.claims
        self._free = max([self._free - 1, *(one.n for one in new), *(one.n for one in told.claims)]) + 1
        yield self._step(Step(tool.name, given, "done", outcome.says))
        return told.text

    def _refuse(
        self, name: str, says: str, arguments: Mapping[str, object] | None = None
    ) -> Generator[RunEvent, None, str]:
        """Tell the model; one that makes the same mistake again gets no further call."""
        if (name, says) in self._errors:
            self._left = 0
        self._errors.add((name, says))
        yield self._step(Step(name, arguments or {}, "refused", says))
        return told_error(says)

    def _there_are(self) -> str:
        return f"There are: {', '.join(self._tools.names)}."

    def _step(self, step: Step) -> Step:
        self._steps.append(step)
        return step

    def _is_stopped(self) -> bool:
        return self._stopped is not None and self._stopped()


def _sum(one: Usage, other: Usage) -> Usage:
    return Usage(
        one.prompt_tokens + other.prompt_tokens,
        one.kept_tokens + other.kept_tokens,
        one.written_tokens + other.written_tokens,
        one.read_ms + other.read_ms,
        one.write_ms + other.write_ms,
    )
