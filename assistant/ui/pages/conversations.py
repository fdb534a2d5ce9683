"""`/case/ID/conversations`: all conversations, and a record of one for reading and printing."""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Query
from fastapi.responses import Response

from assistant.ui.chat.runs import scope_of
from assistant.ui.chat.scopes import scope_names
from assistant.ui.chat.turn_view import view_of_turn
from assistant.ui.pages.parts import line_of, paged, row_number, see_other, told
from assistant.ui.visit import Visit, Visiting
from casefile.case import Case
from casefile.conversations import ConversationSummary
from casefile.errors import UsageError

router = APIRouter()

_ONE = "/case/{case_id}/conversations/{number:int}"
_Text = Annotated[str, Query()]


@router.get("/case/{case_id}/conversations")
def show_conversations(visit: Visiting, case_id: str, q: _Text = "", page: _Text = "", done: _Text = "") -> Response:
    """All conversations, or those in which all the words stand."""
    case = visit.assistant(case_id).case
    sought = line_of(q)
    rows = case.conversations.search(sought) if sought else case.conversations.all()
    listed = paged(rows, page, f"/case/{case_id}/conversations", {"q": sought})
    model = {
        "case": case.description,
        "q": sought,
        "rows": listed.rows,
        "pager": listed.pager,
        "flash": told(visit, done),
    }
    return visit.page("pages/conversations.html", model)


@router.get(_ONE)
def show_record(visit: Visiting, case_id: str, number: int) -> Response:
    """Everything that was asked and answered, with what it rests on."""
    case, one = _found(visit, case_id, number)
    stored = case.conversations.turns(one.id)
    turns = tuple((turn, view_of_turn(case_id, turn, scope_names(case, scope_of(turn)))) for turn in stored)
    return visit.page("pages/conversation.html", {"case": case.description, "one": one, "turns": turns})


@router.get(f"{_ONE}/rename")
def show_title(visit: Visiting, case_id: str, number: int) -> Response:
    """The form for another title."""
    case, one = _found(visit, case_id, number)
    return _title_page(visit, case, one, one.title)


@router.post(f"{_ONE}/rename")
def rename(visit: Visiting, case_id: str, number: int, title: Annotated[str, Form()] = "") -> Response:
    """Give the conversation another title."""
    case, one = _found(visit, case_id, number)
    new = line_of(title)
    if not new:
        return _title_page(visit, case, one, "", visit.say("pages.conversations.title_missing"), 400)
    if new != one.title:
        with case.change("alteration", "conversation renamed", {"conversation": one.id}) as connection:
            case.conversations.rename(one.id, new, connection)
    return see_other(f"/case/{case_id}/conversations", {"done": "renamed"})


@router.get(f"{_ONE}/remove")
def ask_before_removing(visit: Visiting, case_id: str, number: int) -> Response:
    """Which conversation would go."""
    case, one = _found(visit, case_id, number)
    return visit.page("pages/conversation_remove.html", {"case": case.description, "one": one})


@router.post(f"{_ONE}/remove")
def remove(visit: Visiting, case_id: str, number: int) -> Response:
    """Delete the conversation with its turns."""
    case, one = _found(visit, case_id, number)
    details = {"conversation": one.id, "turns": one.turns}
    with case.change("erasure", "conversation removed", details) as connection:
        case.conversations.remove(one.id, connection)
    return see_other(f"/case/{case_id}/conversations", {"done": "conversation_removed"})


def _found(visit: Visit, case_id: str, number: int) -> tuple[Case, ConversationSummary]:
    case = visit.assistant(case_id).case
    try:
        return case, case.conversations.summary(row_number(number))
    except UsageError as error:
        raise HTTPException(404) from error


def _title_page(
    visit: Visit, case: Case, one: ConversationSummary, title: str, error: str = "", status: int = 200
) -> Response:
    model = {"case": case.description, "one": one, "title": title, "error": error}
    return visit.page("pages/conversation_title.html", model, status)
