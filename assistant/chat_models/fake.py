"""A chat model that says what it was told to say: for tests. It refuses to run in production."""

import os
from collections.abc import Callable, Iterator, Sequence
from threading import Lock

from assistant.chat_models.port import (
    CallWritten,
    ChatEvent,
    ChatRequest,
    Ended,
    EndReason,
    ModelInfo,
    Reading,
    Stopped,
    TextPiece,
    ToolCall,
    Usage,
    UserMessage,
)
from casefile.errors import ModelRequestError, PromptTooLongError, UsageError

Scripted = str | tuple[ToolCall, ...]
"""One turn: what it writes, or what it calls."""
Script = Sequence[Scripted] | Callable[[ChatRequest], Scripted]


class FakeChatModel:
    """Answers with a script: a turn for each request, or a function of the request.

    `requests` holds what was asked of it. A word is a token.
    """

    def __init__(self, script: Script, *, tokens_per_second: float = 0.0, context_tokens: int = 8192) -> None:
        if "PYTEST_CURRENT_TEST" not in os.environ and "PYTEST_VERSION" not in os.environ:
            raise UsageError("The scripted model is for tests only.")
        self._script = script
        self._speed = tokens_per_second
        self._lock = Lock()
        self.requests: list[ChatRequest] = []
        self.info = ModelInfo("ministral", "scripted", "0" * 64, context_tokens, sees=False, seed=1, temperature=0.0)

    def chat(self, request: ChatRequest, stopped: Stopped | None = None) -> Iterator[ChatEvent]:
        """The next turn of the script, word for word."""
        total = self._refuse_or_count(request)
        with self._lock:
            self.requests.append(request)
            turn = self._script(request) if callable(self._script) else self._script[len(self.requests) - 1]
        yield Reading(total, total)
        reason: EndReason = "stop"
        written = 0
        if isinstance(turn, str):
            for word in turn.split(" "):
                if stopped is not None and stopped():
                    reason = "stopped"
                    break
                if written >= request.most_tokens:
                    reason = "length"
                    break
                yield TextPiece(word if written == 0 else f" {word}")
                written += 1
        else:
            yield from (CallWritten(call) for call in turn)
            reason = "calls"
        yield Ended(reason, Usage(total, 0, written, 0.0, 0.0))

    def _refuse_or_count(self, request: ChatRequest) -> int:
        if request.tools and request.schema is not None:
            raise ModelRequestError("A request has tools or a schema, not both.")
        pictured = any(isinstance(message, UserMessage) and message.pictures for message in request.messages)
        if pictured and not self.info.sees:
            raise ModelRequestError("The scripted model sees no pictures.")
        total = sum(self.count_tokens([message.text for message in request.messages]))
        if total > self.info.context_tokens:
            raise PromptTooLongError("The prompt does not fit the scripted model.")
        return total

    def count_tokens(self, texts: Sequence[str]) -> tuple[int, ...]:
        """Words of each text."""
        return tuple(len(text.split()) for text in texts)

    def reading_speed(self) -> float:
        """As given."""
        return self._speed

    def close(self) -> None:
        """Nothing to give back."""
