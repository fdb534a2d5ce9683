"""The port behind which a language model stands: messages in, events out. Nothing of what comes out is trusted.

Text in a message is text: no adapter may let it become a control token, a role or a tool call.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from assistant.records import EngineKind

EndReason = Literal["stop", "length", "calls", "stopped"]
ToolChoice = Literal["auto", "none", "required"]
Stopped = Callable[[], bool]
"""Asked between the steps of a model, in prompt and in generation; True ends it."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in memory, scaled down already. `media_type` is image/jpeg or image/png."""

    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call as a model wrote it. `arguments` is the raw text, meant to be a JSON object; it is checked by the loop."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class SystemMessage:
    """What the model is told before everything; the first message, always there."""

    text: str


@dataclass(frozen=True, slots=True)
class UserMessage:
    """What is asked, with the passages that go with it; pictures stand before the text."""

    text: str
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, slots=True)
class AssistantMessage:
    """What the model answered before: text, or calls, or both."""

    text: str = ""
    calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True, slots=True)
class ToolMessage:
    """What a tool gave back for the call `call_id`, as text that is data."""

    call_id: str
    name: str
    text: str


Message = SystemMessage | UserMessage | AssistantMessage | ToolMessage


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as a model is told of it; `parameters` is a JSON Schema of type object."""

    name: str
    summary: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One turn of a model.

    Attributes:
        messages: a system message, then user and assistant in turn; tool messages follow the calls they answer.
        tools: what may be called.
        tool_choice: `none` forbids calls, `required` demands one.
        schema: a JSON Schema; the text is then one JSON document of it and nothing else. Not together with tools.
        most_tokens: longest answer, in tokens.
        seed: of the sampler; None takes the model's setting.
        temperature: 0 takes the likeliest token; None takes the model's setting.
    """

    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...] = ()
    tool_choice: ToolChoice = "auto"
    schema: Mapping[str, Any] | None = None
    most_tokens: int = 400
    seed: int | None = None
    temperature: float | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """The request stands in line: `place` 1 is the next one. A new event each time the place changes."""

    place: int


@dataclass(frozen=True, slots=True)
class Reading:
    """How many tokens of the prompt have been read; those that were kept from before count as read."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class TextPiece:
    """A piece of the answer as it is written; whole characters."""

    text: str


@dataclass(frozen=True, slots=True)
class CallWritten:
    """A whole tool call."""

    call: ToolCall


@dataclass(frozen=True, slots=True)
class MalformedCall:
    """Something that began as a tool call and is none; `text` is what was written."""

    text: str
    because: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens and milliseconds of one turn. `kept_tokens` of the prompt did not have to be read again."""

    prompt_tokens: int
    kept_tokens: int
    written_tokens: int
    read_ms: float
    write_ms: float


@dataclass(frozen=True, slots=True)
class Ended:
    """The last event of a turn. `calls`: the model waits for tool results; `stopped`: somebody ended it."""

    reason: EndReason
    usage: Usage


ChatEvent = Waiting | Reading | TextPiece | CallWritten | MalformedCall | Ended


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What a model is, so that an answer can be repeated.

    Attributes:
        kind: of the engine that it makes possible.
        name: as people know it, such as `ministral-3-3b Q4_K_M`.
        sha256: of its weights; empty where a server does not tell.
        context_tokens: prompt and answer together.
        sees: whether pictures can be given.
        seed: where a request names none.
        temperature: where a request names none.
    """

    kind: EngineKind
    name: str
    sha256: str
    context_tokens: int
    sees: bool
    seed: int
    temperature: float


class ChatModel(Protocol):
    """A language model. Safe to be used from several threads: requests stand in line.

    Errors, all of `casefile.errors`: ModelUnavailableError (cannot be loaded or reached), ModelCrashedError (it died
    in this request; the next one finds a new process), PromptTooLongError, ModelRequestError (a schema or tool that
    it cannot take). Nothing else escapes.
    """

    @property
    def info(self) -> ModelInfo:
        """What it is; loads it where that is needed to know."""
        ...

    def chat(self, request: ChatRequest, stopped: Stopped | None = None) -> Iterator[ChatEvent]:
        """Yield what happens, and last exactly one `Ended`. Closing the iterator ends the work."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> tuple[int, ...]:
        """Tokens of each text; an estimate from above where the tokenizer is not at hand."""
        ...

    def reading_speed(self) -> float:
        """Prompt tokens read in a second on this machine: measured, 0 where it is not known."""
        ...

    def close(self) -> None:
        """Give back memory and processes. May be called twice."""
        ...
