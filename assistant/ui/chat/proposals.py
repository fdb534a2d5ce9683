"""What the assistant proposes to write: a person's yes or no to one tool call, and the files that came of it.

The page decides nothing: `assistant.tools.asking_first` checks and carries out the call that was kept with the turn.
"""

import os
import stat
from functools import partial
from typing import Annotated, BinaryIO, Literal

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from assistant.tools.asking_first import approve, decline
from assistant.ui.chat.routes import Number
from assistant.ui.chat.turn_view import view_of_turn
from assistant.ui.source.originals import HEADERS, chunks, disposition
from assistant.ui.visit import Visit, Visiting
from casefile.case import Case
from casefile.errors import CaseclerkError, UsageError

Area = Literal["live", "kept", "record"]
"""Where in a page a turn stands; keeps ids apart."""

router = APIRouter(prefix="/case/{case_id}")


@router.get("/turns/{turn_id}/steps/{index}")
def proposal(visit: Visiting, case_id: str, turn_id: Number, index: Number, area: Area = "kept") -> HTMLResponse:
    """A proposal as it is now, for a live fragment."""
    return _card(visit, case_id, turn_id, index, area)


@router.post("/turns/{turn_id}/steps/{index}")
def decide(
    visit: Visiting,
    case_id: str,
    turn_id: Number,
    index: Number,
    word: Annotated[Literal["yes", "no"], Form()],
    area: Annotated[Area, Form()] = "kept",
) -> HTMLResponse:
    """A person's word; gives the proposal as it is then. Only the first word counts."""
    case = visit.assistant(case_id).case
    problem = ""
    try:
        if word == "yes":
            describe_later = partial(visit.desk.jobs.add_descriptions, case_id, visit.actor)
            approve(case, turn_id, index, visit.actor, describe_later)
        else:
            decline(case, turn_id, index, visit.actor)
    except CaseclerkError as error:
        problem = str(error)
    return _card(visit, case_id, turn_id, index, area, problem)


@router.get("/exports/{name}")
def export(visit: Visiting, case_id: str, name: str) -> Response:
    """A file that a tool has written, as a download, entered into the custody log before the first byte goes out."""
    case = visit.assistant(case_id).case
    stream = _opened(case, name)
    if stream is None:
        return visit.page("source/told.html", {"message": visit.say("chat.proposal.file_gone")}, 404)
    case.log("disclosure", "export handed out", {"file": name})
    headers = HEADERS | {
        "content-disposition": disposition(name),
        "content-length": str(os.fstat(stream.fileno()).st_size),
    }
    return StreamingResponse(chunks(stream), headers=headers, media_type="application/octet-stream")


def _card(visit: Visit, case_id: str, turn_id: int, index: int, area: Area, problem: str = "") -> HTMLResponse:
    turn = view_of_turn(case_id, visit.assistant(case_id).case.conversations.turn(turn_id))
    step = next((one for one in turn.proposals if one.index == index), None)
    if step is None:
        raise UsageError(f"Answer {turn_id} has no proposal {index}.")
    model = {"turn": turn, "step": step, "case_id": case_id, "area": area, "problem": problem}
    return visit.page("chat/proposal.html", model)


def _opened(case: Case, untrusted_name: str) -> BinaryIO | None:
    """A file of the exports folder itself: no path, no link, nothing hidden; None for anything else."""
    if untrusted_name.startswith(".") or "/" in untrusted_name or "\\" in untrusted_name or "\0" in untrusted_name:
        return None
    try:
        descriptor = os.open(case.folder / "exports" / untrusted_name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return None
    return os.fdopen(descriptor, "rb")
