"""Answering a batch: over a real case, through the real doors; one broken question costs no other."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assistant.app import Assistant
from assistant.embedding import make_embedder
from casefile.home import Home
from casefile.settings import load_settings
from eval.manifest import manifest
from eval.records import Batch, Document, FileCorpus, Gold, Response, Row, Sample, Span, TextCorpus
from eval.run_folder import RunFolder
from eval.running import Narrowing, run
from eval.tasks.corpora import Corpora
from eval.tasks.verifying import verify
from ingest.progress import Silent

CRANE = "The yellow crane stood in Hall Seven. It was sold to Ms Aydin on 4 May 2021."
BOAT = "A small boat lay at the pier all winter. Nobody asked who owned it."
DOCUMENTS = (Document("crane", CRANE), Document("boat", BOAT), Document("twin of boat", BOAT))
CORPUS = TextCorpus("two texts", DOCUMENTS)
SAMPLES = (
    Sample("1", "Who was the crane sold to?", Gold(documents=(("crane",),), spans=(Span("crane", 38, 76),)), "crane"),
    Sample("2", "Where did the small boat lie?", Gold(documents=(("twin of boat",),)), "boat"),
    Sample("3", "Where did the crane stand?", Gold(), "crane", within=("boat",)),
)


class Watcher(Silent):
    """Raises when so many questions are answered: a kill."""

    def __init__(self, kill_after: int | None = None) -> None:
        self.done = 0
        self._kill_after = kill_after

    def advance(self, stage: Any, count: int) -> None:
        self.done += count
        if self.done == self._kill_after:
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> Corpora:
    home = Home(tmp_path_factory.mktemp("home"))
    home.prepare()
    settings = load_settings(home.root).settings
    embedder = make_embedder(home, settings)
    return Corpora(home, settings, lambda: embedder, Silent(), "tester")


def _folder(path: Path, batches: dict[str, tuple[Batch, ...]]) -> RunFolder:
    folder = RunFolder.create(path)
    folder.write_manifest(manifest(batches, load_settings(path).settings, {}, {}))
    return folder


def _untimed(rows: Iterator[Row]) -> list[Row]:
    return [replace(row, response=replace(row.response, timings_ms={})) for row in rows]


def test_answers_carry_citations_that_were_looked_for_again(tmp_path: Path, corpora: Corpora) -> None:
    batches = {"made": (Batch("ask", "ask", SAMPLES[:2], (), CORPUS),)}
    folder = _folder(tmp_path / "run", batches)
    run(folder, batches, corpora, Watcher())
    first, second = (row.response for row in folder.rows())
    assert first.status == "answered"
    assert [cited.stands for cited in first.citations] == [True] * len(first.citations)
    assert CRANE[first.citations[0].start : first.citations[0].end] == first.citations[0].quote
    assert first.retrieved[0].document == "crane"
    assert 0 < first.timings_ms["evidence"] <= first.timings_ms["total"]
    assert second.retrieved[0].document == "twin of boat"  # the key that the gold uses for one text of two
    assert first.outside == second.outside == 0
    assert folder.manifest()["peak_memory_mib"] > 0


def test_a_narrowed_question_finds_nothing_elsewhere(tmp_path: Path, corpora: Corpora) -> None:
    batches = {"made": (Batch("search", "search", SAMPLES[2:], (), CORPUS),)}
    folder = _folder(tmp_path / "run", batches)
    run(folder, batches, corpora, Watcher())
    (row,) = folder.rows()
    assert {found.document for found in row.response.retrieved} == {"boat"}
    assert row.response.outside == 0


@pytest.mark.parametrize("kill_after", [1, 2, 3, 4])
def test_a_run_that_was_killed_ends_as_one_that_was_not(tmp_path: Path, corpora: Corpora, kill_after: int) -> None:
    batches = {
        "made": (Batch("ask", "ask", SAMPLES, (), CORPUS), Batch("search", "search", SAMPLES[:2], (), CORPUS)),
    }
    whole = _folder(tmp_path / "whole", batches)
    run(whole, batches, corpora, Watcher())
    killed = _folder(tmp_path / "killed", batches)
    with pytest.raises(KeyboardInterrupt):
        run(killed, batches, corpora, Watcher(kill_after))
    assert killed.manifest()["finished"] is None
    with (killed.path / "samples.jsonl").open("ab") as file:
        file.write(b'{"suite":"made","ba')
    run(killed, batches, corpora, Watcher())
    assert _untimed(killed.rows()) == _untimed(whole.rows())
    assert killed.manifest()["finished"]


def test_a_question_that_breaks_costs_no_other(
    tmp_path: Path, corpora: Corpora, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Assistant.ask

    def ask(self: Assistant, question: str, *rest: Any, **more: Any) -> Any:
        if "crane" in question:
            raise ZeroDivisionError("by nothing")
        return real(self, question, *rest, **more)

    monkeypatch.setattr(Assistant, "ask", ask)
    batches = {"made": (Batch("ask", "ask", SAMPLES[:2], (), CORPUS),)}
    folder = _folder(tmp_path / "run", batches)
    run(folder, batches, corpora, Watcher())
    first, second = (row.response for row in folder.rows())
    assert (first.status, first.error.split(" (")[0]) == ("error", "ZeroDivisionError: by nothing")
    assert second.status in {"answered", "not_found"}


def test_files_are_taken_in_and_named_by_their_paths(tmp_path: Path, corpora: Corpora) -> None:
    root = tmp_path / "files"
    (root / "deep").mkdir(parents=True)
    (root / "deep" / "crane.txt").write_text(CRANE, encoding="utf-8")
    (root / "mail.eml").write_bytes(
        b"From: a@example.org\r\nSubject: boat\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
        b"--x\r\nContent-Type: text/plain\r\n\r\nSee the attachment.\r\n"
        b'--x\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename="boat.txt"\r\n\r\n'
        + BOAT.encode()
        + b"\r\n--x--\r\n"
    )
    with corpora.open(FileCorpus("files", root)) as opened:
        keys = list(opened.keys.values())
        assert ("deep/crane.txt",) in keys
        assert ("mail.eml!/boat.txt", "mail.eml") in keys
        assert len(opened.exhibits(("mail.eml",))) == 2


def test_a_corpus_is_made_once_and_again_when_it_changes(tmp_path: Path, corpora: Corpora) -> None:
    with corpora.open(TextCorpus("changing", DOCUMENTS[:1])) as opened:
        first = opened.case.folder
    with corpora.open(TextCorpus("changing", DOCUMENTS[:1])) as opened:
        assert opened.case.folder == first
    with corpora.open(TextCorpus("changing", DOCUMENTS)) as opened:
        assert opened.case.folder != first
    assert not first.exists()  # only the newest is kept


def test_narrowing_draws_the_same_questions_for_the_same_seed() -> None:
    batch = Batch("b", "ask", tuple(Sample(str(n), "?", Gold(), "c") for n in range(50)), ())
    drawn = [s.id for s in Narrowing(10, 3).of(batch).samples]
    assert drawn == [s.id for s in Narrowing(10, 3).of(batch).samples]
    assert drawn == sorted(drawn, key=int)
    assert len(drawn) == 10
    assert drawn != [s.id for s in Narrowing(10, 4).of(batch).samples]
    assert [s.id for s in Narrowing(ids=("7", "49")).of(batch).samples] == ["7", "49"]


@pytest.mark.parametrize(
    ("claim", "status"),
    [("Ms Aydin bought the crane on 4 May 2021.", "supported"), ("Sold on 5 May 2021.", "unsupported")],
)
def test_a_claim_is_checked_against_its_quote(claim: str, status: str) -> None:
    sample = Sample("1", claim, Gold(), "crane", quote=CRANE, tags={"language": "en"})
    response: Response = verify(sample)
    assert response.status == status
    assert bool(response.reason) == (status == "unsupported")
