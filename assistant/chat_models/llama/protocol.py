"""What the app and the model's process say to each other: JSON, one object a line, bounded.

The app speaks on the child's standard input, the child on its standard output, which carries nothing else. The child
runs native code over hostile text, so what it says is believed only as far as it has exactly the shapes below: anything
else means that it is broken, and it is ended. What the app says is its own.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from assistant.chat_models.port import (
    AssistantMessage,
    CallWritten,
    ChatEvent,
    ChatRequest,
    Ended,
    MalformedCall,
    Message,
    Picture,
    Reading,
    SystemMessage,
    TextPiece,
    ToolCall,
    ToolMessage,
    ToolSpec,
    UserMessage,
)
from casefile.errors import ModelRequestError

LONGEST_LINE = 4 * 1024 * 1024
"""Bytes of one line from the child; the longest is a tool call that could not be read, of all an answer's tokens."""


class ProtocolError(Exception):
    """The child said what no sound child says. Never leaves the adapter: it becomes the child's crash."""


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Loaded(_Said):
    """The model is there. Speeds are tokens in a second, of a short measurement; 0 where none was asked for."""

    say: Literal["loaded"] = "loaded"
    read_tokens_per_second: float = Field(ge=0)
    write_tokens_per_second: float = Field(ge=0)


class NotLoaded(_Said):
    """The model cannot be loaded, and what to do. The child ends."""

    say: Literal["not_loaded"] = "not_loaded"
    because: str


class ReadingSaid(_Said):
    """How far the prompt is read."""

    say: Literal["reading"] = "reading"
    id: int
    event: Reading


class TextSaid(_Said):
    """A piece of the answer."""

    say: Literal["text"] = "text"
    id: int
    event: TextPiece


class CallSaid(_Said):
    """A tool call."""

    say: Literal["call"] = "call"
    id: int
    event: CallWritten


class MalformedSaid(_Said):
    """What began as a tool call."""

    say: Literal["malformed"] = "malformed"
    id: int
    event: MalformedCall


class EndedSaid(_Said):
    """The request is done."""

    say: Literal["ended"] = "ended"
    id: int
    event: Ended


class Refused(_Said):
    """The request is done: it could not be carried out."""

    say: Literal["refused"] = "refused"
    id: int
    kind: Literal["request", "too_long", "unavailable"]
    because: str


class Counted(_Said):
    """Tokens of each text that was asked about."""

    say: Literal["counted"] = "counted"
    id: int
    tokens: tuple[Annotated[int, Field(ge=0)], ...]


class Alive(_Said):
    """The model is at work, between two things it has to say."""

    say: Literal["alive"] = "alive"


EventSaid = ReadingSaid | TextSaid | CallSaid | MalformedSaid | EndedSaid
FromChild = Loaded | NotLoaded | EventSaid | Refused | Counted | Alive


