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


def discover(paths: Sequence[Path], excluded: Path | None = None, uploads: Path | None = None) -> Iterator[FoundPath]:
    """Walk files and folders, each folder by name, hidden files included.

    A link that was found (not given) is followed to a file inside the given folder only: evidence may hold links to
    the investigator's own files. Nothing in Caseclerk's HOME is taken in, by whatever way: cases are walls.

    Args:
        paths: files and folders as typed.
        excluded: a folder that is never entered (Caseclerk's own HOME).
        uploads: the one folder in it that is: what was uploaded into this very case.
    """
    home = _Home(excluded.resolve(), uploads.resolve() if uploads else None) if excluded is not None else None
    for path in paths:
        waiting = [_Place(path, path)]
        while waiting:  # no recursion: folders may lie deeper than a program may call itself
            place = waiting.pop()
            met = _meet(place, home)
            if isinstance(met, FoundPath):
                yield met
            else:
                waiting += reversed(met)


def shown(path: str) -> str:
    """A path as text: bytes that are no UTF-8 are written as backslash escapes, so that it can be stored."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


@dataclass(frozen=True, slots=True)
class _Place:
    """A place to be looked at; `given` is where the walk began, `ancestors` the folders (device, inode) around it."""

    path: Path
    given: Path
    ancestors: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class _Home:
    """Caseclerk's own folder, and the folder in it that may be entered."""

    root: Path
    uploads: Path | None

    def keeps(self, path: Path, *, is_link: bool) -> bool:
        """Whether nothing is to be taken in from that place."""
        resolved = path.resolve()
        if not resolved.is_relative_to(self.root):
            return False
        return is_link or self.uploads is None or not resolved.is_relative_to(self.uploads)


def _meet(place: _Place, home: _Home | None) -> FoundPath | list[_Place]:
    """What stands at a place: a file, a reason why it is not read, or a folder's places in order of their names."""
    path = place.path
    try:
        is_link = path.is_symlink()
        status = path.stat()
    except OSError as error:
        return _unread(path, *why_unreadable(error))
    is_folder = stat.S_ISDIR(status.st_mode)
    if home is not None and (is_link or is_folder or path == place.given) and home.keeps(path, is_link=is_link):
        return _unread(path, "unsupported", "Caseclerk's own folder; it is never taken into a case.")
    if is_link and path != place.given:
        if is_folder:
            return _unread(path, "unsupported", "A link to a folder; it is not followed. Ingest its target by name.")
        if stat.S_ISREG(status.st_mode) and not path.resolve().is_relative_to(place.given.resolve()):
            return _unread(
                path, "unsupported", "A link out of the folder; it is not followed. Ingest its target by name."
            )
    if not is_folder:
        return _file(path, status)
    identity = (status.st_dev, status.st_ino)
    if identity in place.ancestors:
        return _unread(path, "too_deep", "The folder contains itself; it is not entered again.")
    return _enter(place, (*place.ancestors, identity))


def _enter(place: _Place, ancestors: tuple[tuple[int, int], ...]) -> FoundPath | list[_Place]:
    try:
        names = sorted(os.listdir(place.path), key=os.fsencode)  # noqa: PTH208 - names as the system gives them
    except OSError as error:
        return _unread(place.path, *why_unreadable(error))
    return [_Place(place.path / name, place.given, ancestors) for name in names]


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
