"""`/case/ID/exhibits/EXHIBIT`: one exhibit, with its preview and all that is known of it."""

from fastapi import APIRouter
from fastapi.responses import Response

from assistant.ui.pages.exhibit_view import exhibit_view
from assistant.ui.pages.parts import source_address, told
from assistant.ui.visit import Visiting

router = APIRouter()


@router.get("/case/{case_id}/exhibits/{exhibit_id}")
def show_exhibit(visit: Visiting, case_id: str, exhibit_id: str, done: str = "") -> Response:
    """One exhibit."""
    case = visit.assistant(case_id).case
    exhibit = case.catalogue.exhibit(exhibit_id)
    view = exhibit_view(case, exhibit)
    case.log("consultation", "exhibit shown", {"exhibit": exhibit.id})
    model = {
        "case": case.description,
        "view": view,
        "preview": source_address(case_id, exhibit.id),
        "flash": told(visit, done),
    }
    return visit.page("pages/exhibit.html", model)
