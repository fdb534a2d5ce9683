"""Keyword lists kept with the case: `keywords list|show|save|run|rename|remove`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from assistant.cli.invocation import confirm, invocation, print_json, typed
from assistant.cli.printable import printable, printable_text

app = typer.Typer(help="Keep keyword lists with the case, and search for their terms.", no_args_is_help=True)

InCase = Annotated[str, typer.Option("--case", help="Id of the case.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print CSV for a spreadsheet program.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="The list's name.")]


@app.command("list")
def list_lists(context: typer.Context, case_id: InCase, *, as_json: Json = False) -> None:
    """List the keyword lists of a case."""
    with invocation(context).open(case_id) as case:
        rows = [
            {"name": one.name, "terms": _term_count(one.terms), "actor": one.actor, "at": one.at.isoformat()}
            for one in case.keyword_lists.all()
        ]
    if as_json:
        print_json({"case": case_id, "lists": rows})
        return
    for row in rows:
        typer.echo(printable(f"{row['terms']:>6} terms  {row['name']}  ({row['actor']}, {row['at']})"))
    if not rows:
        typer.echo("No keyword lists yet. Keep one with: caseclerk keywords save NAME FILE --case ID")


def _term_count(terms: str) -> int:
    lines = (line.strip() for line in terms.splitlines())
    return sum(bool(line) and not line.startswith("#") for line in lines)


@app.command("show")
def show(context: typer.Context, name: Name, case_id: InCase, *, as_json: Json = False) -> None:
    """Print a list as it is kept, a term a line: `search --terms` reads it."""
    with invocation(context).open(case_id) as case:
        one = case.keyword_lists.get(typed(name))
    if as_json:
        print_json(
            {"case": case_id, "name": one.name, "actor": one.actor, "at": one.at.isoformat(), "terms": one.terms}
        )
    elif sys.stdout.isatty():
        typer.echo(printable_text(one.terms))
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(f"{one.terms}\n".encode())
        sys.stdout.buffer.flush()


@app.command("save")
def save(
    context: typer.Context,
    name: Name,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Plain text in UTF-8, a term a line.")],
    case_id: InCase,
    *,
    as_json: Json = False,
) -> None:
    """Keep a list under a name; a list of that name is replaced. A list with a wrong line is not kept."""
    from assistant.keyword_terms import parse_terms
    from casefile.errors import UsageError
    from casefile.keyword_lists import LONGEST_LIST, list_name

    try:
        with file.open(encoding="utf-8-sig") as stream:
            terms = stream.read(LONGEST_LIST + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}. A keyword list is plain text in UTF-8.") from error
    if len(terms) > LONGEST_LIST:
        raise UsageError(f"A keyword list has at most {LONGEST_LIST:,} characters.")
    terms = terms.strip()
    count = len(parse_terms(terms))
    kept = list_name(typed(name))
    with invocation(context).open(case_id) as case:
        old = {one.name: one.terms for one in case.keyword_lists.all()}.get(kept)
        if old != terms:
            case.keyword_lists.save(kept, terms)
    became = "new" if old is None else "unchanged" if old == terms else "replaced"
    if as_json:
        print_json({"case": case_id, "name": kept, "terms": count, "list": became})
    else:
        typer.echo(printable(f"{kept}: {count} terms, {became}. Search with: caseclerk keywords run NAME --case ID"))


@app.command("run")
def run(context: typer.Context, name: Name, case_id: InCase, *, as_json: Json = False, as_csv: Csv = False) -> None:
    """Search for every term of a kept list, as `search --terms` does."""
    from assistant.cli.keyword_output import print_found
    from casefile.errors import UsageError

    if as_json and as_csv:
        raise UsageError("Choose --json or --csv.")
    with invocation(context).open(case_id) as case:
        one = case.keyword_lists.get(typed(name))
        print_found(case, one.name, one.terms, as_json=as_json, as_csv=as_csv)


@app.command("rename")
def rename(
    context: typer.Context,
    name: Name,
    new: Annotated[str, typer.Argument(metavar="NEW", help="Its new name.")],
    case_id: InCase,
    *,
    as_json: Json = False,
) -> None:
    """Give a list another name."""
    from casefile.keyword_lists import list_name

    old, wanted = list_name(typed(name)), list_name(typed(new))
    with invocation(context).open(case_id) as case:
        if wanted != case.keyword_lists.get(old).name:
            case.keyword_lists.rename(old, wanted)
    if as_json:
        print_json({"case": case_id, "name": wanted, "was": old})
    else:
        typer.echo(printable(f"{old} is now {wanted}."))


@app.command("remove")
def remove(
    context: typer.Context,
    name: Name,
    case_id: InCase,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; for scripts.")] = False,
    as_json: Json = False,
) -> None:
    """Take a list away. Asks for its name."""
    with invocation(context).open(case_id) as case:
        one = case.keyword_lists.get(typed(name))
        if not yes:
            says = f"This takes away the keyword list {one.name} with {_term_count(one.terms)} terms."
            confirm(printable(says), one.name)
        case.keyword_lists.remove(one.name)
    if as_json:
        print_json({"case": case_id, "removed": one.name})
    else:
        typer.echo(printable(f"The keyword list {one.name} is taken away."))
