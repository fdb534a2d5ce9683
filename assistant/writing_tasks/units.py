"""The sentences of passages, each with its place: what writing tasks choose from, translate and cite."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from assistant.records import ProposedQuote, RankedPassage
from ingest.sentences import sentences


@dataclass(frozen=True)
class Unit:
    """A sentence of a passage, or a whole row of a table: `text_of_exhibit[start:end] == text`."""

    source: RankedPassage
    start: int
    end: int
    text: str

    @cached_property
    def quote(self) -> ProposedQuote:
        """It as a quote."""
        passage = self.source.passage
        return ProposedQuote(passage.exhibit_id, passage.text_sha256, self.start, self.end, self.text)


def units_of(passages: Sequence[RankedPassage]) -> Iterator[Unit]:
    """The sentences with a letter or digit in them, in order; where passages overlap, each place once."""
    reached: dict[tuple[str, str], int] = {}
    for source in passages:
        passage = source.passage
        key = (passage.exhibit_id, passage.text_sha256)
        spans = [(0, len(passage.text))] if passage.locator.kind == "cells" else sentences(passage.text)
        for begin, stop in spans:
            whole = passage.text[begin:stop]
            text = whole.strip()
            start = passage.locator.start + begin + len(whole) - len(whole.lstrip())
            if start >= reached.get(key, 0) and any(sign.isalnum() for sign in text):
                reached[key] = start + len(text)
                yield Unit(source, start, start + len(text), text)
