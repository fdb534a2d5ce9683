"""What an OpenAI-compatible server answers: chunks of a chat completion become the events of the port.

Only text, calls, the reason for the end and the usage are looked at. A role that a chunk names is not: whatever a
server writes is the model's answer.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.chat_models.port import (
    CallWritten,
    ChatEvent,
    Ended,
    EndReason,
    MalformedCall,
    Reading,
    TextPiece,
    ToolCall,
    Usage,
)
from assistant.chat_models.server_wire import call_id
from casefile.errors import ModelCrashedError, ModelError, ModelRequestError, PromptTooLongError

MOST_CALLS = 32
"""Calls in one turn."""
FEWEST_READ = 256
"""Prompt tokens below which the time to the first word tells more about the network than about reading."""
_TOO_LONG = (
    "exceed_context_size",
    "context_length_exceeded",
    "context length",
    "context size",
    "context window",
    "maximum model length",
    "prompt is too long",
)
"""How vLLM, llama-server, Ollama and OpenAI word it."""

_CANNOT_TAKE = ("json schema", "grammar", "not supported")
"""llama-server calls these failures of its own (status 500)."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Function(_Part):
    name: str | None = None
    arguments: str | None = None


class _CallDelta(_Part):
    index: int | None = Field(None, ge=0, lt=MOST_CALLS)
    function: _Function | None = None


class _Delta(_Part):
    content: str | None = None
    tool_calls: tuple[_CallDelta, ...] | None = None


class _Choice(_Part):
    index: int = 0
    delta: _Delta | None = None
    finish_reason: str | None = None


class _PromptDetails(_Part):
    cached_tokens: int | None = Field(None, ge=0)


class _Usage(_Part):
    prompt_tokens: int | None = Field(None, ge=0)
    completion_tokens: int | None = Field(None, ge=0)
    prompt_tokens_details: _PromptDetails | None = None


class _Failure(_Part):
    message: str = ""
    type: str | None = None
    code: int | str | None = None


class _Chunk(_Part):
    choices: tuple[_Choice, ...] = ()
    usage: _Usage | None = None
    error: _Failure | str | None = None


class _ErrorBody(_Part):
    error: _Failure | str | None = None
    message: str | None = None
    detail: str | None = None
    type: str | None = None


@dataclass(slots=True)
class _Call:
    name: str = ""
    arguments: list[str] = field(default_factory=list)


