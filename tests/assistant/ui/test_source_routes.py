"""The source panel over HTTP: pages, pictures and originals, the walls around them, and what hostile files cannot do."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from fastapi import FastAPI
from PIL import Image
from starlette.testclient import TestClient

from assistant.ui.desk import Desk
from assistant.ui.guard import Address, Guard
from assistant.ui.server import _tell_errors
from assistant.ui.sessions import Sessions
from assistant.ui.source.links import source_address
from assistant.ui.source.routes import router
from casefile.case import Case, create_case
from casefile.home import Home
from casefile.records import CaseDescription
from casefile.seals import seal, unseal
from casefile.serial import now
from casefile.settings import load_settings
from ingest.embedding.fake import HashedWordsEmbedder
from tests.assistant.ui.source_case import HOSTILE, build, named, span_of

PORT = 7999
ADDRESS = Address(PORT)


@dataclass
class Page:
    """A client that is signed in, and the case as the desk has it."""

    client: TestClient
    case: Case
    app: FastAPI

    def panel(self, name: str, quote: str = "", **more: object) -> str:
        answer = (
            self.client.get(self.address(name, quote), params=more or None)
            if not more
            else self.client.get(
                self.address(name, quote).partition("#")[0] + "&" + "&".join(f"{k}={v}" for k, v in more.items())
            )
        )
        assert answer.status_code == 200, answer.text
        return answer.text

    def address(self, name: str, quote: str = "") -> str:
        exhibit = named(self.case, name)
        if not quote:
            return f"/case/demo/source/{exhibit.id}?"
        start, end = span_of(self.case, exhibit, quote)
        return source_address("demo", exhibit.id, exhibit.text_sha256 or "", start, end, quote)

    def events(self) -> list[tuple[str, str, str, dict[str, object]]]:
        return [(event.actor, event.kind, event.action, event.details) for event in self.case.custody.events()]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    root = tmp_path_factory.mktemp("source")
    build(root).close()
    home = Home(root / "home")
    create_case(home, CaseDescription("other", "Other", "p", "n", "DE", "Europe/Berlin", ("en",), now()), "x").close()
    desk = Desk(home, load_settings(home.root, {}).settings, "keeper")
    desk._embedder = HashedWordsEmbedder(allow=True)
    app = FastAPI()
    app.state.desk = desk
    app.include_router(router)
    _tell_errors(app)
    sessions = Sessions(home.root)
    hour = timedelta(hours=1)
    token = sessions.enter(sessions.make_link("Inspector Grey", hour), hour)
    with TestClient(
        Guard(app, ADDRESS, sessions),
        base_url=f"http://127.0.0.1:{PORT}",
        cookies={ADDRESS.cookie: token or ""},
        headers={"origin": f"http://127.0.0.1:{PORT}", "accept-language": "en"},
        follow_redirects=False,
    ) as client:
        yield Page(client, desk.open("demo").case, app)
    desk.close()
    assert desk._renderer is None


class _Marked(HTMLParser):
    """The text of a document, of its <mark>s, and every tag and attribute in it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.marked: list[str] = []
        self.text = ""
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self._in_mark = False
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attributes]
        if tag == "mark":
            self._in_mark = True
            self.marked.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "mark":
            self._in_mark = False

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._in_mark:
            self.marked[-1] += data


CITED = [
    ("report.pdf", "MARKEDWORD stands"),
    ("payments.xlsx", "Firm 7"),
    ("letter.eml", "the lorry comes at night."),
    ("letter.eml", "alice@example.org"),
    ("statement.docx", "The witness saw a white van."),
    ("plan.pptx", "bring cash"),
    ("log.txt", "event 2100 happened"),
    ("calls.csv", "+49 30 0020"),
]


@pytest.mark.parametrize(("name", "quote"), CITED)
def test_the_quote_is_marked_in_the_document(page: Page, name: str, quote: str) -> None:
    found = _Marked(page.panel(name, quote))
    assert found.marked == [quote]
    ids = [value for _, attribute, value in found.attributes if attribute == "id"]
    assert ids.count("quote") == 1
    assert len(ids) == len(set(ids))
    assert "inexact" not in ids
    assert name in found.text


