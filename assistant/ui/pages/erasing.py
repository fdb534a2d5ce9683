"""Erasing an exhibit: the plan of what goes, a reason, and the first digits of its id typed by hand."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response

from assistant.ui.pages.exhibit import found
from assistant.ui.pages.parts import exhibit_address, line_of, see_other, text_of
from assistant.ui.visit import Visit, Visiting
from casefile.case import Case
from casefile.catalogue import SHORTEST_PREFIX
from casefile.erasing import erase, plan_erasure
from casefile.errors import CaseBusyError, StorageError, UsageError
from casefile.records import Exhibit

router = APIRouter()

_HERE = "/case/{case_id}/exhibits/{exhibit_id}/erase"
MOST_NAMED = 100
"""Parts and places named in a plan."""


@router.get(_HERE)
def ask_before_erasing(visit: Visiting, case_id: str, exhibit_id: str) -> Response:
    """What would go."""
    case, exhibit = found(visit, case_id, exhibit_id)
    return _page(visit, case, exhibit)


@router.post(_HERE)
def erase_exhibit(
    visit: Visiting,
    case_id: str,
    exhibit_id: str,
    reason: Annotated[str, Form()] = "",
    confirm: Annotated[str, Form()] = "",
) -> Response:
    """Erase the exhibit for good."""
    case, exhibit = found(visit, case_id, exhibit_id)
    errors = {}
    if not text_of(reason):
        errors["reason"] = visit.say("pages.seal.reason_missing")
    if line_of(confirm).lower() != confirmation(exhibit):
        errors["confirm"] = visit.say("pages.erase.confirm_wrong")
    if errors:
        return _page(visit, case, exhibit, text_of(reason), errors=errors, status=400)
    plan = plan_erasure(case, exhibit.id)
    try:
        erase(case, exhibit.id, text_of(reason))
    except (UsageError, CaseBusyError, StorageError) as error:
        if not case.catalogue.knows(exhibit.id):
            raise  # it is out of the catalogue; the message says how its traces go
        return _page(visit, case, exhibit, text_of(reason), problem=str(error), status=409)
    for gone in plan.ids:
        visit.desk.forget_drawings(case.originals.path(gone))
    return see_other(f"/case/{case_id}/exhibits", {"done": "erased"})


def confirmation(exhibit: Exhibit) -> str:
    """What is typed to erase an exhibit: the first digits of its id."""
    return exhibit.id.removeprefix("sha256:")[:SHORTEST_PREFIX]


def _page(
    visit: Visit,
    case: Case,
    exhibit: Exhibit,
    reason: str = "",
    *,
    errors: dict[str, str] | None = None,
    problem: str = "",
    status: int = 200,
) -> Response:
    plan = plan_erasure(case, exhibit.id)
    model = {
        "case": case.description,
        "exhibit": exhibit,
        "own": exhibit_address(case.description.id, exhibit.id),
        "plan": plan,
        "most": MOST_NAMED,
        "confirmation": confirmation(exhibit),
        "reason": reason,
        "errors": errors or {},
        "problem": problem,
    }
    return visit.page("pages/erase.html", model, status)
