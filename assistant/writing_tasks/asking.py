"""One question to a model outside of a conversation, and its whole answer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from assistant.chat_models.port import (
    ChatModel,
    ChatRequest,
    Ended,
    EndReason,
    Stopped,
    SystemMessage,
    TextPiece,
    UserMessage,
)
from assistant.prompting import Prompt, together_sha256
from assistant.records import EngineInfo


@dataclass(frozen=True, slots=True)
class Written:
    """What a model wrote, and why it ended."""

    text: str
    reason: EndReason

    @property
    def stopped(self) -> bool:
        """Whether somebody ended it."""
        return self.reason == "stopped"


def ask(
    model: ChatModel,
    system: str,
    user: str,
    *,
    most_tokens: int,
    schema: Mapping[str, Any] | None = None,
    stopped: Stopped | None = None,
) -> Written:
    """Ask, and wait for the whole answer.

    Raises:
        ModelError: as the model does.
    """
    request = ChatRequest((SystemMessage(system), UserMessage(user)), schema=schema, most_tokens=most_tokens)
    pieces: list[str] = []
    reason: EndReason = "stopped"
    for event in model.chat(request, stopped):
        if isinstance(event, TextPiece):
            pieces.append(event.text)
        elif isinstance(event, Ended):
            reason = event.reason
    return Written("".join(pieces), reason)


def written_by(model: ChatModel, prompts: Iterable[Prompt]) -> EngineInfo:
    """Who wrote it, so that it can be repeated."""
    info = model.info
    return EngineInfo(info.kind, info.name, info.sha256, together_sha256(prompts), info.seed, info.temperature)
