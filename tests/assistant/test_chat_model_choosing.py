"""Which language model answers, by settings and what is in use; one for the process."""

import importlib.util
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.chat_models.choosing import chat_model, close_chat_model, engine_kind
from assistant.chat_models.llama.process import LlamaModel
from assistant.chat_models.server import ServerModel
from assistant.models.kept import KeptFile, KeptModel, write_record
from assistant.models.store import ModelStore
from casefile.errors import ModelUnavailableError
from casefile.home import Home
from casefile.settings import Settings
from tests.assistant.llama.small_gguf import write_small_gguf


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    yield Home(tmp_path)
    close_chat_model()


@pytest.fixture(params=["there"])
def llama(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    real = importlib.util.find_spec
    found = object() if request.param == "there" else None
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: found if name == "llama_cpp" else real(name, *rest)
    )


def settings(engine: str = "auto", **sections: dict[str, Any]) -> Settings:
    return Settings.model_validate({"answering": {"engine": engine}, **sections})


def install(home: Home, name: str = "small") -> None:
    store = ModelStore(home.models)
    folder = store.folder_of(name)
    folder.mkdir(parents=True)
    write_small_gguf(path := folder / "model.gguf")
    file = KeptFile(name="model.gguf", bytes=path.stat().st_size, sha256="ab" * 32)
    write_record(
        folder,
        KeptModel(id=name, role="chat", weights="model.gguf", folder=False, files=(file,), architecture="mistral3"),
    )
    store.use(name)


@pytest.mark.usefixtures("llama")
class TestEngineKind:
    def test_without_a_model_the_built_in_engine_answers_and_says_how_to_get_one(self, home: Home) -> None:
        choice = engine_kind(home, settings())
        assert (choice.kind, choice.sound) == ("extractive", True)
        assert "models pull" in choice.why
        assert chat_model(home, settings()) is None

    def test_a_model_in_use_answers(self, home: Home) -> None:
        install(home)
        for engine in ("auto", "ministral"):
            assert engine_kind(home, settings(engine)).kind == "ministral"
            assert isinstance(chat_model(home, settings(engine)), LlamaModel)

    def test_the_built_in_engine_by_name(self, home: Home) -> None:
        install(home)
        assert engine_kind(home, settings("extractive")).kind == "extractive"
        assert chat_model(home, settings("extractive")) is None

    def test_a_model_by_name_that_is_not_there_is_an_error_that_says_what_to_do(self, home: Home) -> None:
        assert engine_kind(home, settings("ministral")).sound is False
        with pytest.raises(ModelUnavailableError, match=r"models pull .*models use"):
            chat_model(home, settings("ministral"))

    def test_a_damaged_model_is_named_and_not_used(self, home: Home) -> None:
        install(home)
        (home.models / "small" / "model.gguf").write_bytes(b"cut")
        for engine in ("auto", "ministral"):
            choice = engine_kind(home, settings(engine))
            assert not choice.sound
            with pytest.raises(ModelUnavailableError, match="small"):
                chat_model(home, settings(engine))

    @pytest.mark.parametrize("llama", ["gone"], indirect=True)
    def test_without_llama_cpp_the_built_in_engine_answers(self, home: Home) -> None:
        install(home)
        choice = engine_kind(home, settings())
        assert choice.kind == "extractive"
        assert "llama.cpp is not installed" in choice.why
        with pytest.raises(ModelUnavailableError, match="not installed"):
            chat_model(home, settings("ministral"))

    def test_a_server_answers_only_where_it_is_named_and_switched_on(self, home: Home) -> None:
        server = {"enabled": True, "url": "http://127.0.0.1:9/v1", "model": "m"}
        assert engine_kind(home, settings(server=server)).kind == "extractive"
        assert engine_kind(home, settings("server", server=server)).sound
        assert isinstance(chat_model(home, settings("server", server=server)), ServerModel)
        assert not engine_kind(home, settings("server", server={**server, "enabled": False})).sound
        with pytest.raises(ModelUnavailableError):
            chat_model(home, settings("server", server={**server, "enabled": False}))


@pytest.mark.usefixtures("llama")
def test_everybody_in_this_process_gets_the_same_model(home: Home) -> None:
    install(home)
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(chat_model(home, settings()))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(map(id, found))) == 1
    assert chat_model(home, settings("ministral")) is found[0]


@pytest.mark.usefixtures("llama")
def test_another_model_or_other_settings_close_the_one_before(home: Home) -> None:
    install(home)
    first = chat_model(home, settings())
    second = chat_model(home, settings(model={"seed": 7}))
    install(home, "other")
    third = chat_model(home, settings(model={"seed": 7}))
    assert isinstance(first, LlamaModel)
    assert isinstance(second, LlamaModel)
    assert isinstance(third, LlamaModel)
    assert third.info.name == "other"
    for closed in (first, second):
        with pytest.raises(ModelUnavailableError, match="closed"):
            closed.count_tokens(["one"])
