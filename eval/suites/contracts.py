"""Suite `contracts`: CUAD contracts, questions with exact spans, and clauses that are there or not; arXiv 2103.06268.

Questions and spans are those of LegalBench-RAG-mini (arXiv 2408.10343). Each names its contract; the same questions in
natural words stand in `contracts_natural.jsonl` beside this file. Split by the contract's file name. What is left out
by `full=False`: the corpus of 510 documents; clauses are then asked about in the 29.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from casefile.errors import UsageError
from eval.records import Batch, Document, Gold, Sample, Span, SuiteOptions, TextCorpus
from eval.suites.contracts_clauses import CLAUSES, clause_batches
from eval.suites.contracts_pdf import CONTRACTS, pdf_batch
from eval.suites.measures import DOCUMENTS_FOUND, SEARCH_TIMES, SPANS_FOUND
from eval.suites.reading import DataRow, Twins, folder_of, missing, read_rows, read_text, split_of

FOLDER = "contracts"
_SPANS = "spans.jsonl"
_NATURAL = Path(__file__).with_name("contracts_natural.jsonl")
_PASSAGES = 160
"""Enough to fill the largest budget of characters."""
_METRICS = (*SPANS_FOUND, *DOCUMENTS_FOUND, "isolation", *SEARCH_TIMES)


class _GoldSpan(DataRow):
    file: str
    start: int
    end: int
    text: str


class _Question(DataRow):
    id: str
    question: str
    ask: str
    category: str
    gold: tuple[_GoldSpan, ...]


class _Wording(DataRow):
    id: str
    question: str


class Contracts:
    """The suite `contracts`."""

    name = "contracts"
    summary = "Questions about long contracts with exact gold spans, as text and PDF; clauses that are not there."

    def unavailable(self, options: SuiteOptions) -> str:
        """Why it cannot run now."""
        return missing(options, FOLDER, "txt", "pdf", CONTRACTS, CLAUSES, _SPANS)

    def batches(self, options: SuiteOptions) -> Sequence[Batch]:
        """The questions over 29 texts and PDF files, in the full run over 510 texts too; clauses there or not."""
        folder = folder_of(options, FOLDER)
        every = tuple(read_rows(folder / _SPANS, _Question))
        questions = [question for question in every if split_of(question.gold[0].file) == options.split]
        asked = {span.file for question in every for span in question.gold}
        few = TextCorpus("contracts 29", contract_texts(folder, sorted(asked)))
        small = _searched("29 documents", few, questions)
        pdf = pdf_batch(folder, options.scratch, small)
        asks = {question.category: question.ask for question in every}  # one wording a category
        if not options.full:
            found = clause_batches(folder, few, asks, options.split, options.seed, ", 29 documents")
            return (small, pdf, *found)
        many = TextCorpus("contracts 510", contract_texts(folder))
        return (
            small,
            _searched("510 documents", many, questions),
            _searched("510 documents, natural words", many, [_reworded(question) for question in questions]),
            pdf,
            *clause_batches(folder, many, asks, options.split, options.seed),
        )


def contract_texts(folder: Path, names: Sequence[str] | None = None) -> tuple[Document, ...]:
    """The contracts of these names, or all, in the order of their names."""
    found = names if names is not None else sorted(path.name for path in (folder / "txt").iterdir())
    return tuple(Document(name, read_text(folder / "txt" / name)) for name in found)


def _searched(name: str, corpus: TextCorpus, questions: Sequence[_Question]) -> Batch:
    texts = {document.key: document.text for document in corpus.documents}
    twins = Twins(corpus.documents)
    samples = []
    for question in questions:
        for span in question.gold:
            if texts[span.file][span.start : span.end] != span.text:
                raise UsageError(f"{_SPANS}, id {question.id}: a gold span does not stand at its place in {span.file}.")
        samples.append(_sample(question, twins))
    return Batch(name, "search", tuple(samples), _METRICS, corpus, _PASSAGES)


def _sample(question: _Question, twins: Twins) -> Sample:
    files = tuple(dict.fromkeys(span.file for span in question.gold))
    return Sample(
        question.id,
        question.question,
        Gold(
            spans=tuple(Span(twins.first(span.file), span.start, span.end) for span in question.gold),
            documents=tuple(twins.group(file) for file in files),
        ),
        cluster=files[0],
        split=split_of(files[0]),
        answerable=True,
        tags={"format": "text", "language": "en", "question_type": question.category, "documents": "one"},
    )


@cache
def _natural_words() -> Mapping[str, str]:
    return {row.id: row.question for row in read_rows(_NATURAL, _Wording)}


def _reworded(question: _Question) -> _Question:
    words = _natural_words().get(question.id)
    if words is None:
        raise UsageError(f"{_NATURAL.name} has no wording of the question {question.id}.")
    return question.model_copy(update={"question": words})