@pytest.mark.parametrize("language", ["en", "de", "fr", "nl"])
@pytest.mark.parametrize("name", ["report.pdf", "payments.xlsx", "letter.eml", "photo.jpg", "broken.pdf", "scan.tif"])
def test_every_view_can_be_read_in_four_languages(page: Page, name: str, language: str) -> None:
    answer = page.client.get(page.address(name), headers={"accept-language": language})
    assert answer.status_code == 200
    assert f'<html lang="{language}">' in answer.text


def test_no_document_has_script_style_or_anything_remote(page: Page) -> None:
    for exhibit in page.case.catalogue.exhibits():
        answer = page.client.get(f"/case/demo/source/{exhibit.id}")
        assert answer.status_code == 200
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        found = _Marked(answer.text)
        assert found.tags.count("script") == 1  # our elements
        assert "style" not in found.tags
        for tag, attribute, value in found.attributes:
            assert not attribute.startswith("on"), (tag, attribute)
            assert attribute != "style"
            if attribute in {"src", "href", "action"}:
                assert value.startswith(("/assets/", "/case/demo/")), value


def test_hostile_names_cells_headers_and_texts_are_only_text(page: Page) -> None:
    hostile = next(found for found in page.case.catalogue.exhibits() if found.name.startswith("<img"))
    documents = [
        page.client.get(f"/case/demo/source/{hostile.id}").text,
        page.panel("payments.xlsx", "Firm 38"),
        page.panel("letter.eml", "the lorry"),
    ]
    for document in documents:
        assert HOSTILE not in document
        assert "&lt;img src=x onerror=" in document
        found = _Marked(document)
        assert HOSTILE in found.text
        assert ("img", "src", "x") not in found.attributes
    assert str(7919 * 7907) not in documents[0], "a template was filled in twice"
    assert "{{ 7919 * 7907 }}" in documents[0]
    assert "<script>alert(2)" not in documents[0]


def test_hidden_characters_are_shown_and_not_obeyed(page: Page) -> None:
    hostile = next(found for found in page.case.catalogue.exhibits() if found.name.startswith("<img"))
    document = page.client.get(f"/case/demo/source/{hostile.id}").text
    for character in "\u202e\u202c\u200b\x1b":
        assert character not in document
    for code in ("U+202E", "U+200B", "U+001B"):
        assert f">{code}</span>" in document
    assert "RIGHT-TO-LEFT OVERRIDE" in document


