"""The scripted model keeps the promises of every chat model."""

import pytest

from assistant.chat_models.fake import FakeChatModel
from casefile.errors import UsageError
from tests.assistant.chat_model_contract import ChatModelContract, ModelThatSays


class TestFakeChatModel(ChatModelContract):
    @pytest.fixture
    def model_that_says(self) -> ModelThatSays:
        return FakeChatModel


def test_it_refuses_to_run_outside_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_CURRENT_TEST", raising=False)
    monkeypatch.delenv("PYTEST_VERSION", raising=False)
    with pytest.raises(UsageError, match="tests only"):
        FakeChatModel(["Yes"])
