"""Models on disk: installed, in use, broken, removed."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.models.kept import is_file_name, write_durably
from assistant.models.store import ModelStore
from casefile.errors import ModelMissingError, StorageError, UsageError
from casefile.folder_lock import FolderLock
from tests.assistant.models.model_folder import install


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models")


def test_an_empty_home_has_no_model(store: ModelStore) -> None:
    assert (store.installed(), store.broken(), store.coming_ids()) == ((), (), ())
    assert store.in_use("chat") is None
    assert not store.folder.exists()
    with pytest.raises(UsageError, match="models pull ID"):
        store.get("ministral-3-3b")


def test_a_model_is_used_and_given_up(store: ModelStore) -> None:
    install(store, "ours", licence="MIT", settings={"a": "b"})
    install(store, "meaning", "embedding", folder=True)
    assert [model.id for model in store.installed()] == ["meaning", "ours"]
    used = store.use("ours")
    store.use("meaning")
    again = ModelStore(store.folder)
    assert again.in_use("chat") == used
    assert used.path == store.folder / "ours" / "model.gguf"
    assert (used.bytes, used.licence, used.settings) == (7, "MIT", {"a": "b"})
    meaning = again.in_use("embedding")
    assert meaning is not None
    assert meaning.path == store.folder / "meaning"
    store.release("chat")
    assert store.in_use("chat") is None
    assert store.in_use("embedding") == meaning
    assert [path.name for path in store.folder.iterdir() if path.is_file()] == ["in-use.json"]


def test_the_projector_belongs_to_its_chat_model(store: ModelStore) -> None:
    install(store, "chat-a")
    install(store, "chat-b")
    install(store, "eyes-1", "vision", partner="chat-a")
    install(store, "eyes-2", "vision", partner="chat-a")
    chat_a, chat_b = store.get("chat-a"), store.get("chat-b")
    found = store.projector_for(chat_a)
    assert found is not None
    assert found.id == "eyes-1"
    store.use("eyes-2")
    found = store.projector_for(chat_a)
    assert found is not None
    assert found.id == "eyes-2"
    assert store.projector_for(chat_b) is None


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda folder: (folder / "model.gguf").write_bytes(b"short"), "has 5 bytes, not 7"),
        (lambda folder: (folder / "model.gguf").unlink(), "No such file"),
        (lambda folder: (folder / "model.json").write_text("{"), "is no JSON object"),
        (lambda folder: (folder / "model.json").write_text("[" * 100_000), "is no JSON object"),
        (lambda folder: (folder / "model.json").write_text("[]"), "is no JSON object"),
        (lambda folder: (folder / "model.json").write_text("{}"), "is wrong at 'id'"),
        (lambda folder: (folder / "model.json").write_bytes(b" " * (1 << 20) + b"{}"), "more than"),
    ],
)
def test_a_broken_model_hides_no_other_one(store: ModelStore, damage: object, says: str) -> None:
    install(store, "sound")
    damage(install(store, "hurt"))  # type: ignore[operator]
    assert [model.id for model in store.installed()] == ["sound"]
    (broken,) = store.broken()
    assert broken.id == "hurt"
    assert says in broken.reason
    assert "models remove hurt" in broken.reason
    with pytest.raises(ModelMissingError, match="models remove hurt"):
        store.use("hurt")
    store.remove("hurt")
    assert store.broken() == ()


def test_a_record_of_another_model_or_with_a_path_that_leads_out_is_refused(store: ModelStore) -> None:
    folder = install(store, "one")
    record = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps(record | {"id": "two"}))
    assert "belongs to another model" in store.broken()[0].reason
    record["files"][0]["name"] = record["weights"] = "../../settings.toml"
    (folder / "model.json").write_text(json.dumps(record))
    assert "leads out" in store.broken()[0].reason
    record["version"] = 2
    (folder / "model.json").write_text(json.dumps(record))
    assert "'version'" in store.broken()[0].reason


def test_a_model_in_use_that_is_gone_is_told(store: ModelStore) -> None:
    folder = install(store, "ours")
    store.use("ours")
    (folder / "model.json").unlink()
    with pytest.raises(ModelMissingError, match=r"models pull ours.*models add.*--built-in chat"):
        store.in_use("chat")
    (store.folder / "in-use.json").write_text('{"embedding": "mine"}')
    install(store, "mine")
    with pytest.raises(ModelMissingError, match="is for chat, not for embedding"):
        store.in_use("embedding")


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"chat": 1}', '{"chat": "../x"}', '{"cook": "a"}', '{"chat": null}']
)
def test_a_choice_that_cannot_be_read_is_never_overwritten(store: ModelStore, content: str) -> None:
    install(store, "ours")
    path = store.folder / "in-use.json"
    path.write_text(content)
    for call in (lambda: store.in_use("chat"), lambda: store.use("ours"), lambda: store.release("chat")):
        with pytest.raises(ModelMissingError, match=r"Remove .*in-use\.json"):
            call()
    assert path.read_text() == content


def test_removing_ends_the_use_and_clears_what_came_in_part(store: ModelStore) -> None:
    install(store, "ours")
    store.use("ours")
    store.coming("ours").mkdir()
    store.coming("half").mkdir()
    assert store.coming_ids() == ("half", "ours")
    store.remove("ours")
    store.remove("half")
    assert store.in_use("chat") is None
    assert sorted(path.name for path in store.folder.iterdir()) == ["in-use.json"]
    with pytest.raises(UsageError, match="no model 'ours'"):
        store.remove("ours")


def test_a_model_on_its_way_is_not_removed_under_the_hands_of_who_brings_it(store: ModelStore) -> None:
    store.coming("half").mkdir(parents=True)
    with FolderLock(store.coming("half")) as lock:
        assert lock.take_alone()
        with pytest.raises(UsageError, match="Another process"):
            store.remove("half")
    store.remove("half")
    assert store.coming_ids() == ()


@pytest.mark.parametrize("name", ["", "..", "a/b", "A", ".hidden", "-x", "onnx", "x" * 65, "a b", "a\n"])
def test_an_id_is_no_path(store: ModelStore, name: str) -> None:
    assert not store.holds(name)
    for call in (store.get, store.use, store.remove, store.folder_of, store.coming):
        with pytest.raises(UsageError):
            call(name)


def test_a_disk_that_refuses_is_told(store: ModelStore, monkeypatch: pytest.MonkeyPatch) -> None:
    install(store, "ours")

    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("assistant.models.store.write_durably", full)
    with pytest.raises(StorageError, match="No space left"):
        store.use("ours")
    monkeypatch.setattr("shutil.rmtree", full)
    with pytest.raises(StorageError, match="could not be removed"):
        store.remove("ours")


def test_a_small_file_is_replaced_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "small"
    write_durably(path, "old")

    def refuse(_descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", refuse)
        with pytest.raises(OSError, match="Input/output"):
            write_durably(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@given(st.text(alphabet="ab./\\\0\n~", max_size=12))
def test_a_file_name_never_leads_out(name: str) -> None:
    if is_file_name(name):
        root = Path("/models/x")
        assert (root / name).resolve().is_relative_to(root)
        assert (root / name) != root
