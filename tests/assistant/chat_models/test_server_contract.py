"""The server adapter keeps the promises of the port, whichever server it talks to."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import cast

import pytest

from assistant.chat_models.fake import Scripted
from assistant.chat_models.server import ServerModel
from casefile.settings import ServerSettings
from tests.assistant.chat_model_contract import ChatModelContract, ModelThatSays
from tests.assistant.chat_models.replay_server import FLAVOURS, Flavour, ReplayServer, scripted


@pytest.fixture(params=FLAVOURS)
def model_that_says(request: pytest.FixtureRequest) -> Iterator[ModelThatSays]:
    flavour = cast("Flavour", request.param)
    with ExitStack() as stack:

        def made(turns: Sequence[Scripted]) -> ServerModel:
            server = stack.enter_context(ReplayServer(scripted(turns, flavour), flavour=flavour))
            model = ServerModel(ServerSettings.model_validate({"enabled": True, "url": server.url}))
            stack.callback(model.close)
            return model

        yield made


class TestServerModel(ChatModelContract):
    """`ServerModel` against the replayed traffic of three servers."""
