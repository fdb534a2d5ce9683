"""`compare`: two statements side by side, sentence by sentence, without a verdict."""

from pydantic import Field

from assistant.chat_models.port import ChatModel
from assistant.records import RankedPassage
from assistant.tools.exhibit_names import exhibit_named, ref_of
from assistant.tools.records import Arguments, Effect, ToolContext, ToolOutcome, ToolRefusedError
from casefile.errors import ModelError
from casefile.records import Exhibit


class CompareArguments(Arguments):
    """Which two."""

    first: str = Field(min_length=1, max_length=300, description="name, or the first 8 or more digits of its id")
    second: str = Field(min_length=1, max_length=300, description="the same of the other one")


class Compare:
    """Compares two exhibits.

    Args:
        model: reads sentences that speak of the same thing; None leaves that to code.
    """

    name = "compare"
    summary = "Compare two statements: what both say, where they differ, what only one speaks of."
    effect: Effect = "reads"
    arguments: type[Arguments] = CompareArguments

    def __init__(self, model: ChatModel | None = None) -> None:
        self._model = model

    def run(self, arguments: Arguments, context: ToolContext) -> ToolOutcome:
        """Each sentence with what the other says to it, both quoted.

        Raises:
            ToolRefusedError: no such exhibits in the scope, or one has no text; the model failed.
        """
        from assistant.engines.writing.quoting import Quoter
        from assistant.writing_tasks.comparing import compare

        assert isinstance(arguments, CompareArguments)
        first, second = exhibit_named(arguments.first, context), exhibit_named(arguments.second, context)
        if first.id == second.id:
            raise ToolRefusedError("Both names mean the same exhibit.")
        description = context.case.description
        quoter = Quoter(tuple(description.languages), description.region)
        one, other = _passages(first, context), _passages(second, context)
        try:
            done = compare(one, other, quoter, context.language, self._model, context.stopped)
        except ModelError as error:
            raise ToolRefusedError(f"The model failed: {error}") from error
        says = (
            f"{done.count('agrees')} sentences are borne out, {done.count('differs')} differ, "
            f"{done.count('unclear')} are to be read side by side, {done.count('silent')} stand in one of them only. "
            "That one is silent does not mean that it did not happen; nobody's word is weighed here."
        )
        claims = tuple(entry.claim(context.language) for entry in done.found)
        data = {"compared": [{"relation": entry.relation, "sentence": entry.fact.quote} for entry in done.found]}
        return ToolOutcome(says, done.passages, claims, data, written_by=done.by)


def _passages(exhibit: Exhibit, context: ToolContext) -> tuple[RankedPassage, ...]:
    reference = ref_of(exhibit)
    found = context.case.catalogue.passages_of(exhibit.id)
    if not found:
        raise ToolRefusedError(f"{exhibit.name[:80]} has no text that could be compared.")
    return tuple(RankedPassage(rank, 1.0, {}, reference, one) for rank, one in enumerate(found, start=1))
