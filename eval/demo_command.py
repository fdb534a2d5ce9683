"""`caseclerk demo`: builds the demo case with invented people, takes it in, and talks about it.

`caseclerk` finds it through the entry-point group `caseclerk.commands`, as it finds `eval`.
"""

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from assistant.cli.invocation import Invocation, interactive, invocation

app = typer.Typer(invoke_without_command=True, help="Build the demo case, take it in, and open the page on it.")

CASE = "demo"
PURPOSE = "Demonstration with invented people; nothing in it is real."


@app.callback()
def demo(
    context: typer.Context,
    folder: Annotated[
        Path | None,
        typer.Option(help="Where the demo case's files are written (else beside HOME).", show_default=False),
    ] = None,
    *,
    ask: Annotated[
        bool, typer.Option("--ask", help="Ask three questions and end, as without a terminal; no page.")
    ] = False,
) -> None:
    """Build the demo case and take it in; in a terminal open the page, else print the answers to three questions."""
    call = invocation(context)
    call.home.prepare()
    place = folder or call.home.root.with_name(f"{call.home.root.name}-demo")  # never inside HOME: that is not taken in
    truth = prepared(place)
    _make_case(call, place, truth)
    questions = demo_questions(truth)
    if interactive() and not ask:
        typer.echo("\nTry for example:")
        for question in questions:
            typer.echo(f"  {question}")
        program = Path(sys.prefix) / "bin" / "caseclerk"
        typer.echo(f"\nThe case is {CASE!r}; in the terminal: {program} chat --case {CASE}\n")
        _run(call, "ui")
        return
    for question in questions:
        typer.echo(f"\n> {question}")
        _run(call, "ask", question, "--case", CASE)


def prepared(folder: Path) -> dict[str, Any]:
    """Write the demo case's files, unless they are there; returns its truth."""
    from data.demo_case import DEFAULT_SEED
    from data.demo_case.build import build

    truth_path = folder / "truth.json"
    if not truth_path.is_file():
        typer.echo("Writing the demo case ...", err=True)
        build(folder, DEFAULT_SEED)
    truth: dict[str, Any] = json.loads(truth_path.read_text(encoding="utf-8"))
    return truth


def demo_questions(truth: dict[str, Any]) -> list[str]:
    """The questions that the demo asks."""
    by_id = {question["id"]: question["question"] for question in truth["questions"]}
    return [by_id[name] for name in truth["demo_questions"]]


def _make_case(call: Invocation, folder: Path, truth: dict[str, Any]) -> None:
    if CASE not in call.home.case_ids():
        create = ["case", "create", CASE, "--title", truth["title"], "--purpose", PURPOSE]
        create += ["--case-number", truth["case_number"], "--region", truth["region"]]
        create += ["--time-zone", truth["time_zone"], "--languages", ",".join(truth["languages"])]
        _run(call, *create)
    # 1: some files failed, as they are meant to in the demo case
    _run(call, "ingest", os.path.relpath(folder / "files"), "--case", CASE, done=(0, 1))


def _run(call: Invocation, *arguments: str, done: tuple[int, ...] = (0,)) -> None:
    """Run a command as a person would type it; leaves with its exit code where it was not done."""
    from assistant.cli.root import main

    code = main(["--home", str(call.home.root), "--actor", call.actor, *arguments])
    if code not in done:
        raise typer.Exit(code)
