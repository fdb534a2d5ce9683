"""Server-sent events come out the same however the bytes are cut, and nothing grows without bound."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.chat_models.server_lines import LONGEST_EVENT, EventLines
from casefile.errors import ModelCrashedError

STREAM = (
    "data: one\n\n: a comment\n\ndata:two\r\n\r\nevent: x\nid: 3\ndata: three\ndata: 3ß\r\rdata\n\ndata: {}\n\nrest"
)
EVENTS = ["one", "two", "three\n3ß", "", "{}"]


@given(st.lists(st.integers(0, len(STREAM.encode()))))
def test_the_cuts_do_not_matter(places: list[int]) -> None:
    data = STREAM.encode()
    cuts = [0, *sorted(places), len(data)]
    lines = EventLines(10_000)
    assert [found for start, end in pairwise(cuts) for found in lines.feed(data[start:end])] == EVENTS


@given(st.lists(st.binary(max_size=200)))
def test_any_bytes_are_events_or_an_error(pieces: list[bytes]) -> None:
    lines = EventLines(1000)
    try:
        found = [text for piece in pieces for text in lines.feed(piece)]
    except ModelCrashedError:
        return
    assert sum(map(len, found)) <= sum(map(len, pieces)) <= 1000


def test_the_whole_stream_is_bounded() -> None:
    lines = EventLines(100)
    lines.feed(b"data: 1\n\n" * 11)
    with pytest.raises(ModelCrashedError, match="more than an answer"):
        lines.feed(b"data: 1\n\n")


@pytest.mark.parametrize("part", [b"x", b"data: x\n", b": x\n"])
def test_one_event_is_bounded(part: bytes) -> None:
    lines = EventLines(10 * LONGEST_EVENT)
    fits = part * (LONGEST_EVENT // len(part) - 1)
    assert lines.feed(fits) == []
    with pytest.raises(ModelCrashedError, match="256 KiB"):
        lines.feed(fits + part)


def test_what_is_not_utf_8_is_an_error() -> None:
    with pytest.raises(ModelCrashedError, match="UTF-8"):
        EventLines(100).feed(b"data: \xff\n\n")
