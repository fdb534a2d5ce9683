"""`search`, `ask` and `chat`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.invocation import BatchLine, invocation, print_json, read_batch, typed
from assistant.cli.printable import printable

if TYPE_CHECKING:
    from assistant.app import Assistant
    from assistant.records import Answer
    from assistant.retrieval.filters import Filters
    from assistant.tools.records import ToolOutcome
    from casefile.case import Case

InCase = Annotated[str, typer.Option("--case", help="Id of the case.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON: one document, or one a line with --batch.")]
Batch = Annotated[
    Path | None, typer.Option("--batch", help='A file with one {"id": ..., "question": ...} a line; models load once.')
]
Engine = Annotated[
    str | None,
    typer.Option(
        metavar="ENGINE",
        help="What writes the answer: extractive (built in, quotes only), ministral (a model on this machine), "
        "server (one on your server), auto (a model where one is in use, else quotes). Without it settings say.",
    ),
]
Types = Annotated[list[str] | None, typer.Option("--type", help="Only this media type, such as application/pdf.")]
Exhibits = Annotated[list[str] | None, typer.Option("--exhibit", help="Only this exhibit (id or first 8 digits).")]
Senders = Annotated[list[str] | None, typer.Option("--sender", help="Only mail from this sender.")]
Since = Annotated[str | None, typer.Option("--since", metavar="YYYY-MM-DD", help="Only what is dated on or after.")]
Until = Annotated[str | None, typer.Option("--until", metavar="YYYY-MM-DD", help="Only what is dated on or before.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("search")(search)
    app.command("ask")(ask)
    app.command("chat")(chat)


def search(
    context: typer.Context,
    case_id: InCase,
    question: Annotated[str | None, typer.Argument(metavar="Q", help="A question, words, a name, a number.")] = None,
    batch: Batch = None,
    terms: Annotated[Path | None, typer.Option("--terms", help="A keyword list, one term a line.")] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="With --terms: print CSV.")] = False,  # noqa: FBT002
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many passages.")] = 10,
    exhibits: Exhibits = None,
    types: Types = None,
    senders: Senders = None,
    since: Since = None,
    until: Until = None,
    *,
    as_json: Json = False,
) -> None:
    """Find passages; with --terms run a keyword list over the whole case.

    A keyword list has one term a line: "a phrase", crane*, *kran, term~1 (one letter may differ),
    AND, OR, NOT and brackets; lines that begin with # are comments. Terms without a hit are kept.
    """
    from assistant.documents import search_document
    from casefile.errors import UsageError

    if terms is not None:
        _keywords(context, case_id, terms, as_json=as_json, as_csv=as_csv)
        return
    lines = _lines(question, batch)
    call = invocation(context)
    with call.open(case_id) as case:
        if as_csv:
            raise UsageError("--csv goes with --terms.")
        assistant = _assistant(context, case)
        filters = _filters(assistant, exhibits, types, senders, since, until)
        for line in lines:
            found = assistant.search(line.question, k, filters)
            document = search_document(line.id, line.question, found.passages, found.coverage, found.timings_ms)
            if as_json or batch is not None:
                print_json(document)
            else:
                _print_passages(document)


def ask(
    context: typer.Context,
    case_id: InCase,
    question: Annotated[str | None, typer.Argument(metavar="Q", help="The question.")] = None,
    batch: Batch = None,
    engine: Engine = None,
    exhibits: Exhibits = None,
    types: Types = None,
    senders: Senders = None,
    since: Since = None,
    until: Until = None,
    *,
    as_json: Json = False,
) -> None:
    """Answer a question from the case, each sentence with a quote that code has found in the original."""
    from assistant.cli.answer_progress import AnswerProgress
    from assistant.cli.answers import print_answer
    from assistant.documents import answer_document
    from assistant.records import Turn

    lines = _lines(question, batch)
    call = invocation(context)
    with call.open(case_id) as case:
        assistant = _answering(context, case, engine)
        filters = _filters(assistant, exhibits, types, senders, since, until)
        for line in lines:
            history = tuple(Turn(asked, asked, answer) for asked, answer in line.history)
            with AnswerProgress(prose=False, stops=False) as progress:
                answer = assistant.ask(line.question, history, filters, progress.listeners())
            if as_json or batch is not None:
                print_json(answer_document(line.id, answer))
            else:
                print_answer(answer)
                _ask_first(case, answer, filters)


def _ask_first(case: "Case", answer: "Answer", filters: "Filters | None") -> None:
    """Ask a person before a tool writes; one question is kept in no conversation, so the yes is taken here."""
    from assistant.cli.consent import ask_first
    from assistant.retrieval.filters import allowed_exhibits
    from assistant.tools.asking_first import run_approved

    def approve(index: int) -> "ToolOutcome":
        step = answer.steps[index]
        return run_approved(case, step.tool, step.arguments, case.actor, allowed_exhibits(case.catalogue, filters))

    ask_first(answer.steps, approve, lambda _: None)


def chat(
    context: typer.Context,
    case_id: InCase,
    engine: Engine = None,
    go_on: Annotated[
        int | None, typer.Option("--continue", metavar="N", min=1, max=2**53, help="Go on with conversation N.")
    ] = None,
) -> None:
    """Ask one question after another in the terminal; the conversation is kept in the case. /help lists commands."""
    from assistant.cli.chatting import Chat

    call = invocation(context)
    with call.open(case_id) as case:
        Chat(_answering(context, case, engine), call.settings(), go_on).run()


def _assistant(context: typer.Context, case: "Case") -> "Assistant":
    """For what needs no answer."""
    from assistant.app import Assistant

    return Assistant(case, invocation(context).settings())


def _answering(context: typer.Context, case: "Case", engine: str | None) -> "Assistant":
    """With the engine that was named, or the one of settings.

    Raises:
        ModelUnavailableError: that one cannot answer on this machine; says what to do.
    """
    from assistant.app import Assistant
    from assistant.chat_models.choosing import chat_model

    settings = invocation(context).settings({"answering.engine": engine})
    return Assistant(case, settings, chat_model=chat_model(case.home, settings))


def _lines(question: str | None, batch: Path | None) -> tuple[BatchLine, ...]:
    from casefile.errors import UsageError

    if (question is None) == (batch is None):
        raise UsageError("Give a question, or a file of questions with --batch.")
    if batch is not None:
        return read_batch(batch)
    assert question is not None
    if not question.strip():
        raise UsageError("The question is empty.")
    return (BatchLine("1", typed(question)),)


def _filters(
    assistant: "Assistant",
    exhibits: list[str] | None,
    types: list[str] | None,
    senders: list[str] | None,
    since: str | None,
    until: str | None,
) -> "Filters | None":
    from datetime import UTC, date, datetime, timedelta

    from assistant.retrieval.filters import Filters
    from casefile.errors import UsageError

    def day(text: str | None) -> datetime | None:
        if text is None:
            return None
        try:
            return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError as error:
            raise UsageError(f"{text!r} is no date; write it as 2024-05-31.") from error

    last = day(until)
    filters = Filters(
        exhibit_ids=tuple(assistant.case.catalogue.exhibit(name).id for name in exhibits or ()),
        media_types=tuple(types or ()),
        senders=tuple(senders or ()),
        since=day(since),
        until=None if last is None or last.date() == date.max else last + timedelta(days=1),
    )
    return None if filters.is_empty else filters


def _print_passages(document: dict[str, object]) -> None:
    passages = document["passages"]
    assert isinstance(passages, list)
    for found in passages:
        locator = found["locator"]
        typer.secho(f"{found['rank']:>3}. {printable(found['exhibit']['path'])}", bold=True, nl=False)
        typer.echo(f"  [{locator['start']}:{locator['end']}]  {found['exhibit']['id'][7:19]}")
        typer.echo(f"     {printable(' '.join(found['text'].split()))}")
    if not passages:
        typer.echo("Nothing found.")


def _keywords(context: typer.Context, case_id: str, terms: Path, *, as_json: bool, as_csv: bool) -> None:
    from assistant.cli.keyword_output import print_keywords

    with invocation(context).open(case_id) as case:
        print_keywords(case, terms, as_json=as_json, as_csv=as_csv)
