"""What the app and the model's process say to each other survives the way, and nothing else is believed."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.chat_models.llama.protocol import (
    LONGEST_LINE,
    Alive,
    ChildDecoder,
    Counted,
    FromChild,
    Loaded,
    NotLoaded,
    ProtocolError,
    Refused,
    decode_request,
    encode_chat,
    encode_count,
    encode_from_child,
    event_said,
)
from assistant.chat_models.port import (
    AssistantMessage,
    CallWritten,
    ChatRequest,
    Ended,
    MalformedCall,
    Message,
    Picture,
    Reading,
    SystemMessage,
    TextPiece,
    ToolCall,
    ToolMessage,
    ToolSpec,
    Usage,
    UserMessage,
    Waiting,
)

ANY_TEXT = st.text(st.characters(), max_size=60)
"""Lone surrogates and control characters too."""
CALLS = st.builds(ToolCall, ANY_TEXT, ANY_TEXT, ANY_TEXT)
MESSAGES: st.SearchStrategy[Message] = st.one_of(
    st.builds(SystemMessage, ANY_TEXT),
    st.builds(
        UserMessage, ANY_TEXT, st.lists(st.builds(Picture, ANY_TEXT, st.binary(max_size=40)), max_size=2).map(tuple)
    ),
    st.builds(AssistantMessage, ANY_TEXT, st.lists(CALLS, max_size=2).map(tuple)),
    st.builds(ToolMessage, ANY_TEXT, ANY_TEXT, ANY_TEXT),
)
JSON_OBJECTS = st.dictionaries(ANY_TEXT, st.one_of(ANY_TEXT, st.integers(), st.none(), st.lists(ANY_TEXT)), max_size=3)
REQUESTS = st.builds(
    ChatRequest,
    st.lists(MESSAGES, max_size=4).map(tuple),
    st.lists(st.builds(ToolSpec, ANY_TEXT, ANY_TEXT, JSON_OBJECTS), max_size=2).map(tuple),
    st.sampled_from(["auto", "none", "required"]),
    st.none() | JSON_OBJECTS,
    st.integers(1, 8192),
    st.none() | st.integers(0, 2**31),
    st.none() | st.floats(0, 2),
)
WHOLE_TEXT = st.text(max_size=60)
NATURAL = st.integers(0, 2**40)
EVENTS = st.one_of(
    st.builds(Reading, NATURAL, NATURAL),
    st.builds(TextPiece, WHOLE_TEXT),
    st.builds(CallWritten, st.builds(ToolCall, WHOLE_TEXT, WHOLE_TEXT, WHOLE_TEXT)),
    st.builds(MalformedCall, WHOLE_TEXT, WHOLE_TEXT),
    st.builds(
        Ended,
        st.sampled_from(["stop", "length", "calls", "stopped"]),
        st.builds(Usage, NATURAL, NATURAL, NATURAL, st.floats(0, 1e9), st.floats(0, 1e9)),
    ),
)
DECODER = ChildDecoder()


@given(request=REQUESTS, number=st.integers(1, 2**40))
def test_a_request_arrives_as_it_was_made(request: ChatRequest, number: int) -> None:
    line = encode_chat(number, request)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    document = json.loads(line)
    assert document["id"] == number
    assert decode_request(document["request"]) == request


@given(texts=st.lists(ANY_TEXT))
def test_texts_to_be_counted_arrive_as_they_are(texts: list[str]) -> None:
    assert json.loads(encode_count(3, texts))["texts"] == texts


@given(event=EVENTS, number=NATURAL)
def test_an_event_arrives_as_it_happened(event: Any, number: int) -> None:
    said = DECODER.decode(encode_from_child(event_said(number, event)))
    assert said == event_said(number, event)
    assert said.event == event  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "said",
    [
        Loaded(read_tokens_per_second=35.5, write_tokens_per_second=8),
        NotLoaded(because="There is no such file."),
        Refused(id=3, kind="too_long", because="Too long."),
        Counted(id=4, tokens=(1, 0, 7)),
        Alive(),
    ],
)
def test_everything_else_arrives_too(said: FromChild) -> None:
    assert DECODER.decode(encode_from_child(said)) == said


def test_half_a_character_of_a_model_is_replaced() -> None:
    said = DECODER.decode(encode_from_child(event_said(1, TextPiece("a\ud83d"))))
    assert said == event_said(1, TextPiece("a?"))


def test_waiting_is_nothing_that_a_child_knows_of() -> None:
    with pytest.raises(ProtocolError):
        event_said(1, Waiting(1))


GOOD = '{"say":"reading","id":1,"event":{"done":1,"total":2}}'
BAD = {
    "nothing": "",
    "no JSON": "GGML_ASSERT(n_tokens > 0) failed",
    "cut off": GOOD[:-3],
    "a list": "[]",
    "no kind": '{"id":1,"event":{"done":1,"total":2}}',
    "unknown kind": GOOD.replace("reading", "running"),
    "wrong event": GOOD.replace("reading", "text"),
    "text for a number": GOOD.replace('"done":1', '"done":"1"'),
    "fraction for a number": GOOD.replace('"done":1', '"done":1.5'),
    "truth for a number": GOOD.replace('"id":1', '"id":true'),
    "a field more": GOOD.replace('"id":1', '"id":1,"path":"/etc/passwd"'),
    "a field less": GOOD.replace(',"total":2', ""),
    "infinite": '{"say":"loaded","read_tokens_per_second":1e999,"write_tokens_per_second":1}',
    "negative speed": '{"say":"loaded","read_tokens_per_second":-1,"write_tokens_per_second":1}',
    "negative count": '{"say":"counted","id":1,"tokens":[-1]}',
    "an end of its own": '{"say":"ended","id":1,"event":{"reason":"bored","usage":{}}}',
    "an error of its own": '{"say":"refused","id":1,"kind":"KeyboardInterrupt","because":""}',
    "deep": "[" * 100_000,
    "too long": '{"say":"text","id":1,"event":{"text":"' + "x" * LONGEST_LINE + '"}}',
}


@pytest.mark.parametrize("name", BAD)
def test_nothing_else_is_believed(name: str) -> None:
    with pytest.raises(ProtocolError):
        DECODER.decode(BAD[name].encode())


@given(line=st.binary(max_size=200))
def test_any_bytes_are_refused_or_understood(line: bytes) -> None:
    try:
        DECODER.decode(line)
    except ProtocolError:
        return
    raise AssertionError(f"random bytes were understood: {line!r}")
