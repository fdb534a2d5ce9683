"""What the assistant passes between its parts: evidence, proposals of an engine, checked answers."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from casefile.locators import Locator
from casefile.records import Coverage, Passage

AnswerStatus = Literal["answered", "not_found", "unclear", "refused"]
EngineKind = Literal["extractive", "ministral", "server"]
Operation = Literal["count", "sum", "minimum", "maximum", "average", "difference", "earliest", "latest", "compare"]


@dataclass(frozen=True, slots=True)
class ExhibitRef:
    """Enough of an exhibit to show where something comes from."""

    id: str
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class RankedPassage:
    """A passage found; `ranks` holds its rank (from 1) per retriever, `score` the fused score.

    `similarity` is the cosine to the question (-1 to 1), None where no embedding was compared.
    """

    rank: int
    score: float
    ranks: Mapping[str, int]
    exhibit: ExhibitRef
    passage: Passage
    similarity: float | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier exchange of a conversation. `answer` is the text shown, `exhibits` the ids it cited."""

    question: str
    standalone: str
    answer: str
    exhibits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProposedQuote:
    """A stretch that an engine wants to cite: `text_of_exhibit[start:end]`; code checks it."""

    exhibit_id: str
    text_sha256: str
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Computation:
    """A value that code computed over cited places; running `operation` over them again must give `value`.

    `inputs` are citation numbers once verified (positions in the claim's quotes, from 1, while proposed).
    `terms` are the raw operands in the order of `inputs`, as written in the quotes.
    """

    operation: Operation
    inputs: tuple[int, ...]
    terms: tuple[str, ...]
    value: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class ProposedClaim:
    """One sentence of an engine and what it rests on.

    `instead_of` is a sentence of a model that could not be supported and that this one stands for; shown struck. It
    takes the place of the claim of that text which the engine proposed before.
    """

    text: str
    quotes: tuple[ProposedQuote, ...]
    computed: Computation | None = None
    instead_of: str = ""


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of prose as it is written, to be shown while it streams; not yet checked."""

    text: str


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What wrote the answer, so that it can be repeated."""

    kind: EngineKind
    model: str
    sha256: str
    prompt_sha256: str
    seed: int
    temperature: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an engine ends; `reason` is one sentence for the investigator.

    `confidence` is the engine's estimate (0 to 1) that the evidence answers, None where it makes none: for measuring
    refusals at any threshold, not for showing. `passages` are the ids of what a model was given, in order.
    `written_by` names what wrote the answer where it was not the engine itself: code, or one that stood in.
    """

    status: AnswerStatus
    reason: str = ""
    confidence: float | None = None
    passages: tuple[int, ...] = ()
    written_by: EngineInfo | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an engine is: a place in line (`done` of none), tokens of the prompt read, a tool at work."""

    stage: Literal["waiting", "reading", "writing", "tool"]
    done: int
    total: int = 0
    says: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A tool call of an answer and what became of it, for people.

    `refused`: the arguments or the tool were not allowed, the engine may have been told why; `asks`: a person must say
    yes first, and nothing was done. `arguments` are those that passed the check.
    """

    tool: str
    arguments: Mapping[str, object]
    state: Literal["done", "refused", "failed", "asks"]
    says: str


EngineEvent = Delta | ProposedClaim | Progress | Step | Outcome


@dataclass(frozen=True, slots=True)
class MachineText:
    """That a cited text was made by a model: its name, and the picture described (`page` of a document, else 0)."""

    model: str
    of: ExhibitRef
    page: int = 0


@dataclass(frozen=True, slots=True)
class Citation:
    """A numbered, checked quote. `locator.start:locator.end` is the quote's place in that version of the text.

    `machine` is None where the text is evidence itself.
    """

    n: int
    exhibit: ExhibitRef
    text_sha256: str
    locator: Locator
    quote: str
    verified: bool
    machine: MachineText | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence with its citations, or a computation. `supported`: quote and values were checked by code."""

    text: str
    citations: tuple[int, ...]
    computed: Computation | None
    supported: bool
    unsupported_because: str = ""
    instead_of: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is shown. `standalone` is the question after a follow-up was rewritten (else the question itself).

    `steps` are the tool calls; `passages` the ids of what the engine was given, in order.
    """

    question: str
    standalone: str
    status: AnswerStatus
    reason: str
    answer: str
    claims: tuple[Claim, ...]
    citations: tuple[Citation, ...]
    engine: EngineInfo
    coverage: Coverage
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    passages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class EngineRequest:
    """What an engine works on: a standalone question and the evidence, best first.

    `quotes` and `characters` bound a quoted answer; an explicit wish in the question ("list every") lifts them.
    `exhibit_ids` is what the question is asked of; None is the whole case. `history` holds the turns before, oldest
    first; `question` is understood without them. `stopped` is True once the person who asked wants no more: for an
    engine that waits where it can yield nothing.
    """

    question: str
    evidence: tuple[RankedPassage, ...]
    quotes: int = 3
    characters: int = 600
    exhibit_ids: tuple[str, ...] | None = None
    history: tuple[Turn, ...] = ()
    stopped: Callable[[], bool] | None = field(default=None, compare=False)


class Engine(Protocol):
    """Writes an answer from evidence. Never trusted: everything it proposes is verified by `assistant.citations`."""

    @property
    def info(self) -> EngineInfo:
        """What it is."""
        ...

    def answer(self, request: EngineRequest) -> Iterator[EngineEvent]:
        """Yield prose and claims as they come, and last exactly one `Outcome`. Closing the iterator cancels."""
        ...
