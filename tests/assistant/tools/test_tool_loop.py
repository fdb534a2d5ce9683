"""The loop around a model with tools: bounded, checked, nothing written, numbers that go on."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import Field

from assistant.chat_models.fake import FakeChatModel, Scripted
from assistant.chat_models.port import (
    AssistantMessage,
    ChatRequest,
    Ended,
    MalformedCall,
    SystemMessage,
    TextPiece,
    ToolCall,
    ToolMessage,
    Usage,
    UserMessage,
)
from assistant.records import Delta, Progress, Step
from assistant.tools.arguments import LONGEST_ARGUMENTS, checked
from assistant.tools.exhibit_names import NONE_SUCH
from assistant.tools.loop import TOO_MANY, RunEvent, ToolRun, run_tools
from assistant.tools.records import Arguments, Effect, ToolContext, ToolOutcome, ToolRefusedError
from assistant.tools.registry import ToolRegistry, built_in_tools
from casefile.case import Case
from casefile.errors import StorageError
from tests.assistant.tools.tool_case import tool_case, whole

REQUEST = ChatRequest((SystemMessage("Answer."), UserMessage("Where was Anna Berger?")))


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    with tool_case(tmp_path_factory.mktemp("loop")) as opened:
        yield opened


def call(name: str, arguments: Any, number: int = 1) -> ToolCall:
    raw = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return ToolCall(f"call{number:05d}", name, raw)


def run(
    case: Case, *script: Scripted, tools: ToolRegistry | None = None, **named: Any
) -> tuple[ToolRun, list[RunEvent], FakeChatModel]:
    model = FakeChatModel(script)
    named = {"most_calls": 4, **named}
    events = list(run_tools(model, REQUEST, tools or built_in_tools(), whole(case), **named))
    assert isinstance(events[-1], ToolRun)
    assert not any(isinstance(event, ToolRun) for event in events[:-1])
    return events[-1], events, model


def told(model: FakeChatModel) -> list[dict[str, Any]]:
    """What the model had been told by tools when it was asked last."""
    return [json.loads(m.text) for m in model.requests[-1].messages if isinstance(m, ToolMessage)]


def test_a_reading_tool_is_run_and_its_passages_are_numbered_on(case: Case) -> None:
    ended, events, model = run(
        case, (call("search", {"words": "white van", "number": 2}),), "It was white [8].", number_from=8
    )
    assert [one.n for one in ended.passages] == [8, 9]
    assert [one["n"] for one in told(model)[0]["passages"]] == [8, 9]
    assert ended.text == "It was white [8]." == "".join(e.text for e in events if isinstance(e, Delta))
    assert [(step.tool, step.state) for step in ended.steps] == [("search", "done")]
    assert any(isinstance(event, Progress) and event.stage == "tool" for event in events)
    assert ended.steps == tuple(event for event in events if isinstance(event, Step))
    assert isinstance(ended.messages[-1], AssistantMessage)
    assert ended.messages[: len(REQUEST.messages)] == REQUEST.messages
    for one in ended.passages:
        assert one.found.passage.text[: one.shown] in one.found.passage.text


def test_a_passage_that_the_model_has_keeps_its_number(case: Case) -> None:
    first, _, _ = run(case, (call("search", {"words": "white van", "number": 1}),), "x")
    shown = {first.passages[0].found.passage.id: 3}
    ended, _, model = run(case, (call("search", {"words": "white van", "number": 2}),), "x", number_from=5, shown=shown)
    assert {one["n"] for one in told(model)[0]["passages"]} == {3, 5}
    assert [one.n for one in ended.passages] == [5]


def test_what_code_computes_has_a_number_too(case: Case) -> None:
    ended, _, model = run(case, (call("list_mentions", {"name": "Anna Berger"}),), "Three [1].")
    assert [one.n for one in ended.claims] == [1]
    assert ended.claims[0].claim.computed is not None
    assert told(model)[0]["computed"] == [{"n": 1, "text": "3 mentions."}]
    assert min(one.n for one in ended.passages) == 2


def test_a_writing_tool_becomes_a_question_to_a_person(case: Case) -> None:
    ended, _, model = run(case, (call("export_mentions", {"name": "Anna Berger"}),), "I asked.")
    assert [(step.tool, step.state, step.arguments) for step in ended.steps] == [
        ("export_mentions", "asks", {"name": "Anna Berger"})
    ]
    assert "asked" in told(model)[0]
    assert list((case.folder / "exports").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "arguments", "says"),
    [
        ("no_such_tool", {}, "There is no such tool"),
        ("search", "not json", "do not fit"),
        ("search", "[1]", "do not fit"),
        ("search", {}, "words"),
        ("search", {"words": 7}, "words"),
        ("search", {"words": "x", "case": "other"}, "case"),
        ("search", {"words": "x", "number": 10**30}, "number"),
        ("search", {"words": "x" * 501}, "words"),
        ("search", '{"words": "x", "number": NaN}', "do not fit"),
        ("search", "[" * 5000 + "]" * 3000, "do not fit"),
        ("search", '{"words": "' + "x" * 1_000_000 + '"}', f"{LONGEST_ARGUMENTS}"),
        ("events", {"since": "2024-05-09", "until": "2024-05-01"}, "since"),
        ("events", {"since": "0001-01-01", "until": "9999-12-31"}, "since"),
    ],
)
def test_a_wrong_call_is_told_once_and_does_nothing(case: Case, name: str, arguments: Any, says: str) -> None:
    wrong = (call(name, arguments),)
    ended, _, model = run(case, wrong, wrong, "I give up.")
    assert [step.state for step in ended.steps] == ["refused", "refused"]
    assert says in ended.steps[0].says
    assert says in told(model)[0]["error"]
    assert [request.tool_choice for request in model.requests] == ["auto", "auto", "none"]
    assert len(json.dumps([str(message) for message in model.requests[-1].messages])) < 5_000, (
        "the call came back whole"
    )


def test_what_a_tool_refuses_is_answered_from_memory_the_second_time(case: Case) -> None:
    outside = (call("open_exhibit", {"exhibit": "../../etc/passwd"}),)
    ended, _, model = run(case, outside, outside, "x")
    assert [step.state for step in ended.steps] == ["refused"]
    assert told(model) == [{"error": NONE_SUCH}] * 2


def test_the_same_call_again_is_answered_from_memory(case: Case) -> None:
    again = (call("search", {"words": "white van"}),)
    ended, _, model = run(case, again, (call("search", {"number": 5, "words": " white van "}, 2),), "x")
    assert len(ended.steps) == 1
    assert told(model)[0] == told(model)[1]


def test_after_the_bound_no_call_is_allowed(case: Case) -> None:
    script = [(call("search", {"words": f"van {n}"}, n),) for n in range(3)]
    ended, _, model = run(case, *script, most_calls=2)
    assert [request.tool_choice for request in model.requests] == ["auto", "auto", "none"]
    assert [step.says for step in ended.steps][2:] == [TOO_MANY]
    assert len(told(model)) == 2


def test_of_many_calls_at_once_only_as_many_as_are_left(case: Case) -> None:
    many = tuple(call("search", {"words": f"van {n}"}, n) for n in range(100))
    ended, _, model = run(case, many, "x", most_calls=3)
    assert len(told(model)) == 3
    assert [step.state for step in ended.steps] == ["done"] * 3 + ["refused"]


def test_without_calls_the_model_gets_no_tools(case: Case) -> None:
    _, _, model = run(case, "Words.", most_calls=0)
    assert model.requests[0].tools == ()
    assert model.requests[0].tool_choice == "auto"


def test_the_tools_are_the_same_in_every_turn(case: Case) -> None:
    _, _, model = run(case, (call("search", {"words": "van"}),), "x", most_calls=1)
    assert model.requests[0].tools == model.requests[1].tools == built_in_tools().specs()


def test_a_result_is_cut_to_its_budget(case: Case) -> None:
    for most in (15, 40, 200):
        ended, _, model = run(case, (call("search", {"words": "van Anna", "number": 20}),), "x", result_tokens=most)
        message = next(m for m in model.requests[-1].messages if isinstance(m, ToolMessage))
        assert model.count_tokens([message.text])[0] <= most + 12, "some words around the passages"
        shown = {one["n"] for one in json.loads(message.text).get("passages", ())}
        assert shown == {one.n for one in ended.passages}


class _Malforming(FakeChatModel):
    def chat(self, request: ChatRequest, stopped: Any = None) -> Any:
        self.requests.append(request)
        if request.tool_choice == "none":
            yield TextPiece("Done.")
        else:
            yield MalformedCall('search[ARGS]{"words":', "the arguments are cut off")
        yield Ended("stop", Usage(1, 0, 1, 1.0, 1.0))


def test_a_malformed_call_is_told_once(case: Case) -> None:
    model = _Malforming(())
    events = list(run_tools(model, REQUEST, built_in_tools(), whole(case), most_calls=4))
    ended = events[-1]
    assert isinstance(ended, ToolRun)
    assert ended.text == "Done."
    assert "cut off" in told(model)[0]["error"]
    assert [request.tool_choice for request in model.requests] == ["auto", "auto", "none"]
    assert ended.usage.prompt_tokens == 3


class _NoArguments(Arguments):
    why: str = Field("", max_length=20)


class _Breaking:
    name = "breaking"
    summary = "Raises."
    effect: Effect = "reads"
    arguments: type[Arguments] = _NoArguments

    def __init__(self, error: Exception) -> None:
        self._error = error

    def run(self, arguments: Arguments, context: ToolContext) -> ToolOutcome:
        raise self._error


def test_what_the_tool_refuses_is_told_and_anything_else_ends_the_request(case: Case) -> None:
    tools = ToolRegistry([_Breaking(ToolRefusedError("Not today."))])
    ended, _, model = run(case, (call("breaking", {"why": "x"}),), "x", tools=tools)
    assert told(model) == [{"error": "Not today."}]
    assert ended.steps == (Step("breaking", {"why": "x"}, "refused", "Not today."),)
    failing = ToolRegistry([_Breaking(StorageError("full"))])
    model = FakeChatModel([(call("breaking", {}),)])
    events = run_tools(model, REQUEST, failing, whole(case), most_calls=2)
    seen: list[RunEvent] = []
    with pytest.raises(StorageError):
        seen.extend(iter(lambda: seen.append(next(events)), 0))
    assert [event.state for event in seen if isinstance(event, Step)] == ["failed"]


def test_stopped_before_a_tool_nothing_is_run(case: Case) -> None:
    asked = iter([False, True, True, True, True])
    model = FakeChatModel([(call("search", {"words": "van"}),), "never"])
    events = list(
        run_tools(model, REQUEST, built_in_tools(), whole(case), most_calls=4, stopped=lambda: next(asked, True))
    )
    assert isinstance(events[-1], ToolRun)
    assert events[-1].reason == "stopped"
    assert len(model.requests) == 1


def test_two_tools_of_one_name_and_tools_that_take_anything_are_refused() -> None:
    tools = built_in_tools()
    with pytest.raises(ValueError, match="already"):
        tools.register(next(iter(tools)))
    loose = _Breaking(ToolRefusedError(""))
    loose.arguments = type("Loose", (_NoArguments,), {"model_config": {"extra": "ignore"}, "__module__": __name__})
    with pytest.raises(ValueError, match="unknown fields"):
        tools.register(loose)
    wrong = _Breaking(ToolRefusedError(""))
    wrong.name = "rm -rf"
    with pytest.raises(ValueError, match="no name"):
        tools.register(wrong)


def test_every_schema_refuses_unknown_fields_and_every_summary_is_short() -> None:
    specs = built_in_tools().specs()
    assert [spec.name for spec in specs] == [
        "search",
        "open_exhibit",
        "list_mentions",
        "count",
        "events",
        "export_mentions",
        "summary",
        "translate",
        "compare",
        "section",
        "describe_picture",
        "make_description",
    ]
    for spec in specs:
        assert spec.parameters["type"] == "object"
        assert spec.parameters["additionalProperties"] is False
        assert len(spec.summary) < 120


@pytest.mark.parametrize(
    "raw", ['{"words": "\\ud800"}', '{"words": "\ud800"}', "\x00", '{"words": "\x1b[2J"}', "{" * 9000]
)
def test_what_is_no_text_is_refused(raw: str) -> None:
    search = built_in_tools().find("search")
    assert search is not None
    with pytest.raises(ToolRefusedError) as refused:
        checked(search, raw)
    assert len(str(refused.value)) < 400
