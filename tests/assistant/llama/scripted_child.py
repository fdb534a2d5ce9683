"""A child that does what the last message tells it, with no model: answers, crashes in native code, hangs, lies."""

import ctypes
import json
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from assistant.chat_models.llama.child import Engine, serve
from assistant.chat_models.llama.driver import MeasuredSpeed
from assistant.chat_models.llama.protocol import LoadOrder
from assistant.chat_models.port import ChatEvent, ChatRequest, Ended, Reading, Stopped, TextPiece, Usage
from casefile.errors import ModelRequestError, ModelUnavailableError, PromptTooLongError

SPEEDS = (120.0, 30.0)
LIES = {
    "no JSON": b"Segmentation fault\n",
    "another shape": b'{"say":"text","id":1,"event":{"text":"x"},"more":1}\n',
    "another request": b'{"say":"text","id":77,"event":{"text":"x"}}\n',
    "loaded again": b'{"say":"loaded","read_tokens_per_second":1,"write_tokens_per_second":1}\n',
    "not a number": b'{"say":"loaded","read_tokens_per_second":NaN,"write_tokens_per_second":1}\n',
    "counts nobody asked for": b'{"say":"counted","id":1,"tokens":[1]}\n',
    "an endless line": b"x" * (5 << 20),
    "deep": b"[" * 100_000 + b"\n",
}
_opened: list[int] = []


class ScriptedEngine:
    """Does what it is told."""

    def __init__(self) -> None:
        self._nothing = threading.Event()
        self._served = 0

    def measure(self) -> MeasuredSpeed:
        return MeasuredSpeed(*SPEEDS)

    def count_tokens(self, texts: Sequence[str]) -> tuple[int, ...]:
        return tuple(len(text.split()) for text in texts)

    def chat(self, request: ChatRequest, stopped: Stopped) -> Iterator[ChatEvent]:
        command, _, rest = request.messages[-1].text.partition(" ")
        tell: Callable[[str, Stopped], Iterator[ChatEvent]] = getattr(self, command)
        self._served += 1
        yield Reading(0, 200)
        for event in tell(rest, stopped):
            if stopped():
                yield Ended("stopped", Usage(200, 0, 1, 1.0, 1.0))
                return
            yield event
        yield Ended("stop", Usage(200, 0, 20, 1000.0, 1000.0))

    def at_gate(self, rest: str, stopped: Stopped) -> Iterator[ChatEvent]:
        """Wait until somebody opens the pipe of that name, then do the rest."""
        gate, command, *more = rest.split(" ", 2)
        Path(gate).read_bytes()
        yield from getattr(self, command)(" ".join(more), stopped)

    def answer(self, text: str, stopped: Stopped) -> Iterator[ChatEvent]:
        yield from map(TextPiece, text.split())

    def number(self, rest: str, stopped: Stopped) -> Iterator[ChatEvent]:
        yield TextPiece(str(self._served))

    def endless(self, rest: str, stopped: Stopped) -> Iterator[ChatEvent]:
        while True:
            self._nothing.wait(0.005)
            yield TextPiece("and ")

    def read_on(self, rest: str, stopped: Stopped) -> Iterator[ChatEvent]:
        while not stopped():
            self._nothing.wait(0.005)
        yield Reading(64, 200)

    def hang(self, rest: str, stopped: Stopped) -> Iterator[ChatEvent]:
        yield TextPiece("So ")
        self._nothing.wait()

    def crash(self, rest: str, stopped: Stopped) -> Iterator[ChatEvent]:
        yield from (TextPiece("The "), TextPiece("containers "))
        ctypes.string_at(0)  # native code that reads address 0

    def die(self, rest: str, stopped: Stopped) -> Iterator[ChatEvent]:
        yield TextPiece("The ")
        os.kill(os.getpid(), signal.Signals[rest])
        self._nothing.wait()

    def fail(self, rest: str, stopped: Stopped) -> Iterator[ChatEvent]:
        yield TextPiece("The ")
        raise KeyError(rest)

    def lie(self, rest: str, stopped: Stopped) -> Iterator[ChatEvent]:
        yield TextPiece("The ")
        os.write(_opened[0], LIES[rest])
        self._nothing.wait()

    def print(self, rest: str, stopped: Stopped) -> Iterator[ChatEvent]:
        for descriptor in (1, 2):
            os.write(descriptor, b"llama_decode: something\n" * 10_000)
        yield TextPiece("Yes")

    def refuse(self, rest: str, stopped: Stopped) -> Iterator[ChatEvent]:
        errors = {"request": ModelRequestError, "too_long": PromptTooLongError, "unavailable": ModelUnavailableError}
        raise errors[rest]("It cannot be done. Do something else.")
        yield

    def about(self, rest: str, stopped: Stopped) -> Iterator[ChatEvent]:
        policy = os.environ.get("OMP_WAIT_POLICY")
        namespace = Path("/proc/self/ns/net").readlink().name
        yield TextPiece(json.dumps({"pid": os.getpid(), "policy": policy, "network": namespace}))


def load(order: LoadOrder) -> Engine:
    """Does what a file `script` beside the model tells it while it loads."""
    script = Path(order.model_path).with_name("script")
    how = script.read_text() if script.exists() else ""
    if how == "refuse":
        raise ModelUnavailableError("llama.cpp is not installed here. Install it.")
    if how == "crash":
        os.write(2, b"loading\nllama_model_load: error loading model: \x1b[31mno such tensor\nand on\n")
        ctypes.string_at(0)
    if how == "hang":
        threading.Event().wait()
    return ScriptedEngine()


def main() -> None:
    """Be the child, and know where the protocol goes."""
    duplicate = os.dup
    os.dup = lambda descriptor: _opened.append(duplicate(descriptor)) or _opened[-1]  # type: ignore[func-returns-value]
    serve(load)


if __name__ == "__main__":
    main()
