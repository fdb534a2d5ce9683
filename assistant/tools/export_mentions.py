"""`export_mentions`: all mentions of a term as a table in the case's `exports/`. It writes: a person says yes first."""

import csv
import hashlib
import io
import os
from collections.abc import Iterator
from pathlib import Path

from pydantic import Field

from assistant.keywords import neutralised
from assistant.lexicon import fold
from assistant.places import describe
from assistant.tools.list_mentions import found_mentions
from assistant.tools.records import Arguments, Effect, ToolContext, ToolOutcome, ToolRefusedError
from casefile.errors import StorageError
from casefile.home import PRIVATE
from casefile.originals import sync_folder

_HEADER = ("number", "exhibit", "name", "path", "place", "how", "mention", "start", "end")
_LONGEST_SLUG = 40
_MOST_NAMES = 1_000
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")


class ExportArguments(Arguments):
    """What to look for."""

    name: str = Field(min_length=1, max_length=300, description="a name, a phrase, a number, an account, an address")


class ExportMentions:
    """Writes all mentions as CSV."""

    name = "export_mentions"
    summary = "Write all mentions of a name, phrase or identifier as a CSV file into the case's exports."
    effect: Effect = "writes"
    arguments: type[Arguments] = ExportArguments

    def run(self, arguments: Arguments, context: ToolContext) -> ToolOutcome:
        """Write a new file; none is ever replaced, and no cell begins a formula.

        Raises:
            ToolRefusedError: there is no mention; nothing was written.
            StorageError: the disk refuses; nothing was left behind.
        """
        assert isinstance(arguments, ExportArguments)
        found = found_mentions(arguments.name, context)
        if not found.mentions:
            raise ToolRefusedError("There is no mention of it; nothing was written.")
        content = io.StringIO()
        writer = csv.writer(content, lineterminator="\n")
        writer.writerow(_HEADER)
        for number, one in enumerate(found.mentions, start=1):
            cells = (one.exhibit.name, one.exhibit.path, describe(one.locator), one.how, " ".join(one.quote.split()))
            places = (one.locator.start, one.locator.end)
            writer.writerow([number, one.exhibit.id, *(neutralised(cell) for cell in cells), *places])
        data = content.getvalue().encode("utf-8", "replace")
        written = _write_new(context.case.folder / "exports", _slug(arguments.name), data)
        return ToolOutcome(
            f"{len(found.mentions)} mentions written to exports/{written}.",
            data={"sha256": hashlib.sha256(data).hexdigest(), "rows": len(found.mentions)},
            files=(written,),
        )


def _slug(name: str) -> str:
    """Small letters, digits and hyphens of a name: never a path, never hidden, never empty."""
    words = "".join(character if character in _LETTERS else " " for character in fold(name)).split()
    return f"mentions-{'-'.join(words)[:_LONGEST_SLUG].strip('-') or 'of-it'}"


def _write_new(folder: Path, stem: str, data: bytes) -> str:
    try:
        folder.mkdir(mode=PRIVATE, exist_ok=True)
        for name in _names(stem):
            path = folder / name
            try:
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            except FileExistsError:
                continue
            _fill(descriptor, path, data)
            sync_folder(folder)
            return name
    except OSError as error:
        raise StorageError(
            f"The export could not be written: {error.strerror or error}. Free some disk space and try again."
        ) from error
    raise ToolRefusedError(f"There are {_MOST_NAMES} exports of that name already. Move some away first.")


def _fill(descriptor: int, path: Path, data: bytes) -> None:
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError:
        path.unlink(missing_ok=True)  # half a table would be taken for a whole one
        raise


def _names(stem: str) -> Iterator[str]:
    yield f"{stem}.csv"
    yield from (f"{stem}-{number}.csv" for number in range(2, _MOST_NAMES + 1))
