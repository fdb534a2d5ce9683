"""A picture as a model gets it: drawn by the confined child, turned upright, small, in memory only."""

from pathlib import Path

from assistant.chat_models.port import Picture
from casefile.derivations import Pictured
from ingest.rendering import Renderer

LONGEST_SIDE = 448
"""Pixels of the longer side: at most 271 tokens of Ministral, which take two cores about a quarter of a minute."""


def scaled(renderer: Renderer, original: Path, place: Pictured) -> Picture:
    """The picture, or the page, scaled down; of an animation and a TIFF the first frame.

    Args:
        renderer: draws in the confined child; what it hands over is a checked PNG of pixels and nothing else.
        original: the file.
        place: the page of a document, or the picture itself.

    Raises:
        UntrustedInputError: it cannot be drawn, and why.
        ReaderProcessError: nothing can be drawn on this machine.
    """
    if place.page:
        drawn = renderer.page_within(original, place.page, LONGEST_SIDE)
    else:
        drawn = renderer.picture(original, LONGEST_SIDE)
    return Picture("image/png", drawn.png)
