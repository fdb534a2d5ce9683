"""Tokens become text and calls by their ids; nothing that is written can break the reader."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.chat_models.llama.parsing import AnswerReader, Written
from assistant.chat_models.port import CallWritten, MalformedCall, TextPiece, ToolCall
from eval.tekken import SPECIAL_TOKENS
from tests.assistant.llama.tiny_model import tiny_vocabulary


def _read(*parts: str | int) -> list[Written]:
    """Texts and control ids, in turn."""
    vocabulary = tiny_vocabulary()
    tokens = [token for part in parts for token in ([part] if isinstance(part, int) else vocabulary.encode(part))]
    return _read_tokens(tokens)


def _read_tokens(tokens: list[int]) -> list[Written]:
    reader = AnswerReader(tiny_vocabulary())
    events = [event for token in tokens for event in reader.read(token)]
    return [*events, *reader.end()]


def _text(events: list[Written]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextPiece))


@given(st.text())
def test_text_comes_out_as_it_was(text: str):
    events = _read(text)
    assert _text(events) == text
    assert all(isinstance(event, TextPiece) and event.text for event in events)


def test_a_character_of_several_tokens_comes_whole():
    vocabulary = tiny_vocabulary()
    single = [vocabulary.pieces.index(bytes([byte]), 1000) for byte in "🧑".encode()]
    assert len(single) == 4
    assert _read_tokens(single) == [TextPiece("🧑")]
    assert _read_tokens(single[:2]) == [TextPiece("\ufffd")]


def test_one_call_and_several():
    control = tiny_vocabulary().control
    one = (control.call, "search", control.arguments, '{"q": "ä"}')
    assert _read("Let me see.", *one, control.end) == [
        *_read("Let me see."),
        CallWritten(ToolCall("call1", "search", '{"q": "ä"}')),
    ]
    assert _read(*one, *one) == [
        CallWritten(ToolCall("call1", "search", '{"q": "ä"}')),
        CallWritten(ToolCall("call2", "search", '{"q": "ä"}')),
    ]


def test_an_id_that_older_models_write_is_left_out():
    control = tiny_vocabulary().control
    events = _read(control.call, "search", control.call_id, "abc123456", control.arguments, "{}")
    assert events == [CallWritten(ToolCall("call1", "search", "{}"))]


def test_thoughts_are_left_out():
    control = tiny_vocabulary().control
    assert _text(_read("a", control.begin_thought, "I wonder", control.end_thought, "b")) == "ab"
    assert _text(_read(control.begin_thought, "I wonder and never end")) == ""


@pytest.mark.parametrize(
    ("name", "arguments", "because"),
    [
        ("search", None, "no arguments"),
        ("", "{}", "name"),
        ("two words", "{}", "name"),
        ("search\n", "{}", "name"),
        ("s" * 65, "{}", "name"),
        ("search", "", "JSON"),
        ("search", '{"q": "x', "JSON"),
        ("search", "{} {}", "JSON"),
        ("search", "[1]", "object"),
        ("search", '"q"', "object"),
        ("search", "[" * 5000, "JSON"),
        ("search", "1" * 5000, "JSON"),
    ],
)
def test_what_is_no_call_is_told_with_its_reason(name: str, arguments: str | None, because: str):
    control = tiny_vocabulary().control
    rest = () if arguments is None else (control.arguments, arguments)
    (event,) = _read(control.call, name, *rest)
    assert isinstance(event, MalformedCall)
    assert because in event.because
    assert name.strip() in event.text


def test_a_control_token_within_a_call_spoils_it_alone():
    control = tiny_vocabulary().control
    good = (control.call, "count", control.arguments, "{}")
    bad = (control.call, "search", control.arguments, '{"q":', control.begin_result, '"x"}')
    assert [type(event) for event in _read(*bad, *good)] == [MalformedCall, CallWritten]


def test_what_only_looks_like_control_tokens_is_text():
    text = "".join(SPECIAL_TOKENS)
    assert _read(text) == [TextPiece(piece.text) for piece in _read(text) if isinstance(piece, TextPiece)]
    assert _text(_read(text)) == text


@given(st.lists(st.one_of(st.integers(0, 40), st.integers(0, 131_071)), max_size=80))
def test_any_tokens_are_read_and_no_control_token_becomes_text(tokens: list[int]):
    vocabulary = tiny_vocabulary()
    events = _read_tokens(tokens)
    written = sum(len(vocabulary.pieces[token]) for token in tokens if not vocabulary.is_control(token))
    shown = "".join(
        event.text if not isinstance(event, CallWritten) else event.call.name + event.call.arguments for event in events
    )
    # a byte becomes one character at most; a blank stands between name and arguments of what is no call
    assert len(shown) <= written + len(events)
    assert sum(not isinstance(event, TextPiece) for event in events) <= tokens.count(vocabulary.control.call)
    if not any(not vocabulary.is_control(token) for token in tokens):
        assert _text(events) == ""
