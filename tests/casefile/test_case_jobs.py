"""Ingestions of the page as rows: their order, what a kill leaves of them, what can be cancelled or tried again."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from casefile.case import open_case
from casefile.database import Database
from casefile.errors import ExhibitNotFoundError, UsageError
from casefile.home import Home
from casefile.jobs import Jobs
from casefile.rereading import leave_unread, read_again
from casefile.schema import MIGRATIONS
from casefile.seals import seal
from tests.casefile.case_building import add_text, new_case


def test_jobs_keep_their_order_over_a_restart_and_what_is_cancelled_comes_first(tmp_path: Path) -> None:
    with new_case(tmp_path) as case:
        jobs = Jobs(case.database)
        first, second = jobs.queue("folder", "Vos", path="/evidence"), jobs.queue("upload", "Vos", upload_id=3)
        third = jobs.queue("retry", "Kok")
        assert jobs.start(first)
        assert not jobs.start(first)
        assert jobs.cancel(third)
    with open_case(Home(tmp_path), "demo", "tester") as case:
        jobs = Jobs(case.database)
        jobs.interrupted(most_attempts=3)
        assert [(job.id, job.state) for job in jobs.unfinished()] == [
            (third, "cancelling"),
            (first, "queued"),
            (second, "queued"),
        ]
        assert not jobs.start(third)
        jobs.end(third, "cancelled")
        assert not jobs.cancel(third)
        assert jobs.of_uploads([3, 4]) == {3: jobs.job(second)}
        jobs.start(first)
        jobs.end(first, "done", totals={"complete": 2})
        done = jobs.job(first)
        assert (done.finished, done.totals, done.attempts, done.path) == (True, {"complete": 2}, 2, "/evidence")
        assert done.started_at is not None
        assert done.ended_at is not None
        assert [job.id for job in jobs.recent(1)] == [third, second]
        with pytest.raises(UsageError, match="no job 99"):
            jobs.job(99)


def test_a_job_that_ends_the_program_each_time_is_not_begun_for_ever(tmp_path: Path) -> None:
    with new_case(tmp_path) as case:
        jobs = Jobs(case.database)
        job = jobs.queue("upload", "Vos", upload_id=1)
        for _ in range(3):
            assert jobs.start(job)
            jobs.interrupted(most_attempts=3)
        assert jobs.job(job).state == "failed"
        assert "3 times" in jobs.job(job).message
        assert jobs.again(job)
        assert (jobs.job(job).state, jobs.job(job).attempts, jobs.job(job).ended_at) == ("queued", 0, None)
        jobs.start(job)
        jobs.wait(job)
        assert (jobs.job(job).state, jobs.job(job).attempts) == ("queued", 0)
        jobs.end(job, "failed", "no memory")
        assert jobs.cancel(job)  # a failed upload can still be taken back


def test_what_is_to_be_read_again_stays_searchable_and_sealed_exhibits_are_left_alone(tmp_path: Path) -> None:
    with new_case(tmp_path) as case:
        first, _ = add_text(case, tmp_path, "a.txt", "alpha stands here")
        second, _ = add_text(case, tmp_path, "b.txt", "beta stands here")
        assert read_again(case) == ()  # both are complete
        assert read_again(case, [first, first]) == (first,)
        assert case.catalogue.stored_exhibits() == case.catalogue.exhibits_to_read_again() == (first,)
        assert case.catalogue.exhibit(first).status == "complete"
        assert list(case.custody.events())[-1].details == {"exhibits": [first]}
        seal(case, second, "privileged", "counsel")
        with pytest.raises(UsageError, match="sealed"):
            read_again(case, [second])
        with pytest.raises(ExhibitNotFoundError):
            read_again(case, ["sha256:" + "0" * 64])
        leave_unread(case)
        assert case.catalogue.stored_exhibits() == ()


def test_a_batch_ends_as_the_ledger_says_and_a_cancelled_one_keeps_no_name(tmp_path: Path) -> None:
    with new_case(tmp_path) as case:
        batch = case.uploads.begin("Vos", None, "Brief an Müller")
        ids = case.uploads.add_files(batch, [("a.txt", 1), ("b.txt", 1)])
        with pytest.raises(UsageError):
            case.uploads.add_files(batch, [("c.txt", 1), ("../d.txt", 1)])
        case.uploads.file_received(ids[0])
        with case.database.transaction() as connection:
            assert case.uploads.complete(batch, connection)
            assert not case.uploads.complete(batch, connection)
        assert [file.state for file in case.uploads.batch(batch).files] == ["waiting", "failed"]
        with case.database.transaction() as connection:
            connection.execute(
                "INSERT INTO occurrences (name, path, status, new) VALUES ('a.txt', ?, 'partial', 1)",
                (f"uploads/{batch}/a.txt",),
            )
            case.uploads.finish(batch, connection)
        assert [file.state for file in case.uploads.batch(batch).files] == ["done", "failed"]
        assert case.uploads.folder(batch).is_dir()
        case.uploads.sweep()
        assert not case.uploads.folder(batch).exists()
        with case.database.transaction() as connection:
            case.uploads.withdraw(batch, "cancelled", connection)
        left = case.uploads.batch(batch)
        assert (left.title, left.files, left.state) == ("", (), "cancelled")


def test_descriptions_come_last_and_the_same_ones_are_queued_once(tmp_path: Path) -> None:
    with new_case(tmp_path) as case:
        jobs = Jobs(case.database)
        descriptions = jobs.queue_descriptions("Vos")
        assert jobs.queue_descriptions("Kok") == descriptions
        one = jobs.queue_descriptions("Kok", "sha256:00 3")
        folder = jobs.queue("folder", "Vos", path="/evidence")
        assert [job.id for job in jobs.unfinished()] == [folder, descriptions, one]
        jobs.start(descriptions)
        assert jobs.queue_descriptions("Kok") == descriptions
        jobs.end(descriptions, "done")
        assert jobs.queue_descriptions("Kok") != descriptions


def test_a_case_of_an_older_version_keeps_its_jobs(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as connection:
        for script in MIGRATIONS[:9]:
            connection.executescript(script)
        connection.execute("PRAGMA user_version = 9")
        connection.execute(
            "INSERT INTO jobs (id, kind, actor, state, made_at, path, attempts) "
            "VALUES (7, 'folder', 'Vos', 'queued', '2024-03-01T10:00:00.000000Z', '/evidence', 2)"
        )
        connection.commit()
    database = Database(path)
    database.migrate()
    (kept,) = Jobs(database).unfinished()
    assert (kept.id, kept.kind, kept.path, kept.attempts) == (7, "folder", "/evidence", 2)
    assert Jobs(database).queue_descriptions("Vos") == 8
    database.close()
