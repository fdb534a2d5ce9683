"""HOME: the folder that holds all cases, models, settings and the log of erasures."""

import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from casefile.errors import StorageError, UsageError
from casefile.folder_lock import FolderLock
from casefile.originals import sync_folder
from casefile.serial import canonical_json, now, time_to_text

CASE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
PRIVATE = 0o700


@dataclass(frozen=True, slots=True)
class Home:
    """Paths under HOME. Making one touches nothing; `prepare` makes the folders."""

    root: Path

    @property
    def cases(self) -> Path:
        """The folder of all cases."""
        return self.root / "cases"

    @property
    def models(self) -> Path:
        """The folder of models and of what is derived from them."""
        return self.root / "models"

    @property
    def erasures(self) -> Path:
        """The content-free log of deleted cases: one canonical JSON object a line."""
        return self.root / "erasures.log"

    def case_folder(self, case_id: str) -> Path:
        """Where a case lies.

        Raises:
            UsageError: the id has characters that an id may not have.
        """
        if not CASE_ID.fullmatch(case_id):
            raise UsageError(
                f"{case_id!r} is no case id: use letters, digits, dots, hyphens and underscores, at most 64, "
                "beginning with a letter or digit."
            )
        return self.cases / case_id

    def prepare(self) -> None:
        """Make the folders, readable by this user only, and finish deletions that were cut short.

        Raises:
            StorageError: the folder cannot be made.
        """
        try:
            for folder in (self.root, self.cases, self.models):
                folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(
                f"{self.root} cannot be used as Caseclerk's home: {error.strerror}. "
                "Choose another folder with --home or CASECLERK_HOME."
            ) from error
        for leftover in self.cases.glob(".deleting-*"):
            with FolderLock(leftover) as lock:
                if lock.take_alone():  # else another process is making or deleting a case there
                    shutil.rmtree(leftover, ignore_errors=True)

    @contextmanager
    def aside(self) -> Iterator[Path]:
        """A new private folder beside the cases, to be renamed when it is whole; what is left of it goes.

        It is locked, so that no other process takes it for the leftover of a kill, which it is named like.
        """
        while True:
            folder = self.cases / f".deleting-{secrets.token_hex(8)}"
            folder.mkdir(mode=PRIVATE)
            with FolderLock(folder) as lock:
                if not lock.take_alone() or not folder.exists():
                    continue  # swept between the two calls: make another
                try:
                    yield folder
                finally:
                    shutil.rmtree(folder, ignore_errors=True)
                return

    def case_ids(self) -> tuple[str, ...]:
        """Ids of all cases, sorted."""
        if not self.cases.is_dir():
            return ()
        found = (entry.name for entry in self.cases.iterdir() if (entry / "case.db").is_file())
        return tuple(sorted(name for name in found if CASE_ID.fullmatch(name)))

    def record_erasure(self, entry: Mapping[str, object]) -> None:
        """Append who erased what and when, durably."""
        line = canonical_json({"at": time_to_text(now()), **entry}) + "\n"
        descriptor = os.open(self.erasures, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, line.encode("ascii"))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def erase_folder(self, folder: Path) -> None:
        """Remove a case's folder: renamed first, so that a kill leaves nothing that looks like a case.

        The caller holds the folder's lock alone, so that no other process sweeps at the same time.
        """
        doomed = self.cases / f".deleting-{secrets.token_hex(8)}"
        folder.rename(doomed)
        sync_folder(self.cases)
        shutil.rmtree(doomed)
        sync_folder(self.cases)


def find_home(option: Path | None, environment: Mapping[str, str]) -> Home:
    """HOME by `--home`, else CASECLERK_HOME, else the platform's data directory of this user.

    Raises:
        UsageError: the folder is under `~name`, and there is no such user.
    """
    named = option or (Path(environment["CASECLERK_HOME"]) if environment.get("CASECLERK_HOME") else None)
    folder = named or Path(platformdirs.user_data_dir("caseclerk", appauthor=False))
    try:
        return Home(folder.expanduser().absolute())
    except RuntimeError as error:
        raise UsageError(f"{str(folder)!r} names a user that this machine does not know.") from error
