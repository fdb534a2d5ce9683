"""What the harness passes between its parts: questions with gold, what the assistant did, and what that is worth.

A *suite* is one data set. It gives *batches*: questions over one corpus, done by one task. A task turns each *sample*
(a question with its gold) into a *response*. A run folder keeps nothing but samples and responses, and metrics read
nothing else, so a run can be scored again without answering again. Documents are named by keys of the data set, not by
exhibit ids: the same key in every run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

Split = Literal["dev", "test"]
Task = Literal["search", "ask", "verify", "read", "call"]
"""`search` finds passages, `ask` answers, `verify` checks a claim, `read` takes a file in, `call` chooses a tool."""


@dataclass(frozen=True, slots=True)
class Span:
    """`text[start:end]` of a document, in code points."""

    document: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Gold:
    """What is right; a part that is empty is not scored.

    Attributes:
        spans: stretches that answer.
        documents: the documents that are needed, each with those that count the same, itself first.
        answers: reference answers, each right by itself.
        values: facts that must all be in the answer, each in one of its accepted forms.
        statuses: how the response may end; `answered` and so on, or what a task says of its own.
        texts: stretches that must stand in a text that was read.
        calls: tool calls that are right: name to argument to accepted values (`""` among them: may be left out).
        forbidden: words whose presence in the answer shows that an instruction inside a document was followed.
    """

    spans: tuple[Span, ...] = ()
    documents: tuple[tuple[str, ...], ...] = ()
    answers: tuple[str, ...] = ()
    values: tuple[tuple[str, ...], ...] = ()
    statuses: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    calls: tuple[Mapping[str, Any], ...] = ()
    forbidden: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Exchange:
    """An earlier turn of the conversation."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Sample:
    """One question, or one file to be read, or one claim to be checked.

    Attributes:
        id: unique in its batch.
        question: as a person asks it; the claim of `verify`, the file's key of `read`.
        gold: what is right.
        cluster: the document by which intervals are clustered.
        split: which half it belongs to.
        answerable: whether the corpus answers; None where that is not scored.
        history: earlier turns, oldest first.
        within: keys of the documents that the question is narrowed to; empty is all.
        quote: the words that a claim of `verify` cites.
        tags: what figures are broken down by: `format`, `language`, `question_type`, `documents`, and a suite's own.
        extra: what only the suite's own task reads.
    """

    id: str
    question: str
    gold: Gold
    cluster: str
    split: Split = "dev"
    answerable: bool | None = None
    history: tuple[Exchange, ...] = ()
    within: tuple[str, ...] = ()
    quote: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Document:
    """A text of a data set. `language` is ISO 639-1, for showing only."""

    key: str
    text: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class TextCorpus:
    """Plain texts that become a case without files; equal texts become one document, named by the first key."""

    name: str
    documents: tuple[Document, ...]
    languages: tuple[str, ...] = ("en",)


@dataclass(frozen=True, slots=True)
class FileCorpus:
    """A folder that is taken in as an officer would; a document's key is its path below `root` (part: `a.zip!/b`)."""

    name: str
    root: Path
    languages: tuple[str, ...] = ("en",)
    region: str = "DE"
    time_zone: str = "Europe/Berlin"


@dataclass(frozen=True, slots=True)
class CaseCorpus:
    """A case that is there already; a document's key is its exhibit id."""

    name: str
    case_id: str


Corpus = TextCorpus | FileCorpus | CaseCorpus


@dataclass(frozen=True, slots=True)
class Batch:
    """Questions over one corpus. `corpus` is None for a task that needs none; `passages` is how many are kept."""

    name: str
    task: Task
    samples: tuple[Sample, ...]
    metrics: tuple[str, ...]
    corpus: Corpus | None = None
    passages: int = 24


@dataclass(frozen=True, slots=True)
class Retrieved:
    """A passage found, best first. `text` is kept of the first few only, for the report."""

    document: str
    start: int
    end: int
    score: float
    text: str = ""


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation. `verified` is what the assistant said; `stands` what the harness found when it looked for itself.

    `before` and `after` are what stands around the quote, for the report.
    """

    n: int
    document: str
    start: int
    end: int
    quote: str
    verified: bool
    stands: bool
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Claimed:
    """One sentence of an answer."""

    text: str
    citations: tuple[int, ...]
    supported: bool
    computed: bool = False


@dataclass(frozen=True, slots=True)
class Called:
    """A tool call that was made."""

    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Response:
    """What came back.

    Attributes:
        status: how it ended: that of the answer; `found` of a search; what a task says of its own; `error` when it
            broke, with `error` saying how.
        answer: the text shown; the text read, of `read` (its beginning).
        reason: one sentence, where there is no answer.
        standalone: the question as it was searched for.
        claims: the sentences.
        citations: what they cite.
        retrieved: passages, best first.
        confidence: the engine's estimate (0 to 1) that the evidence answers; None where it makes none.
        calls: tool calls.
        text_found: of `read`, how many of `gold.texts` stand in the text.
        timings_ms: by step, and `total`; `evidence` is when the evidence was there.
        tokens: how many the engine wrote; None where it counts none.
        outside: documents retrieved or cited that are not of the corpus, or not of `within`.
        error: what went wrong, in one sentence.
    """

    status: str
    answer: str = ""
    reason: str = ""
    standalone: str = ""
    claims: tuple[Claimed, ...] = ()
    citations: tuple[Cited, ...] = ()
    retrieved: tuple[Retrieved, ...] = ()
    confidence: float | None = None
    calls: tuple[Called, ...] = ()
    text_found: int = 0
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    tokens: int | None = None
    outside: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A sample and what came back for it."""

    suite: str
    batch: str
    sample: Sample
    response: Response

    @property
    def key(self) -> tuple[str, str, str]:
        """What names the row in every run."""
        return self.suite, self.batch, self.sample.id


@dataclass(frozen=True, slots=True)
class SuiteOptions:
    """What a suite is loaded with.

    Attributes:
        data: folder of the public data; None where none was given.
        seed: of whatever a suite draws.
        split: which rows; a suite without a split gives all its rows as `dev`.
        scratch: a folder of its own where a suite may write files that it makes (the demo case).
        full: whether large variants are loaded too.
        questions: the user's own question file.
        case_id: the case that the user's own questions are about.
        home: where that case lies; None for the usual place.
        actor: whom its custody log names.
        engine: what will answer; some suites need a language model.
    """

    data: Path | None
    seed: int
    split: Split
    scratch: Path
    full: bool = True
    questions: Path | None = None
    case_id: str = ""
    home: Path | None = None
    actor: str = "evaluation"
    engine: str = "extractive"


class Suite(Protocol):
    """One data set: one file in `eval/suites`, registered in `eval.suites.registry`."""

    name: str
    summary: str
    """One line for `eval list`."""

    def unavailable(self, options: SuiteOptions) -> str:
        """Why it cannot run now, in a sentence that says what to do; empty when it can."""
        ...

    def batches(self, options: SuiteOptions) -> Sequence[Batch]:
        """The questions of `options.split`, by corpus.

        Raises:
            UsageError: a file of the data is missing or not what it should be.
        """
        ...
