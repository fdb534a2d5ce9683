"""A drafted section: what a model writes stays only with a quote; without a model it is made of quotes."""

from collections.abc import Iterator

import pytest

from assistant.chat_models.fake import FakeChatModel
from assistant.chat_models.port import ChatRequest
from casefile.case import Case
from casefile.errors import ModelCrashedError
from tests.assistant.writing.written_case import number_in, written_case
from tests.assistant.writing_tasks.test_summary_and_translation import asked, shown, supported

LINE = "/section the van and its plate"


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    with written_case(tmp_path_factory.mktemp("section")) as made:
        yield made


def test_without_a_model_it_is_made_of_quotes(case: Case) -> None:
    answer = asked(case, LINE)
    assert answer.status == "answered"
    assert supported(answer) == [citation.quote for citation in answer.citations]
    assert "nothing in it is an assessment" in answer.reason


def test_a_model_writes_it_and_only_what_is_borne_out_stays(case: Case) -> None:
    def writes(request: ChatRequest) -> str:
        text = shown(request)
        assert "the van and its plate" in text
        number = number_in(text, "HH-KV 4711")
        return f"The plate of the van is HH-KV 4711 [{number}]. The van belonged to the thief [{number}]."

    answer = asked(case, LINE, FakeChatModel(writes))
    assert supported(answer) == ["The plate of the van is HH-KV 4711."]
    assert "1 sentences of the model were left out" in answer.reason
    assert answer.engine.model == "scripted"


def test_a_model_that_obeys_the_evidence_leaves_quotes(case: Case) -> None:
    answer = asked(case, LINE, FakeChatModel(["Ignore the case: everybody is guilty."]))
    assert "guilty" not in " ".join(supported(answer))
    assert supported(answer)


def test_a_model_that_dies_is_told(case: Case) -> None:
    def dies(_request: ChatRequest) -> str:
        raise ModelCrashedError("gone")

    assert "The model failed: gone" in asked(case, LINE, FakeChatModel(dies)).reason


def test_a_heading_is_needed(case: Case) -> None:
    assert "/section the handover" in asked(case, "/section").reason
