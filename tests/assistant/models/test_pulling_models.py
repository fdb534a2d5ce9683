"""`pull`: several files from loopback become a model, and a cut one goes on."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.models import installing
from assistant.models.catalogue import CatalogueEntry, CatalogueFile
from assistant.models.pulling import pull
from assistant.models.store import ModelStore
from casefile.errors import ModelDownloadError, StorageError, UsageError
from tests.assistant.models.file_server import Behaviour, FileServer, serving
from tests.assistant.models.folder_models import embedder
from tests.assistant.models.gguf_bytes import chat_gguf


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    for name in ("http_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with serving() as one:
        yield one


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    (tmp_path / "models").mkdir()
    return ModelStore(tmp_path / "models")


def offered(
    server: FileServer, files: dict[str, bytes], weights: str, role: Any = "chat", **more: Any
) -> CatalogueEntry:
    server.files = {f"/r1/{name}": content for name, content in files.items()}
    rows = tuple(
        CatalogueFile(name=name, bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
        for name, content in files.items()
    )
    values = {
        "id": "offered",
        "role": role,
        "title": "T",
        "licence": "MIT",
        "url": f"{server.url}{{revision}}/",
        "revision": "r1",
        "weights": weights,
        "files": rows,
    }
    return CatalogueEntry(**{**values, **more})


def silent(_name: str, _done: int, _total: int) -> None:
    pass


def wait(_seconds: float) -> None:
    pass


def test_a_file_becomes_a_model(server: FileServer, store: ModelStore) -> None:
    entry = offered(server, {"m.gguf": chat_gguf()}, "m.gguf", settings={})
    model = pull(store, entry, silent, wait)
    assert model == store.get("offered")
    assert (model.licence, model.architecture, model.quantisation) == ("MIT", "mistral3", "Q4_K_M")
    assert model.sha256 == entry.sha256
    assert "revision r1" in store.record("offered").source
    assert store.coming_ids() == ()
    with pytest.raises(UsageError, match="on this machine already"):
        pull(store, entry, silent, wait)


def test_several_files_come_and_what_has_come_is_not_asked_for_again(
    server: FileServer, store: ModelStore, tmp_path: Path
) -> None:
    folder = embedder(tmp_path / "e")
    names = ("config.json", "modules.json", "1_Pooling/config.json", "tokenizer.json", "model.safetensors")
    entry = offered(
        server,
        {name: (folder / name).read_bytes() for name in names},
        "model.safetensors",
        "embedding",
        settings={"query_prefix": "query: "},
    )
    server.plan = [Behaviour(), Behaviour(), Behaviour(status=404)]
    with pytest.raises(ModelDownloadError, match="404"):
        pull(store, entry, silent, wait)
    assert store.coming_ids() == ("offered",)
    (store.coming("offered") / "modules.json").write_bytes(b"??")  # damaged meanwhile
    (store.coming("offered") / "left.json").write_bytes(b"{}")
    server.seen.clear()
    model = pull(store, entry, silent, wait)
    assert [path for _, path, _ in server.seen] == [f"/r1/{name}" for name in names[1:]]
    assert model.path == store.folder / "offered"
    assert model.settings == {"query_prefix": "query: "}
    assert sorted(path.name for path in model.path.iterdir() if path.is_file()) == [
        "config.json",
        "model.json",
        "model.safetensors",
        "modules.json",
        "tokenizer.json",
    ]


def test_an_entry_that_is_not_pinned_is_refused_before_the_network(server: FileServer, store: ModelStore) -> None:
    entry = offered(server, {"m.gguf": b"x"}, "m.gguf")
    bare = entry.model_copy(update={"files": (CatalogueFile(name="m.gguf", bytes=1),)})
    with pytest.raises(UsageError, match=r"not pinned: the SHA-256 of m\.gguf.*models add PATH --id offered"):
        pull(store, bare, silent, wait)
    assert server.seen == []
    assert list(store.folder.iterdir()) == []


def test_a_file_that_is_no_model_is_refused_though_its_hash_is_right(server: FileServer, store: ModelStore) -> None:
    entry = offered(server, {"m.gguf": b"no model"}, "m.gguf")
    with pytest.raises(ModelDownloadError, match=r"cannot be used: m\.gguf is no GGUF file.*models remove offered"):
        pull(store, entry, silent, wait)
    assert store.installed() == ()
    store.remove("offered")


def test_no_room_is_told_before_the_network(
    server: FileServer, store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installing, "SPARE_BYTES", 1 << 60)
    with pytest.raises(StorageError, match="not enough room"):
        pull(store, offered(server, {"m.gguf": chat_gguf()}, "m.gguf"), silent, wait)
    assert server.seen == []
