"""Uploading through the guarded page: announced, streamed, completed, listed; hostile and broken requests refused."""

import html
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from starlette.testclient import TestClient

from assistant.ui import uploads
from assistant.ui.desk import Desk
from casefile.settings import PageSettings, Settings
from tests.assistant.ui.upload_client import finished, open_desk, prepared_home, until, visitor


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(prepared_home(tmp_path / "home", "demo", "other")) as made:
        yield made


@pytest.fixture
def client(desk: Desk) -> Iterator[TestClient]:
    with visitor(desk) as made:
        yield made


class Sent(NamedTuple):
    batch: int
    files: list[dict[str, Any]]


def announce(client: TestClient, *files: tuple[str, int], conversation: int | None = None, title: str = "") -> Sent:
    body = {"title": title, "conversation": conversation, "files": [{"name": n, "size": s} for n, s in files]}
    answer = client.post("/case/demo/uploads", json=body)
    assert answer.status_code == 201, answer.text
    return Sent(answer.json()["upload"], answer.json()["files"])


def put(client: TestClient, sent: Sent, place: int, content: bytes, query: str = "") -> int:
    address = f"/case/demo/uploads/{sent.batch}/files/{sent.files[place]['id']}{query}"
    return client.put(address, content=content).status_code


def listed(client: TestClient, query: str = "") -> str:
    answer = client.get(f"/case/demo/uploads/list{query}")
    assert answer.status_code == 200
    return answer.text


def words(markup: str) -> str:
    return html.unescape(" ".join(re.sub(r"<[^>]*>", " ", markup).split()))


def test_a_dropped_folder_is_read_and_can_be_asked_about(desk: Desk, client: TestClient) -> None:
    case = desk.open("demo").case
    talk = case.conversations.start("t")
    text = b"The meeting was on Monday in Aachen."
    sent = announce(client, ("Akte/notiz <b>.txt", len(text)), ("Akte/leer.txt", 0), conversation=talk, title="Akte")
    assert 'data-live="yes"' in listed(client, f"?conversation={talk}")
    assert put(client, sent, 0, text, "?modified=1700000000.5") == 200
    assert put(client, sent, 1, b"") == 200
    assert put(client, sent, 0, text) == 409
    folder = case.uploads.folder(sent.batch)
    assert (folder / "Akte/notiz <b>.txt").read_bytes() == text
    job = client.post(f"/case/demo/uploads/{sent.batch}/complete").json()["job"]
    assert client.post(f"/case/demo/uploads/{sent.batch}/complete").status_code == 400
    done = finished(case, job)
    assert (done.state, done.totals["complete"], done.totals["failed"]) == ("done", 1, 1)
    until(lambda: not folder.exists(), "removed")
    first = case.catalogue.exhibits()[1]
    assert first.path == f"uploads/{sent.batch}/Akte/notiz <b>.txt"
    (line,) = case.catalogue.occurrences(first.id)
    assert line.modified_at is not None
    assert line.modified_at.timestamp() == 1700000000.5
    assert set(case.uploads.exhibits_of(sent.batch)) == {exhibit.id for exhibit in case.catalogue.exhibits()}
    markup = listed(client, f"?conversation={talk}")
    assert 'data-live="no"' in markup
    assert "notiz <b>.txt" not in markup
    assert "notiz <b>.txt 36 bytes read" in words(markup)
    assert "leer.txt 0 bytes could not be read" in words(markup)
    assert f"conversation={talk}&amp;scope=upload:{sent.batch}" in markup
    assert f"/case/demo/exhibits/{first.id}" in markup
    assert listed(client, "?conversation=99").count("<section") == 0
    assert {event.actor for event in case.custody.events() if event.action == "exhibit taken in"} == {"KOK Meier"}
    assert not desk.open("demo").searches_exactly  # the lock and Chroma are back
    assert client.get("/case/demo/uploads").status_code == 200


def test_what_does_not_come_as_announced_is_not_kept(desk: Desk, client: TestClient) -> None:
    case = desk.open("demo").case
    sent = announce(client, ("a.txt", 5), ("b.txt", 5), ("c.txt", 3))
    assert put(client, sent, 0, b"longer than that") == 400
    assert put(client, sent, 1, b"shor") == 400
    assert list(case.uploads.folder(sent.batch).iterdir()) == []
    assert "bytes were announced" in words(listed(client))
    assert put(client, sent, 1, b"right") == 200  # sent again
    job = client.post(f"/case/demo/uploads/{sent.batch}/complete").json()["job"]
    finished(case, job)
    assert [file.state for file in case.uploads.batch(sent.batch).files] == ["failed", "done", "failed"]
    assert "did not arrive" in words(listed(client))
    empty = announce(client, ("a.txt", 5))
    answer = client.post(f"/case/demo/uploads/{empty.batch}/complete", headers={"accept": "application/json"})
    assert (answer.status_code, "None of these files" in answer.json()["error"]) == (400, True)
    assert not case.uploads.folder(empty.batch).exists()


@pytest.mark.parametrize(
    "body",
    [
        {"files": []},
        {"files": [{"name": "a", "size": -1}]},
        {"files": [{"name": "a", "size": True}]},
        {"files": [{"name": 3, "size": 3}]},
        {"files": [{"name": "a", "size": 2**63}]},
        {"files": "a"},
        {"files": [{"name": "a", "size": 1}], "conversation": 99},
        [],
        {},
    ],
)
def test_what_is_no_announcement_makes_no_batch(desk: Desk, client: TestClient, body: object) -> None:
    assert client.post("/case/demo/uploads", json=body).status_code == 400
    case = desk.open("demo").case
    assert case.uploads.all() == ()
    assert list((case.folder / "uploads").iterdir()) == []


