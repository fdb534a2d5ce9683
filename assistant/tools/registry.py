"""The tools there are. A name is given once."""

import re
from collections.abc import Iterable, Iterator

from assistant.chat_models.port import ChatModel, ToolSpec
from assistant.tools.compare import Compare
from assistant.tools.count import Count
from assistant.tools.describe import DescribePicture, MakeDescription
from assistant.tools.events import Events
from assistant.tools.export_mentions import ExportMentions
from assistant.tools.list_mentions import ListMentions
from assistant.tools.open_exhibit import OpenExhibit
from assistant.tools.records import Tool
from assistant.tools.search import Search
from assistant.tools.section import Section
from assistant.tools.summary import Summary
from assistant.tools.translate import Translate

_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


_NOT_TOLD = frozenset({"title", "minLength", "maxLength", "minimum", "maximum"})
_WRITE_THEMSELVES = frozenset({"summary", "translate", "compare", "section"})


class ToolRegistry:
    """Tools by name, in the order in which they were registered."""

    def __init__(self, tools: Iterable[Tool] = ()) -> None:
        self._tools: dict[str, Tool] = {}
        for tool in tools:
            self.register(tool)

    def register(self, tool: Tool) -> None:
        """Add a tool.

        Raises:
            ValueError: there is one of that name, the name has other characters than small letters, digits and `_`,
                or its arguments would take unknown fields.
        """
        if not _NAME.fullmatch(tool.name):
            raise ValueError(f"{tool.name!r} is no name of a tool")
        if tool.name in self._tools:
            raise ValueError(f"there is a tool {tool.name!r} already")
        if tool.arguments.model_config.get("extra") != "forbid":
            raise ValueError(f"the arguments of {tool.name!r} would take unknown fields")
        self._tools[tool.name] = tool

    def find(self, name: str) -> Tool | None:
        """The tool of that name; None where there is none."""
        return self._tools.get(name)

    def __iter__(self) -> Iterator[Tool]:
        return iter(self._tools.values())

    @property
    def names(self) -> tuple[str, ...]:
        """All names, in order."""
        return tuple(self._tools)

    def specs(self) -> tuple[ToolSpec, ...]:
        """The tools as a model is told of them; always the same for the same tools."""
        return tuple(ToolSpec(tool.name, tool.summary, _schema(tool)) for tool in self)


def _schema(tool: Tool) -> dict[str, object]:
    """The JSON Schema of a tool's arguments, without titles, bounds and the docstring of the class.

    They tell a model nothing and have to be read with every prompt that is not kept; `arguments.checked` holds the
    bounds. A field may be called `title`: only words that stand beside a schema's keys go.
    """
    schema = tool.arguments.model_json_schema()
    fields = {name: {k: v for k, v in f.items() if k not in _NOT_TOLD} for name, f in schema["properties"].items()}
    kept = {key: value for key, value in schema.items() if key not in {"title", "description", "properties"}}
    return {**kept, "properties": fields, "additionalProperties": False}


def answering_tools() -> ToolRegistry:
    """The tools that a model may call while it answers: none of those that let a model write."""
    return ToolRegistry(tool for tool in built_in_tools() if tool.name not in _WRITE_THEMSELVES)


def built_in_tools(model: ChatModel | None = None) -> ToolRegistry:
    """The tools that Caseclerk has: for models, for slash commands and plain words, and for a person's yes.

    Args:
        model: what writes summaries and translations and reads statements side by side; without one summaries are made
            of quotes, and code compares what it can.
    """
    tools: tuple[Tool, ...] = (Search(), OpenExhibit(), ListMentions(), Count(), Events(), ExportMentions())
    pictures: tuple[Tool, ...] = (DescribePicture(), MakeDescription())
    return ToolRegistry((*tools, Summary(model), Translate(model), Compare(model), Section(model), *pictures))
