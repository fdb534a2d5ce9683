"""Pictures described by jobs of the page: begun by themselves, giving way to uploads, stopped, gone on with."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from assistant.chat_models.fake import FakeChatModel
from assistant.ui.desk import Desk
from casefile.case import Case
from casefile.derivations import Derivations
from casefile.home import Home
from casefile.jobs import Job, Jobs
from casefile.settings import ModelSettings, Settings
from casefile.verify import verify_case
from ingest.embedding.fake import HashedWordsEmbedder
from tests.assistant.pictures.picture_case import jpeg
from tests.assistant.ui.describing_child import GATE
from tests.assistant.ui.upload_client import ACTOR, finished, until, visitor
from tests.casefile.case_building import new_case

COLOURS = ("red", "green", "blue", "white")


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """How many pictures may be described; a model that sees is in use, in this process and in the child."""
    (tmp_path / "asked").touch()
    gate = tmp_path / "gate"
    gate.write_text("0")
    monkeypatch.setenv(GATE, str(gate))
    monkeypatch.setattr("assistant.ui.jobs.child.CHILD_MODULE", "tests.assistant.ui.describing_child")
    monkeypatch.setattr("assistant.pictures.waiting.can_describe", lambda *_: True)
    known = FakeChatModel([]).info
    monkeypatch.setattr("assistant.pictures.waiting._model_of", lambda *_: ("scripted", known.sha256))
    return gate


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.prepare()
    new_case(home.root, "demo").close()
    return home


@contextmanager
def open_desk(home: Home, *, by_itself: bool = False) -> Iterator[Desk]:
    settings = Settings(model=ModelSettings(describe_pictures=by_itself))  # type: ignore[call-arg]
    desk = Desk(home, settings, "keeper")
    desk._embedder = HashedWordsEmbedder(allow=True)
    try:
        yield desk
    finally:
        desk.close()


def upload(desk: Desk, *colours: str) -> int:
    """Pictures that have arrived and are to be read; returns the job."""
    case = desk.open("demo").case.acting_as(ACTOR)
    batch = case.uploads.begin(ACTOR, None, "pictures")
    files = [(f"{colour}.jpg", jpeg(colour)) for colour in colours]
    for name, content in files:
        (case.uploads.folder(batch) / name).write_bytes(content)
    for file_id in case.uploads.add_files(batch, [(name, len(content)) for name, content in files]):
        case.uploads.file_received(file_id)
    return desk.jobs.add_upload("demo", batch, ACTOR)


def describing(case: Case) -> Job:
    """The one job that describes."""
    (job,) = [job for job in Jobs(case.database).recent(10) if job.kind == "describe"]
    return job


def described(case: Case) -> int:
    """How many pictures are described."""
    return len(Derivations(case.database).of([one.id for one in case.catalogue.exhibits()]))


def asked(gate: Path) -> int:
    """How many pictures the model was shown and said something of."""
    return len(gate.with_name("asked").read_text().splitlines())


def test_an_upload_is_followed_by_descriptions_and_they_give_way_to_the_next(home: Home, gate: Path) -> None:
    with open_desk(home, by_itself=True) as desk:
        case = desk.open("demo").case
        assert finished(case, upload(desk, "red", "green")).state == "done"
        until(lambda: any(job.kind == "describe" for job in Jobs(case.database).recent(10)), "queued")
        gate.write_text("1")
        until(lambda: described(case) == 1, "one is described")
        first = describing(case)
        assert (first.state, first.actor) == ("running", ACTOR)
        progress = desk.jobs.progress("demo", first.id)
        assert progress is not None
        assert (progress.stage, progress.total) == ("describe", 2)
        assert finished(case, upload(desk, "blue")).state == "done"
        assert describing(case).state in {"queued", "running"}
        assert described(case) == 1
        gate.write_text("9")
        job = finished(case, first.id)
        assert (job.state, job.totals) == ("done", {"complete": 2, "failed": 0})
        assert (described(case), asked(gate)) == (3, 3), "none twice"
        assert case.catalogue.pending_count() == 0, "found by meaning too"
        assert verify_case(case).problems == ()
        found = desk.assistant("demo", ACTOR).search("a white van", 5)
        assert len(found.passages) == 3


def test_what_is_described_stays_when_the_rest_is_stopped(home: Home, gate: Path) -> None:
    with open_desk(home) as desk, visitor(desk) as client:
        case = desk.open("demo").case
        finished(case, upload(desk, *COLOURS))
        assert not any(job.kind == "describe" for job in Jobs(case.database).recent(10)), "settings do not ask for it"
        page = client.get("/case/demo").text
        assert "Describe 4 pictures" in page
        assert "up to 4 minutes" in page
        gate.write_text("1")
        green = next(one.id for one in case.catalogue.exhibits() if one.name == "green.jpg")
        alone = finished(case, desk.jobs.add_descriptions("demo", ACTOR, green))
        assert (alone.path, alone.totals) == (green, {"complete": 1, "failed": 0})
        made = Derivations(case.database).of([one.id for one in case.catalogue.exhibits()])
        assert [(one.source_id, one.actor) for one in made.values()] == [(green, ACTOR)]
        gate.write_text("2")
        assert client.post("/case/demo/pictures/describe").headers["location"] == "/case/demo/uploads"
        assert client.post("/case/demo/pictures/describe").status_code == 303
        job = next(job for job in Jobs(case.database).unfinished() if job.kind == "describe")
        until(lambda: described(case) == 2, "one more is described")
        assert "are being described" in client.get("/case/demo").text
        listed = client.get("/case/demo/uploads/list").text
        assert "Descriptions of pictures" in listed
        assert "being described" in listed
        assert client.post(f"/case/demo/jobs/{job.id}/cancel").status_code == 303
        assert finished(case, job.id).state == "cancelled"
        assert (described(case), asked(gate)) == (2, 2)
        assert case.catalogue.pending_count() == 0
        assert "Describe 2 pictures" in client.get("/case/demo").text
        assert "what is done is kept" in client.get("/case/demo/uploads/list").text
        assert not [event for event in case.custody.events() if "not described" in event.action]
        assert verify_case(case).problems == ()


def test_a_restart_goes_on_with_the_pictures_that_are_left(home: Home, gate: Path) -> None:
    with open_desk(home) as desk:
        case = desk.open("demo").case
        finished(case, upload(desk, "red", "green"))
        gate.write_text("1")
        job = desk.jobs.add_descriptions("demo", ACTOR)
        until(lambda: described(case) == 1, "one is described")
    gate.write_text("9")
    with open_desk(home) as desk:
        desk.jobs.resume_all()
        case = desk.open("demo").case
        assert finished(case, job).totals == {"complete": 1, "failed": 0}
        assert (described(case), asked(gate)) == (2, 2)


def test_without_a_model_that_sees_the_page_says_what_is_needed(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.ui.jobs.child.CHILD_MODULE", "tests.assistant.ui.describing_child")
    with open_desk(home, by_itself=True) as desk, visitor(desk) as client:
        case = desk.open("demo").case
        finished(case, upload(desk, "red"))
        page = client.get("/case/demo").text
        assert "1 picture or scanned page has no description." in page
        assert "vision projector must be in use" in page
        assert "describe-pictures" not in page
        assert not any(job.kind == "describe" for job in Jobs(case.database).recent(10))
        job = finished(case, desk.jobs.add_descriptions("demo", ACTOR))
        assert job.state == "failed"
        assert "caseclerk models pull" in job.message
