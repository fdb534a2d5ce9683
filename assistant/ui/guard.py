"""What stands before every request, Gradio's included: host, origin, session, allowed paths, security headers.

Refused with 403: another host name (DNS rebinding), another origin, a fetch that another site began, no session, and
every path of Gradio that the conversation does not need: its file, upload and proxy routes above all. Gradio's page
gets a nonce for its scripts (see docs/decisions/040-the-chat-page.md).
"""

import re
import secrets
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.ui.sessions import Session, Sessions
from assistant.ui.templates import rendered
from assistant.ui.texts import chosen_language, speaker

CHAT = "/chat"
_OPEN_PATHS = re.compile(r"/login|/assets/[a-z0-9-]+\.(css|js|svg|png)")
"""What needs no session: the door, and our own static files."""
_GRADIO_PATHS = re.compile(
    r"/chat/?|/chat/(config|theme\.css|startup-events)"
    r"|/chat/(assets|static)/[A-Za-z0-9._/@-]+"
    r"|/chat/gradio_api/(startup-events|cancel|reset|heartbeat/[a-z0-9]+|queue/(join|data)|run/[a-z_0-9]+)"
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
_ELEMENTS = b'<script type="module" src="/assets/elements.js"></script><link rel="stylesheet" href="/assets/chat.css">'
_REMOTE_META = re.compile(rb'<meta\s[^>]*content="https?://[^>]*>')
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
    def origins(self) -> frozenset[str]:
        """Values of Origin that are ours."""
        return frozenset(f"http://{host}" for host in self.hosts)

    @property
    def cookie(self) -> str:
        """The cookie's name; cookies know no port, and two pages may run on one machine."""
        return f"caseclerk-{self.port}"


class Guard:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, address: Address, sessions: Sessions) -> None:
        self._app = app
        self._address = address
        self._sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # no part of the page uses a web socket
        headers = Headers(scope=scope)
        path: str = scope["path"]
        session = self._session(headers)
        refused = self._refused(scope["method"], path, headers, session)
        if refused is not None:
            await refused(scope, receive, self._with_headers(send, _OURS, path))
            return
        scope.setdefault("state", {})["session"] = session
        if path.rstrip("/") == CHAT and scope["method"] == "GET":
            nonce = secrets.token_urlsafe(16)
            policy = _GRADIOS.format(nonce=nonce)
            await self._app(scope, receive, _Nonced(self._with_headers(send, policy, path), nonce))
            return
        await self._app(scope, receive, self._with_headers(send, _OURS, path))

    def _session(self, headers: Headers) -> Session | None:
        try:
            cookies = SimpleCookie(headers.get("cookie", ""))
        except CookieError:
            return None
        found = cookies.get(self._address.cookie)
        return None if found is None else self._sessions.of(found.value)

    def _refused(self, method: str, path: str, headers: Headers, session: Session | None) -> Response | None:
        """The answer to a request that is not let through; None lets it through."""
        if self._is_foreign(method, headers):
            return Response("Refused: this request comes from another site.", 403)
        if "\0" in path or "\\" in path or _DOT_SEGMENT.search(path):
            return Response("Refused.", 403)
        if _OPEN_PATHS.fullmatch(path):
            return None
        if session is None:
            return self._door(headers)
        if path.startswith(CHAT) and not _GRADIO_PATHS.fullmatch(path):
            return Response("Refused: the page serves no files this way.", 403)
        return None

    def _is_foreign(self, method: str, headers: Headers) -> bool:
        """Whether a request is for another host, or was begun by another site.

        A browser sends Origin or Sec-Fetch-Site with every request that changes something; one that sends neither is
        not a browser's.
        """
        if headers.get("host", "").lower() not in self._address.hosts:
            return True
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        if origin is not None and origin not in self._address.origins:
            return True
        if site is not None and site not in {"same-origin", "none"}:
            return True
        return method not in {"GET", "HEAD"} and origin is None and site != "same-origin"

    def _door(self, headers: Headers) -> Response:
        """Told to somebody without a session."""
        say = speaker(chosen_language(headers.get("accept-language", "")))
        return HTMLResponse(rendered("door.html", {"t": say, "message": say("common.error.forbidden")}), 403)

    def _with_headers(self, send: Send, policy: str, path: str) -> Send:
        """Adds our headers to an answer, and takes away those that would let other origins in."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name in [name for name in headers if name.startswith("access-control-")]:
                    del headers[name]
                headers.setdefault("content-security-policy", policy)
                for name, value in _ALWAYS.items():
                    headers[name] = value
                if not path.startswith(("/assets/", f"{CHAT}/assets/", f"{CHAT}/static/")):
                    headers["cache-control"] = "no-store"
            await send(message)

        return sending


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
