"""The pipeline: every place in the ledger, known bytes met again, parts of copies, depth, the model's name."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from casefile.case import Case, create_case
from casefile.errors import CaseBusyError, EmbeddingMismatchError
from casefile.home import Home
from casefile.records import CaseDescription, Occurrence
from casefile.serial import now
from casefile.settings import Settings, load_settings
from ingest.embedding.fake import HashedWordsEmbedder
from ingest.pipeline import IngestResult, Pipeline


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Case]:
    description = CaseDescription("demo", "t", "p", "n", "DE", "Europe/Berlin", ("en",), now())
    with create_case(Home(tmp_path / "home"), description, "tester") as opened:
        yield opened


def _settings(tmp_path: Path, **flags: object) -> Settings:
    return load_settings(tmp_path / "home", {}, {f"reading.{name}": value for name, value in flags.items()}).settings


def _ingest(case: Case, *paths: Path, settings: Settings | None = None) -> IngestResult:
    with case.locked():
        settings = settings or load_settings(case.home.root, {}).settings
        return Pipeline(case, settings, HashedWordsEmbedder(allow=True)).ingest(paths)


def _by_path(result: IngestResult, root: Path) -> dict[str, Occurrence]:
    return {line.path.removeprefix(f"{root}/"): line for line in result.occurrences}


def test_known_bytes_are_a_new_occurrence_and_a_rerun_adds_nothing(tmp_path: Path, case: Case) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "a.txt").write_text("The meeting was on Monday.")
    (folder / "b.txt").write_text("The meeting was on Monday.")
    first = _ingest(case, folder)
    lines = _by_path(first, folder)
    assert (lines["a.txt"].status, lines["b.txt"].status) == ("complete", "skipped")
    assert lines["b.txt"].issues[0].category == "duplicate"
    assert lines["a.txt"].exhibit_id == lines["b.txt"].exhibit_id
    assert first.new_ids == {lines["a.txt"].id}
    again = _ingest(case, folder)
    assert again.occurrences == first.occurrences
    assert again.new_ids == frozenset()
    (folder / "a.txt").write_text("The meeting was on Tuesday.")
    changed = _ingest(case, folder)
    assert len(changed.new_ids) == 1
    assert len(case.catalogue.exhibits()) == 2
    assert case.catalogue.embedding_count() == 2


def test_parts_of_a_copied_archive_stand_at_both_places(tmp_path: Path, case: Case) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.writestr("in/one.txt", "one stands here")
        archive.writestr("two.txt", "two stands here")
    (folder / "b.zip").write_bytes((folder / "a.zip").read_bytes())
    lines = _by_path(_ingest(case, folder), folder)
    assert list(lines) == ["a.zip", "b.zip", *(f"{c}.zip!/{n}" for c in "ab" for n in ("in/one.txt", "two.txt"))]
    assert lines["b.zip!/two.txt"].status == "skipped"
    (tmp_path / "later").mkdir()
    (tmp_path / "later" / "c.zip").write_bytes((folder / "a.zip").read_bytes())
    later = _by_path(_ingest(case, tmp_path / "later"), tmp_path / "later")
    assert list(later) == ["c.zip", "c.zip!/in/one.txt", "c.zip!/two.txt"]
    assert {line.status for line in later.values()} == {"skipped"}
    assert len(case.catalogue.exhibits()) == 3


def test_parts_too_deep_are_said_and_not_read(tmp_path: Path, case: Case) -> None:
    content, name = b"the innermost text", "inner.txt"
    for level in range(4):
        box = tmp_path / f"level{level}.zip"
        with zipfile.ZipFile(box, "w") as archive:
            archive.writestr(name, content)
        content, name = box.read_bytes(), box.name
    result = _ingest(case, tmp_path / "level3.zip", settings=_settings(tmp_path, depth=2))
    deepest = result.occurrences[-1]
    assert deepest.path.endswith("level3.zip!/level2.zip!/level1.zip!/level0.zip")
    assert (deepest.status, deepest.issues[0].category) == ("failed", "too_deep")


def test_what_has_no_reader_is_skipped_with_its_type(tmp_path: Path, case: Case) -> None:
    (tmp_path / "song.flac").write_bytes(b"fLaC" + bytes(64))
    (line,) = _ingest(case, tmp_path / "song.flac").occurrences
    assert (line.status, line.issues[0].category, line.media_type) == ("skipped", "unsupported", "audio/flac")
    assert "FLAC" in line.issues[0].message


def test_every_taking_in_is_in_the_custody_log(tmp_path: Path, case: Case) -> None:
    (tmp_path / "a.txt").write_text("text")
    _ingest(case, tmp_path / "a.txt")
    events = [(event.kind, event.action, event.actor) for event in case.custody.events()]
    assert events == [
        ("collection", "case created", "tester"),
        ("collection", "exhibit taken in", "tester"),
        ("collection", "exhibit read", "tester"),
        ("collection", "ingestion finished", "tester"),
    ]
    assert case.custody.verify().intact


def test_a_case_embedded_with_another_model_is_not_mixed(tmp_path: Path, case: Case) -> None:
    (tmp_path / "a.txt").write_text("text")
    _ingest(case, tmp_path / "a.txt")
    case.database.connection().execute("UPDATE embedding_model SET sha256 = ?", ("f" * 64,))
    with pytest.raises(EmbeddingMismatchError, match="--reembed"):
        _ingest(case, tmp_path / "a.txt")
    with case.locked():
        pipeline = Pipeline(case, load_settings(case.home.root, {}).settings, HashedWordsEmbedder(allow=True))
        pipeline.ingest([], reembed=True)
    model = case.catalogue.embedding_model()
    assert model is not None
    assert model.sha256 == HashedWordsEmbedder(allow=True).identity.sha256
    assert case.catalogue.embedding_count() == 1


def test_a_second_writer_is_told(tmp_path: Path, case: Case) -> None:
    from casefile.case import open_case

    with case.locked(), open_case(case.home, "demo", "other") as other, pytest.raises(CaseBusyError):
        _ingest(other, tmp_path)
