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
    engine: Annotated[
        str | None,
        typer.Option(metavar="ministral", help="Measure this engine's model instead, beside llama.cpp's raw loop."),
    ] = None,
    model: Annotated[
        Path | None, typer.Option(help="Model file for --engine ministral (else random weights in the 3B's shape).")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write the table and its charts to this HTML file.")] = None,
    *,
    full: Annotated[bool, typer.Option("--full", help="Everything at full size; hours.")] = False,
) -> None:
    """Measure speed, memory and growth beside a plain pipeline and the raw limit; exit 1 when a target is missed."""
    from casefile.errors import UsageError
    from eval.bench.__main__ import MODEL, main

    if engine not in {None, "ministral"} or (model is not None and engine is None):
        raise UsageError("--engine takes `ministral`, and --model goes with it.")
    arguments = [] if data is None else ["--data", str(data)]
    for part in [MODEL] if engine else only or ():
        arguments += ["--only", part]
    if model is not None:
        arguments += ["--model", str(model)]
    if out is not None:
        arguments += ["--out", str(out)]
    if main([*arguments, *(["--full"] if full else [])]):
        raise typer.Exit(1)
