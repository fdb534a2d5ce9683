"""The guard before the whole application, attacked: hosts, origins, sessions, Gradio's routes, other cases, headers."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.types import Message, Scope
from starlette.websockets import WebSocketDisconnect

from assistant.ui.guard import _GRADIO_PATHS, LOOK_AGAIN_S, Address, Guard
from assistant.ui.sessions import Sessions
from tests.assistant.ui.guarded_page import ACTOR, HOST, ORIGIN, PORT, SECRET, GuardedPage, SetClock, guarded_page

EVERYWHERE = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedPage]:
    """The application; the tests of this module change nothing in it."""
    with guarded_page(tmp_path_factory.mktemp("page")) as made:
        yield made


def require_headers(answer: Any) -> None:
    """Each answer says what a browser may do with it, and to nobody else."""
    for name, value in EVERYWHERE.items():
        assert answer.headers[name] == value
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "http:" not in policy
    assert "https:" not in policy
    assert "*" not in policy
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert "server" not in answer.headers


def require_refused(answer: Any, *statuses: int) -> None:
    """Refused, in a sentence, with nothing of a case."""
    assert answer.status_code in (statuses or (403, 404)), (answer.status_code, answer.text[:300])
    if answer.request.method != "HEAD":
        assert re.search(r"<p[^>]*>[^<>]{12,}\.</p>", answer.text), answer.text
    assert SECRET not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    require_headers(answer)


# --- hosts and origins ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    ["evil.example", f"evil.example:{PORT}", f"127.0.0.1.evil.example:{PORT}", "127.0.0.1", "127.0.0.1:80", "127.0.0.1:7861",
     f"0.0.0.0:{PORT}", f"[::1]:{PORT}", f"[::ffff:127.0.0.1]:{PORT}", f"2130706433:{PORT}", f"127.1:{PORT}",
     f"localhost.:{PORT}", f"localhost.evil.example:{PORT}", f"evil@127.0.0.1:{PORT}", f"127.0.0.1:{PORT}@evil.example",
     f"127.0.0.1:0{PORT}", f"127.0.0.1:{PORT},evil.example", f" {HOST} x", ""],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/", "/case/one", "/login", "/assets/elements.js", "/chat/", "/chat/config"])
def test_another_host_name_is_refused(page: GuardedPage, host: str, path: str) -> None:
    client = page.client()
    del client.headers["origin"]
    require_refused(client.get(path, headers={"host": host}), 403)


def test_without_any_host_it_is_refused(page: GuardedPage) -> None:
    status, _ = raw_request(page.app, "GET", "/", [])
    assert status == 403


@pytest.mark.parametrize("host", [HOST, f"localhost:{PORT}", f"LocalHost:{PORT}"])
def test_our_own_names_are_let_in(page: GuardedPage, host: str) -> None:
    client = page.client()
    del client.headers["origin"]
    assert client.get("/", headers={"host": host, "cookie": cookie_of(client)}).status_code == 200


@pytest.mark.parametrize(
    "origin",
    ["null", "http://evil.example", f"https://{HOST}", "http://127.0.0.1", "http://127.0.0.1:7861", f"{ORIGIN}.evil.example",
     f"{ORIGIN}/", f"http://localhost:{PORT}", "file://", "chrome-extension://abc", "", f"{ORIGIN} http://evil.example"],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
def test_another_origin_is_refused(page: GuardedPage, origin: str, method: str) -> None:
    answer = page.client().request(method, "/case/one", headers={"origin": origin})
    assert answer.status_code == 403
    require_headers(answer)


@pytest.mark.parametrize("site", ["cross-site", "same-site", "", "SAME-ORIGIN", "same-origin, none"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_request_that_another_site_began_is_refused(page: GuardedPage, site: str, method: str) -> None:
    client = page.client()
    del client.headers["origin"]
    require_refused(client.request(method, "/case/one", headers={"sec-fetch-site": site}), 403)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "GETX", "get"])
@pytest.mark.parametrize("site", [None, "none"])
def test_a_change_needs_the_word_of_the_browser(page: GuardedPage, method: str, site: str | None) -> None:
    client = page.client()
    del client.headers["origin"]
    del client.headers["sec-fetch-site"]
    headers = {} if site is None else {"sec-fetch-site": site}
    status, _ = raw_request(
        page.app, method, "/case/one/delete", [("host", HOST), ("cookie", cookie_of(client)), *headers.items()]
    )
    assert status == 403


def test_a_method_in_a_header_or_a_field_is_not_obeyed(page: GuardedPage) -> None:
    answer = page.client().get("/case/one/describe?_method=POST&title=x", headers={"x-http-method-override": "POST"})
    assert answer.status_code == 200
    assert "A title" in answer.text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_do_nothing(page: GuardedPage, method: str) -> None:
    for path in ("/", "/case/one", "/login", "/assets/elements.js", "/chat/"):
        answer = page.client().request(method, path)
        assert answer.status_code in {403, 405}
        require_headers(answer)


def test_no_answer_lets_another_origin_read_it(page: GuardedPage) -> None:
    client = page.client()
    for path in ("/", "/chat/config", "/chat/gradio_api/startup-events", "/nothing", "/assets/elements.js"):
        for origin in (ORIGIN, "http://evil.example", "null"):
            answer = client.get(path, headers={"origin": origin})
            require_headers(answer)
            preflight = client.options(path, headers={"origin": origin, "access-control-request-method": "POST"})
            assert preflight.status_code in {200, 403, 404, 405}
            require_headers(preflight)


# --- sessions ---------------------------------------------------------------------------------------------------


def cookie_of(client: TestClient) -> str:
    """The Cookie header of a client."""
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in client.cookies.jar)


def paths_of(page: GuardedPage) -> list[tuple[str, str]]:
    """Every route of ours with the ids of the second case filled in."""
    filled = {
        "case_id": "two", "exhibit_id": page.other.exhibit.removeprefix("sha256:"), "conversation": page.other.conversation,
        "turn_id": page.other.turn, "kind": "txt", "number": page.other.conversation, "batch_id": page.other.upload, "file_id": 1, "job_id": 1, "index": 1,
    }  # fmt: skip
    found = []
    for method, path in page.our_routes():
        names = re.findall(r"{(\w+)", path)
        found.append((method, re.sub(r"{(\w+)}", lambda name: str(filled.get(name[1], 1)), path)))
        assert set(names) - set(filled) <= {"identifier", "name", "note_id", "list_id", "sequence"}, names
    return found


def test_without_a_session_nothing_is_served_but_the_door_and_its_dress(page: GuardedPage) -> None:
    client = page.client(None)
    routes = paths_of(page)
    assert len(routes) > 40
    for method, path in [*routes, *page.gradio_routes()]:
        if path != "/login":
            require_refused(client.request(method, path.replace("{", "").replace("}", "")), 403)
    assert client.get("/assets/caseclerk.css").status_code == 200
    assert client.get("/assets/elements.js").status_code == 200


@pytest.mark.parametrize(
    "cookie",
    ["", "x", "x" * 43, "x" * 20_000, "\x7f\xff", '"quoted"', "a=b=c", "' OR 1=1 --", "%00", "../../page.db", "💥"],
)
def test_a_wrong_token_opens_nothing(page: GuardedPage, cookie: str) -> None:
    header = f"{Address(PORT).cookie}={cookie}".encode("utf-8", "surrogateescape")
    status, body = raw_request(page.app, "GET", "/case/two", [("host", HOST), ("cookie", header)])
    assert status == 403
    assert SECRET.encode() not in body


def test_cookies_of_other_programs_on_this_machine_do_not_disturb(page: GuardedPage) -> None:
    client = page.client()
    ours = cookie_of(client)
    odd = 'user="2|1:0|10:1,{\\"a\\": [1,2]}"; =; ;;; flag; {"json": true}; caseclerk-7861=x'
    for header in (f"{odd}; {ours}", f"{ours}; {odd}", f"  {ours}  ;"):
        assert raw_request(page.app, "GET", "/", [("host", HOST), ("cookie", header)])[0] == 200


def test_a_cookie_that_somebody_planted_beside_ours_is_told_and_not_obeyed(page: GuardedPage) -> None:
    ours, planted = cookie_of(page.client()), cookie_of(page.client("Mallory"))
    for header in (f"{ours}; {planted}", f"{planted}; {ours}"):
        assert raw_request(page.app, "GET", "/", [("host", HOST), ("cookie", header)])[0] == 403
    assert raw_request(page.app, "GET", "/", [("host", HOST), ("cookie", f"{ours}; {ours}")])[0] == 200


def test_a_session_of_another_home_or_of_another_port_opens_nothing(page: GuardedPage, tmp_path: Path) -> None:
    elsewhere = Sessions(tmp_path)
    token = elsewhere.enter(elsewhere.make_link(ACTOR, timedelta(minutes=1)), timedelta(hours=1))
    client = page.client(None)
    client.cookies.set(Address(PORT).cookie, str(token))
    require_refused(client.get("/"), 403)
    ours = cookie_of(page.client()).partition("=")[2]
    status, _ = raw_request(page.app, "GET", "/", [("host", HOST), ("cookie", f"{Address(PORT + 1).cookie}={ours}")])
    assert status == 403


def test_a_link_opens_one_session_once_and_the_token_goes_no_further(page: GuardedPage) -> None:
    client = page.client(None)
    link = page.sessions.make_link(ACTOR, timedelta(minutes=5))
    first = client.get(f"/login?token={link}")
    assert (first.status_code, first.headers["location"]) == (303, "/")
    assert link not in first.text
    assert first.headers["referrer-policy"] == "same-origin"
    assert first.headers["cache-control"] == "no-store"
    cookie = first.headers["set-cookie"].lower()
    assert {"httponly", "samesite=strict", "path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "domain" not in cookie
    assert link.lower() not in cookie
    assert client.get("/").status_code == 200
    require_refused(page.client(None).get(f"/login?token={link}"), 403)


@pytest.mark.parametrize("query", ["", "?token=", "?token=x", "?token=%00", "?token=x&token=y", "?token=" + "x" * 9000])
def test_a_wrong_link_opens_nothing(page: GuardedPage, query: str) -> None:
    answer = page.client(None).get(f"/login{query}")
    require_refused(answer, 403)
    assert "set-cookie" not in answer.headers


def test_a_link_is_not_used_up_by_looking_or_by_another_site(page: GuardedPage) -> None:
    link = page.sessions.make_link(ACTOR, timedelta(minutes=5))
    client = page.client(None)
    assert client.head(f"/login?token={link}").status_code == 405
    assert client.post(f"/login?token={link}").status_code == 405
    require_refused(client.get(f"/login?token={link}", headers={"sec-fetch-site": "cross-site"}), 403)
    require_refused(client.get(f"/login?token={link}", headers={"host": f"evil.example:{PORT}"}), 403)
    assert client.get(f"/login?token={link}").status_code == 303


def test_a_session_that_was_handed_to_the_browser_before_is_not_taken_over(page: GuardedPage) -> None:
    client = page.client(None)
    client.cookies.set(Address(PORT).cookie, "chosen-by-somebody-else")
    answer = client.get(f"/login?token={page.sessions.make_link(ACTOR, timedelta(minutes=5))}")
    assert "chosen-by-somebody-else" not in answer.headers["set-cookie"]
    assert page.sessions.of("chosen-by-somebody-else") is None


def test_whoever_signs_in_ends_the_session_that_was_open_in_this_browser(page: GuardedPage) -> None:
    client = page.client("First")
    before = cookie_of(client).partition("=")[2]
    client.get(f"/login?token={page.sessions.make_link('Second', timedelta(minutes=5))}")
    assert page.sessions.of(before) is None
    assert "Second" in client.get("/", headers={"cookie": cookie_of(client).rpartition("; ")[2]}).text


def test_leaving_ends_the_session_for_good(page: GuardedPage) -> None:
    client = page.client()
    token = cookie_of(client).partition("=")[2]
    require_refused(client.get("/logout"), 404, 405)
    assert page.sessions.of(token) is not None
    answer = client.post("/logout")
    assert answer.status_code == 303
    assert page.sessions.of(token) is None
    client.cookies.set(Address(PORT).cookie, token)
    require_refused(client.get("/case/one"), 403)


def test_a_session_and_a_link_end(tmp_path: Path) -> None:
    with guarded_page(tmp_path) as page:
        client = page.client()
        link = page.sessions.make_link(ACTOR, timedelta(minutes=30))
        assert client.get("/").status_code == 200
        page.clock.pass_by(timedelta(minutes=31))
        require_refused(page.client(None).get(f"/login?token={link}"), 403)
        assert client.get("/").status_code == 200
        page.clock.pass_by(timedelta(hours=12))
        require_refused(client.get("/case/two"), 403)
        require_refused(client.post("/chat/gradio_api/queue/join", json={}), 403)


def test_a_damaged_file_of_sign_ins_is_told_and_opens_nothing(tmp_path: Path) -> None:
    with guarded_page(tmp_path) as page:
        client = page.client()
        (page.home.root / "page.db").write_bytes(b"no database at all" * 1000)
        answer = client.get("/case/two")
        require_refused(answer, 500)
        assert "everybody signs in again" in answer.text
        require_refused(client.get("/login?token=x"), 500)


# --- Gradio's routes ---------------------------------------------------------------------------------------------

GRADIO_ALLOWED = {
    "/chat/", "/chat/config", "/chat/theme.css", "/chat/static/{path:path}", "/chat/assets/{path:path}",
    "/chat/gradio_api/startup-events", "/chat/gradio_api/cancel", "/chat/gradio_api/reset",
    "/chat/gradio_api/heartbeat/{session_hash}", "/chat/gradio_api/queue/join", "/chat/gradio_api/queue/data",
}  # fmt: skip
TWISTS = (
    "{}", "{}/", "/{}", "/.{}", "{}%00", "{}%0a", "{};x", "{}.html", "{}?a=b", "{}#x", "{}%20", "{}%2f..%2fupload",
    "/chat/static/..{}", "/chat/assets/%2e%2e{}",
)  # fmt: skip


def test_every_route_of_gradio_is_refused_but_those_of_the_conversation(page: GuardedPage) -> None:
    routes = page.gradio_routes()
    paths = {path for _, path in routes}
    assert paths >= GRADIO_ALLOWED - {"/chat/gradio_api/cancel"}
    for known in ("upload", "file={path_or_url:path}", "proxy={url_path:path}", "component_server", "deep_link"):
        assert any(known in path for path in paths), known
    client = page.client()
    tried = 0
    for method, path in routes:
        if path not in GRADIO_ALLOWED:
            sent = re.sub(r"{\w+(:path)?}", "x", path)
            require_refused(client.request(method, sent), 403)
            tried += 1
    assert tried > 30


def test_no_way_of_writing_a_refused_path_gets_through(page: GuardedPage) -> None:
    client = page.client()
    refused = {re.sub(r"{\w+(:path)?}", "x", path) for _, path in page.gradio_routes() if path not in GRADIO_ALLOWED}
    for path in sorted(refused)[::6]:
        for twist in TWISTS:
            raw = twist.format(path)
            for written in (
                raw,
                raw.replace("/gradio_api/", "%2fgradio_api%2f"),
                raw.replace("gradio_api", "GRADIO_API"),
            ):
                answer = client.get(f"{ORIGIN}{written}")
                assert answer.status_code in {403, 404}, (written, answer.status_code)
                require_headers(answer)


@pytest.mark.parametrize(
    "path",
    ["file=http://192.0.2.1/x", "file=https://192.0.2.1/x", "file=/etc/passwd", "file=http:%2f%2f192.0.2.1", "file/etc/passwd",
     "proxy=http://192.0.2.1/", "proxy=https://x.hf.space/x", "upload", "upload_progress?upload_id=x", "stream/a/b/c/playlist.m3u8",
     "component_server", "mcp/sse", "mcp/", "info", "openapi.json", "app_id", "token", "vibe-edit/", "custom_component/x/y/z/w",
     "run/predict", "api/predict", "call/ask", "call/ask/x", "dev/reload", "queue/status", "queue/join/", "queue/data/x",
     "heartbeat/../file=/etc/passwd", "process_recording", "deep_link?session_hash=x"],
)  # fmt: skip
def test_gradio_fetches_and_gives_out_nothing(page: GuardedPage, path: str) -> None:
    client = page.client()
    for method in ("GET", "POST"):
        require_refused(client.request(method, f"{ORIGIN}/chat/gradio_api/{path}"), 403)


@pytest.mark.parametrize(
    "path", ["/chat/monitoring", "/chat/monitoring/summary", "/chat/manifest.json", "/chat/robots.txt", "/chat/svelte/x.js",
             "/chat/openapi.json", "/chat/docs", "/chat/login", "/chat/logout", "/chat/pwa_icon", "/chat/favicon.ico", "/chatter",
             "/chat/static/../../../../etc/passwd", "/chat/assets/..%2f..%2f..%2fetc%2fpasswd", "/chat/static/%2e%2e/x",
             "/chat/static//etc/passwd%00.css", "/chat\\static\\x"],
)  # fmt: skip
def test_what_the_conversation_does_not_need_is_refused(page: GuardedPage, path: str) -> None:
    require_refused(page.client().get(f"{ORIGIN}{path}"))


@given(st.text("/.%\\;?=:abcfilegrdo_p\n\0 -", max_size=40))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_path_that_names_a_file_or_another_host_is_among_gradios(rest: str) -> None:
    for path in (f"/chat/gradio_api/file={rest}", f"/chat/gradio_api/proxy={rest}", f"/chat/gradio_api/upload{rest}"):
        assert _GRADIO_PATHS.fullmatch(path) is None


def test_gradios_page_repeats_nothing_of_the_request(page: GuardedPage) -> None:
    mark = "zq9<script>alert(1)</script>zq9"
    headers = dict.fromkeys(("x-forwarded-host", "x-forwarded-proto", "x-forwarded-prefix", "forwarded", "x-gradio-server", "x-direct-url", "referer", "x-original-url", "x-rewrite-url", "x-forwarded-port"), "zq9.example")  # fmt: skip
    client = page.client(**headers)
    for path in ("/chat/", "/chat/config"):
        answer = client.get(
            path, params={"case": mark, "__theme": mark, "deep_link": "zq9", "view": mark, "__lang": mark}
        )
        assert answer.status_code == 200
        assert "zq9" not in answer.text


def test_each_script_of_gradios_page_has_the_nonce_of_this_answer_and_no_other_host_is_named(page: GuardedPage) -> None:
    nonces = set()
    for _ in range(3):
        answer = page.client().get("/chat/")
        found = re.findall(r"<script[^>]*>", answer.text)
        nonce = re.search(r"'nonce-([\w-]{22})'", answer.headers["content-security-policy"])
        assert nonce is not None
        assert found
        assert all(f'nonce="{nonce[1]}"' in tag for tag in found)
        assert answer.headers["content-length"] == str(len(answer.content))
        assert not re.search(r'(?:src|href|content)="(?:https?:)?//', answer.text)
        nonces.add(nonce[1])
        scripts = answer.headers["content-security-policy"].partition("script-src")[2].partition(";")[0]
        assert "unsafe-inline" not in scripts
    assert len(nonces) == 3


# --- cases are walls ---------------------------------------------------------------------------------------------

ODD_IDS = (
     "%2e%2e", "%2e%2e%2ftwo", "..%2ftwo", "one%2f..%2ftwo", "one%5c..%5ctwo", "%00", "two%00", "two%0a", "-1", "0", "1e3",
    "99999999999999999999999999", "9223372036854775808", "9223372036854775807", "NaN", "x" * 3000, "%F0%9F%92%A5", "%ff%fe", "~root",
    "'%20OR%201=1--", "*", "%2a", "%25", "%", "_", "sha256:", "sha256:" + "0" * 64, "0" * 64, "TWO", "%3Cscript%3E",
)  # fmt: skip


def test_nothing_of_another_case_is_reached_through_this_one(page: GuardedPage) -> None:
    client = page.client()
    tried = 0
    for method, path in paths_of(page):
        if (
            path.startswith("/case/two/")
            and not path.endswith(OWN_WORDS)
            and re.search(r"/case/{case_id}/.*{", dict(_patterns(page)).get(path, ""))
        ):
            answer = client.request(
                method, path.replace("/case/two/", "/case/one/", 1), data={"reason": "x", "text": "x"}
            )
            assert answer.status_code in {400, 403, 404}, path
            require_refused(answer, 400, 403, 404)
            tried += 1
    assert tried > 15


def _patterns(page: GuardedPage) -> list[tuple[str, str]]:
    return [(filled, pattern) for (_, pattern), (_, filled) in zip(page.our_routes(), paths_of(page), strict=True)]


OWN_WORDS = ("/verdict",)


def test_odd_ids_lead_nowhere_and_break_nothing(page: GuardedPage) -> None:
    client = page.client()
    patterns = sorted({path for method, path in page.our_routes() if method == "GET" and "{" in path})
    assert len(patterns) > 12
    for pattern in patterns:
        names = re.findall(r"{\w+}", pattern)
        for place, name in enumerate(names):
            for odd in ODD_IDS:
                filled = pattern
                for other, wanted in enumerate(names):
                    filled = filled.replace(wanted, odd if other == place else "one" if wanted == "{case_id}" else "1")
                answer = client.get(f"{ORIGIN}{filled}")
                assert answer.status_code in {400, 403, 404}, (filled, name, answer.status_code, answer.text[:200])
                assert SECRET not in answer.text
                require_headers(answer)


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "/page.db", "/page.json", "/cases/two/case.db", "/case/two/case.db", "/case/two/originals/x", "/home",
             "/assets/../server.py", "/assets/..%2fserver.py", "/assets/%2e%2e/server.py", "/assets/x/../../server.py", "/assets/",
             "/assets/.", "/assets//etc/passwd", "/docs", "/redoc", "/openapi.json", "/gradio_api/info",
             "/gradio_api/file=/etc/passwd", "/config", "/queue/join", "/.git/config", "/favicon.ico", "//evil.example/", "/case//two",
             "/static/x", "/case/two%2fexhibits/x", "/login/", "/Login"],
)  # fmt: skip
def test_guessed_paths_give_nothing(page: GuardedPage, path: str) -> None:
    require_refused(page.client().get(f"{ORIGIN}{path}"))


# --- answers -----------------------------------------------------------------------------------------------------


def test_every_answer_has_our_headers_and_nothing_of_a_case_is_kept_by_the_browser(page: GuardedPage) -> None:
    client = page.client()
    statuses = set()
    for method, path in paths_of(page):
        if method == "GET":
            answer = client.get(path)
            statuses.add(answer.status_code)
            require_headers(answer)
            assert answer.headers["cache-control"] == "no-store"
    assert {200} < statuses
    assert 500 not in statuses
    for path in ("/chat/", "/chat/config"):
        assert client.get(path).headers["cache-control"] == "no-store"


def test_a_bug_is_told_without_its_message_and_kept_without_it(
    page: GuardedPage, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr("assistant.ui.pages.overview.overview_of", broken)
    answer = page.client().get("/case/two")
    require_refused(answer, 500)
    said = capfd.readouterr()
    assert "RuntimeError" in said.err
    assert SECRET not in said.err + said.out
    report = Path(re.findall(r"written to (\S+),", said.err)[0])
    assert SECRET not in report.read_text()
    report.unlink()


@pytest.mark.parametrize("path", ["/", "/login?token=x", "/chat/", "/assets/elements.js"])
def test_long_headers_and_cookies_are_looked_at_in_linear_time(page: GuardedPage, path: str) -> None:
    for value in ("a=b; " * 10_000, "=" * 60_000, ";" * 60_000, "caseclerk-7860=" * 4_000, '"' * 60_000, "\\" * 60_000):
        header = [("host", HOST), ("cookie", value), ("accept-language", value), ("referer", value)]
        status, _ = raw_request(page.app, "GET", path, header)
        assert status in {200, 403}


def test_a_web_socket_is_refused_and_not_left_hanging(page: GuardedPage) -> None:
    client = page.client()
    for path in ("/", "/chat/", "/chat/gradio_api/queue/join", "/case/one"):
        with pytest.raises((WebSocketDisconnect, WebSocketDenialResponse)), client.websocket_connect(path):
            pass


# --- the guard alone ---------------------------------------------------------------------------------------------


def raw_request(
    app: Any, method: str, path: str, headers: list[tuple[str, str | bytes]], sent: list[Message] | None = None
) -> tuple[int, bytes]:
    """One request as a server hands it over; nothing is tidied by a client library."""
    messages: list[Message] = [] if sent is None else sent
    scope: Scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": path.partition("?")[0], "raw_path": path.encode(), "query_string": path.partition("?")[2].encode(), "root_path": "",
        "headers": [
            (name.encode(), value if isinstance(value, bytes) else value.encode("latin-1", "replace")) for name, value in headers
        ],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", PORT), "state": {},
    }  # fmt: skip

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        messages.append(message)

    anyio.run(app, scope, receive, send)
    body = b"".join(message.get("body", b"") for message in messages if message["type"] == "http.response.body")
    return int(messages[0]["status"]), body


@pytest.fixture
def lone(tmp_path: Path) -> tuple[Sessions, str]:
    """Sessions, and the Cookie header of one."""
    sessions = Sessions(tmp_path, SetClock())
    token = sessions.enter(sessions.make_link(ACTOR, timedelta(minutes=1)), timedelta(hours=1))
    return sessions, f"{Address(PORT).cookie}={token}"


def test_a_stream_is_passed_on_piece_by_piece(lone: tuple[Sessions, str]) -> None:
    sessions, cookie = lone
    sent: list[Message] = []
    seen = []

    async def app(_: Any, __: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        for number in range(3):
            await send({"type": "http.response.body", "body": b"%d" % number, "more_body": True})
            seen.append(len(sent))
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    guard = Guard(app, Address(PORT), sessions)
    raw_request(guard, "GET", "/chat/gradio_api/queue/data", [("host", HOST), ("cookie", cookie)], sent)
    assert seen == [2, 3, 4]


def test_a_stream_ends_with_the_session_of_its_reader(lone: tuple[Sessions, str]) -> None:
    sessions, cookie = lone
    ticks = [0.0]

    async def app(_: Any, __: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        for number in range(6):
            if number == 3:
                sessions.leave(cookie.partition("=")[2])
            ticks[0] += LOOK_AGAIN_S
            await send({"type": "http.response.body", "body": b"%d" % number, "more_body": True})
        await send({"type": "http.response.body", "body": b"end", "more_body": False})

    sent: list[Message] = []
    guard = Guard(app, Address(PORT), sessions, lambda: ticks[0])
    _, body = raw_request(guard, "GET", "/chat/gradio_api/queue/data", [("host", HOST), ("cookie", cookie)], sent)
    assert body == b"012"
    assert [message.get("more_body") for message in sent[1:]] == [True, True, True, False]


def test_a_bug_in_the_middle_of_an_answer_ends_it_and_begins_no_second(
    lone: tuple[Sessions, str], capfd: pytest.CaptureFixture[str]
) -> None:
    async def app(_: Any, __: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise RuntimeError(SECRET)

    sent: list[Message] = []
    raw_request(Guard(app, Address(PORT), lone[0]), "GET", "/", [("host", HOST), ("cookie", lone[1])], sent)
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    said = capfd.readouterr().err
    assert SECRET not in said
    Path(re.findall(r"written to (\S+),", said)[0]).unlink()


def test_what_the_guard_knows_of_a_visitor_goes_into_this_request_only(lone: tuple[Sessions, str]) -> None:
    shared: dict[str, Any] = {"kept": 1}
    states = []

    async def app(scope: Any, _: Any, send: Any) -> None:
        states.append(scope["state"])
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    guard = Guard(app, Address(PORT), lone[0])
    scope = {
        "type": "http", "method": "GET", "path": "/", "state": shared, "query_string": b"",
        "headers": [(b"host", HOST.encode()), (b"cookie", lone[1].encode()), (b"x-forwarded-host", b"evil.example")],
    }  # fmt: skip

    async def nothing(*_: Any) -> Any:
        return {"type": "http.request"}

    anyio.run(guard, scope, nothing, nothing)
    assert states[0]["session"].actor == ACTOR
    assert states[0]["kept"] == 1
    assert shared == {"kept": 1}


def test_all_changing_routes_are_posts_or_puts(page: GuardedPage) -> None:
    assert {method for method, _ in page.our_routes()} <= {"GET", "POST", "PUT"}
    assert APIRoute  # the routes are FastAPI's own: nothing is mounted that this list does not know
