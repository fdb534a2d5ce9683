"""`chat`: a conversation in the terminal, kept in the case."""

import io
import json
import sys
from contextlib import suppress
from pathlib import Path

import typer

from assistant.app import Assistant
from assistant.cli.answer_progress import AnswerProgress
from assistant.cli.answers import print_answer
from assistant.cli.consent import ask_first
from assistant.cli.invocation import interactive, typed
from assistant.cli.printable import printable, printable_text
from assistant.documents import answer_document
from assistant.embedding import make_embedder
from assistant.engines.writing.warming import warm_up_aside
from assistant.places import describe
from assistant.records import Answer, Turn
from assistant.tools.asking_first import approve, decline
from casefile.errors import CaseclerkError
from casefile.settings import Settings

HELP = """\
Ask in your own words; a follow-up such as "and when?" is understood from what was said before.
  /search, /open, /mentions, /count, /events, /export-mentions
                the tools, by name; /tools shows how each is written
  /add PATH     take a file or folder into the case and go on
  /source N     show the whole passage behind [N] of the last answer
  /new          begin a new conversation
  /help         this list
  /quit         leave (or Ctrl-D); Ctrl-C while an answer is written stops that answer only"""

OWN_COMMANDS = frozenset({"/quit", "/exit", "/new", "/source", "/add", "/help"})
"""Any other line is a question: the tools' slash commands are understood where questions are."""


class Chat:
    """One conversation. `go_on` is the id of an earlier one."""

    def __init__(self, assistant: Assistant, settings: Settings, go_on: int | None = None) -> None:
        self._assistant = assistant
        self._settings = settings
        self._conversation = go_on
        self._last: Answer | None = None
        self._history: list[Turn] = []
        if go_on is not None:
            self._history = [
                Turn(turn.question, turn.standalone, str(json.loads(turn.answer).get("answer", "")))
                for turn in assistant.case.conversations.turns(go_on)
                if turn.state == "done"
            ]

    def run(self) -> None:
        """Read questions until the end of input."""
        if interactive():
            with suppress(ImportError):
                import readline  # noqa: F401 - its import alone gives input() line editing and a history
        about = self._assistant.case.description
        coverage = self._assistant.case.catalogue.coverage()
        typer.echo(
            f"Case {about.id}: {printable(about.title)}. "
            f"{coverage.searched} of {coverage.exhibits} exhibits can be searched."
        )
        typer.echo("Ask a question; /help lists commands.")
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(errors="replace")
        self._assistant.warm_up()
        model = self._assistant.chat_model
        if model is not None and interactive():
            warm_up_aside(model, self._assistant.settings.model)
        while (line := self._prompt()) is not None:
            if not line.strip():
                continue
            try:
                if line.strip().partition(" ")[0] in OWN_COMMANDS:
                    if not self._command(line.strip()):
                        return
                else:
                    self._ask(line.strip())
            except CaseclerkError as error:
                typer.secho(printable(str(error)), fg=typer.colors.RED)

    def _prompt(self) -> str | None:
        try:
            return typed(input("\n> " if interactive() else ""))
        except EOFError:
            return None

    def _ask(self, question: str) -> None:
        if not interactive():
            typer.echo(f"\n> {printable(question)}")
        writes = self._assistant.engine.info.kind != "extractive"
        with AnswerProgress(prose=writes, stops=interactive()) as progress:
            answer = self._assistant.ask(question, tuple(self._history), listeners=progress.listeners())
        print_answer(answer)
        self._last = answer
        cited = tuple(dict.fromkeys(citation.exhibit.id for citation in answer.citations))
        if not progress.stopped:
            self._history.append(Turn(question, answer.standalone, answer.answer, cited))
        conversations = self._assistant.case.conversations
        if self._conversation is None:
            self._conversation = conversations.start(question[:80])
        document = json.dumps(answer_document(str(len(self._history)), answer), ensure_ascii=False)
        case = self._assistant.case
        turn = conversations.begin_turn(self._conversation, question, case.actor)
        conversations.finish_turn(turn, answer.standalone, document, "stopped" if progress.stopped else "done")
        ask_first(
            answer.steps,
            lambda index: approve(case, turn, index, case.actor),
            lambda index: decline(case, turn, index, case.actor),
        )

    def _command(self, line: str) -> bool:
        """Carry out a slash command; False ends the chat."""
        name, _, argument = line.partition(" ")
        if name in {"/quit", "/exit"}:
            return False
        if name == "/new":
            self._conversation, self._history, self._last = None, [], None
            typer.echo("A new conversation.")
        elif name == "/source":
            self._source(argument)
        elif name == "/add":
            self._add(argument.strip())
        else:
            typer.echo(HELP)
        return True

    def _source(self, argument: str) -> None:
        citations = self._last.citations if self._last is not None else ()
        chosen = next((c for c in citations if str(c.n) == argument.strip(" []")), None)
        if chosen is None:
            typer.echo("The last answer has no such source.")
            return
        case = self._assistant.case
        case.log("consultation", "source shown", {"exhibit": chosen.exhibit.id, "text": chosen.text_sha256})
        text = case.catalogue.text(chosen.exhibit.id, chosen.text_sha256)
        start, end = chosen.locator.start, chosen.locator.end
        typer.secho(printable(f"{chosen.exhibit.path}, {describe(chosen.locator)}, {chosen.exhibit.id}"), bold=True)
        typer.echo(printable_text(text[max(0, start - 400) : start]), nl=False)
        typer.secho(printable_text(text[start:end]), reverse=True, nl=False)
        typer.echo(printable_text(text[end : end + 400]))

    def _add(self, argument: str) -> None:
        from assistant.cli.ingesting import is_there, print_ledger
        from assistant.cli.terminal import Terminal
        from assistant.documents import ingest_document
        from ingest.pipeline import Pipeline

        try:
            path = Path(argument).expanduser()
        except RuntimeError:  # ~name of nobody
            path = Path(argument)
        if not argument or not is_there(path):
            typer.echo(f"There is no {argument!r}. Nothing was taken in.")
            return
        case = self._assistant.case
        with case.locked(), Terminal() as terminal:
            embedder = make_embedder(case.home, self._settings)
            result = Pipeline(case, self._settings, embedder, terminal).ingest([path])
        print_ledger(ingest_document(case.description.id, result))
        self._assistant.refresh()