def test_names_that_lead_out_stay_in_the_batch(desk: Desk, client: TestClient) -> None:
    case = desk.open("demo").case
    names = ["../../../evil.txt", "/etc/evil.txt", "a\0b.txt", "x" * 4096, "a.txt", "a.txt", "a.txt/b.txt"]
    sent = announce(client, *((name, 1) for name in names))
    for place in range(len(names)):
        assert put(client, sent, place, b"x") == 200
    folder = case.uploads.folder(sent.batch)
    files = [path for path in desk.home.root.rglob("*") if path.is_file() and path.read_bytes() == b"x"]
    assert len(files) == len(names)
    assert all(path.is_relative_to(folder) for path in files)
    assert sent.files[5]["name"] == "a (2).txt"
    client.post(f"/case/demo/uploads/{sent.batch}/cancel")
    assert not folder.exists()


def test_batches_files_and_cases_are_walls(desk: Desk, client: TestClient) -> None:
    sent = announce(client, ("a.txt", 1))
    file_id = sent.files[0]["id"]
    for address in (
        f"/case/other/uploads/{sent.batch}/files/{file_id}",
        f"/case/demo/uploads/{sent.batch + 1}/files/{file_id}",
        f"/case/demo/uploads/{sent.batch}/files/{file_id + 1}",
        f"/case/none/uploads/{sent.batch}/files/{file_id}",
        f"/case/demo/uploads/{10**30}/files/{file_id}",
    ):
        assert client.put(address, content=b"x").status_code == 403, address
    for address in (f"/case/other/uploads/{sent.batch}/complete", f"/case/other/uploads/{sent.batch}/cancel"):
        assert client.post(address).status_code == 403
    assert client.post("/case/other/jobs/1/cancel").status_code == 403
    with visitor(desk, "somebody else") as stranger:
        assert put(stranger, sent, 0, b"x") == 403
        foreign = stranger.put(
            f"/case/demo/uploads/{sent.batch}/files/{file_id}", content=b"x", headers={"origin": "http://evil.example"}
        )
        assert foreign.status_code == 403
    client.cookies.clear()
    assert put(client, sent, 0, b"x") == 403


def test_more_than_settings_or_the_disk_allow_is_refused_before_it_comes(
    desk: Desk, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"accept": "application/json"}

    def refusal(size: int) -> str:
        answer = client.post("/case/demo/uploads", json={"files": [{"name": "a", "size": size}]}, headers=told)
        assert answer.status_code == 400
        return str(answer.json()["error"])

    assert "page.upload_gib" in refusal(17 * 1024**3)
    usage = shutil.disk_usage(desk.home.root)
    monkeypatch.setattr(uploads.shutil, "disk_usage", lambda _: usage._replace(free=600 * 1024**2))
    assert "Free some disk space" in refusal(100 * 1024**2)
    monkeypatch.undo()
    monkeypatch.setattr(uploads, "MOST_FILES", 2)
    files = [{"name": "a", "size": 1}] * 3
    assert client.post("/case/demo/uploads", json={"files": files}).status_code == 400


def test_a_full_disk_keeps_nothing_of_the_file(desk: Desk, client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = announce(client, ("a.txt", 5))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(uploads.os, "fsync", full)
    assert put(client, sent, 0, b"hello") == 500
    monkeypatch.undo()
    assert list(desk.open("demo").case.uploads.folder(sent.batch).iterdir()) == []
    assert "disk of this case is full" in words(listed(client))


def test_a_form_without_script_takes_files_too(desk: Desk, client: TestClient) -> None:
    case = desk.open("demo").case
    files = [
        ("files", ("Brief ü.txt", b"The letter came on Tuesday.")),
        ("files", ("../x.txt", b"y" * 200_000)),
        ("note", (None, "no file")),
    ]
    answer = client.post("/case/demo/uploads", files=files)
    assert (answer.status_code, answer.headers["location"]) == (303, "/case/demo/uploads")
    (batch,) = case.uploads.all()
    assert [(file.name, file.size) for file in batch.files] == [("Brief ü.txt", 27), ("__/x.txt", 200_000)]
    assert batch.title == "Brief ü.txt +1"
    assert finished(case, 1).totals["complete"] == 2
    nothing = client.post("/case/demo/uploads", files=[("files", ("", b""))])
    assert nothing.status_code == 400
    broken = client.post(
        "/case/demo/uploads", content=b"--x\r\nrubbish", headers={"content-type": "multipart/form-data; boundary=x"}
    )
    assert broken.status_code == 400
    assert [path.name for path in (case.folder / "uploads").iterdir()] == []
    assert len(case.uploads.all()) == 1


def test_the_page_speaks_four_languages(desk: Desk) -> None:
    for language in ("en", "de", "fr", "nl"):
        with visitor(desk, language=language) as client:
            assert f'lang="{language}"' in client.get("/case/demo/uploads").text


def test_the_limit_is_that_of_settings(tmp_path: Path) -> None:
    home = prepared_home(tmp_path / "small", "demo")
    settings = Settings(page=PageSettings(upload_gib=1))  # type: ignore[call-arg]
    with open_desk(home, settings) as desk, visitor(desk) as client:
        body = {"files": [{"name": "a", "size": 1024**3 + 1}]}
        assert client.post("/case/demo/uploads", json=body).status_code == 400
