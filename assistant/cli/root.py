"""The root command: global options, error handling, and where the verbs are put together."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from assistant.cli import asking, cases, checking, custody, ingesting, inspecting, machine
from assistant.cli.invocation import Invocation, actor_name

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
app.add_typer(custody.app, name="custody")
app.add_typer(machine.settings_app, name="settings")
for group in (ingesting, asking, inspecting, checking, machine):
    group.register(app)


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
    from casefile.errors import CaseclerkError, UsageError

    try:
        result = app(args=None if arguments is None else list(arguments), standalone_mode=False)
    except typer.Exit as leaving:
        return leaving.exit_code
    except (typer.Abort, KeyboardInterrupt):
        result = INTERRUPTED
    except typer.TyperException as error:
        print(in_words(error), file=sys.stderr)  # noqa: T201
        return 2
    except UsageError as error:
        print(f"caseclerk: {error}", file=sys.stderr)  # noqa: T201
        return 2
    except CaseclerkError as error:
        print(f"caseclerk: {error}", file=sys.stderr)  # noqa: T201
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 - the outermost boundary: a bug of ours is told in one sentence and kept
        print(f"caseclerk: {keep_bug_report(error)}", file=sys.stderr)  # noqa: T201
        return 1
    if result == INTERRUPTED:  # typer turns Ctrl-C into this code by itself, and says nothing
        print("Stopped. What was acknowledged is kept.", file=sys.stderr)  # noqa: T201
    return int(result or 0)


def in_words(error: typer.TyperException) -> str:
    """What was typed wrongly, and how it is meant."""
    context = getattr(error, "ctx", None)
    message = error.format_message()
    if context is None or message.startswith("Usage:"):
        return message
    return f"{context.get_usage()}\ncaseclerk: {message} Try `{context.command_path} --help`."


def keep_bug_report(error: Exception) -> str:
    """Store where a bug struck, without any message (it may hold evidence), and say so in one sentence."""
    import tempfile
    import traceback

    frames = "".join(traceback.format_list(traceback.extract_tb(error.__traceback__)))
    with tempfile.NamedTemporaryFile("w", prefix="caseclerk-bug-", suffix=".txt", delete=False) as report:
        report.write(f"{type(error).__module__}.{type(error).__qualname__}\n{frames}")
    return (
        f"An error inside Caseclerk ({type(error).__name__}). What was acknowledged is kept. The place is written to "
        f"{report.name}, without any text of the case: send it to whoever looks after Caseclerk, and try again."
    )


def run() -> None:
    """The console script."""
    sys.exit(main())
