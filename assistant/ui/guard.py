"""What stands before every request, Gradio's included: host, origin, session, allowed paths, security headers.

Refused with 403: another host name (DNS rebinding), another origin, a fetch that another site began, no session, an
address or exhibit that is not there or belongs to another case (both look the same), and every path of Gradio that the
conversation does not need: its file, upload and proxy routes above all. Gradio's page gets a nonce for its scripts (see
docs/decisions/040-the-chat-page.md). A bug anywhere behind it ends here as well: told without its message, which may
hold evidence and would otherwise stand in the server's log.
"""

import re
import secrets
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.cli.ending import keep_bug_report
from assistant.ui.sessions import Session, Sessions
from assistant.ui.templates import rendered
from assistant.ui.texts import chosen_language, speaker
from casefile.errors import StorageError

CHAT = "/chat"
_OPEN_PATHS = re.compile(r"/login|/assets/[a-z0-9-]+\.(css|js|svg|png)")
"""What needs no session: the door, and our own static files."""
_GRADIO_PATHS = re.compile(
    r"/chat/?|/chat/(config|theme\.css|startup-events)"
    r"|/chat/(assets|static)/[A-Za-z0-9._/@-]+"
    r"|/chat/gradio_api/(startup-events|cancel|reset|heartbeat/[a-z0-9]+|queue/(join|data))"
)
"""All of Gradio's routes that the conversation uses; anything else under /chat is refused."""

_OURS = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "media-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'self'; base-uri 'none'"
)
_GRADIOS = (
    "default-src 'none'; script-src 'self' 'unsafe-eval' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; frame-src 'self'; worker-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'self'"
)
_ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_ELEMENTS = (
    b'<script type="module" src="/assets/elements.js"></script><script type="module" src="/assets/upload.js"></script>'
    b'<link rel="stylesheet" href="/assets/chat.css"><link rel="icon" href="/assets/icon.svg">'
)
_REMOTE_META = re.compile(rb'<meta\s[^>]*content="https?://[^>]*>')
_FORWARDED = re.compile(rb"forwarded|x-forwarded-[a-z-]+|x-gradio-server|x-direct-url|x-original-url|x-rewrite-url")
"""What a proxy would say. There is none, and Gradio would believe it."""
LOOK_AGAIN_S = 2.0
"""How often a stream looks whether its reader is still signed in."""
_LAST: Message = {"type": "http.response.body", "body": b"", "more_body": False}
_DOT_SEGMENT = re.compile(r"(^|/)\.\.?(/|$)")


@dataclass(frozen=True, slots=True)
class Address:
    """Where the page is served."""

    port: int
    names: tuple[str, ...] = ("127.0.0.1", "localhost")

    @property
    def hosts(self) -> frozenset[str]:
        """Values of Host that are ours."""
        return frozenset(f"{name}:{self.port}" for name in self.names)

    @property
    def cookie(self) -> str:
        """The cookie's name; cookies know no port, and two pages may run on one machine."""
        return f"caseclerk-{self.port}"


