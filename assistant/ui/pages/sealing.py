"""Sealing and unsealing an exhibit: a reason, and before that the plan of what is withdrawn."""

from typing import Annotated, get_args

from fastapi import APIRouter, Form
from fastapi.responses import Response

from assistant.ui.pages.exhibit import found
from assistant.ui.pages.parts import exhibit_address, see_other, text_of
from assistant.ui.visit import Visit, Visiting
from casefile.case import Case
from casefile.errors import UsageError
from casefile.records import Exhibit, SealGround
from casefile.seals import GROUNDS, nested_in, seal, unseal

router = APIRouter()

_HERE = "/case/{case_id}/exhibits/{exhibit_id}"
MOST_PARTS = 100
"""Parts named in a plan."""


@router.get(f"{_HERE}/seal")
def ask_before_sealing(visit: Visiting, case_id: str, exhibit_id: str) -> Response:
    """What sealing withdraws, and the form for ground and reason."""
    case, exhibit = found(visit, case_id, exhibit_id)
    return _page(visit, case, exhibit, "seal")


@router.post(f"{_HERE}/seal")
def seal_exhibit(
    visit: Visiting,
    case_id: str,
    exhibit_id: str,
    ground: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
    with_parts: Annotated[str, Form()] = "",
) -> Response:
    """Seal the exhibit."""
    case, exhibit = found(visit, case_id, exhibit_id)
    chosen = next((one for one in get_args(SealGround) if one == ground), None)
    errors = {} if chosen else {"ground": "pages.seal.ground_missing"}
    if not text_of(reason):
        errors["reason"] = "pages.seal.reason_missing"
    if errors or chosen is None:
        return _page(visit, case, exhibit, "seal", ground, text_of(reason), errors=errors, status=400)
    try:
        seal(case, exhibit.id, chosen, text_of(reason), with_parts=bool(with_parts))
    except UsageError as error:
        return _page(visit, case, exhibit, "seal", ground, text_of(reason), problem=str(error), status=400)
    return see_other(exhibit_address(case_id, exhibit.id), {"done": "sealed"})


@router.get(f"{_HERE}/unseal")
def ask_before_unsealing(visit: Visiting, case_id: str, exhibit_id: str) -> Response:
    """What unsealing opens, and the form for the reason."""
    case, exhibit = found(visit, case_id, exhibit_id)
    return _page(visit, case, exhibit, "unseal")


@router.post(f"{_HERE}/unseal")
def unseal_exhibit(visit: Visiting, case_id: str, exhibit_id: str, reason: Annotated[str, Form()] = "") -> Response:
    """Open the exhibit again."""
    case, exhibit = found(visit, case_id, exhibit_id)
    if not text_of(reason):
        errors = {"reason": "pages.seal.reason_missing"}
        return _page(visit, case, exhibit, "unseal", errors=errors, status=400)
    try:
        unseal(case, exhibit.id, text_of(reason))
    except UsageError as error:
        return _page(visit, case, exhibit, "unseal", reason=text_of(reason), problem=str(error), status=400)
    return see_other(exhibit_address(case_id, exhibit.id), {"done": "unsealed"})


def _page(
    visit: Visit,
    case: Case,
    exhibit: Exhibit,
    deed: str,
    ground: str = "",
    reason: str = "",
    *,
    errors: dict[str, str] | None = None,
    problem: str = "",
    status: int = 200,
) -> Response:
    parts = tuple(case.catalogue.exhibits_by_id(affected(case, exhibit.id, deed)).values())
    model = {
        "case": case.description,
        "exhibit": exhibit,
        "own": exhibit_address(case.description.id, exhibit.id),
        "seal": case.catalogue.seal_of(exhibit.id),
        "parts": parts[:MOST_PARTS],
        "more_parts": max(0, len(parts) - MOST_PARTS),
        "grounds": GROUNDS,
        "ground": ground,
        "reason": reason,
        "errors": errors or {},
        "problem": problem,
    }
    return visit.page(f"pages/{deed}.html", model, status)


def affected(case: Case, exhibit_id: str, deed: str) -> tuple[str, ...]:
    """Ids of the parts that sealing an exhibit takes along, or that unsealing it opens with it."""
    if deed == "unseal":
        return tuple(one.exhibit_id for one in case.catalogue.seals() if one.sealed_with == exhibit_id)
    sealed = frozenset(one.exhibit_id for one in case.catalogue.seals())
    nested = nested_in(case.database.connection(), exhibit_id)
    return tuple(one for one in nested if one not in sealed)
