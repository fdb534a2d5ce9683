"""`/case/ID/exhibits`: the ledger, filtered, sorted and paged; a selection to ask about; the same as CSV."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from assistant.ui.pages.ledger_view import (
    FAMILIES,
    ORDERS,
    STATUSES,
    LedgerFilter,
    LedgerRow,
    chosen,
    counted,
    ledger_rows,
    reasons_in_words,
)
from assistant.ui.pages.parts import line_of, paged, see_other, table, told
from assistant.ui.visit import Visit, Visiting

router = APIRouter()

ROWS = 100
MOST_ASKED = 200
"""Exhibits that a question can be narrowed to from here."""
_ID_DIGITS = 12
_HEXADECIMAL = frozenset("0123456789abcdef")

_Text = Annotated[str, Query()]


def _filter(
    status: _Text = "",
    family: _Text = "",
    category: _Text = "",
    label: _Text = "",
    path: _Text = "",
    sealed: _Text = "",
    sort: _Text = "",
) -> LedgerFilter:
    """The filter in an address."""
    return LedgerFilter(status, family, category, label, path, sealed, sort)


Narrowed = Annotated[LedgerFilter, Depends(_filter)]


@router.get("/case/{case_id}/exhibits")
def show_exhibits(
    visit: Visiting,
    case_id: str,
    wanted: Narrowed,
    page: _Text = "",
    done: _Text = "",
    problem: _Text = "",
) -> Response:
    """The ledger."""
    case = visit.assistant(case_id).case
    rows = ledger_rows(case)
    case.log("consultation", "ledger read")
    left = chosen(rows, wanted)
    listed = paged(left, page, f"/case/{case_id}/exhibits", wanted.query(), ROWS)
    model = {
        "case": case.description,
        "wanted": wanted,
        "counts": counted(rows),
        "all": len(rows),
        "rows": listed.rows,
        "pager": listed.pager,
        "waiting": len(case.catalogue.stored_exhibits()),
        "choices": {"status": STATUSES, "family": FAMILIES, "sort": ORDERS},
        "ask_all": 0 < len(_askable(left)) <= MOST_ASKED and wanted.narrows,
        "most": MOST_ASKED,
        "flash": told(visit, done),
        "problem": _problem(visit, problem),
    }
    return visit.page("pages/exhibits.html", model)


@router.get("/case/{case_id}/exhibits.csv")
def exhibits_as_csv(
    visit: Visiting,
    case_id: str,
    wanted: Narrowed,
) -> Response:
    """The ledger as `ledger --csv` prints it, narrowed by the same filters."""
    case = visit.assistant(case_id).case
    rows = chosen(ledger_rows(case), wanted)
    case.log("consultation", "ledger read")
    cells = (
        (row.status, row.path, row.media_type, str(row.passages), reasons_in_words(row), row.exhibit_id or "")
        for row in rows
    )
    header = ("status", "path", "media type", "passages", "reasons", "exhibit")
    return table(f"{case_id}-ledger.csv", header, cells)


@router.get("/case/{case_id}/ask")
def ask_about(
    visit: Visiting,
    case_id: str,
    wanted: Narrowed,
    exhibit: Annotated[list[str] | None, Query()] = None,
    every: _Text = "",
) -> Response:
    """On to the chat, with the next question narrowed to the chosen exhibits, or to all that a filter leaves."""
    case = visit.assistant(case_id).case
    if every:
        ids = _askable(chosen(ledger_rows(case), wanted))
    else:
        ids = tuple(dict.fromkeys(line_of(one).removeprefix("sha256:") for one in exhibit or ()))
    short = [digits[:_ID_DIGITS] for digits in ids if len(digits) >= _ID_DIGITS and set(digits) <= _HEXADECIMAL]
    if not short or len(short) > MOST_ASKED:
        return see_other(f"/case/{case_id}/exhibits", {"problem": "none_chosen" if not short else "too_many_chosen"})
    return see_other("/chat/", {"case": case_id, "scope": f"exhibits:{','.join(short)}"})


def _askable(rows: tuple[LedgerRow, ...]) -> tuple[str, ...]:
    """Hex digits of the exhibits of these rows that a question can look into, each once."""
    ids = (row.exhibit_id for row in rows if row.exhibit_id is not None and not row.sealed)
    return tuple(dict.fromkeys(one.removeprefix("sha256:") for one in ids))


def _problem(visit: Visit, problem: str) -> str:
    key = f"pages.exhibits.{problem}"
    return visit.say(key, most=MOST_ASKED) if problem in {"none_chosen", "too_many_chosen"} else ""
