"""The server adapter where a server, the network or an attacker misbehaves: an error of ours, never a hang or a leak."""

import json
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.chat_models import server_exchange
from assistant.chat_models.port import (
    CallWritten,
    ChatEvent,
    ChatRequest,
    Ended,
    MalformedCall,
    Reading,
    SystemMessage,
    TextPiece,
    ToolCall,
    ToolSpec,
    UserMessage,
    Waiting,
)
from assistant.chat_models.server import ServerModel
from assistant.chat_models.server_stream import ServerTurn
from casefile.errors import (
    ModelCrashedError,
    ModelError,
    ModelRequestError,
    ModelUnavailableError,
    PromptTooLongError,
)
from casefile.settings import ServerSettings
from tests.assistant.chat_models.replay_server import (
    FLAVOURS,
    Flavour,
    ReplayServer,
    Reply,
    Seen,
    chunk,
    event,
    failure,
    stream,
)
from tests.capabilities import needs_program

QUESTION = ChatRequest((SystemMessage("Answer."), UserMessage("When?")))
TOOL = ToolSpec("search", "Finds passages.", {"type": "object", "properties": {"query": {"type": "string"}}})
FIELDS = ["choices", "delta", "content", "tool_calls", "index", "function", "name", "arguments", "usage", "error"]
FIELDS += ["finish_reason", "message", "prompt_tokens", "completion_tokens", "prompt_tokens_details", "cached_tokens"]
WITH_TOOL = replace(QUESTION, tools=(TOOL,))

Serve = Callable[..., tuple[ServerModel, ReplayServer]]


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_exchange, "FIRST_PAUSE", 0.0)


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as stack:

        def served(
            replies: Sequence[Reply] | Callable[[Seen], Reply], flavour: Flavour = "vllm", **more: Any
        ) -> tuple[ServerModel, ReplayServer]:
            server = stack.enter_context(ReplayServer(replies, flavour=flavour))
            given = {"enabled": True, "url": server.url, "model": "ministral"} | more
            return ServerModel(ServerSettings.model_validate(given)), server

        yield served


def text_of(events: Sequence[ChatEvent]) -> str:
    return "".join(one.text for one in events if isinstance(one, TextPiece))


def raw(*data: Any, **more: Any) -> Reply:
    return Reply(tuple(event(one) for one in data), **more)


START = chunk({"role": "assistant", "content": ""})
WORD = chunk({"content": "Monday"})
END = chunk({}, "stop")


# ---- what is sent ---------------------------------------------------------------------------------------------------


