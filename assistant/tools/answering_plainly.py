"""Answers of tools that a person reached by a slash command or plain words: code chose and code wrote.

What a tool gives is proposed like an engine's sentences and verified like them. A tool that writes asks first here too.
"""

import json
from dataclasses import dataclass

from assistant.engines.phrases import phrase
from assistant.records import EngineEvent, EngineInfo, Outcome, ProposedClaim, ProposedQuote, RankedPassage, Step
from assistant.tools.arguments import checked
from assistant.tools.list_mentions import listed
from assistant.tools.loop import ASKS
from assistant.tools.plain_words import PlainCall, PlainHelp
from assistant.tools.records import NotMadeYetError, ToolContext, ToolOutcome, ToolRefusedError
from assistant.tools.registry import ToolRegistry, built_in_tools

BY_CODE = EngineInfo("extractive", "tools", "", "", 0, 0.0)
"""Written by no model."""
LONGEST_QUOTE = 600
"""Characters of a passage that is shown as a quote; it is cut at a blank."""


@dataclass(frozen=True, slots=True)
class PlainAnswer:
    """What the ask pipeline is given in place of an engine's events."""

    events: tuple[EngineEvent, ...]
    evidence: tuple[RankedPassage, ...] = ()


def answered_plainly(
    understood: PlainCall | PlainHelp, context: ToolContext, tools: ToolRegistry | None = None
) -> PlainAnswer | None:
    """Carry out what a person wrote; None where plain words came to nothing and are a question after all.

    Raises:
        CaseclerkError: as the tool does.
    """
    if isinstance(understood, PlainHelp):
        return _ended("unclear" if understood.unknown else "answered", understood.says)
    tool = (tools or built_in_tools()).find(understood.tool)
    assert tool is not None, "plain words name built-in tools only"
    try:
        arguments = checked(tool, json.dumps(dict(understood.arguments)))
        given = arguments.model_dump(mode="json")
        if tool.effect != "reads":
            return _ended("unclear", f"{tool.summary} {ASKS}", Step(tool.name, given, "asks", ASKS))
        outcome = tool.run(arguments, context)
    except NotMadeYetError as error:
        if not error.tool:
            return _ended("unclear", str(error))
        return _ended("unclear", f"{error} {ASKS}", Step(error.tool, error.arguments, "asks", ASKS))
    except ToolRefusedError as error:
        return _ended("unclear", str(error), Step(tool.name, {}, "refused", str(error))) if understood.typed else None
    claims = outcome.claims or _quoted(outcome)
    step = Step(tool.name, given, "done", outcome.says)
    if not claims:
        if not understood.typed:
            return None
        return _ended("not_found", phrase("not_found", context.language), step)
    ended = Outcome("answered", outcome.says, 1.0, written_by=outcome.written_by or BY_CODE)
    return PlainAnswer((step, *claims, ended), outcome.passages)


def _ended(status: str, says: str, *steps: Step) -> PlainAnswer:
    outcome = Outcome(status, says, written_by=BY_CODE)  # type: ignore[arg-type]
    return PlainAnswer((*steps, outcome))


def _quoted(outcome: ToolOutcome) -> tuple[ProposedClaim, ...]:
    """Each passage as a quotation."""
    return tuple(listed(_quote(found)) for found in outcome.passages)


def _quote(found: RankedPassage) -> ProposedQuote:
    passage = found.passage
    text = passage.text
    if len(text) > LONGEST_QUOTE:
        cut = text.rfind(" ", 0, LONGEST_QUOTE)
        text = text[: cut if cut > LONGEST_QUOTE // 2 else LONGEST_QUOTE]
    start = passage.locator.start + len(text) - len(text.lstrip())
    text = text.strip()
    return ProposedQuote(passage.exhibit_id, passage.text_sha256, start, start + len(text), text)
