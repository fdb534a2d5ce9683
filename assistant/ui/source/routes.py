"""Routes of the source panel. Each takes the case and the exhibit from the path, never a file's path.

Showing a source stands in the custody log as a consultation, handing out an original as a disclosure.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import assert_never, get_args

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import StreamingResponse

from assistant.places import describe
from assistant.ui.source.consulted import consulted_of
from assistant.ui.source.drawing import draw_page, draw_picture, shown_width
from assistant.ui.source.hidden import in_a_line, runs
from assistant.ui.source.links import Asked
from assistant.ui.source.originals import HEADERS, chunks, disposition
from assistant.ui.source.records import PageView, PictureView, SealedView, SourceView, Zoom
from assistant.ui.source.views import exhibit_in, view_of
from assistant.ui.visit import Visit, Visiting
from casefile.case import Case
from casefile.errors import CaseclerkError, ExhibitNotFoundError, UntrustedInputError
from casefile.records import Exhibit
from ingest.rendering import RenderedPicture, Renderer

LARGEST_NUMBER = 2**31 - 1
ZOOMS: tuple[Zoom, ...] = get_args(Zoom)
_SHA256_DIGITS = 64


router = APIRouter()


@router.get("/case/{case_id}/source/{exhibit_id}")
def source_panel(request: Request, visit: Visiting, case_id: str, exhibit_id: str) -> Response:
    """The panel: a document of its own that works by links and forms."""
    case = visit.assistant(case_id).case
    asked = _asked(request, case, exhibit_id)
    try:
        view = view_of(
            case,
            exhibit_id,
            asked.text,
            asked.start,
            asked.end,
            quote_sha256=asked.q,
            page=asked.page,
            at=asked.at,
            zoom=asked.zoom,
            show=asked.show,
            blur=visit.desk.settings.page.blur_pictures,
        )
    except ExhibitNotFoundError:
        return _told(visit, "source.missing", 404)
    if isinstance(view, SealedView):
        return visit.page("source/sealed.html", _model(view, asked), 403)
    asked = replace(asked, exhibit_id=view.header.exhibit_id)
    details: dict[str, object] = {"exhibit": view.header.exhibit_id, "text": view.header.text_sha256}
    if view.highlight is not None:
        details |= {"start": view.highlight.start, "end": view.highlight.end}
    if isinstance(view, PageView):
        details["page"] = view.page
    case.log("consultation", "source shown", details)
    consulted_of(request.app).note(case, view.header.exhibit_id)
    return visit.page(template_of(view), _model(view, asked) | {"failure": _tried(visit.desk.renderer, case, view)})


@router.get("/case/{case_id}/page/{exhibit_id}/{number}.png")
def page_picture(request: Request, visit: Visiting, case_id: str, exhibit_id: str, number: str) -> Response:
    """A page of a PDF, drawn."""
    case = visit.assistant(case_id).case
    exhibit = _open_exhibit(visit, case, exhibit_id)
    if isinstance(exhibit, Response):
        return exhibit
    page = _whole(number)
    if page is None or exhibit.media_type != "application/pdf":
        return _told(visit, "source.missing", 404)
    zoom = _zoom(request.query_params.get("zoom"))
    _consult(request.app, case, exhibit)
    original = case.originals.path(exhibit.id)
    return _drawn(lambda: draw_page(visit.desk.renderer, original, page, zoom))


@router.get("/case/{case_id}/picture/{exhibit_id}.png")
def picture(request: Request, visit: Visiting, case_id: str, exhibit_id: str) -> Response:
    """A picture, drawn again from its pixels; `blur=1` gives the few pixels that stand for it."""
    case = visit.assistant(case_id).case
    exhibit = _open_exhibit(visit, case, exhibit_id)
    if isinstance(exhibit, Response):
        return exhibit
    if not exhibit.media_type.startswith("image/"):
        return _told(visit, "source.missing", 404)
    frame = _whole(request.query_params.get("frame")) or 1
    blurred = request.query_params.get("blur") == "1"
    _consult(request.app, case, exhibit)
    original = case.originals.path(exhibit.id)
    return _drawn(lambda: draw_picture(visit.desk.renderer, original, frame, blurred=blurred))


@router.post("/case/{case_id}/original/{exhibit_id}")
def original(visit: Visiting, case_id: str, exhibit_id: str) -> Response:
    """The original as a download, entered into the custody log before the first byte goes out."""
    case = visit.assistant(case_id).case
    exhibit = _open_exhibit(visit, case, exhibit_id)
    if isinstance(exhibit, Response):
        return exhibit
    try:
        stream = case.originals.open(exhibit.id)
    except FileNotFoundError:
        return _told(visit, "source.original_gone", 410)
    case.log("disclosure", "original handed out", {"exhibit": exhibit.id})
    headers = HEADERS | {
        "content-disposition": disposition(exhibit.name),
        "content-length": str(exhibit.size),
    }
    return StreamingResponse(chunks(stream), headers=headers, media_type="application/octet-stream")


def template_of(view: SourceView) -> str:
    """The template of each kind of view."""
    match view.kind:
        case "page":
            return "source/page.html"
        case "cells":
            return "source/cells.html"
        case "mail_part":
            return "source/mail.html"
        case "block" | "slide":
            return "source/sections.html"
        case "lines":
            return "source/lines.html"
        case "picture":
            return "source/picture.html"
        case "no_text":
            return "source/no_text.html"
        case "sealed":
            return "source/sealed.html"
        case _:
            assert_never(view)


def _model(view: SourceView, asked: Asked) -> dict[str, object]:
    """What a template works with."""
    width = shown_width(view.width, view.zoom) if isinstance(view, PageView) and view.width is not None else None
    return {
        "view": view,
        "asked": asked,
        "runs": runs,
        "line": in_a_line,
        "describe": describe,
        "zooms": ZOOMS,
        "shown_width": width,
    }


def _tried(renderer: Renderer, case: Case, view: SourceView) -> str:
    """Draws what the panel is to show, so that it can say in words where that fails; kept for the picture's route."""
    try:
        if isinstance(view, PageView):
            draw_page(renderer, case.originals.path(view.header.exhibit_id), view.page, view.zoom)
        elif isinstance(view, PictureView) and view.drawable:
            path = case.originals.path(view.described.exhibit_id if view.described else view.header.exhibit_id)
            draw_picture(renderer, path, view.frame, blurred=not view.shown)
    except CaseclerkError as error:
        return str(error)
    return ""


