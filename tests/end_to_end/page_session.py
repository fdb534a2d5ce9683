"""The real page in a real browser: `caseclerk ui` as a process of its own, and Chromium on it.

`page_server` starts the server of a fresh HOME, `browser` one Chromium a module, `open_page` signs in and gives a page
that keeps whatever must not happen: errors, dialogs, requests to other hosts.
"""

import json
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, Request, sync_playwright

from tests.capabilities import needs_program
from tests.end_to_end.command_line import Clerk, heed_interrupts

CHROMIUM_ARGUMENTS = (
    "--no-sandbox",  # as root there is none
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
START_S = 60
END_S = 20
OUR_SCHEMES = frozenset({"about", "blob", "data"})
"""Addresses that ask no host for anything."""


@dataclass(frozen=True, slots=True)
class PageServer:
    """A page that is served: the HOME behind it, its process and its port."""

    clerk: Clerk
    process: "subprocess.Popen[str]"
    port: int
    first_link: str

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self.port}"

    def link(self, name: str = "KOK Meier") -> str:
        """A further one-time link, as a second `caseclerk ui` prints it."""
        document = self.clerk("ui", "--for", name, "--json", "--no-browser").document()
        assert not document["serving"], document
        return str(document["link"])


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_page(clerk: Clerk, name: str = "KOK Meier", port: int | None = None) -> PageServer:
    """Start `caseclerk ui` and wait until it listens."""
    command = clerk.command("ui", "--for", name, "--json", "--no-browser", "--port", str(port or free_port()))
    process = subprocess.Popen(
        command,
        cwd=clerk.folder,
        env=clerk.variables(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=heed_interrupts,
    )
    assert process.stdout is not None
    line = process.stdout.readline()  # printed once the socket listens: a connection waits in its queue from then on
    if not line:
        process.kill()
        raise AssertionError(f"`caseclerk ui` ended: {process.communicate()[1]}")
    document = json.loads(line)
    assert document["serving"], document
    port = urlsplit(document["link"]).port
    assert port is not None
    return PageServer(clerk, process, port, str(document["link"]))


def end_page(server: PageServer, how: signal.Signals = signal.SIGINT) -> tuple[int, str]:
    """End it as Ctrl-C does (or otherwise); returns its exit code and what it wrote to its error stream."""
    if server.process.poll() is None:
        server.process.send_signal(how)
    try:
        _, errors = server.process.communicate(timeout=END_S)
    except subprocess.TimeoutExpired:
        server.process.kill()
        server.process.communicate()
        raise
    return server.process.returncode, errors


@contextmanager
def serving(clerk: Clerk, name: str = "KOK Meier") -> Iterator[PageServer]:
    """A page for as long as the block runs."""
    server = start_page(clerk, name)
    try:
        yield server
    finally:
        end_page(server)


@dataclass  # no slots: Playwright notes its wrappers on the object whose methods listen
class WatchedPage:
    """A page of the browser with everything that it did and should not have done."""

    page: Page
    origin: str
    errors: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    foreign_requests: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Begin to listen, in this page and in its frames."""
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("dialog", self._dialog)
        self.page.on("request", self._request)
        self.page.on("websocket", lambda found: self.foreign_requests.append(found.url))
        self.page.on("popup", lambda popup: self.errors.append(f"a window was opened: {popup.url}"))

    def require_clean(self) -> None:
        """Nothing was asked of another host, no script failed, nothing was refused, no dialog came."""
        assert self.foreign_requests == []
        assert self.dialogs == []
        assert self.errors == []

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.errors.append(f"{message.text} ({message.location.get('url', '')})")

    def _dialog(self, dialog: Dialog) -> None:
        self.dialogs.append(f"{dialog.type}: {dialog.message}")
        dialog.dismiss()

    def _request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in OUR_SCHEMES and f"{address.scheme}://{address.netloc}" != self.origin:
            self.foreign_requests.append(request.url)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, one a module; each page has a profile of its own."""
    program = needs_program("chromium", "chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=list(CHROMIUM_ARGUMENTS))
        try:
            yield started
        finally:
            started.close()


@pytest.fixture(scope="module")
def page_clerk(make_clerk: Callable[[], Clerk]) -> Clerk:
    """The command line on the HOME that `page_server` serves."""
    return make_clerk()


@pytest.fixture(scope="module")
def page_server(page_clerk: Clerk) -> Iterator[PageServer]:
    """`caseclerk ui` on a HOME of its own, one a module."""
    with serving(page_clerk) as server:
        yield server


OpenPage = Callable[..., WatchedPage]


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Opens pages: `open_page(server, path="/", name="KOK Meier", width=1280, height=900, …)`.

    Each call is another person with a browser profile of their own, signed in by a link of their own. Further
    arguments go to Chromium's context (`locale`, `color_scheme`, `reduced_motion` and so on).
    """
    contexts: list[BrowserContext] = []

    def open_it(
        server: PageServer,
        path: str = "/",
        name: str = "KOK Meier",
        width: int = 1280,
        height: int = 900,
        **options: object,
    ) -> WatchedPage:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)  # type: ignore[arg-type]
        contexts.append(context)
        watched = WatchedPage(context.new_page(), server.origin)
        watched.watch()
        watched.page.goto(server.link(name))
        if path != "/":
            watched.page.goto(f"{server.origin}{path}")
        return watched

    yield open_it
    for context in contexts:
        context.close()
