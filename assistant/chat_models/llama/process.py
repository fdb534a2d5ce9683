"""The chat model of llama.cpp: a child process that is started when it is needed, and everybody who waits for it.

One thread, the keeper, starts the child, speaks with it and ends it; whoever asks talks to the keeper through the line.
A child that dies takes one answer with it. The next request finds a new child; whoever waits goes on waiting.
"""

import os
import select
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from assistant.chat_models.llama import speed as speeds
from assistant.chat_models.llama.child_process import ChildGoneError, ChildProcess
from assistant.chat_models.llama.protocol import (
    Alive,
    Counted,
    EventSaid,
    FromChild,
    Loaded,
    LoadOrder,
    NotLoaded,
    ProtocolError,
    Refused,
    encode_chat,
    encode_count,
    encode_load,
    encode_stop,
)
from assistant.chat_models.llama.sizing import Sizing, size_model
from assistant.chat_models.llama.turns import NO_USAGE, Line, Turn
from assistant.chat_models.port import ChatEvent, ChatRequest, Ended, ModelInfo, Stopped
from assistant.models.records import InstalledModel
from casefile.errors import (
    ModelCrashedError,
    ModelError,
    ModelRequestError,
    ModelUnavailableError,
    PromptTooLongError,
)
from casefile.settings import ModelSettings

