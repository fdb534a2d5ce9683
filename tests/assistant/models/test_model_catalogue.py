"""The catalogue: what ships is sound, an agency's own entries are checked."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from assistant.models.catalogue import Catalogue, load_catalogue
from casefile.errors import SettingsError, UsageError

OWN = """
version = 1
[[model]]
id = "ours"
role = "chat"
title = "Ours"
licence = "LicenseRef-Agency"
url = "http://mirror.intranet/models/{revision}/"
revision = "7"
hosts = ["files.intranet"]
weights = "our model.gguf"
files = [{ name = "our model.gguf", bytes = 10, sha256 = "HASH" }]
"""
HASH = "ab" * 32


def own(folder: Path, text: str = OWN) -> Catalogue:
    (folder / "catalogue.toml").write_text(text.replace("HASH", HASH), encoding="utf-8")
    return load_catalogue(folder)


def test_what_ships_is_sound(tmp_path: Path) -> None:
    entries = load_catalogue(tmp_path).entries
    ids = {entry.id for entry in entries}
    assert {"ministral-3-3b", "ministral-3-8b", "ministral-3-14b", "multilingual-e5-small"} <= ids
    assert {entry.role for entry in entries} == {"chat", "vision", "embedding", "reranker", "speech"}
    for entry in entries:
        assert urlsplit(entry.url).scheme == "https"
        assert entry.licence
        assert len(entry.revision) == 40, "the full id of a commit, never a branch"
        assert entry.partner == "" or entry.partner in ids
    unpinned = {entry.id: entry.why_not_pinned() for entry in entries if entry.why_not_pinned()}
    assert list(unpinned) == ["ministral-3-3b-vision"]
    assert "SHA-256 of Ministral-3-3B-Instruct-2512-BF16-mmproj.gguf is not known" in unpinned["ministral-3-3b-vision"]


def test_the_model_of_the_documents_is_the_published_file(tmp_path: Path) -> None:
    entry = load_catalogue(tmp_path).get("ministral-3-3b")
    (file,) = entry.files
    assert (file.bytes, file.sha256[:8], entry.revision[:8]) == (2_147_023_008, "9ed150d4", "eb599d40")
    assert entry.address(file).endswith(f"/resolve/{entry.revision}/Ministral-3-3B-Instruct-2512-Q4_K_M.gguf")


def test_an_agency_has_entries_of_its_own(tmp_path: Path) -> None:
    catalogue = own(tmp_path)
    entry = catalogue.get("ours")
    assert entry.why_not_pinned() == ""
    assert entry.address(entry.files[0]) == "http://mirror.intranet/models/7/our%20model.gguf"
    assert (entry.host, entry.bytes, entry.sha256, entry.folder) == ("mirror.intranet", 10, HASH, False)
    assert catalogue.by_sha256(HASH) == entry
    assert catalogue.by_sha256("cd" * 32) is None
    assert catalogue.entries[0].id == "ministral-3-3b"
    with pytest.raises(UsageError, match=r"no model 'x'.*ministral-3-3b.*ours.*models add"):
        catalogue.get("x")


def test_without_a_revision_where_the_address_wants_one_an_entry_is_not_pinned(tmp_path: Path) -> None:
    entry = own(tmp_path, OWN.replace('revision = "7"', "")).get("ours")
    assert entry.why_not_pinned() == "its revision is not known to the catalogue"
    without = OWN.replace('revision = "7"', "").replace("{revision}/", "")
    assert own(tmp_path, without).get("ours").why_not_pinned() == ""
    assert "SHA-256" in own(tmp_path, OWN.replace(', sha256 = "HASH"', "")).get("ours").why_not_pinned()


WRONG = {
    "no TOML": ("version = ", "no TOML"),
    "no UTF-8": ("\udcff", "no TOML in UTF-8"),
    "no version": (OWN.replace("version = 1", ""), "'version'"),
    "another version": (OWN.replace("version = 1", "version = 2"), "'version'"),
    "unknown field": (OWN.replace('title = "Ours"', 'titel = "Ours"'), r"entry 1 \('ours'\), 'model.0.title'"),
    "no id": (OWN.replace('"ours"', '"../x"'), "small letters"),
    "role": (OWN.replace('"chat"', '"cook"'), "'model.0.role'"),
    "short hash": (OWN.replace("HASH", "abc"), "sha256"),
    "upper-case hash": (OWN.replace("HASH", "AB" * 32), "sha256"),
    "no bytes": (OWN.replace("bytes = 10", "bytes = 0"), "bytes"),
    "path out": (OWN.replace("our model.gguf", "../../x.gguf"), "leads out"),
    "record's name": (OWN.replace("our model.gguf", "model.json"), "leads out"),
    "weights": (OWN.replace('weights = "our', 'weights = "your'), "none of the files"),
    "file twice": (OWN.replace("files = [", 'files = [{ name = "our model.gguf", bytes = 1 }, '), "named twice"),
    "no files": (OWN.split("files =", maxsplit=1)[0] + "files = []", "files"),
    "password": (OWN.replace("mirror.intranet", "me:secret@mirror.intranet"), "no password"),
    "ftp": (OWN.replace("http:", "ftp:"), "begins with https"),
    "no slash": (OWN.replace("{revision}/", "{revision}"), "ends with a slash"),
    "query": (OWN.replace("{revision}/", "{revision}/?a=/"), "ends with a slash"),
    "revision": (OWN.replace('revision = "7"', 'revision = "../7"'), "revision"),
    "partner": (OWN + 'partner = "ministral-3-3b"', "vision projector"),
    "no partner": (OWN.replace('"chat"', '"vision"'), "vision projector"),
    "setting": (OWN + 'settings = { query = "x" }', "settings are passage_prefix, query_prefix"),
    "no list": ("version = 1\nmodel = 1", "'model'"),
    "no entry": ("version = 1\nmodel = [1]", r"entry 1 \(1\)"),
    "shipped id": (OWN.replace('"ours"', '"ministral-3-3b"'), "in the catalogue twice"),
    "own id twice": (OWN + OWN.replace("version = 1", ""), "in the catalogue twice"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_entry_is_named_with_its_file(tmp_path: Path, name: str) -> None:
    text, reason = WRONG[name]
    (tmp_path / "catalogue.toml").write_bytes(text.replace("HASH", HASH).encode("utf-8", "surrogateescape"))
    with pytest.raises(SettingsError, match=reason) as refused:
        load_catalogue(tmp_path)
    assert str(tmp_path / "catalogue.toml") in str(refused.value)


def test_a_catalogue_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "catalogue.toml").mkdir()
    with pytest.raises(SettingsError, match="cannot be read"):
        load_catalogue(tmp_path)
    (tmp_path / "catalogue.toml").rmdir()
    with (tmp_path / "catalogue.toml").open("wb") as stream:
        stream.truncate(1 << 40)
    with pytest.raises(SettingsError, match="more than"):
        load_catalogue(tmp_path)
