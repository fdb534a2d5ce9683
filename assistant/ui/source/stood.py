"""Where a quote stands in a version of a text, before anything is shown of it."""

import hashlib
from dataclasses import dataclass

from assistant.places import describe, locate
from assistant.ui.source.records import Doubt, Highlight
from casefile.case import Case
from casefile.errors import ExhibitNotFoundError
from casefile.locators import Locator
from casefile.records import Exhibit, Passage


@dataclass(frozen=True, slots=True)
class Stood:
    """A version of an exhibit's text and the quote that was asked for in it.

    `passage` holds the quote's beginning, or the offset that the panel is to begin at, or is the text's first one.
    """

    exhibit: Exhibit
    text: str
    text_sha256: str
    passage: Passage | None
    highlight: Highlight | None
    where: str

    @property
    def start(self) -> int:
        """Where the quote begins; 0 without one."""
        return self.highlight.start if self.highlight else 0

    @property
    def end(self) -> int:
        """Where the quote ends; 0 without one."""
        return self.highlight.end if self.highlight else 0


def stand(
    case: Case,
    exhibit: Exhibit,
    text_sha256: str | None,
    span: tuple[int, int] | None,
    quote_sha256: str | None,
    at: int | None,
) -> Stood | None:
    """Find the text and the quote; None where the exhibit has no text.

    Args:
        case: the case.
        exhibit: of that case.
        text_sha256: the version cited; None for the current one.
        span: the quote's offsets.
        quote_sha256: SHA-256 of the quote in UTF-8, or its beginning, to see whether it still stands there.
        at: the offset that the panel is to begin at.
    """
    doubts: list[Doubt] = []
    version = text_sha256 or exhibit.text_sha256
    if version is None:
        return None
    try:
        text = case.catalogue.text(exhibit.id, version)
    except ExhibitNotFoundError:
        if exhibit.text_sha256 is None or version == exhibit.text_sha256:
            return None
        doubts.append("version_missing")
        version = exhibit.text_sha256
        text = case.catalogue.text(exhibit.id, version)
    highlight = _highlight(text, span, quote_sha256, doubts)
    begin = highlight.start if highlight and highlight.quote else 0
    passage = _passage(case, exhibit.id, version, begin if at is None or (highlight and highlight.quote) else at)
    where = ""
    if highlight and highlight.quote and passage is not None:
        where = describe(_placed(case, passage, highlight))
    return Stood(exhibit, text, version, passage, highlight, where)


def _highlight(
    text: str, span: tuple[int, int] | None, quote_sha256: str | None, doubts: list[Doubt]
) -> Highlight | None:
    if span is None:
        return None
    start, end = span
    if "version_missing" in doubts:
        return Highlight(0, 0, "", tuple(doubts))
    if not 0 <= start < end <= len(text):
        doubts.append("out_of_range")
        start, end = min(max(start, 0), len(text)), min(max(end, 0), len(text))
        start, end = (start, end) if start < end else (0, 0)
    quote = text[start:end]
    if quote_sha256 and not sha256_of(quote).startswith(quote_sha256.lower()):
        doubts.append("text_differs")
    return Highlight(start, end, quote, tuple(doubts))


def sha256_of(quote: str) -> str:
    """The SHA-256 by which a link says what it cites."""
    return hashlib.sha256(quote.encode("utf-8", "surrogatepass")).hexdigest()


def _passage(case: Case, exhibit_id: str, version: str, offset: int) -> Passage | None:
    try:
        return case.catalogue.passage_at(exhibit_id, version, offset)
    except ExhibitNotFoundError:
        first = case.catalogue.passages_between(exhibit_id, version, 0, 0)
        return first[0][0] if first else None


def _placed(case: Case, passage: Passage, highlight: Highlight) -> Locator:
    return locate(case.catalogue, passage, highlight.start, highlight.end)
