"""The truth of a demo case: what `truth.json` holds."""

import dataclasses
import json
from dataclasses import dataclass
from typing import Literal

QuestionKind = Literal[
    "single", "multi", "count", "sum", "comparison", "time", "follow_up", "false_premise", "unanswerable"
]


@dataclass(frozen=True, slots=True)
class FileTruth:
    """What must become of a file (`!/` for parts) at ingestion.

    `media_types` are right, the best first. `issues` must be reported; `issues_allowed` may be. `phrases` must stand in
    the extracted text, white space folded. `note` says what is special.
    """

    path: str
    media_type: str
    media_types: tuple[str, ...]
    status: Literal["complete", "partial", "failed", "skipped"]
    issues: tuple[str, ...]
    issues_allowed: tuple[str, ...]
    phrases: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Quote:
    """Verbatim text of an exhibit (white space folded before comparing)."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Value:
    """A value that an answer must contain: its normal form, and spellings any one of which will do (as whole words)."""

    normal: str
    accepted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PastTurn:
    """An earlier exchange of a conversation."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question as an investigator would ask it, with what a right answer must rest on.

    Attributes:
        answerable: False where the case holds no answer.
        exhibits: paths that are all needed, in no order.
        alternatives: for an exhibit, others that say the same and would do in its place.
        quotes: gold text; for a false premise the text that contradicts it.
        values: what the answer must contain.
        accepted: for each of `values`, the spellings of which one must appear.
        absent: words that any text answering the question would hold; none of them stands in the case.
    """

    id: str
    question: str
    language: str
    kind: QuestionKind
    answerable: bool
    history: tuple[PastTurn, ...]
    exhibits: tuple[str, ...]
    alternatives: dict[str, tuple[str, ...]]
    quotes: tuple[Quote, ...]
    values: tuple[str, ...]
    accepted: tuple[tuple[str, ...], ...]
    absent: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Link:
    """An identifier and every file or part whose text holds it, in whatever spelling. Exact copies are left out.

    `normal`: phones in E.164, IBANs without blanks, addresses in lower case, codes in capitals without separators.
    """

    kind: Literal["phone", "email", "iban", "code"]
    normal: str
    spellings: tuple[str, ...]
    paths: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two places that cannot both be right."""

    fact: str
    a: Quote
    b: Quote


@dataclass(frozen=True, slots=True)
class Keyword:
    """A search term and its hits: whole words, case ignored, exact copies left out. `kind` wildcard ends in `*`."""

    term: str
    kind: Literal["phrase", "wildcard"]
    hits: dict[str, int]
    total: int


@dataclass(frozen=True, slots=True)
class Truth:
    """Everything that is known about a built case. `ledger` counts statuses over all files and parts."""

    seed: int
    title: str
    case_number: str
    region: str
    time_zone: str
    languages: tuple[str, ...]
    demo_questions: tuple[str, ...]
    ledger: dict[str, int]
    files: tuple[FileTruth, ...]
    questions: tuple[Question, ...]
    links: tuple[Link, ...]
    contradictions: tuple[Contradiction, ...]
    keywords: tuple[Keyword, ...]

    def to_json(self) -> str:
        """As `truth.json` holds it."""
        return json.dumps(dataclasses.asdict(self), ensure_ascii=False, indent=1) + "\n"
