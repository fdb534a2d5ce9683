"""A turn of a conversation as it is shown: from a run that lasts, or from the JSON that was kept.

What was kept is read as untrusted data: a field that is missing or of the wrong kind shows as nothing, never as an
error of the page. Nothing here makes markup.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, get_args

from pydantic import TypeAdapter, ValidationError

from assistant.documents import exhibit_document, locator_document
from assistant.kept_json import list_in, mapping_in, objects_in, parsed_object, text_in
from assistant.places import describe
from assistant.records import AnswerStatus, RankedPassage
from assistant.ui.chat.made_view import (
    MadeView,
    StepView,
    WorkView,
    made_of,
    running_steps,
    steps_of,
    work_of,
)
from assistant.ui.chat.runs import Snapshot
from assistant.ui.chat.snippets import snippet
from assistant.ui.source.links import source_address
from casefile.conversations import StoredTurn, TurnState
from casefile.locators import Locator

_LOCATOR: TypeAdapter[Locator] = TypeAdapter(Locator)
_STATUSES = frozenset(get_args(AnswerStatus))
_LONGEST_EVIDENCE = 280
"""Characters of a passage shown as evidence."""


@dataclass(frozen=True, slots=True)
class SourceView:
    """A place that can be opened. `address` is the source panel's; `quote` is empty where only the place is kept.

    `machine` is the model that wrote the text that is quoted, empty where it is evidence itself.
    """

    n: int
    name: str
    where: str
    quote: str
    address: str
    verified: bool
    machine: str = ""


@dataclass(frozen=True, slots=True)
class ClaimView:
    """One sentence. `working` says how a computed value came about; `because` why it is not supported.

    `instead_of` is a sentence of a model that could not be supported and that this one stands for.
    """

    text: str
    sources: tuple[SourceView, ...]
    supported: bool
    because: str
    computed: bool
    working: str
    instead_of: str = ""


@dataclass(frozen=True, slots=True)
class CoverageView:
    """What was searched."""

    exhibits: int
    searched: int
    pending: int
    unread: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TurnView:
    """A question and what became of it. `status` is that of the answer, empty while there is none."""

    id: int
    conversation_id: int
    question: str
    asked_by: str
    asked_at: datetime | None
    state: TurnState
    standalone: str
    status: AnswerStatus | Literal[""]
    reason: str
    claims: tuple[ClaimView, ...]
    sources: tuple[SourceView, ...]
    evidence: tuple[SourceView, ...]
    prose: str
    failed: str
    engine: str
    coverage: CoverageView | None
    seconds: float | None
    evidence_seconds: float | None
    verdict: str = ""
    scope: tuple[str, ...] = ()
    erased: bool = False
    model_failed: bool = False
    made: MadeView | None = None
    steps: tuple[StepView, ...] = ()
    work: WorkView | None = None

    @property
    def rewritten(self) -> bool:
        """Whether something else was searched for than was asked."""
        return bool(self.standalone) and self.standalone != self.question

    @property
    def unsupported(self) -> int:
        """How many sentences are not supported."""
        return sum(not claim.supported for claim in self.claims)

    @property
    def proposals(self) -> tuple[StepView, ...]:
        """Tool calls that wait, or waited, for a person's word."""
        return tuple(step for step in self.steps if step.asked)


def view_of_turn(case_id: str, turn: StoredTurn, scope: Sequence[str] = ()) -> TurnView:
    """A turn that was kept."""
    return _view(
        case_id,
        parsed_object(turn.answer),
        id=turn.id,
        conversation_id=turn.conversation_id,
        question=turn.question,
        asked_by=turn.asked_by,
        asked_at=turn.asked_at,
        state=turn.state,
        standalone=turn.standalone,
        verdict=turn.verdict or "",
        scope=tuple(scope),
        erased=turn.erased,
    )


def view_of_run(case_id: str, now: Snapshot, scope: Sequence[str] = ()) -> TurnView:
    """A run as it is now."""
    document = parsed_object(now.document)
    state: TurnState = "failed" if now.failed else "done" if now.document else "asking"
    if state == "done" and now.stopped:
        state = "stopped"
    if not document and now.failed:
        document = {"failed": now.failed, "model_failed": now.model_failed}
    shown = _view(
        case_id,
        document,
        id=now.turn_id,
        conversation_id=now.conversation_id,
        question=now.question,
        asked_by=now.asked_by,
        asked_at=None,
        state=state,
        standalone=now.standalone,
        verdict="",
        scope=tuple(scope),
        prose=now.prose,
        evidence_ms=now.evidence_ms,
    )
    evidence = tuple(
        passage_view(case_id, number, found, now.standalone or now.question)
        for number, found in enumerate(now.evidence, start=1)
    )
    steps = shown.steps or running_steps(now.steps)
    return replace(shown, evidence=evidence or shown.evidence, steps=steps, work=work_of(now.progress))


