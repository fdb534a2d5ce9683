"""What the upload list shows: batches with their files, folders that are read, how far each is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from assistant.ui.jobs.board import JobBoard
from assistant.ui.jobs.progress import JobProgress
from casefile.case import Case
from casefile.jobs import Job, JobKind, Jobs
from casefile.uploads import Upload, UploadFile, UploadLine

FILES_SHOWN = 20
"""Files of one batch that are listed; the others are counted."""
JOBS_SHOWN = 50

FileState = Literal[
    "arriving", "received", "lost", "waiting", "reading", "complete", "partial", "failed", "skipped", "cancelled"
]
WorkState = Literal["receiving", "waiting", "reading", "cancelling", "done", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class FileLine:
    """One file. `exhibit_id` is empty until it is taken in; `message` says why it did not arrive."""

    name: str
    size: int
    state: FileState
    exhibit_id: str
    message: str


@dataclass(frozen=True, slots=True)
class WorkCard:
    """A batch or another ingestion.

    `done` of `total` is the bar: files received, files read, or passages, as `stage` says; `total` 0: not known yet.
    `seconds_left` is for that stage alone. `totals` are lines of the ledger by status, once it is done.
    """

    kind: JobKind
    batch_id: int
    job_id: int
    title: str
    state: WorkState
    message: str
    actor: str
    at: datetime
    conversation_id: int | None
    stage: str
    done: int
    total: int
    seconds_left: float | None
    waits_for: str
    files: tuple[FileLine, ...]
    more_files: int
    file_count: int
    totals: tuple[tuple[str, int], ...]

    @property
    def moves(self) -> bool:
        """Whether it will change by itself."""
        return self.state in {"receiving", "waiting", "reading", "cancelling"}

    @property
    def can_be_cancelled(self) -> bool:
        """Whether there is something to stop or to take back."""
        return self.state in {"receiving", "waiting", "reading"} or (self.state == "failed" and self.kind == "upload")

    @property
    def can_be_tried_again(self) -> bool:
        """Whether it failed as a whole."""
        return self.state == "failed" and self.job_id > 0

    @property
    def can_be_asked(self) -> bool:
        """Whether a question may be narrowed to it."""
        return self.kind == "upload" and self.state in {"reading", "done"}


@dataclass(frozen=True, slots=True)
class WorkBoard:
    """All of it, newest first. `conversation` is set where it is that of one conversation."""

    cards: tuple[WorkCard, ...]
    conversation: int | None
    zone: str

    @property
    def moves(self) -> bool:
        """Whether anything will change by itself."""
        return any(card.moves for card in self.cards)


def board_of(case: Case, board: JobBoard, conversation: int | None) -> WorkBoard:
    """The uploads of a conversation; with None all uploads and ingestions of the case."""
    jobs = Jobs(case.database)
    zone = case.description.time_zone
    batches = case.uploads.all() if conversation is None else case.uploads.of_conversation(conversation)[::-1]
    batches = batches[:JOBS_SHOWN]
    of_batch = jobs.of_uploads([batch.id for batch in batches])
    cards = [_batch_card(case, board, batch, of_batch.get(batch.id)) for batch in batches]
    if conversation is None:
        cards += [_job_card(case, board, job) for job in jobs.recent(JOBS_SHOWN) if job.upload_id is None]
        cards.sort(key=lambda card: card.at, reverse=True)
    return WorkBoard(tuple(cards), conversation, zone)


def _batch_card(case: Case, board: JobBoard, batch: Upload, job: Job | None) -> WorkCard:
    state: WorkState = "cancelling" if job is not None and job.state == "cancelling" else batch.state
    progress = _progress(case, board, job)
    arriving = batch.state == "receiving"
    shown = batch.files[:FILES_SHOWN]
    lines = {} if arriving else case.uploads.lines_of(batch.id, [file.name for file in shown])
    stage, done, total = _bar(progress)
    if arriving:
        stage, total = "receiving", len(batch.files)
        done = sum(file.state == "waiting" for file in batch.files)
    elif stage == "read" and state == "reading":
        done, total = max(done, case.uploads.read_count(batch.id)), max(total, len(batch.files))
    return WorkCard(
        "upload",
        batch.id,
        job.id if job is not None else 0,
        batch.title,
        state,
        batch.message or (job.message if job is not None else ""),
        batch.actor,
        batch.started_at,
        batch.conversation_id,
        stage,
        min(done, total),
        total,
        progress.seconds_left,
        progress.waits_for,
        tuple(_file_line(file, batch, lines.get(file.name)) for file in shown),
        max(0, len(batch.files) - len(shown)),
        len(batch.files),
        _totals(job),
    )


def _job_card(case: Case, board: JobBoard, job: Job) -> WorkCard:
    states: dict[str, WorkState] = {"queued": "waiting", "running": "reading"}
    progress = _progress(case, board, job)
    stage, done, total = _bar(progress)
    return WorkCard(
        job.kind,
        0,
        job.id,
        job.path,
        states.get(job.state) or job.state,  # type: ignore[arg-type]  # the others are named alike
        job.message,
        job.actor,
        job.made_at,
        None,
        stage,
        min(done, total),
        total,
        progress.seconds_left,
        progress.waits_for,
        (),
        0,
        0,
        _totals(job),
    )


def _progress(case: Case, board: JobBoard, job: Job | None) -> JobProgress:
    known = board.progress(case.description.id, job.id) if job is not None else None
    return known or JobProgress()


def _bar(progress: JobProgress) -> tuple[str, int, int]:
    return progress.stage, progress.done, progress.total


def _totals(job: Job | None) -> tuple[tuple[str, int], ...]:
    order = ("complete", "partial", "failed", "skipped")
    return tuple((key, job.totals[key]) for key in order if job.totals.get(key)) if job is not None else ()


def _file_line(file: UploadFile, batch: Upload, line: UploadLine | None) -> FileLine:
    return FileLine(
        file.name, file.size, _file_state(file, batch, line), (line and line.exhibit_id) or "", file.message
    )


def _file_state(file: UploadFile, batch: Upload, line: UploadLine | None) -> FileState:
    if line is not None:
        return line.status or "reading"
    if batch.state == "receiving":
        return "received" if file.state == "waiting" else "arriving"
    if file.state == "failed":
        return "lost"
    return "waiting" if batch.state in {"waiting", "reading", "failed"} else "lost"
