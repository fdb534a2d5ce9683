"""What the source panel shows: one frozen value a kind of source, closed. No storage, no markup."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from casefile.locators import Box
from casefile.records import Issue, Moment, Status

Zoom = Literal["fit", "50", "75", "100", "150", "200", "300", "400"]
"""`fit` the width of the panel, or per cent of the page's size in print."""

Doubt = Literal["no_place", "boxes_missing", "text_differs", "out_of_range", "version_missing", "cut"]
"""Why a highlight may not show exactly what was cited.

`no_place`: the place of the quote on the page or in the grid is not known. `boxes_missing`: of some of its words.
`text_differs`: what stands there is not what was cited. `out_of_range`: the text is shorter. `version_missing`: that
version of the text is not in the case. `cut`: the quote goes on beyond what is shown here.
"""


@dataclass(frozen=True, slots=True)
class Highlight:
    """The quote that was asked for: as it stands in the text, and what is doubtful about how it is shown."""

    start: int
    end: int
    quote: str
    doubts: tuple[Doubt, ...] = ()

    @property
    def exact(self) -> bool:
        """Whether everything cited is lit, and nothing else."""
        return not self.doubts


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of text, lit where it belongs to the quote."""

    text: str
    lit: bool = False


@dataclass(frozen=True, slots=True)
class Relative:
    """An exhibit of the same family, or a part that could not be taken out (then without an id)."""

    exhibit_id: str | None
    name: str
    status: Status | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where the exhibit's bytes were found."""

    path: str
    modified_at: datetime | None


@dataclass(frozen=True, slots=True)
class Header:
    """What every panel says of its exhibit. Lists are bounded; the counts are not."""

    case_id: str
    exhibit_id: str
    name: str
    where: str
    media_type: str
    size: int
    status: Status | None
    title: str = ""
    text_sha256: str | None = None
    older_text: bool = False
    issues: tuple[Issue, ...] = ()
    places: tuple[Place, ...] = ()
    places_count: int = 0
    parents: tuple[Relative, ...] = ()
    parts: tuple[Relative, ...] = ()
    parts_count: int = 0
    moments: tuple[Moment, ...] = ()
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class PageView:
    """A page drawn, and where the quote stands on it.

    `pages` is 0 and `width`, `height` None where no text was read from the document and its size is not known here.
    `boxes` are in PDF points from the top left of the page as displayed, those of the quote on this page.
    """

    header: Header
    highlight: Highlight | None
    page: int
    pages: int
    width: float | None
    height: float | None
    boxes: tuple[Box, ...]
    quote_pages: tuple[int, ...]
    text: tuple[Stretch, ...]
    zoom: Zoom
    kind: Literal["page"] = "page"


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell as shown; empty where the sheet has none there."""

    pieces: tuple[Stretch, ...]
    number: bool = False

    @property
    def lit(self) -> bool:
        """Whether the quote reaches into it."""
        return any(piece.lit for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class GridRow:
    """A row of the sheet; `number` as spreadsheet programs count. `lit` where the quote stands in it."""

    number: int
    cells: tuple[GridCell, ...]
    lit: bool
    hidden: bool


@dataclass(frozen=True, slots=True)
class GridNote:
    """What belongs to a cell or sheet but is no value: the sheet's name, a comment, a link."""

    cells: str
    pieces: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class CellsView:
    """Rows of a sheet around the quote. `earlier` and `later` are offsets to go on at; `notices` what is hidden."""

    header: Header
    highlight: Highlight | None
    sheet: str
    letters: tuple[str, ...]
    names: tuple[str, ...]
    rows: tuple[GridRow, ...]
    notes: tuple[GridNote, ...]
    earlier: int | None
    later: int | None
    notices: tuple[str, ...]
    cut_columns: int = 0
    kind: Literal["cells"] = "cells"


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of a text that stands under one label: headings, a part of a mail, a slide or its notes."""

    label: str
    pieces: tuple[Stretch, ...]
    notes: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a long text that is shown. `earlier` and `later` are offsets to go on at."""

    start: int
    end: int
    length: int
    earlier: int | None
    later: int | None


@dataclass(frozen=True, slots=True)
class MailHeader:
    """One header of a mail, as its reader decoded it."""

    name: str
    pieces: tuple[Stretch, ...]

    @property
    def lit(self) -> bool:
        """Whether the quote reaches into it."""
        return any(piece.lit for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class MailView:
    """A mail: who wrote to whom, how it travelled, its parts. Attachments are the header's parts."""

    header: Header
    highlight: Highlight | None
    letter: tuple[MailHeader, ...]
    transport: tuple[MailHeader, ...]
    more_headers: int
    sections: tuple[Section, ...]
    window: Window
    kind: Literal["mail_part"] = "mail_part"


@dataclass(frozen=True, slots=True)
class BlockView:
    """A flowing document: the text under its headings."""

    header: Header
    highlight: Highlight | None
    sections: tuple[Section, ...]
    window: Window
    kind: Literal["block"] = "block"


@dataclass(frozen=True, slots=True)
class SlideView:
    """Slides and their notes."""

    header: Header
    highlight: Highlight | None
    sections: tuple[Section, ...]
    window: Window
    kind: Literal["slide"] = "slide"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a text file; `number` counts from 1, 0 for the rest of a line that began in the part before."""

    number: int
    pieces: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class LinesView:
    """A text file, line by line."""

    header: Header
    highlight: Highlight | None
    lines: tuple[Line, ...]
    window: Window
    kind: Literal["lines"] = "lines"


@dataclass(frozen=True, slots=True)
class Described:
    """The picture that a model described, or the page of a document (else 0); `sealed`: it is not shown."""

    exhibit_id: str
    name: str
    page: int
    model: str
    sealed: bool


@dataclass(frozen=True, slots=True)
class PictureView:
    """A picture. `shown` False: a blurred one, until somebody asks. `text` is what was read from it, if anything.

    Of a machine description `text` is that description, and the picture is the one `described`.
    """

    header: Header
    highlight: Highlight | None
    frame: int
    more_frames: bool
    shown: bool
    drawable: bool
    text: tuple[Stretch, ...]
    described: Described | None = None
    kind: Literal["picture"] = "picture"


NoTextReason = Literal["unread", "failed", "skipped", "no_text", "blank"]


@dataclass(frozen=True, slots=True)
class NoTextView:
    """An exhibit without a text to show, and why."""

    header: Header
    reason: NoTextReason
    highlight: Highlight | None = None
    kind: Literal["no_text"] = "no_text"


@dataclass(frozen=True, slots=True)
class SealedView:
    """An exhibit that is sealed: nothing of it is shown but that it is there."""

    case_id: str
    exhibit_id: str
    ground: str
    reason: str
    kind: Literal["sealed"] = "sealed"


SourceView = PageView | CellsView | MailView | BlockView | SlideView | LinesView | PictureView | NoTextView | SealedView
