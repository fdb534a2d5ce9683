"""Suite `clapnq`: questions answered by one passage of 600, or by none; arXiv 2404.02103.

Answerable and unanswerable questions are asked over the pool of all passages. Every sentence that any reference answer
rests on is gold. The passage of an unanswerable question is on its topic and counts as no gold.
"""

from collections.abc import Sequence

from casefile.errors import UsageError
from eval.records import Batch, Document, Gold, Sample, Span, SuiteOptions, TextCorpus
from eval.suites.measures import (
    ANSWER_RIGHT,
    ANSWER_TIMES,
    ANSWER_TRUSTED,
    CITATIONS_RIGHT,
    DOCUMENTS_FOUND,
    REFUSALS,
)
from eval.suites.reading import DataRow, Twins, folder_of, missing, read_rows, split_of

_FOLDER, _FILE = "clapnq", "clapnq_dev.jsonl"
_METRICS = (
    *DOCUMENTS_FOUND,
    "gold_sentence_first",
    "gold_sentence_cited",
    "gold_sentence_first_when_quoted",
    "gold_sentence_cited_when_quoted",
    "expected_document_cited",
    *CITATIONS_RIGHT,
    *REFUSALS,
    *ANSWER_RIGHT,
    "token_f1",
    *ANSWER_TRUSTED,
    *ANSWER_TIMES,
)


class _Reference(DataRow):
    answer: str
    gold_sentences: tuple[str, ...]


class _Question(DataRow):
    id: str
    question: str
    title: str
    passage: str
    answerable: bool
    answer: str | None
    gold_sentences: tuple[str, ...]
    other_answers: tuple[_Reference, ...]


class ClapNq:
    """The suite `clapnq`."""

    name = "clapnq"
    summary = "Questions over 600 encyclopedia passages, half of them without an answer there."

    def unavailable(self, options: SuiteOptions) -> str:
        """Why it cannot run now."""
        return missing(options, _FOLDER, _FILE)

    def batches(self, options: SuiteOptions) -> Sequence[Batch]:
        """One batch over the pooled passages."""
        rows = tuple(read_rows(folder_of(options, _FOLDER) / _FILE, _Question))
        documents = tuple(Document(row.id, row.passage, row.title) for row in rows)
        twins = Twins(documents)
        samples = tuple(_sample(row, twins) for row in rows if split_of(row.id) == options.split)
        return (Batch("pooled", "ask", samples, _METRICS, TextCorpus("clapnq", documents)),)


def _sample(row: _Question, twins: Twins) -> Sample:
    passage = twins.first(row.id)
    answers = (row.answer, *(other.answer for other in row.other_answers))
    gold = Gold(
        spans=_spans(row, passage),
        documents=(twins.group(row.id),),
        answers=tuple(answer for answer in answers if answer),
    )
    return Sample(
        row.id,
        row.question,
        gold if row.answerable else Gold(),
        cluster=passage,
        split=split_of(row.id),
        answerable=row.answerable,
        tags={"format": "text", "language": "en", "documents": "one"},
    )


def _spans(row: _Question, passage: str) -> tuple[Span, ...]:
    references = (row.gold_sentences, *(other.gold_sentences for other in row.other_answers))
    sentences = dict.fromkeys(sentence for reference in references for sentence in reference if sentence)
    found = {sentence: row.passage.find(sentence) for sentence in sentences}
    if any(start < 0 for start in found.values()):
        raise UsageError(f"{_FILE}, id {row.id}: a gold sentence does not stand in its passage.")
    return tuple(sorted((Span(passage, at, at + len(s)) for s, at in found.items()), key=lambda span: span.start))
