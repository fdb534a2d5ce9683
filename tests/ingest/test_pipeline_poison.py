"""Nothing that stands in one file, and no disk that fails under one, ends an ingestion."""

import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from casefile.case import Case, create_case
from casefile.home import Home
from casefile.locators import BlockLocator
from casefile.records import CaseDescription, Issue, Occurrence
from casefile.serial import now
from casefile.settings import load_settings
from casefile.verify import verify_case
from ingest import pipeline as pipeline_module
from ingest.embedding.fake import HashedWordsEmbedder
from ingest.isolation import ReadFailure, ReadingPool, ReadResult
from ingest.pipeline import Pipeline
from ingest.reading import Block, Part, Reading

HALF = "\ud800"


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    description = CaseDescription("demo", "t", "p", "n", "DE", "Europe/Berlin", ("en",), now())
    with create_case(Home(tmp_path / "home"), description, "tester") as opened:
        yield opened


def _ingest(case: Case, *paths: Path) -> dict[str, Occurrence]:
    with case.locked():
        settings = load_settings(case.home.root, {}).settings
        result = Pipeline(case, settings, HashedWordsEmbedder(allow=True)).ingest(paths)
    return {line.name: line for line in result.occurrences}


def _poisoned(scratch: Path) -> Reading:
    (scratch / "part").write_bytes(b"the part's text")
    text = f"one {HALF} line"
    return Reading(
        text,
        (Block("paragraph", BlockLocator(1, 0, len(text), (f"head{HALF}",)), f"context{HALF}"),),
        issues=(Issue("read", "dropped_text", f"said {HALF}", BlockLocator(1, 0, 1, (HALF,))),),
        parts=(Part(f"part{HALF}.txt", "part", "member"),),
        title=f"title{HALF}",
        sender=HALF,
        recipients=(HALF,),
    )


def test_halves_of_surrogate_pairs_anywhere_in_a_reading_are_stored_as_replaced(
    tmp_path: Path, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_text("poison")
    (tmp_path / "b.txt").write_text("a sound one")
    genuine = ReadingPool.read

    def read(pool: ReadingPool, path: Path, name: str, scratch: Path) -> ReadResult:
        result = genuine(pool, path, name, scratch)
        if path.read_bytes() == b"poison":
            return ReadResult("text/plain", _poisoned(scratch), None, "evil", "1")
        return result

    monkeypatch.setattr(ReadingPool, "read", read)
    lines = _ingest(case, tmp_path / "a.txt", tmp_path / "b.txt")
    assert {name: line.status for name, line in lines.items()} == {
        "a.txt": "partial",
        "b.txt": "complete",
        "part�.txt": "complete",
    }
    exhibit_id = lines["a.txt"].exhibit_id
    assert exhibit_id is not None
    assert case.catalogue.text(exhibit_id) == "one � line"
    assert case.catalogue.exhibit(exhibit_id).title == "title�"
    (passage,) = case.catalogue.passages_of(exhibit_id)
    assert passage.text == "one � line"
    assert "�" in passage.context
    assert verify_case(case).sound


def test_a_failure_told_in_odd_characters_is_stored(
    tmp_path: Path, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_text("text")
    failure = ReadFailure("corrupt", f"broken {HALF}")
    monkeypatch.setattr(ReadingPool, "read", lambda *_: ReadResult("text/plain", None, failure, "evil", "1"))
    (line,) = _ingest(case, tmp_path / "a.txt").values()
    assert (line.status, line.issues[0].message) == ("failed", "broken �")


def test_a_bug_of_ours_over_one_text_is_that_exhibits_issue_without_its_text(
    tmp_path: Path, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_text("the secret that breaks us")
    (tmp_path / "b.txt").write_text("a sound one")
    genuine = pipeline_module.digest

    def digest(*arguments: object, **named: object) -> object:
        if "secret" in arguments[2].text:  # type: ignore[attr-defined]
            raise IndexError(arguments[2].text)  # type: ignore[attr-defined]
        return genuine(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(pipeline_module, "digest", digest)
    lines = _ingest(case, tmp_path / "a.txt", tmp_path / "b.txt")
    assert {name: line.status for name, line in lines.items()} == {"a.txt": "failed", "b.txt": "complete"}
    (issue,) = lines["a.txt"].issues
    assert "IndexError" in issue.message
    assert "secret" not in issue.message
    assert case.catalogue.stored_exhibits() == ()


def test_a_disk_that_fails_under_one_file_is_that_files_issue(
    tmp_path: Path, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_text("on a bad sector")
    (tmp_path / "b.txt").write_text("a sound one")
    genuine = io.BufferedReader.read

    class BadSector(io.BufferedReader):
        def read(self, size: int | None = -1, /) -> bytes:
            data = genuine(self, size)
            if data.startswith(b"on a bad"):
                raise OSError(5, "Input/output error")
            return data

    fdopen = os.fdopen

    def opened(descriptor: int, mode: str, **named: str) -> object:
        return BadSector(io.FileIO(descriptor)) if mode == "rb" else fdopen(descriptor, mode, **named)

    monkeypatch.setattr(os, "fdopen", opened)
    lines = _ingest(case, tmp_path / "a.txt", tmp_path / "b.txt")
    assert {name: line.status for name, line in lines.items()} == {"a.txt": "failed", "b.txt": "complete"}
    assert lines["a.txt"].issues[0].category == "corrupt"
    assert [path.name for path in case.originals.folder.iterdir() if path.name.startswith(".")] == []
