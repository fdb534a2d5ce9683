"""Fields of JSON that was kept, perhaps by another version: one that is missing or of the wrong kind is nothing."""

import json
from collections.abc import Mapping
from typing import Any


def parsed_object(text: str) -> Mapping[str, Any]:
    """The object that a text holds; an empty one where it holds something else."""
    try:
        document = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def mapping_in(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """An object in a field."""
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def objects_in(document: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """The objects of a list in a field."""
    return [entry for entry in list_in(document, key) if isinstance(entry, dict)]


def list_in(document: Mapping[str, Any], key: str) -> list[Any]:
    """A list in a field."""
    value = document.get(key)
    return value if isinstance(value, list) else []


def text_in(document: Mapping[str, Any], key: str) -> str:
    """A text in a field."""
    value = document.get(key)
    return value if isinstance(value, str) else ""
