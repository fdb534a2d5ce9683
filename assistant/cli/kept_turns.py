"""A turn that was kept, in the terminal and as JSON.

The answer's JSON is read as untrusted data: a field that is missing or of the wrong kind shows as nothing.
"""

import json
from collections.abc import Mapping
from typing import Any

import typer
from pydantic import TypeAdapter, ValidationError

from assistant.cli.answers import LONGEST_QUOTE, machine_words
from assistant.cli.printable import printable, printable_text
from assistant.kept_json import list_in, mapping_in, objects_in, text_in
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
    if (status := text_in(answer, "status")) in _STATUS:
        typer.echo(_STATUS[status])
    for key in ("reason", "failed"):
        if words := text_in(answer, key):
            typer.echo(printable(words))
    for step in objects_in(answer, "steps"):
        told = f"{text_in(step, 'tool') or 'tool'} {text_in(step, 'state')}: {text_in(step, 'says')}"
        typer.secho(printable(f"  {told}"), dim=True)
    claims = objects_in(answer, "claims")
    for claim in claims:
        _print_claim(claim)
    if not claims and (words := text_in(answer, "answer")):
        typer.echo(printable_text(words))
    for citation in objects_in(answer, "citations"):
        _print_citation(citation)


def _print_claim(claim: Mapping[str, Any]) -> None:
    marks = "".join(f"[{n}]" for n in list_in(claim, "citations") if isinstance(n, int))
    struck = claim.get("supported") is not True
    because = f" (unsupported: {printable(text_in(claim, 'unsupported_because'))})" if struck else ""
    typer.echo(f"{printable_text(text_in(claim, 'text'))} {marks}".rstrip() + because)
    if instead := text_in(claim, "instead_of"):
        typer.echo(f"    in place of a sentence of the model (unsupported: {printable(instead)})")
    computed = claim.get("computed")
    if isinstance(computed, dict):
        shown = ", ".join(str(term) for term in list_in(computed, "terms")[:8])
        value = f"{text_in(computed, 'value')} {text_in(computed, 'unit')}".strip()
        typer.echo(printable(f"    computed: {text_in(computed, 'operation')}({shown}) = {value}"))


def _print_citation(citation: Mapping[str, Any]) -> None:
    exhibit, place, n = mapping_in(citation, "exhibit"), citation.get("locator"), citation.get("n")
    path = text_in(exhibit, "path") or text_in(exhibit, "name")
    try:
        where = describe(_LOCATOR.validate_python(place))
    except ValidationError:  # a kind of place that a newer version has kept
        where = ""
    checked = "checked" if citation.get("verified") is True else "NOT VERIFIED"
    mark = n if isinstance(n, int) else "?"
    typer.echo(printable(f"  [{mark}] {', '.join(part for part in (path, where) if part)} ({checked})"))
    made = mapping_in(citation, "machine")
    if made:
        typer.echo(f"      {machine_words(text_in(made, 'model'), text_in(mapping_in(made, 'of'), 'path'))}")
    if quote := printable(" ".join(text_in(citation, "quote").split())):
        typer.echo(f"      “{quote[:LONGEST_QUOTE]}{'…' if len(quote) > LONGEST_QUOTE else ''}”")
