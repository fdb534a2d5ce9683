"""The machine: `settings show`, `doctor`."""

from typing import Annotated

import typer

from assistant.cli.invocation import invocation, print_json

settings_app = typer.Typer(help="Show the settings in force.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("doctor")(doctor)


@settings_app.command("show")
def show(context: typer.Context, *, as_json: Json = False) -> None:
    """Print every setting, its value, where the value comes from and what it means."""
    from casefile.settings import FILE_NAME, load_settings

    call = invocation(context)
    loaded = load_settings(call.home.root)
    if as_json:
        rows = {
            row.name: {"value": row.value, "origin": row.origin, "description": row.description}
            for row in loaded.origins
        }
        print_json({"file": str(call.home.root / FILE_NAME), "settings": rows})
        return
    typer.echo(f"Settings come from {call.home.root / FILE_NAME}, then CASECLERK_SECTION_KEY variables, then flags.\n")
    for row in loaded.origins:
        value = ",".join(row.value) if isinstance(row.value, tuple) else row.value
        typer.echo(f"{row.name:<26} = {value!s:<14} ({row.origin}) {row.description}")


def doctor(context: typer.Context, *, as_json: Json = False) -> None:
    """Check this machine: Python, disk, memory, reading processes, models, and which engine will answer."""
    from dataclasses import asdict

    from assistant.doctor import examine

    call = invocation(context)
    findings = examine(call.home, call.settings())
    if as_json:
        print_json({"findings": [asdict(finding) for finding in findings]})
    else:
        for finding in findings:
            typer.echo(f"{finding.state:<8} {finding.what:<22} {finding.says}")
    if any(finding.state == "trouble" for finding in findings):
        raise typer.Exit(1)
