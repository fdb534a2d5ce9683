"""Who works in a folder: a lock on the folder itself (flock), which ends with the process whatever becomes of it."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self


class FolderLock:
    """Shared by all who have a case open, held alone by who makes, deletes or sweeps it. Follows a rename.

    A file system that knows no such locks (some network shares) is taken as unlocked. A context manager.
    """

    def __init__(self, folder: Path) -> None:
        try:
            self._descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError):
            self._descriptor = -1

    def share(self) -> bool:
        """Take it beside others; False when somebody holds it alone, or the folder is gone."""
        return self._take(fcntl.LOCK_SH)

    def take_alone(self) -> bool:
        """Take it alone; False when somebody else has it, or the folder is gone."""
        return self._take(fcntl.LOCK_EX)

    def close(self) -> None:
        """Let go."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _take(self, how: int) -> bool:
        if self._descriptor < 0:
            return False
        try:
            fcntl.flock(self._descriptor, how | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:  # no such locks here
            return True
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
