"""The beginning of every prompt (system prompt and tools) as the model has read it, kept on disk.

Reading it anew costs seconds, loading it milliseconds. A file is `llama_state_seq_save_file`'s, followed by eight bytes
of ours and the SHA-256 of all before them: llama.cpp ends the process over a file that is not as it wrote it, so it
is given none whose hash is wrong. The name is a hash of all that the state depends on. Nothing of a case is in it.
"""

import hashlib
import os
import stat
from array import array
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from casefile.originals import sync_folder

SUFFIX = ".state"
MOST_KEPT = 8
MOST_BYTES = 1024 * 1024 * 1024
"""Of all files together; those used longest ago go first."""
_MARK = b"CCPREF01"
_TRAILER_BYTES = len(_MARK) + 32
_AT_ONCE = 1024 * 1024


class PrefixStore:
    """The folder of kept prefixes of one model. One process writes to it at a time; others do no harm.

    Args:
        folder: made when something is kept.
        circumstances: all that a state depends on besides its tokens: hash of the weights, parameters of the context,
            version of llama.cpp.
    """

    def __init__(self, folder: Path, circumstances: Sequence[str | int]) -> None:
        self._folder = folder
        self._circumstances = "\n".join(map(str, circumstances)).encode()

    def path_for(self, tokens: Sequence[int]) -> Path:
        """Where the state after these tokens is kept, or would be."""
        digest = hashlib.sha256(self._circumstances + b"\0" + array("i", tokens).tobytes())
        return self._folder / f"{digest.hexdigest()}{SUFFIX}"

    def find(self, tokens: Sequence[int]) -> Path | None:
        """The whole, undamaged state after these tokens; None where there is none. A damaged one is removed."""
        path = self.path_for(tokens)
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except FileNotFoundError:
            return None
        except OSError:
            self._remove(path)
            return None
        try:
            sound = _is_sound(descriptor)
        except OSError:  # a disk that fails while it is read
            sound = False
        finally:
            os.close(descriptor)
        if not sound:
            self._remove(path)
            return None
        with suppress(OSError):
            os.utime(path)  # the order in which they are forgotten
        return path

    def keep(self, tokens: Sequence[int], write: Callable[[Path], None]) -> bool:
        """Keep the state after these tokens; whether that was possible. A full disk costs time later, nothing else.

        Args:
            tokens: all of the prefix.
            write: writes the state to the path that it is given.
        """
        path = self.path_for(tokens)
        coming = path.with_suffix(f".{os.getpid()}.coming")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._forget_leftovers()
            write(coming)
            if coming.stat().st_size + _TRAILER_BYTES > MOST_BYTES:
                coming.unlink()
                return False
            _seal(coming)
            coming.replace(path)
            sync_folder(self._folder)
            self._forget_oldest()
        except OSError:
            self._remove(coming)
            return False
        return True

    def _forget_oldest(self) -> None:
        kept = sorted(
            ((entry.stat().st_mtime_ns, entry.stat().st_size, entry) for entry in self._folder.glob(f"*{SUFFIX}")),
            reverse=True,
        )
        total = 0
        for place, (_, size, path) in enumerate(kept):
            total += size
            if place >= MOST_KEPT or total > MOST_BYTES:
                self._remove(path)

    def _forget_leftovers(self) -> None:
        """What a process that was killed left half written."""
        for left in self._folder.glob("*.coming"):
            self._remove(left)

    def _remove(self, path: Path) -> None:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def _is_sound(descriptor: int) -> bool:
    status = os.fstat(descriptor)
    size = status.st_size
    if not stat.S_ISREG(status.st_mode) or not _TRAILER_BYTES < size <= MOST_BYTES:
        return False
    trailer = os.pread(descriptor, _TRAILER_BYTES, size - _TRAILER_BYTES)
    return trailer == _MARK + _digest(descriptor, size - _TRAILER_BYTES)


def _digest(descriptor: int, size: int) -> bytes:
    digest = hashlib.sha256(_MARK)
    at = 0
    while at < size:
        piece = os.pread(descriptor, min(_AT_ONCE, size - at), at)
        if not piece:
            break
        digest.update(piece)
        at += len(piece)
    return digest.digest()


def _seal(path: Path) -> None:
    """Put our mark and the hash behind the state, for this user's eyes only, and on the disk for good."""
    descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    try:
        os.fchmod(descriptor, 0o600)
        size = os.fstat(descriptor).st_size
        os.pwrite(descriptor, _MARK + _digest(descriptor, size), size)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