def test_boxes_lie_on_the_ink_of_the_drawn_page(page: Page) -> None:
    document = page.panel("report.pdf", "MARKEDWORD", zoom="200")
    found = _Marked(document)
    source = next(value for tag, attribute, value in found.attributes if (tag, attribute) == ("img", "src"))
    answer = page.client.get(source)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    with Image.open(io.BytesIO(answer.content)) as image:
        dark = np.asarray(image.convert("L")) < 128
    view_box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', document)
    assert view_box is not None
    scale = dark.shape[1] / float(view_box[1])
    assert dark.shape[0] / float(view_box[2]) == pytest.approx(scale, rel=0.01)
    rects = re.findall(r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/>', document)
    assert len(rects) == 1
    x, y, width, height = (round(float(value) * scale) for value in rects[0])
    inside = dark[y : y + height, x : x + width]
    assert inside.mean() > 0.1
    line = dark[y : y + height]
    assert line[:, : x - 3].sum() == 0  # nothing of the word is left of its box
    assert line.sum() > inside.sum()  # the other words of the line are not in it
    assert "Quote: MARKEDWORD" in document


def test_pages_turn_and_zoom_by_links(page: Page) -> None:
    document = page.panel("report.pdf", "MARKEDWORD")
    assert "Page 2 of 3" in document
    links = [value for tag, name, value in _Marked(document).attributes if (tag, name) == ("a", "href")]
    following = next(link for link in links if "page=3" in link)
    turned = page.client.get(following).text
    assert "Page 3 of 3" in turned
    assert "The quote stands on page 2." in turned
    assert "<rect" not in turned
    zoomed = page.client.get(next(link for link in links if "zoom=200" in link)).text
    assert re.search(r'<img [^>]*width="1067"', zoomed)


def test_a_quote_over_two_pages_says_so(page: Page) -> None:
    exhibit = named(page.case, "report.pdf")
    text = page.case.catalogue.text(exhibit.id)
    span = text.index("The last words"), text.index("follow.") + 7
    address = source_address("demo", exhibit.id, exhibit.text_sha256 or "", *span, text[slice(*span)])
    document = page.client.get(address).text
    assert 'id="several-pages"' in document
    assert "<rect" in document
    assert "<rect" in page.client.get(address.replace("#quote", "&page=2")).text


def test_what_was_not_cited_is_said_to_be_inexact(page: Page) -> None:
    exhibit = named(page.case, "log.txt")
    address = source_address("demo", exhibit.id, exhibit.text_sha256 or "", 0, 10, "other words")
    document = page.client.get(address).text
    assert 'id="inexact"' in document
    assert "What stands here is not what was cited." in document


def test_a_document_without_text_or_damaged_is_told_in_words(page: Page) -> None:
    blank = page.panel("blank.pdf")
    assert "No text was read from this page." in blank
    assert "/page/" in blank
    broken = page.panel("broken.pdf")
    assert "could not be read" in broken
    assert "<img" not in broken
    beyond = page.panel("blank.pdf", page=7)
    assert 'id="failure"' in beyond
    assert "<img" not in beyond


def test_pictures_are_blurred_until_asked_for(page: Page) -> None:
    document = page.panel("photo.jpg")
    found = _Marked(document)
    source = next(value for tag, name, value in found.attributes if (tag, name) == ("img", "src"))
    assert "blur=1" in source
    with Image.open(io.BytesIO(page.client.get(source).content)) as image:
        assert max(image.size) == 16
    shown = page.client.get(next(v for tag, n, v in found.attributes if (tag, n) == ("a", "href") and "show=1" in v))
    source = next(value for tag, name, value in _Marked(shown.text).attributes if (tag, name) == ("img", "src"))
    with Image.open(io.BytesIO(page.client.get(source).content)) as image:
        assert image.size == (300, 200)
    second = page.client.get(f"/case/demo/picture/{named(page.case, 'scan.tif').id}.png?frame=2")
    assert second.status_code == 200
    missing = page.client.get(f"/case/demo/picture/{named(page.case, 'scan.tif').id}.png?frame=9")
    assert missing.status_code == 422


def test_the_original_is_a_download_and_a_disclosure(page: Page) -> None:
    hostile = next(found for found in page.case.catalogue.exhibits() if found.name.startswith("<img"))
    before = len(page.events())
    answer = page.client.post(f"/case/demo/original/{hostile.id}")
    assert answer.status_code == 200
    assert answer.content == page.case.originals.path(hostile.id).read_bytes()
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("sandbox")
    assert answer.headers["content-disposition"].startswith("attachment; ")
    assert "<" not in answer.headers["content-disposition"]
    assert page.events()[before:] == [("Inspector Grey", "disclosure", "original handed out", {"exhibit": hostile.id})]
    assert page.client.get(f"/case/demo/original/{hostile.id}").status_code == 405


def test_an_original_that_is_gone_is_told_and_not_logged(page: Page) -> None:
    exhibit = named(page.case, "mystery.bin")
    path = page.case.originals.path(exhibit.id)
    path.rename(path.with_suffix(".away"))
    before = len(page.events())
    try:
        answer = page.client.post(f"/case/demo/original/{exhibit.id}")
    finally:
        path.with_suffix(".away").rename(path)
    assert answer.status_code == 410
    assert "not in the case" in answer.text
    assert len(page.events()) == before


def test_opening_a_source_stands_in_the_custody_log(page: Page) -> None:
    before = len(page.events())
    page.panel("report.pdf", "MARKEDWORD")
    ((actor, kind, action, details),) = page.events()[before:]
    assert (actor, kind, action) == ("Inspector Grey", "consultation", "source shown")
    assert details["exhibit"] == named(page.case, "report.pdf").id
    assert details["page"] == 2
    assert "MARKEDWORD" not in str(details)


def test_a_picture_asked_for_without_its_panel_is_a_consultation_too(page: Page) -> None:
    exhibit = named(page.case, "blank.pdf")
    page.app.state.consulted = None
    before = len(page.events())
    for number in (1, 1, 1):
        assert page.client.get(f"/case/demo/page/{exhibit.id}/{number}.png").status_code == 200
    assert page.events()[before:] == [("Inspector Grey", "consultation", "source shown", {"exhibit": exhibit.id})]


def routes_of(case_id: str, exhibit_id: str) -> list[tuple[str, str]]:
    return [
        ("GET", f"/case/{case_id}/source/{exhibit_id}"),
        ("GET", f"/case/{case_id}/page/{exhibit_id}/1.png"),
        ("GET", f"/case/{case_id}/picture/{exhibit_id}.png"),
        ("POST", f"/case/{case_id}/original/{exhibit_id}"),
    ]


def test_a_sealed_exhibit_is_refused_on_every_route(page: Page) -> None:
    for name in ("report.pdf", "photo.jpg"):
        exhibit = named(page.case, name)
        page.client.get(f"/case/demo/page/{exhibit.id}/1.png")  # drawn and kept before it is sealed
        page.client.get(f"/case/demo/picture/{exhibit.id}.png")
        seal(page.case, exhibit.id, "privileged", "a lawyer's letter")
        try:
            for method, path in routes_of("demo", exhibit.id):
                answer = page.client.request(method, path)
                assert answer.status_code == 403, path
                assert "This exhibit is sealed" in answer.text
                assert "MARKEDWORD" not in answer.text
        finally:
            unseal(page.case, exhibit.id, "test is over")


def test_another_cases_exhibit_is_as_unknown_as_one_that_is_nowhere(page: Page) -> None:
    for name in ("report.pdf", "photo.jpg"):
        known, nowhere = named(page.case, name).id, f"sha256:{'0' * 64}"
        for (method, other), (_, unknown) in zip(routes_of("other", known), routes_of("other", nowhere), strict=True):
            answers = [page.client.request(method, path) for path in (other, unknown)]
            assert [answer.status_code for answer in answers] == [403, 403]
            assert answers[0].text == answers[1].text


def test_an_unknown_case_and_no_session_are_refused(page: Page) -> None:
    exhibit = named(page.case, "report.pdf").id
    for method, path in routes_of("nowhere", exhibit):
        assert page.client.request(method, path).status_code == 403
    for method, path in routes_of("demo", exhibit):
        answer = page.client.request(method, path, headers={"cookie": f"{ADDRESS.cookie}=wrong"})
        assert answer.status_code == 403
        assert "MARKEDWORD" not in answer.text


@pytest.mark.parametrize(
    "query",
    [
        "start=x&end=y",
        "start=-5&end=5",
        "start=99999999999999999999&end=999999999999999999999",
        "text=../../etc/passwd",
        "text=" + "0" * 64 + "&start=0&end=5",
        "page=0&zoom=javascript:alert(1)",
        "page=99999999999&at=99999999999&zoom=1e9",
        "at=²&page=٣",
        "q=%00&text=%00&show=%00",
    ],
)
def test_an_address_that_makes_no_sense_shows_the_exhibit(page: Page, query: str) -> None:
    for name in ("report.pdf", "payments.xlsx", "letter.eml", "log.txt", "photo.jpg"):
        answer = page.client.get(f"/case/demo/source/{named(page.case, name).id}?{query}")
        assert answer.status_code == 200
        assert name in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/case/demo/source/..%2f..%2fetc%2fpasswd",
        "/case/demo/page/zz/1.png",
        "/case/demo/picture/%2e%2e.png",
        "/case/demo/source/sha256:zz",
        "/case/demo/source/" + "a" * 5000,
    ],
)
def test_guessed_paths_find_nothing(page: Page, path: str) -> None:
    assert page.client.get(path).status_code in {403, 404}


def test_pages_of_what_is_no_pdf_and_pictures_of_what_is_none_are_not_there(page: Page) -> None:
    assert page.client.get(f"/case/demo/page/{named(page.case, 'photo.jpg').id}/1.png").status_code == 403
    assert page.client.get(f"/case/demo/picture/{named(page.case, 'report.pdf').id}.png").status_code == 403
    assert page.client.get(f"/case/demo/page/{named(page.case, 'report.pdf').id}/99.png").status_code == 422
    assert page.client.get(f"/case/demo/page/{named(page.case, 'report.pdf').id}/x.png").status_code == 403


def test_a_family_is_linked_both_ways(page: Page) -> None:
    mail = _Marked(page.panel("letter.eml"))
    note = named(page.case, "note.txt")
    assert ("a", "href", f"/case/demo/source/{note.id}") in mail.attributes
    assert "Found in: letter.eml" in page.panel("note.txt")
    assert Path(page.case.originals.path(note.id)).is_file()
