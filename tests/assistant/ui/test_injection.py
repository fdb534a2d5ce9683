"""Every view of a case made of hostile strings: nothing of them becomes an element, an attribute or an address."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from assistant.ui.templates import environment
from casefile.case import open_case
from tests.assistant.ui.guarded_page import GuardedPage, guarded_page
from tests.assistant.ui.injection_corpus import CORPUS, ELSEWHERE, PWNED, fill_case
from tests.assistant.ui.markup_checks import hidden_orders, intruders, our_elements


@pytest.fixture(scope="module")
def evil(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[GuardedPage, TestClient]]:
    """The page over a case full of the corpus, and somebody at it whose name is hostile too."""
    folder = tmp_path_factory.mktemp("evil")
    with guarded_page(folder) as page:
        fill_case(page.home, folder / "files").close()
        yield page, page.client(f"<img src=x onerror={PWNED}>")


def require_tame(client: TestClient, path: str, statuses: tuple[int, ...] = (200,)) -> str:
    answer = client.get(path)
    assert answer.status_code in statuses, (path, answer.status_code, answer.text[:300])
    if answer.headers.get("content-type", "text/html").startswith("text/html"):
        assert intruders(answer.text) == [], path
        assert hidden_orders(answer.text) == [], path
        assert "49" not in re.findall(r"van \d+: (\d+)", answer.text), "a template was filled in twice"
    else:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "html" not in answer.headers["content-type"]
        assert "xml;" not in answer.headers["content-type"]
    return answer.text


def test_the_corpus_is_large_and_of_many_kinds() -> None:
    assert len(set(CORPUS)) == len(CORPUS) >= 60


def test_pages_of_the_case(evil: tuple[GuardedPage, TestClient]) -> None:
    page, client = evil
    skipped = ("{exhibit_id}", "{turn_id}", "{conversation}", "/exports/{name}", "/login")
    seen = 0
    for method, path in page.our_routes():
        if method == "GET" and not any(part in path for part in skipped):
            require_tame(client, path.replace("{case_id}", "evil").replace("{number}", "1"), (200, 303, 400, 404))
            seen += 1
    assert seen > 10


def test_lists_narrowed_by_hostile_words(evil: tuple[GuardedPage, TestClient]) -> None:
    _, client = evil
    for text in CORPUS[::2]:
        for path, names in (
            ("/case/evil/exhibits", ("path", "status", "label", "sort", "done", "problem", "page")),
            ("/case/evil/mentions", ("of", "kind")),
            ("/case/evil/conversations", ("words", "q")),
            ("/case/evil/keywords/run", ("list",)),
        ):
            answer = client.get(path, params=dict.fromkeys(names, text[:500].encode("utf-8", "replace").decode()))
            assert answer.status_code in {200, 303, 400, 404}, (path, text)
            assert intruders(answer.text) == [], (path, text)
            assert hidden_orders(answer.text) == []


def test_each_exhibit_and_its_source(evil: tuple[GuardedPage, TestClient]) -> None:
    page, client = evil
    with open_case(page.home, "evil", "x") as case:
        exhibits = case.catalogue.exhibits()
        lengths = {one.id: len(case.catalogue.text(one.id)) for one in exhibits if case.catalogue.text_versions(one.id)}
    assert len(exhibits) > 100
    shown = 0
    for exhibit in exhibits:
        digits = exhibit.id.removeprefix("sha256:")
        length = lengths.get(exhibit.id, 0)
        for path in (
            f"/case/evil/exhibits/{digits}",
            f"/case/evil/source/{digits}",
            f"/case/evil/source/{digits}?start=0&end={min(length, 400)}",
            f"/case/evil/source/{digits}?at={length // 2}",
        ):
            shown += "__pwned" in require_tame(client, path)
    assert shown > 100  # the strings are there, as words
    kinds = {exhibit.name.rpartition(".")[2] for exhibit in exhibits}
    assert {"txt", "json", "csv", "html", "xlsx", "docx", "eml", "pdf"} <= kinds


def test_conversations_and_answers_of_another_version(evil: tuple[GuardedPage, TestClient]) -> None:
    page, client = evil
    with open_case(page.home, "evil", "x") as case:
        conversations = case.conversations.all()
        turns = [turn.id for one in conversations for turn in case.conversations.turns(one.id)]
    assert len(turns) > 90
    for conversation in conversations:
        text = require_tame(client, f"/case/evil/conversations/{conversation.id}/transcript")
        assert 'role="tooltip"' in text
        require_tame(client, f"/case/evil/conversations/{conversation.id}/scope")
    for turn in turns:
        require_tame(client, f"/case/evil/turns/{turn}/verdict?verdict=bad")
        require_tame(client, f"/case/evil/turns/{turn}/copy.txt")
    assert client.get(f"/case/evil/turns/{turns[0]}/copy.docx").headers["content-disposition"].startswith("attachment")


def test_nothing_hostile_gets_into_a_header(evil: tuple[GuardedPage, TestClient]) -> None:
    page, client = evil
    with open_case(page.home, "evil", "x") as case:
        exhibits = case.catalogue.exhibits()[:150]
    for exhibit in exhibits:
        answer = client.post(f"/case/evil/original/{exhibit.id}")
        assert answer.status_code == 200
        said = answer.headers["content-disposition"]
        assert said.startswith('attachment; filename="')
        assert said.isascii()
        assert said.isprintable()
        assert said.count('"') == 2
        assert answer.headers["content-type"] == "application/octet-stream"
        assert "sandbox" in answer.headers["content-security-policy"]


def test_gradios_page_holds_nothing_of_the_case(evil: tuple[GuardedPage, TestClient]) -> None:
    _, client = evil
    for path in ("/chat/?case=evil", "/chat/config"):
        assert PWNED not in client.get(path).text


@pytest.mark.parametrize("text", CORPUS, ids=range(len(CORPUS)))
def test_a_name_for_a_link_and_a_door_stay_words(evil: tuple[GuardedPage, TestClient], text: str) -> None:
    page, _ = evil
    name = text[:300].encode("utf-8", "replace").decode()
    client = page.client(name)
    assert intruders(client.get("/").text) == []
    assert page.sessions.enter(name, timedelta(hours=1)) is None
    door = page.client(None).get(
        "/",
        headers={
            "accept-language": name.encode("ascii", "replace")
            .decode()
            .replace("\n", " ")
            .replace("\r", " ")
            .replace("\0", "")
        },
    )
    assert intruders(door.text) == []


# --- the checks find what they look for ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "template",
    [
        f'<p><img src="{ELSEWHERE}/pixel.png" alt="x"></p>', "<p>{{ name|safe }}</p>", '<a href="{{ name }}">x</a>',
        "<p title={{ name }}>x</p>", '<a href="//192.0.2.66/x">x</a>', '<a href="/\\192.0.2.66">x</a>', '<p style="x">x</p>',
        "<script>{{ 1 }}</script>", "<!-- {{ name }} -->",
    ],
)  # fmt: skip
def test_a_remote_picture_and_an_unescaped_name_are_found(template: str) -> None:
    names = (f"<x onerror={PWNED}>", "javascript:x", f'" onmouseover={PWNED} x="', "a onclick=x b=c")
    made = environment().from_string(template)
    assert any(intruders(made.render(name=name)) for name in names)


def test_our_own_markup_is_found_to_be_ours() -> None:
    tags, attributes = our_elements()
    assert {"p", "table", "iframe", "cc-live", "cc-cite", "form", "button", "script"} <= tags
    assert not tags & {"style", "object", "embed", "base", "template", "math", "x"}
    assert {"href", "class", "aria-label", "target"} <= attributes
    assert not [name for name in attributes if name.startswith("on") or name in {"style", "srcdoc", "ping"}]
