"""Keyword lists, mentions and identifiers on the page."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from assistant.cli.root import app
from assistant.ui.pages.keywords import term_problems
from assistant.ui.pages.places import Places, _one_line, place_in_words
from assistant.ui.texts import speaker
from casefile.case import open_case
from casefile.home import Home
from casefile.locators import (
    BlockLocator,
    CellsLocator,
    LinesLocator,
    Locator,
    MailPartLocator,
    PageLocator,
    SlideLocator,
)
from casefile.records import Identifier
from tests.assistant.ui.page_client import ACTOR, logged, pages, words
from tests.casefile.case_building import add_text, new_case

TEXT = "Der rote Kran <b>stand</b> am Kai.\nKran 7, Anna Berg rief +49 30 901820 an.\nBerg, Anna sah ihn."


@pytest.fixture
def exhibit(tmp_path: Path) -> str:
    phone = Identifier("phone", "+49 30 901820", "+4930901820", 1, "phone:valid", 58, 71)
    assert TEXT[58:71] == phone.raw
    with new_case(tmp_path) as case:
        add_text(case, tmp_path, "b.txt", "Hier steht nichts.")
        return add_text(case, tmp_path, "a.txt", TEXT, (phone,))[0]


@pytest.mark.parametrize(
    ("locator", "words"),
    [
        (PageLocator(3, 0, 1), "Seite 3"),
        (CellsLocator("Konten", "A1:B2", 0, 1), "Blatt Konten, A1:B2"),
        (CellsLocator("", "A1", 0, 1), "Zellen A1"),
        (LinesLocator(4, 4, 0, 1), "Zeile 4"),
        (LinesLocator(4, 6, 0, 1), "Zeilen 4–6"),
        (MailPartLocator("headers", 0, 1), "Kopfzeilen"),
        (MailPartLocator("body", 0, 1, 2), "E-Mail, Absatz 2"),
        (SlideLocator(2, 0, 1), "Folie 2"),
        (SlideLocator(2, 0, 1, notes=True), "Folie 2, Notizen"),
        (BlockLocator(9, 0, 1), "Absatz 9"),
    ],
)
def test_every_kind_of_place_has_words(locator: Locator, words: str) -> None:
    assert place_in_words(locator, speaker("de")) == words


@given(st.text(max_size=40), st.booleans(), st.booleans())
def test_a_line_of_context_keeps_words_and_has_no_line_ends(text: str, begins: bool, ends: bool) -> None:
    line = _one_line(text, begins=begins, ends=ends)
    line = line if begins else line.removeprefix("…")
    said, there = (line if ends else line.removesuffix("…")).split(), text.split()
    assert any(said == there[first : first + len(said)] for first in range(len(there) + 1))
    assert len(there) - len(said) <= (not begins) + (not ends)
    assert "\n" not in line


def test_a_place_shows_what_stands_around_it_and_leads_there(tmp_path: Path, exhibit: str) -> None:
    with open_case(Home(tmp_path), "demo", "x") as case:
        version = case.catalogue.exhibit(exhibit).text_sha256
        view = Places(case, speaker("en")).view(exhibit, LinesLocator(1, 1, 9, 13))
    assert (view.before, view.quote) == ("Der rote ", "Kran")
    assert view.after.startswith(" <b>stand</b> am Kai. Kran 7")
    assert view.address.startswith(f"/case/demo/source/{exhibit}?text={version}&start=9&end=13&q=")


def test_mentions_are_listed_counted_and_logged(tmp_path: Path, exhibit: str) -> None:
    with pages(tmp_path) as client:
        assert "List all mentions" in client.get("/case/demo/mentions").text
        assert ("consultation", "mentions listed") not in [event[1:] for event in logged(tmp_path)]
        page = client.get("/case/demo/mentions", params={"of": "Anna Berg"})
        assert "2 places, 1 exhibit" in words(page.text)
        assert "surname first" in page.text
        assert "<mark>Anna Berg</mark>" in page.text
        assert 'target="source"' in page.text
        assert "Choose a place in the list" in client.get("/case/demo/no-source").text
        none = client.get("/case/demo/mentions", params={"of": "Zeppelin"})
        assert "mentioned nowhere in what was searched" in none.text
        other = client.get("/case/demo/mentions", params={"of": "Anna Berg", "exhibit": "0" * 64})
        assert "<mark>" not in other.text
        table = list(csv.reader(io.StringIO(client.get("/case/demo/mentions.csv", params={"of": "Anna Berg"}).text)))
    assert [row[3] for row in table] == ["quote", "Anna Berg", "Berg, Anna"]
    assert logged(tmp_path)[-1] == (ACTOR, "consultation", "mentions listed")


def test_what_stands_around_a_quote_is_text(tmp_path: Path, exhibit: str) -> None:
    with pages(tmp_path) as client:
        page = client.get("/case/demo/mentions", params={"of": "Kran"})
        assert "&lt;b&gt;stand&lt;/b&gt;" in page.text
        assert "<b>" not in client.get("/case/demo/mentions", params={"of": "<b>Kran</b>"}).text


def test_identifiers_lead_to_their_mentions_and_are_those_of_the_command_line(tmp_path: Path, exhibit: str) -> None:
    with pages(tmp_path) as client:
        page = client.get("/case/demo/identifiers", params={"kind": "phone"})
        assert 'href="/case/demo/mentions?of=%2B49%2030%20901820">+4930901820' in page.text
        assert "same identifier" in client.get("/case/demo/mentions?of=%2B49%2030%20901820").text
        assert "+4930901820" not in client.get("/case/demo/identifiers", params={"kind": "iban"}).text
        assert "+4930901820" not in client.get("/case/demo/identifiers", params={"at_least": "2"}).text
        assert "+4930901820" in client.get("/case/demo/identifiers", params={"part": "30 9018"}).text
        assert client.get("/case/demo/identifiers", params={"kind": "soul"}).status_code == 400
        ours = client.get("/case/demo/identifiers.csv").text
    printed = CliRunner().invoke(app, ["--home", str(tmp_path), "identifiers", "--case", "demo", "--csv"]).stdout
    assert list(csv.reader(io.StringIO(ours))) == list(csv.reader(io.StringIO(printed)))
    assert (ACTOR, "consultation", "identifiers listed") in logged(tmp_path)


def test_a_list_is_kept_run_changed_and_removed(tmp_path: Path, exhibit: str) -> None:
    name = "Kräne & <b>"
    with pages(tmp_path) as client:
        made = client.post("/case/demo/keywords", data={"name": name, "terms": "kran*\r\n# hm\r\nzeppelin"})
        assert made.status_code == 303
        run = client.get(made.headers["location"])
        assert "The list was saved." in run.text
        assert "Kräne &amp; &lt;b&gt;" in run.text
        assert "no hit" in run.text
        term = client.get("/case/demo/keywords/run", params={"list": name, "line": "1"})
        assert term.text.count("<mark>Kran</mark>") == 2
        rows = list(csv.reader(io.StringIO(client.get("/case/demo/keywords.csv", params={"list": name}).text)))
        assert [row[:3] for row in rows[1:]] == [["1", "kran*", "2"], ["3", "zeppelin", "0"]]
        changed = client.post("/case/demo/keywords/edit", params={"list": name}, data={"name": "Neu", "terms": "anna"})
        assert changed.headers["location"] == "/case/demo/keywords/run?list=Neu&done=list_saved"
        assert "Remove the list Neu?" in client.get("/case/demo/keywords/remove?list=Neu").text
        assert client.post("/case/demo/keywords/remove?list=Neu").status_code == 303
        assert client.get("/case/demo/keywords/run?list=Neu").status_code == 400
    actions = [action for actor, _, action in logged(tmp_path) if actor == ACTOR]
    for action in ("keyword list saved", "keyword list searched", "keyword list renamed", "keyword list removed"):
        assert action in actions


def test_a_list_of_the_same_name_is_not_overwritten(tmp_path: Path, exhibit: str) -> None:
    with pages(tmp_path) as client:
        client.post("/case/demo/keywords", data={"name": "A", "terms": "one"})
        client.post("/case/demo/keywords", data={"name": "B", "terms": "two"})
        again = client.post("/case/demo/keywords", data={"name": " A", "terms": "other"})
        assert (again.status_code, 'id="name-error"' in again.text) == (400, True)
        moved = client.post("/case/demo/keywords/edit?list=B", data={"name": "A", "terms": "two"})
        assert moved.status_code == 400
    with open_case(Home(tmp_path), "demo", "x") as case:
        assert [(one.name, one.terms) for one in case.keyword_lists.all()] == [("A", "one"), ("B", "two")]


def test_errors_in_terms_are_told_with_their_lines_and_nothing_is_saved(tmp_path: Path, exhibit: str) -> None:
    terms = 'good\n"open\n# remark\nNOT x'
    assert [problem.split(":")[0] for problem in term_problems(terms)] == [
        "Line 2 of the keyword list", "Line 4 of the keyword list",
    ]  # fmt: skip
    with pages(tmp_path) as client:
        page = client.post("/case/demo/keywords", data={"name": "A", "terms": terms})
        assert page.status_code == 400
        assert 'aria-describedby="terms-error terms-hint"' in page.text
        assert "&#34;open" in page.text
        with open_case(Home(tmp_path), "demo", "x") as case:
            assert case.keyword_lists.all() == ()
            case.keyword_lists.save("Kept", terms)  # by something that does not check
        broken = client.get("/case/demo/keywords/run?list=Kept")
        assert broken.status_code == 400
        assert "Line 2 of the keyword list" in broken.text


@given(st.text(max_size=200))
def test_any_list_is_checked_without_a_crash(terms: str) -> None:
    assert isinstance(term_problems(terms), tuple)


@pytest.mark.parametrize("language", ["de", "fr", "nl"])
def test_the_pages_speak_every_language(tmp_path: Path, exhibit: str, language: str) -> None:
    with pages(tmp_path, language) as client:
        client.post("/case/demo/keywords", data={"name": "A", "terms": "kran"})
        for path in (
            "keywords", "keywords/run?list=A", "keywords/run?list=A&line=1", "keywords/edit?list=A",
            "keywords/remove?list=A", "mentions?of=Anna+Berg", "identifiers",
        ):  # fmt: skip
            assert client.get(f"/case/demo/{path}").status_code == 200, path
