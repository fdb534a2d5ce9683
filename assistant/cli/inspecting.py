"""Looking into a case: `text`, `ledger`, `identifiers`, `mentions`."""

import csv
import sys
from typing import Annotated

import typer

from assistant.cli.exhibits import erasure_document, exhibit_app
from assistant.cli.invocation import invocation, print_json, typed
from assistant.cli.printable import printable, printable_text

InCase = Annotated[str, typer.Option("--case", help="Id of the case.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print CSV for a spreadsheet program.")]
ExhibitId = Annotated[str, typer.Argument(metavar="EXHIBIT", help="Its id, or the first 8 or more digits of it.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("text")(text)
    app.command("ledger")(ledger)
    app.command("identifiers")(identifiers)
    app.command("mentions")(mentions)
    app.add_typer(exhibit_app, name="exhibit")


def text(
    context: typer.Context,
    exhibit: ExhibitId,
    case_id: InCase,
    version: Annotated[str | None, typer.Option(help="SHA-256 of an older text of the exhibit.")] = None,
) -> None:
    """Print the stored text of an exhibit, exactly: offsets in citations count its code points.

    Only on a terminal, control characters are shown as escapes. Of a sealed exhibit nothing is printed.
    """
    with invocation(context).open(case_id) as case:
        found = case.catalogue.exhibit(exhibit)
        case.catalogue.require_open(found.id)
        content = case.catalogue.text(found.id, version)
        case.log("consultation", "text read", {"exhibit": found.id, "text": version or found.text_sha256})
    if sys.stdout.isatty():
        typer.echo(printable_text(content))
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(content.encode("utf-8"))
    sys.stdout.buffer.flush()


def ledger(context: typer.Context, case_id: InCase, *, as_json: Json = False, as_csv: Csv = False) -> None:
    """List every file and nested part with what became of it and why."""
    from assistant.documents import occurrence_document
    from assistant.keywords import neutralised
    from ingest.ledger import totals

    with invocation(context).open(case_id) as case:
        lines = tuple(line for line in case.catalogue.occurrences() if line.status is not None)
        erasures = case.catalogue.erasures()
        case.log("consultation", "ledger read")
    counted = totals(lines)
    if as_json:
        sums = {name: getattr(counted, name) for name in ("complete", "partial", "failed", "skipped", "passages")}
        rows = [occurrence_document(line, new=line.new) for line in lines]
        print_json(
            {"case": case_id, "exhibits": rows, "totals": sums, "erased": [erasure_document(e) for e in erasures]}
        )
        return
    if as_csv:
        writer = csv.writer(sys.stdout)
        writer.writerow(["status", "path", "media type", "passages", "reasons", "exhibit"])
        for line in lines:
            reasons = "; ".join(f"{issue.category}: {issue.message}" for issue in line.issues)
            row = (line.status, line.path, line.media_type, str(line.passages), reasons, line.exhibit_id or "")
            writer.writerow([neutralised(value) for value in row])
        return
    for erasure in erasures:
        said = f"{erasure.at:%Y-%m-%d} by {erasure.actor}: {erasure.reason}"
        typer.echo(printable(f"{'erased':<9} {erasure.exhibit_id}  ({said})"))
    for line in lines:
        reasons = "; ".join(f"{issue.category}: {issue.message}" for issue in line.issues)
        typer.echo(printable(f"{line.status:<9} {line.path}{f'  ({reasons})' if reasons else ''}"))
    typer.echo(
        f"{len(lines)} files and parts: {counted.complete} complete, {counted.partial} partial, "
        f"{counted.failed} failed, {counted.skipped} skipped; {counted.passages} passages."
    )


def identifiers(
    context: typer.Context,
    case_id: InCase,
    kind: Annotated[
        str | None, typer.Option(help="Only this kind: phone, email, url, iban, amount, date or code.")
    ] = None,
    min_exhibits: Annotated[int, typer.Option(min=1, help="Only values found in at least so many exhibits.")] = 1,
    candidates: Annotated[bool, typer.Option("--candidates", help="Also unverified candidates (tier 3).")] = False,  # noqa: FBT002
    *,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """List phone numbers, addresses, accounts, amounts, dates and codes with every place where they stand."""
    from assistant.identifier_list import list_identifiers
    from assistant.keywords import neutralised

    with invocation(context).open(case_id) as case:
        rows = list_identifiers(case, kind, min_exhibits, candidates=candidates)
        case.log("consultation", "identifiers listed", {"kind": kind})
    if as_json:
        print_json(
            {
                "case": case_id,
                "identifiers": [
                    {
                        "kind": row.kind,
                        "normal": row.normal,
                        "tier": row.tier,
                        "exhibits": row.exhibits,
                        "places": [
                            {
                                "exhibit": place.exhibit_id,
                                "path": place.path,
                                "raw": place.raw,
                                "rule": place.rule,
                                "start": place.start,
                                "end": place.end,
                            }
                            for place in row.places
                        ],
                    }
                    for row in rows
                ],
            }
        )
    elif as_csv:
        writer = csv.writer(sys.stdout)
        writer.writerow(["kind", "value", "tier", "as written", "path", "start", "end", "rule"])
        for row in rows:
            for place in row.places:
                values = (row.kind, row.normal, str(row.tier), place.raw, place.path)
                writer.writerow([*(neutralised(v) for v in values), place.start, place.end, place.rule])
    else:
        for row in rows:
            value = printable(row.normal)
            typer.echo(f"{row.kind:<7} {value:<36} {len(row.places):>4} places in {row.exhibits} exhibits")


def mentions(context: typer.Context, what: str, case_id: InCase, *, as_json: Json = False) -> None:
    """List every place of a name, phrase or identifier, however it is written; nothing is cut off."""
    from assistant.documents import mentions_document
    from assistant.mentions import mentions_of
    from assistant.places import describe
    from ingest.identifiers.finder import case_finder

    what = typed(what)
    with invocation(context).open(case_id) as case:
        found = mentions_of(what, case.catalogue, case.fulltext, case_finder(case.description))
        case.log("consultation", "mentions listed", {"of": what, "places": len(found.mentions)})
    document = mentions_document(found)
    if as_json:
        print_json(document)
        return
    for place in found.mentions:
        typer.echo(printable(f"{place.exhibit.path}, {describe(place.locator)}: {' '.join(place.quote.split())}"))
    typer.echo(f"{len(found.mentions)} mentions of {what!r} in {len(found.per_exhibit)} exhibits.")
