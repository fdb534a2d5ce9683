"""Suite `xquad`: the same questions and paragraphs in several languages, and across languages; arXiv 1910.11856.

English, German and Spanish questions are asked over paragraphs of their own language (what was found is scored too).
German and Spanish questions are also searched for in English paragraphs. Romanian, Russian, Turkish and Arabic are
searched in the full run only. Titles are left out: they are English in all languages, and published figures do without.
"""

from collections.abc import Sequence

from casefile.errors import UsageError
from eval.records import Batch, Document, Gold, Sample, Span, SuiteOptions, Task, TextCorpus
from eval.suites.measures import (
    ANSWER_RIGHT,
    ANSWER_TIMES,
    ANSWER_TRUSTED,
    CITATIONS_RIGHT,
    DOCUMENTS_FOUND,
    SEARCH_TIMES,
)
from eval.suites.reading import DataRow, folder_of, missing, read_rows, split_of

_FOLDER = "xquad"
_ASKED = ("en", "de", "es")
_ACROSS = ("de", "es")
_SEARCHED = ("ro", "ru", "tr", "ar")
_SEARCH_METRICS = (*DOCUMENTS_FOUND, "isolation", *SEARCH_TIMES)
_ASK_METRICS = (
    *DOCUMENTS_FOUND,
    "gold_answer_quoted",
    "expected_document_cited",
    *CITATIONS_RIGHT,
    *ANSWER_RIGHT,
    "exact_match",
    "token_f1",
    *ANSWER_TRUSTED,
    *ANSWER_TIMES,
)


class _Paragraph(DataRow):
    paragraph_id: str
    text: str


class _Question(DataRow):
    id: str
    question: str
    answer: str
    start: int
    paragraph_id: str


class Xquad:
    """The suite `xquad`."""

    name = "xquad"
    summary = "One set of questions in seven languages over paragraphs of the same or another language."

    def unavailable(self, options: SuiteOptions) -> str:
        """Why it cannot run now."""
        needed = _ASKED + (_SEARCHED if options.full else ())
        return missing(
            options,
            _FOLDER,
            *(f"{language}.{kind}.jsonl" for language in needed for kind in ("paragraphs", "questions")),
        )

    def batches(self, options: SuiteOptions) -> Sequence[Batch]:
        """A batch for each pair of languages of question and text."""
        batches = [_batch(options, language, language, "ask") for language in _ASKED]
        batches += [_batch(options, language, "en", "search") for language in _ACROSS]
        if options.full:
            batches += [_batch(options, language, language, "search") for language in _SEARCHED]
        return batches


def _batch(options: SuiteOptions, asked: str, written: str, task: Task) -> Batch:
    """Questions in one language over paragraphs in another, or in the same one."""
    folder = folder_of(options, _FOLDER)
    paragraphs = {row.paragraph_id: row for row in read_rows(folder / f"{written}.paragraphs.jsonl", _Paragraph)}
    places = {row.id: row for row in read_rows(folder / f"{written}.questions.jsonl", _Question)}
    languages = tuple(dict.fromkeys((written, asked)))
    samples = []
    for row in read_rows(folder / f"{asked}.questions.jsonl", _Question):
        if split_of(row.paragraph_id) != options.split:
            continue
        gold = places.get(row.id)
        if gold is None or gold.paragraph_id not in paragraphs:
            raise UsageError(f"{asked}.questions.jsonl, id {row.id}: {written} has no such question or paragraph.")
        samples.append(_sample(row, gold, paragraphs[gold.paragraph_id], (asked, written)))
    corpus = TextCorpus(
        f"xquad {' and '.join(languages)}",
        tuple(Document(row.paragraph_id, row.text) for row in paragraphs.values()),
        languages,
    )
    name = asked if asked == written else f"{asked} questions, {written} text"
    return Batch(name, task, tuple(samples), _ASK_METRICS if task == "ask" else _SEARCH_METRICS, corpus)


def _sample(row: _Question, gold: _Question, paragraph: _Paragraph, languages: tuple[str, str]) -> Sample:
    end = gold.start + len(gold.answer)
    if gold.start < 0 or paragraph.text[gold.start : end] != gold.answer:
        raise UsageError(f"{languages[1]}.questions.jsonl, id {gold.id}: the answer does not stand at its place.")
    return Sample(
        row.id,
        row.question,
        Gold(
            spans=(Span(paragraph.paragraph_id, gold.start, end),),
            documents=((paragraph.paragraph_id,),),
            answers=(gold.answer,),
        ),
        cluster=paragraph.paragraph_id,
        split=split_of(row.paragraph_id),
        answerable=True,
        tags={"format": "text", "language": languages[0], "text_language": languages[1], "documents": "one"},
    )
