"""The ledger and one exhibit on the page."""

import csv
import io
import re
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from assistant.cli.root import app
from assistant.ui.pages.exhibit_view import exhibit_view
from assistant.ui.pages.ledger_view import (
    CATEGORIES,
    ORDERS,
    LedgerFilter,
    LedgerRow,
    chosen,
    counted,
    family_of,
    ledger_rows,
)
from assistant.ui.pages.parts import paged
from assistant.ui.texts import speaker
from casefile.case import Case
from casefile.records import Identifier, IdentifierKind, Issue, MomentMeaning, Precision
from casefile.seals import seal
from tests.assistant.ui.page_client import ACTOR, logged, pages, words
from tests.casefile.case_building import add_text, new_case


def row(name: str, **facts: object) -> LedgerRow:
    given: dict[str, object] = {
        "exhibit_id": f"sha256:{name.encode().hex():0<64}", "name": name, "path": f"in/{name}",
        "media_type": "text/plain", "family": "document", "status": "complete", "issues": (), "passages": 1, "new": True,
    }  # fmt: skip
    return LedgerRow(**{**given, **facts})  # type: ignore[arg-type]


LOCKED = Issue("read", "encrypted", "It is encrypted.")
ROWS = (
    row("b.txt", labels=("Wichtig",), passages=7),
    row("a.pdf", status="failed", issues=(LOCKED, LOCKED), family="document", passages=0),
    row("c.xlsx", family="table", sealed=True, status="partial", passages=3),
    row("lost.zip", exhibit_id=None, status="failed", family="archive", passages=0),
)


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (LedgerFilter(), ["b.txt", "a.pdf", "c.xlsx", "lost.zip"]),
        (LedgerFilter(status="failed"), ["a.pdf", "lost.zip"]),
        (LedgerFilter(status="failed", path="A.PDF"), ["a.pdf"]),
        (LedgerFilter(family="table"), ["c.xlsx"]),
        (LedgerFilter(category="encrypted"), ["a.pdf"]),
        (LedgerFilter(label="Wichtig"), ["b.txt"]),
        (LedgerFilter(sealed="yes"), ["c.xlsx"]),
        (LedgerFilter(sealed="no", sort="name"), ["a.pdf", "b.txt", "lost.zip"]),
        (LedgerFilter(sort="status"), ["a.pdf", "lost.zip", "c.xlsx", "b.txt"]),
        (LedgerFilter(sort="passages"), ["b.txt", "c.xlsx", "a.pdf", "lost.zip"]),
        (LedgerFilter(status="nonsense"), []),
    ],
)
def test_filters_and_orders(wanted: LedgerFilter, names: list[str]) -> None:
    assert [one.name for one in chosen(ROWS, wanted)] == names


def test_counts_take_a_reason_once_for_each_row() -> None:
    found = counted(ROWS)
    assert found.by_status == {"complete": 1, "partial": 1, "failed": 2, "skipped": 0}
    assert found.by_category == {"encrypted": 1}
    assert (found.labels, found.sealed) == (("Wichtig",), 1)


@given(st.integers(0, 500), st.text(max_size=12), st.integers(1, 60))
def test_every_row_is_on_exactly_one_page(total: int, number: str, size: int) -> None:
    one = paged(range(total), number, "/x", {}, size)
    assert 1 <= one.pager.number <= one.pager.pages
    seen = [n for page in range(1, one.pager.pages + 1) for n in paged(range(total), str(page), "/x", {}, size).rows]
    assert seen == list(range(total))


@pytest.mark.parametrize(
    ("media_type", "family"),
    [("application/pdf", "document"), ("text/csv", "table"), ("message/rfc822", "mail"), ("image/svg+xml", "picture"),
     ("application/vnd.openxmlformats-officedocument.presentationml.presentation", "slides"),
     ("application/vnd.oasis.opendocument.spreadsheet", "table"), ("application/zip", "archive"),
     ("audio/ogg", "recording"), ("application/x-empty", "other"), ("", "other")],
)  # fmt: skip
def test_media_types_have_a_family(media_type: str, family: str) -> None:
    assert family_of(media_type) == family


def test_everything_that_a_row_or_an_exhibit_can_be_has_words() -> None:
    say = speaker("de")
    closed = {
        "category": CATEGORIES, "advice": CATEGORIES, "sort": ORDERS, "kind": get_args(IdentifierKind),
        "meaning": get_args(MomentMeaning), "precision": get_args(Precision),
    }  # fmt: skip
    missing = [f"pages.{group}.{name}" for group, names in closed.items() for name in names]
    assert [key for key in missing if not say.has(key)] == []


def test_the_page_shows_the_ledger_and_logs_the_look(tmp_path: Path) -> None:
    with new_case(tmp_path) as case:
        add_text(case, tmp_path, "a.txt", "one\ntwo")
        add_text(case, tmp_path, "b.txt", "three")
    with pages(tmp_path) as client:
        page = client.get("/case/demo/exhibits")
        assert "in/a.txt" in page.text
        assert "in/b.txt" in page.text
        assert logged(tmp_path)[-1] == (ACTOR, "consultation", "ledger read")
        assert "in/b.txt" not in client.get("/case/demo/exhibits", params={"path": "a.t"}).text
        assert "Nothing fits this filter" in client.get("/case/demo/exhibits", params={"status": "failed"}).text


def test_an_empty_ledger_leads_to_the_uploads(tmp_path: Path) -> None:
    new_case(tmp_path).close()
    with pages(tmp_path) as client:
        page = client.get("/case/demo/exhibits")
    assert 'href="/case/demo/uploads"' in page.text


