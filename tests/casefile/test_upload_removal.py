"""A cancelled upload leaves nothing of what came with it alone, and everything that the case has from elsewhere."""

import zipfile
from pathlib import Path

import pytest

from casefile.case import Case, open_case
from casefile.home import Home
from casefile.settings import load_settings
from casefile.upload_removal import remove_upload
from casefile.verify import verify_case
from ingest.embedding.fake import HashedWordsEmbedder
from ingest.pipeline import Pipeline
from tests.casefile.case_building import new_case

CANARY = "xylophonequartz"


def _ingest(case: Case, *paths: Path) -> None:
    with case.locked():
        settings = load_settings(case.home.root, {}).settings
        Pipeline(case, settings, HashedWordsEmbedder(allow=True)).ingest(paths)


def _batch(case: Case, files: dict[str, bytes]) -> int:
    batch = case.uploads.begin("Vos", None, f"{CANARY} title")
    for name, content in files.items():
        place = case.uploads.folder(batch) / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        case.uploads.file_received(case.uploads.add_file(batch, name, len(content)))
    return batch


def _zip(path: Path, **files: str) -> bytes:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"{name}.txt", text)
    return path.read_bytes()


def holding(folder: Path, word: str) -> list[str]:
    """Files below a folder that hold a word, in any case."""
    needle = word.encode()
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [str(path) for path in files if needle in path.read_bytes().lower()]


def test_what_came_with_the_batch_alone_is_gone_and_the_rest_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    shared = "both have this sentence in them"
    archive = _zip(tmp_path / "a.zip", own=f"only {CANARY} here", shared=shared)
    (tmp_path / "elsewhere.txt").write_text("stood here before")
    with new_case(home) as case:
        _ingest(case, tmp_path / "elsewhere.txt")
        before = {exhibit.id for exhibit in case.catalogue.exhibits()}
        files = {
            "in/a.zip": archive,
            "own.txt": f"only {CANARY} here".encode(),  # also a part of the archive
            "known.txt": b"stood here before",
            "empty.txt": b"",
        }
        batch = _batch(case, files)
        monkeypatch.chdir(case.folder)
        _ingest(case, Path(f"uploads/{batch}"))
        (tmp_path / "shared.txt").write_text(shared)
        _ingest(case, tmp_path / "shared.txt")  # met first in the batch
        assert holding(case.folder, CANARY)
        remove_upload(case, batch)
        remove_upload(case, batch)  # as after a kill
        left = {exhibit.path for exhibit in case.catalogue.exhibits()}
        assert left == {str(tmp_path / "elsewhere.txt"), str(tmp_path / "shared.txt")}
        assert before <= {exhibit.id for exhibit in case.catalogue.exhibits()}
        (line,) = [line for line in case.catalogue.occurrences() if line.name == "shared.txt"]
        assert (line.new, line.status, line.issues) == (True, "complete", ())
        assert case.uploads.batch(batch).files == ()
        report = verify_case(case)
        assert report.problems == ()
        assert report.repaired == ()
        events = [event for event in case.custody.events() if event.action == "upload cancelled"]
        assert events[0].details == {"upload": batch, "files": 4, "exhibits": 3}
        assert events[0].kind == "erasure"
    assert holding(home, CANARY) == []


def test_an_original_that_a_killed_run_never_entered_goes_too(tmp_path: Path) -> None:
    with new_case(tmp_path / "home") as case:
        batch = _batch(case, {"a.txt": CANARY.encode()})
        with (case.uploads.folder(batch) / "a.txt").open("rb") as stream:
            case.originals.take(stream, 1 << 20)
        assert holding(case.folder / "originals", CANARY)
    with open_case(Home(tmp_path / "home"), "demo", "tester") as case:
        remove_upload(case, batch)
        assert verify_case(case).problems == ()
    assert holding(tmp_path / "home", CANARY) == []
