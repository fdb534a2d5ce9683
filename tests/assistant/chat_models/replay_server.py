"""A server on this machine that replays what OpenAI-compatible servers send, byte for byte and as slowly as told.

The shapes follow the sources of vLLM, llama-server and Ollama: which fields their chunks have, how calls are split,
where the usage comes, how they fail.
"""

import json
import queue
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal, Self

from assistant.chat_models.fake import Scripted
from assistant.chat_models.port import ToolCall

Flavour = Literal["vllm", "llama-server", "ollama"]
FLAVOURS: tuple[Flavour, ...] = ("vllm", "llama-server", "ollama")


@dataclass(frozen=True)
class Reply:
    """What is sent: a status, headers, the pieces of the body one after the other, then the connection's end.

    `then`: `close` ends it, `hang` says nothing more until the other side goes away, `break` ends it before what was promised.
    """

    pieces: tuple[bytes, ...]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "text/event-stream; charset=utf-8"})
    then: Literal["close", "hang", "break"] = "close"


@dataclass(frozen=True)
class Seen:
    """A request as it came in."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any


Answerer = Callable[[Seen], Reply]


class ReplayServer:
    """Answers requests with replies in their order, or with a function of the request."""

    def __init__(
        self, replies: Sequence[Reply] | Answerer, *, flavour: Flavour = "vllm", tls: ssl.SSLContext | None = None
    ) -> None:
        self._replies = replies
        self._lock = threading.Lock()
        self.flavour = flavour
        self.models: tuple[str, ...] = ("ministral",)
        self.seen: list[Seen] = []
        self.arrived: queue.SimpleQueue[Seen] = queue.SimpleQueue()
        self.gone = threading.Event()
        """Set when the other side has closed a connection on which the server was silent."""
        self.ended = threading.Event()
        self._server = _Server(self)
        self._tls = tls
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True, name="replay server"
        )

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"{'http' if self._tls is None else 'https'}://127.0.0.1:{self.port}/v1"

    @property
    def asked(self) -> list[Any]:
        """The bodies of the chat completions asked for."""
        return [seen.body for seen in self.seen if seen.path.endswith("/chat/completions")]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ended.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, seen: Seen) -> Reply:
        """The reply to a request, which is noted."""
        with self._lock:
            self.seen.append(seen)
            number = len(self.asked) - 1
        self.arrived.put(seen)
        if seen.path.endswith("/models") and not callable(self._replies):
            return models_reply(self.flavour, self.models)
        return self._replies(seen) if callable(self._replies) else self._replies[number]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, replay: ReplayServer) -> None:
        self.replay = replay
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        self._reply(b"")

    def do_POST(self) -> None:
        self._reply(self.rfile.read(int(self.headers.get("Content-Length", "0"))))

    def log_message(self, *_: Any) -> None:
        pass

    def _reply(self, body: bytes) -> None:
        replay = self.server.replay
        reply = replay.answer(Seen(self.command, self.path, dict(self.headers), json.loads(body) if body else None))
        promised = {"Content-Length": "1000000000"} if reply.then == "break" else {}
        self.close_connection = True
        self.send_response(reply.status)
        for name, value in {**reply.headers, **promised, "Connection": "close"}.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            for piece in reply.pieces:
                self.wfile.write(piece)
                self.wfile.flush()
        except OSError:
            replay.gone.set()
            return
        if reply.then == "hang":
            self._wait_until_gone(replay)

    def _wait_until_gone(self, replay: ReplayServer) -> None:
        self.connection.settimeout(0.01)
        while not replay.ended.is_set():
            try:
                heard = self.connection.recv(1)
            except TimeoutError:
                continue
            except OSError:
                heard = b""
            if not heard:
                replay.gone.set()
                return


# ---- what servers send ----------------------------------------------------------------------------------------------


def event(data: Any) -> bytes:
    """One server-sent event."""
    return b"data: " + (data if isinstance(data, bytes) else json.dumps(data, ensure_ascii=False).encode()) + b"\n\n"


DONE = event(b"[DONE]")


def stream(turn: Scripted, flavour: Flavour = "vllm", *, most: int = 10_000, cut_every: int = 0) -> Reply:
    """A whole answer as that server streams it; `cut_every` bytes are sent at once, 0 sends event by event."""
    events = [*_events(turn, flavour, most), DONE]
    if cut_every:
        whole = b"".join(events)
        events = [whole[start : start + cut_every] for start in range(0, len(whole), cut_every)]
    return Reply(tuple(events))


def scripted(turns: Sequence[Scripted], flavour: Flavour) -> Answerer:
    """Turns in the order of the requests, each no longer than asked for."""
    waiting = iter(turns)
    lock = threading.Lock()

    def answer(seen: Seen) -> Reply:
        if seen.path.endswith("/models"):
            return models_reply(flavour, ("ministral",))
        with lock:
            turn = next(waiting)
        return stream(turn, flavour, most=seen.body["max_tokens"])

    return answer


def failure(status: int, body: Any, **headers: str) -> Reply:
    """An answer that is an error."""
    pieces = (body if isinstance(body, bytes) else json.dumps(body).encode(),)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(pieces, status, {"Content-Type": "application/json"} | named)


def models_reply(flavour: Flavour, names: Sequence[str]) -> Reply:
    """`GET /v1/models`."""
    more: dict[Flavour, dict[str, Any]] = {
        "vllm": {"owned_by": "vllm", "root": "m", "parent": None, "max_model_len": 32768, "permission": [{"id": "p"}]},
        "llama-server": {"owned_by": "llamacpp", "meta": {"vocab_type": 2, "n_vocab": 131072, "n_ctx_train": 262144}},
        "ollama": {"owned_by": "library"},
    }
    data = [{"id": name, "object": "model", "created": 1_760_000_000} | more[flavour] for name in names]
    return failure(200, {"object": "list", "data": data})


def chunk(delta: Mapping[str, Any] | None, finish: str | None = None, **more: Any) -> dict[str, Any]:
    """One chunk of a chat completion; None has no choice in it."""
    choices = [] if delta is None else [{"index": 0, "delta": dict(delta), "finish_reason": finish}]
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1_760_000_000,
        "model": "ministral",
        "choices": choices,
    } | more


def _events(turn: Scripted, flavour: Flavour, most: int) -> Iterator[bytes]:
    if flavour != "ollama":  # Ollama names the role in every chunk
        yield event(chunk({"role": "assistant", "content": None if flavour == "llama-server" else ""}))
    if isinstance(turn, str):
        pieces = _pieces(turn)
        for piece in pieces[:most]:
            yield event(chunk({"content": piece} | ({"role": "assistant"} if flavour == "ollama" else {})))
        finish, written = ("length" if len(pieces) > most else "stop"), min(len(pieces), most)
    else:
        yield from _call_events(turn, flavour)
        finish, written = "tool_calls", len(turn)
    yield event(chunk({"role": "assistant", "content": ""} if flavour == "ollama" else {}, finish))
    yield event(chunk(None, usage=_usage(flavour, written)))


def _usage(flavour: Flavour, written: int) -> dict[str, Any]:
    usage: dict[str, Any] = {"prompt_tokens": 400, "completion_tokens": written, "total_tokens": 400 + written}
    if flavour != "ollama":
        usage["prompt_tokens_details"] = {"cached_tokens": 64} if flavour == "llama-server" else None
    return usage


def _call_events(calls: Sequence[ToolCall], flavour: Flavour) -> Iterator[bytes]:
    for number, call in enumerate(calls):
        head = {"index": number, "id": f"{call.id}/{flavour}", "type": "function"}
        if flavour == "ollama":  # each call whole
            whole = head | {"function": {"name": call.name, "arguments": call.arguments}}
            yield event(chunk({"role": "assistant", "content": "", "tool_calls": [whole]}))
            continue
        yield event(chunk({"tool_calls": [head | {"function": {"name": call.name, "arguments": ""}}]}))
        for piece in _pieces(call.arguments):
            yield event(chunk({"tool_calls": [{"index": number, "function": {"arguments": piece}}]}))


def _pieces(text: str) -> list[str]:
    """Some characters at a time, as tokens are."""
    return [text[start : start + 4] for start in range(0, len(text), 4)]
