"""Ingestions of the page with real processes: cancelled in the middle, killed, resumed after a restart, waited for."""

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.ui.desk import Desk
from assistant.ui.jobs.child import JobProcess
from assistant.ui.jobs.progress import Watch
from casefile.case import Case, open_case
from casefile.errors import CaseNotFoundError, UsageError
from casefile.home import Home
from casefile.jobs import Jobs
from casefile.verify import verify_case
from tests.assistant.ui.upload_client import ACTOR, finished, open_desk, prepared_home, until, visitor
from tests.casefile.test_upload_removal import CANARY, holding

MANY = 150
"""Files of a batch that takes a while."""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return prepared_home(tmp_path / "home", "demo")


@pytest.fixture
def desk(home: Home) -> Iterator[Desk]:
    with open_desk(home) as made:
        yield made


def drop(desk: Desk, count: int, text: str = "The meeting was on Monday.", case_id: str = "demo") -> int:
    """A batch whose files have arrived."""
    case = desk.open(case_id).case.acting_as(ACTOR)
    batch = case.uploads.begin(ACTOR, None, "batch")
    files = [(f"{number:04}.txt", f"{text} Number {number}.".encode()) for number in range(count)]
    for name, content in files:
        (case.uploads.folder(batch) / name).write_bytes(content)
    for file_id in case.uploads.add_files(batch, [(name, len(content)) for name, content in files]):
        case.uploads.file_received(file_id)
    return batch


def is_reading(desk: Desk, case: Case) -> bool:
    """Whether the child has read something, and not yet everything."""
    return desk.jobs.process_of("demo") is not None and any(line.status for line in case.catalogue.occurrences())


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_an_upload_cancelled_in_the_middle_leaves_nothing(desk: Desk, home: Home) -> None:
    case = desk.open("demo").case
    with visitor(desk) as client:
        batch = drop(desk, MANY, f"Only the {CANARY} knows.")
        job = desk.jobs.add_upload("demo", batch, ACTOR)
        until(lambda: is_reading(desk, case), "reading")
        process = desk.jobs.process_of("demo")
        assert process is not None
        assert holding(case.folder / "originals", CANARY)
        assert os.getpriority(os.PRIO_PROCESS, process) >= 10
        assert client.post(f"/case/demo/uploads/{batch}/cancel").status_code == 303
        ended = finished(case, job)
        assert (ended.state, ended.message) == ("cancelled", "")
        assert not alive(process)
        assert "cancelled" in client.get("/case/demo/uploads/list").text
    assert case.catalogue.exhibits() == ()
    assert case.catalogue.occurrences() == ()
    (event,) = [event for event in case.custody.events() if event.action == "upload cancelled"]
    assert (event.actor, event.details["upload"], event.details["files"]) == (ACTOR, batch, MANY)
    assert verify_case(case).problems == ()
    assert holding(home.root, CANARY) == []
    assert list((case.folder / "uploads").iterdir()) == []


def test_a_killed_child_is_told_and_can_be_tried_again(desk: Desk) -> None:
    case = desk.open("demo").case
    first, second = drop(desk, MANY), drop(desk, 1, "Another batch waits behind it.")
    job = desk.jobs.add_upload("demo", first, ACTOR)
    behind = desk.jobs.add_upload("demo", second, ACTOR)
    until(lambda: is_reading(desk, case), "reading")
    process = desk.jobs.process_of("demo")
    assert process is not None  # 0 would be the tests themselves
    os.kill(process, signal.SIGKILL)
    failed = finished(case, job)
    assert (failed.state, "signal 9" in failed.message) == ("failed", True)
    assert finished(case, behind).state == "done"
    assert case.uploads.folder(first).is_dir()
    assert desk.jobs.again("demo", job)
    assert not desk.jobs.again("demo", behind)
    assert finished(case, job).totals["complete"] == MANY
    until(lambda: not case.uploads.folder(first).exists(), "removed")
    assert verify_case(case).problems == ()


def test_a_restart_goes_on_where_the_server_stopped(home: Home) -> None:
    with open_desk(home) as desk:
        case = desk.open("demo").case
        batch = drop(desk, MANY)
        dead = case.uploads.begin(ACTOR, None, "its tab was closed")
        job = desk.jobs.add_upload("demo", batch, ACTOR)
        until(lambda: is_reading(desk, case), "reading")
        process = desk.jobs.process_of("demo") or 0
    assert not alive(process)
    with open_case(home, "demo", "tester") as case:
        assert (Jobs(case.database).job(job).state, case.uploads.batch(batch).state) == ("queued", "waiting")
    with open_desk(home) as desk:
        desk.jobs.resume_all()
        assert [opened.case.description.id for opened in desk.opened()] == ["demo"]
        case = desk.open("demo").case
        assert finished(case, job).totals["complete"] == MANY
        assert [upload.id for upload in case.uploads.all()] == [batch]
        assert dead not in {int(path.name) for path in (case.folder / "uploads").iterdir()}
        assert verify_case(case).problems == ()


