"""The task `call`: a language model is given functions and a request. What it calls is kept; nothing is carried out."""

import json
import time
from typing import Any

from assistant.chat_models.port import (
    CallWritten,
    ChatModel,
    ChatRequest,
    Ended,
    MalformedCall,
    SystemMessage,
    TextPiece,
    ToolSpec,
    UserMessage,
)
from assistant.prompting import load
from assistant.records import EngineInfo
from eval.records import Called, Response, Sample

MALFORMED = "(malformed)"
"""Name of the argument that holds what is no JSON object; no function declares it, so such a call is never right."""


class Calling:
    """Gives a model the functions of a sample, `extra["tools"]`, and its request."""

    def __init__(self, model: ChatModel) -> None:
        self._model = model

    @property
    def info(self) -> EngineInfo:
        """What calls: the model and the prompt."""
        info = self._model.info
        prompt = load("tool_choice").sha256
        return EngineInfo(info.kind, info.name, info.sha256, prompt, info.seed, info.temperature)

    def call(self, sample: Sample) -> Response:
        """What the model calls, and what it writes besides."""
        request = ChatRequest(
            (SystemMessage(load("tool_choice").text), UserMessage(sample.question)),
            tools=tuple(_spec(tool) for tool in sample.extra["tools"]),
        )
        began = time.perf_counter()
        calls: list[Called] = []
        text = ""
        tokens: int | None = None
        for event in self._model.chat(request):
            if isinstance(event, CallWritten):
                calls.append(Called(event.call.name, _arguments(event.call.arguments)))
            elif isinstance(event, MalformedCall):
                calls.append(Called("", {MALFORMED: event.text}))
            elif isinstance(event, TextPiece):
                text += event.text
            elif isinstance(event, Ended):
                tokens = event.usage.written_tokens
        return Response(
            "called" if calls else "none",
            answer=text,
            calls=tuple(calls),
            timings_ms={"total": (time.perf_counter() - began) * 1000},
            tokens=tokens,
        )


def _spec(tool: dict[str, Any]) -> ToolSpec:
    return ToolSpec(tool["name"], tool["description"], tool["parameters"])


def _arguments(raw: str) -> dict[str, Any]:
    try:
        arguments = json.loads(raw)
    except (ValueError, RecursionError):
        arguments = None
    return arguments if isinstance(arguments, dict) else {MALFORMED: raw}
