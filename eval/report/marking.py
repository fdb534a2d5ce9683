"""Texts of evidence cut to a size that a page can show, with what is gold in them marked."""

from collections.abc import Sequence
from dataclasses import dataclass

from eval.records import Span


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a text, and whether it is gold."""

    text: str
    gold: bool


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A text, or a window of it; `left_out` counts the characters that are not shown."""

    parts: tuple[Part, ...]
    left_out: int = 0
    before: bool = False
    after: bool = False


def shortened(text: str, most: int) -> Excerpt:
    """The beginning of a text."""
    return Excerpt((Part(text[:most], gold=False),), max(0, len(text) - most), after=len(text) > most)


def excerpt(text: str, document: str, start: int, gold: Sequence[Span], most: int) -> Excerpt:
    """A window of a text with its gold marked; it begins a little before the first gold where that is far down.

    Args:
        text: `document[start:start + len(text)]`.
        document: where it stands.
        start: its offset there, in code points.
        gold: spans of any document; they may overlap.
        most: characters that are shown.
    """
    inside = sorted(
        (max(span.start - start, 0), min(span.end - start, len(text)))
        for span in gold
        if span.document == document and span.start < start + len(text) and span.end > start
    )
    first = inside[0][0] if inside else 0
    begin = max(0, min(first - most // 4, len(text) - most)) if first > most // 2 else 0
    end = min(len(text), begin + most)
    parts: list[Part] = []
    at = begin
    for span_start, span_end in inside:
        low, high = max(span_start, at), min(span_end, end)
        if low < high:
            parts += [Part(text[at:low], gold=False)] if at < low else []
            parts.append(Part(text[low:high], gold=True))
            at = high
    parts += [Part(text[at:end], gold=False)] if at < end else []
    return Excerpt(tuple(parts), len(text) - (end - begin), before=begin > 0, after=end < len(text))
