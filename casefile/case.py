"""A case: open, create, lock, delete."""

import copy
import errno
import json
import shutil
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from filelock import FileLock, Timeout

from casefile.annotations import Annotations
from casefile.catalogue import Catalogue
from casefile.conversations import Conversations
from casefile.custody import CustodyLog
from casefile.database import Database
from casefile.erasure_rest import finish_erasures
from casefile.errors import CaseBusyError, CaseExistsError, CaseNotFoundError, StorageError, UsageError
from casefile.folder_lock import FolderLock
from casefile.fulltext import Fulltext
from casefile.home import PRIVATE, Home
from casefile.keyword_lists import KeywordLists
from casefile.originals import Originals, sync_folder
from casefile.records import CaseDescription, CustodyKind
from casefile.serial import time_to_text
from casefile.uploads import Uploads
from casefile.vectors import Vectors

FOLDERS = ("originals", "vectors", "exports", "runs", "scratch", "uploads")


@dataclass(slots=True)
class _Shared:
    """What a case and its twins know together."""

    description: CaseDescription
    guard: threading.RLock = field(default_factory=threading.RLock)


class Case:
    """An open case. Use as a context manager; `locked` takes the writer lock for ingestion and Chroma."""

    def __init__(self, home: Home, folder: Path, actor: str) -> None:
        self.home = home
        self.folder = folder
        self.actor = actor
        self._presence = FolderLock(folder)
        if not self._presence.share():
            self._presence.close()
            raise CaseNotFoundError(f"Case {folder.name!r} is being deleted.")
        self.database = Database(folder / "case.db")
        self.database.migrate()
        self.catalogue = Catalogue(self.database)
        self.fulltext = Fulltext(self.database)
        self.conversations = Conversations(self.database)
        self.uploads = Uploads(self.database, folder / "uploads")
        self.originals = Originals(folder / "originals")
        self.custody = CustodyLog(self.database, folder / "custody.head")
        self.vectors = Vectors(folder / "vectors", self.catalogue)
        self._shared = _Shared(self.catalogue.description())
        # Held by the process, not by one of its threads: a page holds it while all its threads search.
        self._lock = FileLock(folder / "case.lock", timeout=0, mode=0o600, thread_local=False)
        self.is_twin = False

    @property
    def description(self) -> CaseDescription:
        """What the case is about, as last described through this case or a twin of it."""
        return self._shared.description

    @property
    def annotations(self) -> Annotations:
        """Notes and labels, written in this actor's name."""
        return Annotations(self)

    @property
    def keyword_lists(self) -> KeywordLists:
        """Stored keyword lists, written in this actor's name."""
        return KeywordLists(self)

    def acting_as(self, actor: str) -> "Case":
        """A light twin for another person: the same open case, other name in the custody log.

        It shares catalogue, vectors, lock and presence. Closing it closes nothing; it ends with the case itself.
        """
        twin = copy.copy(self)
        twin.actor = actor
        twin.is_twin = True
        return twin

    @property
    def scratch(self) -> Path:
        """Where working files of this case lie while it is read; emptied when the lock is taken."""
        return self.folder / "scratch"

    def log(self, kind: CustodyKind, action: str, details: Mapping[str, object] | None = None) -> None:
        """Enter an event of this actor into the custody log."""
        self.custody.append(self.actor, kind, action, details)

    @contextmanager
    def change(
        self, kind: CustodyKind, action: str, details: Mapping[str, object] | None = None
    ) -> Iterator[sqlite3.Connection]:
        """A transaction that ends with a custody event: both are kept or neither."""
        with self.database.transaction() as connection:
            yield connection
            self.custody.append_within(connection, self.actor, kind, action, details)
        self.custody.write_head()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the writer lock; what a killed writer left behind is swept, an erasure that was cut short is finished.

        The lock is this process's: inside, and in its other threads, it may be taken again. The last one to leave
        lets go of it and of Chroma.

        Raises:
            CaseBusyError: another process holds it.
        """
        with self._shared.guard:
            first = not self._lock.is_locked
            try:
                self._lock.acquire()
            except Timeout as error:
                raise CaseBusyError(
                    f"Another process is writing to case {self.description.id}. Wait until it has finished, then try "
                    "again."
                ) from error
            try:
                if first:
                    self.originals.sweep()
                    shutil.rmtree(self.scratch, ignore_errors=True)
                    self.scratch.mkdir(mode=PRIVATE, exist_ok=True)
                    with suppress(CaseBusyError):  # somebody reads: traces go another time
                        finish_erasures(self)
            except BaseException:  # whatever it was, nobody must be left waiting for the lock
                self._lock.release()
                raise
        try:
            yield
        finally:
            with self._shared.guard:
                if self._lock.lock_counter == 1:
                    self.vectors.close()
                self._lock.release()

    @property
    def holds_lock(self) -> bool:
        """Whether this process holds the writer lock now."""
        return bool(self._lock.is_locked)

    def describe(self, description: CaseDescription) -> None:
        """Change what the case is about; its id and the time of its making stay. Old and new values go into the log.

        Identifiers and times that were found before keep what the region and time zone of then made of them.

        Raises:
            UsageError: another id, or a region, time zone or languages that cannot be used.
        """
        check_description(description)
        with self.database.transaction() as connection:
            old = self.catalogue.description()
            if description.id != old.id:
                raise UsageError(f"The id of a case stays: {old.id!r} cannot become {description.id!r}.")
            description = replace(description, created_at=old.created_at)
            changed: dict[str, object] = {
                name: {"from": getattr(old, name), "to": getattr(description, name)}
                for name in ("title", "purpose", "case_number", "region", "time_zone", "languages")
                if getattr(old, name) != getattr(description, name)
            }
            if changed:
                connection.execute(
                    "UPDATE case_description SET title = ?, purpose = ?, case_number = ?, region = ?, time_zone = ?, "
                    "languages = ?",
                    (
                        description.title,
                        description.purpose,
                        description.case_number,
                        description.region,
                        description.time_zone,
                        json.dumps(description.languages),
                    ),
                )
                self.custody.append_within(connection, self.actor, "alteration", "case described", changed)
        if changed:
            self.custody.write_head()
        self._shared.description = description

    def leave_alone(self) -> None:
        """Make sure that nobody else has the case open, before it is deleted.

        Raises:
            CaseBusyError: another process has it open.
        """
        if not self._presence.take_alone():
            raise CaseBusyError(
                f"Another process has case {self.description.id} open (a chat, a question). Close it, then try again."
            )

    def close(self) -> None:
        """Close the catalogue and the vectors; of a twin, nothing."""
        if self.is_twin:
            return
        self.vectors.close()
        self.database.close()
        self._presence.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def describe_case(case: Case, description: CaseDescription) -> None:
    """Change title, purpose, number, region, time zone and languages of a case; see `Case.describe`."""
    case.describe(description)


def open_case(home: Home, case_id: str, actor: str) -> Case:
    """Open a case that exists.

    Raises:
        CaseNotFoundError: there is none of that id.
    """
    folder = home.case_folder(case_id)
    if not (folder / "case.db").is_file():
        known = ", ".join(home.case_ids()) or "none yet"
        raise CaseNotFoundError(
            f"There is no case {case_id!r} (cases here: {known}). Make it with `caseclerk ingest FOLDER --case "
            f"{case_id}` or `caseclerk case create {case_id}`."
        )
    return Case(home, folder, actor)


def create_case(home: Home, description: CaseDescription, actor: str) -> Case:
    """Make a case: in a folder aside, renamed when it is whole, so that a kill leaves no half case.

    Raises:
        CaseExistsError: there is one of that id.
        UsageError: the id, region, time zone or languages cannot be used.
    """
    folder = home.case_folder(description.id)
    check_description(description)
    home.prepare()
    if folder.exists():
        raise CaseExistsError(f"Case {description.id!r} exists already. Choose another id.")
    try:
        with home.aside() as aside:
            _fill(aside, description, actor)
            aside.rename(folder)
    except (OSError, sqlite3.OperationalError) as error:
        if isinstance(error, OSError) and error.errno in {errno.ENOTEMPTY, errno.EEXIST}:
            raise CaseExistsError(f"Case {description.id!r} exists already. Choose another id.") from error
        raise StorageError(
            f"Case {description.id!r} could not be made: {error}. Check the disk, its space and its permissions."
        ) from error
    sync_folder(home.cases)
    return Case(home, folder, actor)


def _fill(folder: Path, description: CaseDescription, actor: str) -> None:
    """Make an empty case in a folder of its own."""
    for name in FOLDERS:
        (folder / name).mkdir(mode=PRIVATE)
    database = Database(folder / "case.db")
    database.migrate()
    log = CustodyLog(database, folder / "custody.head")
    with database.transaction() as connection:
        connection.execute(
            "INSERT INTO case_description VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                description.id,
                description.title,
                description.purpose,
                description.case_number,
                description.region,
                description.time_zone,
                json.dumps(description.languages),
                time_to_text(description.created_at),
            ),
        )
        log.append_within(connection, actor, "collection", "case created", {"case": description.id})
    log.write_head()
    database.connection().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    (folder / "case.db").chmod(0o600)


def delete_case(home: Home, case_id: str, actor: str) -> None:
    """Remove a case with all it holds; HOME's log keeps who, when and which, and no content.

    Raises:
        CaseNotFoundError: there is none of that id.
        CaseBusyError: another process has it open.
        UsageError: its folder is a link, and what it leads to would stay.
    """
    folder = home.case_folder(case_id)
    if folder.is_symlink():
        raise UsageError(
            f"{folder} is a link to {folder.resolve()}. Move that folder to the place of the link, then delete the "
            "case. Nothing was deleted."
        )
    with open_case(home, case_id, actor) as case, case.locked():
        case.leave_alone()
        head = case.custody.head()
        exhibits = len(case.catalogue.exhibits())
        home.record_erasure(
            {
                "actor": actor,
                "case": case_id,
                "exhibits": exhibits,
                "custody_events": head.sequence,
                "custody_head": head.hash,
            }
        )
        case.vectors.close()
        case.database.close()
        home.erase_folder(case.folder)


def check_description(description: CaseDescription) -> None:
    """Refuse a region, zone or language that nothing can work with.

    Raises:
        UsageError: names the field and what it should look like.
    """
    region = description.region
    if not (len(region) == 2 and region.isascii() and region.isalpha() and region.isupper()):
        raise UsageError(f"{region!r} is no country code: give two capital letters such as DE, NL or FR.")
    try:
        ZoneInfo(description.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(
            f"{description.time_zone!r} is no time zone: give an IANA name such as Europe/Berlin."
        ) from error
    wrong = [
        language
        for language in description.languages
        if not (len(language) == 2 and language.isascii() and language.islower())
    ]
    if wrong or not description.languages:
        raise UsageError(f"{', '.join(wrong) or 'An empty list'} is no language code: give codes such as en,de,nl.")