CHILD_MODULE = "assistant.chat_models.llama.child"
PREFIX_FOLDER = "prefixes"
_LOOKED_EVERY_SECONDS = 0.05
"""How often `stopped` is asked while there is nothing to hear."""
_LONGEST_GOODBYE_SECONDS = 1.0
"""After it was stopped, a request waits so long for its figures."""
_ERRORS: dict[str, type[ModelError]] = {
    "request": ModelRequestError,
    "too_long": PromptTooLongError,
    "unavailable": ModelUnavailableError,
}


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the child may be silent before it is taken for dead, in seconds.

    Attributes:
        loading: until the model is in memory; 8 GiB from a slow disk take minutes.
        working: between two signs of life while it serves somebody.
        stopping: until it has ended what somebody stopped.
    """

    loading: float = 600.0
    working: float = 120.0
    stopping: float = 5.0


class LlamaModel:
    """A GGUF model in a child process. Safe to be used from several threads; fulfils `ChatModel`.

    Nothing is loaded before the first request; after `idle_minutes` without one the memory is given back.

    Args:
        model: the chat model; its folder also keeps measured speed and prefixes.
        settings: those of the model.
        projector: what gives it eyes.
        child_module: the program of the child.
        patience: how long the child may be silent.
    """

    def __init__(
        self,
        model: InstalledModel,
        settings: ModelSettings,
        *,
        projector: InstalledModel | None = None,
        child_module: str = CHILD_MODULE,
        patience: Patience | None = None,
    ) -> None:
        self._model = model
        self._settings = settings
        self._projector = projector
        self._child_module = child_module
        self._patience = patience or Patience()
        self._folder = model.path.parent
        self._guard = threading.Lock()
        self._bell = _Bell()
        self._line = Line(self._bell.ring)
        self._sizing: Sizing | None = None
        self._speed: speeds.Speed | None = None
        self._thread: threading.Thread | None = None
        self._pid: int | None = None
        # of the keeper only
        self._loaded = False
        self._heard_at = 0.0
        self._stop_sent = 0

    @property
    def info(self) -> ModelInfo:
        """What it is; looks at the file's header, loads nothing."""
        with self._guard:
            if self._sizing is None:
                self._sizing = self._size()
            context = self._sizing.context_tokens
        return ModelInfo(
            "ministral",
            self._model.name,
            self._model.sha256,
            context,
            sees=self._projector is not None,
            seed=self._settings.seed,
            temperature=self._settings.temperature,
        )

    @property
    def pid(self) -> int | None:
        """Process id of the child; None where there is none. Benchmarks measure its memory."""
        return self._pid

    def chat(self, request: ChatRequest, stopped: Stopped | None = None) -> Iterator[ChatEvent]:
        """Yield what happens, and last exactly one `Ended`. Closing the iterator ends the work.

        Raises:
            ModelUnavailableError: it cannot be loaded, or was closed.
            ModelCrashedError: its process ended in this request.
            PromptTooLongError: prompt and answer do not fit the context.
            ModelRequestError: a schema, tool or picture that it cannot take.
        """
        turn = self._join(lambda number: encode_chat(number, request))
        try:
            while True:
                if turn.stopped_at is None and stopped is not None and stopped():
                    self._line.leave(turn)
                heard = turn.hear(None if stopped is None else _LOOKED_EVERY_SECONDS)
                if turn.stopped_at is not None:
                    yield self._farewell(turn, heard)
                    return
                if isinstance(heard, ModelError):
                    raise heard
                if heard is None or isinstance(heard, tuple):
                    continue
                yield heard
                if isinstance(heard, Ended):
                    return
        finally:
            self._line.leave(turn)

    def _farewell(self, turn: Turn, heard: object) -> Ended:
        """The end of a request that was stopped; what it still had to say is not wanted any more."""
        until = time.monotonic() + _LONGEST_GOODBYE_SECONDS
        while not isinstance(heard, Ended | ModelError) and (left := until - time.monotonic()) > 0:
            heard = turn.hear(left)
        return Ended("stopped", heard.usage if isinstance(heard, Ended) else NO_USAGE)

    def count_tokens(self, texts: Sequence[str]) -> tuple[int, ...]:
        """Tokens of each text. Loads the model; does not wait for the requests in line.

        Raises:
            ModelUnavailableError: it cannot be loaded, or was closed.
            ModelCrashedError: its process ended meanwhile.
        """
        return self._count(texts) if texts else ()

    def _count(self, texts: Sequence[str]) -> tuple[int, ...]:
        turn = self._join(lambda number: encode_count(number, texts), counts=True)
        try:
            heard = turn.hear(None)
        finally:
            self._line.leave(turn)
        if isinstance(heard, ModelError):
            raise heard
        if not isinstance(heard, tuple) or len(heard) != len(texts):
            raise ModelCrashedError("The model's process counted something else than it was asked to. Ask again.")
        return heard

    def reading_speed(self) -> float:
        """Prompt tokens read in a second: measured on this machine, now (which loads the model) or earlier."""
        if (known := self._kept_speed()) is None:
            self._count(())
            known = self._kept_speed()
        return known.read_tokens_per_second if known else 0.0

    def close(self) -> None:
        """End the child. Requests under way end with ModelUnavailableError. May be called twice."""
        self._line.close(ModelUnavailableError("The model was closed because the program is ending."))
        with self._guard:
            thread = self._thread
        if thread is not None:
            thread.join()
        self._bell.close()

    # ---- the keeper -------------------------------------------------------------------------------------------------

    def _join(self, message: Callable[[int], bytes], *, counts: bool = False) -> Turn:
        turn = self._line.join(message, counts=counts)
        with self._guard:
            if self._thread is None:
                self._thread = threading.Thread(target=self._keep, name=f"keeper of {self._model.id}", daemon=True)
                self._thread.start()
        return turn

    def _keep(self) -> None:
        child: ChildProcess | None = None
        try:
            while not self._hears_of_the_end():
                child = self._serve(child) if child else self._wait_or_start()
        finally:
            if child is not None:
                self._end(child)
            self._line.refuse_all(ModelUnavailableError("The model was closed."))

    def _hears_of_the_end(self) -> bool:
        self._bell.hush()  # before anything is looked at: what changes from here on rings again
        return self._line.closed

    def _wait_or_start(self) -> ChildProcess | None:
        if not self._line.wants_the_model:
            self._bell.wait()
            return None
        try:
            sizing = self._size()
        except ModelUnavailableError as error:
            self._line.refuse_all(error)
            return None
        with self._guard:
            self._sizing = sizing
        order = LoadOrder(
            model_path=str(self._model.path),
            model_sha256=self._model.sha256,
            projector_path=str(self._projector.path) if self._projector else "",
            context_tokens=sizing.context_tokens,
            threads=sizing.threads,
            batch_tokens=self._settings.batch_tokens,
            gpu_layers=self._settings.gpu_layers,
            seed=self._settings.seed,
            temperature=self._settings.temperature,
            prefix_folder=str(self._folder / PREFIX_FOLDER),
            measure=self._kept_speed() is None,
        )
        self._loaded, self._heard_at = False, time.monotonic()
        child = ChildProcess(self._child_module, self._bell.descriptor, encode_load(order))
        self._pid = child.pid
        return child

    def _serve(self, child: ChildProcess) -> ChildProcess | None:
        """One round with the child: what there is to say and to hear. None where it is gone afterwards."""
        try:
            self._listen(child, 0.0)  # nobody is handed to a child that has died meanwhile
            if self._loaded:
                self._hand_out(child)
            self._listen(child, self._patience_left())
            if self._is_needed():
                return child
            self._end(child)
        except ModelUnavailableError as error:
            self._end(child)
            self._line.refuse_all(error)
        except (ChildGoneError, ProtocolError) as error:
            self._end(child)
            self._lament(child, error)
        return None

    def _end(self, child: ChildProcess) -> None:
        self._pid = None
        child.close()

    def _listen(self, child: ChildProcess, seconds: float) -> None:
        for said in child.listen(seconds):
            self._heard_at = time.monotonic()
            self._hear(child, said)

    def _is_needed(self) -> bool:
        """Whether the child stays; False after a while in which nobody has needed it."""
        if self._patience_left() > 0:
            return True
        if self._line.wants_the_model:
            raise ChildGoneError("it did not answer any more")
        return False

    def _hand_out(self, child: ChildProcess) -> None:
        for count in self._line.take_counts():
            self._heard_at = time.monotonic()
            child.send(count.message)
        if (turn := self._line.take_next()) is not None:
            self._heard_at = time.monotonic()
            child.send(turn.message)
        running = self._line.running
        if running is not None and running.stopped_at is not None and self._stop_sent != running.id:
            self._stop_sent = running.id
            child.send(encode_stop(running.id))

    def _patience_left(self) -> float:
        now, running = time.monotonic(), self._line.running
        if not self._loaded:
            return self._heard_at + self._patience.loading - now
        if not self._line.is_served:
            return self._heard_at + self._settings.idle_minutes * 60 - now
        left = self._heard_at + self._patience.working - now
        if running is not None and running.stopped_at is not None:
            left = min(left, running.stopped_at + self._patience.stopping - now)
        return left

    def _hear(self, child: ChildProcess, said: FromChild) -> None:
        turn: Turn | None = None
        match said:
            case Loaded():
                self._require(not self._loaded)
                self._loaded = True
                child.forget_complaint()
                self._learn(said.read_tokens_per_second, said.write_tokens_per_second)
                return
            case NotLoaded():
                self._require(not self._loaded)
                raise ModelUnavailableError(said.because)
            case Alive():
                return
            case Counted():
                turn = self._line.tell(said.id, said.tokens, last=True)
            case Refused():
                turn = self._line.tell(said.id, _ERRORS[said.kind](said.because), last=True)
            case _:
                turn = self._tell(said)
        self._require(turn is not None)

    def _tell(self, said: EventSaid) -> Turn | None:
        if isinstance(said.event, Ended) and said.event.reason != "stopped":  # else not all of the prompt was read
            self._learn(*speeds.rates(said.event.usage))
        return self._line.tell(said.id, said.event, last=isinstance(said.event, Ended))

    def _require(self, sound: bool) -> None:  # noqa: FBT001
        if not sound:
            raise ProtocolError("it spoke of something that it was not asked for")

    def _lament(self, child: ChildProcess, error: Exception) -> None:
        """Tell those who lose something by the child's end."""
        how = str(error) if isinstance(error, ChildGoneError) else f"it was ended because {error}"
        if self._loaded:
            self._line.lose_the_served(
                ModelCrashedError(
                    f"The model's process broke off in the middle of this answer: {how}. Only this answer is lost. "
                    "Ask again: a new process is started. If it happens again, let the built-in engine answer "
                    '(`answering.engine = "extractive"`) and run `caseclerk doctor`.'
                )
            )
            return
        because = _last_line(child.complaint)
        self._line.refuse_all(
            ModelUnavailableError(
                f"The model {self._model.id} could not be loaded: {how}. {because}"
                f"`caseclerk models verify {self._model.id}` checks its file; `caseclerk doctor` shows what memory "
                "there is."
            )
        )

    # ---- size and speed ---------------------------------------------------------------------------------------------

    def _size(self) -> Sizing:
        return size_model(self._model.path, self._settings, self._projector.path if self._projector else None)

    def _kept_speed(self) -> speeds.Speed | None:
        with self._guard:
            if self._speed is None:
                self._speed = speeds.kept_speed(self._folder, *self._circumstances())
            return self._speed

    def _circumstances(self) -> tuple[int, int]:
        return self._settings.threads or len(os.sched_getaffinity(0)), self._settings.gpu_layers

    def _learn(self, read: float, write: float) -> None:
        better = speeds.learned(self._kept_speed(), read, write, *self._circumstances())
        if better is not None:
            with self._guard:
                self._speed = better
            speeds.keep_speed(self._folder, better)


class _Bell:
    """Wakes the keeper: a descriptor that is readable after `ring` until `hush`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open = True
        self.descriptor = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)

    def ring(self) -> None:
        with self._lock:
            if self._open:
                os.eventfd_write(self.descriptor, 1)

    def hush(self) -> None:
        with suppress(BlockingIOError):
            os.eventfd_read(self.descriptor)

    def wait(self) -> None:
        select.select([self.descriptor], [], [])

    def close(self) -> None:
        with self._lock:
            if self._open:
                self._open = False
                os.close(self.descriptor)


def _last_line(complaint: str) -> str:
    """The last thing that it said of an error while it loaded, for people; empty where it said nothing."""
    lines = ["".join(filter(str.isprintable, line)).strip() for line in complaint.splitlines()]
    errors = [line for line in lines if "error" in line.lower() or "fail" in line.lower()] or list(filter(None, lines))
    return f"It said: {errors[-1][:300]}. " if errors else ""
