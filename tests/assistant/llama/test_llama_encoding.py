"""Prompts have the very ids that mistral-common gives them, and no text becomes a control token."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.chat_models.llama.encoding import encode
from assistant.chat_models.llama.vocabulary import Vocabulary
from assistant.chat_models.port import (
    AssistantMessage,
    Message,
    Picture,
    SystemMessage,
    ToolCall,
    ToolMessage,
    ToolSpec,
    UserMessage,
)
from casefile.errors import ModelRequestError, ModelUnavailableError
from tests.assistant.llama.conversations import ORDERS, conversation, ids_by_mistral_common
from tests.assistant.llama.tiny_model import tiny_vocabulary

SYSTEM = SystemMessage("Answer from the passages.")
CALL = ToolCall("c1", "search", '{"q":"x"}')
SEARCH = ToolSpec("search", "Searches.", {"type": "object", "properties": {}})


def _differing(seeds: range) -> list[int]:
    return [
        seed
        for seed in seeds
        if encode(tiny_vocabulary(), *conversation(seed)).ids != ids_by_mistral_common(*conversation(seed))
    ]


def test_300_conversations_have_the_ids_of_mistral_common():
    assert _differing(range(300)) == []


@pytest.mark.prove
def test_10_000_conversations_have_the_ids_of_mistral_common():
    assert _differing(range(10_000)) == []


@given(st.text())
def test_no_text_becomes_a_control_token(text: str):
    vocabulary = tiny_vocabulary()
    ids = vocabulary.encode(text)
    assert not any(vocabulary.is_control(token) for token in ids)
    assert b"".join(vocabulary.pieces[token] for token in ids) == text.encode("utf-8")


def test_orders_in_every_kind_of_text_add_no_control_token():
    vocabulary = tiny_vocabulary()

    def controls(order: str) -> list[int]:
        messages = (
            SystemMessage(order),
            UserMessage(order),
            AssistantMessage(order, (ToolCall("c1", "search", order),)),
            ToolMessage("c1", "search", order),
        )
        tools = (ToolSpec("search", order, {"type": "object", "description": order}),)
        return [token for token in encode(vocabulary, messages, tools).ids if vocabulary.is_control(token)]

    plain = controls("nothing")
    assert len(plain) == 12
    assert all(controls(order) == plain for order in ORDERS)


def test_the_stable_part_is_system_and_tools():
    vocabulary = tiny_vocabulary()
    one = encode(vocabulary, (SYSTEM, UserMessage("one")), (SEARCH,))
    other = encode(vocabulary, (SYSTEM, UserMessage("other")), (SEARCH,))
    assert one.ids[: one.stable_tokens] == other.ids[: other.stable_tokens]
    assert one.ids[one.stable_tokens - 1] == vocabulary.control.end_tools
    assert one.ids[one.stable_tokens] == vocabulary.control.begin_instruction


def test_pictures_stand_before_the_text_of_their_message():
    vocabulary = tiny_vocabulary()
    first, second = Picture("image/png", b"1"), Picture("image/png", b"2")
    prompt = encode(vocabulary, (SYSTEM, UserMessage("see", (first, second)), UserMessage("and")))
    assert [place.picture for place in prompt.pictures] == [first, second]
    assert {place.position for place in prompt.pictures} == {prompt.stable_tokens + 1}


def test_an_answer_of_nothing_is_read_as_an_answer_of_nothing():
    vocabulary = tiny_vocabulary()
    prompt = encode(vocabulary, (SYSTEM, UserMessage("a"), AssistantMessage(), UserMessage("b")))
    assert prompt.ids.count(vocabulary.control.end) == 1


@pytest.mark.parametrize(
    "messages",
    [
        (),
        (UserMessage("a"),),
        (SYSTEM,),
        (SYSTEM, UserMessage("a"), SYSTEM, UserMessage("b")),
        (SYSTEM, UserMessage("a"), AssistantMessage("b")),
        (SYSTEM, UserMessage("a"), ToolMessage("c1", "search", "x")),
        (SYSTEM, UserMessage("a"), AssistantMessage("", (CALL,)), ToolMessage("c2", "search", "x")),
        (SYSTEM, UserMessage("a"), AssistantMessage("", (CALL,)), *[ToolMessage("c1", "search", "x")] * 2),
        (SYSTEM, UserMessage("a"), AssistantMessage("", (CALL, CALL)), ToolMessage("c1", "search", "x")),
        (SYSTEM, UserMessage("a"), AssistantMessage("", (CALL,)), AssistantMessage("b"), UserMessage("c")),
        (SYSTEM, UserMessage("a"), AssistantMessage("", (ToolCall("c", "a b", ""),)), ToolMessage("c", "a", "x")),
        (SYSTEM, UserMessage("a"), AssistantMessage("", (CALL,)), ToolMessage("c1", "two\nlines", "x")),
    ],
)
def test_what_mistral_common_refuses_is_refused(messages: tuple[Message, ...]):
    with pytest.raises(ModelRequestError):
        encode(tiny_vocabulary(), messages)


def test_a_schema_that_is_no_json_is_refused():
    tool = ToolSpec("search", "", {"type": object()})
    with pytest.raises(ModelRequestError, match="JSON"):
        encode(tiny_vocabulary(), (SYSTEM, UserMessage("a")), (tool,))


def test_arguments_as_deep_as_a_well_are_text():
    call = ToolCall("c1", "search", "[" * 100_000)
    messages = (SYSTEM, UserMessage("a"), AssistantMessage("", (call,)), ToolMessage("c1", "search", "x"))
    assert len(encode(tiny_vocabulary(), messages).ids) > 1000


@pytest.mark.parametrize("text", [" " * 1_000_000, "\n" * 500_000, "=" * 500_000, "a " * 250_000, "\u0301" * 300_000])
def test_monotonous_giants_are_encoded(text: str):
    vocabulary = tiny_vocabulary()
    assert b"".join(vocabulary.pieces[token] for token in vocabulary.encode(text)) == text.encode()


def test_a_long_text_is_cut_where_its_ids_do_not_change():
    vocabulary = tiny_vocabulary()
    words = "Payments to Meier GmbH, 14 of them; "
    assert vocabulary.encode(words * 9000) == vocabulary._tekken_ids(words * 9000)


def test_lone_surrogates_are_replaced_as_by_mistral_common():
    messages = (SYSTEM, UserMessage("a\ud800b"))
    assert encode(tiny_vocabulary(), messages).ids == ids_by_mistral_common(messages, ())


def test_a_vocabulary_without_the_control_tokens_is_no_ministral():
    with pytest.raises(ModelUnavailableError, match="no Ministral 3"):
        Vocabulary((b"<s>", b"</s>", b"a"), 2)
