"""The loader of `clapnq` over made-up rows, and counts over the real ones."""

from pathlib import Path
from typing import Any

import pytest

from casefile.errors import UsageError
from eval.records import Span, TextCorpus
from eval.suites.clapnq import ClapNq
from tests.eval.suite_data import check_batch, named, options, public_options, write_rows


def row(key: str, passage: str, **more: Any) -> dict[str, Any]:
    return {
        "id": key,
        "question": "who sails",
        "title": "Ships",
        "passage": passage,
        "answerable": True,
        "answer": "Ada sails .",
        "gold_sentences": ["Ada sails ."],
        "other_answers": [],
        **more,
    }


def test_every_sentence_of_every_reference_is_gold_once(tmp_path: Path) -> None:
    key = named("dev", 1)[0]
    passage = "It rains . Ada sails . Bo sails too ."
    other = [{"answer": "Ada and Bo", "gold_sentences": ["Bo sails too .", "Ada sails ."]}]
    write_rows(tmp_path / "clapnq" / "clapnq_dev.jsonl", [row(key, passage, other_answers=other)])
    (batch,) = ClapNq().batches(options(tmp_path, tmp_path / "s"))
    (sample,) = batch.samples
    assert sample.gold.spans == (Span(key, 11, 22), Span(key, 23, 37))
    assert sample.gold.answers == ("Ada sails .", "Ada and Bo")
    assert sample.answerable is True
    check_batch(batch, "dev")


def test_twins_share_their_gold_and_rows_of_the_other_half_stay_in_the_pool(tmp_path: Path) -> None:
    first, second = named("dev", 2)
    (held,) = named("test", 1)
    rows = [
        row(held, "Nobody sails . Really .", gold_sentences=["Nobody sails ."]),
        row(first, "Ada sails . Today ."),
        row(second, "Ada sails . Today .", answerable=False, answer=None, gold_sentences=[]),
    ]
    write_rows(tmp_path / "clapnq" / "clapnq_dev.jsonl", rows)
    (batch,) = ClapNq().batches(options(tmp_path, tmp_path / "s"))
    assert isinstance(batch.corpus, TextCorpus)
    assert [document.key for document in batch.corpus.documents] == [held, first, second]
    assert [sample.id for sample in batch.samples] == [first, second]
    assert batch.samples[0].gold.documents == ((first, second),)
    assert batch.samples[1].gold.spans == () == batch.samples[1].gold.documents
    assert batch.samples[1].answerable is False
    assert {sample.cluster for sample in batch.samples} == {first}
    (tested,) = ClapNq().batches(options(tmp_path, tmp_path / "s", "test"))
    assert [sample.id for sample in tested.samples] == [held]


def test_a_gold_sentence_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    write_rows(tmp_path / "clapnq" / "clapnq_dev.jsonl", [row(named("dev", 1)[0], "Nobody sails .")])
    with pytest.raises(UsageError, match="a gold sentence does not stand in its passage"):
        ClapNq().batches(options(tmp_path, tmp_path / "s"))


def test_it_says_what_it_needs(tmp_path: Path) -> None:
    assert "--data" in ClapNq().unavailable(options(None, tmp_path / "s"))


def test_the_public_rows(tmp_path: Path) -> None:
    chosen = public_options("clapnq", tmp_path)
    assert ClapNq().unavailable(chosen) == ""
    (batch,) = ClapNq().batches(chosen)
    check_batch(batch, "dev")
    assert isinstance(batch.corpus, TextCorpus)
    assert len(batch.corpus.documents) == 600
    assert sum(sample.answerable is True for sample in batch.samples) == 165
    assert sum(sample.answerable is False for sample in batch.samples) == 142
