"""What the models in use change: the embedding model, the order of what is found, the engine, what doctor says."""

import json
from pathlib import Path
from typing import Any

import pytest

from assistant import doctor
from assistant.chat_models.llama import sizing
from assistant.embedding import embedding_choice, make_reranker, naming_models_in_use
from assistant.models import readiness
from assistant.models.readiness import engine_choice, kept_speed, memory_of
from assistant.models.store import ModelStore
from casefile.errors import ModelMissingError
from casefile.home import Home
from casefile.settings import Settings
from tests.assistant.models.folder_models import cross_encoder
from tests.assistant.models.model_folder import install


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.prepare()
    return made


@pytest.fixture
def store(home: Home) -> ModelStore:
    return ModelStore(home.models)


def settings(**sections: dict[str, Any]) -> Settings:
    return Settings.model_validate(sections)


def use(store: ModelStore, model_id: str, role: str = "chat", **more: Any) -> Path:
    folder = install(store, model_id, role, **more)
    store.use(model_id)
    return folder


def test_without_a_model_in_use_the_built_in_one_searches(home: Home) -> None:
    choice = embedding_choice(home, settings(embedding={"query_prefix": "q "}))
    assert (choice.model_directory, choice.query_prefix) == (None, "q ")
    assert make_reranker(home, settings()) is None


def test_the_embedding_model_in_use_searches_with_its_prefixes(home: Home, store: ModelStore) -> None:
    prefixes = {"query_prefix": "query: ", "passage_prefix": "passage: "}
    folder = use(store, "e5", "embedding", folder=True, settings=prefixes)
    choice = embedding_choice(home, settings(embedding={"threads": 3}))
    assert (choice.model_directory, choice.sha256) == (folder, store.get("e5").sha256)
    assert (choice.query_prefix, choice.passage_prefix, choice.threads) == ("query: ", "passage: ", 3)
    other = embedding_choice(home, settings(embedding={"query_prefix": "mine: "}))
    assert (other.query_prefix, other.passage_prefix) == ("mine: ", "passage: ")
    named = embedding_choice(home, settings(embedding={"model_path": "/srv/model"}))
    assert (named.model_directory, named.query_prefix, named.sha256) == (Path("/srv/model"), "", "")


def test_settings_can_name_the_models_in_use_for_cases_of_other_homes(home: Home, store: ModelStore) -> None:
    before = settings()
    assert naming_models_in_use(home, before) == before
    folder = use(store, "e5", "embedding", folder=True, settings={"query_prefix": "query: "})
    order = use(store, "order", "reranker", folder=True)
    named = naming_models_in_use(home, before)
    assert (named.embedding.model_path, named.embedding.query_prefix) == (str(folder), "query: ")
    assert named.embedding.model_sha256 == store.get("e5").sha256
    assert named.retrieval.reranker_path == str(order)
    own = settings(embedding={"model_path": "/a"}, retrieval={"reranker_path": "/b"})
    assert naming_models_in_use(home, own) == own


def test_a_model_in_use_that_is_gone_is_told_not_replaced(home: Home, store: ModelStore) -> None:
    (use(store, "e5", "embedding", folder=True) / "model.json").unlink()
    with pytest.raises(ModelMissingError, match=r"models pull e5.*--built-in embedding"):
        embedding_choice(home, settings())
    assert embedding_choice(home, settings(embedding={"model_path": "/srv/model"})).model_directory == Path(
        "/srv/model"
    )


def test_the_reranker_in_use_orders_and_the_path_in_settings_wins(
    home: Home, store: ModelStore, tmp_path: Path
) -> None:
    folder = use(store, "order", "reranker", folder=True)
    with pytest.raises(ModelMissingError, match=r"models use"):
        make_reranker(home, settings())
    (folder / "config.json").write_text("{}")
    assert make_reranker(home, settings()) is not None
    named = str(cross_encoder(tmp_path / "named"))
    store.remove("order")
    assert make_reranker(home, settings(retrieval={"reranker_path": named})) is not None


@pytest.mark.parametrize("wanted", ["auto", "extractive", "ministral", "server"])
def test_which_engine_answers_without_a_model(store: ModelStore, wanted: str) -> None:
    choice = engine_choice(store, settings(answering={"engine": wanted}))
    expected = {
        "auto": ("extractive", True, "models pull ministral-3-3b"),
        "extractive": ("extractive", True, "settings say so"),
        "ministral": ("ministral", False, "models pull ministral-3-3b"),
        "server": ("server", False, "server"),
    }
    kind, sound, says = expected[wanted]
    assert (choice.kind, choice.sound) == (kind, sound)
    assert says in choice.why


