"""The beginning of the model's process: `python -P -m assistant.chat_models.llama.child PARENT`.

The kernel kills it with the thread that started it; where the system allows it, it has no network. Standard output
is the protocol's alone: whatever native code prints goes to standard error. The main thread hears what the app says;
one other thread owns the model, and answers questions for token counts between two steps of an answer.
"""

import json
import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import BinaryIO, Protocol

from assistant.chat_models.llama.driver import Driver, DriverSettings, MeasuredSpeed
from assistant.chat_models.llama.native import ContextSettings
from assistant.chat_models.llama.prefix import PrefixStore
from assistant.chat_models.llama.protocol import (
    Alive,
    Counted,
    FromChild,
    Loaded,
    LoadOrder,
    NotLoaded,
    Refused,
    decode_request,
    encode_from_child,
    event_said,
)
from assistant.chat_models.llama.sampling import TokenChooser
from assistant.chat_models.port import ChatEvent, ChatRequest, Stopped
from casefile.errors import ModelError, ModelRequestError, ModelUnavailableError, PromptTooLongError

SIGN_OF_LIFE_SECONDS = 5.0
_EXIT_BROKEN = 70


class Engine(Protocol):
    """What the thread of the model works with: the driver."""

    def chat(self, request: ChatRequest, stopped: Stopped) -> Iterator[ChatEvent]:
        """As `Driver.chat`."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> tuple[int, ...]:
        """As `Driver.count_tokens`: may be called between two events of `chat`."""
        ...

    def measure(self) -> MeasuredSpeed:
        """As `Driver.measure`."""
        ...


class Voice:
    """Says things to the app, one line at a time, from any thread.

    Args:
        stream: the app's end of the protocol.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._said_at = 0.0

    def say(self, said: FromChild) -> None:
        """Say it now."""
        line = encode_from_child(said)
        with self._lock:
            self._stream.write(line)
            self._stream.flush()
            self._said_at = time.monotonic()

    def live(self) -> None:
        """Give a sign of life, where the last one was a while ago."""
        if time.monotonic() - self._said_at > SIGN_OF_LIFE_SECONDS:
            self.say(Alive())


class ModelThread:
    """What is done in the thread that owns the model.

    Args:
        voice: to the app.
        load: makes the engine.
    """

    def __init__(self, voice: Voice, load: Callable[[LoadOrder], Engine]) -> None:
        self._voice = voice
        self._load = load
        self._orders: queue.SimpleQueue[LoadOrder] = queue.SimpleQueue()
        self._requests: queue.SimpleQueue[tuple[int, ChatRequest] | None] = queue.SimpleQueue()
        self._counts: queue.SimpleQueue[tuple[int, list[str]]] = queue.SimpleQueue()
        self._stopped: set[int] = set()

    def hear(self, line: bytes) -> None:
        """Take a line of the app; called in the main thread."""
        document = json.loads(line)
        match document["say"]:
            case "load":
                self._orders.put(LoadOrder(**document["order"]))
            case "chat":
                self._requests.put((document["id"], decode_request(document["request"])))
            case "count":
                self._counts.put((document["id"], document["texts"]))
                self._requests.put(None)
            case "stop":
                self._stopped.add(document["id"])

    def run(self) -> None:
        """Load the model and serve until the process ends."""
        try:
            order = self._orders.get()
            engine = self._load(order)
        except ModelUnavailableError as error:
            self._voice.say(NotLoaded(because=str(error)))
            return
        speed = engine.measure() if order.measure else MeasuredSpeed(0.0, 0.0)
        self._voice.say(Loaded(read_tokens_per_second=speed.read, write_tokens_per_second=speed.written))
        while True:
            request = self._requests.get()
            self._answer_counts(engine)
            if request is not None:
                self._answer(engine, *request)

    def _answer(self, engine: Engine, number: int, request: ChatRequest) -> None:
        def stopped() -> bool:
            self._voice.live()
            return number in self._stopped

        try:
            for event in engine.chat(request, stopped):
                self._voice.say(event_said(number, event))
                self._answer_counts(engine)
        except PromptTooLongError as error:
            self._voice.say(Refused(id=number, kind="too_long", because=str(error)))
        except ModelRequestError as error:
            self._voice.say(Refused(id=number, kind="request", because=str(error)))
        except ModelError as error:
            self._voice.say(Refused(id=number, kind="unavailable", because=str(error)))
        self._stopped.discard(number)

    def _answer_counts(self, engine: Engine) -> None:
        while not self._counts.empty():
            number, texts = self._counts.get()
            self._voice.say(Counted(id=number, tokens=engine.count_tokens(texts)))


def serve(load: Callable[[LoadOrder], Engine]) -> None:
    """Be the child: never returns.

    Args:
        load: makes the engine; raises ModelUnavailableError where there is none to be had.
    """
    protocol = _leave_the_world(int(sys.argv[1]))
    work = ModelThread(Voice(protocol), load)
    threading.excepthook = _end_broken
    threading.Thread(target=work.run, name="model", daemon=True).start()
    for line in sys.stdin.buffer:
        work.hear(line)
    os._exit(0)  # the app has gone or wants us gone; native code is not asked


def _end_broken(failure: threading.ExceptHookArgs) -> None:
    """A bug of ours in the thread of the model: without it the process is of no use."""
    sys.__excepthook__(failure.exc_type, failure.exc_value or failure.exc_type(), failure.exc_traceback)
    os._exit(_EXIT_BROKEN)


def _leave_the_world(parent: int) -> BinaryIO:
    """Die with the parent, leave the network and the core dump behind; returns the stream of the protocol."""
    from ingest.confinement import die_with_parent, enter_namespaces, hide_memory

    enter_namespaces(network=True, processes=False)
    hide_memory()  # what crashed would be written to disk, evidence and all
    die_with_parent()
    if os.getppid() != parent:  # it died before the line above
        sys.exit(1)
    protocol = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(protocol, "wb")


def load_driver(order: LoadOrder, choose: TokenChooser | None = None) -> Driver:
    """The model as the order says.

    Args:
        order: of the app.
        choose: makes the model write what a test wants.

    Raises:
        ModelUnavailableError: llama.cpp is not installed, or cannot load the model.
    """
    context = ContextSettings(
        model_path=Path(order.model_path),
        context_tokens=order.context_tokens,
        threads=order.threads,
        batch_tokens=order.batch_tokens,
        gpu_layers=order.gpu_layers,
        projector_path=Path(order.projector_path) if order.projector_path else None,
    )
    prefixes = PrefixStore(
        Path(order.prefix_folder),
        (
            order.model_sha256,
            order.context_tokens,
            order.threads,
            order.batch_tokens,
            order.gpu_layers,
            _version_of_llama_cpp(),
        ),
    )
    return Driver(DriverSettings(context, order.seed, order.temperature), prefixes, choose)


def _version_of_llama_cpp() -> str:
    try:
        return version("llama_cpp_python")
    except PackageNotFoundError:
        return ""  # the driver says it better


if __name__ == "__main__":
    serve(load_driver)
