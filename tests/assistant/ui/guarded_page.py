"""The whole application behind its guard, with two cases in its HOME, for tests that attack it without a browser."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from starlette.routing import Mount
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from assistant.ui.desk import Desk
from assistant.ui.guard import Address, Guard
from assistant.ui.server import build_app
from assistant.ui.sessions import Sessions
from casefile.home import Home
from casefile.settings import Settings
from ingest.embedding.fake import HashedWordsEmbedder
from tests.casefile.case_building import add_text, new_case

PORT = 7860
HOST = f"127.0.0.1:{PORT}"
ORIGIN = f"http://{HOST}"
ACTOR = "KOK Meier"
SECRET = "mauvaise-graine-4711"
"""A word that stands only in the second case."""


class SetClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, span: timedelta) -> None:
        self.now += span


@dataclass(frozen=True, slots=True)
class OtherCase:
    """What stands in the second case, `two`."""

    exhibit: str
    text_sha256: str
    conversation: int
    turn: int
    upload: int


@dataclass(frozen=True, slots=True)
class GuardedPage:
    """The application and what it stands on."""

    app: ASGIApp
    home: Home
    desk: Desk
    sessions: Sessions
    clock: SetClock
    other: OtherCase

    def client(self, actor: str | None = ACTOR, **headers: str) -> TestClient:
        """Somebody's browser: signed in as `actor`, not signed in for None. Redirects are not followed."""
        client = TestClient(
            self.app,
            base_url=ORIGIN,
            follow_redirects=False,
            headers={"origin": ORIGIN, "sec-fetch-site": "same-origin", **headers},
        )
        if actor is not None:
            token = self.sessions.enter(self.sessions.make_link(actor, timedelta(minutes=5)), timedelta(hours=12))
            assert token is not None
            client.cookies.set(Address(PORT).cookie, token)
        return client

    def our_routes(self) -> list[tuple[str, str]]:
        """Every route of ours as (method, path pattern)."""
        documented: dict[str, dict[str, Any]] = _application(self.app).openapi()["paths"]
        return [(method.upper(), path) for path, methods in documented.items() for method in methods]

    def gradio_routes(self) -> list[tuple[str, str]]:
        """Every route of the Gradio application under /chat, with that prefix."""
        mounts = [
            route for route in _application(self.app).routes if isinstance(route, Mount) and route.path == "/chat"
        ]
        assert len(mounts) == 1
        return sorted(set(_routes_of(mounts[0].routes, "/chat")))


def _application(app: ASGIApp) -> Any:
    assert isinstance(app, Guard)
    return app._app


def _routes_of(routes: Any, prefix: str) -> Iterator[tuple[str, str]]:
    for route in routes:
        inner = getattr(route, "original_router", None)  # a router that was included; its paths hold its prefix
        path = prefix + getattr(route, "path", "")
        if inner is not None:
            yield from _routes_of(inner.routes, prefix)
        elif getattr(route, "routes", None):
            yield from _routes_of(route.routes, path)
        else:
            for method in sorted(getattr(route, "methods", None) or {"GET", "POST"}):
                yield method, path


@contextmanager
def guarded_page(root: Path) -> Iterator[GuardedPage]:
    """The application with the cases `one` (empty of secrets) and `two`."""
    root.mkdir(exist_ok=True)
    home = Home(root / "home")
    home.prepare()
    with new_case(home.root, "one") as case:
        add_text(case, root, "plain.txt", "A plain text about a van.\nAnd a line more.")
        case.conversations.add_turn(case.conversations.start("First"), "What van?", "What van?", "{}", "x")
    other = _fill_other(home, root)
    desk = Desk(home, Settings(), "keeper")
    desk._embedder = HashedWordsEmbedder(allow=True)
    clock = SetClock()
    sessions = Sessions(home.root, clock)

    async def put_together() -> ASGIApp:  # as `serve` does: without a loop Gradio makes some and leaves them open
        return build_app(desk, Address(PORT), sessions)

    app = asyncio.run(put_together())
    try:
        yield GuardedPage(app, home, desk, sessions, clock, other)
    finally:
        desk.close()


def _fill_other(home: Home, root: Path) -> OtherCase:
    """Case `two`: everything in it holds the secret. Ids are higher than any of case `one`."""
    with new_case(home.root, "two") as case:
        exhibit, _ = add_text(case, root, f"{SECRET}.txt", f"Here stands {SECRET} and no more.")
        text_sha256 = case.catalogue.text_versions(exhibit)[0]
        conversation = turn = 0
        for _ in range(5):
            conversation = case.conversations.start(SECRET)
            turn = case.conversations.add_turn(conversation, f"Who is {SECRET}?", SECRET, "{}", "y")
        upload = 0
        for _ in range(5):
            upload = case.uploads.begin("y", conversation, SECRET)
    return OtherCase(exhibit, text_sha256, conversation, turn, upload)
