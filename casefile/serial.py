"""Records to JSON and back: one canonical form, used by the catalogue, the custody log and hashes."""

import json
from datetime import UTC, datetime
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from casefile.locators import Locator
from casefile.records import Cell, PageSize


def canonical_json(value: object) -> str:
    """ASCII JSON with sorted keys and no blanks, so that equal values have equal bytes (RFC 8785 in spirit).

    Floats are refused: their printed form is not the same everywhere.

    Raises:
        TypeError: the value holds a float or something that JSON does not know.
    """
    _refuse_floats(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def _refuse_floats(value: object) -> None:
    if isinstance(value, float):
        raise TypeError("canonical JSON holds no floats: give a string or an integer")
    if isinstance(value, dict):
        for item in value.values():
            _refuse_floats(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _refuse_floats(item)


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def locator_to_json(locator: Locator) -> str:
    """The locator as JSON text."""
    return _adapter(Locator).dump_json(locator).decode()


def locator_from_json(text: str) -> Locator:
    """The locator that `locator_to_json` wrote."""
    locator: Locator = _adapter(Locator).validate_json(text)
    return locator


def cells_to_json(cells: tuple[Cell, ...]) -> str:
    """Cells as compact JSON arrays."""
    return json.dumps([[c.column, c.type, c.value, c.start, c.end] for c in cells], separators=(",", ":"))


def cells_from_json(text: str) -> tuple[Cell, ...]:
    """The cells that `cells_to_json` wrote."""
    return tuple(Cell(*row) for row in json.loads(text))


def pages_to_json(pages: tuple[PageSize, ...]) -> str:
    """Page sizes as compact JSON arrays."""
    return json.dumps([[p.page, p.width, p.height] for p in pages], separators=(",", ":"))


def pages_from_json(text: str) -> tuple[PageSize, ...]:
    """The page sizes that `pages_to_json` wrote."""
    return tuple(PageSize(*row) for row in json.loads(text))


def time_to_text(value: datetime) -> str:
    """UTC in ISO 8601 with microseconds and `Z`; sorts as text.

    Raises:
        ValueError: the time has no zone.
    """
    if value.tzinfo is None:
        raise ValueError("a time without a zone cannot be stored")
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


def time_from_text(value: str) -> datetime:
    """The UTC time that `time_to_text` wrote."""
    return datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


def now() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)
