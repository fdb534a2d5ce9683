"""The jobs of one case, one after the other, in a thread of their own."""

import os
import sys
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, assert_never

from assistant.pictures.waiting import waiting_pictures
from assistant.ui.jobs.child import JobProcess
from assistant.ui.jobs.progress import JobProgress, Watch
from casefile.errors import CaseclerkError, CaseNotFoundError, StorageError
from casefile.jobs import Job, JobKind, Jobs
from casefile.rereading import leave_unread
from casefile.upload_removal import remove_upload

if TYPE_CHECKING:
    from assistant.ui.desk import Desk, OpenCase

LOCK_SECONDS = 1.0
"""How often it is tried whether another process has finished writing to the case."""
SLOT_SECONDS = 0.5
_BUSY = "is writing to case"
"""Stands in what a process says that did not get the writer lock."""


class Lane:
    """Runs the jobs of a case. Its thread lives until `close`: the kernel ends a child with the thread that made it."""

    def __init__(self, desk: "Desk", case_id: str, slots: Mapping[JobKind, threading.BoundedSemaphore]) -> None:
        self._desk = desk
        self._case_id = case_id
        self._slots = slots
        self._changed = threading.Condition()
        self._awake = False
        self._closing = False
        self._job_id = 0
        self._gives_way = False
        self._child: JobProcess | None = None
        self._watch = Watch()
        self._thread = threading.Thread(target=self._work, name=f"jobs-{case_id}", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """There is something to do, or to be done otherwise."""
        with self._changed:
            self._awake = True
            self._changed.notify_all()

    def make_way(self) -> None:
        """There is something to do that goes before descriptions of pictures."""
        with self._changed:
            if self._gives_way and self._child is not None:
                self._child.stop()
        self.wake()

    def stop_job(self, job_id: int) -> None:
        """End the process of this job, if it is the one that runs. The case says already what is to become of it."""
        with self._changed:
            if self._job_id == job_id and self._child is not None:
                self._child.stop()
            self._changed.notify_all()

    def progress(self, job_id: int) -> JobProgress | None:
        """How far a job is; None where it is not at work on it."""
        with self._changed:
            return self._watch.now if self._job_id == job_id else None

    @property
    def process_id(self) -> int | None:
        """Of the child that runs."""
        with self._changed:
            return self._child.pid if self._child is not None else None

    def begin_to_close(self) -> None:
        """Stop, without waiting for it."""
        with self._changed:
            self._closing = True
            if self._child is not None:
                self._child.stop(at_once=True)
            self._changed.notify_all()

    def close(self) -> None:
        """Stop, and wait until it has."""
        self.begin_to_close()
        self._thread.join()

    # --- in the thread ------------------------------------------------------------------------------------------

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._awake or self._closing)
                if self._closing:
                    return
                self._awake = False
            self._run_all()

    def _run_all(self) -> None:
        while not self._closing:
            try:
                opened = self._desk.open(self._case_id)
                waiting = Jobs(opened.case.database).unfinished()
            except CaseclerkError:
                return  # gone, or not to be used: told to whoever opens it
            if not waiting:
                return
            job = waiting[0]
            with self._changed:
                self._job_id, self._watch = job.id, Watch()
                self._gives_way = job.kind == "describe"
            try:
                self._run(opened, job)
            except CaseNotFoundError:
                return
            except CaseclerkError as error:
                self._fail(opened, job, str(error))
            except Exception as error:  # noqa: BLE001 - a boundary: a bug of ours ends this job, not the queue
                from assistant.cli.ending import keep_bug_report

                print(report := keep_bug_report(error), file=sys.stderr)  # noqa: T201 - for whoever started the page
                self._fail(opened, job, report)
            finally:
                with self._changed:
                    self._job_id, self._child = 0, None

    def _run(self, opened: "OpenCase", job: Job) -> None:
        jobs = Jobs(opened.case.database)
        if not self._until(opened.take_lock, LOCK_SECONDS, "writer", jobs, job):
            return
        if job.state == "cancelling":
            self._undo(opened, job)
            return
        slots = self._slots[job.kind]
        waits_for = "pictures" if job.kind == "describe" else "slot"
        if not self._until(lambda: slots.acquire(timeout=SLOT_SECONDS), 0, waits_for, jobs, job):
            return
        try:
            self._work_on(opened, jobs, job)
        finally:
            slots.release()

    def _until(self, ready: Callable[[], bool], pause: float, what: str, jobs: Jobs, job: Job) -> bool:
        """Wait for something; False when the job is not to be run any more, or not now."""
        while not ready():
            self._watch.wait_for(what)
            with self._changed:
                self._changed.wait_for(lambda: self._closing, timeout=pause)
                if self._closing:
                    return False
            if jobs.job(job.id).state != job.state or _has_to_give_way(jobs, job):
                return False
        return True

    def _work_on(self, opened: "OpenCase", jobs: Jobs, job: Job) -> None:
        case = opened.case
        if not jobs.start(job.id):
            return
        if job.upload_id is not None:
            case.uploads.set_state(job.upload_id, "reading")
        opened.let_go()
        if case.holds_lock:  # somebody here is just changing the case
            self._postpone(opened, jobs, job)
            return
        child = self._start_child(opened, jobs, job)
        code = child.follow(self._watch.hear, self._watch.say)
        with self._changed:
            self._child = None
        opened.take_lock()
        if job.kind == "describe":
            opened.assistant.refresh()  # what was described stays, however it ended
        if child.totals is not None and code in {0, 1}:
            self._done(opened, jobs, job, child)
        elif jobs.job(job.id).state == "cancelling":
            return  # comes next, as what is to be undone
        elif child.stopped or _BUSY in child.complaint:
            self._postpone(opened, jobs, job)
        else:
            self._fail(opened, job, _why(code, child.complaint))

    def _start_child(self, opened: "OpenCase", jobs: Jobs, job: Job) -> JobProcess:
        threads = _threads(self._desk.settings.embedding.threads)
        try:
            child = JobProcess(self._arguments(job), opened.case.folder, threads, gentle=job.kind == "describe")
        except OSError as error:
            opened.take_lock()
            raise StorageError(
                f"The process that reads files and pictures could not be started: {error.strerror}. Free some memory "
                "and try again."
            ) from error
        with self._changed:
            self._child = child
            if self._closing:
                child.stop(at_once=True)
        if jobs.job(job.id).state == "cancelling" or _has_to_give_way(jobs, job):
            child.stop()
        return child

    def _arguments(self, job: Job) -> list[str]:
        of_case = ["--case", self._case_id, "--progress", "lines"]
        match job.kind:
            case "upload":
                what = ["ingest", *of_case, "--", f"uploads/{job.upload_id}"]
            case "folder":
                what = ["ingest", *of_case, "--", job.path]
            case "retry":
                what = ["ingest", *of_case, "--resume"]
            case "describe":
                exhibit, _, page = job.path.partition(" ")
                of_page = ["--page", page] if page else []
                what = ["describe", *of_case, *of_page, *(["--", exhibit] if exhibit else [])]
            case _:
                assert_never(job.kind)
        return ["--home", str(self._desk.home.root), "--actor", job.actor, *what]

    def _done(self, opened: "OpenCase", jobs: Jobs, job: Job, child: JobProcess) -> None:
        case = opened.case
        opened.assistant.refresh()  # before it says that it is done: the next question finds the new files
        with case.database.transaction() as connection:
            if jobs.job(job.id).state == "cancelling":
                return
            if job.upload_id is not None:
                case.uploads.finish(job.upload_id, connection)
            jobs.end(job.id, "done", " ".join(self._watch.now.said), child.totals, connection)
        if job.upload_id is not None:
            case.uploads.remove_bytes(job.upload_id)  # the originals have them
        if job.kind != "describe" and self._desk.settings.model.describe_pictures:
            waiting = waiting_pictures(case, self._desk.home, self._desk.settings)
            if waiting.sees and waiting.count:
                jobs.queue_descriptions(job.actor)

    def _postpone(self, opened: "OpenCase", jobs: Jobs, job: Job) -> None:
        """It waits again at its old place."""
        jobs.wait(job.id)
        if job.upload_id is not None and jobs.job(job.id).state == "queued":
            opened.case.uploads.set_state(job.upload_id, "waiting")
        with self._changed:
            self._changed.wait_for(lambda: self._closing, timeout=LOCK_SECONDS)

    def _fail(self, opened: "OpenCase", job: Job, message: str) -> None:
        jobs = Jobs(opened.case.database)
        jobs.end(job.id, "failed", message)
        if job.upload_id is not None:
            opened.case.uploads.set_state(job.upload_id, "failed", message)

    def _undo(self, opened: "OpenCase", job: Job) -> None:
        """What was cancelled has stopped: take back an upload, leave of the others what they had done."""
        case = opened.case.acting_as(job.actor)
        jobs = Jobs(case.database)
        if job.upload_id is not None:
            with case.locked():
                remove_upload(case, job.upload_id)
            opened.assistant.refresh()
        elif job.kind == "retry":
            leave_unread(case)
        jobs.end(job.id, "cancelled")


def _has_to_give_way(jobs: Jobs, job: Job) -> bool:
    """Whether descriptions of pictures are to be made while something waits that goes first."""
    return job.kind == "describe" and any(other.kind != "describe" for other in jobs.unfinished())


def _threads(set_by_administrator: int) -> int:
    """One core stays for the conversation, unless settings say otherwise."""
    return set_by_administrator or max(1, len(os.sched_getaffinity(0)) - 1)


def _why(code: int, complaint: str) -> str:
    if code < 0:
        return (
            f"The process that reads files was ended by the system (signal {-code}), perhaps for lack of memory. What "
            "was read is kept; try again."
        )
    return complaint or f"The process that reads files ended with code {code}. What was read is kept; try again."
