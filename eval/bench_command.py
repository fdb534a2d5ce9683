"""`caseclerk eval bench`: speed, memory and growth, beside a plain pipeline and the raw limit."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


@app.command("bench")
def bench(
    data: Annotated[
        Path | None,
        typer.Option(
            "--data", envvar="CASECLERK_EVAL_DATA", help="Folder of the public data sets.", show_default=False
        ),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(help="startup, ingestion, answering, search, quality or embedding; again for more."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write the table and its charts to this HTML file.")] = None,
    *,
    full: Annotated[bool, typer.Option("--full", help="Everything at full size; hours.")] = False,
) -> None:
    """Measure speed, memory and growth beside a plain pipeline and the raw limit; exit 1 when a target is missed."""
    from eval.bench.__main__ import main

    arguments = [] if data is None else ["--data", str(data)]
    for part in only or ():
        arguments += ["--only", part]
    if out is not None:
        arguments += ["--out", str(out)]
    if main([*arguments, *(["--full"] if full else [])]):
        raise typer.Exit(1)