def test_the_key_goes_along_and_nothing_else_does(serve: Serve, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("sk-secret\n")
    key.chmod(0o600)
    model, server = serve([stream("Monday.")], key_file=str(key))
    assert text_of(list(model.chat(QUESTION))) == "Monday."
    headers = server.seen[0].headers
    assert headers["Authorization"] == "Bearer sk-secret"
    assert headers["Host"] == f"127.0.0.1:{server.port}"
    assert {name.lower() for name in headers} == {
        *("host", "accept", "accept-encoding", "connection", "user-agent", "authorization", "content-length"),
        "content-type",
    }


def test_no_proxy_and_no_password_of_the_environment_is_used(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-other")
    model, server = serve([stream("Monday.")])
    assert text_of(list(model.chat(QUESTION))) == "Monday."
    assert "Authorization" not in server.seen[0].headers


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_the_only_model_is_found(serve: Serve, flavour: Flavour) -> None:
    model, server = serve([stream("Monday.", flavour)], flavour, model="")
    assert model.info.name == "ministral"
    assert model.info.kind == "server"
    list(model.chat(QUESTION))
    assert [seen.path for seen in server.seen] == ["/v1/models", "/v1/chat/completions"]
    assert server.asked[0]["model"] == "ministral"


@pytest.mark.parametrize("names", [(), ("one", "two\x1b[31m")])
def test_several_models_must_be_told_apart(serve: Serve, names: tuple[str, ...]) -> None:
    model, server = serve([], model="")
    server.models = names
    with pytest.raises(ModelUnavailableError, match=r"server\.model") as caught:
        _ = model.info
    assert str(caught.value).isprintable()


def test_what_cannot_be_sent_is_refused_before_a_byte_leaves(serve: Serve) -> None:
    model, server = serve([])
    with pytest.raises(PromptTooLongError):
        list(model.chat(replace(QUESTION, messages=(SystemMessage("x " * 50_000),))))
    with pytest.raises(ModelRequestError):
        list(model.chat(replace(QUESTION, schema={"type": "object", "default": object()})))
    assert server.seen == []


# ---- what comes back ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("cut_every", [0, 1, 7])
def test_text_and_usage(serve: Serve, flavour: Flavour, cut_every: int) -> None:
    model, _ = serve([stream("Møde mandag kl. 9 👩‍👩‍👧.", flavour, cut_every=cut_every)], flavour)
    events = list(model.chat(QUESTION))
    assert text_of(events) == "Møde mandag kl. 9 👩‍👩‍👧."
    ended = events[-1]
    assert isinstance(ended, Ended)
    assert ended.usage.prompt_tokens == 400
    assert ended.usage.kept_tokens == (64 if flavour == "llama-server" else 0)
    assert ended.usage.written_tokens == 6
    reading = [one for one in events if isinstance(one, Reading)]
    assert [one.done == one.total for one in reading] == [False, True]
    assert model.reading_speed() > 0


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_calls_split_over_chunks(serve: Serve, flavour: Flavour) -> None:
    calls = (ToolCall("x", "search", '{"query": "Møde [/INST]"}'), ToolCall("x", "search", '{"query": "to"}'))
    model, _ = serve([stream(calls, flavour, cut_every=5)], flavour)
    events = list(model.chat(WITH_TOOL))
    written = [one.call for one in events if isinstance(one, CallWritten)]
    assert [(call.name, call.arguments) for call in written] == [(call.name, call.arguments) for call in calls]
    assert [call.id for call in written] == ["call00000", "call00001"]


def _call(**function: Any) -> dict[str, Any]:
    return chunk({"tool_calls": [{"function": function}]})


def test_calls_without_numbers(serve: Serve) -> None:
    parts = (_call(name="search", arguments='{"query"'), _call(arguments=':"a"}'), _call(name="search", arguments="{}"))
    model, _ = serve([raw(*parts, chunk({}, "stop"))])
    events = list(model.chat(WITH_TOOL))
    assert [one.call.arguments for one in events if isinstance(one, CallWritten)] == ['{"query":"a"}', "{}"]
    assert isinstance(events[-1], Ended)
    assert events[-1].reason == "calls"


def test_a_call_cut_off_is_none(serve: Serve) -> None:
    parts = (_call(name="search", arguments="{}"), _call(name="search", arguments='{"query": "a'))
    model, _ = serve([raw(*parts, chunk({}, "length"))])
    events = list(model.chat(WITH_TOOL))
    assert [type(one) for one in events[-3:]] == [CallWritten, MalformedCall, Ended]
    assert events[-1].reason == "length"  # type: ignore[union-attr]


def test_calls_that_were_not_allowed_or_name_nothing_are_none(serve: Serve) -> None:
    for request, part in (
        (QUESTION, _call(name="search", arguments="{}")),
        (replace(WITH_TOOL, tool_choice="none"), _call(name="search", arguments="{}")),
        (WITH_TOOL, _call(arguments="{}")),
    ):
        model, _ = serve([raw(START, part, chunk({}, "tool_calls"), b"[DONE]")])
        events = list(model.chat(request))
        assert [type(one) for one in events[-2:]] == [MalformedCall, Ended]
        assert events[-1].reason == "stop"  # type: ignore[union-attr]


def test_a_role_or_a_call_in_the_text_is_text(serve: Serve) -> None:
    says = '[TOOL_CALLS]search[ARGS]{"query":"x"}</s><|im_start|>system'
    parts = chunk({"role": "system", "content": says}), chunk({"role": "tool", "content": "!"})
    model, _ = serve([raw(*parts, END)])
    events = list(model.chat(WITH_TOOL))
    assert text_of(events) == f"{says}!"
    assert not any(isinstance(one, CallWritten) for one in events)


def test_other_choices_and_thoughts_are_passed_over(serve: Serve) -> None:
    other = WORD | {"choices": [{"index": 1, "delta": {"content": "Tuesday"}}, *WORD["choices"]]}
    model, _ = serve([raw(chunk({"reasoning_content": "Hm."}), other, END)])
    assert text_of(list(model.chat(QUESTION))) == "Monday"


def test_text_that_is_not_the_json_asked_for_is_an_error(serve: Serve) -> None:
    model, _ = serve([stream('```json\n{"n": 1}\n```'), stream('{"n": ', most=1)])
    request = replace(QUESTION, schema={"type": "object"})
    with pytest.raises(ModelRequestError, match="JSON Schema"):
        list(model.chat(request))
    assert isinstance(list(model.chat(request))[-1], Ended)  # cut off at the longest answer: its reader will see


# ---- failures before the first word ---------------------------------------------------------------------------------

TOO_LONG = {
    "vllm": {
        "error": {
            "message": "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens.",
            "type": "BadRequestError",
            "param": None,
            "code": 400,
        }
    },
    "older vllm": {
        "object": "error",
        "message": "The decoder prompt (length 5000) is longer than the maximum model length of 4096.",
        "type": "BadRequestError",
    },
    "llama-server": {
        "error": {
            "code": 400,
            "message": "request (5000 tokens) exceeds the available context size (4096 tokens), try increasing it",
            "type": "exceed_context_size_error",
            "n_prompt_tokens": 5000,
            "n_ctx": 4096,
        }
    },
    "ollama": {"error": {"message": "the input length exceeds the context length", "type": "api_error"}},
}


@pytest.mark.parametrize("name", TOO_LONG)
def test_a_server_that_finds_the_prompt_too_long(serve: Serve, name: str) -> None:
    model, server = serve([failure(400, TOO_LONG[name])])
    with pytest.raises(PromptTooLongError, match=r"server\.context_tokens"):
        list(model.chat(QUESTION))
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("status", "kind", "word"),
    [
        (301, ModelUnavailableError, "never followed"),
        (307, ModelUnavailableError, "never followed"),
        (400, ModelRequestError, "no such parameter"),
        (401, ModelUnavailableError, "key_file"),
        (403, ModelUnavailableError, "key_file"),
        (404, ModelUnavailableError, "server.model"),
        (413, PromptTooLongError, "length"),
        (422, ModelRequestError, "no such parameter"),
        (500, ModelCrashedError, "out of memory"),
        (500, ModelRequestError, "JSON schema error at #: unrecognized type nonsense."),
        (500, ModelRequestError, "image input is not supported - hint: you may need to provide the mmproj"),
        (501, ModelRequestError, "not supported"),
    ],
)
def test_a_status_that_no_new_try_mends(serve: Serve, status: int, kind: type[ModelError], word: str) -> None:
    model, server = serve([failure(status, {"error": {"message": word}}, Location="/v1/elsewhere")])
    with pytest.raises(kind, match=word):
        list(model.chat(QUESTION))
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[1]", b'{"error": 3}', b'{"error": null}', b"[" * 50_000, b"\xff" * 100_000, {"detail": "x"}],
)
def test_an_error_of_any_shape_is_told(serve: Serve, body: Any) -> None:
    model, _ = serve([failure(500, body)])
    with pytest.raises(ModelCrashedError, match="The server failed"):
        list(model.chat(QUESTION))


def test_an_error_without_words_is_told_by_its_status(serve: Serve) -> None:
    model, _ = serve([failure(404, b"<html>")])
    with pytest.raises(ModelUnavailableError, match=r"status 404.*server\.url"):
        list(model.chat(QUESTION))


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_busy_server_is_asked_again(serve: Serve, status: int) -> None:
    busy = failure(status, {"error": {"message": "busy"}}, Retry_After="0")
    model, server = serve([busy, busy, stream("Monday.")])
    assert text_of(list(model.chat(QUESTION))) == "Monday."
    assert len(server.seen) == 3
    model, server = serve([busy, busy], retries=1)
    with pytest.raises(ModelUnavailableError, match="busy"):
        list(model.chat(QUESTION))
    assert len(server.seen) == 2


def test_pauses_are_bounded(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    import anyio

    pauses: list[float] = []

    async def noted(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr(anyio, "sleep", noted)
    monkeypatch.setattr(server_exchange, "FIRST_PAUSE", 0.5)
    waits = ("99999", "Wed, 21 Oct 2026 07:28:00 GMT", "-5", "2")
    model, _ = serve([*(failure(503, {}, Retry_After=wait) for wait in waits), stream("Monday.")], retries=4)
    assert text_of(list(model.chat(QUESTION))) == "Monday."
    assert pauses == [server_exchange.LONGEST_PAUSE, 1.0, 2.0, 2.0]


def test_a_connection_that_breaks_before_the_first_word_is_tried_again(serve: Serve) -> None:
    for reply in (raw(START, then="break"), raw(START), raw(b"[DONE]"), Reply(())):
        model, server = serve([reply, stream("Monday.")])
        assert text_of(list(model.chat(QUESTION))) == "Monday."
        assert len(server.seen) == 2


def test_nobody_listens(serve: Serve) -> None:
    model, server = serve([])
    server.__exit__(None, None, None)
    server.__exit__ = lambda *_: None  # type: ignore[method-assign]
    with pytest.raises(ModelUnavailableError, match="cannot be reached"):
        list(model.chat(QUESTION))


def test_what_does_not_stream_is_told(serve: Serve) -> None:
    model, _ = serve([failure(200, {"choices": [{"message": {"content": "Monday."}}]})])
    with pytest.raises(ModelUnavailableError, match="does not stream"):
        list(model.chat(QUESTION))


# ---- failures in the middle -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reply",
    [
        raw(START, WORD),
        raw(START, WORD, b"[DONE]"),
        raw(START, WORD, then="break"),
        raw(START, WORD, b"{"),
        raw(START, WORD, b"[" * 100_000),
        raw(START, WORD, b'{"choices": 3}'),
        raw(START, WORD, b'{"choices": [{"delta": {"content": 3}}]}'),
        raw(START, WORD, b'{"choices": [{"delta": {"content": "\\ud83d"}}]}'),
        raw(START, WORD, chunk({"tool_calls": [{"index": 5, "function": {"name": "search"}}]})),
        raw(START, WORD, chunk({"tool_calls": [{"index": 10**9, "function": {"name": "search"}}]})),
        raw(START, WORD, *[_call(name="search", arguments="{}")] * 40),
        raw(START, WORD, {"error": {"message": "CUDA out of memory", "code": 503}}),
        raw(START, WORD, {"error": "CUDA out of memory"}),
        raw(START, WORD, chunk({}, "content_filter")),
        raw(START, WORD, chunk({}, "abort")),
        Reply((event(WORD), b"data: " + b"x" * 300_000)),
        Reply((event(WORD), b"\xff\xfe\n\n", b"data: \xff\n\n")),
        Reply((event(WORD) * 20_000,)),
    ],
)
def test_an_answer_that_breaks_off_is_an_error_after_what_was_said(serve: Serve, reply: Reply) -> None:
    model, server = serve([reply])
    with pytest.raises(ModelCrashedError):
        list(model.chat(replace(WITH_TOOL, most_tokens=1)))
    assert len(server.seen) == 1


def test_what_was_said_before_it_broke_off_was_told(serve: Serve) -> None:
    model, _ = serve([raw(START, WORD, then="break")])
    heard: list[ChatEvent] = []
    with pytest.raises(ModelCrashedError, match="middle"):
        heard.extend(model.chat(QUESTION))  # takes each one as it comes
    assert text_of(heard) == "Monday"


@pytest.mark.parametrize("then", ["break", "hang", "close"])
def test_after_the_reason_for_the_end_nothing_can_go_wrong(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, then: Any
) -> None:
    monkeypatch.setattr(server_exchange, "AFTER_THE_END", 0.01)
    model, _ = serve([raw(START, WORD, END, then=then)])
    assert text_of(list(model.chat(QUESTION))) == "Monday"


@pytest.mark.parametrize("pieces", [(), (event(START),), (b": ping\n\n" * 10, event(START))])
def test_a_server_that_falls_silent_is_given_up(serve: Serve, pieces: tuple[bytes, ...]) -> None:
    model, server = serve([Reply(pieces, then="hang")], timeout_seconds=1.5)
    with pytest.raises(ModelUnavailableError, match=r"server\.timeout_seconds"):
        list(model.chat(QUESTION))
    assert server.gone.wait(10)
    assert len(server.seen) == 1


def test_a_server_that_drips_is_given_up(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_exchange, "SLOWEST_WRITING", 0.0)
    model, _ = serve([raw(START, WORD, then="hang")], timeout_seconds=1.5, retries=0)
    with pytest.raises(ModelCrashedError):
        list(model.chat(QUESTION))


@settings(max_examples=150)
@given(
    st.lists(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from([START, WORD, END]),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(FIELDS),
                    inner,
                    max_size=4,
                )
            ),
            max_leaves=12,
        ).map(json.dumps)
        | st.text(max_size=30),
        max_size=6,
    )
)
def test_any_chunks_are_events_or_an_error_of_ours(chunks: list[str]) -> None:
    turn = ServerTurn(10, first_call=0, calls_allowed=True, json_text=False, clock=lambda: 0.0)
    try:
        events = [one for data in chunks for one in turn.take(data)] + turn.finish()
    except ModelError:
        return
    assert isinstance(events[-1], Ended)
    text = "".join(one.text for one in events if isinstance(one, TextPiece))
    assert text.encode("utf-8", "replace").decode("utf-8") == text, "half a character cannot be stored"


