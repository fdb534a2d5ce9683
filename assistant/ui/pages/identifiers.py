"""`/case/ID/identifiers`: phone numbers, accounts and other values, each leading to all its mentions."""

from typing import Annotated, get_args

from fastapi import APIRouter, Query
from fastapi.responses import Response

from assistant.identifier_list import ListedIdentifier, list_identifiers
from assistant.ui.pages.parts import line_of, paged, table, whole
from assistant.ui.visit import Visiting
from casefile.case import Case
from casefile.records import IdentifierKind

router = APIRouter()

ROWS = 100
KINDS: tuple[IdentifierKind, ...] = get_args(IdentifierKind)

_Text = Annotated[str, Query()]


@router.get("/case/{case_id}/identifiers")
def show_identifiers(
    visit: Visiting,
    case_id: str,
    kind: _Text = "",
    at_least: _Text = "",
    candidates: _Text = "",
    part: _Text = "",
    page: _Text = "",
) -> Response:
    """The values of the case, filtered and paged."""
    case = visit.assistant(case_id).case
    rows = _logged_list(case, kind, at_least, candidates, part)
    query = {"kind": kind, "at_least": at_least, "candidates": candidates, "part": part}
    listed = paged(rows, page, f"/case/{case_id}/identifiers", query, ROWS)
    model = {
        "case": case.description,
        "rows": listed.rows,
        "pager": listed.pager,
        "kinds": KINDS,
        "kind": kind,
        "at_least": whole(at_least, 1),
        "candidates": bool(candidates),
        "part": part,
        "query": query,
    }
    return visit.page("pages/identifiers.html", model)


@router.get("/case/{case_id}/identifiers.csv")
def identifiers_as_csv(
    visit: Visiting, case_id: str, kind: _Text = "", at_least: _Text = "", candidates: _Text = "", part: _Text = ""
) -> Response:
    """The same as `identifiers --csv` prints it: one row a place."""
    case = visit.assistant(case_id).case
    rows = _logged_list(case, kind, at_least, candidates, part)
    cells = (
        (row.kind, row.normal, str(row.tier), place.raw, place.path, place.start, place.end, place.rule)
        for row in rows
        for place in row.places
    )
    header = ("kind", "value", "tier", "as written", "path", "start", "end", "rule")
    return table(f"{case_id}-identifiers.csv", header, cells)


def _logged_list(case: Case, kind: str, at_least: str, candidates: str, part: str) -> tuple[ListedIdentifier, ...]:
    """What `identifiers` lists, entered into the custody log as it does; `part` is of the value or a written form."""
    rows = list_identifiers(case, kind or None, whole(at_least, 1), candidates=bool(candidates))
    case.log("consultation", "identifiers listed", {"kind": kind or None})
    wanted = line_of(part).casefold()
    return tuple(
        row
        for row in rows
        if not wanted or wanted in row.normal.casefold() or any(wanted in place.raw.casefold() for place in row.places)
    )
