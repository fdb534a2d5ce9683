"""`/case/ID/mentions`: every place of a name, phrase or identifier, with what stands around it."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from assistant.mentions import Mentions, mentions_of
from assistant.places import describe
from assistant.ui.pages.parts import line_of, paged, table
from assistant.ui.pages.places import Places
from assistant.ui.visit import Visiting
from casefile.case import Case
from ingest.identifiers.finder import case_finder

router = APIRouter()

MOST_COUNTED = 50
"""Exhibits named in the list of counts; the places of all others are listed as well."""

_Text = Annotated[str, Query()]


@router.get("/case/{case_id}/mentions")
def show_mentions(visit: Visiting, case_id: str, of: _Text = "", exhibit: _Text = "", page: _Text = "") -> Response:
    """The form, and all mentions of what was asked."""
    case = visit.assistant(case_id).case
    what = line_of(of)
    if not what:
        return visit.page("pages/mentions.html", {"case": case.description, "of": "", "found": None})
    found = _logged_mentions(case, what)
    chosen = [place for place in found.mentions if not exhibit or place.exhibit.id == f"sha256:{exhibit}"]
    query = {"of": what, "exhibit": exhibit}
    listed = paged(chosen, page, f"/case/{case_id}/mentions", query)
    places = Places(case, visit.say)
    places.know({place.exhibit.id for place in listed.rows})
    model = {
        "case": case.description,
        "of": what,
        "found": found,
        "counts": found.per_exhibit[:MOST_COUNTED],
        "more_counts": max(0, len(found.per_exhibit) - MOST_COUNTED),
        "exhibit": exhibit,
        "rows": tuple((place, places.view(place.exhibit.id, place.locator)) for place in listed.rows),
        "pager": listed.pager,
    }
    return visit.page("pages/mentions.html", model)


@router.get("/case/{case_id}/mentions.csv")
def mentions_as_csv(visit: Visiting, case_id: str, of: _Text = "") -> Response:
    """All mentions as a table."""
    case = visit.assistant(case_id).case
    what = line_of(of)
    found = _logged_mentions(case, what)
    header = ("of", "path", "place", "quote", "recognised", "exhibit", "start", "end")
    rows = (
        (
            what,
            place.exhibit.path,
            describe(place.locator),
            " ".join(place.quote.split()),
            place.how,
            place.exhibit.id,
            place.locator.start,
            place.locator.end,
        )
        for place in found.mentions
    )
    return table(f"{case_id}-mentions.csv", header, rows)


def _logged_mentions(case: Case, what: str) -> Mentions:
    """What `mentions` lists, entered into the custody log as it does."""
    found = mentions_of(what, case.catalogue, case.fulltext, case_finder(case.description))
    case.log("consultation", "mentions listed", {"of": what, "places": len(found.mentions)})
    return found