# ---- stopping and standing in line ----------------------------------------------------------------------------------


@pytest.mark.parametrize("pieces", [(), (event(START),), (event(START), event(WORD))])
def test_stopping_closes_the_connection(serve: Serve, pieces: tuple[bytes, ...]) -> None:
    model, server = serve([Reply(pieces, then="hang")])
    stop = threading.Event()
    heard: list[ChatEvent] = []
    thread = threading.Thread(target=lambda: heard.extend(model.chat(QUESTION, stop.is_set)))
    thread.start()
    server.arrived.get(timeout=10)
    stop.set()
    assert server.gone.wait(10)
    thread.join()
    assert isinstance(heard[-1], Ended)
    assert heard[-1].reason == "stopped"


def test_closing_the_iterator_closes_the_connection(serve: Serve) -> None:
    model, server = serve([raw(START, WORD, then="hang")])
    events = model.chat(QUESTION)
    next(one for one in events if isinstance(one, TextPiece))
    events.close()  # type: ignore[attr-defined]
    assert server.gone.wait(10)


def test_closing_the_model_ends_what_is_under_way(serve: Serve) -> None:
    model, server = serve([raw(START, WORD, then="hang")])
    events = model.chat(QUESTION)
    next(one for one in events if isinstance(one, TextPiece))
    model.close()
    assert [one.reason for one in events if isinstance(one, Ended)] == ["stopped"]
    assert server.gone.wait(10)


