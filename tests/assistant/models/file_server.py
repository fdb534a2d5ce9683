"""A file server on loopback that misbehaves as told: cuts, wrong ranges, redirections, errors."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Behaviour:
    """How one answer differs from that of a good server.

    Attributes:
        status: instead of 200.
        cut_after: bytes after which the connection is closed.
        ranges: whether Range is understood.
        content: another content than the file's.
        headers: further headers.
        claims: the Content-Length that is sent; None for the true one, empty for none.
        etag: of the file.
    """

    status: int = 200
    cut_after: int | None = None
    ranges: bool = True
    content: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    claims: str | None = None
    etag: str = '"v1"'


@dataclass
class FileServer:
    """Serves files by path; the answers to a path are taken from `plan`, then they are good ones."""

    url: str
    files: dict[str, bytes] = field(default_factory=dict)
    plan: list[Behaviour] = field(default_factory=list)
    seen: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    @property
    def ranges(self) -> list[str]:
        """The Range header of each request for a file."""
        return [headers.get("Range", "") for _, _, headers in self.seen]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "_Server"

    def log_message(self, *_arguments: object) -> None:  # type: ignore[override]
        pass

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        state = self.server.state
        state.seen.append((self.command, self.path, dict(self.headers)))
        how = state.plan.pop(0) if state.plan else Behaviour()
        content = state.files.get(self.path) if how.content is None else how.content
        self.close_connection = True
        status, first = how.status, 0
        if content is None:
            content, status = b"not here", 404
        if status == 200:
            status, first = self._range(how, len(content))
        self.send_response(status)
        self._send_headers(how, status, first, len(content))
        if body:
            rest = content[first:]
            self.wfile.write(rest if how.cut_after is None else rest[: how.cut_after])

    def _range(self, how: Behaviour, length: int) -> tuple[int, int]:
        """Status and first byte."""
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if not wanted or not how.ranges or self.headers.get("If-Range", how.etag) != how.etag:
            return 200, 0
        first = int(wanted[1])
        return (206, first) if first < length else (416, 0)

    def _send_headers(self, how: Behaviour, status: int, first: int, length: int) -> None:
        headers = {"Connection": "close"}
        if status == 206:
            headers["Content-Range"] = f"bytes {first}-{length - 1}/{length}"
        if how.etag:
            headers["ETag"] = how.etag
        if how.claims != "":
            headers["Content-Length"] = how.claims or str(length - first)
        for name, value in {**headers, **how.headers}.items():
            self.send_header(name, value)
        self.end_headers()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    state: FileServer


@contextmanager
def serving() -> Iterator[FileServer]:
    """A server on a free port of loopback."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.state = FileServer(f"http://127.0.0.1:{server.server_port}/")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
