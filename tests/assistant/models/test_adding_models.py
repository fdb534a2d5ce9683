"""`add`: from a stick into HOME, matched with the catalogue, or refused with nothing left behind."""

import hashlib
import os
from pathlib import Path

import pytest

from assistant.models import installing
from assistant.models.adding import Wish, add, id_from
from assistant.models.catalogue import Catalogue, load_catalogue
from assistant.models.store import ModelStore
from casefile.errors import StorageError, UsageError
from casefile.folder_lock import FolderLock
from tests.assistant.models.folder_models import embedder, whisper
from tests.assistant.models.gguf_bytes import chat_gguf, projector_gguf, write
from tests.assistant.models.model_folder import install


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    folder = tmp_path / "home" / "models"
    folder.mkdir(parents=True)
    return ModelStore(folder)


def silent(_name: str, _done: int, _total: int) -> None:
    pass


def catalogue_of(store: ModelStore, *entries: str) -> Catalogue:
    """The program's catalogue and entries of our own."""
    (store.folder / "catalogue.toml").write_text("version = 1\n" + "\n".join(entries), encoding="utf-8")
    return load_catalogue(store.folder)


def entry(
    model_id: str, role: str, files: dict[str, bytes], weights: str, more: str = "", *, hashed: bool = True
) -> str:
    rows = ", ".join(
        f'{{ name = "{name}", bytes = {len(content)}'
        + (f', sha256 = "{hashlib.sha256(content).hexdigest()}"' if hashed else "")
        + " }"
        for name, content in files.items()
    )
    return (
        f'[[model]]\nid = "{model_id}"\nrole = "{role}"\ntitle = "T"\nlicence = "MIT"\nurl = "https://host.example/"\n'
        f'weights = "{weights}"\nfiles = [{rows}]\n{more}\n'
    )


def test_a_file_of_ones_own_is_added(store: ModelStore, tmp_path: Path) -> None:
    path = write(tmp_path / "stick" / "My Model.Q4.gguf", chat_gguf())
    told: list[int] = []
    added = add(store, catalogue_of(store), path, Wish(), lambda _name, done, _total: told.append(done))
    assert (added.known, added.model.id, added.model.role) == ("own", "my-model.q4", "chat")
    assert added.model == store.get("my-model.q4")
    assert added.model.path.read_bytes() == path.read_bytes()
    assert added.model.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (added.model.quantisation, added.model.licence) == ("Q4_K_M", "")
    assert store.record("my-model.q4").kv_bytes_per_token == 106_496
    assert told[-1] == path.stat().st_size
    assert store.coming_ids() == ()
    with pytest.raises(UsageError, match="on this machine already"):
        add(store, catalogue_of(store), path, Wish(), silent)
    assert added.model.path.stat().st_mode & 0o077 == 0 or os.umask(0o077) != 0o077


def test_the_catalogue_knows_a_file_by_its_hash_whatever_it_is_called(store: ModelStore, tmp_path: Path) -> None:
    content = chat_gguf()
    catalogue = catalogue_of(store, entry("known", "chat", {"official.gguf": content}, "official.gguf"))
    path = write(tmp_path / "download(1).gguf", content)
    added = add(store, catalogue, path, Wish(), silent)
    assert (added.known, added.model.id, added.model.licence) == ("same", "known", "MIT")
    assert added.model.path.name == "download(1).gguf"
    other = add(store, catalogue, path, Wish(id="mine"), silent)
    assert (other.known, other.model.id, other.model.licence) == ("same", "mine", "MIT")


def test_a_projector_is_matched_by_name_and_size_where_no_hash_is_known(store: ModelStore, tmp_path: Path) -> None:
    content = projector_gguf()
    more = 'partner = "ministral-3-3b"'
    catalogue = catalogue_of(
        store, entry("eyes", "vision", {"mmproj.gguf": content}, "mmproj.gguf", more, hashed=False)
    )
    added = add(store, catalogue, write(tmp_path / "mmproj.gguf", content), Wish(), silent)
    assert (added.known, added.model.id, added.model.partner) == ("unpinned", "eyes", "ministral-3-3b")


def test_a_projector_of_unknown_belonging_needs_a_partner(store: ModelStore, tmp_path: Path) -> None:
    path = write(tmp_path / "mmproj.gguf", projector_gguf())
    with pytest.raises(UsageError, match="--partner ID"):
        add(store, catalogue_of(store), path, Wish(), silent)
    added = add(store, catalogue_of(store), path, Wish(partner="chat-a"), silent)
    install(store, "chat-a")
    assert store.projector_for(store.get("chat-a")) == added.model
    with pytest.raises(UsageError, match="Only a vision projector"):
        add(store, catalogue_of(store), write(tmp_path / "c.gguf", chat_gguf()), Wish(partner="x"), silent)


