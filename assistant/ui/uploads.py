"""Taking uploaded bytes in: names made safe, bounds kept, everything written to the case's own folder in pieces."""

import asyncio
import errno
import os
import shutil
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from casefile.case import Case
from casefile.errors import StorageError, UsageError
from casefile.settings import PageSettings
from casefile.uploads import LONGEST_NAME, LONGEST_PART, Upload, UploadFile

GIB = 1024**3
MOST_FILES = 20_000
"""Files of one batch. More go in as a ZIP file, or as a folder of this machine."""
MOST_FOLDERS = 64
"""Folders around one file; those further in are left out of its name."""
RESERVE_BYTES = 512 * 1024**2
"""What must stay free on the case's disk."""
COPIES = 2
"""The uploaded bytes, and the original that is made of them before they go."""
PIECE_BYTES = 1024**2
LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True)
class Announced:
    """A file that will come: its untrusted relative name, and its bytes."""

    untrusted_name: str
    size: int


def begin(
    case: Case, limits: PageSettings, conversation_id: int | None, title: str, files: Sequence[Announced]
) -> Upload:
    """Make a batch for files that will come.

    Raises:
        UsageError: no file, too many or too large ones, not enough disk space, no such conversation.
    """
    if not files:
        raise UsageError("There are no files in this upload.")
    if len(files) > MOST_FILES:
        raise UsageError(
            f"{len(files):,} files are too many for one upload ({MOST_FILES:,} at most). Put them into a ZIP file, or "
            "have the folder read from this machine."
        )
    if any(not 0 <= file.size < 1 << 62 for file in files):
        raise UsageError("A file of this upload has no possible size.")
    check_room(case.folder, limits, sum(file.size for file in files))
    names = safe_names(file.untrusted_name for file in files)
    batch = case.uploads.begin(case.actor, conversation_id, safe_title(title, names))
    try:
        case.uploads.add_files(batch, [(name, file.size) for name, file in zip(names, files, strict=True)])
    except BaseException:  # whatever it was, no half batch stays, and it goes on up
        case.uploads.forget(batch)
        raise
    return case.uploads.batch(batch)


def check_room(folder: Path, limits: PageSettings, size: int) -> None:
    """Refuse what is larger than settings allow or the disk can hold.

    Raises:
        UsageError: says how much there is and what to do.
    """
    if size > limits.upload_gib * GIB:
        raise UsageError(
            f"This upload has {size / GIB:.1f} GiB; {limits.upload_gib} GiB are allowed at once (setting "
            "page.upload_gib). Have the folder read from this machine instead."
        )
    free = shutil.disk_usage(folder).free
    if COPIES * size + RESERVE_BYTES > free:
        raise UsageError(
            f"The disk of this case has {free / GIB:.1f} GiB free; this upload needs {COPIES * size / GIB:.1f} GiB "
            f"and {RESERVE_BYTES / GIB:.1f} GiB must stay free. Free some disk space, then upload again."
        )


def safe_title(title: str, names: Sequence[str]) -> str:
    """What a batch is called: as given, else its first file and how many more."""
    given = _encodable(" ".join(title.split()))[:LONGEST_TITLE]
    if given:
        return given
    first = names[0].rpartition("/")[2][:LONGEST_TITLE] if names else ""
    return f"{first} +{len(names) - 1}" if len(names) > 1 else first


async def receive(case: Case, batch: Upload, file: UploadFile, body: AsyncIterator[bytes], modified: float) -> None:
    """Write one announced file, in pieces, durably.

    Args:
        case: whose folder it goes to.
        batch: the batch, in state `receiving`.
        file: the file, announced and not there yet.
        body: its bytes.
        modified: its modification time where it came from, seconds since 1970; 0 where that is not known.

    Raises:
        UsageError: more or fewer bytes came than were announced; the file is not kept.
        StorageError: the disk is full or refuses; the file is not kept.
    """
    target = case.uploads.folder(batch.id) / file.name
    try:
        written = await write_file(case.uploads.folder(batch.id), file.name, body, file.size, modified)
    except StorageError as error:
        await asyncio.to_thread(_failed, case, file.id, str(error))
        raise
    if written != file.size:
        await asyncio.to_thread(target.unlink, missing_ok=True)
        says = f"{file.size:,} bytes were announced and others came. Upload it again."
        await asyncio.to_thread(_failed, case, file.id, says)
        raise UsageError(says)
    try:
        await asyncio.to_thread(case.uploads.file_received, file.id)
    except UsageError:  # cancelled meanwhile: leave nothing
        await asyncio.to_thread(target.unlink, missing_ok=True)
        raise


