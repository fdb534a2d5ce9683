"""From settings and HOME to the language model that answers: one for this process, shared by all its cases.

`auto` takes a chat model that is in use where llama.cpp is installed, else the built-in engine; a server is never taken
without being named (decision 060).
"""

import atexit
import threading
from collections.abc import Callable

from assistant.chat_models.port import ChatModel
from assistant.models.readiness import EngineChoice, engine_choice
from assistant.models.records import InstalledModel
from assistant.models.store import ModelStore
from casefile.errors import ModelUnavailableError
from casefile.home import Home
from casefile.settings import Settings


def engine_kind(home: Home, settings: Settings) -> EngineChoice:
    """Which engine will answer and why. Looks at settings and files only: nothing is loaded, nothing is reached."""
    return engine_choice(ModelStore(home.models), settings)


def chat_model(home: Home, settings: Settings) -> ChatModel | None:
    """The language model that answers, None where the built-in engine does. Nothing is loaded before it is asked.

    Every call of this process with the same settings and the same model in use gives the same one. Another one takes
    its place, and it is closed, when either has changed. Do not close it: that happens when the program ends.

    Raises:
        ModelUnavailableError: the engine that settings name cannot answer; says what to do.
    """
    choice = engine_kind(home, settings)
    if not choice.sound:
        raise ModelUnavailableError(f"The engine {choice.kind} cannot answer: {choice.why}")
    if choice.kind == "extractive":
        return None
    if choice.kind == "server":
        return _SHARED.get(
            (settings.server, settings.model.seed, settings.model.temperature), lambda: _make_server(settings)
        )
    store = ModelStore(home.models)
    model = store.in_use("chat")
    assert model is not None
    return _SHARED.get((model, settings.model), lambda: _make_llama(model, settings))


def close_chat_model() -> None:
    """Give back the memory of the shared model; the next call of `chat_model` makes a new one."""
    _SHARED.close()


def _make_llama(model: InstalledModel, settings: Settings) -> ChatModel:
    """Without its projector: pictures are looked at by another process (`assistant.pictures.model`), for a while."""
    from assistant.chat_models.llama.process import LlamaModel

    return LlamaModel(model, settings.model)


def _make_server(settings: Settings) -> ChatModel:
    from assistant.chat_models.server import ServerModel

    return ServerModel(settings.server, seed=settings.model.seed, temperature=settings.model.temperature)


class _Shared:
    """The one model of this process and what it was made of."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._model: ChatModel | None = None
        self._made_of: object = None
        self._closes_at_exit = False

    def get(self, made_of: object, make: Callable[[], ChatModel]) -> ChatModel:
        with self._lock:
            if self._model is None or self._made_of != made_of:
                self._end()
                self._model, self._made_of = make(), made_of
                if not self._closes_at_exit:
                    self._closes_at_exit = True
                    atexit.register(self.close)
            return self._model

    def close(self) -> None:
        with self._lock:
            self._end()

    def _end(self) -> None:
        if self._model is not None:
            self._model.close()
            self._model = None


_SHARED = _Shared()
