"""The first question does not wait for what stands before every question."""

from dataclasses import replace

from assistant.chat_models.fake import FakeChatModel
from assistant.chat_models.port import ChatRequest, SystemMessage
from assistant.engines.writing.warming import warm_up
from assistant.prompting import load
from assistant.tools.registry import answering_tools
from casefile.errors import ModelCrashedError
from casefile.settings import ModelSettings

SETTINGS = ModelSettings()  # type: ignore[call-arg]


def test_the_model_reads_what_stands_before_every_question() -> None:
    model = FakeChatModel(["no"])
    warm_up(model, SETTINGS)
    (request,) = model.requests
    assert request.messages[0] == SystemMessage(load("system").fill())
    assert request.tools == answering_tools().specs()
    assert request.most_tokens == 1


def test_a_server_is_not_asked_before_somebody_asks() -> None:
    model = FakeChatModel([])
    model.info = replace(model.info, kind="server")
    warm_up(model, SETTINGS)
    assert model.requests == []


def test_a_model_that_cannot_be_loaded_is_told_later() -> None:
    def crash(_request: ChatRequest) -> str:
        raise ModelCrashedError("gone")

    warm_up(FakeChatModel(crash), SETTINGS)
