"""Operations over cited values, run when an answer is made and run again when it is checked.

Numbers are `Decimal` throughout (DESIGN, promise 9). A term is what stands in the quote; `read_term` is the only way
from there to an operand.
"""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal, localcontext

from assistant.records import Operation
from assistant.values import find_values, plain, read_number
from assistant.written_dates import CalendarDate

Operand = Decimal | dt.date
ORDER_OPERATIONS: frozenset[Operation] = frozenset({"minimum", "maximum", "earliest", "latest"})


class ComputationError(ValueError):
    """Terms that the operation cannot be run over; the message is for the investigator."""


def read_term(term: str) -> Operand:
    """Return a term as a number or a complete date.

    Raises:
        ComputationError: it is neither, or can be read in two ways.
    """
    dates = {date for value in find_values(term) for date in value.dates}
    if dates:
        return _whole_date(dates, term)
    amounts = [value for value in find_values(term) if value.numbers]
    numbers = amounts[0].numbers if len(amounts) == 1 else read_number(term.strip())
    if len(numbers) == 1:
        return numbers[0]
    if not numbers:
        raise ComputationError(f"{term!r} is not one number or date")
    raise ComputationError(f"{term!r} can be read as {plain(numbers[0])} and as {plain(numbers[1])}")


def _whole_date(dates: set[CalendarDate], term: str) -> dt.date:
    if len(dates) > 1:
        raise ComputationError(f"{term!r} can be read as more than one date")
    date = dates.pop()
    if date.year is None or date.month is None or date.day is None:
        raise ComputationError(f"{term!r} is not a whole date")
    try:
        return dt.date(date.year, date.month, date.day)
    except ValueError:
        raise ComputationError(f"{term!r} is not a date of the calendar") from None


def currencies(terms: Sequence[str]) -> frozenset[str]:
    """Return the currencies that the terms state."""
    return frozenset(value.unit for term in terms for value in find_values(term) if value.unit)


def compute(operation: Operation, terms: Sequence[str]) -> str:
    """Run an operation over terms as written and return its value in normal form.

    Counts count the terms, whatever they are. Sums, averages and differences of numbers keep every digit (an average
    is rounded to at most 12 places after the dot); a difference is the first minus the second, of dates the whole
    days from the second to the first. `compare` gives `equal`, `less` or `greater`, the first against the second;
    of texts `equal` or `different`. Extremes are numbers or ISO 8601 dates.

    Raises:
        ComputationError: terms of different currency or type, too few, or not readable.
    """
    if operation == "count":
        return str(len(terms))
    if not terms:
        raise ComputationError("there is nothing to compute over")
    if len(currencies(terms)) > 1:
        raise ComputationError("the amounts are in different currencies")
    if operation == "compare":
        return _compare(terms)
    operands = [read_term(term) for term in terms]
    numbers = [operand for operand in operands if isinstance(operand, Decimal)]
    dates = [operand for operand in operands if isinstance(operand, dt.date)]
    if len(numbers) == len(operands):
        return plain(_over_numbers(operation, numbers))
    if len(dates) == len(operands):
        return _over_dates(operation, dates)
    raise ComputationError("numbers and dates cannot be computed together")


def _over_numbers(operation: Operation, numbers: list[Decimal]) -> Decimal:
    with localcontext() as context:
        context.prec = 60
        if operation == "sum":
            return sum(numbers, Decimal(0))
        if operation == "average":
            return round(sum(numbers, Decimal(0)) / len(numbers), 12)
        if operation in {"minimum", "earliest"}:
            return min(numbers)
        if operation in {"maximum", "latest"}:
            return max(numbers)
        if operation == "difference" and len(numbers) == 2:
            return numbers[0] - numbers[1]
    raise ComputationError(f"{operation} needs two terms")


def _over_dates(operation: Operation, dates: list[dt.date]) -> str:
    if operation in {"minimum", "earliest"}:
        return min(dates).isoformat()
    if operation in {"maximum", "latest"}:
        return max(dates).isoformat()
    if operation == "difference" and len(dates) == 2:
        return str((dates[0] - dates[1]).days)
    raise ComputationError(f"{operation} cannot be run over dates")


def _compare(terms: Sequence[str]) -> str:
    if len(terms) != 2:
        raise ComputationError("a comparison needs two terms")
    try:
        first, second = (read_term(term) for term in terms)
    except ComputationError:
        return (
            "equal" if " ".join(terms[0].split()).casefold() == " ".join(terms[1].split()).casefold() else "different"
        )
    if isinstance(first, Decimal) and isinstance(second, Decimal):
        return _order(first == second, less=first < second)
    if isinstance(first, dt.date) and isinstance(second, dt.date):
        return _order(first == second, less=first < second)
    return "different"


def _order(same: bool, *, less: bool) -> str:  # noqa: FBT001
    return "equal" if same else "less" if less else "greater"
