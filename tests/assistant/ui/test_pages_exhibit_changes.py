"""Labels, notes, sealing and unsealing on the page."""

from pathlib import Path

import pytest

from casefile.case import open_case
from casefile.home import Home
from casefile.jobs import Jobs
from tests.assistant.ui.page_client import ACTOR, logged, pages
from tests.casefile.case_building import add_text, new_case


@pytest.fixture
def exhibit(tmp_path: Path) -> str:
    with new_case(tmp_path) as case:
        return add_text(case, tmp_path, "a.txt", "one\ntwo")[0]


def at(exhibit: str, more: str = "") -> str:
    return f"/case/demo/exhibits/{exhibit[7:]}{more}"


def test_a_label_is_put_on_found_and_taken_off(tmp_path: Path, exhibit: str) -> None:
    with pages(tmp_path) as client:
        added = client.post(at(exhibit, "/labels"), data={"name": "  Wichtig &  <b> "})
        assert added.headers["location"] == at(exhibit, "?done=labelled")
        page = client.get(at(exhibit)).text
        assert "Wichtig &amp; &lt;b&gt;" in page
        assert "in/a.txt" in client.get("/case/demo/exhibits", params={"label": "Wichtig & <b>"}).text
        removed = client.post(at(exhibit, "/labels/remove"), data={"name": "Wichtig & <b>"})
        assert removed.status_code == 303
    with open_case(Home(tmp_path), "demo", "x") as case:
        assert case.annotations.labels(exhibit) == ()
    events = logged(tmp_path)
    assert (ACTOR, "alteration", "label added") in events
    assert (ACTOR, "alteration", "label removed") in events


def test_a_label_that_cannot_be_kept_is_told_at_its_field(tmp_path: Path, exhibit: str) -> None:
    with pages(tmp_path) as client:
        page = client.post(at(exhibit, "/labels"), data={"name": "x" * 61})
    assert page.status_code == 400
    assert 'id="name-error"' in page.text
    assert f'value="{"x" * 61}"' in page.text


def test_a_note_is_written_changed_and_removed(tmp_path: Path, exhibit: str) -> None:
    with pages(tmp_path) as client:
        client.post(at(exhibit, "/notes"), data={"text": "Siehe\r\nBlatt 3 <script>"})
        assert "Blatt 3 &lt;script&gt;" in client.get(at(exhibit)).text
        assert client.post(at(exhibit, "/notes"), data={"text": " "}).status_code == 400
        form = client.get(at(exhibit, "/notes/1")).text
        assert "Remove for good" in form
        client.post(at(exhibit, "/notes/1"), data={"text": "Neu"})
        with open_case(Home(tmp_path), "demo", "x") as case:
            note = case.annotations.notes(exhibit)[0]
            assert (note.text, note.actor, note.edited_by) == ("Neu", ACTOR, ACTOR)
        wrong = client.post(at(exhibit, "/notes/1"), data={"text": ""})
        assert wrong.status_code == 400
        assert client.post(at(exhibit, "/notes/1/remove")).status_code == 303
        assert client.get(at(exhibit, "/notes/1")).status_code == 404
        assert client.get(at(exhibit, f"/notes/{10**30}")).status_code == 404


def test_a_note_belongs_to_its_exhibit(tmp_path: Path, exhibit: str) -> None:
    with open_case(Home(tmp_path), "demo", "x") as case:
        other, _ = add_text(case, tmp_path, "b.txt", "other")
        number = case.annotations.add_note(other, "secret")
    with pages(tmp_path) as client:
        assert client.get(at(exhibit, f"/notes/{number}")).status_code == 404
        assert client.post(at(exhibit, f"/notes/{number}/remove")).status_code == 404


