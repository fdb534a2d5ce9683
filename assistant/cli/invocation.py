"""What every command gets from the root: HOME, the actor, and how a case is opened."""

import getpass
import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from casefile.case import Case
    from casefile.home import Home
    from casefile.settings import Settings


@dataclass(frozen=True, slots=True)
class Invocation:
    """Global options of one call."""

    home: "Home"
    actor: str

    def settings(self, flags: Mapping[str, object] | None = None) -> "Settings":
        """The settings in force.

        Raises:
            SettingsError: a file, variable or flag that cannot be used.
        """
        from casefile.settings import load_settings

        return load_settings(self.home.root, flags=flags).settings

    def open(self, case_id: str) -> "Case":
        """Open a case.

        Raises:
            CaseNotFoundError: there is none of that id.
        """
        from casefile.case import open_case

        self.home.prepare()
        return open_case(self.home, case_id, self.actor)


def invocation(context: typer.Context) -> Invocation:
    """The global options of this call."""
    found = context.find_object(Invocation)
    assert found is not None
    return found


def actor_name(option: str | None, environment: Mapping[str, str]) -> str:
    """Who acts: `--actor`, else CASECLERK_ACTOR, else the login."""
    named = option or environment.get("CASECLERK_ACTOR")
    if named:
        return typed(named)
    try:
        return typed(getpass.getuser())
    except (OSError, KeyError):
        return "unknown"


_SURROGATE = re.compile("[\ud800-\udfff]")


def typed(text: str) -> str:
    """Words from a command line or a file, fit to be stored: what is no character becomes a replacement character."""
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)


LONGEST_LINE = 300
"""Characters of a field of one line, as on the page."""


def one_line(text: str, what: str) -> str:
    """A field of one line as it is kept: no line ends, single blanks.

    Raises:
        UsageError: nothing is left, or it is too long; `what` names the field.
    """
    from casefile.errors import UsageError

    line = " ".join(typed(text).split())
    if not line or len(line) > LONGEST_LINE:
        raise UsageError(f"{what} has 1 to {LONGEST_LINE} characters.")
    return line


def print_json(document: Mapping[str, object]) -> None:
    """One JSON document on standard output, in UTF-8 where that takes it; else escaped, and so for what UTF-8 lacks."""
    utf8 = (sys.stdout.encoding or "utf-8").lower().replace("-", "") == "utf8"
    text = json.dumps(document, ensure_ascii=not utf8)
    print(_SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text), flush=True)  # noqa: T201


def interactive() -> bool:
    """Whether a person sits at both ends."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def confirm(says: str, word: str) -> None:
    """Have a person type `word` before something goes for good.

    Raises:
        UsageError: nobody is there to be asked, or something else was typed. Nothing was removed.
    """
    from assistant.cli.printable import printable
    from casefile.errors import UsageError

    if not interactive():
        raise UsageError("Removing needs a person at the terminal, or --yes in a script. Nothing was removed.")
    typer.echo(f"{says} There is no way back.")
    if typer.prompt(f"Type {printable(word)} to go on") != word:
        raise UsageError(f"That was not {word}. Nothing was removed.")


@dataclass(frozen=True, slots=True)
class BatchLine:
    """One line of a `--batch` file; `history` holds earlier exchanges as (question, answer)."""

    id: str
    question: str
    history: tuple[tuple[str, str], ...] = ()


def read_batch(path: Path) -> tuple[BatchLine, ...]:
    """Read and check a whole batch before anything is done.

    Raises:
        UsageError: the file cannot be read or a line is not `{"id", "question"}`; names the line.
    """
    from casefile.errors import UsageError

    try:
        # not splitlines: JSON may hold line separators such as U+2028 inside a string
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}.") from error
    return tuple(_batch_line(path, number, line) for number, line in enumerate(lines, start=1) if line.strip())


def _batch_line(path: Path, number: int, line: str) -> BatchLine:
    from casefile.errors import UsageError

    try:
        entry = json.loads(line)
        history = tuple(_exchange(turn) for turn in entry.get("history") or ())
        question = entry["question"]
        if not isinstance(question, str):
            raise TypeError("the question is no text")  # noqa: TRY301
        return BatchLine(typed(str(entry.get("id", number))), typed(question), history)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(
            f'{path}, line {number}: expected {{"id": "...", "question": "..."}}, got something else ({error}).'
        ) from error


def _exchange(turn: object) -> tuple[str, str]:
    """An earlier exchange: `{"question", "answer"}`, or a pair."""
    if isinstance(turn, dict):
        return typed(str(turn["question"])), typed(str(turn.get("answer", "")))
    if isinstance(turn, list) and len(turn) == 2:
        return typed(str(turn[0])), typed(str(turn[1]))
    raise TypeError("a history entry is an object with question and answer")
