"""`section`: a draft of a report's section under a heading, each sentence with its quote."""

from pydantic import Field

from assistant.chat_models.port import ChatModel
from assistant.tools.records import Arguments, Effect, ToolContext, ToolOutcome, ToolRefusedError
from casefile.errors import ModelError

PASSAGES = 8
"""What a section is written from."""
SENTENCES = 6
"""Quotes of a section that no model writes."""


class SectionArguments(Arguments):
    """About what."""

    heading: str = Field(min_length=1, max_length=300, description="what the section is about, in a few words")


class Section:
    """Drafts a section.

    Args:
        model: writes; None quotes the sentences that say most.
    """

    name = "section"
    summary = "Draft the section of a report under a heading, from the passages that say most about it."
    effect: Effect = "reads"
    arguments: type[Arguments] = SectionArguments

    def __init__(self, model: ChatModel | None = None) -> None:
        self._model = model

    def run(self, arguments: Arguments, context: ToolContext) -> ToolOutcome:
        """A few sentences with their quotes.

        Raises:
            ToolRefusedError: nothing about it is found in the scope; the model failed.
        """
        from assistant.engines.writing.quoting import Quoter
        from assistant.writing_tasks.report_section import write_section
        from assistant.writing_tasks.summarising import summarise_with_quotes

        assert isinstance(arguments, SectionArguments)
        passages = tuple(context.search(arguments.heading, PASSAGES))
        if not passages:
            raise ToolRefusedError("Nothing about that heading was found.")
        done = None
        says = "A draft in the words of the evidence; nothing in it is an assessment."
        if self._model is not None:
            about = context.case.description
            quoter = Quoter(tuple(about.languages), about.region)
            try:
                done = write_section(
                    arguments.heading, passages, self._model, quoter, context.language, context.stopped
                )
            except ModelError as error:
                raise ToolRefusedError(f"The model failed: {error}") from error
            if done.dropped:
                says += f" {done.dropped} sentences of the model were left out: nothing bears them out."
        if done is None or not done.claims:
            done = summarise_with_quotes(passages, SENTENCES)
        data = {"sentences": [claim.text for claim in done.claims]}
        return ToolOutcome(says, done.passages, done.claims, data, written_by=done.by)
