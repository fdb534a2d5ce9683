"""`count`: counts, sums, averages and extremes over the rows of tables, by code, all rows."""

from dataclasses import replace
from itertools import islice
from typing import Literal, get_args

from pydantic import Field

from assistant.engines.computing import compute_answer
from assistant.questions import analyse
from assistant.records import ProposedClaim, RankedPassage
from assistant.tools.exhibit_names import ref_of
from assistant.tools.records import Arguments, Effect, ToolContext, ToolOutcome

CountedOperation = Literal["count", "sum", "average", "minimum", "maximum", "earliest", "latest"]
COUNTED_OPERATIONS: tuple[CountedOperation, ...] = get_args(CountedOperation)
_MOST_TABLES = 12
_MOST_COLUMNS = 12
_LONGEST_NAME = 60
_MOST_PASSAGES = 10


class CountArguments(Arguments):
    """Which rows, and what is computed over them."""

    rows: str = Field(
        min_length=1,
        max_length=500,
        description="which rows, in words of the table: payments to Jonas Weber over EUR 1,000 in March 2024",
    )
    operation: CountedOperation | Literal["as worded"] = Field("as worded", description="what to compute")


class Count:
    """Computes over rows."""

    name = "count"
    summary = "Count, add up or compare all rows of tables that fit a description, by code."
    effect: Effect = "reads"
    arguments: type[Arguments] = CountArguments

    def run(self, arguments: Arguments, context: ToolContext) -> ToolOutcome:
        """The computed values with the rows they rest on; where no table fits, which tables there are."""
        assert isinstance(arguments, CountArguments)
        languages = (context.language, *context.case.description.languages)
        analysis = analyse(arguments.rows, languages)
        asked = analysis.operation if analysis.operation in COUNTED_OPERATIONS else "count"
        operation = asked if arguments.operation == "as worded" else arguments.operation
        analysis = replace(analysis, operation=operation, language=context.language)
        claims = compute_answer(analysis, context.facts)
        if not claims:
            tables = [
                {
                    "exhibit": sheet.exhibit.name[:_LONGEST_NAME],
                    "sheet": sheet.name[:_LONGEST_NAME],
                    "columns": [name[:_LONGEST_NAME] for name in sheet.header[:_MOST_COLUMNS]],
                    "rows": sheet.rows,
                }
                for sheet in islice(context.facts.sheets(), _MOST_TABLES)
            ]
            return ToolOutcome("No table fits these words exactly.", data={"tables": tables})
        return ToolOutcome(f"{operation} computed over all rows that fit.", _passages(claims, context), claims)


def _passages(claims: tuple[ProposedClaim, ...], context: ToolContext) -> tuple[RankedPassage, ...]:
    """The first rows that were computed over."""
    catalogue = context.case.catalogue
    quotes = [quote for claim in claims for quote in claim.quotes][:_MOST_PASSAGES]
    exhibits = catalogue.exhibits_by_id([quote.exhibit_id for quote in quotes])
    found: dict[int, RankedPassage] = {}
    for quote in quotes:
        passage = catalogue.passage_at(quote.exhibit_id, quote.text_sha256, quote.start)
        one = exhibits[quote.exhibit_id]
        found.setdefault(passage.id, RankedPassage(len(found) + 1, 1.0, {}, ref_of(one), passage))
    return tuple(found.values())
