"""Stretches of documents: merging, lengths, overlap, and what is read within a budget. Offsets are code points.

Overlapping stretches are merged before anything is counted, among the gold and among what was retrieved, so that a
character counts once however often it was marked or found.
"""

from bisect import insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from eval.records import Response, Span


def merge_spans(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Overlapping spans put together, by document and place; empty ones left out, touching ones stay two."""
    merged: list[Span] = []
    for span in sorted((s for s in spans if s.start < s.end), key=lambda s: (s.document, s.start, s.end)):
        last = merged[-1] if merged else None
        if last is not None and last.document == span.document and span.start < last.end:
            merged[-1] = Span(span.document, last.start, max(last.end, span.end))
        else:
            merged.append(span)
    return tuple(merged)


def characters(spans: Iterable[Span]) -> int:
    """How many different characters the spans hold."""
    return sum(span.end - span.start for span in merge_spans(spans))


def covered_characters(gold: Iterable[Span], read: Iterable[Span]) -> int:
    """How many different characters lie in both."""
    first, second = merge_spans(gold), merge_spans(read)
    i = j = total = 0
    while i < len(first) and j < len(second):
        one, other = first[i], second[j]
        if one.document == other.document:
            total += max(0, min(one.end, other.end) - max(one.start, other.start))
        if (one.document, one.end) <= (other.document, other.end):
            i += 1
        else:
            j += 1
    return total


def overlaps(span: Span, others: Iterable[Span]) -> bool:
    """Whether the span shares a character with one of the others."""
    return any(
        span.document == other.document and max(span.start, other.start) < min(span.end, other.end) for other in others
    )


def within_budget(spans: Iterable[Span], budget: int) -> tuple[Span, ...]:
    """What is read of the spans, in their order, until `budget` characters are; the last one is cut there.

    What was read already costs nothing: the result never overlaps itself.
    """
    read: list[Span] = []
    by_document: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    left = budget
    for span in spans:
        known = by_document[span.document]
        for start, end in tuple(_unread(span, known)):
            stop = min(end, start + left)
            if start < stop:
                insort(known, (start, stop))
                read.append(Span(span.document, start, stop))
                left -= stop - start
        if left <= 0:
            break
    return tuple(read)


def _unread(span: Span, known: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The pieces of the span outside `known`, which is sorted and does not overlap itself."""
    start = span.start
    for known_start, known_end in known:
        if known_end <= start:
            continue
        if known_start >= span.end:
            break
        if start < known_start:
            yield start, known_start
        start = known_end
    if start < span.end:
        yield start, span.end


def retrieved_spans(response: Response) -> tuple[Span, ...]:
    """The passages of a response, best first; one that was retrieved twice stands once, at its better place."""
    return tuple(dict.fromkeys(Span(found.document, found.start, found.end) for found in response.retrieved))


def cited_spans(response: Response) -> tuple[Span, ...]:
    """Where the citations of a response lie, in their order."""
    return tuple(Span(cited.document, cited.start, cited.end) for cited in response.citations)
