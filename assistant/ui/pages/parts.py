"""What the case pages share: paging, addresses with a query, redirects after a form, tables to download."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import quote, urlencode

from fastapi import HTTPException
from fastapi.responses import RedirectResponse, Response

from assistant.cli.invocation import typed
from assistant.keywords import neutralised
from assistant.ui.visit import Visit

_T = TypeVar("_T")

ROWS = 50
"""Rows of one page of a list."""
LONGEST_LINE = 300
"""Characters of a field of one line."""
LONGEST_TEXT = 20_000
"""Characters of a field of several lines."""
_LARGEST_ROW = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Pager:
    """Where one stands in a list: page `number` of `pages`, rows `first` to `last` of `total`, all from 1.

    `before` and `after` are the addresses of the neighbouring pages, empty where there is none.
    """

    number: int
    pages: int
    total: int
    first: int
    last: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Paged(Generic[_T]):
    """One page of a list."""

    rows: tuple[_T, ...]
    pager: Pager


def paged(rows: Sequence[_T], number: str, path: str, query: Mapping[str, object], size: int = ROWS) -> Paged[_T]:
    """One page of `rows`; `number` is what the address says, and may be anything."""
    pages = max(1, -(-len(rows) // size))
    chosen = min(whole(number, 1), pages)
    first = (chosen - 1) * size
    shown = tuple(rows[first : first + size])

    def at(page: int) -> str:
        return address(path, {**query, "page": page if page > 1 else ""})

    return Paged(
        shown,
        Pager(
            chosen,
            pages,
            len(rows),
            first + 1 if shown else 0,
            first + len(shown),
            at(chosen - 1) if chosen > 1 else "",
            at(chosen + 1) if chosen < pages else "",
        ),
    )


def whole(text: str, default: int) -> int:
    """A number from 1 out of an address, else the default."""
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 10 else default


def row_number(number: int) -> int:
    """A number from a path that the catalogue can be asked for.

    Raises:
        HTTPException: it is larger than any number of a row: there is nothing at this address.
    """
    if not 0 < number <= _LARGEST_ROW:
        raise HTTPException(404)
    return number


def address(path: str, query: Mapping[str, object] | None = None) -> str:
    """A path with a query; empty values are left out."""
    kept = {key: str(value) for key, value in (query or {}).items() if value not in ("", None)}
    return f"{path}?{urlencode(kept, errors='replace')}" if kept else path


def exhibit_address(case_id: str, exhibit_id: str) -> str:
    """The page of an exhibit."""
    return f"/case/{case_id}/exhibits/{digits(exhibit_id)}"


def digits(exhibit_id: str) -> str:
    """All hex digits of an exhibit's id: hostile evidence may hold two files whose first twelve are equal."""
    return quote(exhibit_id.removeprefix("sha256:"), safe="")


def see_other(path: str, query: Mapping[str, object] | None = None) -> RedirectResponse:
    """The answer to a form: look there."""
    return RedirectResponse(address(path, query), 303)


def told(visit: Visit, done: str) -> str:
    """What is said after a form has been carried out: a key from the address, never words from it."""
    key = f"pages.done.{done}"
    return visit.say(key) if done and visit.say.has(key) else ""


def line_of(text: str) -> str:
    """A field of one line as it is kept: no line ends, no blanks around."""
    return " ".join(typed(text)[:LONGEST_LINE].split())


def text_of(text: str, longest: int = LONGEST_TEXT) -> str:
    """A field of several lines as it is kept: line ends as LF."""
    return typed(text)[:longest].replace("\r\n", "\n").replace("\r", "\n").strip()


def table(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """A table to download as CSV; no cell begins a formula."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(header)
    for row in rows:
        writer.writerow([neutralised(value) if isinstance(value, str) else value for value in row])
    return download(name, stream.getvalue(), "text/csv")


def download(name: str, content: str, media_type: str) -> Response:
    """Text as a file; `name` is ours, with a case's id in it at most."""
    body = content.encode("utf-8", "replace")
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type=f"{media_type}; charset=utf-8", headers=headers)
