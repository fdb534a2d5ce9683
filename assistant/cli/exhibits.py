"""Exhibits: `exhibit list`, `show`, `seal`, `unseal`, `erase`."""

from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.invocation import interactive, invocation, print_json, typed
from assistant.cli.printable import printable

if TYPE_CHECKING:
    from casefile.erasing import ErasurePlan
    from casefile.records import Erasure, Seal

exhibit_app = typer.Typer(help="List exhibits; show, label, note, seal, unseal and erase one.", no_args_is_help=True)

InCase = Annotated[str, typer.Option("--case", help="Id of the case.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
ExhibitId = Annotated[str, typer.Argument(metavar="EXHIBIT", help="Its id, or the first 8 or more digits of it.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, in words; it is kept in the custody log.")]


@exhibit_app.command("list")
def exhibit_list(context: typer.Context, case_id: InCase, *, as_json: Json = False) -> None:
    """List the exhibits of a case, with their seals and labels."""
    with invocation(context).open(case_id) as case:
        found = case.catalogue.exhibits()
        seals = {one.exhibit_id: one for one in case.catalogue.seals()}
        labels = case.annotations.labels_by_exhibit()
        case.log("consultation", "exhibits listed")
    if as_json:
        fields = ("id", "name", "path", "media_type", "size", "status", "derived_from", "title", "sender")
        rows = [
            {
                **{name: getattr(row, name) for name in fields},
                "seal": seal_document(seals.get(row.id)),
                "labels": list(labels.get(row.id, ())),
            }
            for row in found
        ]
        print_json({"case": case_id, "exhibits": rows})
        return
    for row in found:
        marks = [f"sealed: {seals[row.id].ground.replace('_', ' ')}"] if row.id in seals else []
        marks += labels.get(row.id, ())
        tail = f"  [{'; '.join(marks)}]" if marks else ""
        typer.echo(f"{row.id[7:19]}  {row.status:<9} {row.media_type:<40.40} {printable(row.path + tail)}")


@exhibit_app.command("show")
def exhibit_show(context: typer.Context, exhibit: ExhibitId, case_id: InCase, *, as_json: Json = False) -> None:
    """Show what is known of one exhibit: hash, places, family, times, issues, texts, seal, labels, notes."""
    from assistant.documents import issue_document

    with invocation(context).open(case_id) as case:
        row = case.catalogue.exhibit(exhibit)
        document: dict[str, object] = {
            "id": row.id,
            "name": row.name,
            "path": row.path,
            "media_type": row.media_type,
            "bytes": row.size,
            "status": row.status,
            "derived_from": row.derived_from,
            "title": row.title,
            "sender": row.sender,
            "recipients": list(case.catalogue.recipients(row.id)),
            "sent_at": row.sent_at.isoformat() if row.sent_at else None,
            "occurrences": [line.path for line in case.catalogue.occurrences(row.id)],
            "parts": [line.path for line in case.catalogue.parts_of(row.id)],
            "texts": list(case.catalogue.text_versions(row.id)),
            "issues": [issue_document(issue) for issue in case.catalogue.issues(row.id)],
            "times": [
                {
                    "raw": placed.moment.raw,
                    "meaning": placed.moment.meaning,
                    "utc": placed.moment.utc.isoformat() if placed.moment.utc else None,
                    "precision": placed.moment.precision,
                    "zone": placed.moment.zone,
                    "zone_assumed": placed.moment.zone_assumed,
                    "alternatives": list(placed.moment.alternatives),
                }
                for placed in case.catalogue.moments(row.id)
            ],
            "seal": seal_document(case.catalogue.seal_of(row.id)),
            "labels": list(case.annotations.labels(row.id)),
            "notes": [
                {"id": note.id, "at": note.at.isoformat(), "actor": note.actor, "text": note.text}
                for note in case.annotations.notes(row.id)
            ],
        }
        case.log("consultation", "exhibit shown", {"exhibit": row.id})
    if as_json:
        print_json(document)
        return
    for name, value in document.items():
        if isinstance(value, dict):
            typer.echo(f"{name}: {printable('  '.join(str(inner) for inner in value.values() if inner))}")
        elif isinstance(value, list):
            typer.echo(f"{name}: {len(value) or 'none'}")
            for entry in value:
                shown = entry if isinstance(entry, str) else "  ".join(f"{v}" for v in entry.values() if v)
                typer.echo(f"    {printable(shown)}")
        else:
            typer.echo(f"{name}: {printable(str(value)) if value not in (None, '') else '-'}")


@exhibit_app.command("seal")
def exhibit_seal(
    context: typer.Context,
    exhibit: ExhibitId,
    case_id: InCase,
    reason: Reason,
    ground: Annotated[str, typer.Option(help="privileged, out_of_scope or other.")],
    *,
    parts: Annotated[bool, typer.Option("--parts/--no-parts", help="With what is nested in it.")] = True,
    as_json: Json = False,
) -> None:
    """Keep an exhibit from being searched, shown and cited. It stays in the ledger, and can be unsealed."""
    from casefile.seals import GROUNDS, seal

    chosen = next((one for one in GROUNDS if one == ground.replace("-", "_").replace(" ", "_")), None)
    if chosen is None:
        raise typer.BadParameter(f"{ground!r} is no ground: choose {', '.join(GROUNDS)}.", param_hint="--ground")
    with invocation(context).open(case_id) as case:
        sealed = seal(case, exhibit, chosen, typed(reason), with_parts=parts)
        known = case.catalogue.exhibits_by_id([one.exhibit_id for one in sealed])
    if as_json:
        print_json({"case": case_id, "sealed": [seal_document(one) for one in sealed]})
        return
    for one in sealed:
        typer.echo(printable(f"sealed    {one.exhibit_id[7:19]}  {known[one.exhibit_id].path}"))


@exhibit_app.command("unseal")
def exhibit_unseal(
    context: typer.Context, exhibit: ExhibitId, case_id: InCase, reason: Reason, *, as_json: Json = False
) -> None:
    """Open a sealed exhibit, and what was sealed along with it: everything is found again as before."""
    from casefile.seals import unseal

    with invocation(context).open(case_id) as case:
        opened = unseal(case, exhibit, typed(reason))
        known = case.catalogue.exhibits_by_id(opened)
    if as_json:
        print_json({"case": case_id, "unsealed": list(opened)})
        return
    for one in opened:
        typer.echo(printable(f"unsealed  {one[7:19]}  {known[one].path}"))


@exhibit_app.command("erase")
def exhibit_erase(
    context: typer.Context,
    exhibit: ExhibitId,
    case_id: InCase,
    reason: Reason,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; for scripts.")] = False,
    as_json: Json = False,
) -> None:
    """Erase an exhibit for good: original, text, vectors, quotes in answers. Shows first what goes; asks.

    Run it again when it was interrupted.
    """
    from casefile.erasing import erase, plan_erasure
    from casefile.errors import ExhibitNotFoundError, UsageError

    with invocation(context).open(case_id) as case:
        try:
            plan = plan_erasure(case, exhibit)
        except ExhibitNotFoundError:  # gone from the catalogue: then this call may finish an erasure
            plan = None
        if plan is not None and not yes:
            if not interactive():
                raise UsageError("Erasing needs a person at the terminal, or --yes in a script. Nothing was erased.")
            _show(plan)
            digits = plan.exhibit.id[7:15]
            if typer.prompt(f"There is no way back. Type {digits} to go on") != digits:
                raise UsageError("That was not the exhibit. Nothing was erased.")
        gone = erase(case, exhibit, typed(reason))
    if as_json:
        print_json({"case": case_id, "erased": list(gone), "plan": None if plan is None else plan_document(plan)})
        return
    for one in gone:
        typer.echo(f"erased    {one}")


def _show(plan: "ErasurePlan") -> None:
    """What an erasure takes away, before anybody agrees to it."""
    for part in (plan.exhibit, *plan.parts):
        typer.echo(printable(f"goes      {part.id[7:19]}  {part.path}"))
    for part in plan.kept:
        typer.echo(printable(f"stays     {part.id[7:19]}  {part.path}  (found elsewhere too)"))
    typer.echo(f"{len(plan.places)} places in the ledger, {plan.turns} answers that quote it, {plan.notes} notes.")


def plan_document(plan: "ErasurePlan") -> dict[str, object]:
    """What an erasure takes away, as JSON."""
    return {
        "exhibit": plan.exhibit.id,
        "parts": [part.id for part in plan.parts],
        "kept": [part.id for part in plan.kept],
        "places": list(plan.places),
        "turns": plan.turns,
        "notes": plan.notes,
        "held_by": list(plan.held_by),
    }


def seal_document(seal: "Seal | None") -> dict[str, object] | None:
    """A seal as JSON; null for none."""
    if seal is None:
        return None
    return {
        "exhibit": seal.exhibit_id,
        "ground": seal.ground,
        "reason": seal.reason,
        "actor": seal.actor,
        "at": seal.at.isoformat(),
        "sealed_with": seal.sealed_with,
        "with_parts": seal.with_parts,
    }


def erasure_document(erasure: "Erasure") -> dict[str, object]:
    """That an exhibit was erased, as JSON."""
    return {
        "id": erasure.exhibit_id,
        "at": erasure.at.isoformat(),
        "actor": erasure.actor,
        "reason": erasure.reason,
        "erased_with": erasure.erased_with,
    }