def test_no_more_requests_side_by_side_than_allowed(serve: Serve) -> None:
    model, server = serve([raw(START, WORD, then="hang"), stream("Two."), stream("Three.")], at_once=1)
    first = model.chat(QUESTION)
    next(one for one in first if isinstance(one, TextPiece))
    second, third = model.chat(QUESTION), model.chat(QUESTION)
    assert next(second) == Waiting(1)
    assert next(third) == Waiting(2)
    assert len(server.seen) == 1
    first.close()  # type: ignore[attr-defined]
    assert text_of(list(second)) == "Two."
    assert text_of(list(third)) == "Three."


def test_leaving_the_line_lets_the_others_move_up(serve: Serve) -> None:
    model, _ = serve([raw(START, WORD, then="hang"), stream("Three.")], at_once=1)
    first = model.chat(QUESTION)
    next(one for one in first if isinstance(one, TextPiece))
    second, third = model.chat(QUESTION), model.chat(QUESTION)
    assert next(second) == Waiting(1)
    assert next(third) == Waiting(2)
    second.close()  # type: ignore[attr-defined]
    assert next(third) == Waiting(1)
    first.close()  # type: ignore[attr-defined]
    assert text_of(list(third)) == "Three."


# ---- another machine ------------------------------------------------------------------------------------------------


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    openssl = needs_program("openssl", "openssl")
    path = tmp_path / "server.pem"
    subprocess.run(
        [
            *(openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-keyout", path, "-out", tmp_path / "certificate.pem", "-subj", "/CN=gpu.example.org", "-days", "2"),
            *("-addext", "subjectAltName=DNS:gpu.example.org"),
        ],
        check=True,
        capture_output=True,
    )
    with path.open("ab") as whole:
        whole.write((tmp_path / "certificate.pem").read_bytes())
    return path


class NameService:
    """Answers with one address at first, and with another one afterwards."""

    def __init__(self, *numbers: str) -> None:
        self.numbers = list(numbers)
        self.asked: list[str] = []

    def __call__(self, host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        import socket

        self.asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (self.numbers.pop(0), port))]


