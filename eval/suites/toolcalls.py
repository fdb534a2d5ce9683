"""Suite `toolcalls`: choosing a function, filling in its arguments, and calling none where none fits.

Three files of the Berkeley Function-Calling Leaderboard (Patil et al. 2025). Functions are brought into the form that
servers take: JSON Schema types, and underscores for dots in names. A row whose gold value has not the type that its
function declares is left out (`simple_python_307`).
"""

from collections.abc import Sequence
from typing import Any

from casefile.errors import UsageError
from eval.records import Batch, Gold, Sample, SuiteOptions
from eval.suites.reading import DataRow, folder_of, missing, read_rows, split_of

_FOLDER = "toolcalls"
_FILES = ("multiple", "simple_python", "irrelevance")
_DEFECTIVE = frozenset({"simple_python_307"})
_METRICS = ("call_right", "call_withheld")
_TYPES = {"dict": "object", "float": "number", "tuple": "array"}


class _Declared(DataRow):
    """A parameter as upstream declares it."""

    type: str = "any"
    description: str | None = None
    enum: list[Any] | None = None
    default: Any = None
    format: str | None = None
    minItems: int | None = None  # noqa: N815 - a keyword of JSON Schema
    maxItems: int | None = None  # noqa: N815
    maximum: int | float | None = None
    items: "_Declared | None" = None
    properties: "dict[str, _Declared] | None" = None
    required: tuple[str, ...] = ()


class _Message(DataRow):
    role: str
    content: str


class _Function(DataRow):
    name: str
    description: str
    parameters: _Declared


class _Task(DataRow):
    id: str
    category: str
    messages: tuple[_Message, ...]
    tools: tuple[_Function, ...]
    gold: tuple[dict[str, dict[str, list[Any]]], ...] | None


class ToolCalls:
    """The suite `toolcalls`."""

    name = "toolcalls"
    summary = "Choosing a tool, filling in its arguments, and calling none where none fits."

    def unavailable(self, options: SuiteOptions) -> str:
        """Why it cannot run now."""
        lacking = missing(options, _FOLDER, *(f"{name}.jsonl" for name in _FILES))
        if lacking or options.engine in {"ministral", "server"}:
            return lacking
        return "Only a language model chooses tools: --engine ministral, with a model (`caseclerk models`), or server."

    def batches(self, options: SuiteOptions) -> Sequence[Batch]:
        """A batch for each file."""
        return [_batch(options, name) for name in _FILES]


def _batch(options: SuiteOptions, name: str) -> Batch:
    rows = read_rows(folder_of(options, _FOLDER) / f"{name}.jsonl", _Task)
    kept = (row for row in rows if split_of(row.id) == options.split and row.id not in _DEFECTIVE)
    return Batch(name, "call", tuple(_sample(row) for row in kept), _METRICS)


def _sample(row: _Task) -> Sample:
    tools = [_tool(function) for function in row.tools]
    names = [tool["name"] for tool in tools]
    calls = tuple({_served(name): arguments for name, arguments in call.items()} for call in row.gold or ())
    if len(set(names)) < len(names) or not all(name in names for call in calls for name in call):
        raise UsageError(f"{row.category}.jsonl, id {row.id}: two functions of one name, or a gold call of none.")
    if not row.messages:
        raise UsageError(f"{row.category}.jsonl, id {row.id}: there is no message.")
    return Sample(
        row.id,
        row.messages[-1].content,
        Gold(calls=calls),
        cluster=row.id,
        split=split_of(row.id),
        tags={"language": "en", "question_type": row.category, "tools": str(len(tools))},
        extra={"tools": tools},
    )


def _served(name: str) -> str:
    return name.replace(".", "_")


def _tool(function: _Function) -> dict[str, Any]:
    return {
        "name": _served(function.name),
        "description": function.description,
        "parameters": _json_schema(function.parameters),
    }


def _json_schema(declared: _Declared) -> dict[str, Any]:
    """A declaration as JSON Schema. `any` is no type at all; what may be left out is told by `required`."""
    schema = declared.model_dump(exclude={"type", "items", "properties", "required"}, exclude_unset=True)
    if declared.type != "any":
        schema["type"] = _TYPES.get(declared.type, declared.type)
    if declared.items is not None:
        schema["items"] = _json_schema(declared.items)
    if declared.properties is not None:
        schema["properties"] = {name: _json_schema(inner) for name, inner in declared.properties.items()}
        schema["required"] = list(declared.required)
    return schema