def encode_from_child(said: FromChild) -> bytes:
    """One line. Half a character, which no text of a model should have, is replaced."""
    text = json.dumps(said.model_dump(mode="python"), ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace") + b"\n"


def event_said(request_id: int, event: ChatEvent) -> EventSaid:
    """An event of the driver as it is said."""
    match event:
        case Reading():
            return ReadingSaid(id=request_id, event=event)
        case TextPiece():
            return TextSaid(id=request_id, event=event)
        case CallWritten():
            return CallSaid(id=request_id, event=event)
        case MalformedCall():
            return MalformedSaid(id=request_id, event=event)
        case Ended():
            return EndedSaid(id=request_id, event=event)
        case _:
            raise ProtocolError(f"{type(event).__name__} is no event of a driver")


def _adapter() -> TypeAdapter[FromChild]:
    return TypeAdapter(Annotated[FromChild, Field(discriminator="say")])


class ChildDecoder:
    """Reads the child's lines; made once for each child, as its making takes longer than its work."""

    def __init__(self) -> None:
        self._adapter = _adapter()

    def decode(self, line: bytes) -> FromChild:
        """What a line says.

        Raises:
            ProtocolError: it is none of the shapes of this module.
        """
        if len(line) > LONGEST_LINE:
            raise ProtocolError("a line is too long")
        try:
            return self._adapter.validate_json(line)
        except (ValidationError, RecursionError) as error:
            raise ProtocolError("a line has a shape that was not agreed on") from error


# ---- what the app says ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LoadOrder:
    """How the model is to be loaded: the first line to the child.

    Attributes:
        model_path: the GGUF file; `projector_path` is empty where there is none.
        model_sha256: of the GGUF file; what is kept of prompts is kept for it only.
        context_tokens: prompt and answer together.
        threads: of the processor.
        batch_tokens: read at once.
        gpu_layers: on a graphics card, -1 for all.
        seed: where a request names none, as is `temperature`.
        prefix_folder: where the beginnings of prompts are kept.
        measure: whether speed is to be measured.
    """

    model_path: str
    model_sha256: str
    projector_path: str
    context_tokens: int
    threads: int
    batch_tokens: int
    gpu_layers: int
    seed: int
    temperature: float
    prefix_folder: str
    measure: bool


def encode_load(order: LoadOrder) -> bytes:
    """The first line."""
    return _line({"say": "load", "order": asdict(order)})


def encode_chat(request_id: int, request: ChatRequest) -> bytes:
    """A request.

    Raises:
        ModelRequestError: a schema that is no JSON, or nested too deeply.
    """
    try:
        return _line({"say": "chat", "id": request_id, "request": _request_object(request)})
    except (TypeError, ValueError, RecursionError) as error:
        raise ModelRequestError(
            "The model cannot take this request: a schema or a tool's parameters are no JSON, or nested too deeply."
        ) from error


def encode_stop(request_id: int) -> bytes:
    """End this request, wherever it is."""
    return _line({"say": "stop", "id": request_id})


def encode_count(request_id: int, texts: Sequence[str]) -> bytes:
    """Count the tokens of texts."""
    return _line({"say": "count", "id": request_id, "texts": list(texts)})


def _line(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":"), allow_nan=False).encode("ascii") + b"\n"


def _request_object(request: ChatRequest) -> dict[str, Any]:
    return {
        "messages": [_message_object(message) for message in request.messages],
        "tools": [
            {"name": tool.name, "summary": tool.summary, "parameters": dict(tool.parameters)} for tool in request.tools
        ],
        "tool_choice": request.tool_choice,
        "schema": None if request.schema is None else dict(request.schema),
        "most_tokens": request.most_tokens,
        "seed": request.seed,
        "temperature": request.temperature,
    }


def _message_object(message: Message) -> dict[str, Any]:
    match message:
        case SystemMessage():
            return {"role": "system", "text": message.text}
        case UserMessage():
            pictures = [
                {"media_type": picture.media_type, "base64": base64.b64encode(picture.data).decode("ascii")}
                for picture in message.pictures
            ]
            return {"role": "user", "text": message.text, "pictures": pictures}
        case AssistantMessage():
            return {"role": "assistant", "text": message.text, "calls": [asdict(call) for call in message.calls]}
        case ToolMessage():
            return {"role": "tool", **asdict(message)}


def decode_request(document: Mapping[str, Any]) -> ChatRequest:
    """The request of an `encode_chat` line, equal to the one that was encoded."""
    return ChatRequest(
        messages=tuple(_message(message) for message in document["messages"]),
        tools=tuple(ToolSpec(tool["name"], tool["summary"], tool["parameters"]) for tool in document["tools"]),
        tool_choice=document["tool_choice"],
        schema=document["schema"],
        most_tokens=document["most_tokens"],
        seed=document["seed"],
        temperature=document["temperature"],
    )


def _message(document: Mapping[str, Any]) -> Message:
    match document["role"]:
        case "system":
            return SystemMessage(document["text"])
        case "user":
            pictures = (
                Picture(picture["media_type"], base64.b64decode(picture["base64"])) for picture in document["pictures"]
            )
            return UserMessage(document["text"], tuple(pictures))
        case "assistant":
            return AssistantMessage(document["text"], tuple(ToolCall(**call) for call in document["calls"]))
        case _:
            return ToolMessage(document["call_id"], document["name"], document["text"])
