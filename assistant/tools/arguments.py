"""From the raw text of a call to checked arguments, or to an error that the model may be told."""

import json

from pydantic import ValidationError

from assistant.tools.records import Arguments, Tool, ToolRefusedError

LONGEST_ARGUMENTS = 8_192
"""Characters of a call's arguments; longer ones are not parsed."""
_MOST_TOLD = 3
_LONGEST_NAME = 40


def checked(tool: Tool, raw: str) -> Arguments:
    """Parse and check the arguments of a call.

    Args:
        tool: whose schema they must meet.
        raw: what the model wrote; empty for no arguments.

    Raises:
        ToolRefusedError: too long, no JSON object, or not of the schema; says which field, and quotes no value.
    """
    if len(raw) > LONGEST_ARGUMENTS:
        raise ToolRefusedError(f"The arguments are longer than {LONGEST_ARGUMENTS} characters.")
    try:
        return tool.arguments.model_validate_json(raw.strip() or "{}")
    except ValidationError as error:
        raise ToolRefusedError(f"The arguments do not fit: {_told(error)}.") from error


def canonical(arguments: Arguments) -> str:
    """Checked arguments as one string: equal exactly where they are."""
    return json.dumps(arguments.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)


def _told(error: ValidationError) -> str:
    """What is wrong, by field, without the values: they are the model's, and may be long."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    told = [f"{_field(one['loc'])}: {one['msg'][:120]}" for one in found[:_MOST_TOLD]]
    more = f"; and {len(found) - _MOST_TOLD} more" if len(found) > _MOST_TOLD else ""
    return "; ".join(told) + more


def _field(place: tuple[int | str, ...]) -> str:
    name = ".".join(str(part) for part in place)[:_LONGEST_NAME]
    return "".join(character if character.isalnum() or character in "._-" else "?" for character in name) or "all"
