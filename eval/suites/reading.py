"""What the loaders share: rows of JSON checked as they are read, the split rule, documents with one text.

A loader says what a row looks like as a pydantic model with the fields it uses; other fields are passed over.
"""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from casefile.errors import UsageError
from eval.records import Document, Split, SuiteOptions


class DataRow(BaseModel):
    """One line of a file of JSON lines; a field of the wrong type is an error, never converted."""

    model_config = ConfigDict(strict=True, frozen=True)


RowType = TypeVar("RowType", bound=DataRow)


def read_rows(path: Path, kind: type[RowType]) -> Iterator[RowType]:
    """The rows of a file, in order; blank lines are passed over.

    Raises:
        UsageError: the file cannot be read, or a line is not such a row; file and line are named.
    """
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield _row(line, kind, f"{path.name}, line {number}")
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}). Give the folder of the public data.") from error


def _row(line: bytes, kind: type[RowType], place: str) -> RowType:
    try:
        return kind.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        field = ".".join(str(step) for step in first["loc"])
        where = f"{place}, field {field}" if field else place
        raise UsageError(f"{where}: {first['msg']}. The file is not as its README describes it.") from error


def read_text(path: Path) -> str:
    """A text as it stands in the file, line ends kept, so that offsets fit.

    Raises:
        UsageError: it cannot be read or is not UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}). Give the folder of the public data.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 (byte {error.start}).") from error


def split_of(name: str) -> Split:
    """The split rule of the data's README: `dev` where the first hex digit of the SHA-256 of the name is even."""
    return "dev" if int(hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[0], 16) % 2 == 0 else "test"


def missing(options: SuiteOptions, folder: str, *needed: str) -> str:
    """Why a data set cannot be loaded, in a sentence that says what to do; empty when all its files are there."""
    if options.data is None:
        return f"It needs the public data set {folder}: give the folder that holds it with --data."
    absent = [name for name in needed if not (options.data / folder / name).exists()]
    if not (options.data / folder).is_dir():
        return f"There is no folder {folder} in {options.data}: give the folder that holds it with --data."
    if absent:
        return f"{options.data / folder} lacks {', '.join(absent)}: give the complete data set with --data."
    return ""


def folder_of(options: SuiteOptions, folder: str) -> Path:
    """The folder of a data set.

    Raises:
        UsageError: no data were given.
    """
    if options.data is None:
        raise UsageError(missing(options, folder))
    return options.data / folder


def how_many(documents: int) -> str:
    """The tag `documents`: how many are needed for the answer."""
    return {0: "none", 1: "one"}.get(documents, "several")


class Twins:
    """Which documents have one text. A case keeps such a text once, under the key that came first."""

    def __init__(self, documents: Iterable[Document]) -> None:
        by_text: dict[str, list[str]] = {}
        for document in documents:
            by_text.setdefault(document.text, []).append(document.key)
        self._groups = {key: tuple(keys) for keys in by_text.values() for key in keys}

    def first(self, key: str) -> str:
        """The key under which the text of a document is kept."""
        return self._groups[key][0]

    def group(self, key: str) -> tuple[str, ...]:
        """A document and those that count the same, the one that is kept first."""
        return self._groups[key]