class ServerTurn:
    """One answer as it comes in.

    Args:
        prompt_tokens: estimate, told where the server does not say.
        first_call: number of the first call that is written, for its id.
        calls_allowed: whether a call may be written at all.
        json_text: whether the text must be one JSON document.
        clock: seconds, monotonic.
    """

    def __init__(
        self,
        prompt_tokens: int,
        *,
        first_call: int,
        calls_allowed: bool,
        json_text: bool,
        clock: Callable[[], float],
    ) -> None:
        self._estimate = prompt_tokens
        self._first_call = first_call
        self._calls_allowed = calls_allowed
        self._json_text = json_text
        self._clock = clock
        self._sent_at = clock()
        self._first_at: float | None = None
        self._pieces = 0
        self._text: list[str] = []
        self._calls: list[_Call] = []
        self._finish: str | None = None
        self._usage = _Usage()  # type: ignore[call-arg]

    @property
    def begun(self) -> bool:
        """Whether something of the answer was told."""
        return self._first_at is not None

    @property
    def finished(self) -> bool:
        """Whether the server said why the answer ends."""
        return self._finish is not None

    def take(self, data: str) -> list[ChatEvent]:
        """The events of one chunk.

        Raises:
            ModelCrashedError: it is no chunk of a chat completion, or says that the server failed.
            PromptTooLongError: it says so.
        """
        try:
            chunk = _Chunk.model_validate_json(data)
        except ValidationError as error:
            raise ModelCrashedError("What the server sends is no chat completion. Check 'server.url'.") from error
        if chunk.error is not None:
            raise failure_of(chunk.error, ModelCrashedError)
        if chunk.usage is not None:
            self._usage = chunk.usage
        events: list[ChatEvent] = []
        for choice in chunk.choices:
            if choice.index == 0:
                events += self._take_delta(choice.delta or _Delta())
                self._finish = choice.finish_reason or self._finish
        return events

    def finish(self) -> list[ChatEvent]:
        """The last events.

        Raises:
            ModelCrashedError: the answer broke off, or was withheld.
            ModelRequestError: it is not the JSON that was asked for.
        """
        if self._finish is None:
            raise ModelCrashedError("The server broke off in the middle of its answer. Ask again.")
        if self._finish not in {"stop", "length", "tool_calls", "function_call"}:
            raise ModelCrashedError(f"The server ended its answer with {readable(self._finish)!r}.")
        cut = self._finish == "length"
        events = [self._call_event(number, cut=cut) for number in range(len(self._calls))]
        if self._json_text and not cut:
            self._require_json()
        reason: EndReason = "stop"
        if cut:
            reason = "length"
        elif any(isinstance(event, CallWritten) for event in events):
            reason = "calls"
        return [*self._first(), *events, Ended(reason, self.usage())]

    def usage(self) -> Usage:
        """As far as it is known: the server's figures, else the estimate, and a token for each piece."""
        now = self._clock()
        read_until = now if self._first_at is None else self._first_at
        prompt = self._usage.prompt_tokens
        written = self._usage.completion_tokens
        details = self._usage.prompt_tokens_details
        kept = (details.cached_tokens if details is not None else None) or 0
        total = self._estimate if prompt is None else prompt
        return Usage(
            prompt_tokens=total,
            kept_tokens=min(kept, total),
            written_tokens=self._pieces if written is None else written,
            read_ms=(read_until - self._sent_at) * 1000,
            write_ms=(now - read_until) * 1000,
        )

    def measured_speed(self) -> float:
        """Prompt tokens read in a second, where the server told enough to know; else 0."""
        if self._usage.prompt_tokens is None:
            return 0.0
        usage = self.usage()
        read = usage.prompt_tokens - usage.kept_tokens
        return read / usage.read_ms * 1000 if read >= FEWEST_READ and usage.read_ms > 0 else 0.0

    def _first(self) -> list[ChatEvent]:
        """What comes before anything written: the prompt has been read."""
        if self._first_at is not None:
            return []
        self._first_at = self._clock()
        return [Reading(self._estimate, self._estimate)]

    def _take_delta(self, delta: _Delta) -> list[ChatEvent]:
        events: list[ChatEvent] = []
        if delta.content:
            events += [*self._first(), TextPiece(delta.content)]
            self._pieces += 1
            if self._json_text:
                self._text.append(delta.content)
        for part in delta.tool_calls or ():
            events += self._first()
            self._pieces += 1
            self._take_call(part)
        return events

    def _take_call(self, part: _CallDelta) -> None:
        function = part.function or _Function()
        number = part.index
        if number is None:  # without numbers, a name begins the next call
            number = len(self._calls) - (0 if function.name or not self._calls else 1)
        if number > len(self._calls) or number >= MOST_CALLS:
            raise ModelCrashedError("The server's tool calls are not in order, or too many.")
        if number == len(self._calls):
            self._calls.append(_Call())
        call = self._calls[number]
        call.name = call.name or function.name or ""
        call.arguments.append(function.arguments or "")

    def _call_event(self, number: int, *, cut: bool) -> CallWritten | MalformedCall:
        call = self._calls[number]
        arguments = "".join(call.arguments)
        written = f"{call.name}{arguments}"
        if not self._calls_allowed:
            return MalformedCall(written, "no tool may be called here")
        if not call.name:
            return MalformedCall(written, "it names no tool")
        if cut and number == len(self._calls) - 1 and not _is_json(arguments):
            return MalformedCall(written, "the answer ended in the middle of it")
        return CallWritten(ToolCall(call_id(self._first_call + number), call.name, arguments))

    def _require_json(self) -> None:
        if not _is_json("".join(self._text)):
            raise ModelRequestError(
                "The server did not keep to the JSON Schema it was given. Its program must know `response_format` of "
                "type json_schema, as vLLM, llama-server and Ollama do."
            )


def failure_of(error: "_Failure | str", kind: type[ModelError]) -> ModelError:
    """The error that a server's own words stand for; `kind` where nothing better is known."""
    failure = _Failure(message=error) if isinstance(error, str) else error
    said = readable(failure.message)
    known = f"{failure.message} {failure.type} {failure.code}".lower()
    if any(words in known for words in _TOO_LONG):
        return PromptTooLongError(
            f"The server cannot hold a prompt of this length ({said}). Give the setting 'server.context_tokens' the "
            "context that it was started with."
        )
    if any(words in known for words in _CANNOT_TAKE):
        kind = ModelRequestError
    return kind(f"The server failed: {said or 'it does not say why'}.")


def failure_in(body: bytes, status: int, kind: type[ModelError]) -> ModelError:
    """The same for the body of an error answer, of whatever shape."""
    try:
        parsed = _ErrorBody.model_validate_json(body)
    except ValidationError:
        return kind(f"The server failed with status {status} and does not say why.")
    if parsed.error is not None:
        return failure_of(parsed.error, kind)
    return failure_of(_Failure(message=parsed.message or parsed.detail or "", type=parsed.type), kind)


def readable(text: str) -> str:
    """A server's words as they may stand in a message for people: one short line."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text[:1000]).split())
    return line if len(line) <= 200 else f"{line[:200]}…"


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
