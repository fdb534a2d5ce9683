"""`/`: choose a case, or make one."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Form
from fastapi.responses import Response

from assistant.ui.desk import Desk
from assistant.ui.pages.describing import DescriptionForm, blank_form, checked_new, typed_form, zone_names
from assistant.ui.pages.parts import see_other, told
from assistant.ui.visit import Visit, Visiting
from casefile.case import Case, create_case, open_case
from casefile.errors import CaseclerkError, CaseExistsError, CaseNotFoundError
from casefile.records import CaseDescription, Coverage

router = APIRouter()

CardState = Literal["empty", "reading", "problems", "ready", "closed"]


@dataclass(frozen=True, slots=True)
class CaseCard:
    """A case as listed. `failing` exhibits could not be read wholly; `problem` says why the case cannot be opened."""

    id: str
    title: str
    number: str
    purpose: str
    created_at: datetime | None
    zone: str
    exhibits: int
    failing: int
    pending: int
    state: CardState
    problem: str = ""


@router.get("/")
def show_cases(visit: Visiting, done: str = "") -> Response:
    """All cases, and the form for another."""
    return _page(visit, blank_form(visit.desk.settings.case), done=done)


@router.post("/cases")
def make_case(
    visit: Visiting,
    title: Annotated[str, Form()] = "",
    id: Annotated[str, Form()] = "",  # noqa: A002 - the field's name
    purpose: Annotated[str, Form()] = "",
    case_number: Annotated[str, Form()] = "",
    region: Annotated[str, Form()] = "",
    time_zone: Annotated[str, Form()] = "",
    languages: Annotated[str, Form()] = "",
) -> Response:
    """Make an empty case."""
    sent = {"id": id, "title": title, "purpose": purpose, "case_number": case_number}
    places = {"region": region, "time_zone": time_zone, "languages": languages}
    home = visit.desk.home
    form = checked_new(typed_form(sent | places), home.case_ids())
    if form.errors:
        return _page(visit, form, status=400)
    try:
        with create_case(home, form.description(), visit.actor):
            pass
    except CaseExistsError:
        return _page(visit, replace(form, errors={"id": "pages.form.id_taken"}), status=400)
    return see_other(f"/case/{form.id}", {"done": "created"})


def _page(visit: Visit, form: DescriptionForm, done: str = "", status: int = 200) -> Response:
    model = {
        "cards": case_cards(visit.desk, visit.actor),
        "form": form,
        "zones": zone_names(),
        "flash": told(visit, done),
    }
    return visit.page("pages/cases.html", model, status)


def case_cards(desk: Desk, actor: str) -> tuple[CaseCard, ...]:
    """All cases of this HOME; one that cannot be opened says why."""
    opened = {known.case.folder.name: known.case for known in desk.opened()}
    cards = []
    for case_id in desk.home.case_ids():
        try:
            if case_id in opened and opened[case_id].database.path.is_file():
                cards.append(_card_of(opened[case_id]))
            else:
                with open_case(desk.home, case_id, actor) as case:
                    cards.append(_card_of(case))
        except CaseNotFoundError:
            continue  # deleted meanwhile
        except CaseclerkError as error:
            cards.append(CaseCard(case_id, case_id, "", "", None, "UTC", 0, 0, 0, "closed", str(error)))
    return tuple(cards)


def _card_of(case: Case) -> CaseCard:
    return card_of(case.description, case.catalogue.coverage())


def card_of(about: CaseDescription, coverage: Coverage) -> CaseCard:
    """A case as listed."""
    failing = sum(failed.status == "failed" for failed in coverage.failed)
    state: CardState = "ready"
    if not coverage.exhibits:
        state = "empty"
    elif coverage.pending:
        state = "reading"
    elif failing:
        state = "problems"
    return CaseCard(
        about.id,
        about.title,
        about.case_number,
        about.purpose,
        about.created_at,
        about.time_zone,
        coverage.exhibits,
        failing,
        coverage.pending,
        state,
    )
