"""The loader of `mtrag` over made-up conversations, and counts over the real ones."""

from pathlib import Path
from typing import Any

from eval.records import Exchange, TextCorpus
from eval.suites.mtrag import MtRag
from tests.eval.suite_data import check_batch, named, options, public_options, write_rows


def row(key: str, label: str, contexts: dict[str, str], *turns: str) -> dict[str, Any]:
    speakers = ("user", "agent")
    return {
        "id": key,
        "conversation_id": f"c {key}",
        "collection": "govt",
        "label": label,
        "question_type": ["Factoid", "Keyword"],
        "turn_kind": "Follow-up",
        "turns": [{"speaker": speakers[n % 2], "text": text} for n, text in enumerate(turns)],
        "contexts": [{"document_id": name, "title": None, "text": text} for name, text in contexts.items()],
        "answer": "Because.",
    }


def test_labels_history_and_twins(tmp_path: Path) -> None:
    ids = named("dev", 4)
    rows = [
        row(ids[0], "answerable", {"d1": "one", "d2": "two", "d3": "one"}, "What?", "That.", "And why?"),
        row(ids[1], "unanswerable", {}, "Who?"),
        row(ids[2], "underspecified", {"d3": "one"}, "Which one?"),
        row(ids[3], "partial", {"d4": "four"}, "How?"),
        row(named("test", 1)[0], "answerable", {"d5": "five"}, "When?"),
    ]
    write_rows(tmp_path / "mtrag" / "mtrag_un.jsonl", rows)
    (batch,) = MtRag().batches(options(tmp_path, tmp_path / "s"))
    check_batch(batch, "dev")
    answerable, unanswerable, underspecified, partial = batch.samples
    assert answerable.question == "And why?"
    assert answerable.history == (Exchange("What?", "That."),)
    assert answerable.gold.documents == (("d1", "d3"), ("d2",))
    assert answerable.tags["question_type"] == "Factoid, Keyword"
    assert [sample.answerable for sample in batch.samples] == [True, False, None, None]
    assert unanswerable.gold.answers == () == unanswerable.gold.documents
    assert underspecified.gold.statuses == ("unclear",)
    assert underspecified.gold.documents == (("d1", "d3"),)
    assert partial.gold.answers == ("Because.",)
    assert partial.gold.statuses == ()
    assert isinstance(batch.corpus, TextCorpus)
    assert [document.key for document in batch.corpus.documents] == ["d1", "d2", "d3", "d4", "d5"]


def test_the_public_rows(tmp_path: Path) -> None:
    (batch,) = MtRag().batches(public_options("mtrag", tmp_path))
    check_batch(batch, "dev")
    assert isinstance(batch.corpus, TextCorpus)
    assert len(batch.corpus.documents) == 1152
    assert len({document.text for document in batch.corpus.documents}) == 1140
    assert sum(sample.answerable is True for sample in batch.samples) == 147
    assert sum(sample.answerable is False for sample in batch.samples) == 45
    assert sum(sample.gold.statuses == ("unclear",) for sample in batch.samples) == 31
    assert sum(bool(sample.gold.documents) for sample in batch.samples) == 189
