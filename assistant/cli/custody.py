"""`custody log|verify|export-head`."""

from pathlib import Path
from typing import Annotated

import typer

from assistant.cli.invocation import invocation, print_json
from assistant.cli.printable import printable

app = typer.Typer(help="The log of everything done to a case.", no_args_is_help=True)

InCase = Annotated[str, typer.Option("--case", help="Id of the case.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("log")
def log(context: typer.Context, case_id: InCase, *, as_json: Json = False) -> None:
    """Print every event, oldest first; with --json one event a line."""
    with invocation(context).open(case_id) as case:
        for event in case.custody.events():
            if as_json:
                print_json(
                    {
                        "sequence": event.sequence,
                        "at": event.at.isoformat(),
                        "actor": event.actor,
                        "kind": event.kind,
                        "action": event.action,
                        "details": event.details,
                        "previous": event.previous,
                        "hash": event.hash,
                    }
                )
            else:
                when = f"{event.at:%Y-%m-%d %H:%M:%S}Z"
                row = f"{event.sequence:>6}  {when}  {event.actor:<16} {event.kind:<13} {event.action}"
                typer.echo(printable(row))


@app.command("verify")
def verify(
    context: typer.Context,
    case_id: InCase,
    head: Annotated[Path | None, typer.Option(help="A file written by export-head, kept elsewhere.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Derive every hash of the chain again. Exit 0 intact, 1 broken."""
    from casefile.custody import parse_head
    from casefile.errors import UsageError

    expected = None
    if head is not None:
        try:
            expected = parse_head(head.read_text(encoding="ascii"))
        except (OSError, ValueError) as error:
            raise UsageError(f"{head} holds no custody head: {error}.") from error
    with invocation(context).open(case_id) as case:
        report = case.custody.verify(expected)
    if as_json:
        print_json(
            {
                "case": case_id,
                "intact": report.intact,
                "events": report.events,
                "head": {"sequence": report.head.sequence, "hash": report.head.hash},
                "problems": list(report.problems),
            }
        )
    else:
        for problem in report.problems:
            typer.echo(f"BROKEN  {printable(problem)}")
        if report.intact:
            typer.echo(f"Intact: {report.events} events, head {report.head.hash}.")
    if not report.intact:
        raise typer.Exit(1)


@app.command("export-head")
def export_head(context: typer.Context, case_id: InCase) -> None:
    """Print the end of the chain (number and hash), to be kept out of reach: it proves later that nothing was cut."""
    with invocation(context).open(case_id) as case:
        head = case.custody.head()
    typer.echo(f"{head.sequence} {head.hash}")
