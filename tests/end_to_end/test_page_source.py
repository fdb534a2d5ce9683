"""The source panel in a real browser: the place is in view, boxes lie on the words, nothing in evidence runs."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page

from assistant.ui.source.links import source_address
from casefile.case import Case, open_case
from casefile.home import Home
from tests.assistant.ui.source_case import HOSTILE_NAME, named, span_of, write_files
from tests.end_to_end.page_session import OpenPage, PageServer


@dataclass(frozen=True)
class Sources:
    """The case as it lies on disk, to tell what a citation of it says."""

    case: Case

    def address(self, name: str, quote: str = "") -> str:
        exhibit = named(self.case, name)
        if not quote:
            return f"/case/demo/source/{exhibit.id}"
        return source_address("demo", exhibit.id, exhibit.text_sha256 or "", *span_of(self.case, exhibit, quote), quote)


@pytest.fixture(scope="module")
def sources(page_server: PageServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sources]:
    folder = tmp_path_factory.mktemp("evidence") / "files"
    write_files(folder)
    page_server.clerk.ingest("demo", folder, code=1)  # one of the files is broken
    with open_case(Home(Path(page_server.clerk.home)), "demo", "reader") as case:
        yield Sources(case)


def ink_under_the_boxes(page: Page) -> list[np.ndarray]:
    """Of each drawn box, what the browser shows under it, the box itself left out."""
    boxes = [rect.bounding_box() for rect in page.locator("svg rect").all()]
    page.evaluate("document.querySelector('svg').setAttribute('visibility', 'hidden')")
    with Image.open(io.BytesIO(page.screenshot(full_page=False))) as image:
        shown = np.asarray(image.convert("L")).astype(int)
    page.evaluate("document.querySelector('svg').removeAttribute('visibility')")
    found = []
    for box in boxes:
        assert box is not None
        x, y = round(box["x"]), round(box["y"])
        found.append(shown[y : y + round(box["height"]), x : x + round(box["width"])] < 140)
    return found


@pytest.mark.parametrize("zoom", ["fit", "100", "200"])
def test_boxes_lie_on_the_words_at_every_zoom(
    page_server: PageServer, open_page: OpenPage, sources: Sources, zoom: str
) -> None:
    address = sources.address("report.pdf", "MARKEDWORD").replace("#", f"&zoom={zoom}#")
    watched = open_page(page_server, address, width=900, height=1000)
    watched.page.wait_for_load_state("networkidle")
    assert watched.page.locator("svg title").text_content() == "Quote: MARKEDWORD"
    (dark,) = ink_under_the_boxes(watched.page)
    assert dark.mean() > 0.1
    columns = np.flatnonzero(dark.any(axis=0))
    assert columns[0] < 0.05 * dark.shape[1]  # the word begins where its box begins,
    assert columns[-1] > 0.95 * dark.shape[1]  # and ends where it ends
    watched.require_clean()


@pytest.mark.parametrize(
    ("name", "quote"),
    [
        ("payments.xlsx", "Firm 99"),
        ("letter.eml", "the lorry comes at night."),
        ("statement.docx", "the word harbour"),
        ("plan.pptx", "bring cash"),
        ("log.txt", "event 2100 happened"),
    ],
)
def test_the_cited_place_is_lit_and_in_view(
    page_server: PageServer, open_page: OpenPage, sources: Sources, name: str, quote: str
) -> None:
    watched = open_page(page_server, sources.address(name, quote), width=640, height=800)
    assert watched.page.locator("mark").all_text_contents() == [quote]
    place = watched.page.locator("mark").bounding_box()
    assert place is not None
    assert 0 <= place["y"] <= 800 - place["height"]
    watched.require_clean()


def test_pages_turn_by_the_keyboard(page_server: PageServer, open_page: OpenPage, sources: Sources) -> None:
    page = open_page(page_server, sources.address("report.pdf")).page
    assert page.locator("#page-number").text_content() == "Page 1 of 3"
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.rel") == "next":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**page=2*")
    assert page.locator("#page-number").text_content() == "Page 2 of 3"


def test_nothing_in_evidence_runs_in_the_panel(page_server: PageServer, open_page: OpenPage, sources: Sources) -> None:
    watched = open_page(page_server)
    for name in (HOSTILE_NAME, "payments.xlsx", "letter.eml"):
        watched.page.goto(f"{page_server.origin}{sources.address(name)}")
        assert watched.page.locator("img[src=x]").count() == 0
    watched.page.goto(f"{page_server.origin}{sources.address('payments.xlsx', 'Firm 38')}")
    assert "onerror" in (watched.page.locator("table.grid").text_content() or "")
    watched.require_clean()


def test_the_original_comes_as_a_download(page_server: PageServer, open_page: OpenPage, sources: Sources) -> None:
    page = open_page(page_server, sources.address("page.html"), name="Inspector Grey").page
    with page.expect_download() as caught:
        page.get_by_role("button", name="Open original").click()
    original = sources.case.originals.path(named(sources.case, "page.html").id).read_bytes()
    assert Path(caught.value.path()).read_bytes() == original
    assert caught.value.suggested_filename == "page.html"
    last = list(sources.case.custody.events())[-1]
    assert (last.actor, last.kind, last.action) == ("Inspector Grey", "disclosure", "original handed out")
