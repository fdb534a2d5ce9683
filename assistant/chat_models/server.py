"""A language model behind an OpenAI-compatible server: vLLM, llama-server, Ollama. Off unless switched on.

What is asked leaves this process, so everything about the way out is checked before the first byte
(`server_address`), what comes back is bounded and never trusted (`server_lines`, `server_stream`), and a request that
nobody waits for any more ends at once (`server_exchange`). Each request has an event loop of its own, in a thread
that ends with it: that is what lets a blocked connection be cancelled at any moment.
"""

import queue
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence

from assistant.chat_models.port import ChatEvent, ChatRequest, Ended, ModelInfo, Reading, Stopped, Usage, Waiting
from assistant.chat_models.server_address import checked_address, read_key
from assistant.chat_models.server_exchange import Exchange
from assistant.chat_models.server_line import Line, Ticket
from assistant.chat_models.server_stream import ServerTurn, readable
from assistant.chat_models.server_wire import body_of, calls_before, encoded, estimated_tokens, require_room
from casefile.errors import ModelUnavailableError
from casefile.settings import ServerSettings

LOOK_SECONDS = 0.05
"""How often `stopped` is asked while the server is silent."""


class ServerModel:
    """Fulfils `assistant.chat_models.port.ChatModel`. Nothing is sent before the first request.

    Args:
        settings: where the server is, who may be one, time limits.
        seed: of the sampler, where a request names none.
        temperature: where a request names none.

    Raises:
        SettingsError: it is switched off, its host is not allowed, or a file of the settings cannot be used.
    """

    def __init__(self, settings: ServerSettings, *, seed: int = 1, temperature: float = 0.0) -> None:
        self._settings = settings
        self._seed = seed
        self._temperature = temperature
        self._exchange = Exchange(checked_address(settings), read_key(settings), settings)
        self._line = Line(settings.at_once)
        self._naming = threading.Lock()
        self._name = settings.model
        self._speed = 0.0
        self._closed = threading.Event()

    @property
    def info(self) -> ModelInfo:
        """What it is; asks the server for its model where settings name none.

        Raises:
            ModelUnavailableError: the server cannot be reached, or has several models.
        """
        return ModelInfo(
            kind="server",
            name=self._model_name(),
            sha256="",
            context_tokens=self._settings.context_tokens,
            sees=self._settings.sees,
            seed=self._seed,
            temperature=self._temperature,
        )

    def chat(self, request: ChatRequest, stopped: Stopped | None = None) -> Iterator[ChatEvent]:
        """See the port."""

        def ended() -> bool:
            return self._closed.is_set() or (stopped is not None and stopped())

        # Refused here, before it stands in line.
        prompt = require_room(request, self._settings.context_tokens)
        body_of(request, "", sees=self._settings.sees, seed=self._seed, temperature=self._temperature)
        with self._line.ticket() as ticket:
            yield from _waiting(ticket, ended)
            if ended():
                yield Ended("stopped", Usage(prompt, 0, 0, 0.0, 0.0))
            else:
                yield from self._answer(request, prompt, ended)

    def count_tokens(self, texts: Sequence[str]) -> tuple[int, ...]:
        """Estimates from above: servers have no common way to ask."""
        return tuple(estimated_tokens(text) for text in texts)

    def reading_speed(self) -> float:
        """The best so far of what was measured from here, so that it does not follow the load of the server."""
        return self._speed

    def close(self) -> None:
        """End what is under way; the server keeps running."""
        self._closed.set()

    def _answer(self, request: ChatRequest, prompt: int, ended: Stopped) -> Iterator[ChatEvent]:
        name = self._model_name()
        body = body_of(request, name, sees=self._settings.sees, seed=self._seed, temperature=self._temperature)
        turns: list[ServerTurn] = []

        def new_turn() -> ServerTurn:
            turns.append(
                ServerTurn(
                    prompt,
                    first_call=calls_before(request.messages),
                    calls_allowed="tools" in body,
                    json_text=request.schema is not None,
                    clock=time.monotonic,
                )
            )
            return turns[-1]

        def work(emit: Callable[[ChatEvent], None]) -> Awaitable[None]:
            return self._exchange.complete(encoded(body), request.most_tokens, new_turn, emit)

        yield Reading(0, prompt)
        for event in _relayed(work, ended):
            if isinstance(event, Ended):
                self._speed = max(self._speed, turns[-1].measured_speed())
            yield event
            if isinstance(event, Ended):
                return
        yield Ended("stopped", turns[-1].usage() if turns else Usage(prompt, 0, 0, 0.0, 0.0))

    def _model_name(self) -> str:
        """The name in settings, else that of the server's only model; asked once."""
        from anyio.from_thread import start_blocking_portal

        with self._naming:
            if not self._name:
                with start_blocking_portal() as portal:
                    names = portal.call(self._exchange.model_names)
                if len(names) != 1:
                    listed = ", ".join(readable(name) for name in names[:20]) or "none"
                    raise ModelUnavailableError(
                        f"The server has {len(names)} models ({listed}). Name the one to be used with the setting "
                        "'server.model'."
                    )
                self._name = names[0]
            return self._name


def _waiting(ticket: Ticket, ended: Stopped) -> Iterator[ChatEvent]:
    """Until it is this request's turn, or nobody wants it any more; each place is told once."""
    told = 0
    while (place := ticket.place()) and not ended():
        if place != told:
            told = place
            yield Waiting(place)
        ticket.wait(LOOK_SECONDS)


def _relayed(work: Callable[[Callable[[ChatEvent], None]], Awaitable[None]], ended: Stopped) -> Iterator[ChatEvent]:
    """The events of `work`, which runs in an event loop of its own and is cancelled when this iterator is left.

    Ends without `Ended` when `ended` says so.
    """
    from anyio.from_thread import start_blocking_portal

    inbox: queue.SimpleQueue[ChatEvent | None] = queue.SimpleQueue()
    with start_blocking_portal() as portal:
        future = portal.start_task_soon(work, inbox.put)
        future.add_done_callback(lambda _: inbox.put(None))
        while True:
            if ended():
                future.cancel()
                return
            try:
                event = inbox.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                continue
            if event is None:
                break
            yield event
        future.result()