async def write_file(folder: Path, name: str, body: AsyncIterator[bytes], most: int, modified: float) -> int:
    """Write bytes below a batch's folder; returns how many came, `most + 1` where there are too many.

    What was not written to its end is removed again.

    Raises:
        StorageError: the disk is full or refuses, or the batch is there no more.
    """
    target = folder / name
    stream = None
    size, whole = 0, False
    try:
        descriptor = await asyncio.to_thread(create_file, folder, name)
        stream = os.fdopen(descriptor, "wb", buffering=PIECE_BYTES)
        async for piece in body:
            size += len(piece)
            if size > most:
                return most + 1
            await asyncio.to_thread(stream.write, piece)
        await asyncio.to_thread(_settle, stream.fileno(), stream.flush, modified)
        whole = True
    except OSError as error:
        raise refused(error) from error
    finally:
        if stream is not None:
            with suppress(OSError):
                stream.close()
        if not whole:
            with suppress(OSError):
                target.unlink(missing_ok=True)
    return size


def create_file(folder: Path, name: str) -> int:
    """A new file for writing. The batch's folder itself is never made here: it goes when the batch is cancelled."""
    place = folder
    for part in name.split("/")[:-1]:
        place /= part
        with suppress(FileExistsError):
            place.mkdir(mode=0o700)
    target = folder / name
    target.unlink(missing_ok=True)  # an attempt before this one
    return os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def _settle(descriptor: int, flush: object, modified: float) -> None:
    assert callable(flush)
    flush()
    if 0 < modified < 1 << 40:
        os.utime(descriptor, (modified, modified))
    os.fsync(descriptor)


def _failed(case: Case, file_id: int, message: str) -> None:
    with suppress(UsageError):  # the batch was cancelled meanwhile
        case.uploads.set_file_state(file_id, "receiving", message)


def refused(error: OSError) -> StorageError:
    """What to tell when the disk does not take a file."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return StorageError("The disk of this case is full. Free some disk space, then upload again.")
    return StorageError(f"The file could not be written: {error.strerror}. Upload it again.")


# --- names ----------------------------------------------------------------------------------------------------------


class Names:
    """Relative names that lead nowhere else and differ from each other, as near to the given ones as can be."""

    def __init__(self) -> None:
        self._files: set[str] = set()
        self._folders: set[str] = set()
        self._moved: dict[str, str] = {}
        self._next: dict[str, int] = {}

    def add(self, untrusted: str) -> str:
        """The name for one more file."""
        *around, last = safe_name(untrusted).split("/")
        place = ""
        for part in around:
            wanted = f"{place}{part}"
            if wanted in self._files:  # a file has this name: two things cannot
                wanted = self._moved.setdefault(wanted, "") or self._move(wanted)
            self._folders.add(wanted)
            place = f"{wanted}/"
        whole = f"{place}{last}"
        if whole in self._files or whole in self._folders:
            whole = self._free(whole)
        self._files.add(whole)
        return whole

    def _move(self, folder: str) -> str:
        self._moved[folder] = self._free(folder)
        return self._moved[folder]

    def _free(self, name: str) -> str:
        folder, slash, last = name.rpartition("/")
        stem, dot, extension = last.rpartition(".")
        if not stem:
            stem, dot, extension = last, "", ""
        number = self._next.get(name, 2)
        while True:
            found = f"{folder}{slash}{stem} ({number}){dot}{extension}"
            number += 1
            if found not in self._files and found not in self._folders:
                self._next[name] = number
                return found


def safe_names(untrusted: Iterable[str]) -> tuple[str, ...]:
    """Safe names for the files of one batch, in their order."""
    names = Names()
    return tuple(names.add(name) for name in untrusted)


def safe_name(untrusted: str) -> str:
    """A relative name without parts that a file system or a person could be led astray by; Unicode stays.

    `..` becomes `__`, NUL a replacement character, a part that is too long is cut before its extension, and folders
    in the middle are left out where there are too many.
    """
    parts = [_safe_part(part) for part in _encodable(untrusted).split("/") if part not in {"", "."}]
    if not parts:
        return "unnamed"
    if len(parts) > MOST_FOLDERS + 1:
        parts = [*parts[:MOST_FOLDERS], parts[-1]]
    while len("/".join(parts).encode()) > LONGEST_NAME - 16:  # room for a number behind the name
        del parts[-2]
    return "/".join(parts)


def _safe_part(part: str) -> str:
    if part == "..":
        return "__"
    part = part.replace("\0", "\N{REPLACEMENT CHARACTER}")
    longest = LONGEST_PART - 16
    if len(part.encode()) <= longest:
        return part
    stem, dot, extension = part.rpartition(".")
    ending = f"{dot}{extension}" if stem and len(extension.encode()) <= 16 else ""
    return part.encode()[: longest - len(ending.encode())].decode("utf-8", "ignore") + ending


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
