"""What the assistant proposes to write: nothing before a person's yes, once, in that person's name; and its file."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from assistant.ui.chat.proposals import router
from assistant.ui.desk import Desk
from assistant.ui.server import _tell_errors
from casefile.case import Case
from casefile.home import Home
from casefile.settings import Settings
from ingest.embedding.fake import HashedWordsEmbedder
from tests.assistant.ui.page_client import ACTOR, _SignedIn, words
from tests.casefile.case_building import add_text, new_case

NAME = "Karl Voss"
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with new_case(tmp_path / "home") as case:
        add_text(case, tmp_path, "note.txt", "Karl Voss was paid.\nKarl Voss left.")
    made = Desk(Home(tmp_path / "home"), Settings(), "keeper")
    made._embedder = HashedWordsEmbedder(allow=True)
    yield made
    made.close()


@pytest.fixture
def case(desk: Desk) -> Case:
    return desk.open("demo").case


@pytest.fixture
def client(desk: Desk) -> Iterator[TestClient]:
    app = FastAPI()
    app.state.desk = desk
    app.include_router(router)
    _tell_errors(app)
    with TestClient(_SignedIn(app), follow_redirects=False, headers={"accept-language": "en"}) as made:
        yield made


def asked(case: Case, **arguments: str) -> str:
    """A turn whose answer proposes something; gives the proposal's address."""
    steps = [
        {"tool": "search", "arguments": {"question": NAME}, "state": "done", "says": "2 passages."},
        {"tool": "export_mentions", "arguments": arguments or {"name": NAME}, "state": "asks", "says": "Nothing yet."},
    ]
    document = json.dumps({"status": "answered", "claims": [], "citations": [], "steps": steps})
    turn = case.conversations.add_turn(case.conversations.start("a"), "Who?", "Who?", document, "x")
    return f"/case/demo/turns/{turn}/steps/1"


def events(case: Case) -> list[tuple[str, str]]:
    return [(event.actor, event.action) for event in case.custody.events()]


def exported(case: Case) -> list[str]:
    return sorted(path.name for path in (case.folder / "exports").iterdir())


def test_a_proposal_says_all_that_it_would_do_and_does_nothing(client: TestClient, case: Case) -> None:
    address = asked(case)
    shown = client.get(address, params={"area": "live"})
    for expected in ("The assistant proposes: write all mentions of this into a file", NAME, "Nothing has been done.", "Yes, do it"):  # fmt: skip
        assert expected in words(shown.text)
    assert exported(case) == []
    assert (ACTOR, "tool approved") not in events(case)


def test_yes_writes_once_in_the_name_of_who_said_it_and_the_file_can_be_had(client: TestClient, case: Case) -> None:
    address = asked(case)
    done = client.post(address, data={"word": "yes", "area": "live"})
    (name,) = exported(case)
    assert f"Done: {ACTOR} said yes" in done.text
    assert f"/case/demo/exports/{name}" in done.text
    for word in ("yes", "no"):  # the first word counts
        again = client.post(address, data={"word": word})
        assert f"Done: {ACTOR} said yes" in again.text
    assert exported(case) == [name]
    assert events(case).count((ACTOR, "tool approved")) == 1
    assert f"/case/demo/exports/{name}" in client.get(address).text
    got = client.get(f"/case/demo/exports/{name}")
    assert got.status_code == 200
    assert got.headers["content-disposition"].startswith("attachment;")
    assert got.headers["content-type"] == "application/octet-stream"
    assert "sandbox" in got.headers["content-security-policy"]
    assert got.text.count(NAME) == 2
    assert (ACTOR, "export handed out") in events(case)


def test_no_is_kept_and_a_later_yes_does_nothing(client: TestClient, case: Case) -> None:
    address = asked(case)
    assert f"Not done: {ACTOR} said no" in client.post(address, data={"word": "no"}).text
    assert f"Not done: {ACTOR} said no" in client.post(address, data={"word": "yes"}).text
    assert exported(case) == []


def test_what_cannot_be_done_says_why(client: TestClient, case: Case) -> None:
    failed = client.post(asked(case, name="Nobody Anywhere"), data={"word": "yes"})
    assert failed.status_code == 200
    assert "no mention" in failed.text
    assert "Failed, after" in failed.text
    assert exported(case) == []


def test_arguments_of_a_model_are_words(client: TestClient, case: Case) -> None:
    shown = client.get(asked(case, name=HOSTILE)).text
    assert HOSTILE not in shown
    assert "&lt;img src=x" in shown


@pytest.mark.parametrize(
    "address", ["/case/demo/turns/1/steps/0", "/case/demo/turns/1/steps/9", "/case/demo/turns/99/steps/1"]
)
def test_what_was_not_proposed_cannot_be_said_yes_to(client: TestClient, case: Case, address: str) -> None:
    asked(case)
    assert client.get(address).status_code == 400
    assert client.post(address, data={"word": "yes"}).status_code == 400
    assert client.post(address, data={"word": "perhaps"}).status_code == 400
    assert exported(case) == []


@pytest.mark.parametrize(
    "name", ["..%2Fcase.db", "%2e%2e", ".hidden", "missing.csv", "link.csv", "folder", "pipe", "a%00b", "x" * 4000]
)
def test_nothing_but_a_written_file_is_handed_out(client: TestClient, case: Case, name: str) -> None:
    exports = case.folder / "exports"
    (exports / ".hidden").write_text("x")
    (exports / "folder").mkdir()
    (exports / "link.csv").symlink_to(case.folder / "case.db")
    os.mkfifo(exports / "pipe")
    assert client.get(f"/case/demo/exports/{name}").status_code in {400, 404}
    assert (ACTOR, "export handed out") not in events(case)
