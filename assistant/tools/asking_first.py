"""What a tool that writes needs: a person's yes to exactly one call with exactly these arguments, once.

A call that asks is kept with its turn (`casefile.kept_steps`). The yes is in the custody log, in the name of who said
it, before anything is done; what was written follows.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace

from assistant.retrieval.filters import allowed_exhibits
from assistant.tools.arguments import checked
from assistant.tools.context import context_for
from assistant.tools.records import Arguments, Tool, ToolOutcome, ToolRefusedError
from assistant.tools.registry import built_in_tools
from casefile.case import Case
from casefile.errors import CaseclerkError, UsageError
from casefile.kept_steps import asking_step, correct_step, end_step

APPROVED = "tool approved"
DECLINED = "tool declined"
WRITTEN = "file written"
"""Actions in the custody log."""


def run_approved(
    case: Case,
    tool: str,
    arguments: Mapping[str, object],
    actor: str,
    exhibit_ids: tuple[str, ...] | None = None,
) -> ToolOutcome:
    """Carry out a call that a person has just said yes to, where the call was kept with no turn.

    Args:
        case: the open case.
        tool: its name.
        arguments: those that the person was shown.
        actor: who said yes.
        exhibit_ids: what the question was asked of; None for the whole case.

    Raises:
        UsageError: no such tool, arguments that do not fit, or the tool refuses; nothing was written.
        StorageError: the disk refuses.
    """
    found, fitting = _checked(tool, arguments)
    acting = case.acting_as(actor)
    acting.log("disclosure", APPROVED, {"tool": tool, "arguments": fitting.model_dump(mode="json")})
    return _carried_out(acting, found, fitting, exhibit_ids)


def approve(
    case: Case, turn_id: int, step: int, actor: str, describe_later: Callable[[str, int], object] | None = None
) -> ToolOutcome:
    """Carry out a call that asks: a person said yes to it. A second yes changes nothing.

    Args:
        case: the open case.
        turn_id: of the conversation's turn.
        step: index of the call among the steps of the answer, from 0.
        actor: who said yes.
        describe_later: queues a description (exhibit, page), so that nobody waits for the model.

    Raises:
        UsageError: there is no such call, it was decided already, something of the answer was erased, or the tool
            refuses; nothing was written.
        StorageError: the disk refuses.
    """
    kept = asking_step(case.database.connection(), turn_id, step)
    tool, arguments = _checked(kept.tool, kept.arguments)
    acting = case.acting_as(actor)
    details = {"turn": turn_id, "step": step, "tool": tool.name, "arguments": arguments.model_dump(mode="json")}
    with acting.change("disclosure", APPROVED, details) as connection:
        end_step(connection, turn_id, step, "done", f"{actor} said yes.", actor)
    try:
        outcome = _carried_out(acting, tool, arguments, _scope(case, kept.scope), describe_later)
    except CaseclerkError as error:
        with case.database.transaction() as connection:
            correct_step(connection, turn_id, step, "failed", f"{actor} said yes. {error}")
        raise
    with case.database.transaction() as connection:
        correct_step(connection, turn_id, step, "done", f"{actor} said yes. {outcome.says}", outcome.files)
    return outcome


def decline(case: Case, turn_id: int, step: int, actor: str) -> None:
    """A person said no to a call that asks: it cannot be carried out any more.

    Raises:
        UsageError: there is no such call, or it was decided already.
    """
    kept = asking_step(case.database.connection(), turn_id, step)
    details = {"turn": turn_id, "step": step, "tool": kept.tool}
    with case.acting_as(actor).change("consultation", DECLINED, details) as connection:
        end_step(connection, turn_id, step, "refused", f"{actor} said no; nothing was done.", actor)


def _checked(name: str, arguments: Mapping[str, object]) -> tuple[Tool, Arguments]:
    """Checked again: what was kept, or handed over, is data."""
    tool = built_in_tools().find(name)
    if tool is None or tool.effect != "writes":
        raise UsageError(f"There is no tool {name!r} that asks first.")
    try:
        return tool, checked(tool, json.dumps(dict(arguments)))
    except (ToolRefusedError, TypeError) as error:
        raise UsageError(str(error)) from error


def _carried_out(
    acting: Case,
    tool: Tool,
    arguments: Arguments,
    exhibit_ids: tuple[str, ...] | None,
    describe_later: Callable[[str, int], object] | None = None,
) -> ToolOutcome:
    context = replace(context_for(acting, None, exhibit_ids), describe_later=describe_later)
    try:
        outcome = tool.run(arguments, context)
    except ToolRefusedError as error:
        raise UsageError(str(error)) from error
    acting.log("disclosure", WRITTEN, {"tool": tool.name, "files": list(outcome.files), **outcome.data})
    return outcome


def _scope(case: Case, kept: str) -> tuple[str, ...] | None:
    """What the turn was asked of; the page's words for it are read where they are written."""
    from assistant.ui.chat.scopes import filters_of, scope_from_text

    return allowed_exhibits(case.catalogue, filters_of(case, scope_from_text(kept)))
