"""Kept conversations: `conversations list|show|search|rename|remove|judged`."""

from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.invocation import confirm, invocation, one_line, print_json, typed
from assistant.cli.printable import printable

if TYPE_CHECKING:
    from casefile.conversations import ConversationSummary

app = typer.Typer(help="Look at conversations, find, rename and remove them.", no_args_is_help=True)

InCase = Annotated[str, typer.Option("--case", help="Id of the case.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Number = Annotated[int, typer.Argument(metavar="N", min=1, max=2**63 - 1, help="Number of the conversation.")]


@app.command("list")
def list_conversations(context: typer.Context, case_id: InCase, *, as_json: Json = False) -> None:
    """List all conversations of a case, newest first."""
    with invocation(context).open(case_id) as case:
        found = case.conversations.all()
    _tell(case_id, found, as_json=as_json)


@app.command("search")
def search(
    context: typer.Context,
    words: Annotated[list[str], typer.Argument(metavar="WORDS...", help="Words or parts of words.")],
    case_id: InCase,
    *,
    as_json: Json = False,
) -> None:
    """List the conversations in which all the words stand: in titles, questions, answers, quotes, names of sources."""
    with invocation(context).open(case_id) as case:
        found = case.conversations.search(typed(" ".join(words)))
    _tell(case_id, found, as_json=as_json)


def _tell(case_id: str, found: "tuple[ConversationSummary, ...]", *, as_json: bool) -> None:
    if as_json:
        print_json({"case": case_id, "conversations": [summary_document(one) for one in found]})
        return
    for one in found:
        typer.echo(printable(f"{one.id:>5}  {one.started_at:%Y-%m-%d %H:%M}  {one.turns:>4} questions  {one.title}"))
    if not found:
        typer.echo("No conversations.")


def summary_document(one: "ConversationSummary") -> dict[str, object]:
    """A conversation of a list as JSON."""
    from assistant.cli.kept_turns import parsed

    return {
        "id": one.id,
        "title": one.title,
        "started_at": one.started_at.isoformat(),
        "turns": one.turns,
        "scope": parsed(one.scope),
    }


@app.command("show")
def show(context: typer.Context, number: Number, case_id: InCase, *, as_json: Json = False) -> None:
    """Print all that was asked and answered in a conversation, with what it rests on."""
    from assistant.cli.kept_turns import print_turn, turn_document

    with invocation(context).open(case_id) as case:
        one = case.conversations.summary(number)
        turns = case.conversations.turns(one.id)
    if as_json:
        print_json({"case": case_id, **summary_document(one), "turns": [turn_document(turn) for turn in turns]})
        return
    typer.secho(printable(one.title), bold=True)
    for turn in turns:
        typer.echo()
        print_turn(turn)


@app.command("rename")
def rename(
    context: typer.Context,
    number: Number,
    title: Annotated[str, typer.Argument(metavar="TITLE", help="Its new title.")],
    case_id: InCase,
    *,
    as_json: Json = False,
) -> None:
    """Give a conversation another title."""
    new = one_line(title, "A conversation's title")
    with invocation(context).open(case_id) as case:
        one = case.conversations.summary(number)
        if new != one.title:
            with case.change("alteration", "conversation renamed", {"conversation": one.id}) as connection:
                case.conversations.rename(one.id, new, connection)
    if as_json:
        print_json({"case": case_id, "conversation": one.id, "title": new})
    else:
        typer.echo(printable(f"Conversation {one.id} is now called: {new}"))


@app.command("remove")
def remove(
    context: typer.Context,
    number: Number,
    case_id: InCase,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; for scripts.")] = False,
    as_json: Json = False,
) -> None:
    """Delete a conversation with its turns. What it cited stays, and so does the log of what was asked."""
    with invocation(context).open(case_id) as case:
        one = case.conversations.summary(number)
        if not yes:
            says = f"This deletes conversation {one.id} with {one.turns} questions: {one.title}."
            confirm(printable(says), str(one.id))
        details = {"conversation": one.id, "turns": one.turns}
        with case.change("erasure", "conversation removed", details) as connection:
            case.conversations.remove(one.id, connection)
    if as_json:
        print_json({"case": case_id, "removed": one.id, "turns": one.turns})
    else:
        typer.echo(f"Conversation {one.id} is deleted.")


@app.command("judged")
def judged(context: typer.Context, case_id: InCase) -> None:
    """Print every answer that somebody gave a verdict on, a JSON document a line: the case's own evaluation set."""
    from assistant.cli.kept_turns import judged_document

    with invocation(context).open(case_id) as case:
        turns = case.conversations.judged()
        case.log("disclosure", "judged answers printed", {"turns": len(turns)})
    for turn in turns:
        print_json(judged_document(turn))
