"""Which engine will answer, and why: looked up in settings and files only."""

import importlib.util
from dataclasses import dataclass

from assistant.models.store import ModelStore
from assistant.records import EngineKind
from casefile.errors import ModelMissingError, SettingsError
from casefile.settings import Settings


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """Which engine will answer, and why; `sound` is False where it cannot."""

    kind: EngineKind
    why: str
    sound: bool = True


def llama_is_here() -> bool:
    """Whether llama.cpp is installed; it is not loaded."""
    return importlib.util.find_spec("llama_cpp") is not None


def engine_choice(store: ModelStore, settings: Settings) -> EngineChoice:
    """Which engine will answer, by the rule of decision 060: `auto` takes a model that is in use and can run."""
    wanted = settings.answering.engine
    if wanted == "extractive":
        return EngineChoice("extractive", "settings say so; quotes only")
    if wanted == "server":
        return _server(settings)
    try:
        chat = store.in_use("chat")
    except ModelMissingError as error:
        return EngineChoice("ministral", str(error), sound=False)
    if chat is not None and llama_is_here():
        return EngineChoice(
            "ministral", f"{chat.id} is in use" + (" and settings say so" if wanted == "ministral" else "")
        )
    why = (
        "no chat model is in use: `caseclerk models pull ministral-3-3b`, then `caseclerk models use ministral-3-3b`"
        if chat is None
        else f"{chat.id} is in use, but llama.cpp is not installed: `make run` compiles it"
    )
    if wanted == "ministral":
        return EngineChoice("ministral", f"settings say so, but {why}", sound=False)
    return EngineChoice("extractive", f"built in, quotes only; {why}")


def _server(settings: Settings) -> EngineChoice:
    from assistant.chat_models.server_address import checked_address

    try:
        checked_address(settings.server)
    except SettingsError as error:
        return EngineChoice("server", str(error), sound=False)
    return EngineChoice("server", f"settings say so: evidence is sent to {settings.server.url}")
