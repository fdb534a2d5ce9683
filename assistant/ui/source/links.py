"""Addresses of the source panel and of what it shows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode

from assistant.ui.source.records import Zoom
from assistant.ui.source.stood import sha256_of

QUOTE_DIGITS = 16
"""Of the quote's SHA-256 so much goes into an address: enough to see that the text is another."""
QUOTE_MARK = "quote"
"""The id of what is lit first: an address that ends in `#quote` comes with it in view."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address of a panel asks for; each field is a part of the query, left out where it says nothing."""

    case_id: str
    exhibit_id: str
    text: str | None = None
    start: int | None = None
    end: int | None = None
    q: str | None = None
    page: int | None = None
    at: int | None = None
    zoom: Zoom = "fit"
    show: bool = False

    @property
    def address(self) -> str:
        """The panel's address."""
        query: dict[str, object] = {
            "text": self.text,
            "start": self.start,
            "end": self.end,
            "q": self.q,
            "page": self.page,
            "at": self.at,
            "zoom": None if self.zoom == "fit" else self.zoom,
            "show": 1 if self.show else None,
        }
        return self._under("source", {name: value for name, value in query.items() if value is not None})

    def turned_to(self, page: int) -> str:
        """The panel at another page or frame."""
        return replace(self, page=page, at=None).address

    def zoomed(self, zoom: Zoom) -> str:
        """The panel at another zoom."""
        return replace(self, zoom=zoom).address

    def moved_to(self, at: int) -> str:
        """The panel at another part of a long text."""
        return replace(self, at=at, page=None).address

    @property
    def back_to_quote(self) -> str:
        """The panel around the quote again."""
        return f"{replace(self, at=None, page=None).address}#{QUOTE_MARK}"

    @property
    def current_text(self) -> str:
        """The exhibit's current text, without the quote, which stands in another version."""
        return replace(self, text=None, start=None, end=None, q=None, at=None, page=None).address

    @property
    def shown(self) -> str:
        """The panel with its picture shown."""
        return replace(self, show=True).address

    def exhibit(self, exhibit_id: str) -> str:
        """The panel of another exhibit of the case."""
        return Asked(self.case_id, exhibit_id).address

    def of(self, exhibit_id: str) -> "Asked":
        """The same asked of another exhibit, as the picture that a description is about."""
        return replace(self, exhibit_id=exhibit_id)

    def page_picture(self, page: int) -> str:
        """The drawing of a page."""
        return self._under("page", {} if self.zoom == "fit" else {"zoom": self.zoom}, f"/{page}.png")

    def picture(self, frame: int, *, blurred: bool) -> str:
        """The drawing of a picture."""
        query = {"frame": frame} if frame != 1 else {}
        return self._under("picture", {**query, **({"blur": 1} if blurred else {})}, ".png")

    @property
    def original(self) -> str:
        """Where the original is asked for, by POST."""
        return self._under("original", {})

    def _under(self, what: str, query: Mapping[str, object], rest: str = "") -> str:
        path = f"/case/{quote(self.case_id, safe='')}/{what}/{quote(self.exhibit_id, safe=':')}{rest}"
        return f"{path}?{urlencode(query)}" if query else path


def source_address(case_id: str, exhibit_id: str, text_sha256: str, start: int, end: int, quoted: str = "") -> str:
    """Where the source panel shows a quote, scrolled to it.

    Args:
        case_id: the case.
        exhibit_id: the exhibit.
        text_sha256: the version of its text.
        start: where the quote begins, in code points.
        end: where it ends.
        quoted: the quote, so that the panel can tell where the text there is another.
    """
    mark = sha256_of(quoted)[:QUOTE_DIGITS] if quoted else None
    return f"{Asked(case_id, exhibit_id, text_sha256, start, end, mark).address}#{QUOTE_MARK}"
