"""Conversations, custody log and settings on the page."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.ui.pages.custody import chosen_events
from assistant.ui.pages.settings import EXPLAINED, setting_sections
from assistant.ui.texts import speaker
from casefile.case import open_case
from casefile.errors import CaseDamagedError
from casefile.home import Home
from casefile.records import CustodyEvent
from casefile.serial import now
from casefile.settings import Settings, load_settings
from tests.assistant.ui.page_client import ACTOR, logged, pages, words
from tests.casefile.case_building import add_text, new_case

EVIL = "<script>alert(1)</script>\u202e"


def answered(exhibit: str, quote: str) -> str:
    citation = {
        "n": 1, "exhibit": {"id": exhibit, "name": f"a {EVIL}.txt", "path": "in/a.txt"}, "text_sha256": "0" * 64,
        "locator": {"kind": "lines", "first_line": 1, "last_line": 1, "start": 0, "end": 3}, "quote": quote,
        "verified": True,
    }  # fmt: skip
    claims = [
        {"text": "Es war Anna.", "citations": [1], "computed": None, "supported": True},
        {"text": f"Oder {EVIL}.", "citations": [], "computed": None, "supported": False, "unsupported_because": "no"},
    ]
    return json.dumps(
        {
            "status": "answered", "reason": "", "answer": "Es war Anna.", "claims": claims, "citations": [citation],
            "engine": {"kind": "extractive", "model": "built in"},
            "coverage": {"exhibits": 3, "searched": 2, "pending": 0, "failed": [{"name": "x", "reasons": ["why"]}]},
            "timings_ms": {"total": 12.0},
        }
    )  # fmt: skip


@pytest.fixture
def conversation(tmp_path: Path) -> int:
    with new_case(tmp_path) as case:
        exhibit, _ = add_text(case, tmp_path, "a.txt", "one\ntwo")
        number = case.conversations.start(f"Wer? {EVIL}")
        turn = case.conversations.begin_turn(number, f"Wer war es? {EVIL}", ACTOR)
        case.conversations.finish_turn(turn, "Wer war im Hof?", answered(exhibit, f"one {EVIL}"))
        case.conversations.judge(turn, "bad", "falsch", ACTOR)
        for document in ("", "{", "[]", "null", json.dumps({"claims": "x", "citations": [1, {}], "coverage": []})):
            turn = case.conversations.begin_turn(number, "Und?", ACTOR)
            case.conversations.finish_turn(turn, "", document, "failed")
        case.conversations.start("Anderes")
    return number


def test_a_record_holds_all_that_an_answer_rests_on(tmp_path: Path, conversation: int) -> None:
    with pages(tmp_path) as client:
        page = client.get(f"/case/demo/conversations/{conversation}").text
    said = words(page)
    for expected in ("Searched for: Wer war im Hof?", "Es war Anna. [1]", "unsupported: ", "Judged wrong falsch",
                     "Written by the built-in engine", "2 of 3 exhibits were searched", "line 1"):  # fmt: skip
        assert expected in said
    assert "<script>alert" not in page
    assert "\u202e" not in page
    assert "&lt;script&gt;" in page


def test_conversations_are_listed_and_searched(tmp_path: Path, conversation: int) -> None:
    with pages(tmp_path) as client:
        assert "Anderes" in client.get("/case/demo/conversations").text
        found = client.get("/case/demo/conversations", params={"q": "anna WER"}).text
        assert f'href="/chat/?case=demo&amp;conversation={conversation}"' in found
        assert "Anderes" not in found
        assert "Nothing fits" in client.get("/case/demo/conversations", params={"q": "zeppelin"}).text


def test_a_conversation_is_renamed_and_removed_with_a_trace(tmp_path: Path, conversation: int) -> None:
    here = f"/case/demo/conversations/{conversation}"
    with pages(tmp_path) as client:
        assert client.post(f"{here}/rename", data={"title": " "}).status_code == 400
        assert client.post(f"{here}/rename", data={"title": "Neu\nzwei"}).status_code == 303
        assert "Neu zwei" in client.get(f"{here}/rename").text
        assert "Remove for good" in client.get(f"{here}/remove").text
        assert client.post(f"{here}/remove").headers["location"].endswith("done=conversation_removed")
        for method, path in (("GET", here), ("POST", f"{here}/remove"), ("GET", f"/case/demo/conversations/{9**30}")):
            assert client.request(method, path).status_code == 404
    events = logged(tmp_path)
    assert (ACTOR, "alteration", "conversation renamed") in events
    assert events[-1] == (ACTOR, "erasure", "conversation removed")


def _event(number: int, **facts: object) -> CustodyEvent:
    given: dict[str, object] = {"actor": "a", "kind": "consultation", "action": "searched", "details": {}}
    return CustodyEvent(number, now(), previous="", hash="", **{**given, **facts})  # type: ignore[arg-type]


def test_events_are_chosen_by_kind_actor_and_words_newest_first() -> None:
    events = [_event(1), _event(2, actor="B", kind="erasure"), _event(3, details={"query": "Roter Kran"})]
    assert [row.event.sequence for row in chosen_events(events).rows] == [3, 2, 1]
    assert [row.event.sequence for row in chosen_events(events, kind="erasure").rows] == [2]
    assert [row.event.sequence for row in chosen_events(events, actor="a", words="KRAN searched").rows] == [3]
    assert chosen_events(events, words="kran wagen").rows == ()
    assert chosen_events(events).actors == ("a", "B")


def test_a_log_that_cannot_be_read_to_its_end_is_shown_as_far_as_it_goes() -> None:
    def events() -> Iterator[CustodyEvent]:
        yield _event(1)
        raise CaseDamagedError("Event 2 cannot be read.")

    found = chosen_events(events())
    assert [row.event.sequence for row in found.rows] == [1]
    assert found.damaged == "Event 2 cannot be read."


def test_the_log_is_shown_verified_and_exported(tmp_path: Path) -> None:
    with new_case(tmp_path) as case:
        case.log("consultation", f"looked {EVIL}", {"query": "=1+1"})
        head = case.custody.head()
    kept = f"{head.sequence} {head.hash}"
    with pages(tmp_path) as client:
        page = client.get("/case/demo/custody").text
        assert "case created" in page
        assert "<script>alert" not in page
        assert client.get("/case/demo/custody/head.txt").text == f"{kept}\n"
        assert "Intact: 2 events" in client.post("/case/demo/custody/verify").text
        fits = client.post("/case/demo/custody/verify", data={"head": kept}).text
        assert "fits event 2" in fits
        other = client.post("/case/demo/custody/verify", data={"head": f"2 {'0' * 64}"}).text
        assert "cut or rewritten" in other
        wrong = client.post("/case/demo/custody/verify", data={"head": "x"})
        assert (wrong.status_code, 'id="head-error"' in wrong.text) == (400, True)
        rows = list(csv.DictReader(io.StringIO(client.get("/case/demo/custody.csv?kind=consultation").text)))
    assert [(row["sequence"], row["details"]) for row in rows] == [("2", '{"query":"=1+1"}')]


def test_a_broken_chain_is_told(tmp_path: Path) -> None:
    with new_case(tmp_path) as case:
        case.log("consultation", "looked")
        connection = case.database.connection()
        connection.execute("DROP TRIGGER custody_is_never_changed")
        connection.execute("UPDATE custody SET actor = 'nobody' WHERE sequence = 2")
        connection.commit()
    with pages(tmp_path) as client:
        page = client.post("/case/demo/custody/verify").text
    assert "Event 2 was changed after it was written." in page
    assert 'class="notice bad"' in page


def test_settings_say_what_holds_now_and_after_the_next_start(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("[answering]\nquotes = 7\n")
    sections = setting_sections(Settings(), load_settings(tmp_path, environment={}).origins)
    rows = {row.name: row for section in sections for row in section.rows}
    assert (rows["answering.quotes"].value, rows["answering.quotes"].next_value) == ("3", "7")
    assert rows["answering.quotes"].origin == str(tmp_path / "settings.toml")
    assert (rows["case.languages"].value, rows["page.blur_pictures"].value) == ("en", "true")
    assert set(EXPLAINED) <= set(rows)
    say = speaker("nl")
    assert all(say.has(f"pages.setting.{name.replace('.', '_')}") for name in EXPLAINED)


def test_the_settings_page_says_where_the_file_is_and_survives_a_broken_one(tmp_path: Path) -> None:
    new_case(tmp_path).close()
    with pages(tmp_path) as client:
        assert str(tmp_path / "settings.toml") in client.get("/case/demo/settings").text
        (tmp_path / "settings.toml").write_text("[answering]\nquotes = 'many'\n")
        page = client.get("/case/demo/settings")
    assert page.status_code == 200
    assert "answering.quotes" in page.text


@pytest.mark.parametrize("language", ["de", "fr", "nl"])
def test_the_pages_speak_every_language(tmp_path: Path, conversation: int, language: str) -> None:
    with pages(tmp_path, language) as client:
        client.get("/case/demo/exhibits")
        for path in ("conversations", f"conversations/{conversation}", f"conversations/{conversation}/rename",
                     f"conversations/{conversation}/remove", "custody", "settings"):  # fmt: skip
            assert client.get(f"/case/demo/{path}").status_code == 200, path
        assert client.post("/case/demo/custody/verify").status_code == 200


def test_no_case_page_is_reached_in_another_case(tmp_path: Path, conversation: int) -> None:
    new_case(tmp_path, "other").close()
    with open_case(Home(tmp_path), "demo", "x") as case:
        exhibit = case.catalogue.exhibits()[0].id
    with pages(tmp_path) as client:
        assert client.get(f"/case/other/conversations/{conversation}").status_code == 404
        assert client.get(f"/case/other/exhibits/{exhibit[7:]}").status_code == 404
