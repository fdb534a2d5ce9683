"""`/case/ID/exhibits/EXHIBIT`: one exhibit with its preview and what is known of it; labels, notes, reading again."""

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException
from fastapi.responses import Response

from assistant.ui.pages.exhibit_view import exhibit_view
from assistant.ui.pages.parts import exhibit_address, line_of, row_number, see_other, text_of, told
from assistant.ui.source.links import Asked
from assistant.ui.visit import Visit, Visiting
from casefile.annotations import LONGEST_LABEL, LONGEST_NOTE, Note
from casefile.case import Case
from casefile.errors import ExhibitNotFoundError, UsageError
from casefile.records import Exhibit

router = APIRouter()

_HERE = "/case/{case_id}/exhibits/{exhibit_id}"


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed and could not be kept: `errors` maps a field to what is said there."""

    label: str = ""
    note: str = ""
    errors: dict[str, str] = field(default_factory=dict)


@router.get(_HERE)
def show_exhibit(visit: Visiting, case_id: str, exhibit_id: str, done: str = "") -> Response:
    """One exhibit."""
    case, exhibit = found(visit, case_id, exhibit_id)
    case.log("consultation", "exhibit shown", {"exhibit": exhibit.id})
    return _page(visit, case, exhibit, Typed(), told(visit, done))


def found(visit: Visit, case_id: str, exhibit_id: str) -> tuple[Case, Exhibit]:
    """The case, for this visitor, and the exhibit.

    Raises:
        CaseNotFoundError: there is no such case.
        ExhibitNotFoundError: there is no such exhibit, or several.
    """
    case = visit.assistant(case_id).case
    return case, case.catalogue.exhibit(exhibit_id)


def _page(visit: Visit, case: Case, exhibit: Exhibit, typed: Typed, flash: str = "", status: int = 200) -> Response:
    view = exhibit_view(case, exhibit)
    model = {
        "case": case.description,
        "view": view,
        "preview": Asked(case.description.id, exhibit.id).address,
        "own": exhibit_address(case.description.id, exhibit.id),
        "known_labels": tuple(name for name in case.annotations.all_labels() if name not in view.labels),
        "typed": typed,
        "longest_label": LONGEST_LABEL,
        "longest_note": LONGEST_NOTE,
        "can_retry": view.seal is None and exhibit.status != "complete",
        "flash": flash,
    }
    return visit.page("pages/exhibit.html", model, status)


# --- labels -------------------------------------------------------------------------------------------------------


@router.post(f"{_HERE}/labels")
def add_label(visit: Visiting, case_id: str, exhibit_id: str, name: Annotated[str, Form()] = "") -> Response:
    """Give the exhibit a label."""
    case, exhibit = found(visit, case_id, exhibit_id)
    try:
        case.annotations.label(exhibit.id, line_of(name))
    except UsageError:
        error = visit.say("pages.exhibit.label_wrong", most=LONGEST_LABEL)
        return _page(visit, case, exhibit, Typed(label=line_of(name), errors={"label": error}), status=400)
    return see_other(exhibit_address(case_id, exhibit.id), {"done": "labelled"})


@router.post(f"{_HERE}/labels/remove")
def remove_label(visit: Visiting, case_id: str, exhibit_id: str, name: Annotated[str, Form()] = "") -> Response:
    """Take a label off; it can be put on again, so nothing is asked."""
    case, exhibit = found(visit, case_id, exhibit_id)
    case.annotations.unlabel(exhibit.id, line_of(name))
    return see_other(exhibit_address(case_id, exhibit.id), {"done": "unlabelled"})


# --- notes --------------------------------------------------------------------------------------------------------


@router.post(f"{_HERE}/notes")
def add_note(visit: Visiting, case_id: str, exhibit_id: str, text: Annotated[str, Form()] = "") -> Response:
    """Write a note."""
    case, exhibit = found(visit, case_id, exhibit_id)
    try:
        case.annotations.add_note(exhibit.id, text_of(text))
    except UsageError:
        error = visit.say("pages.exhibit.note_wrong", most=visit.say.number(LONGEST_NOTE))
        return _page(visit, case, exhibit, Typed(note=text_of(text), errors={"note": error}), status=400)
    return see_other(exhibit_address(case_id, exhibit.id), {"done": "noted"})


@router.get(f"{_HERE}/notes/{{number:int}}")
def show_note(visit: Visiting, case_id: str, exhibit_id: str, number: int) -> Response:
    """The form to change a note, or to take it away."""
    case, exhibit = found(visit, case_id, exhibit_id)
    note = _note_of(case, exhibit, number)
    return _note_page(visit, case, exhibit, note, note.text)


@router.post(f"{_HERE}/notes/{{number:int}}")
def change_note(
    visit: Visiting, case_id: str, exhibit_id: str, number: int, text: Annotated[str, Form()] = ""
) -> Response:
    """Change a note."""
    case, exhibit = found(visit, case_id, exhibit_id)
    note = _note_of(case, exhibit, number)
    try:
        case.annotations.edit_note(note.id, text_of(text))
    except UsageError as error:
        return _note_page(visit, case, exhibit, note, text_of(text), str(error), 400)
    return see_other(exhibit_address(case_id, exhibit.id), {"done": "note_changed"})


@router.post(f"{_HERE}/notes/{{number:int}}/remove")
def remove_note(visit: Visiting, case_id: str, exhibit_id: str, number: int) -> Response:
    """Take a note away; asked for on the note's own page."""
    case, exhibit = found(visit, case_id, exhibit_id)
    case.annotations.remove_note(_note_of(case, exhibit, number).id)
    return see_other(exhibit_address(case_id, exhibit.id), {"done": "note_removed"})


def _note_of(case: Case, exhibit: Exhibit, number: int) -> Note:
    try:
        note = case.annotations.note(row_number(number))
    except UsageError as error:
        raise HTTPException(404) from error
    if note.exhibit_id != exhibit.id:
        raise ExhibitNotFoundError(f"Note {number} is not on this exhibit.")
    return note


def _note_page(
    visit: Visit, case: Case, exhibit: Exhibit, note: Note, text: str, error: str = "", status: int = 200
) -> Response:
    model = {
        "case": case.description,
        "exhibit": exhibit,
        "own": exhibit_address(case.description.id, exhibit.id),
        "note": note,
        "text": text,
        "error": error,
        "longest_note": LONGEST_NOTE,
    }
    return visit.page("pages/note.html", model, status)


# --- reading again ------------------------------------------------------------------------------------------------


@router.post(f"{_HERE}/retry")
def read_again(visit: Visiting, case_id: str, exhibit_id: str) -> Response:
    """Have the exhibit read once more, in the background."""
    case, exhibit = found(visit, case_id, exhibit_id)
    visit.desk.jobs.add_retry(case.description.id, visit.actor, [exhibit.id])
    return see_other(exhibit_address(case_id, exhibit.id), {"done": "retried"})
