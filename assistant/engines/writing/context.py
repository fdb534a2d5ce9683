"""What a model is given of the evidence: passages cut to sentences, within tokens that stand for seconds.

A passage is shown under a number and the name of its exhibit, as a quotation between two lines of quotation marks that
are longer than any run of them in what is quoted: no text can end its own quotation. Sentences are never cut; what
is left out between two of them is marked. What a model is shown is cleaned; what is cited is the stored text.
"""

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.chat_models.port import AssistantMessage, Message, UserMessage
from assistant.engines.extractive import cells_with_names
from assistant.engines.writing.marks import without_controls
from assistant.records import RankedPassage, Turn
from assistant.sentence_ranking import Candidate
from casefile.records import Passage

Count = Callable[[Sequence[str]], Sequence[int]]
"""Gives the tokens of each text."""

OMITTED = "[\u2026]"
_MOST_SENTENCES = 160
"""Sentences that are weighed at all, best first."""
_BREADTH = 0.6
"""Share of the tokens that goes first to one sentence of each exhibit, the rest to the best of what is left."""
_FRAME_TOKENS = 10
"""Of the two lines of marks around a passage and the line breaks."""
_OMITTED_TOKENS = 4
_LEAST_TOKENS = 192
"""Evidence is given that much room however slowly it is read."""
_STEP = 32
"""Room is rounded down to a multiple of that, so that a speed measured a little differently gives the same answer."""
_SPEED_UNKNOWN = 35.0
"""Tokens read in a second, where none was measured: a model of three thousand million weights on two cores."""
_LONGEST_NAME = 80
_LONGEST_RUN = 8
_QUOTATION_MARKS = re.compile(r'"+')
_WHITE = re.compile(r"[^\S\n]+")
_LINE_BREAKS = re.compile(r"\s*\n\s*")


@dataclass(frozen=True, slots=True)
class Given:
    """A passage under its number, as a model is shown it. `spans` are the sentences shown, in the exhibit's text."""

    number: int
    source: RankedPassage
    text: str
    spans: tuple[tuple[int, int], ...]


def room_for_evidence(speed: float, seconds: float, unread: int, left: int) -> int:
    """Tokens of evidence that can be given.

    Args:
        speed: tokens read in a second; 0 where it is not known.
        seconds: longest reading before the first word.
        unread: tokens besides that are not kept from before.
        left: tokens of the context that nothing else takes.
    """
    in_time = max(int((speed or _SPEED_UNKNOWN) * seconds) - unread, _LEAST_TOKENS)
    return max(0, min(in_time, left)) // _STEP * _STEP


def choose(candidates: Sequence[Candidate], room: int, count: Count, *, first_number: int = 1) -> tuple[Given, ...]:
    """The passages with those of their sentences that fit into `room` tokens, numbered in order of their best sentence.

    Each exhibit gets its best sentence before another one gets its second, until most of the room is used.

    Args:
        candidates: sentences, best first.
        room: tokens.
        count: is called once.
        first_number: of the first passage.
    """
    weighed = candidates[:_MOST_SENTENCES]
    sources = list({one.source.passage.id: one.source for one in weighed}.values())
    texts = [_shown(one) for one in weighed]
    counted = count([*texts, *(_heading(0, source) for source in sources)])
    sentence_tokens = counted[: len(weighed)]
    heading_tokens = {
        source.passage.id: tokens for source, tokens in zip(sources, counted[len(weighed) :], strict=True)
    }
    taken: dict[int, list[int]] = {}
    left = room
    for index, kept_back in _in_turn(weighed, room):
        passage = weighed[index].source.passage.id
        if index in taken.get(passage, ()):
            continue
        cost = sentence_tokens[index] + _OMITTED_TOKENS
        if passage not in taken:
            cost += heading_tokens[passage] + _FRAME_TOKENS
        if cost <= left - kept_back:
            taken.setdefault(passage, []).append(index)
            left -= cost
    return tuple(
        _given(number, [weighed[index] for index in indexes])
        for number, indexes in enumerate(taken.values(), start=first_number)
    )


