"""The page of each question: what was asked, what came back, what would have been right, where it broke.

Everything is cut to a size here, so that a gigantic answer makes no gigantic report; the rows in `samples.jsonl` stay
whole.
"""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from eval.failures import Cause, answers, cause_of, first_gold_rank, has_gold, missing_values
from eval.records import Cited, Claimed, Gold, Retrieved, Row, Span, Task
from eval.report.marking import Excerpt, excerpt, shortened
from eval.report.records import ReportBatch

TITLE, QUESTION, ANSWER = 160, 1500, 4000
SENTENCE, QUOTE, AROUND, PASSAGE = 800, 1200, 200, 240
GOLD_ITEM, FACT = 240, 400
"""Characters shown of each."""
MOST_SENTENCES, MOST_CITATIONS, MOST_PASSAGES, MOST_ITEMS, MOST_TURNS = 30, 12, 10, 12, 6
PASSAGES_OF_RIGHT = 4
"""Of a question that went right, fewer passages are shown."""
MOST_PAGES = 3000
SAMPLE_OF_RIGHT = 300
"""Above `MOST_PAGES` questions, so many that went right keep their page, evenly drawn."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A citation in its context."""

    cited: Cited
    before: Excerpt
    quote: Excerpt
    after: Excerpt
    gold: bool


@dataclass(frozen=True, slots=True)
class Passage:
    """A line of the retrieved list."""

    rank: int
    found: Retrieved
    text: Excerpt
    gold: bool


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the answer."""

    claim: Claimed
    text: Excerpt


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a step took; `share` of the longest, 0 to 100, for its bar."""

    step: str
    ms: float
    share: float


