"""Puts the page together and serves it on this machine only."""

import asyncio
import ctypes
import json
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from anyio import to_thread
from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from assistant.ui.desk import Desk
from assistant.ui.guard import Address, Guard
from assistant.ui.sessions import Sessions
from assistant.ui.templates import rendered
from assistant.ui.texts import Speaker, chosen_language, speaker
from casefile.errors import CaseBusyError, CaseclerkError, CaseNotFoundError, ExhibitNotFoundError, UsageError

KEEP_ALIVE_S = 75
"""Longer than browsers keep an idle connection, so that they are the ones to close it."""
THREADS = 12
"""For requests side by side; each has a connection to each case's catalogue, with a cache of its own."""
M_ARENA_MAX = -8
"""Of mallopt(3)."""
ARENAS = 2
ASSETS = Path(__file__).parent / "assets"


def build_app(desk: Desk, address: Address, sessions: Sessions) -> ASGIApp:
    """The whole application, guarded."""
    from assistant.ui.chat.blocks import mount_chat
    from assistant.ui.chat.proposals import router as proposals_router
    from assistant.ui.chat.routes import router as chat_router
    from assistant.ui.pages import all_routers
    from assistant.ui.source.routes import router as source_router

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        to_thread.current_default_thread_limiter().total_tokens = THREADS
        threading.Thread(target=desk.jobs.resume_all, name="resume", daemon=True).start()
        yield
        desk.close()

    app = FastAPI(
        title="Caseclerk", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan, redirect_slashes=False
    )
    app.state.desk = desk
    app.mount("/assets", StaticFiles(directory=ASSETS), name="assets")
    app.include_router(_door(address, sessions, desk))
    for router in (*all_routers(), chat_router, proposals_router, source_router):
        app.include_router(router)
    _tell_errors(app)
    return Guard(mount_chat(app, desk), address, sessions)


def _door(address: Address, sessions: Sessions, desk: Desk) -> APIRouter:
    """Coming in by a one-time link, and going."""
    router = APIRouter()
    lasts = timedelta(hours=desk.settings.page.session_hours)

    @router.get("/login")
    def login(request: Request, token: str = "") -> Response:
        say = _say(request)
        session = sessions.enter(token, lasts)
        if session is None:
            message = say("common.error.link" if token else "common.error.forbidden")
            return HTMLResponse(rendered("door.html", {"t": say, "message": message}), 403)
        sessions.leave(request.cookies.get(address.cookie, ""))  # whoever sat here before
        answer = RedirectResponse("/", 303)
        answer.set_cookie(
            address.cookie, session, max_age=int(lasts.total_seconds()), httponly=True, samesite="strict", path="/"
        )
        return answer

    @router.post("/logout")
    def logout(request: Request) -> Response:
        sessions.leave(request.cookies.get(address.cookie, ""))
        answer = RedirectResponse("/login", 303)
        answer.delete_cookie(address.cookie)
        return answer

    return router


def _tell_errors(app: FastAPI) -> None:
    """Every error becomes a page that says what to do next."""

    def told(request: Request, message: str, status: int) -> Response:
        say = _say(request)
        if "application/json" in request.headers.get("accept", ""):
            return Response(json.dumps({"error": message}), status, media_type="application/json")
        return HTMLResponse(rendered("door.html", {"t": say, "message": message}), status)

    @app.exception_handler(CaseclerkError)
    def ours(request: Request, error: CaseclerkError) -> Response:
        return told(request, str(error), _status(error))

    @app.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> Response:
        known = {404: "common.error.missing", 405: "common.error.refused"}.get(error.status_code)
        message = _say(request)(known) if known is not None else str(error.detail)
        return told(request, message, error.status_code)

    @app.exception_handler(RequestValidationError)
    def misshapen(request: Request, error: RequestValidationError) -> Response:
        if any(place["loc"][:1] == ("path",) for place in error.errors()):
            return told(request, _say(request)("common.error.missing"), 404)
        return told(request, _say(request)("common.error.request"), 400)

    @app.exception_handler(Exception)
    def bug(request: Request, _: Exception) -> Response:  # which goes on to the guard, and is kept there
        return told(request, _say(request)("common.error.bug"), 500)


def _status(error: CaseclerkError) -> int:
    if isinstance(error, CaseNotFoundError | ExhibitNotFoundError):
        return 404
    if isinstance(error, UsageError):
        return 400
    return 409 if isinstance(error, CaseBusyError) else 500


def _say(request: Request) -> Speaker:
    return speaker(chosen_language(request.headers.get("accept-language", "")))


def serve(desk: Desk, listening: socket.socket, sessions: Sessions) -> None:
    """Serve until the process is told to stop."""
    import uvicorn

    _keep_memory_together()
    address = Address(listening.getsockname()[1])

    async def put_together() -> ASGIApp:  # where no event loop runs, Gradio makes some and leaves them open
        return build_app(desk, address, sessions)

    try:
        config = uvicorn.Config(
            asyncio.run(put_together()),
            loop="asyncio",
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=3,
            timeout_keep_alive=KEEP_ALIVE_S,
        )
        uvicorn.Server(config).run(sockets=[listening])
    finally:
        listening.close()
        desk.close()


def _keep_memory_together() -> None:
    """Let threads share two of glibc's memory arenas: one of its own keeps what its largest request once needed."""
    try:
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, ARENAS)
    except (OSError, AttributeError):  # another C library
        return
