"""Every kind of citation, clicked in a real browser: what is lit in the source panel is what was quoted.

Of a PDF the words under the drawn boxes are read from the original file by pdfium, not from anything that we stored.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from PIL import Image
from playwright.sync_api import Frame, expect

from tests.end_to_end.chat_page import EVERYWHERE, PADLOCK, OpenChat, compact

MARKED = (255, 229, 138)
"""`--mark` of the light scheme, as the style sheet has it."""
KINDS = {
    EVERYWHERE: ("mail_part", "cells", "lines", "page"),
    PADLOCK: ("page", "slide", "block"),
}


@dataclass(frozen=True, slots=True)
class Box:
    """A drawn rectangle in points of the page, y from its top."""

    left: float
    top: float
    right: float
    bottom: float

    def holds(self, x: float, y: float) -> bool:
        return self.left <= x <= self.right and self.top <= y <= self.bottom


def drawn_boxes(panel: Frame) -> tuple[list[Box], tuple[float, float]]:
    """The rectangles that the browser has drawn, by where they stand on the picture, and the picture's size in pixels."""
    found = panel.evaluate(
        """() => {
          const page = document.querySelector(".paper img").getBoundingClientRect();
          const boxes = [...document.querySelectorAll(".paper rect")].map((rect) => {
            const b = rect.getBoundingClientRect();
            return [b.left - page.left, b.top - page.top, b.right - page.left, b.bottom - page.top];
          });
          return {boxes, size: [page.width, page.height]};
        }"""
    )
    return [Box(*box) for box in found["boxes"]], tuple(found["size"])


def words_under(file: Path, page_number: int, boxes: Sequence[Box], size: tuple[float, float]) -> str:
    """The characters of the original whose middle lies under a box, in the order of the file."""
    with pypdfium2.PdfDocument(file) as document:
        page = document[page_number - 1]
        width, height = page.get_size()
        across, down = size[0] / width, size[1] / height
        text = page.get_textpage()
        found = []
        for place in range(text.count_chars()):
            character = text.get_text_range(place, 1)
            if character.strip():
                left, bottom, right, top = text.get_charbox(place)
                middle = ((left + right) / 2 * across, (height - (bottom + top) / 2) * down)
                if any(box.holds(*middle) for box in boxes):
                    found.append(character)
        text.close()
        page.close()
    return "".join(found)


def yellow(panel: Frame) -> float:
    """The share of the first box's pixels that are highlighted: much less blue than red and green."""
    with Image.open(io.BytesIO(panel.locator(".paper rect").first.screenshot())) as image:
        shown = np.asarray(image.convert("RGB")).astype(int)
    return float((shown[..., :2].min(axis=2) - shown[..., 2] > 30).mean())


def require_page(panel: Frame, quote: str, files: Path) -> None:
    name = panel.locator("h1").inner_text()
    (file,) = files.rglob(name)
    page_number = int(panel.locator("#page-number").inner_text().split()[1])
    expect(panel.locator(".paper img")).to_be_visible()
    panel.wait_for_function("() => document.querySelector('.paper img').complete")
    assert panel.evaluate("document.querySelector('.paper img').naturalWidth") > 200
    boxes, size = drawn_boxes(panel)
    assert compact(words_under(file, page_number, boxes, size)) == compact(quote)
    assert yellow(panel) > 0.5


def require_marks(panel: Frame, quote: str) -> None:
    marks = panel.locator("mark")
    assert compact("".join(marks.all_text_contents())) == compact(quote)
    for mark in marks.all():
        assert mark.evaluate("e => getComputedStyle(e).backgroundColor") == f"rgb{MARKED}"


def require_row(panel: Frame, quote: str) -> None:
    """The whole quote lies in rows that are lit, under the names of their columns."""
    require_marks(panel, quote)
    lit = panel.locator("tr.lit")
    assert lit.count() >= 1
    assert panel.locator("mark").count() == lit.locator("mark").count()
    row = lit.first.evaluate("e => getComputedStyle(e.querySelector('td')).backgroundColor")
    other = panel.locator("tbody tr:not(.lit) td").first.evaluate("e => getComputedStyle(e).backgroundColor")
    assert row != other
    expect(panel.locator("tr.names th").nth(1)).not_to_be_empty()


@pytest.mark.parametrize("question", [EVERYWHERE, PADLOCK], ids=["mail-cells-lines-page", "page-slide-block"])
def test_what_is_lit_is_what_was_quoted(open_chat: OpenChat, demo_files: Path, question: str) -> None:
    chat = open_chat()
    chat.ask(question)
    marks = chat.marks()
    assert len(marks) == len(KINDS[question])
    for mark, kind, tip in zip(marks, KINDS[question], chat.answer.locator(".tip q").all(), strict=True):
        quote = str(tip.text_content())
        panel = chat.open_source(mark)
        expect(panel.locator("#quote")).to_be_in_viewport()
        expect(panel.locator("#inexact")).to_have_count(0)
        if kind == "page":
            require_page(panel, quote, demo_files)
        elif kind == "cells":
            require_row(panel, quote)
        else:
            require_marks(panel, quote)
        expect(panel.locator(OF_KIND[kind]).first).to_be_visible()
    chat.watched.require_clean()


OF_KIND = {
    "page": ".paper",
    "cells": "table.grid",
    "mail_part": "table.mail-headers",
    "lines": "table.lines",
    "slide": "h2:has-text('Slide')",
    "block": ".source-body section",
}


def test_evidence_and_the_list_of_sources_open_their_places_too(open_chat: OpenChat) -> None:
    chat = open_chat()
    chat.ask(PADLOCK)
    for name in ("Sources", "Evidence found"):
        section = chat.live.locator("details.sources").filter(has=chat.page.locator(f"summary:has-text('{name}')"))
        section.locator("summary").click()
        link = section.locator("li a").first
        panel = chat.open_source(link)
        expect(panel.locator("#quote")).to_be_in_viewport()
        assert panel.locator("h1").inner_text() in link.inner_text()
    chat.watched.require_clean()


def test_pages_are_turned_and_the_quote_is_found_again(open_chat: OpenChat) -> None:
    chat = open_chat()
    chat.ask(PADLOCK)
    panel = chat.open_source(chat.marks()[0])
    expect(panel.locator("#page-number")).to_have_text("Page 1 of 2")
    panel.get_by_role("link", name="Next page").click()
    expect(panel.locator("#page-number")).to_have_text("Page 2 of 2")
    expect(panel.locator(".paper rect")).to_have_count(0)
    panel.get_by_role("link", name="200 %").click()
    expect(panel.locator("[aria-current=true]")).to_have_text("200 %")
    expect(panel.locator("#page-number")).to_have_text("Page 2 of 2")
    panel.locator(".notice a").click()
    expect(panel.locator("#page-number")).to_have_text("Page 1 of 2")
    expect(panel.locator("#quote")).to_be_in_viewport()
    chat.watched.require_clean()


def test_the_original_is_handed_out_behind_a_click_and_logged(open_chat: OpenChat, demo_files: Path) -> None:
    chat = open_chat(name="PK Original")
    chat.ask(PADLOCK)
    panel = chat.open_source(chat.marks()[0])
    with chat.page.expect_download() as started:
        panel.get_by_role("button", name="Open original").click()
    (original,) = demo_files.rglob("ST-1_offence_report.pdf")
    assert Path(started.value.path()).read_bytes() == original.read_bytes()
    chat.page.goto(f"{chat.watched.origin}/case/demo/custody")
    expect(chat.page.locator("main")).to_contain_text("PK Original")
    chat.watched.require_clean()
