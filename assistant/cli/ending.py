"""How a call ends: errors in words and exit codes, a reader of our output that has enough, a bug of ours kept."""

import errno
import os
import sys

import typer

_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO})


def flushed() -> bool:
    """Whether all output was taken; False when its reader has enough, which is no error."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        send_rest_nowhere()
        return False
    return True


def send_rest_nowhere() -> None:
    """Let the rest of the output go nowhere, so that the interpreter's own last flush cannot fail."""
    descriptor = os.open(os.devnull, os.O_WRONLY)
    os.dup2(descriptor, sys.stdout.fileno())
    os.close(descriptor)


def tell(message: str) -> None:
    """A sentence on standard error. It may name files, whose names are evidence."""
    from assistant.cli.printable import printable_text

    print(printable_text(message), file=sys.stderr)  # noqa: T201


def told(error: Exception) -> int:
    """Say what went wrong and what to do; returns the exit code."""
    import sqlite3

    from casefile.errors import CaseclerkError, UsageError

    if isinstance(error, typer.TyperException):
        tell(in_words(error))
        return 2
    if isinstance(error, CaseclerkError):
        tell(f"caseclerk: {error}")
        return 2 if isinstance(error, UsageError) else 1
    if isinstance(error, sqlite3.DatabaseError) and hasattr(error, "sqlite_errorname"):
        # by its name only: the message may hold text of the case
        tell(
            f"caseclerk: The case's catalogue cannot be read or written ({error.sqlite_errorname}). Check the disk and "
            "its permissions; if they are in order, `caseclerk case verify` tells what is damaged."
        )
    elif isinstance(error, OSError) and error.errno in _DISK:
        send_rest_nowhere()
        tell(f"caseclerk: The system refuses to write: {error.strerror}. What was acknowledged is kept.")
    else:
        tell(f"caseclerk: {keep_bug_report(error)}")
    return 1


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

    frames = traceback.extract_tb(error.__traceback__)
    says = f"An error inside Caseclerk ({type(error).__name__}). What was acknowledged is kept."
    try:
        with tempfile.NamedTemporaryFile("w", prefix="caseclerk-bug-", suffix=".txt", delete=False) as report:
            report.write(
                f"{type(error).__module__}.{type(error).__qualname__}\n{''.join(traceback.format_list(frames))}"
            )
    except OSError:  # no place for temporary files: never let the interpreter print the message instead
        return f"{says} The place is {frames[-1].filename}, line {frames[-1].lineno}: tell whoever looks after it."
    return (
        f"{says} The place is written to {report.name}, without any text of the case: send it to whoever looks after "
        "Caseclerk, and try again."
    )
