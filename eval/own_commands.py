"""`caseclerk eval template` and `caseclerk eval draft`: tables for the user's own questions."""

from pathlib import Path
from typing import Annotated

import typer

from assistant.cli.invocation import invocation, print_json

app = typer.Typer()


@app.command("template")
def template(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(metavar="FILE", help="A new file: .xlsx (the safe choice), .csv or .jsonl.")],
) -> None:
    """Write an empty table for your own questions, with its columns explained and an example."""
    from eval.own_questions.writing import write_template

    write_template(path, invocation(context).settings().case.languages[0])
    typer.echo(f"{path}: fill it in, then: caseclerk eval run --questions {path.name} --case ID")


@app.command("draft")
def draft(
    context: typer.Context,
    case_id: Annotated[str, typer.Option("--case", help="Id of the case.")],
    path: Annotated[Path, typer.Option("--out", metavar="FILE", help="A new file: .xlsx, .csv or .jsonl.")],
    count: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 20,
    seed: Annotated[int, typer.Option(min=0, help="Of what is drawn.")] = 1,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Draft questions from a case, without a model, for you to correct."""
    from eval.own_questions.drafting import write_drafts

    with invocation(context).open(case_id) as case:
        written = write_drafts(case, path, count, seed)
    if as_json:
        print_json({"case": case_id, "file": str(path), "drafts": written})
        return
    typer.echo(
        f"{path}: {written} drafts. Correct each, above all those that ask for what is not there, and set “checked” to "
        f"yes or delete the row. Then: caseclerk eval run --questions {path.name} --case {case_id}"
    )
