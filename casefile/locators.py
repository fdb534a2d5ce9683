"""Where in an exhibit something stands: one tagged type per family of media.

Every locator carries `start` and `end`: offsets in Unicode code points into the exhibit's text, end exclusive,
so that `text[start:end]` is what the locator points at.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page, in PDF points (1/72 inch) from the page's top left corner as displayed."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class PageLocator:
    """A stretch of a page; `page` counts from 1. `boxes` are filled for quotes, one per line."""

    page: int
    start: int
    end: int
    boxes: tuple[Box, ...] = ()
    kind: Literal["page"] = "page"


@dataclass(frozen=True, slots=True)
class CellsLocator:
    """Cells of a sheet; `cells` in A1 notation, for example `A14:F14`. `header` is the row naming the columns."""

    sheet: str
    cells: str
    start: int
    end: int
    header: tuple[str, ...] = ()
    kind: Literal["cells"] = "cells"


@dataclass(frozen=True, slots=True)
class MailPartLocator:
    """A part of a mail: `headers`, `body`, or the MIME part's number such as `2.1`; `paragraph` counts from 1."""

    part: str
    start: int
    end: int
    paragraph: int = 1
    kind: Literal["mail_part"] = "mail_part"


@dataclass(frozen=True, slots=True)
class BlockLocator:
    """A paragraph of a flowing document (DOCX, ODT, RTF, HTML, EPUB); `paragraph` counts from 1 over the document."""

    paragraph: int
    start: int
    end: int
    headings: tuple[str, ...] = ()
    kind: Literal["block"] = "block"


@dataclass(frozen=True, slots=True)
class SlideLocator:
    """Something on a slide or in its notes; `slide` counts from 1."""

    slide: int
    start: int
    end: int
    notes: bool = False
    kind: Literal["slide"] = "slide"


@dataclass(frozen=True, slots=True)
class LinesLocator:
    """Lines of a plain-text file, both counted from 1 and inclusive."""

    first_line: int
    last_line: int
    start: int
    end: int
    kind: Literal["lines"] = "lines"


Locator = Annotated[
    PageLocator | CellsLocator | MailPartLocator | BlockLocator | SlideLocator | LinesLocator,
    Field(discriminator="kind"),
]
