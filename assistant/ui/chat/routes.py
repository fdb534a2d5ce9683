"""What the conversation's elements ask for: the transcript, the scope, copies of an answer, verdicts."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from assistant.app import Assistant
from assistant.ui.chat import showing
from assistant.ui.chat.copying import as_docx, as_markdown, as_text
from assistant.ui.chat.runs import scope_of
from assistant.ui.chat.scopes import scope_from_address
from assistant.ui.chat.turn_view import TurnView, view_of_turn
from assistant.ui.visit import Visit, Visiting
from casefile.conversations import Verdict

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
LOOKED_THROUGH = 20
"""Conversations looked through for the last one of a visitor."""

Number = Annotated[int, Path(ge=0, le=2**63 - 1)]
"""A row's number in an address; the catalogue knows no larger ones."""

router = APIRouter(prefix="/case/{case_id}")


@router.get("/conversations/{conversation}/transcript")
def transcript(request: Request, visit: Visiting, case_id: str, conversation: Number) -> Response:
    """All turns, for a live fragment; nothing is made again for an element that has this state already."""
    case = visit.assistant(case_id).case
    state = showing.transcript_state(visit, case, conversation)
    if request.headers.get("if-none-match") == state:
        return Response(status_code=304, headers={"etag": state})
    return HTMLResponse(showing.transcript(visit, case, conversation), headers={"etag": state})


@router.get("/conversations/{conversation}/scope")
def scope(visit: Visiting, case_id: str, conversation: Number) -> HTMLResponse:
    """What the next question is asked of, for a live fragment."""
    case = visit.assistant(case_id).case
    return HTMLResponse(showing.scope_bar(visit, case, conversation))


@router.post("/conversations/{conversation}/scope")
def choose_scope(
    visit: Visiting, case_id: str, conversation: Number, scope: Annotated[str, Form(max_length=20_000)]
) -> Response:
    """Choose what the next question is asked of."""
    case = visit.assistant(case_id).case
    case.conversations.set_scope(conversation, scope_from_address(case, scope).to_text())
    return RedirectResponse(chat_address(case_id, conversation), 303)


@router.post("/conversations/{conversation}/engine")
def choose_engine(
    visit: Visiting, case_id: str, conversation: Number, engine: Annotated[Literal["quotes", "model"], Form()]
) -> Response:
    """Choose what the next question is answered with."""
    case = visit.assistant(case_id).case
    case.conversations.set_engine(conversation, "quotes" if engine == "quotes" else "")
    return RedirectResponse(chat_address(case_id, conversation), 303)


@router.post("/conversations")
def new_conversation(visit: Visiting, case_id: str) -> Response:
    """Begin a conversation."""
    assistant = visit.assistant(case_id)
    return RedirectResponse(chat_address(case_id, new_conversation_of(visit, assistant)), 303)


@router.get("/source")
def no_source(visit: Visiting, case_id: str) -> HTMLResponse:
    """The source panel before a source is chosen."""
    visit.assistant(case_id)
    return visit.page("chat/no_source.html")


@router.get("/turns/{turn_id}/copy.{kind}")
def copy(visit: Visiting, case_id: str, turn_id: Number, kind: Literal["txt", "md", "docx"]) -> Response:
    """An answer with its citations, to be taken out."""
    assistant = visit.assistant(case_id)
    turn = _turn(visit, assistant, turn_id)
    assistant.case.log("disclosure", "answer copied", {"turn": turn_id, "form": kind})
    if kind == "txt":
        return PlainTextResponse(as_text(turn, visit.say))
    if kind == "md":
        return PlainTextResponse(as_markdown(turn, visit.say), media_type="text/markdown")
    name = f'attachment; filename="answer-{turn_id}.docx"'
    return Response(as_docx(turn, visit.say), media_type=DOCX, headers={"content-disposition": name})


@router.get("/turns/{turn_id}/verdict")
def verdict(visit: Visiting, case_id: str, turn_id: Number, verdict: Verdict) -> HTMLResponse:
    """The form of a verdict, in the source panel."""
    return _verdict_form(visit, case_id, turn_id, verdict)


@router.post("/turns/{turn_id}/verdict")
def judge(
    visit: Visiting,
    case_id: str,
    turn_id: Number,
    verdict: Annotated[Literal["good", "bad", "none"], Form()],
    reason: Annotated[str, Form(max_length=4000)] = "",
) -> HTMLResponse:
    """Keep a verdict, or take it back."""
    case = visit.assistant(case_id).case
    chosen: Verdict | None = None if verdict == "none" else verdict
    with case.change("alteration", "answer judged", {"turn": turn_id, "verdict": chosen}) as connection:
        case.conversations.judge(turn_id, chosen, reason, visit.actor, connection)
    return _verdict_form(visit, case_id, turn_id, chosen or "good")


def _verdict_form(visit: Visit, case_id: str, turn_id: int, verdict: Verdict) -> HTMLResponse:
    turn = visit.assistant(case_id).case.conversations.turn(turn_id)
    model = {
        "verdict": verdict,
        "kept": turn.verdict if turn.verdict == verdict else None,
        "question": turn.question,
        "reason": turn.verdict_reason,
    }
    return visit.page("chat/verdict.html", model)


def _turn(visit: Visit, assistant: Assistant, turn_id: int) -> TurnView:
    turn = assistant.case.conversations.turn(turn_id)
    names = showing.shown_names(visit, assistant.case, scope_of(turn))
    return view_of_turn(assistant.case.description.id, turn, names)


def chat_address(case_id: str, conversation: int) -> str:
    """Where a conversation goes on."""
    return f"/chat/?case={case_id}&conversation={conversation}"


def new_conversation_of(visit: Visit, assistant: Assistant) -> int:
    """Begin a conversation."""
    return assistant.case.conversations.start(visit.say("chat.new"))


def own_conversation(visit: Visit, assistant: Assistant) -> int:
    """The last conversation in which this visitor asked something; a new one where there is none."""
    conversations = assistant.case.conversations
    for old in conversations.all()[:LOOKED_THROUGH]:
        turns = conversations.turns(old.id)
        if turns and turns[-1].asked_by == visit.actor:
            return old.id
    return new_conversation_of(visit, assistant)
