"""The page in a real browser: hostile evidence runs nowhere, nothing is asked of another host, the door is shut."""

import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser

from assistant.ui.templates import environment
from casefile.case import create_case, open_case
from casefile.home import Home
from casefile.records import CaseDescription
from casefile.serial import now
from tests.assistant.ui.injection_corpus import ELSEWHERE, PWNED, TITLE, keep_in_case, write_files
from tests.end_to_end.command_line import Clerk, heed_interrupts, require_no_bug
from tests.end_to_end.page_session import OpenPage, PageServer, WatchedPage, end_page, free_port, serving, start_page


@pytest.fixture(scope="module")
def evil_server(make_clerk: Callable[[], Clerk], tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageServer]:
    """The page over a case whose every name and text is hostile."""
    clerk = make_clerk()
    folder = tmp_path_factory.mktemp("evil") / "files"
    write_files(folder)
    about = CaseDescription("evil", TITLE, TITLE, TITLE, "DE", "Europe/Berlin", ("en",), now())
    create_case(Home(clerk.home), about, TITLE).close()
    clerk("ingest", folder, "--case", "evil", "--json", code=None)
    with open_case(Home(clerk.home), "evil", TITLE) as case:
        keep_in_case(case)
    with serving(clerk) as server:
        yield server


def require_tame(watched: WatchedPage) -> None:
    """No script of the evidence ran in the page or in a frame, and nothing tried to."""
    for frame in watched.page.frames:
        assert frame.evaluate("typeof window.__pwned") == "undefined", frame.url
    watched.require_clean()


def fetched(address: str, **more: Any) -> httpx.Response:
    """An answer, however long a busy machine takes to put the page together."""
    return httpx.get(address, timeout=60, **more)


def test_the_page_opens_and_asks_nobody_else(page_server: PageServer, open_page: OpenPage) -> None:
    watched = open_page(page_server)
    assert "Caseclerk" in watched.page.title()
    assert "KOK Meier" in watched.page.inner_text("header")
    assert "token" not in watched.page.url
    watched.require_clean()


def test_hostile_evidence_runs_nowhere(evil_server: PageServer, open_page: OpenPage) -> None:
    watched = open_page(evil_server, "/case/evil", name=f"<img src=x onerror={PWNED}>")
    page = watched.page
    for path in ("/", "/case/evil/exhibits", "/case/evil/conversations", "/case/evil/uploads", "/case/evil/custody"):
        page.goto(f"{evil_server.origin}{path}")
        require_tame(watched)
    page.goto(f"{evil_server.origin}/chat/?case=evil")
    page.locator("#scope form").wait_for()
    page.get_by_role("textbox", name="Your question").fill(f"What is said about the van? {TITLE}")
    page.get_by_role("textbox", name="Your question").press("Enter")
    page.locator("#live article.turn.done").wait_for()
    require_tame(watched)
    for details in page.locator("#live details summary").all()[:4]:
        if details.is_visible():
            details.click()
    for cite in page.locator("#live cc-cite a").all()[:6]:
        if cite.is_visible():
            cite.hover()
            cite.focus()
    require_tame(watched)
    opened = 0
    for link in page.locator('#live a[target="source"]').all()[:10]:
        if link.is_visible():
            with page.expect_response("**/source/**"):
                link.click()
            opened += 1
            require_tame(watched)
    assert opened > 5


def test_conversations_that_another_version_kept_run_nowhere(evil_server: PageServer, open_page: OpenPage) -> None:
    watched = open_page(evil_server)
    page = watched.page
    for conversation in range(1, 60, 12):
        page.goto(f"{evil_server.origin}/chat/?case=evil&conversation={conversation}")
        page.locator("#transcript article.turn").first.wait_for()
        for cite in page.locator("#transcript cc-cite a").all()[:3]:
            cite.hover()
        require_tame(watched)


def test_sources_of_hostile_exhibits_run_nowhere(evil_server: PageServer, open_page: OpenPage) -> None:
    watched = open_page(evil_server, "/case/evil/exhibits")
    page = watched.page
    addresses = [link.get_attribute("href") or "" for link in page.locator("th.named a").all()]
    assert len(addresses) > 50
    for address in addresses[::9]:
        page.goto(f"{evil_server.origin}{address}")
        page.wait_for_load_state("load")
        require_tame(watched)
    page.goto(f"{evil_server.origin}/case/evil/exhibits?path=all.")
    for link in page.locator("th.named a").all():
        address = (link.get_attribute("href") or "").replace("/exhibits/", "/source/")
        assert watched.page.context.request.get(f"{evil_server.origin}{address}").status == 200


# --- the checks find what they look for ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("template", "kind"),
    [
        (f'<p><img src="{ELSEWHERE}/pixel.png" alt="x"></p>', "foreign_requests"),
        (f'<link rel="stylesheet" href="{ELSEWHERE}/x.css">', "foreign_requests"),
        ("<p>{{ name|safe }}</p>", "pwned"),
        ("<script>alert(1)</script>", "dialogs"),
        ("<script>throw Error('x')</script>", "errors"),
    ],
)
def test_a_remote_picture_and_an_unescaped_name_are_found(
    browser: Browser, page_server: PageServer, template: str, kind: str
) -> None:
    html = environment().from_string(template).render(name=f"<img src=x onerror={PWNED}>")
    context = browser.new_context()
    watched = WatchedPage(context.new_page(), page_server.origin)
    watched.watch()
    address = f"{page_server.origin}/made"
    watched.page.route(address, lambda route: route.fulfill(body=f"<!doctype html>{html}", content_type="text/html"))
    watched.page.goto(address)
    watched.page.wait_for_load_state("networkidle")
    with pytest.raises(AssertionError):
        require_tame(watched)
    found = watched.page.evaluate("window.__pwned") if kind == "pwned" else getattr(watched, kind)
    assert found
    context.close()


