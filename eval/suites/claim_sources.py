"""Gold sentences of the public sets, each with the passage it stands in: what the `verifier` suite makes claims of."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from eval.records import Split, SuiteOptions
from eval.suites.reading import DataRow, folder_of, missing, read_rows, read_text, split_of
from ingest.sentences import sentences

ClaimLanguage = Literal["en", "de", "es"]
_LONGEST = 700
"""Characters; longer spans are no sentence any more."""
_SHORTEST = 40
_AROUND = 1_500
"""Characters of a contract kept before and after a gold span as its passage."""
_LONGEST_PASSAGE = 20_000
_PER_PASSAGE = 2
"""Sentences taken of each reference passage of mtrag, which marks none as gold."""
_FILES = {
    "clapnq": ("clapnq_dev.jsonl",),
    "xquad": tuple(f"{code}.{kind}.jsonl" for code in ("en", "de", "es") for kind in ("paragraphs", "questions")),
    "contracts": ("spans.jsonl", "txt"),
    "mtrag": ("mtrag_un.jsonl",),
}


@dataclass(frozen=True, slots=True)
class GoldSentence:
    """A sentence that is true of `quote`, a part of its passage: mostly the same words, else a person's wording of it.

    `known_names` are words that are names for certain; None where a capital inside a sentence is sign enough.
    `cluster` is the document by which intervals are clustered.
    """

    id: str
    source: str
    cluster: str
    language: ClaimLanguage
    text: str
    quote: str
    passage: str
    known_names: frozenset[str] | None = None


class _Passage(DataRow):
    id: str
    passage: str
    answer: str | None
    gold_sentences: tuple[str, ...] | None


class _Paragraph(DataRow):
    paragraph_id: str
    text: str


class _Question(DataRow):
    paragraph_id: str
    start: int


class _Span(DataRow):
    file: str
    start: int
    end: int
    text: str


class _ContractQuestion(DataRow):
    id: str
    gold: tuple[_Span, ...]


class _Context(DataRow):
    document_id: str
    text: str


class _Conversation(DataRow):
    id: str
    conversation_id: str
    contexts: tuple[_Context, ...]


def lacking(options: SuiteOptions) -> str:
    """Which data set is not there, in a sentence; empty when all are."""
    return next((why for folder, files in _FILES.items() if (why := missing(options, folder, *files))), "")


def gold_sentences(options: SuiteOptions) -> Iterator[GoldSentence]:
    """Every gold sentence of the rows of `options.split`.

    Raises:
        UsageError: a file is missing or not what it should be.
    """
    yield from _clapnq(folder_of(options, "clapnq"), options.split)
    for language in get_args(ClaimLanguage):
        yield from _xquad(folder_of(options, "xquad"), language, options.split)
    yield from _contracts(folder_of(options, "contracts"), options.split)
    yield from _mtrag(folder_of(options, "mtrag"), options.split)


def _clapnq(folder: Path, split: Split) -> Iterator[GoldSentence]:
    for row in read_rows(folder / "clapnq_dev.jsonl", _Passage):
        if split_of(row.id) == split and row.gold_sentences:
            for number, sentence in enumerate(row.gold_sentences):
                if len(sentence) <= _LONGEST:
                    name = f"clapnq-{row.id}-{number}"
                    yield GoldSentence(name, "clapnq", row.id, "en", sentence, sentence, row.passage)
            yield from _reference_answers(row, "\n".join(row.gold_sentences))


def _reference_answers(row: _Passage, quote: str) -> Iterator[GoldSentence]:
    """Sentences of the answer that a person wrote from the gold sentences: true, and in that person's words."""
    answer = row.answer or ""
    for number, (start, end) in enumerate(sentences(answer)):
        if _SHORTEST <= end - start <= _LONGEST:
            name = f"answer-{row.id}-{number}"
            yield GoldSentence(name, "clapnq answers", row.id, "en", answer[start:end], quote, row.passage)


def _xquad(folder: Path, language: ClaimLanguage, split: Split) -> Iterator[GoldSentence]:
    """Sentences that hold an answer.

    German writes every noun with a capital: a name there is what the English text has a capital for too.
    """
    english = {row.paragraph_id: row.text for row in read_rows(folder / "en.paragraphs.jsonl", _Paragraph)}
    answers: dict[str, list[int]] = {}
    for question in read_rows(folder / f"{language}.questions.jsonl", _Question):
        answers.setdefault(question.paragraph_id, []).append(question.start)
    for row in read_rows(folder / f"{language}.paragraphs.jsonl", _Paragraph):
        if split_of(row.paragraph_id) != split:
            continue
        known = frozenset(re.findall(r"\b[A-Z][^\W\d_]{2,}", english[row.paragraph_id])) if language == "de" else None
        for start, end in sentences(row.text):
            if any(start <= at < end for at in answers.get(row.paragraph_id, ())) and end - start <= _LONGEST:
                name, sentence = f"xquad-{language}-{row.paragraph_id}-{start}", row.text[start:end]
                yield GoldSentence(name, "xquad", row.paragraph_id, language, sentence, sentence, row.text, known)


def _contracts(folder: Path, split: Split) -> Iterator[GoldSentence]:
    for row in read_rows(folder / "spans.jsonl", _ContractQuestion):
        for number, gold in enumerate(row.gold):
            if split_of(gold.file) != split or not _SHORTEST <= gold.end - gold.start <= _LONGEST:
                continue
            text = read_text(folder / "txt" / gold.file)
            passage = text[max(0, gold.start - _AROUND) : gold.end + _AROUND]
            yield GoldSentence(
                f"contracts-{row.id}-{number}", "contracts", gold.file, "en", gold.text, gold.text, passage
            )


def _mtrag(folder: Path, split: Split) -> Iterator[GoldSentence]:
    """Some whole sentences of the reference passages; a passage that dev rows have too is no test passage."""
    rows = list(read_rows(folder / "mtrag_un.jsonl", _Conversation))
    seen = {c.document_id for row in rows if split == "test" and split_of(row.id) == "dev" for c in row.contexts}
    for row in rows:
        for context in row.contexts if split_of(row.id) == split else ():
            if context.document_id in seen or len(context.text) > _LONGEST_PASSAGE:
                continue
            seen.add(context.document_id)
            yield from _sample_of(context, row.conversation_id)


def _sample_of(context: _Context, cluster: str) -> Iterator[GoldSentence]:
    text, key = context.text, hashlib.sha256(context.document_id.encode()).hexdigest()
    whole = [(s, e) for s, e in sentences(text) if 60 <= e - s <= _LONGEST and "\n" not in text[s:e]]
    for start, end in sorted(whole, key=lambda span: drawn_by(f"{key}{span}"))[:_PER_PASSAGE]:
        sentence = text[start:end]
        yield GoldSentence(f"mtrag-{key[:12]}-{start}", "mtrag", cluster, "en", sentence, sentence, text)


def drawn_by(name: str) -> bytes:
    """A fixed order without pattern, for drawing some of many."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()
