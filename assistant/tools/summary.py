"""`summary`: what an exhibit, or the whole case, says, in a few sentences with their quotes."""

from collections.abc import Sequence

from pydantic import Field

from assistant.chat_models.port import ChatModel
from assistant.records import RankedPassage
from assistant.tools.exhibit_names import exhibit_named, open_exhibits, ref_of
from assistant.tools.records import Arguments, Effect, ToolContext, ToolOutcome, ToolRefusedError
from casefile.errors import ModelError
from casefile.records import Exhibit

MOST_EXHIBITS = 200
"""Exhibits that a summary of a case looks at."""
SENTENCES_OF_CASE = 12
SENTENCES_OF_EXHIBIT = 8


class SummaryArguments(Arguments):
    """Of what."""

    exhibit: str = Field(
        "", max_length=300, description="name, or 8 or more digits of its id; empty for the whole case"
    )


class Summary:
    """Sums up.

    Args:
        model: writes; None quotes the sentences that say most.
    """

    name = "summary"
    summary = "Sum up one exhibit, or the whole case, in a few sentences with their sources."
    effect: Effect = "reads"
    arguments: type[Arguments] = SummaryArguments

    def __init__(self, model: ChatModel | None = None) -> None:
        self._model = model

    def run(self, arguments: Arguments, context: ToolContext) -> ToolOutcome:
        """A few sentences with their quotes, and how much was read for them.

        Raises:
            ToolRefusedError: no such exhibit in the scope, or no text; the model failed.
        """
        assert isinstance(arguments, SummaryArguments)
        if arguments.exhibit:
            exhibit = exhibit_named(arguments.exhibit, context)
            passages = _passages(exhibit, context)
            return self._summed_up(passages, SENTENCES_OF_EXHIBIT, context, "")
        exhibits = open_exhibits(context)
        passages = _weightiest(exhibits[:MOST_EXHIBITS], context)
        about = f" {min(len(exhibits), MOST_EXHIBITS)} of {len(exhibits)} exhibits were looked at."
        return self._summed_up(passages, SENTENCES_OF_CASE, context, about)

    def _summed_up(self, passages: Sequence[RankedPassage], most: int, context: ToolContext, about: str) -> ToolOutcome:
        from assistant.engines.writing.quoting import Quoter
        from assistant.writing_tasks.summarising import summarise, summarise_with_quotes

        if not passages:
            raise ToolRefusedError("There is no text to sum up.")
        description = context.case.description
        if self._model is None:
            done = summarise_with_quotes(passages, most)
            says = "The sentences that say most of it, word for word."
        else:
            quoter = Quoter(tuple(description.languages), description.region)
            try:
                done = summarise(passages, self._model, quoter, context.language, most=most, stopped=context.stopped)
            except ModelError as error:
                raise ToolRefusedError(f"The model failed: {error}") from error
            says = "Summed up by a model; each sentence has a quote that code found."
            if done.dropped:
                says += f" {done.dropped} of its sentences were left out: nothing bears them out."
            if not done.claims:
                done = summarise_with_quotes(passages, most)
                says = "The model wrote nothing that is borne out; these sentences say most of it, word for word."
        says += f" {done.read} of {done.of} passages were read.{about}"
        data = {"sentences": [claim.text for claim in done.claims]}
        return ToolOutcome(says, done.passages, done.claims, data, written_by=done.by)


def _passages(exhibit: Exhibit, context: ToolContext) -> tuple[RankedPassage, ...]:
    reference = ref_of(exhibit)
    found = context.case.catalogue.passages_of(exhibit.id)
    return tuple(RankedPassage(rank, 1.0, {}, reference, one) for rank, one in enumerate(found, start=1))


def _weightiest(exhibits: Sequence[Exhibit], context: ToolContext) -> tuple[RankedPassage, ...]:
    """Of each exhibit the passage with its weightiest sentence; rows of tables say too little by themselves."""
    from assistant.writing_tasks.central import central
    from assistant.writing_tasks.summarising import MOST_PASSAGES
    from assistant.writing_tasks.units import units_of

    found: list[RankedPassage] = []
    for exhibit in exhibits:
        prose = [one for one in _passages(exhibit, context) if one.passage.locator.kind != "cells"]
        best = central(tuple(units_of(prose[:MOST_PASSAGES])), 1)
        found += [unit.source for unit in best]
    return tuple(found)
