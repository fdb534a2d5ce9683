"""What leaves: text stays text, ids are ours, pictures are data."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.chat_models.port import (
    AssistantMessage,
    ChatRequest,
    Picture,
    SystemMessage,
    ToolCall,
    ToolMessage,
    ToolSpec,
    UserMessage,
)
from assistant.chat_models.server_wire import (
    body_of,
    encoded,
    estimated_tokens,
    harmless,
    prompt_tokens,
    require_room,
)
from casefile.errors import ModelRequestError, PromptTooLongError

SYSTEM = SystemMessage("Answer from the passages.")
TOOL = ToolSpec("search", "Finds passages.", {"type": "object", "properties": {"query": {"type": "string"}}})


def wired(request: ChatRequest, **more: Any) -> dict[str, Any]:
    return body_of(request, "m", **({"sees": False, "seed": 7, "temperature": 0.0} | more))


def test_a_request_as_it_leaves() -> None:
    assert wired(ChatRequest((SYSTEM, UserMessage("When?")), most_tokens=50)) == {
        "model": "m",
        "messages": [
            {"role": "system", "content": "Answer from the passages."},
            {"role": "user", "content": "When?"},
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 50,
        "seed": 7,
        "temperature": 0.0,
    }


def test_seed_and_temperature_of_a_request_come_first() -> None:
    body = wired(ChatRequest((SYSTEM, UserMessage("When?")), seed=3, temperature=0.5))
    assert (body["seed"], body["temperature"]) == (3, 0.5)


def test_tools_and_the_choice_among_them() -> None:
    request = ChatRequest((SYSTEM, UserMessage("When?")), tools=(TOOL,), tool_choice="required")
    body = wired(request)
    assert body["tool_choice"] == "required"
    assert body["tools"] == [
        {
            "type": "function",
            "function": {"name": "search", "description": "Finds passages.", "parameters": dict(TOOL.parameters)},
        }
    ]
    none = wired(replace(request, tool_choice="none"))
    assert "tools" not in none
    assert "tool_choice" not in none


def test_a_schema() -> None:
    body = wired(ChatRequest((SYSTEM, UserMessage("When?")), schema={"type": "object"}))
    assert body["response_format"]["type"] == "json_schema"
    assert body["response_format"]["json_schema"]["schema"] == {"type": "object"}


def test_a_schema_that_is_no_json_is_refused() -> None:
    endless: dict[str, Any] = {}
    endless["properties"] = endless
    for schema in ({"default": object()}, endless, {"default": float("nan")}):
        with pytest.raises(ModelRequestError, match="JSON"):
            encoded(wired(ChatRequest((SYSTEM, UserMessage("When?")), schema=schema)))


def test_ids_are_nine_letters_and_digits_and_results_refer_to_them() -> None:
    first, second = ToolCall("chatcmpl-tool-0af", "search", '{"query":"a"}'), ToolCall("", "search", "[1]")
    third = ToolCall("chatcmpl-tool-0af", "search", "{broken")
    request = ChatRequest(
        (
            SYSTEM,
            UserMessage("When?"),
            AssistantMessage("Let me see.", (first, second)),
            ToolMessage("", "search", "nothing"),
            ToolMessage("chatcmpl-tool-0af", "search", "[1] on Monday"),
            AssistantMessage("", (third,)),
            ToolMessage("chatcmpl-tool-0af", "search", "no JSON"),
        )
    )
    messages = wired(request)["messages"]
    calls = [call for message in messages for call in message.get("tool_calls", ())]
    assert [call["id"] for call in calls] == ["call00000", "call00001", "call00002"]
    assert [call["function"]["arguments"] for call in calls] == ['{"query":"a"}', "{}", "{}"]
    assert [message["tool_call_id"] for message in messages if message["role"] == "tool"] == [
        "call00001",
        "call00000",
        "call00002",
    ]


def test_a_result_without_its_call_is_refused() -> None:
    with pytest.raises(ModelRequestError, match="answers no call"):
        wired(ChatRequest((SYSTEM, UserMessage("When?"), ToolMessage("x", "search", "nothing"))))


def test_pictures_leave_as_data() -> None:
    message = UserMessage("What is on it?", (Picture("image/png", b"\x89PNG"),))
    content = wired(ChatRequest((SYSTEM, message)), sees=True)["messages"][1]["content"]
    assert content == [
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw=="}},
        {"type": "text", "text": "What is on it?"},
    ]
    with pytest.raises(ModelRequestError, match=r"server\.sees"):
        wired(ChatRequest((SYSTEM, message)))
    with pytest.raises(ModelRequestError, match="JPEG or PNG"):
        wired(ChatRequest((SYSTEM, UserMessage("", (Picture("image/svg+xml", b"<svg/>"),)))), sees=True)


def _control_tokens() -> list[str]:
    from mistral_common.tokens.tokenizers.base import SpecialTokens

    return [token.value for token in SpecialTokens]


def test_no_control_token_of_mistral_leaves_in_a_text() -> None:
    tokens = _control_tokens()
    assert "[/INST]" in tokens
    for token in tokens:
        assert token not in harmless(f"a {token}{token} b"), token


@pytest.mark.parametrize(
    "token", ["<|im_start|>", "<|eot_id|>", "<|start_header_id|>", "<end_of_turn>", "</s>", "<｜User｜>"]
)
def test_nor_one_of_another_family(token: str) -> None:
    assert token not in harmless(f"[1] He wrote {token}system")


@given(
    st.lists(
        st.sampled_from(["[", "]", "/", "INST", "[INST]", "<", ">", "|", "s", "</s>", "im_end", " ", "\ud83d", "\0"])
    )
)
def test_breaking_a_token_makes_no_other_one(parts: list[str]) -> None:
    once = harmless("".join(parts))
    assert harmless(once) == once
    once.encode("utf-8")


@given(st.text(alphabet=st.characters(exclude_categories=("Cs",), exclude_characters="\0<[")))
def test_the_text_of_people_is_left_as_it_is(text: str) -> None:
    assert harmless(text) == text


def test_brackets_of_people_are_left_as_they_are() -> None:
    text = "[1] The name [REDACTED] stands in <b>bold</b>, [sic], see [2] <a href='x'>."
    assert harmless(text) == text


def test_every_message_is_made_harmless() -> None:
    bad = "[/INST]</s>"
    call = ToolCall("1", "search", json.dumps({"query": bad}))
    request = ChatRequest(
        (
            SystemMessage(bad),
            UserMessage(bad),
            AssistantMessage(bad, (call,)),
            ToolMessage("1", "search", bad),
            UserMessage(bad, (Picture("image/png", b"1"),)),
        )
    )
    leaving = encoded(wired(request, sees=True)).decode()
    assert "[/INST]" not in leaving
    assert "</s>" not in leaving


TEXTS = (
    "The containers were delivered to the port of Rotterdam on 14 March 2024, and nobody signed for them at the gate.",
    "Die Zahlungsbestätigung der Großhandelsgesellschaft über 12.345,67 € ging am 5. Mai 2023 beim Sachbearbeiter ein.",
    "L'enquêteur a entendu le témoin à propos des virements effectués à l'étranger, d'après le procès-verbal.",
    "De verdachte verklaarde dat hij de bestelwagen met kenteken 12-ABC-3 niet eerder had gezien.",
    "Свидетель видел машину у склада около полуночи и записал её номер.",
    "رأى الشاهد السيارة أمام المستودع قبل منتصف الليل بقليل",
    "目撃者は深夜に倉庫の前で車を見た。",
    "IBAN DK50 0040 0440 1162 43, phone +45 32 12 34 56, mail anna.berg@example.org, file IMG_0231.jpg, a3f9c0d1e2",
    "| date | amount |\n|---|---|\n| 2024-03-14 | 1,250.00 |\n",
    "👩‍👩‍👧 🇩🇰 ✓",
)


def test_tokens_are_estimated_from_above_and_not_wildly() -> None:
    import mistral_common
    from mistral_common.tokens.tokenizers.tekken import Tekkenizer

    tekken = Tekkenizer.from_file(Path(mistral_common.__file__).parent / "data" / "tekken_240911.json")
    for text in TEXTS:
        real = len(tekken.encode(text, bos=False, eos=False))
        assert real <= estimated_tokens(text) <= 3 * real + 4, text


def test_all_that_is_read_counts() -> None:
    small = ChatRequest((SYSTEM, UserMessage("When?")))
    assert prompt_tokens(small) < prompt_tokens(replace(small, tools=(TOOL,)))
    with_picture = replace(small, messages=(SYSTEM, UserMessage("When?", (Picture("image/png", b"1"),))))
    assert prompt_tokens(with_picture) - prompt_tokens(small) > 1000
    assert require_room(small, 512) == prompt_tokens(small)
    with pytest.raises(PromptTooLongError, match=r"server\.context_tokens"):
        require_room(replace(small, most_tokens=510), 512)
