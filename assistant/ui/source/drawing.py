"""The drawings of the panel: which scale a zoom means."""

from pathlib import Path

from assistant.ui.source.records import Zoom
from ingest.rendering import RenderedPicture, Renderer

PIXELS_PER_POINT = 96 / 72
"""CSS pixels of a point at 100 %."""
FIT_SCALE = 1.75
"""A page that fits the panel is drawn about as wide as a wide panel, and shrunk by the browser."""
LONGEST_SIDE = 1_600
BLURRED_SIDE = 16
"""A blurred picture is one of so few pixels: what it shows is not in it at all."""


def scale_of(zoom: Zoom) -> float:
    """Pixels to a PDF point."""
    return FIT_SCALE if zoom == "fit" else int(zoom) / 100 * PIXELS_PER_POINT


def shown_width(points: float, zoom: Zoom) -> int | None:
    """CSS pixels that a page is wide; None where it fits the panel."""
    return None if zoom == "fit" else max(1, round(points * int(zoom) / 100 * PIXELS_PER_POINT))


def draw_page(renderer: Renderer, original: Path, page: int, zoom: Zoom) -> RenderedPicture:
    """A page at a zoom.

    Raises:
        UntrustedInputError: it cannot be drawn.
        ReaderProcessError: nothing can be drawn on this machine.
    """
    return renderer.page(original, page, scale_of(zoom))


def draw_picture(renderer: Renderer, original: Path, frame: int, *, blurred: bool) -> RenderedPicture:
    """A picture, or the few pixels that stand for it.

    Raises:
        UntrustedInputError: it cannot be drawn.
        ReaderProcessError: nothing can be drawn on this machine.
    """
    return renderer.picture(original, BLURRED_SIDE if blurred else LONGEST_SIDE, frame)
