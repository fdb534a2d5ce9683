"""`case create|list|show|describe|verify|delete`."""

from typing import Annotated

import typer

from assistant.cli.invocation import interactive, invocation, one_line, print_json, typed
from assistant.cli.printable import printable

app = typer.Typer(help="Create, list, show, describe, verify and delete cases.", no_args_is_help=True)

CaseId = Annotated[str, typer.Argument(metavar="ID", help="Letters, digits, dots, hyphens, underscores; at most 64.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command("create")
def create(
    context: typer.Context,
    case_id: CaseId,
    title: Annotated[str | None, typer.Option(help="What people call the case.")] = None,
    purpose: Annotated[
        str | None, typer.Option(help="Why the data are processed (offence, order, legal basis).")
    ] = None,
    number: Annotated[str | None, typer.Option("--case-number", help="The agency's reference.")] = None,
    region: Annotated[str | None, typer.Option(help="Country code for national phone numbers, such as DE.")] = None,
    time_zone: Annotated[str | None, typer.Option(help="Zone for times that name none, such as Europe/Berlin.")] = None,
    languages: Annotated[str | None, typer.Option(help="Languages of the material, such as en,de.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Create an empty case. In a terminal it asks for what was not given."""
    from casefile.case import create_case
    from casefile.records import CaseDescription
    from casefile.serial import now

    call = invocation(context)
    defaults = call.settings().case
    ask = interactive() and not as_json

    def value(given: str | None, label: str, default: str) -> str:
        if given is not None:
            return typed(given)
        answer: str = typer.prompt(label, default=default, show_default=bool(default)) if ask else default
        return typed(answer)

    description = CaseDescription(
        id=case_id,
        title=value(title, "Title", case_id),
        purpose=value(purpose, "Purpose of processing", ""),
        case_number=value(number, "Case number", ""),
        region=value(region, "Country code", defaults.region).upper(),
        time_zone=value(time_zone, "Time zone", defaults.time_zone),
        languages=_codes(value(languages, "Languages", ",".join(defaults.languages))),
        created_at=now(),
    )
    with create_case(call.home, description, call.actor) as case:
        if as_json:
            print_json({"case": case.description.id})
        else:
            typer.echo(f"Case {case_id} is ready. Take files in with: caseclerk ingest FOLDER --case {case_id}")


def _codes(languages: str) -> tuple[str, ...]:
    """Language codes out of a list with commas."""
    return tuple(part.strip().lower() for part in languages.split(",") if part.strip())


@app.command("list")
def list_cases(context: typer.Context, *, as_json: Json = False) -> None:
    """List all cases."""
    call = invocation(context)
    call.home.prepare()
    rows = []
    for case_id in call.home.case_ids():
        with call.open(case_id) as case:
            coverage = case.catalogue.coverage()
            rows.append(
                {
                    "id": case_id,
                    "title": case.description.title,
                    "exhibits": coverage.exhibits,
                    "created_at": case.description.created_at.isoformat(),
                }
            )
    if as_json:
        print_json({"cases": rows})
    elif not rows:
        typer.echo("No cases yet. Make one with: caseclerk ingest FOLDER --case NAME")
    for row in rows if not as_json else ():
        typer.echo(f"{row['id']:<24} {row['exhibits']:>6} exhibits  {printable(str(row['title']))}")


@app.command("show")
def show(context: typer.Context, case_id: CaseId, *, as_json: Json = False) -> None:
    """Show what a case is about and what it holds."""
    from ingest.ledger import totals

    with invocation(context).open(case_id) as case:
        about = case.description
        counted = totals(line for line in case.catalogue.occurrences() if line.status is not None)
        coverage = case.catalogue.coverage()
        model = case.catalogue.embedding_model()
        document: dict[str, object] = {
            "id": about.id,
            "title": about.title,
            "purpose": about.purpose,
            "case_number": about.case_number,
            "region": about.region,
            "time_zone": about.time_zone,
            "languages": list(about.languages),
            "created_at": about.created_at.isoformat(),
            "exhibits": coverage.exhibits,
            "searched": coverage.searched,
            "pending": coverage.pending,
            "complete": counted.complete,
            "partial": counted.partial,
            "failed": counted.failed,
            "skipped": counted.skipped,
            "passages": counted.passages,
            "embedding_model": model.name if model else None,
            "custody_events": case.custody.head().sequence,
        }
        case.log("consultation", "case shown")
    if as_json:
        print_json(document)
        return
    for name, value in document.items():
        shown = ", ".join(value) if isinstance(value, list) else value
        typer.echo(f"{name.replace('_', ' '):<18} {printable(str(shown)) if shown not in (None, '') else '-'}")


@app.command("describe")
def describe(
    context: typer.Context,
    case_id: CaseId,
    title: Annotated[str | None, typer.Option(help="What people call the case.")] = None,
    purpose: Annotated[str | None, typer.Option(help="Why the data are processed.")] = None,
    number: Annotated[str | None, typer.Option("--case-number", help="The agency's reference.")] = None,
    region: Annotated[str | None, typer.Option(help="Country code for national phone numbers, such as DE.")] = None,
    time_zone: Annotated[str | None, typer.Option(help="Zone for times that name none, such as Europe/Berlin.")] = None,
    languages: Annotated[str | None, typer.Option(help="Languages of the material, such as en,de.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Change what a case is about; what is not given stays. Old and new values go into the custody log.

    Identifiers and times that were found before keep what the region and time zone of then made of them.
    """
    from dataclasses import replace

    from casefile.case import describe_case
    from casefile.errors import UsageError

    given: dict[str, object] = {}
    if title is not None:
        given["title"] = one_line(title, "The title")
    if purpose is not None:
        given["purpose"] = typed(purpose).replace("\r\n", "\n").replace("\r", "\n").strip()
    if number is not None:
        given["case_number"] = " ".join(typed(number).split())
    if region is not None:
        given["region"] = typed(region).strip().upper()
    if time_zone is not None:
        given["time_zone"] = typed(time_zone).strip()
    if languages is not None:
        given["languages"] = _codes(typed(languages))
    if not given:
        raise UsageError("Say what to change: --title, --purpose, --case-number, --region, --time-zone or --languages.")
    with invocation(context).open(case_id) as case:
        old = case.description
        describe_case(case, replace(old, **given))  # type: ignore[arg-type]
        about = case.description
    changed = [name for name in given if getattr(about, name) != getattr(old, name)]
    if as_json:
        values = {name: getattr(about, name) for name in ("title", "purpose", "case_number", "region", "time_zone")}
        print_json({"case": case_id, **values, "languages": list(about.languages), "changed": changed})
    else:
        names = ", ".join(name.replace("_", " ") for name in changed)
        typer.echo(f"Case {case_id}: {names} changed." if changed else f"Case {case_id} is described so already.")


@app.command("verify")
def verify(context: typer.Context, case_id: CaseId, *, as_json: Json = False) -> None:
    """Hash every original again and hold all parts of the case against each other. Exit 1 when something is wrong."""
    from dataclasses import asdict

    from assistant.cli.terminal import Terminal
    from casefile.verify import verify_case

    with invocation(context).open(case_id) as case, Terminal() as terminal:
        report = verify_case(case, terminal.counted)
    if as_json:
        print_json({"case": case_id, "sound": report.sound, **asdict(report)})
    else:
        for line in report.repaired:
            typer.echo(f"repaired  {printable(line)}")
        for line in report.problems:
            typer.echo(f"PROBLEM   {printable(line)}")
        typer.echo(
            f"{report.originals} originals, {report.texts} texts, {report.passages} passages, {report.embeddings} "
            f"embeddings, {report.vectors} vectors, {report.custody_events} custody events: "
            + ("all as they should be." if report.sound else f"{len(report.problems)} problems.")
        )
    if not report.sound:
        raise typer.Exit(1)


@app.command("delete")
def delete(
    context: typer.Context,
    case_id: CaseId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; for scripts.")] = False,  # noqa: FBT002
) -> None:
    """Delete a case with everything in it, for good. Asks for the case's name."""
    from casefile.case import delete_case
    from casefile.errors import UsageError

    call = invocation(context)
    with call.open(case_id) as case:
        exhibits = case.catalogue.coverage().exhibits
    if not yes:
        if not interactive():
            raise UsageError("Deleting needs a person at the terminal, or --yes in a script. Nothing was deleted.")
        typer.echo(f"This deletes case {case_id} with {exhibits} exhibits for good. There is no way back.")
        if typer.prompt("Type the case's id to go on") != case_id:
            raise UsageError("That was not the case's id. Nothing was deleted.")
    delete_case(call.home, case_id, call.actor)
    typer.echo(f"Case {case_id} is deleted; that it was, and by whom, stands in {call.home.erasures}.", err=True)
