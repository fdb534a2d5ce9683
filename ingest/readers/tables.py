"""Tells a header row from rows of values, the same way for every reader of tables."""

import re
from collections.abc import Sequence

LONGEST_COLUMN_NAME = 80
LONGEST_CONTEXT = 600
MOST_NAMED_COLUMNS = 100
"""Columns whose names each row carries along; a table of 16,384 columns shall not repeat them all in every row."""

HEADER_WITHIN = 10
"""A header row is looked for among this many first rows: titles, one cell wide, may stand above it."""

_VALUE = re.compile(r"[-+(]?\s*[\d.,' ]*\d[\d.,' %)]*(?:[A-Z]{3}|[€$£%])?$|\d{1,4}[-./:]\d{1,2}(?:[-./:]\d{1,4})?.*$")


def looks_like_value(text: str) -> bool:
    """Whether a cell holds a number, an amount, a date or a time rather than a name."""
    return _VALUE.match(text.strip()) is not None


def looks_like_header(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether `row` names the columns of the rows `below` it.

    A header has a short, distinct name, no value, in each of at least two columns, and covers what stands below. A
    two-column table of texts cannot be told from a form (`Name | Smith`), so there some value below is asked for.
    """
    named = {number: text.strip() for number, text in enumerate(row) if text.strip()}
    names = list(named.values())
    if len(names) < 2 or not below or len(set(names)) != len(names):
        return False
    if any(len(name) > LONGEST_COLUMN_NAME or looks_like_value(name) for name in names):
        return False
    filled = {number for cells in below for number, text in enumerate(cells) if text.strip()}
    if len(filled & named.keys()) * 2 < len(filled | named.keys()):
        return False
    return len(names) > 2 or any(
        looks_like_value(cells[number]) for cells in below for number in named if number < len(cells)
    )


def find_header(rows: Sequence[Sequence[str]]) -> int | None:
    """Position of the header row among the first rows of a table; None where there is none."""
    for position, row in enumerate(rows[:HEADER_WITHIN]):
        if looks_like_header(row, rows[position + 1 :]):
            return position
        if sum(1 for text in row if text.strip()) > 1:
            return None
    return None


def column_context(names: Sequence[str], prefix: str = "") -> str:
    """The context of a row: what it belongs to and the names of its columns."""
    columns = " | ".join(name.strip() for name in names if name.strip())
    return ": ".join(piece for piece in (prefix.strip(), columns) if piece)[:LONGEST_CONTEXT]
