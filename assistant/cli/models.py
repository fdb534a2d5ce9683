"""Models on this machine: `models list|add|pull|verify|remove|use|where`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.invocation import confirm, interactive, invocation, print_json, typed
from assistant.cli.printable import printable, printable_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.cli.model_progress import FileProgress
    from assistant.models.catalogue import CatalogueEntry
    from assistant.models.records import InstalledModel, ModelRole
    from assistant.models.store import ModelStore

app = typer.Typer(
    help="Models on this machine: list, add from a stick, download, verify, remove, and say which is in use.",
    no_args_is_help=True,
)

ModelId = Annotated[str, typer.Argument(metavar="ID", help="The model's id, as `models list` shows it.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask; for scripts.")]


@app.command("list")
def list_models(context: typer.Context, *, as_json: Json = False) -> None:
    """List what is on this machine, what of it is in use, and what else the catalogue has. No network is used."""
    from assistant.models.catalogue import load_catalogue

    store = _store(context)
    choices = store.choices()
    rows = [_installed_row(model, in_use=choices.get(model.role) == model.id) for model in store.installed()]
    rows += [{"id": broken.id, "state": "broken", "reason": broken.reason} for broken in store.broken()]
    there = {row["id"] for row in rows}
    coming = frozenset(store.coming_ids())
    entries = load_catalogue(store.folder).entries
    rows += [_available_row(entry, begun=entry.id in coming) for entry in entries if entry.id not in there]
    if as_json:
        print_json({"folder": str(store.folder), "in_use": dict(choices), "models": rows})
        return
    for row in rows:
        typer.echo(printable(_line(row)))
    typer.echo(
        "\nDownload one: caseclerk models pull ID. From a stick: caseclerk models add PATH. "
        "Then: caseclerk models use ID"
    )


def _installed_row(model: "InstalledModel", *, in_use: bool) -> dict[str, object]:
    return {
        "id": model.id,
        "state": "in use" if in_use else "installed",
        "role": model.role,
        "bytes": model.bytes,
        "licence": model.licence,
        "sha256": model.sha256,
        "path": str(model.path),
        "architecture": model.architecture,
        "quantisation": model.quantisation,
        "partner": model.partner,
        "settings": dict(model.settings),
    }


def _available_row(entry: "CatalogueEntry", *, begun: bool) -> dict[str, object]:
    why_not = entry.why_not_pinned()
    return {
        "id": entry.id,
        "state": "by file only" if why_not else "begun" if begun else "to be had",
        "role": entry.role,
        "bytes": entry.bytes,
        "licence": entry.licence,
        "sha256": entry.sha256,
        "title": entry.title,
        "host": entry.host,
        "revision": entry.revision,
        "note": entry.note,
    }


def _line(row: dict[str, object]) -> str:
    if row["state"] == "broken":
        return f"{row['id']:<24} broken        {row['reason']}"
    about = " ".join(str(row[name]) for name in ("title", "architecture", "quantisation") if row.get(name))
    size = f"{int(str(row['bytes'])) / 1e9:.2f} GB"
    licence = row["licence"] or "licence unknown"
    return f"{row['id']:<24} {row['state']:<13} {row['role']:<10} {size:>9}  {licence:<16} {about}"


@app.command("add")
def add_model(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A GGUF file, or the folder of a model in safetensors.")],
    model_id: Annotated[str, typer.Option("--id", help="Its id here; else the catalogue's, or made of its name.")] = "",
    role: Annotated[
        str | None, typer.Option(help="chat, vision, embedding, reranker or speech; else what its metadata say.")
    ] = None,
    partner: Annotated[str, typer.Option(help="Of a vision projector: id of the chat model it was made for.")] = "",
    query_prefix: Annotated[
        str | None, typer.Option(help="Of an embedding model: what it wants before each question.")
    ] = None,
    passage_prefix: Annotated[
        str | None, typer.Option(help="Of an embedding model: what it wants before each passage.")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Add a model from a file or folder, such as one on a stick: it is identified, copied and hashed. No network."""
    from assistant.cli.model_progress import FileProgress
    from assistant.models.adding import Wish, add
    from assistant.models.catalogue import load_catalogue

    store = _store(context)
    prefixes = {"query_prefix": query_prefix, "passage_prefix": passage_prefix}
    settings = {name: typed(value) for name, value in prefixes.items() if value is not None}
    wish = Wish(model_id, _role(role) if role else None, partner, settings)
    with FileProgress(quiet=as_json) as progress:
        added = add(store, load_catalogue(store.folder), path, wish, progress)
    if as_json:
        print_json({**_installed_row(added.model, in_use=False), "catalogue": added.known})
        return
    says = {
        "same": "Its SHA-256 is that of the catalogue.",
        "unpinned": "The catalogue knows its name and size, not its SHA-256: compare it with what its maker publishes.",
        "own": "The catalogue does not know it: its licence and where it is from are yours to keep.",
    }
    typer.echo(
        printable_text(
            f"{added.model.id} is here. {says[added.known]}\nSHA-256 {added.model.sha256}\n{_next(store, added.model)}"
        )
    )


