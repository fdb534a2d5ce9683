"""From a citation to what the panel shows: one view a kind of source. No markup, no request."""

from dataclasses import replace
from typing import assert_never

from assistant.ui.source.about import header_of
from assistant.ui.source.grid import cells_view
from assistant.ui.source.page import bare_page_view, page_view
from assistant.ui.source.records import (
    CellsView,
    Described,
    Header,
    MailView,
    NoTextReason,
    NoTextView,
    PageView,
    PictureView,
    SealedView,
    SourceView,
    Stretch,
    Zoom,
)
from assistant.ui.source.running_text import block_view, lines_view, mail_view, slide_view
from assistant.ui.source.stood import Stood, stand
from assistant.ui.source.stretches import WINDOW_CHARACTERS, lit, window_of
from casefile.case import Case
from casefile.derivations import Derivation, Derivations
from casefile.errors import ExhibitNotFoundError
from casefile.locators import BlockLocator, CellsLocator, LinesLocator, MailPartLocator, PageLocator, SlideLocator
from casefile.records import Exhibit

PICTURE_TYPES = frozenset({"image/jpeg", "image/png", "image/gif", "image/bmp", "image/webp", "image/tiff"})
"""What can be drawn as a picture."""
SEVERAL_FRAMES = frozenset({"image/tiff", "image/gif", "image/webp"})


def view_of(
    case: Case,
    exhibit_id: str,
    text_sha256: str | None = None,
    start: int | None = None,
    end: int | None = None,
    *,
    quote_sha256: str | None = None,
    page: int | None = None,
    at: int | None = None,
    zoom: Zoom = "fit",
    show: bool = False,
    blur: bool = True,
) -> SourceView:
    """What to show of an exhibit.

    Args:
        case: the case; nothing of another one is looked at.
        exhibit_id: its id, or a prefix.
        text_sha256: the version of its text that is cited; None for the current one.
        start: where the quote begins in that text, in code points; None to show the exhibit without a quote.
        end: where it ends.
        quote_sha256: SHA-256 of the quote or its beginning, in hexadecimal: says whether it still stands there.
        page: the page, or the frame of a picture, to be shown instead of the quote's.
        at: an offset into a long text or sheet to begin at instead of around the quote.
        zoom: of pages.
        show: whether a picture was asked for in so many words.
        blur: whether pictures are blurred until then.

    Raises:
        ExhibitNotFoundError: there is none in this case.
    """
    exhibit = exhibit_in(case, exhibit_id)
    seal = case.catalogue.seal_of(exhibit.id)
    if seal is not None:
        return SealedView(case.description.id, exhibit.id, seal.ground, seal.reason)
    span = None if start is None or end is None else (start, end)
    stood = stand(case, exhibit, text_sha256, span, quote_sha256, at)
    header = header_of(case, exhibit, stood.where if stood else "", stood.text_sha256 if stood else None)
    made = Derivations(case.database).of([exhibit.id]).get(exhibit.id)
    if made is not None:
        return _description(case, header, stood, made, shown=show or not blur)
    if exhibit.media_type.startswith("image/") and exhibit.media_type != "image/svg+xml":
        return _picture(header, stood, exhibit, page, shown=show or not blur)
    if stood is None or stood.passage is None:
        if exhibit.media_type == "application/pdf" and exhibit.status != "failed":
            return bare_page_view(header, stood.highlight if stood else None, page, zoom)
        return NoTextView(header, _why(case, exhibit, stood))
    return _by_place(case, header, stood, page, at, zoom)


def exhibit_in(case: Case, exhibit_id: str) -> Exhibit:
    """An exhibit of this case, read or only stored.

    Raises:
        ExhibitNotFoundError: there is none, in the same words whether another case has it or not.
    """
    try:
        return case.catalogue.exhibit(exhibit_id)
    except ExhibitNotFoundError:
        whole = f"sha256:{exhibit_id.removeprefix('sha256:').lower()}"
        stored = case.catalogue.exhibits_by_id([whole])
        if whole in stored:
            return stored[whole]
        raise


def _by_place(case: Case, header: Header, stood: Stood, page: int | None, at: int | None, zoom: Zoom) -> SourceView:
    assert stood.passage is not None
    locator = stood.passage.locator
    match locator:
        case PageLocator():
            return page_view(case, header, stood, page, zoom)
        case CellsLocator():
            return cells_view(case, header, stood, at)
        case MailPartLocator():
            return mail_view(case, header, stood, at)
        case BlockLocator():
            return block_view(case, header, stood, at)
        case SlideLocator():
            return slide_view(case, header, stood, at)
        case LinesLocator():
            return lines_view(case, header, stood, at)
        case _:
            assert_never(locator)


def _picture(header: Header, stood: Stood | None, exhibit: Exhibit, page: int | None, *, shown: bool) -> PictureView:
    text: tuple[Stretch, ...] = ()
    if stood is not None and stood.text.strip():
        window = window_of(stood.text, stood.start, None)
        text = lit(stood.text, window.start, min(window.end, window.start + WINDOW_CHARACTERS), stood.start, stood.end)
    return PictureView(
        header=header,
        highlight=stood.highlight if stood else None,
        frame=max(page or 1, 1),
        more_frames=exhibit.media_type in SEVERAL_FRAMES,
        shown=shown,
        drawable=exhibit.media_type in PICTURE_TYPES,
        text=text,
    )


def _description(case: Case, header: Header, stood: Stood | None, made: Derivation, *, shown: bool) -> PictureView:
    """What a model wrote about a picture, beside that picture."""
    picture = case.catalogue.exhibits_by_id([made.source_id])[made.source_id]
    sealed = case.catalogue.seal_of(picture.id) is not None
    view = _picture(header, stood, picture, None, shown=shown)
    return replace(
        view,
        more_frames=False,
        drawable=view.drawable and not sealed,
        described=Described(picture.id, picture.name, made.page, made.model, sealed),
    )


def _why(case: Case, exhibit: Exhibit, stood: Stood | None) -> NoTextReason:
    if exhibit.id in case.catalogue.stored_exhibits():
        return "unread"
    if exhibit.status == "failed":
        return "failed"
    if exhibit.status == "skipped":
        return "skipped"
    return "no_text" if stood is None else "blank"


def lit_text(view: SourceView) -> str:
    """What is lit in a view, in the order of the text: the quote, for cells without what stands between them."""
    return "".join(piece.text for piece in _pieces(view) if piece.lit)


def _pieces(view: SourceView) -> tuple[Stretch, ...]:
    match view.kind:
        case "page" | "picture":
            assert isinstance(view, PageView | PictureView)
            return view.text
        case "cells":
            assert isinstance(view, CellsView)
            cells = tuple(piece for row in view.rows for cell in row.cells for piece in cell.pieces)
            return (*cells, *(piece for note in view.notes for piece in note.pieces))
        case "mail_part":
            assert isinstance(view, MailView)
            headers = tuple(piece for line in (*view.letter, *view.transport) for piece in line.pieces)
            return (*headers, *(piece for section in view.sections for piece in section.pieces))
        case "block" | "slide":
            return tuple(piece for section in view.sections for piece in section.pieces)
        case "lines":
            return tuple(piece for line in view.lines for piece in line.pieces)
        case "no_text" | "sealed":
            return ()
        case _:
            assert_never(view)
