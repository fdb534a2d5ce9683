"""`search`: passages by words and meaning."""

from pydantic import Field

from assistant.tools.records import Arguments, Effect, ToolContext, ToolOutcome

MOST_PASSAGES = 20


class SearchArguments(Arguments):
    """What to look for."""

    words: str = Field(min_length=1, max_length=500, description="what to look for, in a few words or as a question")
    number: int = Field(5, ge=1, le=MOST_PASSAGES, description="how many passages")


class Search:
    """Looks for further passages."""

    name = "search"
    summary = "Find passages of the case by words and meaning."
    effect: Effect = "reads"
    arguments: type[Arguments] = SearchArguments

    def run(self, arguments: Arguments, context: ToolContext) -> ToolOutcome:
        """The best passages, best first."""
        assert isinstance(arguments, SearchArguments)
        found = tuple(context.search(arguments.words, arguments.number))[: arguments.number]
        says = f"{len(found)} passages found." if found else "Nothing was found."
        return ToolOutcome(says, found)
