"""`describe`: pictures of a case are described by the model, one after the other."""

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli.ingesting import ProgressForm, listener
from assistant.cli.invocation import Invocation, invocation, print_json
from assistant.cli.printable import printable, printable_text

if TYPE_CHECKING:
    from assistant.chat_models.port import ChatModel, Stopped
    from assistant.pictures.job import JobResult
    from casefile.case import Case
    from casefile.derivations import Pictured
    from casefile.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("describe")(describe)


def describe(
    context: typer.Context,
    case_id: Annotated[str, typer.Option("--case", help="Id of the case.")],
    exhibits: Annotated[
        list[str] | None,
        typer.Argument(metavar="EXHIBIT...", help="Pictures and scans, by id; none: all that have no description."),
    ] = None,
    *,
    page: Annotated[int, typer.Option(min=0, help="This page of a scan only; 0: all that wait.")] = 0,
    progress: Annotated[
        ProgressForm, typer.Option(help="Bars for people, or one JSON object a line for programs, on standard error.")
    ] = ProgressForm.BARS,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Have the model describe pictures and pages without text; what it writes is marked as made by a machine.

    It can be interrupted at any time; the same command goes on where it was. A description is no evidence: it helps
    to find a picture, and a citation of it opens the picture.
    """
    from assistant.cli.progress_lines import ProgressLines
    from assistant.pictures import model as models

    call = invocation(context)
    settings = call.settings()
    with call.open(case_id) as case, case.locked(), listener(progress) as telling:
        with closing(models.picture_model(call.home, settings)) as model, _asked_to_end() as stopped:
            places = _chosen(case, exhibits, model) if exhibits else None
            if places is not None and page:
                places = tuple(place for place in places if place.page == page)
            result = describe_waiting(call, case, settings, model, telling, places, stopped)
        document = _document(case, model, result)
        if isinstance(telling, ProgressLines) and not result.waiting:
            telling.finished({"complete": len(result.described), "failed": len(result.failures)})
    if as_json:
        print_json(document)
    else:
        _print(document)
    if result.failures or result.waiting:
        raise typer.Exit(1)


@contextmanager
def _asked_to_end() -> "Iterator[Stopped]":
    """Asked to end (SIGTERM), a run stops at the next step of the model and indexes what was described until then."""
    asked = threading.Event()
    before = signal.signal(signal.SIGTERM, lambda *_: asked.set())
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGTERM, before)


def describe_waiting(
    call: Invocation,
    case: "Case",
    settings: "Settings",
    model: "ChatModel",
    telling: Any,
    places: "Sequence[Pictured] | None" = None,
    stopped: "Stopped | None" = None,
) -> "JobResult":
    """Describe pictures (all that wait, where none are named) and index what was written; the lock must be held."""
    from assistant.embedding import make_embedder
    from assistant.pictures.job import JobListener, describe_pictures, undescribed
    from ingest.pipeline import Pipeline
    from ingest.rendering import Renderer

    waiting = undescribed(case, model) if places is None else places
    telling.begin("describe", len(waiting))
    listening = JobListener(lambda count: telling.advance("describe", count), telling.say)
    with Renderer(workers=1, cache_bytes=0) as renderer:
        result = describe_pictures(case, waiting, model, renderer, listening, stopped)
    model.close()  # its memory is needed for the index
    if result.described:
        Pipeline(case, settings, make_embedder(call.home, settings), telling).ingest(())
    return result


def describe_after_ingestion(call: Invocation, case: "Case", settings: "Settings", telling: Any) -> None:
    """What settings ask for: describe what was taken in. Where it cannot be done, the ingestion is good without it."""
    from assistant.pictures.model import can_describe, picture_model
    from casefile.errors import ModelError, ModelMissingError, ReaderProcessError, SettingsError

    try:
        if can_describe(call.home, settings):
            with closing(picture_model(call.home, settings)) as model:
                describe_waiting(call, case, settings, model, telling)
    except (ModelError, ModelMissingError, SettingsError, ReaderProcessError) as error:
        telling.say(f"Pictures were not described: {error}")


def tell_of_waiting(call: Invocation, case: "Case", settings: "Settings") -> None:
    """After an ingestion: how many pictures could be described, and how; nothing where there is no model that sees."""
    from assistant.pictures.job import undescribed
    from assistant.pictures.model import can_describe, picture_model
    from casefile.errors import ModelError, ModelMissingError, SettingsError

    try:
        if not can_describe(call.home, settings):
            return
        with closing(picture_model(call.home, settings)) as model:
            waiting = len(undescribed(case, model))
    except (ModelError, ModelMissingError, SettingsError):  # told by `doctor`, and when something is asked
        return
    if waiting:
        typer.echo(
            f"{waiting} pictures and scanned pages have no description yet: "
            f"`caseclerk describe --case {case.description.id}`."
        )


def _chosen(case: "Case", named: list[str], model: "ChatModel") -> "tuple[Pictured, ...]":
    """The pictures of these exhibits; what this model has described before is not described again.

    Raises:
        ExhibitNotFoundError: there is none, or several.
        ExhibitSealedError: one is sealed.
        UsageError: one is no picture and has no page without text.
    """
    from assistant.pictures.job import pictures_of, undescribed
    from casefile.errors import UsageError

    waiting = frozenset(undescribed(case, model))
    places: list[Pictured] = []
    for given in named:
        exhibit = case.catalogue.exhibit(given)
        case.catalogue.require_open(exhibit.id)
        found = pictures_of(case, exhibit)
        if not found:
            raise UsageError(f"{exhibit.name} is no picture that can be drawn, and has no page without text.")
        places += [place for place in found if place in waiting]
    return tuple(dict.fromkeys(places))


def _document(case: "Case", model: "ChatModel", result: "JobResult") -> dict[str, Any]:
    from assistant.documents import exhibit_document
    from assistant.records import ExhibitRef
    from casefile.derivations import Derivations

    made = Derivations(case.database).of(result.described)
    known = case.catalogue.exhibits_by_id([*made, *(one.source_id for one in made.values())])

    def ref(exhibit_id: str) -> dict[str, str]:
        exhibit = known[exhibit_id]
        return exhibit_document(ExhibitRef(exhibit.id, exhibit.name, exhibit.path))

    return {
        "case": case.description.id,
        "model": model.info.name,
        "model_sha256": model.info.sha256,
        "described": [
            {
                "picture": ref(made[exhibit_id].source_id),
                "page": made[exhibit_id].page or None,
                "description": ref(exhibit_id),
                "text": case.catalogue.text(exhibit_id),
            }
            for exhibit_id in result.described
        ],
        "failed": [
            {
                "picture": failure.place.exhibit_id,
                "path": failure.name,
                "page": failure.place.page or None,
                "because": failure.because,
            }
            for failure in result.failures
        ],
        "waiting": result.waiting,
    }


def _print(document: dict[str, Any]) -> None:
    for made in document["described"]:
        page = f", page {made['page']}" if made["page"] else ""
        typer.secho(printable(f"{made['picture']['path']}{page}"), bold=True)
        typer.echo(f"{printable_text(made['text']).strip()}\n")
    for failure in document["failed"]:
        typer.echo(printable(f"failed   {failure['path']}  ({failure['because']})"))
    typer.echo(f"{len(document['described'])} described, {len(document['failed'])} failed.")
