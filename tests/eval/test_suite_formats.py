"""The loader of `formats`, and the task `read` over a folder that is taken in for real."""

import io
import zipfile
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from assistant.cli.root import main
from casefile.errors import UsageError
from casefile.home import Home
from casefile.settings import load_settings
from eval.manifest import manifest
from eval.records import Batch, FileCorpus, Gold, Response, Sample
from eval.run_folder import RunFolder
from eval.running import run
from eval.suites.formats import Formats
from eval.suites.reading import split_of
from eval.tasks.corpora import Corpora
from eval.tasks.read import CLEAR_ENDINGS
from ingest.embedding.fake import HashedWordsEmbedder
from ingest.progress import Silent
from tests.eval.suite_data import named, options, public_options, write_rows

TEXT = {"outcome": "text", "contains": ["rare words"]}


def row(file: str, expected: dict[str, Any] | None) -> dict[str, Any]:
    return {"file": file, "media_type": "text/plain", "bytes": 1, "expected": expected, "verified_with": "x"}


def test_each_expectation_says_how_a_file_may_end(tmp_path: Path) -> None:
    expectations: list[dict[str, Any] | None] = [
        TEXT,
        {"outcome": "ocr_text", "contains": ["a", "b"]},
        {"outcome": "fails", "reason": "encrypted"},
        {"outcome": "fails", "reason": "malformed"},
        {"outcome": "fails", "reason": "empty"},
        {"outcome": "no_text"},
        None,
    ]
    files = named("dev", len(expectations), "text/{}.Tar.GZ")
    (held,) = named("test", 1, "{}")
    rows = [row(file, expected) for file, expected in zip(files, expectations, strict=True)]
    write_rows(tmp_path / "formats" / "manifest.jsonl", [*rows, row(held, TEXT)])
    (batch,) = Formats().batches(options(tmp_path, tmp_path / "s"))
    assert batch.task == "read"
    assert isinstance(batch.corpus, FileCorpus)
    assert [sample.gold.statuses for sample in batch.samples] == [
        ("text",),
        ("text",),
        ("encrypted",),
        ("corrupt",),
        ("empty",),
        ("no_text",),
        CLEAR_ENDINGS,
    ]
    assert [len(sample.gold.texts) for sample in batch.samples] == [1, 2, 0, 0, 0, 0, 0]
    assert [sample.tags["outcome"] for sample in batch.samples] == [
        "text",
        "ocr_text",
        "encrypted",
        "malformed",
        "empty",
        "no_text",
        "not verified",
    ]
    assert {sample.tags["format"] for sample in batch.samples} == {"gz"}
    (tested,) = Formats().batches(options(tmp_path, tmp_path / "s", "test"))
    assert [(sample.id, sample.tags["format"]) for sample in tested.samples] == [(held, "none")]


def test_the_plain_pipeline_takes_in_no_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_rows(tmp_path / "formats" / "manifest.jsonl", [row(named("dev", 1, "{}.txt")[0], TEXT)])
    asked = ["eval", "run", "formats", "--data", str(tmp_path), "--engine", "plain"]
    assert main(["--home", str(tmp_path / "home"), *asked]) == 2
    assert "nothing to run" in capsys.readouterr().err


def test_an_unknown_expectation_is_an_error(tmp_path: Path) -> None:
    write_rows(tmp_path / "formats" / "manifest.jsonl", [row("a", {"outcome": "magic"})])
    with pytest.raises(UsageError, match=r"manifest\.jsonl, line 1, field expected\.outcome"):
        Formats().batches(options(tmp_path, tmp_path / "s"))


def zipped(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def mail() -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "ada@example.org", "bo@example.org", "Keys to the boat"
    message.set_content("See\n  attached.")
    message.add_attachment(zipped(**{"deep.txt": b"innermost words"}), "application", "zip", filename="Papers.zip")
    return message.as_bytes()


FILES = {
    "plain.txt": b"some  rare\n words",
    "again.txt": b"some  rare\n words",
    "empty.txt": b"",
    "white.txt": b" \n ",
    "letter.eml": mail(),
    "picture.png": b"\x89PNG\r\n\x1a\n" + bytes(64),
    "broken.pdf": b"%PDF-1.7\nnothing more",
}


@pytest.fixture(scope="module")
def responses(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Response]:
    folder = tmp_path_factory.mktemp("read")
    root = folder / "files"
    root.mkdir()
    for name, content in FILES.items():
        (root / name).write_bytes(content)
    (root / "folder").mkdir()
    (root / "folder" / "inner.txt").write_bytes(b"kept below")
    texts = ("rare words", "innermost words", "Papers.zip", "deep.txt", "Keys to the boat", "See attached.", "eml")
    asked = [*FILES, "folder/inner.txt", "inner.txt", "letter.eml!/Papers.zip", "lost.txt"]
    samples = tuple(Sample(key, key, Gold(texts=texts), cluster=key) for key in asked)
    batches = {"made": (Batch("files", "read", samples, (), FileCorpus("made", root)),)}
    home = Home(folder / "home")
    home.prepare()
    settings = load_settings(home.root).settings
    kept = RunFolder.create(folder / "run")
    kept.write_manifest(manifest(batches, settings, {}, {}))
    corpora = Corpora(home, settings, lambda: HashedWordsEmbedder(allow=True), Silent(), "tester")
    run(kept, batches, corpora, Silent())
    return {row.sample.id: row.response for row in kept.rows()}


@pytest.mark.parametrize(
    ("file", "status", "found"),
    [
        ("plain.txt", "text", 1),
        ("again.txt", "text", 1),
        ("empty.txt", "empty", 0),
        ("white.txt", "empty", 0),
        ("letter.eml", "text", 5),  # all but its own name
        ("picture.png", "unsupported", 0),
        ("broken.pdf", "corrupt", 0),
        ("folder/inner.txt", "text", 0),
        ("inner.txt", "missing", 0),
        ("letter.eml!/Papers.zip", "missing", 0),
        ("lost.txt", "missing", 0),
    ],
)
def test_what_became_of_each_file(responses: dict[str, Response], file: str, status: str, found: int) -> None:
    response = responses[file]
    assert (response.status, response.text_found) == (status, found)
    assert bool(response.reason) == (status != "text")


def test_the_beginning_of_the_text_is_kept(responses: dict[str, Response]) -> None:
    assert responses["plain.txt"].answer == "some rare words"
    assert responses["broken.pdf"].answer == ""


def test_clear_endings_leave_out_hangs_and_silence() -> None:
    assert {"missing", "timeout", "killed", "duplicate"}.isdisjoint(CLEAR_ENDINGS)
    assert {"text", "no_text", "encrypted", "corrupt", "empty", "unsupported", "needs_ocr"} <= set(CLEAR_ENDINGS)
    assert len(set(CLEAR_ENDINGS)) == len(CLEAR_ENDINGS)


def test_the_public_files(tmp_path: Path) -> None:
    (batch,) = Formats().batches(public_options("formats", tmp_path))
    assert len(batch.samples) == 108
    assert len({sample.id for sample in batch.samples}) == 108
    assert all(split_of(sample.id) == "dev" == sample.split for sample in batch.samples)
    assert isinstance(batch.corpus, FileCorpus)
    for sample in batch.samples:
        assert (batch.corpus.root / sample.question).is_file()
