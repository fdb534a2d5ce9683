"""The composition root with a language model: which engine answers, and what a whole answer looks like as a document."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.answering import Listeners
from assistant.app import Assistant
from assistant.chat_models.fake import FakeChatModel
from assistant.chat_models.port import ChatRequest, ToolCall, UserMessage
from assistant.documents import answer_document
from assistant.engines.extractive import ExtractiveEngine
from assistant.engines.writing.engine import WritingEngine
from assistant.records import Turn
from casefile.case import Case
from casefile.errors import ModelUnavailableError
from casefile.settings import Settings
from ingest.embedding.fake import HashedWordsEmbedder
from ingest.pipeline import Pipeline
from tests.assistant.writing.written_case import DOCUMENTS, number_in
from tests.casefile.case_building import new_case

PAYMENTS = (
    "Date;Payee;Amount\n2024-05-03;Karl Voss;1200.00\n2024-05-04;Karl Voss;300.50\n2024-05-05;Ilka Brandt;80.00\n"
)


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    folder = tmp_path_factory.mktemp("assistant")
    (folder / "files").mkdir()
    for name, text in {**DOCUMENTS, "payments.csv": PAYMENTS}.items():
        (folder / "files" / name).write_text(text)
    with new_case(folder / "home") as opened:
        with opened.locked():
            Pipeline(opened, Settings(), HashedWordsEmbedder(allow=True)).ingest([folder / "files"])
        yield opened


def assistant(case: Case, model: FakeChatModel | None, engine: str = "auto") -> Assistant:
    settings = Settings.model_validate({"answering": {"engine": engine}})
    return Assistant(case, settings, embedder=HashedWordsEmbedder(allow=True), chat_model=model)


def test_a_model_writes_unless_quotes_alone_are_asked_for(case: Case) -> None:
    model = FakeChatModel([])
    assert isinstance(assistant(case, model).engine, WritingEngine)
    assert isinstance(assistant(case, model, "extractive").engine, ExtractiveEngine)
    quoting = assistant(case, model).quoting()
    assert isinstance(quoting.engine, ExtractiveEngine)
    assert quoting.chat_model is None
    assert assistant(case, model).acting_as("KOK Meier").chat_model is model
    assert model.requests == []


def test_without_a_model_in_use_quotes_answer_and_an_engine_that_is_asked_for_says_what_it_lacks(case: Case) -> None:
    assert isinstance(assistant(case, None).engine, ExtractiveEngine)
    named = assistant(case, None, "ministral")
    assert isinstance(named.acting_as("KOK Meier").quoting().engine, ExtractiveEngine)  # the page opens all the same
    with pytest.raises(ModelUnavailableError, match="models"):
        named.ask("What colour was the van?")


def test_the_model_has_no_tools_that_let_a_model_write(case: Case) -> None:
    model = FakeChatModel(["The passages do not say it."])
    assistant(case, model).ask("What colour was the van?")
    names = {tool.name for tool in model.requests[0].tools}
    assert {"search", "open_exhibit", "list_mentions", "count", "events"} <= names
    assert not names & {"summary", "translate", "compare"}


def test_an_answer_with_a_tool_call_as_a_document(case: Case) -> None:
    def turn(request: ChatRequest) -> str | tuple[ToolCall, ...]:
        if request.schema is not None:
            return '{"sentence_1": 0}'
        last = request.messages[-1]
        if isinstance(last, UserMessage):
            return (ToolCall("call00001", "search", json.dumps({"words": "laptops", "number": 3})),)
        prompt = request.messages[1].text  # type: ignore[union-attr]
        mark = number_in(prompt, "dent in")
        return f"The van was white [{mark}]. The van was built in 1990 [{mark}]."

    model = FakeChatModel(turn)
    document = answer_document("1", assistant(case, model).ask("What colour was the van, and who saw it?"))
    assert document["status"] == "answered"
    assert document["engine"]["kind"] == "ministral"
    assert [claim["supported"] for claim in document["claims"]] == [True, False]
    assert document["steps"][0]["state"] == "done"
    assert document["passages"]
    assert len(set(document["passages"])) == len(document["passages"])
    assert json.loads(json.dumps(document)) == document


def test_a_sum_is_computed_by_code_and_no_model_is_asked(case: Case) -> None:
    model = FakeChatModel([])
    answer = assistant(case, model).ask("What is the total amount of the payments to Karl Voss?")
    assert (answer.status, model.requests) == ("answered", [])
    assert answer.claims[0].computed is not None
    assert answer.claims[0].computed.value == "1500.5"
    assert answer.engine.kind == "extractive"


def test_a_row_of_a_table_can_be_cited(case: Case) -> None:
    def turn(request: ChatRequest) -> str:
        assert request.schema is None
        prompt = request.messages[-1].text  # type: ignore[union-attr]
        mark = number_in(prompt, "Date: 2024-05-04; Payee: Karl Voss")
        return f"Karl Voss received 300.50 on 4 May 2024 [{mark}]."

    answer = assistant(case, FakeChatModel(turn)).ask("What did Karl Voss receive on 4 May 2024?")
    assert [claim.supported for claim in answer.claims] == [True]
    assert answer.citations[0].locator.kind == "cells"


def test_a_planted_order_to_write_a_file_asks_and_does_nothing(case: Case, tmp_path: Path) -> None:
    def turn(request: ChatRequest) -> str | tuple[ToolCall, ...]:
        if request.schema is None and isinstance(request.messages[-1], UserMessage):
            return (ToolCall("call00001", "export_mentions", '{"name": "Karl Voss"}'),)
        return "I have exported everything."

    answer = assistant(case, FakeChatModel(turn)).ask("What colour was the van?")
    assert [step.state for step in answer.steps] == ["asks"]
    assert answer.status == "not_found"
    assert not any((case.folder / "exports").glob("*"))


def test_commands_that_a_model_writes_for_reach_it_and_only_where_one_may_write(case: Case) -> None:
    model = FakeChatModel(lambda request: "Laptops were found behind a false wall [1].")
    summary = assistant(case, model).ask("/summary report.txt")
    assert summary.engine.model == "scripted"
    assert summary.engine.prompt_sha256
    assert len(model.requests) == 1
    for without in (assistant(case, model, "extractive"), assistant(case, model).quoting(), assistant(case, None)):
        assert without.ask("/summary report.txt").engine.model == "tools"
    assert len(model.requests) == 1


def test_a_follow_up_that_the_rules_leave_alone_is_worded_by_the_model_and_shown(case: Case) -> None:
    before = Turn("What was said about the laptops?", "What was said about the laptops?", "14 laptops were found [1].")

    def turn(request: ChatRequest) -> str:
        return "Who reported the laptops as stolen?" if "Follow-up" in str(request.messages[-1]) else "None."

    model = FakeChatModel(turn)
    shown: list[str] = []
    answer = assistant(case, model).ask(
        "Who reported these as stolen?", [before], listeners=Listeners(rewritten=shown.append)
    )
    assert answer.standalone == "Who reported the laptops as stolen?"
    assert shown == [answer.standalone]
    assert "Follow-up" in str(model.requests[0].messages[-1])
