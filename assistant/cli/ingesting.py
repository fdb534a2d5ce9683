"""`ingest`: files and folders into a case."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.exhibits import exhibit_app
from assistant.cli.invocation import Invocation, invocation, print_json
from assistant.cli.printable import printable

if TYPE_CHECKING:
    from assistant.cli.progress_lines import ProgressLines
    from assistant.cli.terminal import Terminal
    from casefile.case import Case
    from casefile.settings import CaseDefaults


class ProgressForm(StrEnum):
    """How an ingestion tells how far it is."""

    BARS = "bars"
    LINES = "lines"


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("ingest")(ingest)
    exhibit_app.command("retry")(exhibit_retry)


def ingest(
    context: typer.Context,
    given: Annotated[list[str] | None, typer.Argument(metavar="PATH...", help="Files and folders to take in.")] = None,
    case_id: Annotated[str, typer.Option("--case", help="Id of the case; it is created when it does not exist.")] = "",
    *,
    reembed: Annotated[bool, typer.Option("--reembed", help="Drop all embeddings and make them again.")] = False,
    retry: Annotated[
        bool, typer.Option("--retry", help="Read what failed or was read in part once more; sealed exhibits are not.")
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Finish what an earlier run left, without new files.")
    ] = False,
    progress: Annotated[
        ProgressForm, typer.Option(help="Bars for people, or one JSON object a line for programs, on standard error.")
    ] = ProgressForm.BARS,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Read files and folders into a case. A run that was interrupted is resumed by the same command.

    Every file and every nested part ends in the ledger as complete, partial, failed or skipped, with the reason.
    Originals are copied and never changed.
    """
    from assistant.cli.describing import describe_after_ingestion, tell_of_waiting
    from assistant.cli.progress_lines import ProgressLines
    from assistant.documents import ingest_document
    from assistant.embedding import make_embedder
    from casefile.errors import UsageError
    from ingest.pipeline import Pipeline

    call = invocation(context)
    if not case_id:
        raise UsageError("Name the case with --case ID.")
    if any(not path for path in given or ()):
        raise UsageError("An empty path names nothing. Nothing was taken in.")
    paths = [Path(path) for path in given or ()]
    missing = [str(path) for path in paths if not is_there(path)]
    if missing:
        raise UsageError(f"There is no {missing[0]!r}. Nothing was taken in.")
    if not paths and not (reembed or retry or resume):
        raise UsageError("Name the files or folders to take in.")
    settings = call.settings()
    with open_or_create(call, case_id, settings.case) as case, case.locked(), listener(progress) as telling:
        pipeline = Pipeline(case, settings, make_embedder(call.home, settings), telling)
        result = pipeline.ingest(paths, reembed=reembed, retry=retry)
        document = ingest_document(case_id, result)
        if isinstance(telling, ProgressLines):
            telling.finished(document["totals"])
        elif settings.model.describe_pictures:
            describe_after_ingestion(call, case, settings, telling)
    if as_json:
        print_json(document)
    else:
        print_ledger(document)
        with call.open(case_id) as case:
            tell_of_waiting(call, case, settings)
    if result.totals.failed:
        raise typer.Exit(1)


def exhibit_retry(
    context: typer.Context,
    exhibits: Annotated[list[str], typer.Argument(metavar="EXHIBIT...", help="Ids, or beginnings of ids.")],
    case_id: Annotated[str, typer.Option("--case", help="Id of the case.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Read exhibits once more, whatever became of them before. Their older texts stay, for answers that cite them."""
    from casefile.rereading import read_again

    call = invocation(context)
    with call.open(case_id) as case, case.locked():
        read_again(case, [case.catalogue.exhibit(given).id for given in exhibits])
    ingest(context, None, case_id, resume=True, as_json=as_json)


def listener(form: ProgressForm) -> "Terminal | ProgressLines":
    """Who tells how far it is; a context manager."""
    from assistant.cli.progress_lines import ProgressLines
    from assistant.cli.terminal import Terminal

    return Terminal() if form is ProgressForm.BARS else ProgressLines()


def is_there(path: Path) -> bool:
    """Whether something stands at a path; what may not be looked at is there, and gets its line in the ledger."""
    try:
        path.lstat()
    except PermissionError:
        return True
    except (OSError, ValueError):
        return False
    return True


def open_or_create(call: Invocation, case_id: str, defaults: "CaseDefaults") -> "Case":
    """The case of that id; a new one gets the defaults of the settings."""
    from casefile.case import create_case
    from casefile.errors import CaseExistsError
    from casefile.records import CaseDescription
    from casefile.serial import now

    call.home.prepare()
    if (call.home.case_folder(case_id) / "case.db").is_file():
        return call.open(case_id)
    description = CaseDescription(
        case_id, case_id, "", "", defaults.region, defaults.time_zone, tuple(defaults.languages), now()
    )
    try:
        return create_case(call.home, description, call.actor)
    except CaseExistsError:  # another process has just created it
        return call.open(case_id)


def print_ledger(document: dict[str, object]) -> None:
    """What a person wants to know after an ingestion: the sums, and every file that is not complete."""
    rows = document["exhibits"]
    totals = document["totals"]
    assert isinstance(rows, list)
    assert isinstance(totals, dict)
    for row in rows:
        if row["status"] != "complete":
            why = "; ".join(f"{issue['category']}: {issue['message']}" for issue in row["issues"])
            typer.echo(f"{row['status']:<8} {printable(row['path'])}  ({printable(why)})")
    typer.echo(
        f"{len(rows)} files and parts: {totals['complete']} complete, {totals['partial']} partial, "
        f"{totals['failed']} failed, {totals['skipped']} skipped; {totals['passages']} passages."
    )