def test_a_case_is_deleted_while_it_is_read(desk: Desk, home: Home) -> None:
    case = desk.open("demo").case
    job = desk.jobs.add_upload("demo", drop(desk, MANY, CANARY), ACTOR)
    until(lambda: is_reading(desk, case), f"job {job}")
    process = desk.jobs.process_of("demo") or 0
    desk.delete("demo", ACTOR)
    assert not alive(process)
    assert holding(home.root, CANARY) == []
    with pytest.raises(CaseNotFoundError):
        desk.jobs.add_folder("demo", "/tmp", ACTOR)


def test_uploads_and_questions_go_on_while_a_job_runs_and_another_writer_is_waited_for(
    desk: Desk, home: Home, tmp_path: Path
) -> None:
    opened = desk.open("demo")
    case = opened.case
    opened.let_go()
    (tmp_path / "files").mkdir()
    (tmp_path / "files/a.txt").write_text("The meeting was on Monday in Aachen.")
    (tmp_path / "files/empty.txt").write_text("")
    with open_case(home, "demo", "another process") as writer, writer.locked():
        job = desk.jobs.add_folder("demo", str(tmp_path / "files"), ACTOR)

        def waits() -> bool:
            now = desk.jobs.progress("demo", job)
            return now is not None and now.waits_for == "writer"

        until(waits, "the other writer")
        batch = drop(desk, 1)
        assert desk.assistant("demo", ACTOR).search("Where was the meeting?", 3).passages == ()
        with visitor(desk) as client:
            assert "another process" in client.get("/case/demo/uploads/list").text
    assert finished(case, job).totals["complete"] == 1
    assert finished(case, desk.jobs.add_upload("demo", batch, ACTOR)).totals["complete"] == 1
    assert len(desk.assistant("demo", ACTOR).search("Where was the meeting?", 3).passages) == 2
    again = desk.jobs.add_retry("demo", ACTOR)
    assert finished(case, again).totals == {"complete": 0, "partial": 0, "failed": 1, "skipped": 0, "passages": 0}
    for path in ("relative", "/not/there", "", "\0", str(home.root), str(case.folder / "originals")):
        with pytest.raises(UsageError):
            desk.jobs.add_folder("demo", path, ACTOR)


def test_a_job_that_waits_is_cancelled_without_a_process(desk: Desk, tmp_path: Path) -> None:
    case = desk.open("demo").case
    with desk.jobs.stopped("demo"):  # nothing begins meanwhile
        batch = drop(desk, 2, CANARY)
        job = desk.jobs.add_upload("demo", batch, ACTOR)
        other = desk.jobs.add_folder("demo", str(tmp_path), ACTOR)
        assert desk.jobs.cancel("demo", job)
        assert desk.jobs.cancel("demo", other)
        assert not desk.jobs.cancel("demo", other)
    desk.jobs.resume(desk.open("demo"))
    assert finished(case, job).state == finished(case, other).state == "cancelled"
    assert Jobs(case.database).job(job).started_at is None
    assert holding(desk.home.root, CANARY) == []


def test_a_process_ends_with_the_thread_that_started_it(home: Home) -> None:
    """As it does when the server is killed: the kernel sees to it."""
    started: list[JobProcess] = []
    folder = home.case_folder("demo")
    pipe = folder / "uploads/wait"
    pipe.mkdir()
    for number in range(MANY):
        (pipe / f"{number}.txt").write_text(f"number {number}")

    def start() -> None:
        arguments = ["--home", str(home.root), "ingest", "--case", "demo", "--progress", "lines", "uploads/wait"]
        child = JobProcess(arguments, folder)
        started.append(child)
        stream = child._process.stderr
        assert stream is not None
        stream.readline()  # it is at work

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    code = started[0].follow(lambda *_: None, lambda _: None)
    assert code == -signal.SIGKILL
    with open_case(home, "demo", "tester") as case, case.locked():  # it left no lock behind
        assert case.holds_lock


def test_what_is_left_is_guessed_only_when_there_is_something_to_go_by() -> None:
    clock = iter([0.0, 0.0, 1.0, 10.0, 20.0, 20.0, 20.0])
    watch = Watch(lambda: next(clock))
    watch.hear("read", 0, 100)
    watch.hear("read", 50, 100)
    assert watch.now.seconds_left is None  # a second says nothing
    watch.hear("read", 1, 100)
    assert watch.now.seconds_left is None  # nor does one file of a hundred
    watch.hear("read", 50, 100)
    assert watch.now.seconds_left == 20.0
    watch.say("slow disk")
    watch.say("slow disk")
    watch.hear("embed", 0, 0)
    assert (watch.now.stage, watch.now.said) == ("embed", ("slow disk",))
