"""Finding the files under the paths that were given. Nothing is followed out of them, nothing is left unsaid."""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from casefile.records import Issue, IssueCategory


@dataclass(frozen=True, slots=True)
class FoundPath:
    """A place on disk. `path` is what the ledger shows: as given, then downwards; `where` is what is opened.

    With an `issue` there is nothing to open: the place goes into the ledger as it is.
    """

    path: str
    name: str
    where: Path
    issue: Issue | None = None


def discover(paths: Sequence[Path], excluded: Path | None = None) -> Iterator[FoundPath]:
    """Walk files and folders, each folder by name, hidden files included, links to folders not followed.

    Args:
        paths: files and folders as typed.
        excluded: a folder that is never entered (Caseclerk's own HOME).
    """
    for path in paths:
        yield from _visit(path, (), excluded, given=True)


def shown(path: str) -> str:
    """A path as text: bytes that are no UTF-8 are written as backslash escapes, so that it can be stored."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _visit(
    path: Path, ancestors: tuple[tuple[int, int], ...], excluded: Path | None, *, given: bool
) -> Iterator[FoundPath]:
    try:
        status = path.stat() if given else path.lstat()
        if stat.S_ISLNK(status.st_mode):
            status = path.stat()
            if stat.S_ISDIR(status.st_mode):
                yield _unread(path, "unsupported", "A link to a folder; it is not followed. Ingest its target by name.")
                return
    except OSError as error:
        yield _unread(path, *why_unreadable(error))
        return
    if not stat.S_ISDIR(status.st_mode):
        yield _file(path, status)
        return
    identity = (status.st_dev, status.st_ino)
    if identity in ancestors:
        yield _unread(path, "too_deep", "The folder contains itself; it is not entered again.")
        return
    if excluded is not None and path.resolve() == excluded.resolve():
        yield _unread(path, "unsupported", "Caseclerk's own folder; it is never taken into a case.")
        return
    yield from _enter(path, (*ancestors, identity), excluded)


def _enter(path: Path, ancestors: tuple[tuple[int, int], ...], excluded: Path | None) -> Iterator[FoundPath]:
    try:
        names = sorted(os.listdir(path), key=os.fsencode)  # noqa: PTH208 - names as the system gives them
    except OSError as error:
        yield _unread(path, *why_unreadable(error))
        return
    for name in names:
        yield from _visit(path / name, ancestors, excluded, given=False)


def _file(path: Path, status: os.stat_result) -> FoundPath:
    if stat.S_ISREG(status.st_mode):
        return FoundPath(shown(str(path)), shown(path.name), path)
    return _unread(path, "unsupported", "A device, pipe or socket, not a file; it is not opened.")


def _unread(path: Path, category: IssueCategory, message: str) -> FoundPath:
    return FoundPath(shown(str(path)), shown(path.name or str(path)), path, Issue("discover", category, message))


def why_unreadable(error: OSError) -> tuple[Literal["permission", "changed", "corrupt", "too_deep"], str]:
    """The issue category and a sentence for a place that the system does not let us read."""
    if isinstance(error, PermissionError):
        return "permission", "No permission to read it. Ask for read access, then ingest again."
    if isinstance(error, FileNotFoundError):
        return "changed", "It was there when the folder was listed and is gone, or a link leads nowhere."
    if error.errno in {36, 40}:  # ENAMETOOLONG, ELOOP
        return "too_deep", f"It cannot be reached: {error.strerror}."
    return "corrupt", f"The disk refuses to read it: {error.strerror}."