def _consult(app: FastAPI, case: Case, exhibit: Exhibit) -> None:
    """Enter a consultation, where the panel that holds this picture has not done so."""
    if not consulted_of(app).note(case, exhibit.id):
        case.log("consultation", "source shown", {"exhibit": exhibit.id})


def _drawn(draw: Callable[[], RenderedPicture]) -> Response:
    try:
        found = draw()
    except UntrustedInputError as error:
        return Response(error.message, 422, media_type="text/plain; charset=utf-8")
    except CaseclerkError as error:
        return Response(str(error), 503, media_type="text/plain; charset=utf-8")
    return Response(found.png, media_type="image/png", headers={"cache-control": "no-store"})


def _open_exhibit(visit: Visit, case: Case, exhibit_id: str) -> Exhibit | Response:
    """An exhibit that may be shown, or the refusal."""
    try:
        exhibit = exhibit_in(case, exhibit_id)
    except ExhibitNotFoundError:
        return _told(visit, "source.missing", 404)
    if case.catalogue.seal_of(exhibit.id) is not None:
        return _told(visit, "source.sealed", 403)
    return exhibit


def _told(visit: Visit, key: str, status: int) -> Response:
    return visit.page("source/told.html", {"message": visit.say(key)}, status)


def _asked(request: Request, case: Case, exhibit_id: str) -> Asked:
    """What the address asks for; what makes no sense in it is passed over."""
    query = request.query_params
    return Asked(
        case_id=case.description.id,
        exhibit_id=exhibit_id,
        text=_digits(query.get("text"), _SHA256_DIGITS),
        start=_whole(query.get("start")),
        end=_whole(query.get("end")),
        q=_digits(query.get("q")),
        page=_whole(query.get("page")),
        at=_whole(query.get("at")),
        zoom=_zoom(query.get("zoom")),
        show=query.get("show") == "1",
    )


def _whole(value: str | None) -> int | None:
    """A whole number that is not negative and not absurd; None for anything else."""
    if value is None or not value.isascii() or not value.isdigit() or len(value) > 10:
        return None
    return min(int(value), LARGEST_NUMBER)


def _digits(value: str | None, length: int | None = None) -> str | None:
    """Hexadecimal digits, as many as said, 8 to 64 otherwise; None for anything else."""
    if value is None or not 8 <= len(value) <= _SHA256_DIGITS or (length is not None and len(value) != length):
        return None
    return value.lower() if all(character in "0123456789abcdefABCDEF" for character in value) else None


def _zoom(value: str | None) -> Zoom:
    return next((zoom for zoom in ZOOMS if zoom == value), "fit")