def test_our_policy_stops_what_a_template_would_let_through(evil_server: PageServer, open_page: OpenPage) -> None:
    """The second wall: markup that got in all the same does not run on Gradio's page, and is noticed."""
    watched = open_page(evil_server, "/chat/?case=evil")
    page = watched.page
    page.locator("#transcript article.turn, #transcript .empty").first.wait_for()
    require_tame(watched)
    with page.expect_console_message(lambda message: "Content Security Policy" in message.text):
        put = "html => { document.querySelector('#transcript').innerHTML = html }"
        page.evaluate(put, f"<img src=x onerror={PWNED}>")
    assert page.evaluate("typeof window.__pwned") == "undefined"
    with pytest.raises(AssertionError):
        watched.require_clean()
    assert any("Content Security Policy" in error for error in watched.errors)


# --- `caseclerk ui` -----------------------------------------------------------------------------------------------


def test_a_link_is_printed_and_the_same_command_prints_another(page_server: PageServer) -> None:
    assert page_server.first_link.startswith(f"{page_server.origin}/login?token=")
    again = page_server.clerk("ui", "--for", "Second", "--no-browser")
    text = again.out.decode()
    assert f"{page_server.origin}/login?token=" in text
    assert "once, within 30 minutes" in text
    assert page_server.link() != page_server.link()
    link = page_server.link("Third")
    assert fetched(link).status_code == 303
    assert fetched(link).status_code == 403


def test_ctrl_c_ends_it_cleanly_and_no_token_is_left_anywhere(make_clerk: Callable[[], Clerk]) -> None:
    clerk = make_clerk()
    server = start_page(clerk)
    note = clerk.home / "page.json"
    assert note.stat().st_mode & 0o777 == 0o600
    assert (clerk.home / "page.db").stat().st_mode & 0o777 == 0o600
    answer = fetched(server.first_link)
    assert answer.status_code == 303
    token = server.first_link.rpartition("=")[2]
    cookie = answer.headers["set-cookie"].partition("=")[2].partition(";")[0]
    code, errors = end_page(server, signal.SIGINT)
    assert code in {0, 130}, errors
    require_no_bug(errors)
    assert not note.exists()
    assert token not in errors
    for path in clerk.home.rglob("*"):
        if path.is_file() and "models" not in path.parts:
            content = path.read_bytes()
            assert token.encode() not in content, path
            assert cookie.encode() not in content, path


def test_being_told_to_end_ends_it_too(make_clerk: Callable[[], Clerk]) -> None:
    server = start_page(make_clerk())
    assert fetched(server.origin).status_code == 403
    code, errors = end_page(server, signal.SIGTERM)
    assert code in {0, 130, 143, -signal.SIGTERM}, errors
    require_no_bug(errors)


def test_after_a_kill_no_link_is_made_for_a_program_that_took_the_port(make_clerk: Callable[[], Clerk]) -> None:
    clerk = make_clerk()
    killed = start_page(clerk)
    session = fetched(killed.first_link).headers["set-cookie"].partition(";")[0]
    end_page(killed, signal.SIGKILL)
    assert (clerk.home / "page.json").exists()
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as foreign:
        foreign.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        foreign.bind(("127.0.0.1", killed.port))
        foreign.listen(1)
        after = start_page(clerk, port=killed.port)
        assert after.port != killed.port
        assert after.link().startswith(after.origin)
        foreign.setblocking(False)
        with pytest.raises(BlockingIOError):
            foreign.accept()
    end_page(after)
    again = start_page(clerk, port=killed.port)
    name, _, value = session.partition("=")
    assert fetched(f"{again.origin}/", cookies={name: value}).status_code == 200  # a restart keeps sessions
    end_page(again)


def test_of_two_that_start_at_once_one_serves(make_clerk: Callable[[], Clerk]) -> None:
    clerk = make_clerk()
    command = clerk.command("ui", "--json", "--no-browser", "--port", str(free_port()))
    started = [
        subprocess.Popen(
            command,
            env=clerk.variables(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            preexec_fn=heed_interrupts,
        )
        for _ in range(3)
    ]
    lines = [process.stdout.readline() for process in started if process.stdout is not None]
    assert sum('"serving": true' in line for line in lines) == 1
    assert sum('"serving": false' in line for line in lines) == 2
    assert len({line.partition("/login")[0] for line in lines}) == 1
    for process in started:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


def test_a_port_that_is_taken_is_left_and_a_wrong_one_is_refused(make_clerk: Callable[[], Clerk]) -> None:
    clerk = make_clerk()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = start_page(clerk, port=taken.getsockname()[1])
        assert server.port != taken.getsockname()[1]
        end_page(server)
    for port in ("0", "65536", "x", "-1"):
        assert clerk("ui", "--port", port, "--no-browser", code=2).out == b""


def test_it_listens_on_loopback_only_and_takes_odd_requests(page_server: PageServer) -> None:
    table = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    port = f"{page_server.port:04X}"
    listening = [row.split()[1] for row in table if row.split()[3] == "0A" and row.split()[1].endswith(f":{port}")]
    assert listening == [f"0100007F:{port}"]
    for request in (
        b"GET / HTTP/1.0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
        b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nCookie: " + b"a" * 200_000 + b"\r\n\r\n",
        b"\0\1\2\3\r\n\r\n",
        b"GET /chat/ HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", page_server.port), timeout=20) as connection:
            connection.sendall(request)
            answer = connection.recv(200)
        assert answer.split()[1:2][0] in {b"403", b"400", b"431", b"426"}, (request[:60], answer)
