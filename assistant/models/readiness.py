"""What `doctor` says of models: what is in use, whether its memory is there, how fast it was, and who will answer."""

import importlib.util
import math
from dataclasses import dataclass
from pathlib import Path

from assistant.models.kept import read_json
from assistant.models.records import InstalledModel
from assistant.models.store import ModelStore
from assistant.records import EngineKind
from casefile.errors import ModelMissingError, SettingsError
from casefile.settings import ModelSettings, Settings


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes that a model needs (weights, context, work) and bytes that are free; tokens of context counted."""

    needed: int
    free: int
    context_tokens: int

    @property
    def enough(self) -> bool:
        """Whether it fits."""
        return self.needed <= self.free


@dataclass(frozen=True, slots=True)
class MeasuredSpeed:
    """Tokens in a second, as kept in `speed.json` beside a model; 0 where nothing was measured."""

    read: float
    write: float
    threads: int
    measured_at: str


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """Which engine will answer, and why; `sound` is False where it cannot."""

    kind: EngineKind
    why: str
    sound: bool = True


def memory_of(store: ModelStore, model: InstalledModel, settings: ModelSettings) -> Memory:
    """The memory of a chat model with its projector, outside of a graphics card; sized as its process will."""
    from assistant.chat_models.llama.sizing import (
        MOST_CONTEXT_TOKENS,
        WORKING_BYTES,
        available_memory,
        fitting_context,
    )

    projector = store.projector_for(model)
    fixed = model.bytes + (projector.bytes if projector else 0) + WORKING_BYTES
    per_token = store.record(model.id).kv_bytes_per_token
    free = available_memory()
    context = settings.context_tokens or fitting_context(MOST_CONTEXT_TOKENS, free - fixed, per_token)
    return Memory(fixed + context * per_token, free, context)


def kept_speed(folder: Path) -> MeasuredSpeed | None:
    """What was measured of the model in this folder; None where nothing was, or it cannot be read."""
    try:
        document = read_json(folder / "speed.json")
        speed = MeasuredSpeed(
            float(document["read_tokens_per_second"]),
            float(document["write_tokens_per_second"]),
            int(document["threads"]),
            str(document["measured_at"])[:40],
        )
    except (OSError, ValueError, TypeError, KeyError, OverflowError):
        return None
    return speed if math.isfinite(speed.read) and math.isfinite(speed.write) else None


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
