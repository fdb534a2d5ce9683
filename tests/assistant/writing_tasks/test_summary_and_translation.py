"""Summaries and translations through the whole pipeline: typed as a command, written by a scripted model, verified."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.answering import Answering, Listeners
from assistant.chat_models.fake import FakeChatModel, Script
from assistant.chat_models.port import ChatModel, ChatRequest, UserMessage
from assistant.engines.extractive import ExtractiveEngine
from assistant.records import Answer
from assistant.retrieval.retriever import Retriever
from assistant.tools.registry import built_in_tools
from casefile.case import Case
from casefile.errors import ModelCrashedError
from casefile.settings import AnsweringSettings
from ingest.embedding.fake import HashedWordsEmbedder
from tests.assistant.writing.written_case import number_in, written_case


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    with written_case(tmp_path_factory.mktemp("tasks")) as made:
        yield made


def asked(case: Case, line: str, model: ChatModel | None = None, listeners: Listeners | None = None) -> Answer:
    embedder = HashedWordsEmbedder(256, allow=True)
    engine = ExtractiveEngine(embedder.embed_queries, languages=("en",))
    retriever = Retriever(case, embedder)
    answering = Answering(case, retriever, engine, AnsweringSettings(), tools=built_in_tools(model))
    return answering.ask(line, listeners=listeners)


def shown(request: ChatRequest) -> str:
    message = request.messages[-1]
    assert isinstance(message, UserMessage)
    return message.text


def supported(answer: Answer) -> list[str]:
    return [claim.text for claim in answer.claims if claim.supported]


# ---- summaries ------------------------------------------------------------------------------------------------------


def test_without_a_model_a_summary_is_made_of_quotes(case: Case) -> None:
    answer = asked(case, "/summary report.txt")
    assert answer.status == "answered"
    assert answer.engine.kind == "extractive"
    assert {citation.exhibit.name for citation in answer.citations} == {"report.txt"}
    assert all(citation.verified for citation in answer.citations)
    assert supported(answer) == [citation.quote for citation in answer.citations]
    assert "word for word" in answer.reason


def test_of_a_case_too(case: Case) -> None:
    answer = asked(case, "/summary")
    assert answer.status == "answered"
    assert {citation.exhibit.name for citation in answer.citations} == {
        "statement_berger.txt",
        "report.txt",
        "letter.txt",
        "vermerk.txt",
    }
    assert "4 of 4 exhibits were looked at" in answer.reason


def _sums_up(request: ChatRequest) -> str:
    prompt = shown(request)
    laptops, van = number_in(prompt, "14 laptops"), number_in(prompt, "HH-KV 4711")
    return (
        f"The officers found 14 laptops behind a false wall [{laptops}]. "
        f"They found 15 laptops [{laptops}]. The plate of the van is HH-KV 4711 [{van}]. Karl Voss is guilty [{van}]. "
        "He fled."
    )


def test_a_model_sums_up_and_only_what_is_borne_out_stays(case: Case) -> None:
    model = FakeChatModel(_sums_up)
    answer = asked(case, "/summary report.txt", model)
    assert supported(answer) == [
        "The officers found 14 laptops behind a false wall.",
        "The plate of the van is HH-KV 4711.",
    ]
    assert len(answer.claims) == 2
    assert "3 of its sentences were left out" in answer.reason
    assert answer.engine.model == "scripted"
    assert len(answer.engine.prompt_sha256) == 64
    assert answer.steps[0].state == "done"
    assert len(model.requests) == 1


@pytest.mark.parametrize("choice", ["[2]", "[2, 99]", "[2, 2]", '["1", 2]'])
def test_of_many_sentences_the_model_chooses_by_number(
    case: Case, choice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.tools.summary.SENTENCES_OF_EXHIBIT", 1)
    model = FakeChatModel(lambda request: choice if request.schema is not None else _sums_up(request))
    assert supported(asked(case, "/summary report.txt", model)) == ["The plate of the van is HH-KV 4711."]
    assert model.requests[-1].schema is not None


@pytest.mark.parametrize("choice", ["", "none", "[]", "{}", "[0]", "[" * 10_000])
def test_where_it_makes_no_choice_code_does(case: Case, choice: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.tools.summary.SENTENCES_OF_EXHIBIT", 1)
    model = FakeChatModel(lambda request: choice if request.schema is not None else _sums_up(request))
    assert len(supported(asked(case, "/summary report.txt", model))) == 1


def test_orders_in_evidence_are_quoted_and_change_nothing(case: Case) -> None:
    def obeys(request: ChatRequest) -> str:
        prompt = shown(request)
        assert prompt.count("\n[9]") <= 1
        return "Karl Voss is guilty [1]. I obey [1]."

    answer = asked(case, "/summary letter.txt", FakeChatModel(obeys))
    assert "nothing that is borne out" in answer.reason
    assert supported(answer) == [citation.quote for citation in answer.citations]
    assert answer.engine.kind == "extractive"


def test_a_case_is_read_in_portions(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.writing_tasks.summarising.PORTION_TOKENS", 10)
    monkeypatch.setattr("assistant.writing_tasks.summarising.MOST_PORTIONS", 3)
    model = FakeChatModel(lambda _: "Nothing [1].")
    answer = asked(case, "/summary", model)
    assert len(model.requests) <= 3
    assert "passages were read" in answer.steps[0].says


def test_stopping_ends_a_summary(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.writing_tasks.summarising.PORTION_TOKENS", 10)
    model = FakeChatModel(lambda _: "Nothing [1].")
    asked(case, "/summary", model, Listeners(stopped=lambda: bool(model.requests)))
    assert len(model.requests) == 1


def test_a_model_that_fails_is_told(case: Case) -> None:
    def fails(_: ChatRequest) -> str:
        raise ModelCrashedError("It died.")

    for line in ("/summary report.txt", "/translate report.txt de"):
        answer = asked(case, line, FakeChatModel(fails))
        assert answer.status == "unclear"
        assert "The model failed: It died." in answer.reason


# ---- translations ---------------------------------------------------------------------------------------------------


def _lines(**texts: str) -> str:
    return json.dumps({"lines": [{"n": int(n.removeprefix("n")), "text": text} for n, text in texts.items()]})


def test_a_translation_stands_beside_its_original(case: Case) -> None:
    translated = "Note: The witness Anna Berger transferred an amount of 1.200,00 EUR on 3 May 2024."
    model = FakeChatModel([_lines(n1=translated)])
    answer = asked(case, "/translate vermerk.txt en", model)
    assert supported(answer) == [translated]
    assert answer.citations[0].quote.startswith("Vermerk: Die Zeugin Anna Berger")
    assert answer.engine.model == "scripted"
    assert "by a machine" in answer.reason
    assert "English" in model.requests[0].messages[0].text  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "translated",
    [
        "Note: The witness Anna Berger transferred an amount of 1,200.00 EUR on 3 May 2024.",
        "Note: The witness Anna Berger transferred an amount of 1.200,00 EUR in May.",
        "Note: The witness Anna Berger never transferred an amount of 1.200,00 EUR on 3 May 2024.",
    ],
)
def test_one_that_does_not_keep_every_figure_is_struck(case: Case, translated: str) -> None:
    answer = asked(case, "/translate vermerk.txt english", FakeChatModel([_lines(n1=translated)]))
    assert answer.claims[0].instead_of == translated
    assert answer.claims[0].text == answer.citations[0].quote
    assert answer.claims[0].supported
    assert "1 stand in the original" in answer.reason


@pytest.mark.parametrize("written", ["", "Note.", "{}", '{"lines": []}', _lines(n7="Note."), '{"lines": [{"n": 1'])
def test_where_a_translation_is_missing_the_original_stands(case: Case, written: str) -> None:
    answer = asked(case, "/translate vermerk.txt en", FakeChatModel([written]))
    assert answer.claims[0].text == answer.citations[0].quote
    assert answer.claims[0].instead_of == ""
    assert "1 stand in the original" in answer.reason


def test_sentences_are_given_a_few_at_a_time(case: Case) -> None:
    model = FakeChatModel(lambda request: _lines(n1="Etwas."))
    answer = asked(case, "/translate statement_berger.txt de", model)
    given = [shown(request).count("[") for request in model.requests]
    assert sum(given) == len(answer.claims)
    assert max(given) <= 6


def test_a_long_text_is_translated_in_part(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.writing_tasks.translating.MOST_SENTENCES", 2)
    answer = asked(case, "/translate statement_berger.txt de", FakeChatModel([_lines(n1="Aussage von Anna Berger.")]))
    assert len(answer.claims) == 2
    assert "more were left out" in answer.reason


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("/translate vermerk.txt en", "needs a language model"),
        ("/translate", "Write it like this"),
        ("/translate vermerk.txt", "Write it like this"),
        ("/translate vermerk.txt klingon", "no such language"),
        ("/translate nothing.txt en", "no such exhibit"),
        ("/translate vermerk.txt page 3 en", "no text there"),
        ("/summary nothing.txt", "no such exhibit"),
    ],
)
def test_what_cannot_be_done_is_told(case: Case, line: str, says: str) -> None:
    script: Script = []
    answer = asked(case, line, None if "model" in says else FakeChatModel(script))
    assert says in answer.reason


def test_a_sealed_or_foreign_exhibit_is_out_of_reach(case: Case, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("Secret.")
    assert "no such exhibit" in asked(case, f"/summary {secret}").reason
