"""The loader of `contracts` over made-up contracts, and counts over the real ones."""

from pathlib import Path
from typing import Any

import pytest

from casefile.errors import UsageError
from eval.records import Span, TextCorpus
from eval.suites import contracts
from eval.suites.contracts import Contracts
from tests.eval.suite_data import check_batch, named, options, public_options, write_rows


def question(key: str, file: str, text: str, *spans: str) -> dict[str, Any]:
    gold = [{"file": file, "start": text.index(s), "end": text.index(s) + len(s), "text": s} for s in spans]
    return {"id": key, "question": f"Consider {key}; what?", "category": "Parties", "gold": gold}


def write(folder: Path) -> dict[str, str]:
    """Four contracts, the second a twin of the first; one question on the first, one of the other half."""
    first, twin = sorted(named("dev", 2, "contract {}.txt"))
    held, other = named("test", 2, "contract {}.txt")
    texts = {
        first: "Größe: ten.\r\nAda pays. Bo pays.",
        twin: "Größe: ten.\r\nAda pays. Bo pays.",
        held: "Nobody pays.",
        other: "Nobody asks.",
    }
    root = folder / "contracts"
    (root / "txt").mkdir(parents=True)
    for name, text in texts.items():
        (root / "txt" / name).write_bytes(text.encode())
    rows = [
        question("cuad-2807", first, texts[first], "Ada pays.", "Bo pays."),
        question("cuad-0205", held, texts[held], "Nobody"),
    ]
    write_rows(root / "spans.jsonl", rows)
    return {"first": first, "twin": twin, "held": held, "other": other}


def test_questions_with_spans_in_small_and_large_corpora(tmp_path: Path) -> None:
    names = write(tmp_path)
    few, many, natural = Contracts().batches(options(tmp_path, tmp_path / "s"))
    for batch in (few, many, natural):
        check_batch(batch, "dev")
        (sample,) = batch.samples
        assert sample.gold.spans == (Span(names["first"], 13, 22), Span(names["first"], 23, 31))
        assert batch.passages == 160
    assert few.samples[0].gold.documents == ((names["first"],),)
    assert many.samples[0].gold.documents == ((names["first"], names["twin"]),)
    assert isinstance(few.corpus, TextCorpus)
    assert isinstance(many.corpus, TextCorpus)
    assert sorted(document.key for document in few.corpus.documents) == sorted([names["first"], names["held"]])
    assert sorted(document.key for document in many.corpus.documents) == sorted(names.values())
    assert many.samples[0].question == "Consider cuad-2807; what?"
    assert natural.samples[0].question.startswith("When does the Fox Mobile")


def test_a_short_run_leaves_the_large_corpus_out(tmp_path: Path) -> None:
    write(tmp_path)
    (batch,) = Contracts().batches(options(tmp_path, tmp_path / "s", "test", full=False))
    check_batch(batch, "test")
    assert [sample.id for sample in batch.samples] == ["cuad-0205"]


def test_a_span_at_another_place_is_an_error(tmp_path: Path) -> None:
    names = write(tmp_path)
    (tmp_path / "contracts" / "txt" / names["first"]).write_bytes("Größe: ten.\nAda pays. Bo pays.".encode())
    with pytest.raises(UsageError, match="cuad-2807: a gold span does not stand at its place"):
        Contracts().batches(options(tmp_path, tmp_path / "s"))


def test_a_question_without_natural_words_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path)
    monkeypatch.setattr(contracts, "_natural_words", dict)
    with pytest.raises(UsageError, match="no wording of the question cuad-2807"):
        Contracts().batches(options(tmp_path, tmp_path / "s"))


def test_the_public_rows(tmp_path: Path) -> None:
    chosen = public_options("contracts", tmp_path)
    assert Contracts().unavailable(chosen) == ""
    few, many, natural = Contracts().batches(chosen)[:3]
    for batch, documents in ((few, 29), (many, 510), (natural, 510)):
        check_batch(batch, "dev")
        assert isinstance(batch.corpus, TextCorpus)
        assert len(batch.corpus.documents) == documents
        assert len(batch.samples) == 97
        assert sum(len(sample.gold.spans) for sample in batch.samples) == 133
