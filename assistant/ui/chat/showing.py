"""From a case and a conversation to the HTML of the chat page's parts. The Gradio page and the routes both use it."""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.ui.chat.runs import Run, scope_of
from assistant.ui.chat.scopes import Scope, scope_from_text, scope_names
from assistant.ui.chat.turn_view import TurnView, view_of_run, view_of_turn
from assistant.ui.visit import Visit
from casefile.case import Case

NAMES_SHOWN = 3
RECENT = 12


@dataclass(frozen=True, slots=True)
class ScopeChoice:
    """Something that the next question can be asked of."""

    address: str
    says: str
    chosen: bool


def transcript_state(visit: Visit, case: Case, conversation: int) -> str:
    """Changes with everything that the transcript shows: an entity tag (RFC 9110, section 8.8.3)."""
    run = visit.desk.runs.of_conversation(case.description.id, conversation)
    running = f"{run.snapshot.turn_id}.{run.snapshot.version}" if run is not None else "none"
    revision = case.conversations.revision(conversation)
    return f'"{case.description.id}-{conversation}-{revision}-{running}-{visit.say.language}"'


def transcript(visit: Visit, case: Case, conversation: int) -> str:
    """All turns of a conversation, a running one as it is now."""
    case_id = case.description.id
    run = visit.desk.runs.of_conversation(case_id, conversation)
    turns = []
    for turn in case.conversations.turns(conversation):
        names = shown_names(visit, case, scope_of(turn))
        if run is not None and run.snapshot.turn_id == turn.id:
            turns.append(view_of_run(case_id, run.snapshot, names))
        else:
            turns.append(view_of_turn(case_id, turn, names))
    model = {"turns": turns, "running": run is not None, "case_id": case_id, "area": "kept"}
    return visit.html("chat/transcript.html", model)


def live(visit: Visit, case: Case, turn: TurnView | None, notice: str = "") -> str:
    """The turn that this tab has asked, while it is answered and until the next one."""
    model = {"turn": turn, "notice": notice, "case_id": case.description.id, "area": "live"}
    return visit.html("chat/live.html", model)


def run_view(visit: Visit, case: Case, run: Run) -> TurnView:
    """A run as it is now."""
    now = run.snapshot
    return view_of_run(case.description.id, now, shown_names(visit, case, now.scope))


def scope_bar(visit: Visit, case: Case, conversation: int) -> str:
    """What the next question is asked of, and what else it could be."""
    summary = case.conversations.summary(conversation)
    chosen = scope_from_text(summary.scope)
    writer = visit.desk.chat_model
    model = {
        "writer": writer.info.name if writer is not None else "",
        "quotes_only": summary.engine == "quotes",
        "model_problem": visit.desk.model_problem,
        "choices": scope_choices(visit, case, conversation, chosen),
        "case_id": case.description.id,
        "conversation": conversation,
    }
    return visit.html("chat/scope.html", model)


def scope_choices(visit: Visit, case: Case, conversation: int, chosen: Scope) -> tuple[ScopeChoice, ...]:
    """The whole case, the last uploads of the conversation, and the selection where there is one."""
    found = [ScopeChoice("case", visit.say("chat.scope.case"), chosen.kind == "case")]
    batches = [batch for batch in case.uploads.of_conversation(conversation) if batch.state != "cancelled"]
    known = {batch.id for batch in batches[-2:]}
    if chosen.kind == "upload":
        known.add(chosen.batch)
    for batch in sorted(known):
        scope = Scope("upload", batch)
        says = visit.say("chat.scope.upload", name=scope_names(case, scope)[0])
        found.append(ScopeChoice(scope.in_address(), says, chosen == scope))
    if chosen.kind == "exhibits":
        says = f"{visit.say('chat.scope.exhibits')}: {', '.join(_shortened(visit, scope_names(case, chosen)))}"
        found.append(ScopeChoice(chosen.in_address(), says, chosen=True))
    return tuple(found)


def top(visit: Visit, case: Case, conversation: int) -> str:
    """Header, recent conversations, and the title of this one."""
    found = case.conversations.all()
    title = next((old.title for old in found if old.id == conversation), "")
    model = {
        "case": case.description,
        "recent": [old for old in found if old.turns][:RECENT],
        "conversation": conversation,
        "title": title,
    }
    return visit.html("chat/top.html", model)


def shown_names(visit: Visit, case: Case, scope: Scope) -> tuple[str, ...]:
    """Names of a scope for a turn; empty for the whole case."""
    return () if scope.kind == "case" else _shortened(visit, scope_names(case, scope))


def _shortened(visit: Visit, names: Sequence[str]) -> tuple[str, ...]:
    if len(names) <= NAMES_SHOWN:
        return tuple(names)
    return (*names[:NAMES_SHOWN], visit.say("chat.more", count=len(names) - NAMES_SHOWN))
