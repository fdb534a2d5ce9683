"""Strings of a reading made fit to be stored: no lone surrogate, which neither SQLite nor JSON in UTF-8 takes."""

import re
from dataclasses import fields, is_dataclass, replace
from typing import Any

from ingest.reading_result import ReadResult

_SURROGATE = re.compile("[\ud800-\udfff]")


def storable(result: ReadResult) -> ReadResult:
    """The result with surrogates replaced one for one, but for the text's, which are counted when it is cut."""
    reading = result.reading
    if reading is None:
        return replace(result, failure=_clean(result.failure))
    about = _clean(replace(reading, text="", words=(), pages=()))
    return replace(result, reading=replace(about, text=reading.text, words=reading.words, pages=reading.pages))


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, tuple):
        return tuple(_clean(item) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: _clean(getattr(value, field.name)) for field in fields(value)})
    return value
