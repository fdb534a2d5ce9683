"""The task `call`: what a model calls is kept as it is, and nothing of it can break the run."""

from typing import Any

import pytest

from assistant.chat_models.fake import FakeChatModel, Scripted
from assistant.chat_models.port import ToolCall
from eval.metrics.tool_calls import all_match
from eval.records import Called, Gold, Sample
from eval.tasks.calling import MALFORMED, Calling

SCHEMA: dict[str, Any] = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
SAMPLE = Sample(
    "multiple_1",
    "Find the Meierdierks.",
    Gold(calls=({"ships_find": {"name": ["Meierdierks"]}},)),
    cluster="multiple_1",
    extra={"tools": [{"name": "ships_find", "description": "Finds a ship.", "parameters": SCHEMA}]},
)


def called(turn: Scripted) -> tuple[tuple[Called, ...], FakeChatModel]:
    model = FakeChatModel([turn])
    return Calling(model).call(SAMPLE).calls, model


def test_the_model_gets_the_request_and_the_functions_and_its_call_is_kept() -> None:
    calls, model = called((ToolCall("1", "ships_find", '{"name": "Meierdierks"}'),))
    assert all_match(calls, SAMPLE.gold.calls)
    (request,) = model.requests
    assert [tool.name for tool in request.tools] == ["ships_find"]
    assert request.tools[0].parameters == SCHEMA
    assert request.messages[-1].text == "Find the Meierdierks."


@pytest.mark.parametrize("arguments", ["", "{", "[1]", "null", '"text"', "[" * 100_000])
def test_arguments_that_are_no_object_make_a_call_that_is_never_right(arguments: str) -> None:
    calls, _ = called((ToolCall("1", "ships_find", arguments),))
    assert calls == (Called("ships_find", {MALFORMED: arguments}),)
    assert not all_match(calls, SAMPLE.gold.calls)


def test_words_are_no_call() -> None:
    response = Calling(FakeChatModel(["None of them fits."])).call(SAMPLE)
    assert (response.status, response.calls, response.answer) == ("none", (), "None of them fits.")
    assert response.tokens == 4