@app.command("pull")
def pull_model(context: typer.Context, model_id: ModelId, *, yes: Yes = False, as_json: Json = False) -> None:
    """Download a model of the catalogue. It asks first; what comes is hashed; a download that was cut short goes on.

    This is the only command that downloads anything. It needs a network, or a proxy in HTTPS_PROXY.
    """
    from assistant.cli.model_progress import FileProgress
    from assistant.models.catalogue import load_catalogue
    from assistant.models.installing import require_new
    from assistant.models.pulling import pull, require_pinned
    from casefile.errors import UsageError

    store = _store(context)
    entry = load_catalogue(store.folder).get(model_id)
    require_pinned(entry)
    require_new(store, model_id)
    if not yes:
        if not interactive() or as_json:
            raise UsageError(
                "Downloading needs a person at the terminal, or --yes in a script. Nothing was downloaded."
            )
        typer.echo(printable(offer(entry, store.folder)))
        if not typer.confirm("Download it?"):
            raise UsageError("Nothing was downloaded.")
    with FileProgress(quiet=as_json) as progress:
        model = pull(store, entry, progress)
    if as_json:
        print_json(_installed_row(model, in_use=False))
    else:
        typer.echo(printable_text(f"{model.id} is here, with the SHA-256 of the catalogue.\n{_next(store, model)}"))


def offer(entry: "CatalogueEntry", folder: Path) -> str:
    """What a person is told before a download."""
    return (
        f"{entry.title}: {entry.bytes / 1e9:.2f} GB, licence {entry.licence}, from {entry.host} (and where "
        f"that redirects to) to {folder / entry.id}. Only the model is asked for; nothing of any case is sent."
    )