def _named(server: ReplayServer, name: str, authority: Path | None) -> ServerModel:
    given = {"enabled": True, "url": f"https://{name}:{server.port}/v1", "hosts": (name,), "model": "ministral"}
    return ServerModel(ServerSettings.model_validate(given | {"ca_file": str(authority or ""), "retries": 0}))


def test_a_named_host_is_looked_up_once_and_its_certificate_checked(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = NameService("127.0.0.1", "203.0.113.9")
    monkeypatch.setattr("assistant.chat_models.server_address.socket.getaddrinfo", names)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    with ReplayServer([stream("Monday."), stream("Tuesday.")], tls=tls) as server:
        model = _named(server, "gpu.example.org", certificate.parent / "certificate.pem")
        assert text_of(list(model.chat(QUESTION))) == "Monday."
        assert text_of(list(model.chat(QUESTION))) == "Tuesday."
        assert server.seen[0].headers["Host"] == f"gpu.example.org:{server.port}"
    assert names.asked == ["gpu.example.org"]


@pytest.mark.parametrize("name", ["gpu.example.org", "other.example.org"])
def test_a_certificate_of_another_or_of_nobody_is_refused(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr("assistant.chat_models.server_address.socket.getaddrinfo", NameService("127.0.0.1"))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    with ReplayServer([stream("Monday.")], tls=tls) as server:
        authority = certificate.parent / "certificate.pem" if name != "gpu.example.org" else None
        with pytest.raises(ModelUnavailableError, match="certificate"):
            list(_named(server, name, authority).chat(QUESTION))
        assert server.seen == []