class Guard:
    """The outermost layer of the application.

    Args:
        app: what is guarded.
        address: where it is served.
        sessions: who is signed in.
        ticks: seconds that only grow, for looking at a session again while an answer streams.
    """

    def __init__(
        self, app: ASGIApp, address: Address, sessions: Sessions, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._app = app
        self._address = address
        self._sessions = sessions
        self._ticks = ticks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":  # no part of the page uses one
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": "The page uses no web sockets."})
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        path: str = scope["path"]
        answer = _Answer(send, _OURS, path)
        try:
            session = self._session(headers)
            refused = self._refused(scope["method"], path, headers, session)
        except StorageError as error:
            session, refused = None, _told(headers, str(error), 500)
        if refused is not None:
            await refused(scope, receive, answer)
            return
        if session is not None:
            answer.watch(lambda: self._session(headers) is not None, self._ticks)
        asked = {
            **scope,
            "state": {**scope.get("state", {}), "session": session},
            "headers": [pair for pair in scope["headers"] if not _FORWARDED.fullmatch(pair[0])],
        }
        sending: Send = answer
        if path.rstrip("/") == CHAT and scope["method"] == "GET":
            nonce = secrets.token_urlsafe(16)
            answer.policy = _GRADIOS.format(nonce=nonce)
            sending = _Nonced(answer, nonce)
        try:
            await self._app(asked, receive, sending)
        except ClientDisconnect:
            return  # whoever asked has gone
        except Exception as error:  # noqa: BLE001 - the boundary of a request: kept without its message, and told
            print(keep_bug_report(error), file=sys.stderr)  # noqa: T201 - for whoever started the page
            if not answer.begun:
                await _told(headers, "common.error.bug", 500)(scope, receive, answer)

    def _session(self, headers: Headers) -> Session | None:
        """The session of a request's cookie; None also where there are two, one of which somebody has planted."""
        found = {
            value
            for part in ";".join(headers.getlist("cookie")).split(";")
            for name, _, value in [part.strip().partition("=")]
            if name == self._address.cookie
        }
        return self._sessions.of(found.pop()) if len(found) == 1 else None

    def _refused(self, method: str, path: str, headers: Headers, session: Session | None) -> Response | None:
        """The answer to a request that is not let through; None lets it through."""
        if self._is_foreign(method, headers):
            return _told(headers, "common.error.foreign")
        if "\0" in path or "\\" in path or _DOT_SEGMENT.search(path):
            return _told(headers, "common.error.refused")
        if _OPEN_PATHS.fullmatch(path):
            return None
        if session is None:
            return _told(headers, "common.error.forbidden")
        if path.startswith(CHAT) and not _GRADIO_PATHS.fullmatch(path):
            return _told(headers, "common.error.refused")
        return None

    def _is_foreign(self, method: str, headers: Headers) -> bool:
        """Whether a request is for another host, or was begun by another site.

        A browser sends Origin or Sec-Fetch-Site with every request that changes something; one that sends neither is
        not a browser's.
        """
        host = headers.get("host", "").lower()
        if host not in self._address.hosts:
            return True
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        if origin is not None and origin != f"http://{host}":
            return True
        if site is not None and site not in {"same-origin", "none"}:
            return True
        return method not in {"GET", "HEAD"} and origin is None and site != "same-origin"


def _told(headers: Headers, message: str, status: int = 403) -> Response:
    """A page that says why something was refused: the key of a text, or a sentence."""
    say = speaker(chosen_language(headers.get("accept-language", "")))
    told = say(message) if say.has(message) else message
    return HTMLResponse(rendered("door.html", {"t": say, "message": told}), status)


class _Answer:
    """Sends an answer with our headers, without those that would let other origins in.

    An answer that streams ends when the session of whoever reads it has ended.
    """

    def __init__(self, send: Send, policy: str, path: str) -> None:
        self.policy = policy
        self.begun = False
        self._send = send
        self._may_be_kept = path.startswith(("/assets/", f"{CHAT}/assets/", f"{CHAT}/static/"))
        self._streams = False
        self._cut = False
        self._still: Callable[[], bool] | None = None
        self._ticks: Callable[[], float] = time.monotonic
        self._looked = 0.0

    def watch(self, still: Callable[[], bool], ticks: Callable[[], float]) -> None:
        """Look from time to time whether whoever reads may still."""
        self._still, self._ticks, self._looked = still, ticks, ticks()

    async def __call__(self, message: Message) -> None:
        """Pass a message on."""
        if message["type"] == "http.response.start":
            self.begun = True
            if message["status"] == 404:  # what is not there and what is another case's look the same: refused
                message = {**message, "status": 403}
            headers = MutableHeaders(scope=message)
            for name in [name for name in headers if name.startswith("access-control-")]:
                del headers[name]
            headers.setdefault("content-security-policy", self.policy)
            for name, value in _ALWAYS.items():
                headers[name] = value
            if message["status"] >= 400 or not self._may_be_kept:
                headers["cache-control"] = "no-store"
            self._streams = headers.get("content-type", "").startswith("text/event-stream")
        elif self._cut:
            return
        elif self._streams and self._still is not None and self._ticks() - self._looked >= LOOK_AGAIN_S:
            self._looked = self._ticks()
            self._cut = not self._still()
        await self._send(_LAST if self._cut else message)


class _Nonced:
    """Sends Gradio's page with a nonce at each script, our elements, and without addresses of other hosts."""

    def __init__(self, send: Send, nonce: str) -> None:
        self._send = send
        self._nonce = nonce.encode("ascii")
        self._start: Message | None = None
        self._body = bytearray()

    async def __call__(self, message: Message) -> None:
        """Hold the page back until it is whole."""
        if message["type"] == "http.response.start":
            self._start = message
            return
        if message["type"] != "http.response.body":  # an extension of the server's
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if message.get("more_body"):
            return
        assert self._start is not None
        headers = MutableHeaders(scope=self._start)
        body = bytes(self._body)
        if headers.get("content-type", "").startswith("text/html"):
            body = _REMOTE_META.sub(b"", body).replace(b"</head>", _ELEMENTS + b"</head>", 1)
            body = body.replace(b"<script", b'<script nonce="' + self._nonce + b'"')
            headers["content-length"] = str(len(body))
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": body})