@app.command("verify")
def verify_models(
    context: typer.Context,
    model_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="One model; else all.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Hash the files of one model, or of all, again. Exit 1 when a file is missing or has changed."""
    from assistant.cli.model_progress import FileProgress

    store = _store(context)
    ids = (model_id,) if model_id else store.ids()
    with FileProgress(quiet=as_json) as progress:
        rows = [(one, _problems(store, one, progress)) for one in ids]
    if as_json:
        print_json({"models": [{"id": one, "sound": not problems, "problems": problems} for one, problems in rows]})
    else:
        _print_verified(rows)
    if any(problems for _, problems in rows):
        raise typer.Exit(1)


def _problems(store: "ModelStore", model_id: str, progress: "FileProgress") -> list[str]:
    """What is wrong with a model's files."""
    from assistant.models.installing import sha256_of
    from casefile.errors import ModelMissingError

    problems = []
    try:
        for file in store.record(model_id).files:
            found = sha256_of(store.folder_of(model_id) / file.name, f"{model_id}/{file.name}", progress)
            if found != file.sha256:
                problems.append(f"{file.name} has the SHA-256 {found}, not {file.sha256}")
    except ModelMissingError as error:
        problems.append(str(error))
    return problems


def _print_verified(rows: "Sequence[tuple[str, list[str]]]") -> None:
    for one, problems in rows:
        typer.echo(f"{one:<24} {'CHANGED' if problems else 'as it came'}")
        for problem in problems:
            typer.echo(printable(f"  {problem}"))
    if not rows:
        typer.echo("No models yet.")
    if any(problems for _, problems in rows):
        typer.echo("Do not use a changed model: remove it (caseclerk models remove ID) and bring it again.")


@app.command("remove")
def remove_model(context: typer.Context, model_id: ModelId, *, yes: Yes = False, as_json: Json = False) -> None:
    """Take a model, or what came of it in part, from the disk. Asks for its id."""
    store = _store(context)
    used = [role for role, chosen in store.choices().items() if chosen == model_id]
    if not yes:
        means = f" It is in use for {', '.join(used)}: {_without(used[0])}" if used else ""
        confirm(printable(f"This takes {store.folder_of(model_id)} from the disk.{means}"), model_id)
    store.remove(model_id)
    if as_json:
        print_json({"removed": model_id, "was_in_use": used})
    else:
        typer.echo(printable(f"{model_id} is removed.{' ' + _without(used[0]) if used else ''}"))


@app.command("use")
def use_model(
    context: typer.Context,
    model_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="The model; its role is its own.")] = None,
    built_in: Annotated[
        str | None, typer.Option("--built-in", metavar="ROLE", help="Use no added model for this role any more.")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Use a model from now on: a chat model writes answers, an embedding model finds by meaning, and so on.

    A case that was embedded with another model has to be embedded again: caseclerk ingest --case ID --reembed.
    """
    from casefile.errors import UsageError

    store = _store(context)
    if (model_id is None) == (built_in is None):
        raise UsageError("Name one model, or a role with --built-in. `caseclerk models list` shows the models here.")
    if built_in is not None:
        role = _role(built_in)
        store.release(role)
        says = _without(role)
    else:
        assert model_id is not None
        model = store.use(model_id)
        role, says = model.role, _from_now_on(store, model)
    if as_json:
        print_json({"role": role, "in_use": model_id})
    else:
        typer.echo(printable(says))


@app.command("where")
def where(
    context: typer.Context,
    model_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="One model; else the folder of all.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Print the path of a model (its file, or its folder), or of the folder of all models."""
    store = _store(context)
    path = store.get(model_id).path if model_id else store.folder
    if as_json:
        print_json({"id": model_id, "path": str(path)})
    else:
        typer.echo(printable(str(path)))


def _store(context: typer.Context) -> "ModelStore":
    from assistant.models.store import ModelStore

    home = invocation(context).home
    home.prepare()
    return ModelStore(home.models)


def _role(value: str) -> "ModelRole":
    from assistant.models.store import ROLES
    from casefile.errors import UsageError

    found = next((role for role in ROLES if role == value), None)
    if found is None:
        raise UsageError(f"{value!r} is no role. Roles are: {', '.join(ROLES)}.")
    return found


_REEMBED = "A case that was embedded with another model has to be embedded again: caseclerk ingest --case ID --reembed"


def _next(store: "ModelStore", model: "InstalledModel") -> str:
    if model.role == "vision":
        here = any(one.id == model.partner and one.role == "chat" for one in store.installed())
        missing = "" if here else f" There is no chat model {model.partner} here yet."
        return f"It is used with {model.partner} when pictures are described.{missing}"
    return f"Use it with: caseclerk models use {model.id}"


def _from_now_on(store: "ModelStore", model: "InstalledModel") -> str:
    match model.role:
        case "chat":
            eyes = store.projector_for(model)
            return f"{model.id} writes the answers from now on{f', {eyes.id} looks at pictures' if eyes else ''}."
        case "vision":
            return f"{model.id} looks at pictures for {model.partner} from now on."
        case "embedding":
            return f"{model.id} finds by meaning from now on. {_REEMBED}"
        case "reranker":
            return f"{model.id} puts what was found in order from now on."
        case "speech":
            return f"{model.id} is kept for recordings, which this version does not read yet."


def _without(role: "ModelRole") -> str:
    match role:
        case "chat":
            return "Answers come from the built-in engine now: quotes only."
        case "embedding":
            return f"The built-in embedding model finds by meaning now. {_REEMBED}"
        case "vision" | "reranker" | "speech":
            return f"No model is in use for {role} now."