@dataclass(frozen=True, slots=True)
class Note:
    """A label and what belongs to it."""

    label: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QuestionPage:
    """Everything that is shown of one question. `judged` is whether its gold says what is right."""

    anchor: str
    row: Row
    task: Task
    cause: Cause | None
    judged: bool
    title: str
    question: Excerpt
    answer: Excerpt
    sentences: tuple[Sentence, ...]
    quotes: tuple[Quote, ...]
    passages: tuple[Passage, ...]
    gold_rank: int | None
    gold: tuple[Note, ...]
    facts: tuple[Note, ...]
    turns: tuple[tuple[str, str], ...]
    timings: tuple[Timing, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """A row, its place in the run, and where it broke."""

    number: int
    row: Row
    task: Task
    cause: Cause | None
    judged: bool

    @property
    def anchor(self) -> str:
        """What links to its page."""
        return f"q-{self.number}"


def judged_rows(batches: Sequence[ReportBatch]) -> list[list[Judged]]:
    """The rows of each batch with their causes, numbered through the run."""
    found: list[list[Judged]] = []
    number = 0
    for batch in batches:
        of_batch: list[Judged] = []
        for row in batch.rows:
            number += 1
            cause = cause_of(row, batch.task, batch.unreadable)
            of_batch.append(Judged(number, row, batch.task, cause, cause is not None or has_gold(row, batch.task)))
        found.append(of_batch)
    return found


def with_page(rows: Sequence[Judged]) -> frozenset[int]:
    """The numbers of the questions that get a page: all, or the failed ones and a sample of the right ones."""
    if len(rows) <= MOST_PAGES:
        return frozenset(row.number for row in rows)
    failed = [row.number for row in rows if row.cause is not None]
    right = [row.number for row in rows if row.cause is None]
    return frozenset(_evenly(failed, MOST_PAGES - SAMPLE_OF_RIGHT)) | frozenset(_evenly(right, SAMPLE_OF_RIGHT))


def question_page(judged: Judged) -> QuestionPage:
    """What is shown of one question."""
    row = judged.row
    sample, response = row.sample, row.response
    spans = sample.gold.spans
    most = MOST_PASSAGES if judged.cause else PASSAGES_OF_RIGHT
    return QuestionPage(
        judged.anchor,
        row,
        judged.task,
        judged.cause,
        judged.judged,
        _cut(" ".join(sample.question[: 2 * TITLE].split()), TITLE),
        shortened(sample.question, QUESTION),
        shortened(response.answer, ANSWER),
        tuple(Sentence(claim, shortened(claim.text, SENTENCE)) for claim in response.claims[:MOST_SENTENCES]),
        tuple(_quote(cited, sample.gold) for cited in response.citations[:MOST_CITATIONS]),
        tuple(
            Passage(
                rank,
                found,
                excerpt(found.text, found.document, found.start, spans, PASSAGE),
                answers(found, sample.gold),
            )
            for rank, found in _shown_passages(response.retrieved, first_gold_rank(row), most)
        ),
        first_gold_rank(row),
        tuple(_gold_notes(row)),
        tuple(_facts(row)),
        tuple((_cut(turn.question, FACT), _cut(turn.answer, FACT)) for turn in sample.history[-MOST_TURNS:]),
        _timings(row),
    )


def _quote(cited: Cited, gold: Gold) -> Quote:
    before, after = cited.before[-AROUND:], cited.after[:AROUND]
    return Quote(
        cited,
        excerpt(before, cited.document, cited.start - len(before), gold.spans, AROUND),
        excerpt(cited.quote, cited.document, cited.start, gold.spans, QUOTE),
        excerpt(after, cited.document, cited.end, gold.spans, AROUND),
        answers(Span(cited.document, cited.start, cited.end), gold),
    )


def _shown_passages(retrieved: Sequence[Retrieved], gold_rank: int | None, most: int) -> list[tuple[int, Retrieved]]:
    """The first passages, and the first that answers where it stands further down."""
    shown = list(enumerate(retrieved[:most], start=1))
    if gold_rank is not None and gold_rank > most:
        shown.append((gold_rank, retrieved[gold_rank - 1]))
    return shown


def _gold_notes(row: Row) -> Iterable[Note]:
    gold, sample = row.sample.gold, row.sample
    missing = set(missing_values(row))
    if sample.answerable is not None:
        yield Note("The documents answer", ("yes" if sample.answerable else "no",))
    groups = (
        ("Answer", gold.answers),
        ("Facts", [f"{' or '.join(group)} ({'missing' if group in missing else 'shown'})" for group in gold.values]),
        ("Documents", [" or ".join(group) for group in gold.documents]),
        ("Places", [f"{span.document}, characters {span.start:,} to {span.end:,}" for span in gold.spans]),
        ("May end as", gold.statuses),
        ("Must stand in the text", gold.texts),
        ("Tool calls", [json.dumps(dict(call), ensure_ascii=False, default=str) for call in gold.calls]),
        ("Must not be said", gold.forbidden),
    )
    yield from (_note(label, items) for label, items in groups if items)


def _facts(row: Row) -> Iterable[Note]:
    sample, response = row.sample, row.response
    if response.standalone and response.standalone != sample.question:
        yield _note("Searched as", [response.standalone])
    if sample.quote:
        yield _note("Cites", [sample.quote])
    if sample.within:
        yield _note("Narrowed to", sample.within)
    if response.confidence is not None:
        yield Note("Estimate that the evidence answers", (f"{100 * response.confidence:.0f} %",))
    if sample.gold.texts:
        yield Note("Texts found", (f"{response.text_found} of {len(sample.gold.texts)}",))
    if response.calls:
        called = [
            f"{call.name} {json.dumps(dict(call.arguments), ensure_ascii=False, default=str)}"
            for call in response.calls
        ]
        yield _note("Called", called)
    if response.tokens is not None:
        yield Note("Tokens written", (f"{response.tokens:,}",))
    if response.outside:
        yield Note("Documents from outside", (str(response.outside),))
    if sample.tags:
        yield _note("Tags", [" · ".join(f"{tag.replace('_', ' ')}: {value}" for tag, value in sample.tags.items())])


def _timings(row: Row) -> tuple[Timing, ...]:
    known = [
        (_cut(step, TITLE), ms)
        for step, ms in islice(row.response.timings_ms.items(), MOST_ITEMS)
        if math.isfinite(ms) and ms >= 0
    ]
    longest = max((ms for _, ms in known), default=0.0) or 1.0
    return tuple(Timing(step.replace("_", " "), ms, 100 * ms / longest) for step, ms in known)


def _note(label: str, items: Sequence[str]) -> Note:
    shown = [_cut(item, GOLD_ITEM) for item in items[:MOST_ITEMS]]
    return Note(label, (*shown, *([f"and {len(items) - MOST_ITEMS:,} more"] if len(items) > MOST_ITEMS else [])))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _evenly(numbers: Sequence[int], most: int) -> list[int]:
    if len(numbers) <= most:
        return list(numbers)
    return [numbers[n * len(numbers) // most] for n in range(most)]
