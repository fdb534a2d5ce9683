"""The guarded page with real ingestions behind it, without Gradio; one converted embedding model for a run's tests."""

import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from starlette.testclient import TestClient

from assistant.embedding import make_embedder
from assistant.ui.desk import Desk
from assistant.ui.guard import Address
from assistant.ui.server import build_app
from assistant.ui.sessions import Sessions
from casefile.case import Case
from casefile.home import Home
from casefile.jobs import Job, Jobs
from casefile.settings import Settings
from tests.casefile.case_building import new_case

ACTOR = "KOK Meier"
PORT = 7861
LONGEST_WAIT_SECONDS = 60.0


@cache
def _model() -> tuple[tempfile.TemporaryDirectory[str], Any]:
    """A folder with the converted model, and the model."""
    folder = tempfile.TemporaryDirectory(prefix="caseclerk-tests-model-")
    home = Home(Path(folder.name))
    home.prepare()
    return folder, make_embedder(home, Settings())


def prepared_home(root: Path, *case_ids: str) -> Home:
    """A HOME with empty cases, in which a child process finds the model converted."""
    home = Home(root)
    home.prepare()
    (home.models / "onnx").symlink_to(Path(_model()[0].name) / "models" / "onnx")
    for case_id in case_ids:
        new_case(root, case_id).close()
    return home


@contextmanager
def open_desk(home: Home, settings: Settings | None = None) -> Iterator[Desk]:
    """A desk over it, as the server makes one."""
    desk = Desk(home, settings or Settings(), "keeper")
    desk._embedder = _model()[1]
    try:
        yield desk
    finally:
        desk.close()


@contextmanager
def visitor(desk: Desk, actor: str = ACTOR, language: str = "en") -> Iterator[TestClient]:
    """Somebody signed in at the guarded application; the conversation is left out, uploads do not go through it."""
    address = Address(PORT)
    sessions = Sessions(desk.home.root)
    token = sessions.enter(sessions.make_link(actor, timedelta(minutes=5)), timedelta(hours=1))
    headers = {"accept-language": language, "origin": f"http://127.0.0.1:{PORT}"}
    with patch("assistant.ui.chat.blocks.mount_chat", lambda app, _desk: app):
        guarded = build_app(desk, address, sessions)
    client = TestClient(
        guarded,
        base_url=f"http://127.0.0.1:{PORT}",
        headers=headers,
        cookies={address.cookie: token or ""},
        follow_redirects=False,
    )
    try:
        yield client
    finally:
        client.close()


def until(true: Callable[[], object], what: str = "") -> None:
    """Wait, on the clock of the machine and not by counting, until something holds."""
    pause = threading.Event()
    for _ in range(int(LONGEST_WAIT_SECONDS / 0.02)):
        if true():
            return
        pause.wait(0.02)
    raise AssertionError(f"it never came to it: {what}")


def finished(case: Case, job_id: int) -> Job:
    """A job, when it is over."""
    until(lambda: Jobs(case.database).job(job_id).finished, f"job {job_id}: {Jobs(case.database).job(job_id)}")
    return Jobs(case.database).job(job_id)
