"""The view of a page: its size, the quote's boxes on it, its text."""

from dataclasses import replace

from assistant.places import line_boxes
from assistant.ui.source.records import Header, Highlight, PageView, Stretch, Zoom
from assistant.ui.source.stood import Stood
from assistant.ui.source.stretches import lit
from casefile.case import Case
from casefile.locators import PageLocator
from casefile.records import WordBox

PAGE_CHARACTERS = 100_000
"""Of a page's text so much is shown below it."""


def page_view(case: Case, header: Header, stood: Stood, page: int | None, zoom: Zoom) -> PageView:
    """The page asked for, else the first that the quote stands on, else the one that the panel is to begin at."""
    catalogue = case.catalogue
    sizes = {size.page: size for size in catalogue.pages(stood.exhibit.id, stood.text_sha256)}
    words: tuple[WordBox, ...] = ()
    highlight = stood.highlight
    if highlight is not None and highlight.quote:
        words = catalogue.word_boxes(stood.exhibit.id, stood.text_sha256, stood.start, stood.end)
        highlight = _doubted(highlight, words)
    of_passage = stood.passage.locator.page if stood.passage and isinstance(stood.passage.locator, PageLocator) else 1
    quote_pages = tuple(sorted({word.page for word in words})) or ((of_passage,) if stood.end else ())
    last = max(sizes, default=0)
    shown = page if page is not None and 1 <= page <= max(last, 1) else (*quote_pages, of_passage)[0]
    size = sizes.get(shown)
    return PageView(
        header=header,
        highlight=highlight,
        page=shown,
        pages=last,
        width=size.width if size else None,
        height=size.height if size else None,
        boxes=line_boxes([word for word in words if word.page == shown]),
        quote_pages=quote_pages,
        text=_text_of_page(case, stood, shown),
        zoom=zoom,
    )


def bare_page_view(header: Header, highlight: Highlight | None, page: int | None, zoom: Zoom) -> PageView:
    """A page of a document that no text was read from, such as a scan: only the picture."""
    return PageView(header, highlight, max(page or 1, 1), 0, None, None, (), (), (), zoom)


def _doubted(highlight: Highlight, words: tuple[WordBox, ...]) -> Highlight:
    """Tell where words of the quote have no box, or one without an extent."""
    placed = [word for word in words if word.box.right > word.box.left and word.box.bottom > word.box.top]
    if not placed:
        return replace(highlight, doubts=(*highlight.doubts, "no_place"))
    uncovered: list[str] = []
    position = highlight.start
    for word in sorted(placed, key=lambda word: word.start):
        uncovered.append(highlight.quote[position - highlight.start : max(word.start, position) - highlight.start])
        position = max(position, word.end)
    uncovered.append(highlight.quote[position - highlight.start :] if position < highlight.end else "")
    if "".join(uncovered).strip():
        return replace(highlight, doubts=(*highlight.doubts, "boxes_missing"))
    return highlight


def _text_of_page(case: Case, stood: Stood, page: int) -> tuple[Stretch, ...]:
    extent = case.catalogue.page_extent(stood.exhibit.id, stood.text_sha256, page)
    if extent is None:
        return ()
    low, high = extent
    return lit(stood.text, low, min(high, low + PAGE_CHARACTERS), stood.start, stood.end)
