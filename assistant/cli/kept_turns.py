"""A turn that was kept, in the terminal and as JSON.

The answer's JSON is read as untrusted data: a field that is missing or of the wrong kind shows as nothing.
"""

import json
from collections.abc import Mapping
from typing import Any

import typer
from pydantic import TypeAdapter, ValidationError

from assistant.cli.answers import LONGEST_QUOTE
from assistant.cli.printable import printable, printable_text
from assistant.places import describe
from casefile.conversations import StoredTurn
from casefile.locators import Locator

_LOCATOR: TypeAdapter[Locator] = TypeAdapter(Locator)
_STATUS = {"not_found": "Not found.", "unclear": "Unclear.", "refused": "Refused."}
_STATE = {
    "asking": "It is still being answered.",
    "stopped": "It was stopped before it was answered.",
    "failed": "It could not be answered.",
}


def parsed(text: str) -> object:
    """What was kept as JSON; None for nothing, the text itself where it is no JSON."""
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
        return text


def turn_document(turn: StoredTurn) -> dict[str, object]:
    """A turn with its answer as `ask --json` printed it."""
    return {
        "id": turn.id,
        "asked_at": turn.asked_at.isoformat(),
        "asked_by": turn.asked_by,
        "question": turn.question,
        "standalone": turn.standalone,
        "state": turn.state,
        "scope": parsed(turn.scope),
        "erased": turn.erased,
        "verdict": turn.verdict,
        "reason": turn.verdict_reason,
        "by": turn.verdict_by,
        "at": turn.verdict_at.isoformat() if turn.verdict_at else None,
        "answer": parsed(turn.answer),
    }


def judged_document(turn: StoredTurn) -> dict[str, object]:
    """A turn with a verdict, as a line of an evaluation set; `id` is the turn's."""
    kept = turn_document(turn)
    names = ("id", "question", "standalone", "scope", "verdict", "reason", "by", "at", "answer")
    return {"conversation": turn.conversation_id} | {name: kept[name] for name in names}


def print_turn(turn: StoredTurn) -> None:
    """Print a question and what became of it, with its sources, for a person."""
    document = parsed(turn.answer)
    answer = document if isinstance(document, dict) else {}
    by = f", {turn.asked_by}" if turn.asked_by else ""
    typer.secho(f"> {printable(turn.question)}", bold=True)
    typer.secho(printable(f"  {turn.asked_at:%Y-%m-%d %H:%M}{by}"), dim=True)
    if turn.standalone and turn.standalone != turn.question:
        typer.secho(f"Understood as: {printable(turn.standalone)}", dim=True)
    if turn.state != "done":
        typer.echo(_STATE[turn.state])
    if isinstance(document, str):
        typer.echo(printable_text(document))
    _print_answer(answer)
    if turn.erased:
        typer.echo("Something that it cited was erased.")
    if turn.verdict:
        why = f": {turn.verdict_reason}" if turn.verdict_reason else ""
        typer.secho(printable(f"  judged {turn.verdict} by {turn.verdict_by}{why}"), dim=True)


def _print_answer(answer: Mapping[str, Any]) -> None:
    if (status := _text(answer, "status")) in _STATUS:
        typer.echo(_STATUS[status])
    for key in ("reason", "failed"):
        if words := _text(answer, key):
            typer.echo(printable(words))
    claims = _list(answer, "claims")
    for claim in claims:
        _print_claim(claim)
    if not claims and (words := _text(answer, "answer")):
        typer.echo(printable_text(words))
    for citation in _list(answer, "citations"):
        _print_citation(citation)


def _print_claim(claim: Mapping[str, Any]) -> None:
    numbers = claim.get("citations")
    marks = "".join(f"[{n}]" for n in numbers if isinstance(n, int)) if isinstance(numbers, list) else ""
    typer.echo(f"{printable_text(_text(claim, 'text'))} {marks}".rstrip())
    computed = claim.get("computed")
    if isinstance(computed, dict):
        terms = computed.get("terms")
        shown = ", ".join(str(term) for term in terms[:8]) if isinstance(terms, list) else ""
        value = f"{_text(computed, 'value')} {_text(computed, 'unit')}".strip()
        typer.echo(printable(f"    computed: {_text(computed, 'operation')}({shown}) = {value}"))
    if claim.get("supported") is not True:
        typer.echo(f"    UNSUPPORTED: {printable(_text(claim, 'unsupported_because'))}")


def _print_citation(citation: Mapping[str, Any]) -> None:
    exhibit, place, n = citation.get("exhibit"), citation.get("locator"), citation.get("n")
    path = (_text(exhibit, "path") or _text(exhibit, "name")) if isinstance(exhibit, dict) else ""
    try:
        where = describe(_LOCATOR.validate_python(place))
    except ValidationError:  # a kind of place that a newer version has kept
        where = ""
    checked = "checked" if citation.get("verified") is True else "NOT VERIFIED"
    mark = n if isinstance(n, int) else "?"
    typer.echo(printable(f"  [{mark}] {', '.join(part for part in (path, where) if part)} ({checked})"))
    if quote := printable(" ".join(_text(citation, "quote").split())):
        typer.echo(f"      “{quote[:LONGEST_QUOTE]}{'…' if len(quote) > LONGEST_QUOTE else ''}”")


def _text(document: Mapping[str, Any], key: str) -> str:
    value = document.get(key)
    return value if isinstance(value, str) else ""


def _list(document: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    value = document.get(key)
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
