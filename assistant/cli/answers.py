"""An answer in the terminal: the sentences with their marks, then every source with its place and quote."""

import typer

from assistant.cli.printable import printable, printable_text
from assistant.places import describe
from assistant.records import Answer, Claim

LONGEST_QUOTE = 300
_YELLOW = typer.colors.YELLOW


def machine_words(model: str, picture: str) -> str:
    """What has to be said of a quote that a model wrote."""
    return printable(f"machine description, by {model}: no evidence itself. Look at {picture}")


def print_answer(answer: Answer) -> None:
    """Print an answer for a person."""
    if answer.standalone != answer.question:
        typer.secho(f"Understood as: {printable(answer.standalone)}", dim=True)
    for step in (one for one in answer.steps if one.state != "asks"):
        typer.secho(printable(f"  {step.tool or 'tool'} {step.state}: {step.says}"), dim=True)
    asks = any(step.state == "asks" for step in answer.steps)
    if answer.status != "answered" and not asks:
        typer.secho({"not_found": "Not found.", "unclear": "Unclear.", "refused": "Refused."}[answer.status], bold=True)
    if answer.status != "answered" or not answer.claims:
        typer.echo(printable(answer.reason))
    for claim in answer.claims:
        _print_claim(claim)
    if answer.citations:
        typer.echo()
    for citation in answer.citations:
        checked = "checked" if citation.verified else "NOT VERIFIED"
        typer.secho(f"  [{citation.n}] ", bold=True, nl=False)
        typer.echo(printable(f"{citation.exhibit.path}, {describe(citation.locator)} ({checked})"))
        if citation.machine is not None:
            typer.secho(f"      {machine_words(citation.machine.model, citation.machine.of.path)}", fg=_YELLOW)
        quote = printable(" ".join(citation.quote.split()))
        typer.secho(f"      “{quote[:LONGEST_QUOTE]}{'…' if len(quote) > LONGEST_QUOTE else ''}”", dim=True)
    typer.secho(_below(answer), dim=True)


def _print_claim(claim: Claim) -> None:
    marks = "".join(f"[{n}]" for n in claim.citations)
    typer.echo(f"{printable_text(claim.text)} {marks}".rstrip(), nl=False)
    if not claim.supported:
        typer.secho(f" (unsupported: {printable(claim.unsupported_because)})", fg=typer.colors.RED, nl=False)
    typer.echo()
    if claim.instead_of:
        typer.secho(f"    in place of a sentence of the model (unsupported: {printable(claim.instead_of)})", dim=True)
    if claim.computed is not None:
        computed = claim.computed
        terms = printable(", ".join(computed.terms[:8])) + (", …" if len(computed.terms) > 8 else "")
        typer.secho(f"    computed: {computed.operation} of {len(computed.inputs)} places ({terms})", dim=True)


def _below(answer: Answer) -> str:
    coverage = answer.coverage
    wrote = f" ({printable(answer.engine.model)})" if answer.engine.kind != "extractive" else ""
    line = f"  {answer.engine.kind} engine{wrote} · {coverage.searched} of {coverage.exhibits} exhibits searched"
    if coverage.pending:
        line += f", {coverage.pending} not yet indexed by meaning"
    unread = [failed for failed in coverage.failed if failed.status in {"failed", "skipped"}]
    if unread:
        line += f", {len(unread)} without text (see `caseclerk ledger`)"
    return f"{line} · {answer.timings_ms.get('total', 0) / 1000:.2f} s"
