"""What people write on exhibits: `exhibit label`, `unlabel`, `note`."""

from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.exhibits import ExhibitId, InCase, Json, exhibit_app
from assistant.cli.invocation import confirm, invocation, print_json, typed
from assistant.cli.printable import printable, printable_text

if TYPE_CHECKING:
    from casefile.annotations import Note
    from casefile.case import Case

Names = Annotated[list[str], typer.Argument(metavar="NAME...", help="One label or several.")]


def register(_app: typer.Typer) -> None:
    """Add the commands of this module to those of `exhibit`."""
    exhibit_app.command("label")(exhibit_label)
    exhibit_app.command("unlabel")(exhibit_unlabel)
    exhibit_app.command("note")(exhibit_note)


def exhibit_label(
    context: typer.Context, exhibit: ExhibitId, names: Names, case_id: InCase, *, as_json: Json = False
) -> None:
    """Give an exhibit labels, to gather it with others."""
    from casefile.annotations import label_name

    wanted = [label_name(typed(name)) for name in names]  # all of them, before the first is put on
    with invocation(context).open(case_id) as case:
        found = case.catalogue.exhibit(exhibit).id
        for name in wanted:
            case.annotations.label(found, name)
        labels = case.annotations.labels(found)
    _tell_labels(case_id, found, labels, as_json=as_json)


def exhibit_unlabel(
    context: typer.Context, exhibit: ExhibitId, names: Names, case_id: InCase, *, as_json: Json = False
) -> None:
    """Take labels off an exhibit."""
    from casefile.annotations import label_name
    from casefile.errors import UsageError

    wanted = list(dict.fromkeys(label_name(typed(name)) for name in names))
    with invocation(context).open(case_id) as case:
        found = case.catalogue.exhibit(exhibit).id
        there = case.annotations.labels(found)
        lacking = [repr(name) for name in wanted if name not in there]
        if lacking:
            raise UsageError(f"Exhibit {found[7:19]} has no label {', '.join(lacking)}. Nothing was taken off.")
        for name in wanted:
            case.annotations.unlabel(found, name)
        labels = case.annotations.labels(found)
    _tell_labels(case_id, found, labels, as_json=as_json)


def _tell_labels(case_id: str, exhibit_id: str, labels: tuple[str, ...], *, as_json: bool) -> None:
    if as_json:
        print_json({"case": case_id, "exhibit": exhibit_id, "labels": list(labels)})
    else:
        typer.echo(printable(f"{exhibit_id[7:19]}  {'; '.join(labels) or 'no labels'}"))


def exhibit_note(
    context: typer.Context,
    exhibit: ExhibitId,
    case_id: InCase,
    add: Annotated[str | None, typer.Option("--add", metavar="TEXT", help="Write a note.")] = None,
    edit: Annotated[tuple[int, str] | None, typer.Option("--edit", metavar="N TEXT", help="Change note N.")] = None,
    remove: Annotated[int | None, typer.Option("--remove", metavar="N", help="Take note N away.")] = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before a note is taken away.")] = False,
    as_json: Json = False,
) -> None:
    """List the notes on an exhibit, write one, change one, or take one away."""
    from casefile.errors import UsageError

    if sum(given is not None for given in (add, edit, remove)) > 1:
        raise UsageError("One thing at a time: --add, --edit or --remove.")
    with invocation(context).open(case_id) as case:
        found = case.catalogue.exhibit(exhibit).id
        if add is not None:
            case.annotations.add_note(found, _text(add))
        elif edit is not None:
            case.annotations.edit_note(_note_of(case, found, edit[0]).id, _text(edit[1]))
        elif remove is not None:
            note = _note_of(case, found, remove)
            if not yes:
                confirm(f"This takes away note {note.id} by {printable(note.actor)}.", str(note.id))
            case.annotations.remove_note(note.id)
        else:
            case.log("consultation", "exhibit shown", {"exhibit": found})
        notes = case.annotations.notes(found)
    if as_json:
        print_json({"case": case_id, "exhibit": found, "notes": [note_document(note) for note in notes]})
        return
    for note in notes:
        changed = f", changed {note.edited_at:%Y-%m-%d %H:%M} by {note.edited_by}" if note.edited_at else ""
        typer.secho(printable(f"{note.id}  {note.at:%Y-%m-%d %H:%M}  {note.actor}{changed}"), bold=True)
        typer.echo(printable_text(note.text))
    if not notes:
        typer.echo("No notes.")


def _text(text: str) -> str:
    """A note's text as the page keeps it: line ends as LF, no blanks around."""
    return typed(text).replace("\r\n", "\n").replace("\r", "\n").strip()


def _note_of(case: "Case", exhibit_id: str, number: int) -> "Note":
    from casefile.errors import UsageError

    note = next((one for one in case.annotations.notes(exhibit_id) if one.id == number), None)
    if note is None:
        raise UsageError(f"There is no note {number} on this exhibit.")
    return note


def note_document(note: "Note") -> dict[str, object]:
    """A note as JSON."""
    return {
        "id": note.id,
        "at": note.at.isoformat(),
        "actor": note.actor,
        "text": note.text,
        "edited_at": note.edited_at.isoformat() if note.edited_at else None,
        "edited_by": note.edited_by,
    }
