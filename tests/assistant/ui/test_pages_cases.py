"""Choosing, making, describing and deleting cases on the page."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.ui.pages.describing import checked_change, checked_new, suggested_id, typed_form
from assistant.ui.pages.overview import overview_of
from casefile.case import open_case
from casefile.home import CASE_ID, Home
from tests.assistant.ui.page_client import ACTOR, logged, pages, words
from tests.casefile.case_building import add_text, new_case

SENT = {
    "title": "Fall Krähe", "purpose": "§ 263 StGB\r\nBetrug", "case_number": "12 Js 3/26", "region": "de",
    "time_zone": "Europe/Berlin", "languages": "de, EN", "id": "",
}  # fmt: skip


def test_a_newcomer_is_told_what_to_do(tmp_path: Path) -> None:
    with pages(tmp_path) as client:
        page = client.get("/")
    assert "Create a case, then drop files into its chat." in page.text
    assert 'value="Europe/Berlin"' in page.text


def test_a_case_is_made_with_an_id_from_its_title(tmp_path: Path) -> None:
    with pages(tmp_path) as client:
        answer = client.post("/cases", data=SENT)
        assert (answer.status_code, answer.headers["location"]) == (303, "/case/fall-kraehe?done=created")
        assert 'role="status">The case is ready.' in client.get(answer.headers["location"]).text
    with open_case(Home(tmp_path), "fall-kraehe", "x") as case:
        about = case.description
    assert (about.title, about.purpose, about.region, about.languages) == (
        "Fall Krähe", "§ 263 StGB\nBetrug", "DE", ("de", "en"),
    )  # fmt: skip
    assert logged(tmp_path, "fall-kraehe")[0] == (ACTOR, "collection", "case created")


@pytest.mark.parametrize(
    ("field", "value"),
    [("region", "DEU"), ("time_zone", "Mond/Krater"), ("languages", "deutsch"), ("languages", ""), ("id", "a/b"),
     ("id", ".x")],
)  # fmt: skip
def test_an_error_stands_at_its_field_and_what_was_typed_is_kept(tmp_path: Path, field: str, value: str) -> None:
    with pages(tmp_path) as client:
        page = client.post("/cases", data={**SENT, field: value})
    assert page.status_code == 400
    assert f'id="{field}-error"' in page.text
    assert f'aria-describedby="{field}-error' in page.text
    assert page.text.count('class="field-error"') == 1
    assert 'value="Fall Krähe"' in page.text
    assert Home(tmp_path).case_ids() == ()


def test_an_id_is_taken_once(tmp_path: Path) -> None:
    new_case(tmp_path).close()
    with pages(tmp_path) as client:
        page = client.post("/cases", data={**SENT, "id": "demo"})
    assert page.status_code == 400
    assert "There is a case of this id already" in page.text


def test_the_list_tells_a_case_that_cannot_be_opened(tmp_path: Path) -> None:
    new_case(tmp_path).close()
    broken = tmp_path / "cases" / "broken"
    broken.mkdir()
    (broken / "case.db").write_bytes(b"no database at all" * 100)
    with pages(tmp_path) as client:
        page = client.get("/")
    assert page.status_code == 200
    assert "A title" in words(page.text)
    assert "This case cannot be opened." in page.text


def test_the_overview_counts_as_case_show_does_and_is_logged(tmp_path: Path) -> None:
    with new_case(tmp_path) as case:
        add_text(case, tmp_path, "a.txt", "one\ntwo")
        view = overview_of(case)
        assert (view.exhibits, view.searched, view.totals.complete, view.totals.passages) == (1, 1, 1, 2)
        case.conversations.start("Wer war es?")
    with pages(tmp_path) as client:
        page = client.get("/case/demo")
    assert "Wer war es?" in page.text
    assert logged(tmp_path)[-1] == (ACTOR, "consultation", "case shown")


def test_an_empty_case_says_what_to_do_next(tmp_path: Path) -> None:
    new_case(tmp_path).close()
    with pages(tmp_path) as client:
        page = client.get("/case/demo")
    assert "This case has no exhibits yet." in page.text
    assert 'href="/case/demo/uploads"' in page.text


def test_a_title_is_text_and_never_markup(tmp_path: Path) -> None:
    evil = "<img src=x onerror=alert(1)>\u202egpj"
    with pages(tmp_path) as client:
        client.post("/cases", data={**SENT, "title": evil, "id": "x", "purpose": "</textarea><script>1</script>"})
        for path in ("/", "/case/x", "/case/x/describe", "/case/x/delete"):
            page = client.get(path).text
            assert "<img" not in page
            assert "<script>" not in page
            assert "\u202e" not in page
            assert "\\u202egpj" in page


def test_describing_keeps_id_and_logs_old_and_new(tmp_path: Path) -> None:
    new_case(tmp_path).close()
    with pages(tmp_path) as client:
        answer = client.post("/case/demo/describe", data={**SENT, "title": "Neu", "id": "other"})
        assert answer.headers["location"] == "/case/demo?done=described"
        wrong = client.post("/case/demo/describe", data={**SENT, "title": " ", "region": "1"})
    assert wrong.status_code == 400
    assert wrong.text.count('class="field-error"') == 2
    with open_case(Home(tmp_path), "demo", "x") as case:
        assert case.description.title == "Neu"
        event = next(event for event in case.custody.events() if event.action == "case described")
    assert event.details["title"] == {"from": "A title", "to": "Neu"}


def test_a_case_is_deleted_only_when_its_id_was_typed(tmp_path: Path) -> None:
    new_case(tmp_path).close()
    with pages(tmp_path) as client:
        assert "There is no way back" in client.get("/case/demo/delete").text
        wrong = client.post("/case/demo/delete", data={"confirm": "Demo"})
        assert wrong.status_code == 400
        assert "Nothing was deleted" in wrong.text
        assert Home(tmp_path).case_ids() == ("demo",)
        answer = client.post("/case/demo/delete", data={"confirm": "demo"})
        assert answer.headers["location"] == "/?done=deleted"
        assert client.get("/case/demo").status_code == 404
    assert Home(tmp_path).case_ids() == ()
    assert ACTOR in Home(tmp_path).erasures.read_text()


def test_a_case_in_use_is_not_deleted_and_says_so(tmp_path: Path) -> None:
    with new_case(tmp_path), pages(tmp_path) as client:
        page = client.post("/case/demo/delete", data={"confirm": "demo"})
        assert page.status_code == 409
        assert "The case cannot be deleted now" in page.text
    assert Home(tmp_path).case_ids() == ("demo",)


def test_nothing_at_an_address_that_leads_to_no_case(tmp_path: Path) -> None:
    with pages(tmp_path) as client:
        assert client.get("/case/none").status_code == 404


def test_a_message_comes_from_our_texts_only(tmp_path: Path) -> None:
    with pages(tmp_path) as client:
        page = client.get("/", params={"done": "<b>Give your password</b>"})
    assert "password" not in page.text


@pytest.mark.parametrize("language", ["de", "fr", "nl"])
def test_pages_speak_the_language_of_the_browser(tmp_path: Path, language: str) -> None:
    new_case(tmp_path).close()
    with pages(tmp_path, language) as client:
        for path in ("/", "/case/demo", "/case/demo/describe", "/case/demo/delete"):
            page = client.get(path)
            assert page.status_code == 200
            assert f'<html lang="{language}">' in page.text


@given(st.text(max_size=200), st.sets(st.sampled_from(["case", "a", "x-2"])))
def test_a_suggested_id_can_always_be_used(title: str, taken: set[str]) -> None:
    found = suggested_id(title, taken)
    assert CASE_ID.fullmatch(found)
    assert found not in taken


def test_a_suggested_id_steps_aside() -> None:
    assert suggested_id("Öl & Müll", ()) == "oel-muell"
    assert suggested_id("Öl & Müll", {"oel-muell", "oel-muell-2"}) == "oel-muell-3"
    assert suggested_id("案件", ()) == "case"


@given(st.fixed_dictionaries({name: st.text(max_size=50) for name in SENT}))
def test_any_form_is_checked_without_a_crash(fields: dict[str, str]) -> None:
    for form in (checked_new(typed_form(fields), ()), checked_change(typed_form(fields))):
        assert set(form.errors) <= set(SENT)
