"""Originals, byte for byte, under their SHA-256. Written once, read-only, never changed."""

import hashlib
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from casefile.errors import StorageError, UntrustedInputError

CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class StoredOriginal:
    """A file taken in: its exhibit id, size in bytes, and whether these bytes were there before."""

    exhibit_id: str
    size: int
    known: bool


class Originals:
    """The folder of originals of one case."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, exhibit_id: str) -> Path:
        """Where the original of an exhibit lies."""
        return self.folder / exhibit_id.removeprefix("sha256:")

    def take(self, source: BinaryIO, limit_bytes: int, progress: Callable[[int], None] | None = None) -> StoredOriginal:
        """Copy a stream in: temporary file, fsync, rename; `settle` then makes the rename durable.

        A block of zeros becomes a hole, so that a sparse file stays small.

        Raises:
            UntrustedInputError: `too_large`, `corrupt` when the source's disk refuses, or `changed` when the file grows
                or shrinks while it is read.
            StorageError: no space, or the disk refuses; nothing is left behind.
        """
        before = os.fstat(source.fileno())
        if before.st_size > limit_bytes:
            raise UntrustedInputError(
                "too_large",
                f"The file has {before.st_size:,} bytes, more than the limit of {limit_bytes:,} "
                "(setting reading.file_gib).",
            )
        temporary = self.folder / f".{secrets.token_hex(8)}.tmp"
        try:
            return self._take(source, before, temporary, progress)
        except OSError as error:
            raise StorageError(
                f"An original could not be stored: {error.strerror or error}. Free some disk space and ingest again."
            ) from error
        finally:
            temporary.unlink(missing_ok=True)

    def _take(
        self, source: BinaryIO, before: os.stat_result, temporary: Path, progress: Callable[[int], None] | None
    ) -> StoredOriginal:
        digest = hashlib.sha256()
        size = 0
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as target:
            for chunk in _chunks(source):
                digest.update(chunk)
                size += len(chunk)
                if size > before.st_size:
                    break
                if chunk.strip(b"\0"):
                    target.write(chunk)
                else:
                    target.seek(len(chunk), os.SEEK_CUR)
                if progress is not None:
                    progress(len(chunk))
            if _changed(before, os.fstat(source.fileno()), size):
                raise UntrustedInputError(
                    "changed", "The file was changed while it was read. Ingest it again when nothing writes to it."
                )
            target.truncate(size)
            target.flush()
            os.fsync(target.fileno())
            os.fchmod(target.fileno(), stat.S_IRUSR)
        exhibit_id = f"sha256:{digest.hexdigest()}"
        final = self.path(exhibit_id)
        if final.exists():
            return StoredOriginal(exhibit_id, size, known=True)
        temporary.rename(final)
        return StoredOriginal(exhibit_id, size, known=False)

    def settle(self) -> None:
        """Make the files taken in so far durable; called before the catalogue names them."""
        sync_folder(self.folder)

    def open(self, exhibit_id: str) -> BufferedReader:
        """The original for reading.

        Raises:
            FileNotFoundError: it is not there.
        """
        return self.path(exhibit_id).open("rb")

    def sha256_of(self, exhibit_id: str) -> str | None:
        """The hash that the stored bytes have now; None where the file is missing."""
        try:
            with self.open(exhibit_id) as stream:
                return hashlib.file_digest(stream, "sha256").hexdigest()
        except FileNotFoundError:
            return None

    def ids(self) -> frozenset[str]:
        """Exhibit ids of all files in the folder."""
        return frozenset(f"sha256:{path.name}" for path in self.folder.iterdir() if not path.name.startswith("."))

    def sweep(self) -> None:
        """Remove temporary files of a process that was killed. Only for the holder of the writer lock."""
        for path in self.folder.glob(".*.tmp"):
            path.unlink(missing_ok=True)


def _chunks(source: BinaryIO) -> Iterator[bytes]:
    """The source in pieces. Its own disk's refusal is this file's issue; only our disk's ends the run."""
    while True:
        try:
            chunk = source.read(CHUNK_BYTES)
        except OSError as error:
            raise UntrustedInputError("corrupt", f"The disk refuses to read it: {error.strerror}.") from error
        if not chunk:
            return
        yield chunk


def _changed(before: os.stat_result, after: os.stat_result, size: int) -> bool:
    return size != before.st_size or (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns)


def sync_folder(folder: Path) -> None:
    """Make a rename in a folder durable (fsync of the directory)."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
