"""The root command: global options, error handling, and where the verbs are put together."""

import io
import os
import sys
from collections.abc import Sequence
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated

import typer

from assistant.cli import (
    annotating,
    asking,
    cases,
    checking,
    conversing,
    custody,
    describing,
    ingesting,
    inspecting,
    keyword_lists,
    machine,
    models,
    serving,
)
from assistant.cli.ending import flushed, send_rest_nowhere, tell, told
from assistant.cli.invocation import Invocation, actor_name

FURTHER_COMMANDS = "caseclerk.commands"
"""Entry points of packages that stand above this one: a name and a typer application each."""
INTERRUPTED = 130
"""Exit code after Ctrl-C: 128 and the number of SIGINT, as shells have it."""

app = typer.Typer(
    name="caseclerk",
    help="A local assistant for investigators: answers from case files, with citations that code has checked.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(cases.app, name="case")
app.add_typer(conversing.app, name="conversations")
app.add_typer(keyword_lists.app, name="keywords")
app.add_typer(custody.app, name="custody")
app.add_typer(machine.settings_app, name="settings")
app.add_typer(models.app, name="models")
for group in (ingesting, describing, asking, inspecting, annotating, checking, serving, machine):
    group.register(app)


@cache
def add_further_commands() -> None:
    """Add the command groups that installed packages bring, such as `eval`, once."""
    for found in entry_points(group=FURTHER_COMMANDS):
        app.add_typer(found.load(), name=found.name)


@app.callback()
def root(
    context: typer.Context,
    home: Annotated[
        Path | None, typer.Option("--home", help="Folder of all cases (else CASECLERK_HOME, else your data directory).")
    ] = None,
    actor: Annotated[
        str | None, typer.Option("--actor", help="Your name in the custody log (else your login).")
    ] = None,
) -> None:
    """A local assistant for investigators. Nothing leaves this machine."""
    from casefile.home import find_home
    from casefile.offline import switch_off

    switch_off()
    context.obj = Invocation(find_home(home, os.environ), actor_name(actor, os.environ))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line; returns the exit code: 0 done, 1 something failed, 2 wrong usage or unusable input."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal that lacks a character must not stop the program
        sys.stdout.reconfigure(errors="backslashreplace")
    mask = os.umask(0o077)  # whatever a library writes in a case is this user's alone
    try:
        return _run(arguments)
    finally:
        os.umask(mask)


def _run(arguments: Sequence[str] | None) -> int:
    try:
        add_further_commands()
        result = app(args=None if arguments is None else list(arguments), standalone_mode=False)
        flushed()
    except typer.Exit as leaving:
        return leaving.exit_code if flushed() else 0
    except (BrokenPipeError, SystemExit):  # who reads our output has enough; typer makes a SystemExit of it
        send_rest_nowhere()
        return 0
    except (typer.Abort, KeyboardInterrupt):
        result = INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the outermost boundary: a bug of ours is told in one sentence and kept
        return told(error)
    if result == INTERRUPTED:  # typer turns Ctrl-C into this code by itself, and says nothing
        tell("Stopped. What was acknowledged is kept.")
    return int(result or 0)


def run() -> None:
    """The console script."""
    sys.exit(main())
