"""Dev rows of the public retrieval sets, with gold, for `eval.tune_retrieval`. Test rows are never read from here."""

import itertools
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eval.corpus_case import CorpusDocument
from eval.suites.reading import split_of

_NATURAL_WORDS = Path(__file__).parent / "suites" / "contracts_natural.jsonl"

Span = tuple[str, int, int]
"""A document's key, start and end."""


@dataclass(frozen=True, slots=True)
class TuningQuestion:
    """A question with the spans that answer it, or with the keys of the right documents.

    `cluster` is the document by which intervals are clustered; `turns` the earlier conversation, user first.
    """

    text: str
    cluster: str
    spans: tuple[Span, ...] = ()
    documents: frozenset[str] = frozenset()
    turns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TuningSet:
    """Questions over one corpus."""

    name: str
    questions: tuple[TuningQuestion, ...]


def is_dev(name: str) -> bool:
    """Whether a row may be tuned on."""
    return split_of(name) == "dev"


def contract_documents(data: Path, *, everything: bool) -> list[CorpusDocument]:
    """The 29 contracts that questions are about, or all 510."""
    folder = data / "contracts" / "txt"
    names = sorted(path.name for path in folder.iterdir())
    if not everything:
        asked = {span["file"] for row in _rows(data / "contracts" / "spans.jsonl") for span in row["gold"]}
        names = [name for name in names if name in asked]
    return [CorpusDocument(name, (folder / name).read_bytes().decode("utf-8")) for name in names]


def contract_sets(data: Path) -> Iterator[TuningSet]:
    """The questions as given, in natural words, put in a natural order, all small, and about two contracts at once."""
    rows = [row for row in _rows(data / "contracts" / "spans.jsonl") if is_dev(row["gold"][0]["file"])]
    words = {row["id"]: row["question"] for row in _rows(_NATURAL_WORDS)}
    yield TuningSet("as given", tuple(_contract_question(row["question"], row) for row in rows))
    yield TuningSet("natural words", tuple(_contract_question(words[row["id"]], row) for row in rows))
    yield TuningSet("natural", tuple(_contract_question(_natural(row), row) for row in rows))
    yield TuningSet("small letters", tuple(_contract_question(_natural(row).lower(), row) for row in rows))
    yield TuningSet("two contracts", tuple(_pairs(rows)))


def passage_documents(data: Path, name: str) -> list[CorpusDocument]:
    """The pool of all passages of `clapnq`, `mtrag` or `xquad-<language>`: each is a document."""
    if name == "clapnq":
        rows = _rows(data / "clapnq" / "clapnq_dev.jsonl")
        return [CorpusDocument(row["id"], row["passage"], row["title"]) for row in rows]
    if name == "mtrag":
        contexts = [c for row in _rows(data / "mtrag" / "mtrag_un.jsonl") for c in row["contexts"]]
        found = {c["document_id"]: CorpusDocument(c["document_id"], c["text"], c["title"] or "") for c in contexts}
        return list(found.values())
    language = name.removeprefix("xquad-")
    rows = _rows(data / "xquad" / f"{language}.paragraphs.jsonl")
    return [CorpusDocument(row["paragraph_id"], row["text"]) for row in rows]


def passage_set(data: Path, name: str) -> TuningSet:
    """The dev questions over one of these pools; of documents with one text the first stands for all."""
    first: dict[str, str] = {}
    same = {document.key: first.setdefault(document.text, document.key) for document in passage_documents(data, name)}
    if name == "clapnq":
        rows = (row for row in _rows(data / "clapnq" / "clapnq_dev.jsonl") if is_dev(row["id"]) and row["answerable"])
        found = (TuningQuestion(r["question"], r["id"], documents=frozenset({r["id"]})) for r in rows)
    elif name == "mtrag":
        rows = (row for row in _rows(data / "mtrag" / "mtrag_un.jsonl") if is_dev(row["id"]) and row["contexts"])
        found = (_conversation_question(row) for row in rows)
    else:
        path = data / "xquad" / f"{name.removeprefix('xquad-')}.questions.jsonl"
        rows = (row for row in _rows(path) if is_dev(row["paragraph_id"]))
        found = (_paragraph_question(row) for row in rows)
    questions = (replace(q, documents=frozenset(same[key] for key in q.documents)) for q in found)
    return TuningSet(name, tuple(questions))


def _conversation_question(row: dict[str, Any]) -> TuningQuestion:
    gold = frozenset(context["document_id"] for context in row["contexts"])
    turns = tuple(turn["text"] for turn in row["turns"])
    return TuningQuestion(turns[-1], row["conversation_id"], documents=gold, turns=turns[:-1])


def _paragraph_question(row: dict[str, Any]) -> TuningQuestion:
    return TuningQuestion(row["question"], row["paragraph_id"], documents=frozenset({row["paragraph_id"]}))


def _rows(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _contract_question(text: str, *rows: dict[str, Any]) -> TuningQuestion:
    spans = sorted((span["file"], span["start"], span["end"]) for row in rows for span in row["gold"])
    return TuningQuestion(text, rows[0]["gold"][0]["file"], tuple(_merged(spans)))


def _merged(spans: list[Span]) -> Iterator[Span]:
    for key, group in itertools.groupby(spans, key=lambda span: span[0]):
        start, end = -1, -1
        for _, first, last in group:
            if first > end and end >= 0:
                yield key, start, end
                start, end = first, last
            else:
                start, end = (first if end < 0 else start), max(end, last)
        yield key, start, end


def _scope(row: dict[str, Any]) -> str:
    return str(row["scope"]).removeprefix("Consider ").removeprefix("the ")


def _natural(row: dict[str, Any], scope: str | None = None) -> str:
    """The question as one sentence: the contract's name stands where `this contract` stood."""
    scope, ask = scope or f"the {_scope(row)}", str(row["ask"])
    return ask.replace("this contract", scope) if "this contract" in ask else f"{ask.rstrip('?')} in {scope}?"


def _pairs(rows: list[dict[str, Any]], most: int = 60) -> Iterator[TuningQuestion]:
    pairs = [
        (first, second)
        for first, second in itertools.combinations(rows, 2)
        if first["category"] == second["category"] and first["gold"][0]["file"] != second["gold"][0]["file"]
    ]
    random.Random(4).shuffle(pairs)  # noqa: S311 - a fixed sample, not a secret
    for first, second in pairs[:most]:
        scope = f"the {_scope(first)} and in the {_scope(second)}"
        yield _contract_question(_natural(first, scope), first, second)
