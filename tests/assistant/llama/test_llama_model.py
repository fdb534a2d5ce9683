"""The whole adapter with the tiny random model: the contract, the same answer again, what is kept on disk."""

import hashlib
import io
import json
import os
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from PIL import Image

from assistant.chat_models.fake import Scripted
from assistant.chat_models.llama.process import LlamaModel
from assistant.chat_models.port import ChatModel, ChatRequest, Ended, Picture, SystemMessage, TextPiece, UserMessage
from assistant.models.records import InstalledModel
from casefile.errors import ModelCrashedError, ModelUnavailableError
from casefile.settings import ModelSettings
from eval.random_projector import build_projector
from tests.assistant.chat_model_contract import LONG_ANSWER, QUESTION, ChatModelContract, ModelThatSays, text_of
from tests.assistant.llama.tiny_model import tiny_model_path

FORCING = "tests.assistant.llama.forcing_child"
SETTINGS = ModelSettings(threads=1, context_tokens=2048)  # type: ignore[call-arg]


def installed(folder: Path) -> InstalledModel:
    """The tiny model in a folder of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "model.gguf"
    if not path.exists():
        os.link(tiny_model_path(), path)
    return InstalledModel("tiny", "chat", path, path.stat().st_size, _hash_of_tiny(), quantisation="F16")


def _hash_of_tiny() -> str:
    return hashlib.sha256(tiny_model_path().read_bytes()).hexdigest()


def as_json(turn: Scripted) -> str | list[list[str]]:
    return turn if isinstance(turn, str) else [[call.name, call.arguments] for call in turn]


class Forced:
    """One model for many tests, which each give it its turns."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.model = LlamaModel(installed(folder), SETTINGS, child_module=FORCING)

    def saying(self, turns: Sequence[Scripted]) -> ChatModel:
        (self._folder / "turns.json").write_text(json.dumps([as_json(turn) for turn in turns]))
        (self._folder / "turns.done").write_text("0")
        if self.model._line.closed:
            self.model = LlamaModel(installed(self._folder), SETTINGS, child_module=FORCING)
        return self.model


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forced]:
    forced = Forced(tmp_path_factory.mktemp("tiny"))
    yield forced
    forced.model.close()


class TestLlamaModel(ChatModelContract):
    @pytest.fixture
    def model_that_says(self, shared: Forced) -> ModelThatSays:
        return shared.saying


@pytest.fixture
def model(tmp_path: Path) -> Iterator[LlamaModel]:
    made = LlamaModel(installed(tmp_path), SETTINGS)
    yield made
    made.close()


def free_request(question: str) -> ChatRequest:
    return ChatRequest((SystemMessage("Answer from the passages. " * 40), UserMessage(question)), most_tokens=40)


def test_the_same_question_gets_the_same_answer_from_a_new_process(tmp_path: Path) -> None:
    answers = set()
    for _ in range(2):
        model = LlamaModel(installed(tmp_path), SETTINGS)
        for question in ("Who paid?", "When were they delivered, and where?", "Who paid?"):
            events = list(model.chat(free_request(question)))
            answers.add((question, text_of(events)))
        model.close()
    assert len(answers) == 2
    assert all(text for _, text in answers)


def test_system_prompt_and_tools_are_kept_on_disk_and_a_damaged_file_is_made_again(tmp_path: Path) -> None:
    def first_answer() -> tuple[str, int]:
        model = LlamaModel(installed(tmp_path), SETTINGS)
        events = list(model.chat(free_request("Who paid?")))
        model.close()
        ended = events[-1]
        assert isinstance(ended, Ended)
        return text_of(events), ended.usage.kept_tokens

    answer, kept = first_answer()
    assert kept == 0
    (file,) = (tmp_path / "prefixes").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    content = file.read_bytes()
    again, kept = first_answer()
    assert again == answer
    assert kept > 200
    file.write_bytes(content[: len(content) // 2])  # test_llama_prefix.py has other damages
    again, kept = first_answer()
    assert (again, kept) == (answer, 0)
    assert file.read_bytes() == content


def test_a_real_crash_in_mid_answer_costs_that_answer_only(tmp_path: Path) -> None:
    (tmp_path / "turns.json").write_text(json.dumps([LONG_ANSWER, "Yes"]))
    model = LlamaModel(installed(tmp_path), SETTINGS, child_module=FORCING)
    events = model.chat(QUESTION)
    next(event for event in events if isinstance(event, TextPiece))
    assert model.pid is not None
    os.kill(model.pid, signal.SIGSEGV)
    with pytest.raises(ModelCrashedError, match="SIGSEGV"):
        list(events)
    assert text_of(list(model.chat(QUESTION))) == "Yes"
    model.close()


def test_its_speed_is_measured_as_it_is_loaded(model: LlamaModel, tmp_path: Path) -> None:
    assert model.reading_speed() > 0
    kept = json.loads((tmp_path / "speed.json").read_text())
    assert kept["read_tokens_per_second"] == model.reading_speed()
    assert kept["write_tokens_per_second"] > 0
    assert kept["threads"] == 1


def test_a_file_that_llama_cpp_refuses_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    damaged = installed(tmp_path)
    content = bytearray(damaged.path.read_bytes())
    content[content.index(b"tokenizer.ggml.model") : content.index(b"tokenizer.ggml.model") + 9] = b"Tokenizer"
    damaged.path.unlink()
    damaged.path.write_bytes(content)
    model = LlamaModel(damaged, SETTINGS)
    with pytest.raises(ModelUnavailableError, match="models verify"):
        model.count_tokens(["one"])
    model.close()


def test_with_a_projector_it_sees(tmp_path: Path) -> None:
    path = tmp_path / "eyes" / "projector.gguf"
    path.parent.mkdir()
    build_projector(path)
    projector = InstalledModel("eyes", "vision", path, path.stat().st_size, "cd" * 32, partner="tiny")
    Image.new("RGB", (168, 168), "red").save(content := io.BytesIO(), "PNG")
    picture = Picture("image/png", content.getvalue())
    model = LlamaModel(installed(tmp_path), SETTINGS, projector=projector)
    assert model.info.sees
    request = ChatRequest((SystemMessage("Describe."), UserMessage("What is on it?", (picture,))), most_tokens=4)
    ended = list(model.chat(request))[-1]
    model.close()
    assert isinstance(ended, Ended)
    assert ended.usage.prompt_tokens > 20
