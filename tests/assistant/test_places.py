"""From offsets to places: lines are counted, word boxes become one box a line, every place can be said in words."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.places import describe, line_boxes, line_breaks, locate
from casefile.locators import (
    BlockLocator,
    Box,
    CellsLocator,
    LinesLocator,
    Locator,
    MailPartLocator,
    PageLocator,
    SlideLocator,
)
from casefile.records import Passage, WordBox
from tests.casefile.case_building import add_text, new_case


def test_lines_of_a_quote_are_those_it_stands_in(tmp_path: Path) -> None:
    text = "one\ntwo\r\nthree\rfour\n"
    with new_case(tmp_path / "home") as case:
        exhibit, _ids = add_text(case, tmp_path, "a.txt", "x")
        passage = Passage(1, exhibit, "0" * 64, 0, text, "", LinesLocator(1, 4, 0, len(text)))
        for quote, lines in (
            ("one", (1, 1)),
            ("two", (2, 2)),
            ("three", (3, 3)),
            ("two\r\nthree", (2, 3)),
            ("four", (4, 4)),
        ):
            start = text.index(quote)
            place = locate(case.catalogue, passage, start, start + len(quote))
            assert isinstance(place, LinesLocator)
            assert (place.first_line, place.last_line) == lines
            assert (place.start, place.end) == (start, start + len(quote))


@given(st.text("a\r\n", max_size=30))
def test_line_breaks_are_counted_as_python_does(text: str) -> None:
    assert line_breaks(text) == len((text + "x").splitlines()) - 1


def _word(start: int, left: float, top: float) -> WordBox:
    return WordBox(start, start + 3, 1, Box(left, top, left + 20, top + 10))


def test_words_of_one_line_share_a_box_and_a_new_line_or_column_begins_another() -> None:
    words = [_word(0, 10, 100), _word(4, 35, 101), _word(8, 10, 115), _word(12, 300, 115), _word(16, 10, 116)]
    boxes = line_boxes(words)
    assert boxes == (Box(10, 100, 55, 111), Box(10, 115, 320, 126))


@pytest.mark.parametrize(
    ("locator", "words"),
    [
        (PageLocator(3, 0, 1), "page 3"),
        (CellsLocator("Payments", "A14:F14", 0, 1), "sheet Payments, A14:F14"),
        (CellsLocator("", "A2:C2", 0, 1), "A2:C2"),
        (LinesLocator(4, 4, 0, 1), "line 4"),
        (LinesLocator(4, 9, 0, 1), "lines 4-9"),
        (MailPartLocator("headers", 0, 1), "headers"),
        (MailPartLocator("body", 0, 1, 2), "body, paragraph 2"),
        (SlideLocator(2, 0, 1, notes=True), "slide 2, notes"),
        (BlockLocator(7, 0, 1), "paragraph 7"),
        (BlockLocator(7, 0, 1, ("A", "B")), "A > B, paragraph 7"),
    ],
)
def test_places_in_words(locator: Locator, words: str) -> None:
    assert describe(locator) == words