def test_sealing_wants_ground_and_reason_and_can_be_undone(tmp_path: Path, exhibit: str) -> None:
    with pages(tmp_path) as client:
        assert "withdraws its text" in client.get(at(exhibit, "/seal")).text
        wrong = client.post(at(exhibit, "/seal"), data={"ground": "whim", "reason": " "})
        assert wrong.status_code == 400
        assert 'id="ground-error"' in wrong.text
        assert 'id="reason-error"' in wrong.text
        data = {"ground": "privileged", "reason": "Verteidiger", "with_parts": "yes"}
        assert client.post(at(exhibit, "/seal"), data=data).headers["location"] == at(exhibit, "?done=sealed")
        again = client.post(at(exhibit, "/seal"), data=data)
        assert again.status_code == 400
        assert "sealed already" in again.text
        assert "Verteidiger" in client.get(at(exhibit, "/unseal")).text
        assert client.post(at(exhibit, "/unseal"), data={"reason": ""}).status_code == 400
        assert client.post(at(exhibit, "/unseal"), data={"reason": "Irrtum"}).status_code == 303
        assert client.post(at(exhibit, "/unseal"), data={"reason": "Irrtum"}).status_code == 400
    events = logged(tmp_path)
    assert (ACTOR, "alteration", "exhibit sealed") in events
    assert (ACTOR, "alteration", "exhibit unsealed") in events


def test_nothing_is_changed_by_looking(tmp_path: Path, exhibit: str) -> None:
    with pages(tmp_path) as client:
        client.get(at(exhibit, "/seal"))
        for path in ("/labels", "/labels/remove", "/notes", "/retry"):
            assert client.get(at(exhibit, path)).status_code in {404, 405}
    with open_case(Home(tmp_path), "demo", "x") as case:
        assert case.catalogue.seals() == ()


def test_reading_again_is_a_job_of_the_case(tmp_path: Path, exhibit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.ui.jobs.board.JobBoard._wake", lambda *_, **__: None)
    with pages(tmp_path) as client:
        assert client.post(at(exhibit, "/retry")).headers["location"] == at(exhibit, "?done=retried")
    with open_case(Home(tmp_path), "demo", "x") as case:
        assert case.catalogue.exhibits_to_read_again() == (exhibit,)
        assert Jobs(case.database).job(1).kind == "retry"


@pytest.mark.parametrize("language", ["de", "fr", "nl"])
def test_the_pages_speak_every_language(tmp_path: Path, exhibit: str, language: str) -> None:
    with pages(tmp_path, language) as client:
        client.post(at(exhibit, "/notes"), data={"text": "x"})
        client.post(at(exhibit, "/labels"), data={"name": "x"})
        for more in ("", "/seal", "/unseal", "/erase", "/notes/1"):
            assert client.get(at(exhibit, more)).status_code == 200


def test_erasing_shows_what_goes_and_wants_reason_and_digits(tmp_path: Path, exhibit: str) -> None:
    data = {"reason": "Beschluss 4/26", "confirm": exhibit[7:15]}
    with pages(tmp_path) as client:
        client.post(at(exhibit, "/notes"), data={"text": "x"})
        plan = client.get(at(exhibit, "/erase")).text
        assert "in/a.txt" in plan
        assert "1 note" in plan
        assert f"to go on: {exhibit[7:15]}" in plan
        for wrong, field in (({"reason": " "}, "reason"), ({"confirm": "00000000"}, "confirm")):
            page = client.post(at(exhibit, "/erase"), data=data | wrong)
            assert page.status_code == 400
            assert page.text.count('class="field-error"') == 1
            assert f'id="{field}-error"' in page.text
        assert client.get(at(exhibit)).status_code == 200
        erased = client.post(at(exhibit, "/erase"), data=data)
        assert erased.headers["location"] == "/case/demo/exhibits?done=erased"
        assert client.get(at(exhibit)).status_code == 404
    with open_case(Home(tmp_path), "demo", "x") as case:
        assert case.catalogue.exhibits() == ()
    assert (ACTOR, "erasure", "exhibit erased") in logged(tmp_path)
