"""Stored answers without what was erased: quotes, names and claims that rest on it give way to a marker."""

import json
from collections.abc import Collection, Iterator, Sequence
from typing import Any

MARKER = "[erased]"
"""Stands where something was that came from an erased exhibit."""

_KEPT_KEYS = frozenset(
    {"id", "exhibit_id", "text_sha256", "kind", "status", "sha256", "operation", "model", "prompt_sha256"}
)
"""Words of the program, not of a document."""
_SHORTEST = 8
"""Characters from which a piece of erased text is looked for in the rest of an answer, where no citation names it."""


def names_any(answer: str, exhibit_ids: Collection[str]) -> bool:
    """Whether a stored answer cites or shows any of these exhibits."""
    return any(exhibit_id in answer for exhibit_id in exhibit_ids)


def without(answer: str, exhibit_ids: Collection[str], texts: Sequence[str] = ()) -> str:
    """The answer document, as JSON text, without what came from these exhibits.

    Every object about one of them (a citation, evidence, a line of the coverage) keeps its ids and numbers only;
    claims that cite it give way to a marker; the prose is put together again from the claims that are left. Any other
    string that holds a piece taken out, or that stands in one of the texts, gives way as a whole. The document gets
    `"erased": true`. What cannot be read as an answer document gives way altogether.

    Args:
        answer: what `ask --json` printed.
        exhibit_ids: whole ids of what was erased.
        texts: its texts, where they are still at hand.
    """
    try:
        document = json.loads(answer)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        return json.dumps({"answer": MARKER, "erased": True})
    removed: set[str] = set()
    numbers: set[int] = set()
    _empty_objects(document, frozenset(exhibit_ids), removed, numbers)
    _empty_claims(document, numbers, removed)
    pieces = [piece for piece in removed if len(piece) >= _SHORTEST]
    document = _swept(document, pieces, texts)
    document["erased"] = True
    return json.dumps(document, ensure_ascii=False)


def _empty_objects(document: object, ids: frozenset[str], removed: set[str], numbers: set[int]) -> None:
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            if _is_about(value, ids):
                if isinstance(value.get("n"), int):
                    numbers.add(value["n"])
                _empty(value, removed)
                if "verified" in value:
                    value["verified"] = False
            else:
                waiting += value.values()


def _is_about(value: dict[str, Any], ids: frozenset[str]) -> bool:
    exhibit = value.get("exhibit")
    inner = exhibit.get("id") if isinstance(exhibit, dict) else exhibit
    return any(isinstance(one, str) and one in ids for one in (inner, value.get("id"), value.get("exhibit_id")))


def _empty(value: dict[str, Any] | list[Any], removed: set[str]) -> None:
    """Put the marker in place of every string in it that could be content."""
    waiting: list[dict[str, Any] | list[Any]] = [value]
    while waiting:
        part = waiting.pop()
        for key, inner in list(part.items() if isinstance(part, dict) else enumerate(part)):
            if isinstance(inner, dict | list):
                waiting.append(inner)
            elif isinstance(inner, str) and key not in _KEPT_KEYS and not inner.startswith("sha256:"):
                removed.add(inner)
                part[key] = MARKER  # type: ignore[index, call-overload]


def _empty_claims(document: dict[str, Any], numbers: set[int], removed: set[str]) -> None:
    """Claims that rest on it go, and the prose is made of those that are left."""
    claims = [claim for claim in _list(document.get("claims")) if isinstance(claim, dict)]
    gone = [claim for claim in claims if numbers & {n for n in _list(claim.get("citations")) if isinstance(n, int)}]
    for claim in gone:
        removed.update(_strings(claim))
        claim["text"], claim["computed"], claim["supported"] = MARKER, None, False
    if gone:
        document["answer"] = "\n".join(_prose(claim) for claim in claims)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _prose(claim: dict[str, Any]) -> str:
    marks = "".join(f" [{n}]" for n in _list(claim.get("citations")) if isinstance(n, int))
    return f"{claim.get('text', '')}{marks}"


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _strings(inner)


def _swept(value: Any, pieces: Sequence[str], texts: Sequence[str]) -> Any:
    """The document without strings that hold a piece taken out, or that stand in an erased text themselves."""
    if isinstance(value, str):
        stands = len(value) >= _SHORTEST and any(value in text for text in texts)
        return MARKER if stands or any(piece in value for piece in pieces) else value
    if isinstance(value, list):
        return [_swept(inner, pieces, texts) for inner in value]
    if isinstance(value, dict):
        kept = _KEPT_KEYS | {"question", "standalone"}  # what a person typed stays
        return {key: inner if key in kept else _swept(inner, pieces, texts) for key, inner in value.items()}
    return value
