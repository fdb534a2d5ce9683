"""The jobs of all cases, ingestions and descriptions of pictures: what waits, what runs, how far it is.

What is to be done stands in each case (`casefile.jobs`), so that nothing depends on this process: a thread a case takes
one after the other, gives the case's writer lock to a child process, and takes it back. Cancelling is noted before it
is done. See docs/decisions/040-the-chat-page.md.
"""

import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.ui.jobs.lane import Lane
from assistant.ui.jobs.progress import JobProgress
from casefile.errors import CaseBusyError, CaseclerkError, UsageError
from casefile.jobs import JobKind, Jobs
from casefile.rereading import read_again

if TYPE_CHECKING:
    from assistant.ui.desk import Desk, OpenCase

MOST_ATTEMPTS = 3
"""How often a job is begun again after the program was ended in the middle of it."""


class JobBoard:
    """Runs jobs. Thread-safe.

    Args:
        desk: opens cases.
        at_once: how many ingestions may run side by side, each in another case; a half of the cores. Besides them
            pictures of one case are described: a second model would take as much memory again.
    """

    def __init__(self, desk: "Desk", at_once: int | None = None) -> None:
        self._desk = desk
        reading = threading.BoundedSemaphore(at_once or max(1, (os.cpu_count() or 1) // 2))
        self._slots: Mapping[JobKind, threading.BoundedSemaphore] = {
            "upload": reading,
            "folder": reading,
            "retry": reading,
            "describe": threading.BoundedSemaphore(1),
        }
        self._guard = threading.Lock()
        self._lanes: dict[str, Lane] = {}
        self._barred: set[str] = set()
        self._closed = False

    # --- asking for work ----------------------------------------------------------------------------------------

    def add_upload(self, case_id: str, upload_id: int, actor: str) -> int:
        """All that will come of a batch has come: read it. Returns the job's id.

        Raises:
            UsageError: the batch does not receive any more.
        """
        case = self._desk.open(case_id).case
        with case.database.transaction() as connection:
            if not case.uploads.complete(upload_id, connection):
                raise UsageError(f"Upload {upload_id} is complete already, or was cancelled.")
            job_id = Jobs(case.database).queue("upload", actor, upload_id=upload_id, connection=connection)
        self._wake(case_id, first=True)
        return job_id

    def add_folder(self, case_id: str, path: str, actor: str) -> int:
        """Take in a file or folder of this machine. Returns the job's id.

        Raises:
            UsageError: the path is not absolute, is not there, or lies in Caseclerk's own folder.
        """
        case = self._desk.open(case_id).case
        place = Path(path.strip())
        try:
            there = place.is_absolute() and place.exists()
            inside = there and place.resolve().is_relative_to(self._desk.home.root.resolve())
        except (OSError, ValueError) as error:
            raise UsageError(f"{path!r} cannot be looked at. Check the path and its permissions.") from error
        if not there:
            raise UsageError(f"There is no {path!r} on this machine. Give a whole path, such as /evidence/2024-17.")
        if inside:
            raise UsageError("That is Caseclerk's own folder; it is never taken into a case.")
        job_id = Jobs(case.database).queue("folder", actor, path=str(place))
        self._wake(case_id, first=True)
        return job_id

    def add_retry(self, case_id: str, actor: str, exhibit_ids: Sequence[str] | None = None) -> int:
        """Read exhibits again: these, or all that failed or were read in part. Returns the job's id.

        Raises:
            ExhibitNotFoundError: one of them is not in the case.
            UsageError: one of them is sealed, or there are none.
        """
        case = self._desk.open(case_id).case
        if not read_again(case.acting_as(actor), exhibit_ids):
            raise UsageError("Nothing failed or was read in part only: there is nothing to be read again.")
        job_id = Jobs(case.database).queue("retry", actor)
        self._wake(case_id, first=True)
        return job_id

    def add_descriptions(self, case_id: str, actor: str, exhibit_id: str = "", page: int = 0) -> int:
        """Have pictures described: those of an exhibit, or all that wait. Returns the job's id.

        Asked for twice it is one job. Whether there is a model that sees is found out when it begins.
        """
        case = self._desk.open(case_id).case
        job_id = Jobs(case.database).queue_descriptions(actor, f"{exhibit_id} {page}" if page else exhibit_id)
        self._wake(case_id)
        return job_id

    def cancel(self, case_id: str, job_id: int) -> bool:
        """Stop a job; of an upload nothing is left afterwards. Returns at once; False where it is over already."""
        case = self._desk.open(case_id).case
        if not Jobs(case.database).cancel(job_id):
            return False
        with self._guard:
            lane = self._lanes.get(case_id)
        if lane is not None:
            lane.stop_job(job_id)
        self._wake(case_id, first=True)
        return True

    def cancel_upload(self, case_id: str, upload_id: int) -> bool:
        """Stop a batch wherever it is; False where it is over already."""
        case = self._desk.open(case_id).case
        job = Jobs(case.database).of_uploads([upload_id]).get(upload_id)
        if job is not None:
            return self.cancel(case_id, job.id)
        if case.uploads.batch(upload_id).state != "receiving":
            return False
        case.uploads.forget(upload_id)
        return True

    def again(self, case_id: str, job_id: int) -> bool:
        """Try a job that failed once more; False where it did not fail."""
        case = self._desk.open(case_id).case
        jobs = Jobs(case.database)
        if not jobs.again(job_id):
            return False
        upload_id = jobs.job(job_id).upload_id
        if upload_id is not None:
            case.uploads.set_state(upload_id, "waiting")
        self._wake(case_id, first=True)
        return True

    # --- watching -----------------------------------------------------------------------------------------------

    def progress(self, case_id: str, job_id: int) -> JobProgress | None:
        """How far a job is that runs or is about to; None for all others."""
        with self._guard:
            lane = self._lanes.get(case_id)
        return lane.progress(job_id) if lane is not None else None

    def process_of(self, case_id: str) -> int | None:
        """The process id of the ingestion that runs in a case."""
        with self._guard:
            lane = self._lanes.get(case_id)
        return lane.process_id if lane is not None else None

    # --- beginning and ending -----------------------------------------------------------------------------------

    def resume(self, opened: "OpenCase") -> None:
        """A case has just been opened: sweep what a dead server left of it, and go on with what it had begun."""
        case = opened.case
        jobs = Jobs(case.database)
        for batch in case.uploads.unfinished():
            if batch.state == "receiving":  # whoever sent it must send it again
                case.uploads.forget(batch.id)
        case.uploads.sweep()
        jobs.interrupted(MOST_ATTEMPTS)
        if jobs.unfinished():
            self._wake(case.description.id)

    def resume_all(self) -> None:
        """The page has started: go on in all cases where something was left."""
        for case_id in self._desk.home.case_ids():
            if _has_work(self._desk.home.case_folder(case_id) / "case.db"):
                try:
                    self._desk.open(case_id)
                except CaseclerkError:
                    continue  # told when somebody opens it

    @contextmanager
    def stopped(self, case_id: str) -> Iterator[None]:
        """Nothing runs in a case while the block runs; afterwards it may again."""
        with self._guard:
            if case_id in self._barred:
                raise CaseBusyError(f"Case {case_id} is just being closed. Try again in a moment.")
            self._barred.add(case_id)
            lane = self._lanes.pop(case_id, None)
        try:
            if lane is not None:
                lane.close()
            yield
        finally:
            with self._guard:
                self._barred.discard(case_id)

    def close(self) -> None:
        """Stop all that runs; the next start goes on with it."""
        with self._guard:
            self._closed = True
            lanes = tuple(self._lanes.values())
            self._lanes.clear()
        for lane in lanes:
            lane.begin_to_close()
        for lane in lanes:
            lane.close()

    def _wake(self, case_id: str, *, first: bool = False) -> None:
        with self._guard:
            if self._closed or case_id in self._barred:
                return  # the row waits for the next start
            lane = self._lanes.get(case_id)
            if lane is None:
                lane = self._lanes[case_id] = Lane(self._desk, case_id, self._slots)
        if first:
            lane.make_way()
        else:
            lane.wake()


def _has_work(database: Path) -> bool:
    """Whether a case that is not open has something left to do."""
    queries = (
        "SELECT 1 FROM jobs WHERE state IN ('queued', 'running', 'cancelling') LIMIT 1",
        "SELECT 1 FROM uploads WHERE state = 'receiving' LIMIT 1",
    )
    try:
        with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True, timeout=2)) as connection:
            return any(connection.execute(query).fetchone() is not None for query in queries)
    except sqlite3.Error:  # of an older version, without such tables; or damaged, which is told when it is opened
        return False
