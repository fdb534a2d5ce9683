"""What the conversation's elements ask for."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from assistant.ui.chat.routes import router
from assistant.ui.desk import Desk
from assistant.ui.server import _tell_errors
from casefile.home import Home
from casefile.settings import Settings
from ingest.embedding.fake import HashedWordsEmbedder
from tests.assistant.ui.page_client import _SignedIn
from tests.casefile.case_building import new_case

ANSWER = '{"status": "not_found", "reason": "Nothing was found.", "claims": [], "citations": []}'


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    new_case(tmp_path / "home").close()
    made = Desk(Home(tmp_path / "home"), Settings(), "keeper")
    made._embedder = HashedWordsEmbedder(allow=True)
    yield made
    made.close()


@pytest.fixture
def client(desk: Desk) -> Iterator[TestClient]:
    app = FastAPI()
    app.state.desk = desk
    app.include_router(router)
    _tell_errors(app)
    with TestClient(_SignedIn(app), follow_redirects=False, headers={"accept-language": "en"}) as made:
        yield made


def test_a_transcript_is_made_again_only_when_it_has_changed(client: TestClient, desk: Desk) -> None:
    kept = desk.open("demo").case.conversations
    first, second = kept.start("a"), kept.start("b")
    path = f"/case/demo/conversations/{first}/transcript"
    answer = client.get(path)
    tag = answer.headers["etag"]
    assert "Ask a question about this case" in answer.text
    assert client.get(path, headers={"if-none-match": tag}).status_code == 304
    assert client.get(path, headers={"if-none-match": tag, "accept-language": "de"}).status_code == 200
    other = client.get(f"/case/demo/conversations/{second}/transcript", headers={"if-none-match": tag})
    assert other.status_code == 200
    turn = kept.add_turn(first, "Who was it?", "Who was it?", ANSWER, "x")
    changed = client.get(path, headers={"if-none-match": tag})
    assert "Nothing was found." in changed.text
    tag = changed.headers["etag"]
    client.post(f"/case/demo/turns/{turn}/verdict", data={"verdict": "bad", "reason": "it stands in the log"})
    judged = client.get(path, headers={"if-none-match": tag})
    assert "Judged bad" in judged.text


def test_a_scope_is_chosen_kept_and_refused_where_it_names_nothing(client: TestClient, desk: Desk) -> None:
    conversation = desk.open("demo").case.conversations.start("a")
    path = f"/case/demo/conversations/{conversation}/scope"
    assert client.post(path, data={"scope": "upload:7"}).status_code == 400
    batch = desk.open("demo").case.uploads.begin("x", conversation, "two letters")
    assert client.post(path, data={"scope": f"upload:{batch}"}).status_code == 303
    assert "These files: two letters" in client.get(path).text
    assert client.post(path, data={"scope": "case"}).status_code == 303
    assert desk.open("demo").case.conversations.summary(conversation).scope == ""


def test_a_new_conversation_begins_empty(client: TestClient) -> None:
    place = client.post("/case/demo/conversations").headers["location"]
    assert place.startswith("/chat/?case=demo&conversation=")
    number = place.rpartition("=")[2]
    assert "Ask a question" in client.get(f"/case/demo/conversations/{number}/transcript").text
