"""Cutting texts: what is lit, and which part of a long text is shown."""

from assistant.ui.source.records import Stretch, Window

WINDOW_CHARACTERS = 20_000
"""Of a long text so much is shown at a time."""
_BEFORE_THE_QUOTE = 4_000
_LINE_END_WITHIN = 500


def lit(text: str, low: int, high: int, start: int, end: int) -> tuple[Stretch, ...]:
    """`text[low:high]`, with what of it belongs to `text[start:end]` lit; empty pieces are left out."""
    high = max(low, min(high, len(text)))
    first, last = min(max(start, low), high), max(min(end, high), low)
    if first >= last:
        return (Stretch(text[low:high]),) if low < high else ()
    pieces = (Stretch(text[low:first]), Stretch(text[first:last], lit=True), Stretch(text[last:high]))
    return tuple(piece for piece in pieces if piece.text)


def window_of(text: str, start: int, at: int | None, lowest: int = 0) -> Window:
    """The part to be shown: from `at` on, or around the quote that begins at `start`; nothing before `lowest`."""
    length = len(text)
    low = max(lowest, min(start - _BEFORE_THE_QUOTE, length) if at is None else min(max(at, 0), length))
    if lowest < low < length:
        line_end = text.rfind("\n", max(lowest, low - _LINE_END_WITHIN), low)
        low = line_end + 1 if line_end >= 0 else low
    high = min(length, low + WINDOW_CHARACTERS)
    if high < length:
        line_end = text.find("\n", high, high + _LINE_END_WITHIN)
        high = line_end + 1 if line_end >= 0 else high
    earlier = max(lowest, low - WINDOW_CHARACTERS) if low > lowest else None
    return Window(low, high, length, earlier, high if high < length else None)