def test_the_csv_is_that_of_the_command_line(tmp_path: Path) -> None:
    with new_case(tmp_path) as case:
        add_text(case, tmp_path, "=cmd.txt", "one")
        add_text(case, tmp_path, "b.txt", "two")
    with pages(tmp_path) as client:
        answer = client.get("/case/demo/exhibits.csv")
        narrowed = client.get("/case/demo/exhibits.csv", params={"path": "b.txt"})
    printed = CliRunner().invoke(app, ["--home", str(tmp_path), "ledger", "--case", "demo", "--csv"]).stdout
    assert list(csv.reader(io.StringIO(answer.text))) == list(csv.reader(io.StringIO(printed)))
    assert len(narrowed.text.splitlines()) == 2
    assert answer.headers["content-disposition"] == 'attachment; filename="demo-ledger.csv"'


def test_the_selected_are_asked_about(tmp_path: Path) -> None:
    with new_case(tmp_path) as case:
        first, _ = add_text(case, tmp_path, "a.txt", "one")
        second, _ = add_text(case, tmp_path, "b.txt", "two")
    with pages(tmp_path) as client:
        form = client.get("/case/demo/exhibits").text
        boxes = re.findall(r'name="exhibit" value="([0-9a-f]+)"', form)
        assert boxes == [first[7:19], second[7:19]]
        answer = client.get("/case/demo/ask", params={"exhibit": boxes})
        assert answer.headers["location"] == f"/chat/?case=demo&scope=exhibits%3A{boxes[0]}%2C{boxes[1]}"
        every = client.get("/case/demo/ask", params={"every": "1", "path": "b.txt"})
        assert every.headers["location"] == f"/chat/?case=demo&scope=exhibits%3A{boxes[1]}"
        for nothing in ({}, {"exhibit": "<script>"}, {"exhibit": "sha256:12"}):
            back = client.get("/case/demo/ask", params=nothing)
            assert back.headers["location"] == "/case/demo/exhibits?problem=none_chosen"
        assert "Tick at least one" in client.get("/case/demo/exhibits?problem=none_chosen").text


def _identified(case: Case, folder: Path) -> str:
    text = "Call +49 30 901820 or\n+49 30 901820"
    numbers = (
        Identifier("phone", "+49 30 901820", "+4930901820", 1, "phone:valid", 5, 18),
        Identifier("phone", "+49 30 901820", "+4930901820", 3, "phone:bare", 22, 35),
    )
    return add_text(case, folder, "call.txt", text, numbers)[0]


def test_an_exhibit_lists_its_values_once_with_their_first_place(tmp_path: Path) -> None:
    with new_case(tmp_path) as case:
        exhibit = _identified(case, tmp_path)
        view = exhibit_view(case, case.catalogue.exhibit(exhibit))
    assert [(value.normal, value.count, value.tier) for value in view.values] == [("+4930901820", 2, 1)]
    assert "&start=5&end=18&q=" in view.values[0].address


def test_an_exhibit_shows_hash_places_preview_and_is_logged(tmp_path: Path) -> None:
    with new_case(tmp_path) as case:
        exhibit = _identified(case, tmp_path)
    with pages(tmp_path) as client:
        page = client.get(f"/case/demo/exhibits/{exhibit[7:19]}")
        assert exhibit[7:] in page.text
        assert f'src="/case/demo/source/{exhibit}"' in page.text
        assert "in/call.txt" in page.text
        assert "+4930901820" in page.text
        assert client.get("/case/demo/exhibits/00000000").status_code == 404
        assert client.get("/case/demo/exhibits/zz").status_code == 404
    assert (ACTOR, "consultation", "exhibit shown") in logged(tmp_path)


def test_names_from_evidence_are_text(tmp_path: Path) -> None:
    name = "<img src=x onerror=alert(1)>'\"\u202egpj.txt"
    with new_case(tmp_path) as case:
        exhibit, _ = add_text(case, tmp_path, name, "one")
    with pages(tmp_path) as client:
        for path in ("/case/demo/exhibits", f"/case/demo/exhibits/{exhibit[7:]}"):
            page = client.get(path).text
            assert "<img" not in page
            assert "\u202e" not in page
            assert "onerror=alert(1)&gt;" in page


def test_a_sealed_exhibit_is_listed_and_shows_nothing(tmp_path: Path) -> None:
    with new_case(tmp_path) as case:
        exhibit, _ = add_text(case, tmp_path, "mandant.txt", "Geheimes Wort")
        seal(case, exhibit, "privileged", "Verteidigerpost")
        assert [one.sealed for one in ledger_rows(case)] == [True]
    with pages(tmp_path) as client:
        listed = client.get("/case/demo/exhibits").text
        assert 'name="exhibit"' not in listed
        page = client.get(f"/case/demo/exhibits/{exhibit[7:]}").text
    assert "Verteidigerpost" in words(page)
    assert "<iframe" not in page
    assert "Geheimes" not in page


@pytest.mark.parametrize("language", ["de", "fr", "nl"])
def test_both_pages_speak_every_language(tmp_path: Path, language: str) -> None:
    with new_case(tmp_path) as case:
        exhibit = _identified(case, tmp_path)
    with pages(tmp_path, language) as client:
        assert client.get("/case/demo/exhibits").status_code == 200
        assert client.get(f"/case/demo/exhibits/{exhibit[7:]}").status_code == 200
