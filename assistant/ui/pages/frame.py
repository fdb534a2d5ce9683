"""`/case/ID/no-source`: what stands in the source frame beside a list before a place is chosen."""

from fastapi import APIRouter
from fastapi.responses import Response

from assistant.ui.visit import Visiting

router = APIRouter()


@router.get("/case/{case_id}/no-source")
def no_source(visit: Visiting, case_id: str) -> Response:
    """Says how to fill the frame; shows nothing of the case."""
    visit.assistant(case_id)
    return visit.page("pages/no_source.html")