def passage_view(case_id: str, n: int, found: RankedPassage, asked: str = "") -> SourceView:
    """A passage that was found, with the part of its text that holds most of what was asked."""
    text = snippet(found.passage.text, asked, _LONGEST_EVIDENCE)
    document = {
        "exhibit": exhibit_document(found.exhibit),
        "text_sha256": found.passage.text_sha256,
        "locator": locator_document(found.passage.locator),
        "quote": text,
        "n": n,
        "verified": True,
    }
    return _source(case_id, document, quoted="")


def _view(
    case_id: str, document: Mapping[str, Any], *, prose: str = "", evidence_ms: float | None = None, **fields: Any
) -> TurnView:
    sources = {source.n: source for source in (_source(case_id, d) for d in objects_in(document, "citations"))}
    timings = mapping_in(document, "timings_ms")
    total = timings.get("total")
    early = document.get("evidence_ms", evidence_ms)
    status = text_in(document, "status")
    return TurnView(
        **fields,
        status=status if status in _STATUSES else "",  # type: ignore[arg-type]
        reason=text_in(document, "reason"),
        claims=tuple(_claim(d, sources) for d in objects_in(document, "claims")),
        sources=tuple(sources.values()),
        evidence=tuple(
            _source(case_id, {**d, "n": number}) for number, d in enumerate(objects_in(document, "evidence"), start=1)
        ),
        prose=prose,
        failed=text_in(document, "failed"),
        engine=_engine(mapping_in(document, "engine")),
        coverage=_coverage(mapping_in(document, "coverage")),
        seconds=total / 1000 if isinstance(total, int | float) else None,
        evidence_seconds=early / 1000 if isinstance(early, int | float) else None,
        model_failed=document.get("model_failed") is True,
        made=made_of(document),
        steps=steps_of(document),
    )


def _claim(document: Mapping[str, Any], sources: Mapping[int, SourceView]) -> ClaimView:
    computed = document.get("computed")
    cited = [sources[n] for n in list_in(document, "citations") if isinstance(n, int) and n in sources]
    return ClaimView(
        text=text_in(document, "text"),
        sources=tuple(cited),
        supported=document.get("supported") is True and bool(cited),  # without a source nothing looks like a fact
        because=text_in(document, "unsupported_because"),
        computed=isinstance(computed, dict),
        working=_working(computed) if isinstance(computed, dict) else "",
        instead_of=text_in(document, "instead_of"),
    )


def _working(computed: Mapping[str, Any]) -> str:
    """A computation as a person would write it down."""
    terms = [str(term) for term in list_in(computed, "terms")]
    operation = text_in(computed, "operation")
    value = f"{text_in(computed, 'value')} {text_in(computed, 'unit')}".strip()
    sign = {"sum": " + ", "difference": " \N{MINUS SIGN} "}.get(operation)
    if sign and terms:
        return f"{sign.join(terms)} = {value}"
    return f"{operation}({', '.join(terms)}) = {value}"


def _source(case_id: str, document: Mapping[str, Any], quoted: str | None = None) -> SourceView:
    """A place; `quoted` is what must stand there, where that is not the quote as it is shown."""
    exhibit, place = mapping_in(document, "exhibit"), mapping_in(document, "locator")
    number = document.get("n")
    try:
        locator = _LOCATOR.validate_python(dict(place))
        where, start, end = describe(locator), locator.start, locator.end
    except ValidationError:  # a kind of place that a newer version has kept
        where, start, end = "", 0, 0
    words = text_in(document, "quote") if quoted is None else quoted
    address = source_address(case_id, text_in(exhibit, "id"), text_in(document, "text_sha256"), start, end, words)
    return SourceView(
        n=number if isinstance(number, int) else 0,
        name=text_in(exhibit, "name"),
        where=where,
        quote=text_in(document, "quote"),
        address=address,
        verified=document.get("verified") is True,
        machine=text_in(mapping_in(document, "machine"), "model"),
    )


def _engine(document: Mapping[str, Any]) -> str:
    return " ".join(part for part in (text_in(document, "kind"), text_in(document, "model")) if part)


def _coverage(document: Mapping[str, Any]) -> CoverageView | None:
    if not document:
        return None
    unread = [
        (text_in(failed, "name"), "; ".join(str(reason) for reason in list_in(failed, "reasons")))
        for failed in objects_in(document, "failed")
    ]
    numbers = [document.get(key) for key in ("exhibits", "searched", "pending")]
    exhibits, searched, pending = (number if isinstance(number, int) else 0 for number in numbers)
    return CoverageView(exhibits, searched, pending, tuple(unread))
