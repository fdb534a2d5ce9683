"""A person's yes to a tool that writes: asked in a terminal, never where nobody sits, never in `--json`."""

from collections.abc import Callable, Sequence

import typer

from assistant.cli.invocation import interactive
from assistant.cli.printable import printable
from assistant.records import Step
from assistant.tools.records import ToolOutcome

Approve = Callable[[int], ToolOutcome]
"""Carries out the call of that index."""
Decline = Callable[[int], None]

HOW = "  Nothing was done: a person has to say yes. Ask again in `caseclerk chat` in a terminal, or on the page."


def ask_first(steps: Sequence[Step], approve: Approve, decline: Decline) -> None:
    """Show each call that asks, in full, and carry it out after a yes.

    Args:
        steps: of an answer.
        approve: carries out the call of an index.
        decline: keeps that the answer was no.

    Raises:
        CaseclerkError: as the tool does.
    """
    for index, step in enumerate(steps):
        if step.state != "asks":
            continue
        typer.secho(f"  {printable(step.tool)} asks first. It would be run with exactly this:", bold=True)
        for name, value in step.arguments.items():
            typer.echo(f"    {printable(name)}: {printable(str(value))}")
        if not interactive():
            typer.echo(HOW)
        elif typer.confirm("  Carry it out?", default=False):
            typer.echo(f"  {printable(approve(index).says)}")
        else:
            decline(index)
            typer.echo("  Nothing was done.")