def test_which_engine_answers_with_a_model(store: ModelStore, monkeypatch: pytest.MonkeyPatch) -> None:
    use(store, "ours")
    monkeypatch.setattr(readiness, "llama_is_here", lambda: True)
    assert engine_choice(store, settings()).kind == "ministral"
    assert "ours is in use" in engine_choice(store, settings()).why
    assert engine_choice(store, settings(answering={"engine": "extractive"})).kind == "extractive"
    monkeypatch.setattr(readiness, "llama_is_here", lambda: False)
    without = engine_choice(store, settings())
    assert (without.kind, "llama.cpp is not installed" in without.why) == ("extractive", True)
    assert not engine_choice(store, settings(answering={"engine": "ministral"})).sound
    server = {"enabled": True, "url": "http://127.0.0.1:8000/v1"}
    away = engine_choice(store, settings(answering={"engine": "server"}, server=server))
    assert (away.kind, away.sound, "127.0.0.1:8000" in away.why) == ("server", True, True)
    (store.folder / "in-use.json").write_text("{")
    assert not engine_choice(store, settings()).sound


def test_the_memory_of_a_model_is_weights_context_and_projector(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sizing, "available_memory", lambda: 8 << 30)
    use(store, "ours", content=b"x" * 1000, kv_bytes_per_token=104 * 1024)
    model = store.get("ours")
    memory = memory_of(store, model, settings().model)
    assert memory.needed == 1000 + 8192 * 104 * 1024 + sizing.WORKING_BYTES
    assert (memory.enough, memory.context_tokens) == (True, 8192)
    monkeypatch.setattr(sizing, "available_memory", lambda: 1 << 30)
    assert (memory_of(store, model, settings().model).context_tokens, memory.free) == (4096, 8 << 30)
    install(store, "eyes", "vision", content=b"y" * 500, partner="ours")
    small = memory_of(store, model, settings(model={"context_tokens": 1000}).model)
    assert small.needed == 1500 + 1000 * 104 * 1024 + sizing.WORKING_BYTES


SPEED = {"read_tokens_per_second": 35.5, "write_tokens_per_second": 8.5, "threads": 2, "measured_at": "2026-01-01"}


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", json.dumps(SPEED | {"threads": None}), json.dumps(SPEED).replace("35.5", "NaN")]
)
def test_a_speed_that_cannot_be_read_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "speed.json").write_text(content)
    assert kept_speed(tmp_path) is None


def test_doctor_reports_the_model_its_memory_and_its_speed(
    home: Home, store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "none in use" in doctor._chat_model(home, settings()).says
    assert "0 added, in use: none" in doctor._models(home, settings()).says
    folder = use(store, "ours", quantisation="Q4_K_M", kv_bytes_per_token=104 * 1024)
    monkeypatch.setattr(sizing, "available_memory", lambda: 8 << 30)
    monkeypatch.setattr(readiness, "llama_is_here", lambda: True)
    first = doctor._chat_model(home, settings(model={"threads": 4}))
    assert first.state == "ok"
    assert "ours, Q4_K_M, 4 threads, 1.3 GiB needed with a context of 8192 tokens, 8.0 GiB free" in first.says
    assert "measured at the first question" in first.says
    (folder / "speed.json").write_text(json.dumps(SPEED))
    assert "reads 35.5 and writes 8.5 tokens/s with 2 threads" in doctor._chat_model(home, settings()).says
    assert "1 added, in use: ours for chat" in doctor._models(home, settings()).says
    assert "`ministral` (ours is in use)" in doctor._engine(home, settings()).says
    monkeypatch.setattr(sizing, "available_memory", lambda: 600 << 20)
    short = doctor._chat_model(home, settings())
    assert (short.state, "take a smaller model" in short.says) == ("warning", True)


def test_doctor_reports_what_is_broken_instead_of_failing(home: Home, store: ModelStore) -> None:
    (install(store, "hurt") / "model.gguf").unlink()
    broken = doctor._models(home, settings())
    assert (broken.state, "models remove hurt" in broken.says) == ("warning", True)
    (store.folder / "in-use.json").write_text('{"chat": "gone"}')
    for check in (doctor._models, doctor._chat_model, doctor._engine):
        finding = check(home, settings())
        assert (finding.state, "models pull gone" in finding.says) == ("trouble", True)
