"""What the page runs over a case in the background: rows that outlive the page, so that a restart goes on."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from casefile.database import Database
from casefile.errors import UsageError
from casefile.serial import now, time_from_text, time_to_text

JobKind = Literal["upload", "folder", "retry", "describe"]
JobState = Literal["queued", "running", "cancelling", "done", "failed", "cancelled"]
EndState = Literal["done", "failed", "cancelled"]

UNFINISHED: tuple[JobState, ...] = ("queued", "running", "cancelling")


@dataclass(frozen=True, slots=True)
class Job:
    """One ingestion, or descriptions of pictures (kind `describe`).

    `upload_id` names the batch of an upload; `path` is the place of a folder job, or the exhibit (and its page, after
    a blank) that is to be described, empty for all that wait. `attempts` counts how often it was started. `totals` are
    lines of the ledger by status (and passages), or pictures by status; empty until it is done.
    """

    id: int
    kind: JobKind
    actor: str
    upload_id: int | None
    path: str
    state: JobState
    message: str
    made_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    attempts: int
    totals: Mapping[str, int]

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen to it by itself."""
        return self.state not in UNFINISHED


class Jobs:
    """The jobs of one case."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def queue(
        self,
        kind: JobKind,
        actor: str,
        *,
        upload_id: int | None = None,
        path: str = "",
        connection: sqlite3.Connection | None = None,
    ) -> int:
        """Enter a job behind all others; returns its id."""
        with self._database.within(connection) as inside:
            cursor = inside.execute(
                "INSERT INTO jobs (kind, actor, upload_id, path, state, made_at) VALUES (?, ?, ?, ?, 'queued', ?)",
                (kind, actor, upload_id, path, time_to_text(now())),
            )
        return int(cursor.lastrowid or 0)

    def queue_descriptions(self, actor: str, path: str = "") -> int:
        """Enter a job that describes pictures, unless the same one is to be done already; returns the id of either."""
        with self._database.transaction() as connection:
            same = connection.execute(
                "SELECT id FROM jobs WHERE kind = 'describe' AND path = ? AND state IN ('queued', 'running')", (path,)
            ).fetchone()
            return int(same["id"]) if same else self.queue("describe", actor, path=path, connection=connection)

    def start(self, job_id: int) -> bool:
        """It begins now; False where it does not wait any more, because somebody has cancelled it."""
        what = "state = 'running', message = '', attempts = attempts + 1, started_at = ?"
        return self._change(job_id, what, (time_to_text(now()),), "AND state = 'queued'")

    def wait(self, job_id: int) -> None:
        """It did not come to its end, through no fault of its own: it keeps its place, and the attempt counts not."""
        what = "state = 'queued', attempts = max(0, attempts - 1)"
        self._change(job_id, what, (), "AND state = 'running'")

    def interrupted(self, most_attempts: int) -> None:
        """Called when nothing runs: what ran when its process ended waits again, if it was not tried too often."""
        message = (
            f"It was begun {most_attempts} times, and each time the program was ended before it was done. "
            "What was read is kept."
        )
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE jobs SET state = 'failed', message = ?, ended_at = ? WHERE state = 'running' AND attempts >= ?",
                (message, time_to_text(now()), most_attempts),
            )
            connection.execute("UPDATE jobs SET state = 'queued' WHERE state = 'running'")

    def again(self, job_id: int) -> bool:
        """Queue a job that failed once more; False where it did not fail."""
        return self._change(
            job_id, "state = 'queued', message = '', attempts = 0, ended_at = NULL", (), "AND state = 'failed'"
        )

    def cancel(self, job_id: int) -> bool:
        """Note durably that a job is to be cancelled; False where it is over already.

        A failed upload can be cancelled too: what it took in goes.
        """
        condition = "AND (state IN ('queued', 'running') OR (state = 'failed' AND kind = 'upload'))"
        return self._change(job_id, "state = 'cancelling', message = ''", (), condition)

    def end(
        self,
        job_id: int,
        state: EndState,
        message: str = "",
        totals: Mapping[str, int] | None = None,
        connection: sqlite3.Connection | None = None,
    ) -> None:
        """It is over; the message is one sentence for the investigator."""
        values = (state, message, json.dumps(dict(totals or {})), time_to_text(now()))
        self._change(job_id, "state = ?, message = ?, totals = ?, ended_at = ?", values, connection=connection)

    def job(self, job_id: int) -> Job:
        """One job.

        Raises:
            UsageError: there is none of that id.
        """
        for found in self._select("WHERE id = ?", (job_id,)):
            return found
        raise UsageError(f"There is no job {job_id} in this case.")

    def of_uploads(self, upload_ids: Sequence[int]) -> dict[int, Job]:
        """The last job of each of these batches."""
        marks = ", ".join("?" * len(upload_ids))
        found = self._select(f"WHERE upload_id IN ({marks}) ORDER BY id", upload_ids)
        return {job.upload_id: job for job in found if job.upload_id is not None}

    def recent(self, count: int) -> tuple[Job, ...]:
        """The last jobs, newest first; all unfinished ones are among them."""
        unfinished = "state IN ('queued', 'running', 'cancelling')"
        return self._select(
            f"WHERE {unfinished} OR id IN (SELECT id FROM jobs ORDER BY id DESC LIMIT ?) ORDER BY id DESC", (count,)
        )

    def unfinished(self) -> tuple[Job, ...]:
        """What is still to be done: first what is to be cancelled, then in the order of asking, descriptions last."""
        return self._select(
            "WHERE state IN ('queued', 'running', 'cancelling') ORDER BY state <> 'cancelling', kind = 'describe', id",
            (),
        )

    def _change(
        self,
        job_id: int,
        what: str,
        values: Sequence[object],
        condition: str = "",
        connection: sqlite3.Connection | None = None,
    ) -> bool:
        with self._database.within(connection) as inside:
            return bool(inside.execute(f"UPDATE jobs SET {what} WHERE id = ? {condition}", (*values, job_id)).rowcount)

    def _select(self, rest: str, values: Sequence[object]) -> tuple[Job, ...]:
        return tuple(_job(row) for row in self._database.connection().execute(f"SELECT * FROM jobs {rest}", values))


def _job(row: sqlite3.Row) -> Job:
    assert row["kind"] in get_args(JobKind)
    return Job(
        row["id"],
        row["kind"],
        row["actor"],
        row["upload_id"],
        row["path"],
        row["state"],
        row["message"],
        time_from_text(row["made_at"]),
        time_from_text(row["started_at"]) if row["started_at"] else None,
        time_from_text(row["ended_at"]) if row["ended_at"] else None,
        row["attempts"],
        json.loads(row["totals"]),
    )
