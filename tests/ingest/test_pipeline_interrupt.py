"""Ctrl-C, or a full disk, while files are read: the run ends at once, and the next one goes on."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from casefile.case import Case, create_case
from casefile.errors import StorageError
from casefile.home import Home
from casefile.records import CaseDescription
from casefile.serial import now
from casefile.settings import load_settings
from ingest.embedding.fake import HashedWordsEmbedder
from ingest.isolation import ProcessLimits, ReadingPool, ReadingProcess, ReadResult
from ingest.pipeline import Pipeline
from ingest.progress import Boundary, Silent

HERE = Path(__file__).parent


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    description = CaseDescription("demo", "t", "p", "n", "DE", "Europe/Berlin", ("en",), now())
    with create_case(Home(tmp_path / "home"), description, "tester") as opened:
        yield opened


class _PullsThePlug(Silent):
    def __init__(self, error: type[BaseException]) -> None:
        self._error = error

    def boundary(self, name: Boundary) -> None:
        if name == "exhibit_read":
            raise self._error("now")


@pytest.mark.parametrize("error", [KeyboardInterrupt, StorageError])
def test_an_ingestion_that_ends_early_does_not_wait_for_what_is_being_read(
    tmp_path: Path, case: Case, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    for number in range(6):
        (folder / f"{number}.txt").write_text(f"number {number}")
    released = threading.Event()
    read: list[str] = []
    genuine, interrupt = ReadingPool.read, ReadingPool.interrupt

    def slow(pool: ReadingPool, path: Path, name: str, scratch: Path) -> ReadResult:
        read.append(name)
        if name != "0.txt":
            assert released.wait(30), "nobody interrupted the reading"
        return genuine(pool, path, name, scratch)

    def interrupted(pool: ReadingPool) -> None:
        released.set()
        interrupt(pool)

    with monkeypatch.context() as patched:
        patched.setattr(ReadingPool, "read", slow)
        patched.setattr(ReadingPool, "interrupt", interrupted)
        settings = load_settings(case.home.root, {}).settings
        with case.locked(), pytest.raises(error):
            Pipeline(case, settings, HashedWordsEmbedder(allow=True), _PullsThePlug(error)).ingest([folder])
    assert len(read) <= 3
    with case.locked():
        result = Pipeline(case, settings, HashedWordsEmbedder(allow=True)).ingest([folder])
    assert result.totals.complete == 6
    assert case.catalogue.stored_exhibits() == ()


def test_an_interrupted_process_comes_back_killed_and_serves_again(tmp_path: Path) -> None:
    limits = ProcessLimits(1 << 29, 20, 30.0, output_bytes=1 << 20, file_bytes=1 << 20, scratch_bytes=1 << 20)
    evidence, scratch = tmp_path / "evidence", tmp_path / "scratch"
    scratch.mkdir()
    evidence.write_bytes(b"block_for_ever")
    results: list[ReadResult] = []
    with ReadingProcess(registry="evil_readers:registry", detect="evil_readers:detect", import_from=(HERE,)) as process:
        process.interrupt()  # nothing runs yet
        thread = threading.Thread(
            target=lambda: results.append(process.detect_and_read(evidence, "a", scratch, limits))
        )
        began = time.monotonic()
        thread.start()
        while process._child is None and thread.is_alive():
            thread.join(0.01)
        process.interrupt()
        thread.join(20)
        assert time.monotonic() - began < limits.wall_seconds
        assert results[0].failure is not None
        assert results[0].failure.category == "killed"
        evidence.write_bytes(b"an ordinary file")
        again = process.detect_and_read(evidence, "a", scratch, limits)
        assert again.reading is not None
        assert again.reading.text == "an ordinary file"