def _in_turn(candidates: Sequence[Candidate], room: int) -> list[tuple[int, int]]:
    """The order in which sentences are weighed, and the tokens that must be left after each; one may come twice."""
    first: dict[str, int] = {}
    for index, one in enumerate(candidates):
        first.setdefault(one.source.exhibit.id, index)
    kept_back = int(room * (1 - _BREADTH))
    early = [(index, kept_back if place else 0) for place, index in enumerate(first.values())]
    return [*early, *((index, 0) for index in range(len(candidates)))]


def _given(number: int, sentences: Sequence[Candidate]) -> Given:
    source = sentences[0].source
    ordered = sorted(sentences, key=lambda one: one.start)
    pieces: list[str] = []
    end: int | None = None
    for one in ordered:
        if end is not None:
            offset = source.passage.locator.start
            between = source.passage.text[end - offset : one.start - offset]
            pieces.append(f" {OMITTED} " if between.strip() else ("\n" if "\n" in between else " "))
        pieces.append(_shown(one))
        end = one.end
    return Given(number, source, "".join(pieces), tuple((one.start, one.end) for one in ordered))


def _shown(sentence: Candidate) -> str:
    passage = sentence.source.passage
    return cleaned(cells_with_names(passage, _with_tabs(passage, sentence.text)) if sentence.row else sentence.text)


def _with_tabs(passage: Passage, row: str) -> str:
    """A row with tabs between its columns, as it is stored; one of a delimited file is stored as it was written."""
    count = len(passage.locator.header) if passage.locator.kind == "cells" else 0
    for delimiter in ";,|":
        try:
            values = next(csv.reader([row], delimiter=delimiter), [])
        except csv.Error:  # a line break in a field, or a field too long for it
            return row
        if "\t" not in row and len(values) == count > 1:
            return "\t".join(values)
    return row


def cleaned(text: str) -> str:
    """A text without control characters, needless blanks and long runs of quotation marks."""
    shown = _LINE_BREAKS.sub("\n", _WHITE.sub(" ", without_controls(text))).strip()
    return _QUOTATION_MARKS.sub(lambda run: run[0][:_LONGEST_RUN], shown)


def _heading(number: int, source: RankedPassage) -> str:
    name = " ".join(without_controls(source.exhibit.name).split()).translate(_NOT_IN_NAMES)
    return f"[{number}] {name[:_LONGEST_NAME].strip()}"


_NOT_IN_NAMES = str.maketrans({"[": "(", "]": ")", '"': "'", "\u2028": " ", "\u2029": " "})


def fence_for(texts: Sequence[str]) -> str:
    """A line of quotation marks that is longer than any run of them in the texts; three at least."""
    longest = max((len(run) for text in texts for run in _QUOTATION_MARKS.findall(text)), default=0)
    return '"' * max(3, longest + 1)


def quoted_passages(given: Sequence[Given], fence: str) -> str:
    """The passages, each under its number and name and between two fences."""
    return "\n\n".join(f"{_heading(one.number, one.source)}\n{fence}\n{one.text}\n{fence}" for one in given)


# --- the conversation before ----------------------------------------------------------------------------------------

_BLOCK = 4
"""Turns are forgotten in blocks, so that what a model has read of them stays the same from question to question."""
_LONGEST_TURN = 600
"""Characters of an earlier question or answer."""
_MARKS = re.compile(r"\s?\[\d{1,5}(?:\s?[,\u2013-]\s?\d{1,5})*\]")
_UNSUPPORTED = re.compile(r"\(unsupported: [^\n]*\)$")


def messages_of(history: Sequence[Turn]) -> tuple[Message, ...]:
    """Earlier turns, eight at most, the same each time they are given; without marks and unsupported sentences."""
    begin = max(0, (len(history) - 1) // _BLOCK - 1) * _BLOCK
    found: list[Message] = []
    for turn in history[begin:]:
        lines = [line for line in turn.answer.split("\n") if not _UNSUPPORTED.search(line)]
        answer = _shortened(_MARKS.sub("", "\n".join(lines)))
        found += (UserMessage(_shortened(turn.standalone)), AssistantMessage(answer or OMITTED))
    return tuple(found)


def _shortened(text: str) -> str:
    shown = cleaned(text)
    if len(shown) <= _LONGEST_TURN:
        return shown or OMITTED
    blank = shown.rfind(" ", 0, _LONGEST_TURN)
    return f"{shown[: blank if blank > 0 else _LONGEST_TURN]} {OMITTED}"
