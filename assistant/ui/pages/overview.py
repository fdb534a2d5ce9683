"""`/case/ID`: what a case is about and how far it is; describing it anew; deleting it."""

from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response

from assistant.pictures.waiting import WaitingPictures, waiting_pictures
from assistant.ui.pages.describing import (
    DescriptionForm,
    checked_change,
    form_of,
    typed_form,
    zone_names,
)
from assistant.ui.pages.parts import exhibit_address, line_of, see_other, told
from assistant.ui.visit import Visit, Visiting
from casefile.case import Case, describe_case
from casefile.conversations import ConversationSummary
from casefile.errors import CaseBusyError
from casefile.jobs import Jobs
from casefile.records import Status
from ingest.ledger import LedgerTotals, totals

router = APIRouter()

RECENT = 5
"""Conversations shown on the overview."""
MINUTES_A_PICTURE = 1
"""More than is reckoned for two cores without a graphics card (docs/models.md)."""
LONGEST_IN_MINUTES = 90
PROBLEMS = 8
"""Exhibits that could not be read wholly, shown on the overview."""


@dataclass(frozen=True, slots=True)
class Problem:
    """An exhibit that could not be read, or not wholly. `address` is empty where its bytes could not be had."""

    name: str
    status: Status
    reasons: tuple[str, ...]
    address: str


@dataclass(frozen=True, slots=True)
class Overview:
    """A case at a glance; `problems` are the gravest first, `more_problems` how many others there are."""

    exhibits: int
    searched: int
    pending: int
    totals: LedgerTotals
    problems: tuple[Problem, ...]
    more_problems: int
    conversations: tuple[ConversationSummary, ...]
    more_conversations: int
    embedding_model: str
    custody_events: int


@dataclass(frozen=True, slots=True)
class PicturesView:
    """Pictures without a description. `busy` while a job describes them; `hours` and `minutes` are a rough guess."""

    waiting: WaitingPictures
    busy: bool

    @property
    def minutes(self) -> int:
        """So long it may take on processors alone."""
        return self.waiting.count * MINUTES_A_PICTURE

    @property
    def hours(self) -> int:
        """The same in hours; 0 where it is better told in minutes."""
        return round(self.minutes / 60) if self.minutes > LONGEST_IN_MINUTES else 0


def pictures_of(visit: Visit, case: Case) -> PicturesView:
    """What waits for a description, and whether somebody is at it."""
    waiting = waiting_pictures(case, visit.desk.home, visit.desk.settings)
    busy = any(job.kind == "describe" for job in Jobs(case.database).unfinished())
    return PicturesView(waiting, busy)


def overview_of(case: Case) -> Overview:
    """The same figures as `case show`, with what to look after."""
    coverage = case.catalogue.coverage()
    model = case.catalogue.embedding_model()
    conversations = case.conversations.all()
    order: tuple[Status, ...] = ("failed", "partial", "skipped", "complete")
    failed = sorted(coverage.failed, key=lambda one: order.index(one.status))
    problems = tuple(
        Problem(
            one.name,
            one.status,
            one.reasons,
            exhibit_address(case.description.id, one.exhibit_id) if one.exhibit_id else "",
        )
        for one in failed[:PROBLEMS]
    )
    return Overview(
        coverage.exhibits,
        coverage.searched,
        coverage.pending,
        totals(line for line in case.catalogue.occurrences() if line.status is not None),
        problems,
        len(failed) - len(problems),
        conversations[:RECENT],
        max(0, len(conversations) - RECENT),
        model.name if model else "",
        case.custody.head().sequence,
    )


@router.get("/case/{case_id}")
def show_overview(visit: Visiting, case_id: str, done: str = "") -> Response:
    """The overview."""
    case = visit.assistant(case_id).case
    view = overview_of(case)
    case.log("consultation", "case shown")
    model = {"case": case.description, "view": view, "pictures": pictures_of(visit, case), "flash": told(visit, done)}
    return visit.page("pages/overview.html", model)


@router.post("/case/{case_id}/pictures/describe")
def describe_pictures(visit: Visiting, case_id: str) -> Response:
    """Have all pictures described that wait, in the background."""
    visit.desk.jobs.add_descriptions(case_id, visit.actor)
    return see_other(f"/case/{case_id}/uploads", {})


@router.get("/case/{case_id}/describe")
def show_form(visit: Visiting, case_id: str) -> Response:
    """The form for another description."""
    case = visit.assistant(case_id).case
    return _form_page(visit, case, form_of(case.description))


@router.post("/case/{case_id}/describe")
def describe(
    visit: Visiting,
    case_id: str,
    title: Annotated[str, Form()] = "",
    purpose: Annotated[str, Form()] = "",
    case_number: Annotated[str, Form()] = "",
    region: Annotated[str, Form()] = "",
    time_zone: Annotated[str, Form()] = "",
    languages: Annotated[str, Form()] = "",
) -> Response:
    """Describe the case anew."""
    case = visit.assistant(case_id).case
    sent = {"id": case_id, "title": title, "purpose": purpose, "case_number": case_number}
    places = {"region": region, "time_zone": time_zone, "languages": languages}
    form = checked_change(typed_form(sent | places))
    if form.errors:
        return _form_page(visit, case, form, status=400)
    describe_case(case, replace(form.description(), created_at=case.description.created_at))
    return see_other(f"/case/{case_id}", {"done": "described"})


def _form_page(visit: Visit, case: Case, form: DescriptionForm, status: int = 200) -> Response:
    model = {"case": case.description, "form": form, "zones": zone_names()}
    return visit.page("pages/describe.html", model, status)


@router.get("/case/{case_id}/delete")
def ask_before_deleting(visit: Visiting, case_id: str) -> Response:
    """What would go, and the field for the case's id."""
    return _delete_page(visit, case_id)


@router.post("/case/{case_id}/delete")
def delete(visit: Visiting, case_id: str, confirm: Annotated[str, Form()] = "") -> Response:
    """Delete the case with all it holds, once its id was typed."""
    if line_of(confirm) != case_id:
        return _delete_page(visit, case_id, visit.say("pages.delete.wrong"), status=400)
    try:
        visit.desk.delete(case_id, visit.actor)
    except CaseBusyError as error:
        return _delete_page(visit, case_id, problem=str(error), status=409)
    return see_other("/", {"done": "deleted"})


def _delete_page(visit: Visit, case_id: str, error: str = "", problem: str = "", status: int = 200) -> Response:
    case = visit.assistant(case_id).case
    model = {
        "case": case.description,
        "exhibits": case.catalogue.coverage().exhibits,
        "conversations": len(case.conversations.all()),
        "error": error,
        "problem": problem,
    }
    return visit.page("pages/delete.html", model, status)
