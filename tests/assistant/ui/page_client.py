"""The case pages behind a test client: signed in, no guard before them, a fake embedding model, no Gradio."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from fastapi import FastAPI
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.ui.desk import Desk
from assistant.ui.server import _tell_errors
from assistant.ui.sessions import Session
from casefile.case import open_case
from casefile.home import Home
from casefile.serial import now
from casefile.settings import Settings
from ingest.embedding.fake import HashedWordsEmbedder

ACTOR = "KOK Meier"
MODULES = (
    "cases",
    "overview",
    "exhibits",
    "exhibit",
    "sealing",
    "erasing",
    "frame",
    "keywords",
    "mentions",
    "identifiers",
    "conversations",
    "custody",
    "settings",
    "models",
)
"""Those whose routes are tried here."""


class _SignedIn:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope.setdefault("state", {})["session"] = Session(ACTOR, now())
        await self._app(scope, receive, send)


@contextmanager
def pages(root: Path, language: str = "en") -> Iterator[TestClient]:
    """A client on all case pages of a HOME; redirects are not followed."""
    home = Home(root)
    home.prepare()
    desk = Desk(home, Settings(), "keeper")
    desk._embedder = HashedWordsEmbedder(allow=True)
    app = FastAPI()
    app.state.desk = desk
    for name in MODULES:
        app.include_router(import_module(f"assistant.ui.pages.{name}").router)
    _tell_errors(app)
    client = TestClient(_SignedIn(app), follow_redirects=False, headers={"accept-language": language})
    try:
        yield client
    finally:
        client.close()
        desk.close()


def logged(root: Path, case_id: str = "demo") -> list[tuple[str, str, str]]:
    """The custody log as (actor, kind, action)."""
    with open_case(Home(root), case_id, "reader") as case:
        return [(event.actor, event.kind, event.action) for event in case.custody.events()]


def words(html: str) -> str:
    """What a page says, without its markup and with blanks as one."""
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())
