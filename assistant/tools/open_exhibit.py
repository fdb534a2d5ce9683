"""`open_exhibit`: the text of one exhibit, a stretch at a time."""

from pydantic import Field

from assistant.records import RankedPassage
from assistant.tools.exhibit_names import exhibit_named, ref_of
from assistant.tools.records import Arguments, Effect, ToolContext, ToolOutcome, ToolRefusedError
from casefile.locators import CellsLocator, Locator, PageLocator, SlideLocator
from casefile.records import Passage

MOST_PASSAGES = 20
MOST_CHARACTERS = 6_000
"""Of one stretch; a longer first passage is given whole."""


class OpenArguments(Arguments):
    """Which exhibit, and where in it."""

    exhibit: str = Field(min_length=1, max_length=300, description="name, or the first 8 or more digits of its id")
    page: int = Field(0, ge=0, le=1_000_000, description="only this page or slide; 0 for all")
    sheet: str = Field("", max_length=200, description="only this sheet of a workbook; empty for all")
    passage: int = Field(1, ge=1, le=100_000_000, description="the passage to begin with; 1 is the first")


class OpenExhibit:
    """Reads an exhibit."""

    name = "open_exhibit"
    summary = "Read the text of one exhibit from its beginning, or from a page, slide, sheet or passage on."
    effect: Effect = "reads"
    arguments: type[Arguments] = OpenArguments

    def run(self, arguments: Arguments, context: ToolContext) -> ToolOutcome:
        """A stretch of its passages, and how many there are.

        Raises:
            ToolRefusedError: no such exhibit in the scope, or it has no text at that place.
        """
        assert isinstance(arguments, OpenArguments)
        exhibit = exhibit_named(arguments.exhibit, context)
        there = [one for one in context.case.catalogue.passages_of(exhibit.id) if _is_at(one.locator, arguments)]
        if arguments.passage > len(there):
            raise ToolRefusedError(
                f"That exhibit has {len(there)} passages there." if there else "That exhibit has no text there."
            )
        stretch = _stretch(there[arguments.passage - 1 :])
        reference = ref_of(exhibit)
        last = arguments.passage - 1 + len(stretch)
        data: dict[str, object] = {"first": arguments.passage, "last": last, "of": len(there)}
        return ToolOutcome(
            f"Passages {arguments.passage} to {last} of {len(there)}.",
            tuple(RankedPassage(rank, 1.0, {}, reference, one) for rank, one in enumerate(stretch, start=1)),
            data=data,
        )


def _is_at(locator: Locator, arguments: OpenArguments) -> bool:
    if arguments.page:
        number = locator.page if isinstance(locator, PageLocator) else None
        number = locator.slide if isinstance(locator, SlideLocator) else number
        if number != arguments.page:
            return False
    if arguments.sheet:
        return isinstance(locator, CellsLocator) and locator.sheet.casefold() == arguments.sheet.casefold()
    return True


def _stretch(passages: list[Passage]) -> list[Passage]:
    kept, characters = passages[:1], len(passages[0].text)
    for passage in passages[1:MOST_PASSAGES]:
        characters += len(passage.text)
        if characters > MOST_CHARACTERS:
            break
        kept.append(passage)
    return kept
