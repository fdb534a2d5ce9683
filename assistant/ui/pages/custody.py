"""`/case/ID/custody`: the log of everything done to a case, newest first; checked on demand."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, get_args

from fastapi import APIRouter, Form, Query
from fastapi.responses import Response

from assistant.ui.pages.parts import download, line_of, paged, table
from assistant.ui.visit import Visit, Visiting
from casefile.case import Case
from casefile.custody import CustodyHead, CustodyReport, parse_head
from casefile.errors import CaseDamagedError
from casefile.records import CustodyEvent, CustodyKind
from casefile.serial import canonical_json

router = APIRouter()

ROWS = 100
KINDS: tuple[CustodyKind, ...] = get_args(CustodyKind)

_Text = Annotated[str, Query()]


@dataclass(frozen=True, slots=True)
class EventView:
    """An event with its details as canonical JSON, as they were hashed."""

    event: CustodyEvent
    details: str


@dataclass(frozen=True, slots=True)
class Events:
    """The events that a filter leaves, newest first, and who acted in the whole log.

    `damaged` says why the log could not be read to its end; what stands before that is shown.
    """

    rows: tuple[EventView, ...]
    actors: tuple[str, ...]
    damaged: str = ""


def chosen_events(events: Iterable[CustodyEvent], kind: str = "", actor: str = "", words: str = "") -> Events:
    """Events of a kind and an actor in which all the words stand; an empty argument leaves it open."""
    wanted = words.casefold().split()
    rows: list[EventView] = []
    actors: dict[str, None] = {}
    damaged = ""
    try:
        for event in events:
            actors[event.actor] = None
            if (kind and event.kind != kind) or (actor and event.actor != actor):
                continue
            details = canonical_json(event.details) if event.details else ""
            text = f"{event.action} {details} {event.actor}".casefold() if wanted else ""
            if all(word in text for word in wanted):
                rows.append(EventView(event, details))
    except CaseDamagedError as error:
        damaged = str(error)
    return Events(tuple(reversed(rows)), tuple(sorted(actors, key=str.casefold)), damaged)


@router.get("/case/{case_id}/custody")
def show_log(
    visit: Visiting, case_id: str, kind: _Text = "", actor: _Text = "", words: _Text = "", page: _Text = ""
) -> Response:
    """The log."""
    return _page(visit, visit.assistant(case_id).case, kind, actor, words, page)


@router.post("/case/{case_id}/custody/verify")
def verify(visit: Visiting, case_id: str, head: Annotated[str, Form()] = "") -> Response:
    """Derive every hash of the chain again; nothing is changed by it, so the answer is the report itself."""
    case = visit.assistant(case_id).case
    expected, error = None, ""
    if head.strip():
        try:
            expected = parse_head(line_of(head))
        except ValueError:
            error = visit.say("pages.custody.head_wrong")
    if error:
        return _page(visit, case, error=error, typed=line_of(head), status=400)
    return _page(visit, case, report=case.custody.verify(expected), expected=expected, typed=line_of(head))


@router.get("/case/{case_id}/custody/head.txt")
def export_head(visit: Visiting, case_id: str) -> Response:
    """The end of the chain, as `custody export-head` prints it."""
    head = visit.assistant(case_id).case.custody.head()
    return download(f"{case_id}-custody-head.txt", f"{head.sequence} {head.hash}\n", "text/plain")


@router.get("/case/{case_id}/custody.csv")
def log_as_csv(visit: Visiting, case_id: str, kind: _Text = "", actor: _Text = "", words: _Text = "") -> Response:
    """The events that a filter leaves, oldest first."""
    case = visit.assistant(case_id).case
    found = chosen_events(case.custody.events(), kind, actor, words)
    header = ("sequence", "at", "actor", "kind", "action", "details", "previous", "hash")
    rows = (
        (
            view.event.sequence,
            view.event.at.isoformat(),
            view.event.actor,
            view.event.kind,
            view.event.action,
            view.details,
            view.event.previous,
            view.event.hash,
        )
        for view in reversed(found.rows)
    )
    return table(f"{case_id}-custody.csv", header, rows)


def _page(
    visit: Visit,
    case: Case,
    kind: str = "",
    actor: str = "",
    words: str = "",
    page: str = "",
    *,
    report: CustodyReport | None = None,
    expected: CustodyHead | None = None,
    typed: str = "",
    error: str = "",
    status: int = 200,
) -> Response:
    found = chosen_events(case.custody.events(), kind, actor, words)
    query = {"kind": kind, "actor": actor, "words": words}
    listed = paged(found.rows, page, f"/case/{case.description.id}/custody", query, ROWS)
    model = {
        "case": case.description,
        "rows": listed.rows,
        "pager": listed.pager,
        "actors": found.actors,
        "damaged": found.damaged,
        "kinds": KINDS,
        "query": query,
        "narrowed": any(query.values()),
        "head": case.custody.head(),
        "report": report,
        "expected": expected,
        "typed": typed,
        "error": error,
    }
    return visit.page("pages/custody.html", model, status)