def test_a_file_that_is_not_what_its_id_says_is_refused(store: ModelStore, tmp_path: Path) -> None:
    path = write(tmp_path / "Ministral-3-3B-Instruct-2512-Q4_K_M.gguf", chat_gguf(seed=b"evil"))
    with pytest.raises(UsageError, match=r"not what the catalogue knows as ministral-3-3b.*differs.*another --id"):
        add(store, catalogue_of(store), path, Wish(id="ministral-3-3b"), silent)
    with pytest.raises(UsageError, match="its role"):
        add(store, catalogue_of(store), path, Wish(id="ministral-3-3b-vision"), silent)
    assert store.installed() == ()
    assert [entry.name for entry in store.folder.iterdir()] == ["catalogue.toml"]


def test_a_folder_is_added_without_what_does_not_belong_to_it(store: ModelStore, tmp_path: Path) -> None:
    folder = embedder(tmp_path / "stick" / "E5_Small")
    wish = Wish(settings={"query_prefix": "query: "})
    added = add(store, catalogue_of(store), folder, wish, silent)
    assert (added.model.id, added.model.role, added.model.settings) == (
        "e5_small",
        "embedding",
        {"query_prefix": "query: "},
    )
    assert added.model.path == store.folder / "e5_small"
    names = sorted(
        path.relative_to(added.model.path).as_posix() for path in added.model.path.rglob("*") if path.is_file()
    )
    assert names == [
        "1_Pooling/config.json",
        "config.json",
        "model.json",
        "model.safetensors",
        "modules.json",
        "tokenizer.json",
    ]


def test_a_folder_of_the_catalogue_is_taken_whole_or_not_at_all(store: ModelStore, tmp_path: Path) -> None:
    folder = embedder(tmp_path / "e")
    files = {name: (folder / name).read_bytes() for name in ("model.safetensors", "tokenizer.json", "config.json")}
    more = 'settings = { query_prefix = "q: ", passage_prefix = "p: " }'
    catalogue = catalogue_of(store, entry("known", "embedding", files, "model.safetensors", more))
    (folder / "tokenizer.json").write_text('{"tampered": 1}')
    with pytest.raises(UsageError, match=r"weights are those of known, but tokenizer\.json differs"):
        add(store, catalogue, folder, Wish(), silent)
    (folder / "tokenizer.json").write_bytes(files["tokenizer.json"])
    added = add(store, catalogue, folder, Wish(settings={"query_prefix": "mine: "}), silent)
    assert added.model.settings == {"query_prefix": "mine: ", "passage_prefix": "p: "}


def test_a_whisper_model_is_kept_for_speech(store: ModelStore, tmp_path: Path) -> None:
    assert add(store, catalogue_of(store), whisper(tmp_path / "w"), Wish(), silent).model.role == "speech"


def test_what_an_earlier_try_left_is_cleared(store: ModelStore, tmp_path: Path) -> None:
    write(store.coming("m") / "old" / "part", b"x")
    write(store.coming("m") / "m.gguf", b"x")
    add(store, catalogue_of(store), write(tmp_path / "m.gguf", chat_gguf()), Wish(), silent)
    assert sorted(path.name for path in (store.folder / "m").iterdir()) == ["m.gguf", "model.json"]


def test_two_processes_do_not_bring_the_same_model(store: ModelStore, tmp_path: Path) -> None:
    store.coming("m").mkdir()
    with FolderLock(store.coming("m")) as lock:
        assert lock.take_alone()
        with pytest.raises(UsageError, match="Another process"):
            add(store, catalogue_of(store), write(tmp_path / "m.gguf", chat_gguf()), Wish(), silent)


def test_no_room_is_told_before_anything_is_copied(
    store: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installing, "SPARE_BYTES", 1 << 60)
    with pytest.raises(StorageError, match=r"not enough room.*Free .* GB"):
        add(store, catalogue_of(store), write(tmp_path / "m.gguf", chat_gguf()), Wish(), silent)
    assert store.coming_ids() == ()


def test_a_source_that_changes_or_a_disk_that_fills_leaves_nothing(
    store: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "m.gguf", chat_gguf())

    def grow(_name: str, done: int, total: int) -> None:
        if done == total:
            with path.open("ab") as stream:
                stream.write(b"more")

    with pytest.raises(UsageError, match="was changed while it was copied"):
        add(store, catalogue_of(store), path, Wish(), grow)
    path.write_bytes(chat_gguf())

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(installing.os, "fsync", full)
        with pytest.raises(StorageError, match="No space left"):
            add(store, catalogue_of(store), path, Wish(), silent)
    assert store.coming_ids() == ()
    assert store.installed() == ()


def test_a_kill_in_the_middle_leaves_no_model(store: ModelStore, tmp_path: Path) -> None:
    def kill(_name: str, _done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        add(store, catalogue_of(store), write(tmp_path / "m.gguf", chat_gguf()), Wish(), kill)
    assert store.installed() == ()


@pytest.mark.parametrize(
    ("name", "made"), [("A B.gguf", "a-b.gguf"), ("ÄÖ", "model"), ("..", "model"), ("x" * 99, "x" * 64), ("-a-", "a")]
)
def test_an_id_is_made_of_a_name(name: str, made: str) -> None:
    assert id_from(name) == made
