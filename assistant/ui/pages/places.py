"""Places in exhibits as pages list them: in words, with what stands around them, as a link into the source frame."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from assistant.ui.source.links import source_address
from assistant.ui.texts import Speaker
from casefile.case import Case
from casefile.locators import (
    BlockLocator,
    CellsLocator,
    LinesLocator,
    Locator,
    MailPartLocator,
    PageLocator,
    SlideLocator,
)
from casefile.records import Exhibit

CONTEXT = 90
"""Characters shown on each side of a quote."""
LONGEST_QUOTE = 400
"""Characters of a quote that are shown in a list."""


@dataclass(frozen=True, slots=True)
class PlaceView:
    """A quote, what stands around it on its line ends apart, and the address where it is lit."""

    where: str
    before: str
    quote: str
    after: str
    address: str


class Places:
    """Makes views of places; each text is read once. For one request."""

    def __init__(self, case: Case, say: Speaker) -> None:
        self._case = case
        self._say = say
        self._texts: dict[str, str] = {}
        self._exhibits: dict[str, Exhibit] = {}

    def know(self, exhibit_ids: set[str]) -> None:
        """Look these exhibits up together."""
        self._exhibits |= self._case.catalogue.exhibits_by_id(tuple(exhibit_ids - self._exhibits.keys()))

    def view(self, exhibit_id: str, locator: Locator) -> PlaceView:
        """The place of a locator in an exhibit's current text."""
        self.know({exhibit_id})
        exhibit = self._exhibits.get(exhibit_id)
        if exhibit_id not in self._texts:
            self._texts[exhibit_id] = self._case.catalogue.text(exhibit_id)
        text, start, end = self._texts[exhibit_id], locator.start, locator.end
        version = exhibit.text_sha256 if exhibit else None
        return PlaceView(
            place_in_words(locator, self._say),
            _one_line(text[max(0, start - CONTEXT) : start], begins=start <= CONTEXT),
            _one_line(text[start : min(end, start + LONGEST_QUOTE)], ends=end - start <= LONGEST_QUOTE),
            _one_line(text[end : end + CONTEXT], ends=end + CONTEXT >= len(text)),
            source_address(self._case.description.id, exhibit_id, version or "", start, end, text[start:end]),
        )


def _one_line(text: str, *, begins: bool = True, ends: bool = True) -> str:
    """A stretch of text with its line ends as blanks; where it was cut, whole words and an ellipsis."""
    lead = " " if text[:1].isspace() and begins else ""
    trail = " " if text[-1:].isspace() and ends and text.strip() else ""
    words = text.split()
    if not begins and len(words) > 1 and not text[:1].isspace():
        words = words[1:]
    if not ends and len(words) > 1 and not text[-1:].isspace():
        words = words[:-1]
    return f"{'' if begins else '… '}{lead}{' '.join(words)}{trail}{'' if ends else ' …'}"


def place_in_words(locator: Locator, say: Speaker) -> str:
    """A place for people: `page 3`, `line 7`."""
    key, values = _words(locator)
    return say(f"pages.place.{key}", **values)


def _words(locator: Locator) -> tuple[str, Mapping[str, object]]:
    if isinstance(locator, PageLocator):
        return "page", {"n": locator.page}
    if isinstance(locator, CellsLocator):
        known = {"sheet": locator.sheet, "cells": locator.cells}
        return ("sheet", known) if locator.sheet else ("cells", {"cells": locator.cells})
    if isinstance(locator, LinesLocator):
        same = locator.first_line == locator.last_line
        return (
            ("line", {"n": locator.first_line})
            if same
            else (
                "lines",
                {"first": locator.first_line, "last": locator.last_line},
            )
        )
    if isinstance(locator, MailPartLocator):
        return ("headers", {}) if locator.part == "headers" else ("mail_paragraph", {"n": locator.paragraph})
    if isinstance(locator, SlideLocator):
        return "slide_notes" if locator.notes else "slide", {"n": locator.slide}
    if isinstance(locator, BlockLocator):
        return "paragraph", {"n": locator.paragraph}
    assert_never(locator)
