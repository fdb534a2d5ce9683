"""Records as the JSON documents of the command-line contract (DESIGN, section 6). Names here are kept exactly."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from assistant.mentions import Mentions
from assistant.records import Answer, Citation, Claim, ExhibitRef, RankedPassage, Step
from casefile.locators import Locator
from casefile.records import Coverage, Issue, Occurrence

if TYPE_CHECKING:
    from ingest.pipeline import IngestResult

_LOCATOR: TypeAdapter[Locator] = TypeAdapter(Locator)


def to_line(document: Mapping[str, object]) -> str:
    """A document as one line of JSON; text as it is, not escaped."""
    return json.dumps(document, ensure_ascii=False, separators=(", ", ": "))


def locator_document(locator: Locator) -> dict[str, Any]:
    """A locator with its tag first."""
    fields = dict(_LOCATOR.dump_python(locator, mode="json"))
    return {"kind": fields.pop("kind"), **fields}


def issue_document(issue: Issue) -> dict[str, Any]:
    """An issue of the ledger."""
    return {
        "stage": issue.stage,
        "category": issue.category,
        "message": issue.message,
        "locator": locator_document(issue.locator) if issue.locator is not None else None,
    }


def occurrence_document(line: Occurrence, *, new: bool) -> dict[str, Any]:
    """One line of the ledger."""
    return {
        "id": line.exhibit_id,
        "name": line.name,
        "path": line.path,
        "media_type": line.media_type,
        "derived_from": line.derived_from,
        "status": line.status,
        "new": new,
        "issues": [issue_document(issue) for issue in line.issues],
        "passages": line.passages,
    }


def ingest_document(case_id: str, result: "IngestResult") -> dict[str, Any]:
    """What `ingest --json` prints."""
    totals = result.totals
    return {
        "case": case_id,
        "exhibits": [occurrence_document(line, new=line.id in result.new_ids) for line in result.occurrences],
        "totals": {
            "complete": totals.complete,
            "partial": totals.partial,
            "failed": totals.failed,
            "skipped": totals.skipped,
            "passages": totals.passages,
        },
        "timings_ms": rounded(result.timings_ms),
    }


def coverage_document(coverage: Coverage) -> dict[str, Any]:
    """What a search could see."""
    return {
        "exhibits": coverage.exhibits,
        "searched": coverage.searched,
        "pending": coverage.pending,
        "failed": [
            {"id": failed.exhibit_id, "name": failed.name, "status": failed.status, "reasons": list(failed.reasons)}
            for failed in coverage.failed
        ],
    }


def exhibit_document(exhibit: ExhibitRef) -> dict[str, str]:
    """Enough of an exhibit to find it."""
    return {"id": exhibit.id, "name": exhibit.name, "path": exhibit.path}


def passage_document(found: RankedPassage) -> dict[str, Any]:
    """One passage of a search."""
    return {
        "rank": found.rank,
        "score": round(found.score, 6),
        "ranks": dict(found.ranks),
        "exhibit": exhibit_document(found.exhibit),
        "locator": locator_document(found.passage.locator),
        "text": found.passage.text,
    }


def search_document(
    question_id: str,
    question: str,
    passages: Sequence[RankedPassage],
    coverage: Coverage,
    timings_ms: Mapping[str, float],
) -> dict[str, Any]:
    """What `search --json` prints for one question."""
    return {
        "id": question_id,
        "question": question,
        "passages": [passage_document(found) for found in passages],
        "coverage": coverage_document(coverage),
        "timings_ms": rounded(timings_ms),
    }


def citation_document(citation: Citation) -> dict[str, Any]:
    """A checked quote; `machine` is there only where a model made the text that it stands in."""
    document: dict[str, Any] = {
        "n": citation.n,
        "exhibit": exhibit_document(citation.exhibit),
        "text_sha256": citation.text_sha256,
        "locator": locator_document(citation.locator),
        "quote": citation.quote,
        "verified": citation.verified,
    }
    made = citation.machine
    if made is not None:
        document["machine"] = {
            "kind": "description",
            "model": made.model,
            "of": exhibit_document(made.of),
            "page": made.page or None,
        }
    return document


def claim_document(claim: Claim) -> dict[str, Any]:
    """One sentence of an answer; a computed one with its working."""
    computed = claim.computed
    document: dict[str, Any] = {
        "text": claim.text,
        "citations": list(claim.citations),
        "computed": None
        if computed is None
        else {
            "operation": computed.operation,
            "inputs": list(computed.inputs),
            "terms": list(computed.terms),
            "value": computed.value,
            "unit": computed.unit,
        },
        "supported": claim.supported,
    }
    if not claim.supported:
        document["unsupported_because"] = claim.unsupported_because
    if claim.instead_of:
        document["instead_of"] = claim.instead_of
    return document


def step_document(step: Step) -> dict[str, Any]:
    """A tool call and what became of it."""
    return {"tool": step.tool, "arguments": dict(step.arguments), "state": step.state, "says": step.says}


def answer_document(question_id: str, answer: Answer) -> dict[str, Any]:
    """What `ask --json` prints for one question."""
    engine = answer.engine
    return {
        "id": question_id,
        "question": answer.question,
        "standalone": answer.standalone,
        "status": answer.status,
        "reason": answer.reason,
        "answer": answer.answer,
        "claims": [claim_document(claim) for claim in answer.claims],
        "citations": [citation_document(citation) for citation in answer.citations],
        "engine": {
            "kind": engine.kind,
            "model": engine.model,
            "sha256": engine.sha256,
            "prompt_sha256": engine.prompt_sha256,
            "seed": engine.seed,
            "temperature": engine.temperature,
        },
        "coverage": coverage_document(answer.coverage),
        "timings_ms": rounded(answer.timings_ms),
        "steps": [step_document(step) for step in answer.steps],
        "passages": list(answer.passages),
    }


def mentions_document(found: Mentions) -> dict[str, Any]:
    """What `mentions --json` prints."""
    return {
        "what": found.what,
        "identifiers": list(found.identifiers),
        "mentions": [
            {
                "exhibit": exhibit_document(place.exhibit),
                "locator": locator_document(place.locator),
                "quote": place.quote,
                "how": place.how,
            }
            for place in found.mentions
        ],
        "per_exhibit": [
            {"exhibit": exhibit_document(counted.exhibit), "count": counted.count} for counted in found.per_exhibit
        ],
        "coverage": coverage_document(found.coverage),
    }


def rounded(timings_ms: Mapping[str, float]) -> dict[str, float]:
    """Milliseconds to a tenth."""
    return {name: round(value, 1) for name, value in timings_ms.items()}
