"""A reading leaves the reading process as JSON and comes back equal; anything else is refused."""

import json
import math
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casefile.errors import ReadingDataError
from casefile.locators import (
    BlockLocator,
    Box,
    CellsLocator,
    LinesLocator,
    Locator,
    MailPartLocator,
    PageLocator,
    SlideLocator,
)
from casefile.records import Cell, Issue, PageSize, WordBox
from ingest.reading import Block, Part, Reading, StatedTime
from ingest.reading_codec import decode_reading, encode_reading

LARGE = 10**9
texts = st.text(st.characters(codec=None), max_size=60)  # lone surrogates and control characters too
numbers = st.floats(allow_nan=False, allow_infinity=False)
counts = st.integers(0, 2**53)
boxes = st.builds(Box, numbers, numbers, numbers, numbers)


def spans(length: int) -> st.SearchStrategy[tuple[int, int]]:
    return st.tuples(st.integers(0, length), st.integers(0, length)).map(lambda pair: (min(pair), max(pair)))


def locators(span: tuple[int, int]) -> st.SearchStrategy[Locator]:
    start, end = st.just(span[0]), st.just(span[1])
    names = st.lists(texts, max_size=3).map(tuple)
    return st.one_of(
        st.builds(PageLocator, counts, start, end, st.lists(boxes, max_size=3).map(tuple)),
        st.builds(CellsLocator, texts, texts, start, end, names),
        st.builds(MailPartLocator, texts, start, end, counts),
        st.builds(BlockLocator, counts, start, end, names),
        st.builds(SlideLocator, counts, start, end, st.booleans()),
        st.builds(LinesLocator, counts, counts, start, end),
    )


@st.composite
def readings(draw: st.DrawFn) -> Reading:
    text = draw(texts)
    length = len(text)
    anywhere = spans(length)
    points = sorted(draw(st.lists(st.integers(0, length), max_size=8)))
    kinds = st.sampled_from(
        ["title", "heading", "paragraph", "list_item", "row", "header_row", "mail_headers", "lines"]
    )
    cell = anywhere.flatmap(
        lambda span: st.builds(
            Cell, counts, st.sampled_from(["text", "number", "date", "boolean", "empty"]), texts, *map(st.just, span)
        )
    )
    blocks = tuple(
        Block(draw(kinds), draw(locators(span)), draw(texts), tuple(draw(st.lists(cell, max_size=3))))
        for span in zip(points[::2], points[1::2], strict=False)
    )
    placed = anywhere.flatmap(locators)
    issue = st.builds(
        Issue, st.sampled_from(["read", "detect"]), st.sampled_from(["no_text", "corrupt"]), texts, st.none() | placed
    )
    relation = st.sampled_from(["attachment", "inline", "member", "embedded"])
    part = st.builds(
        Part, texts, st.from_regex(r"part-[a-z0-9]{1,20}", fullmatch=True), relation, texts, st.none() | issue
    )
    lost = st.builds(Part, texts, st.just(""), relation, texts, issue)
    word = anywhere.flatmap(lambda span: st.builds(WordBox, *map(st.just, span), counts, boxes))
    return Reading(
        text,
        blocks,
        tuple(draw(st.lists(issue, max_size=3))),
        tuple(draw(st.lists(part | lost, max_size=3, unique_by=lambda p: p.file or id(p)))),
        tuple(draw(st.lists(word, max_size=4))),
        tuple(draw(st.lists(st.builds(PageSize, counts, numbers, numbers), max_size=2))),
        draw(texts),
        draw(texts),
        tuple(draw(st.lists(texts, max_size=3))),
        tuple(draw(st.lists(st.builds(StatedTime, texts, st.sampled_from(["sent", "created"])), max_size=2))),
    )


@given(readings())
@settings(max_examples=150, deadline=None)
def test_a_reading_comes_back_equal(reading: Reading) -> None:
    assert decode_reading(encode_reading(reading, LARGE)) == reading


@pytest.mark.parametrize(
    "text",
    ["\ud83d\ude00", "\ude00\ud83d", "\ud800", "\x00\x1b\u202e\ufeff", "😀\udfff"],  # noqa: PT014 (none is twice)
)
def test_surrogates_stay_what_they_are(text: str) -> None:
    back = decode_reading(encode_reading(Reading(text, ()), LARGE))
    assert back.text == text
    assert len(back.text) == len(text)


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_refused_clearly(data: bytes) -> None:
    with pytest.raises(ReadingDataError):
        decode_reading(data)


@given(readings(), st.data())
@settings(max_examples=200, deadline=None)
def test_a_changed_document_is_a_valid_reading_or_refused_clearly(reading: Reading, data: st.DataObject) -> None:
    record = json.loads(encode_reading(reading, LARGE).decode("utf-8", "surrogatepass"))
    junk = st.sampled_from([None, True, -1, 1.5, "x", [], {}, [[]], [None], {"page": []}, 2**60, ["x", "y"]])
    place: Any = record
    key: Any = data.draw(st.sampled_from(sorted(record)))
    while isinstance(place[key], (list, dict)) and place[key] and data.draw(st.booleans()):
        place = place[key]
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
    place[key] = data.draw(junk)
    try:
        back = decode_reading(json.dumps(record, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    except ReadingDataError:
        return
    assert decode_reading(encode_reading(back, LARGE)) == back


def block(start: int, end: int) -> Block:
    return Block("paragraph", LinesLocator(1, 1, start, end))


@pytest.mark.parametrize(
    "reading",
    [
        Reading("abc", (block(0, 4),)),
        Reading("abc", (block(2, 1),)),
        Reading("abc", (block(0, 2), block(1, 3))),
        Reading("abc", (block(2, 3), block(0, 1))),
        Reading("abc", (), words=(WordBox(2, 4, 1, Box(0, 0, 1, 1)),)),
        Reading("abc", (), words=(WordBox(-1, 2, 1, Box(0, 0, 1, 1)),)),
        Reading("abc", (), words=(WordBox(0, 2, 1, Box(0, math.nan, 1, 1)),)),
        Reading("abc", (), words=(WordBox(0, 2, 1, Box(0, math.inf, 1, 1)),)),
        Reading("abc", (), words=(WordBox(0, 2, 1, Box(0, 10**400, 1, 1)),)),
        Reading("abc", (Block("row", LinesLocator(1, 1, 0, 3), cells=(Cell(0, "text", "x", 0, 9),)),)),
        Reading("abc", (Block("nonsense", LinesLocator(1, 1, 0, 3)),)),  # type: ignore[arg-type]
        Reading("abc", (Block("row", None),)),  # type: ignore[arg-type]
        Reading("abc", (), title=None),  # type: ignore[arg-type]
        Reading("abc", (), title=b"x"),  # type: ignore[arg-type]
        Reading("abc", (), recipients=(1,)),  # type: ignore[arg-type]
        Reading("abc", (), parts=(Part("x", "../x", "member"),)),
        Reading("abc", (), parts=(Part("x", "a\x00b", "member"),)),
        Reading("abc", (), parts=(Part("x", "..", "member"),)),
        Reading("abc", (), parts=(Part("x", "", "member"),)),
        Reading("abc", (), parts=(Part("x", "same", "member"), Part("y", "same", "member"))),
        Reading("abc", (), issues=(Issue("read", "no_text", "x", LinesLocator(1, 1, 0, 4)),)),
        Reading("abc", (), issues=(Issue("read", "sad", "x"),)),  # type: ignore[arg-type]
    ],
)
def test_a_reading_that_breaks_a_rule_is_not_encoded(reading: Reading) -> None:
    with pytest.raises(ReadingDataError):
        encode_reading(reading, LARGE)


def test_a_reading_that_is_too_large_says_so() -> None:
    with pytest.raises(ReadingDataError) as caught:
        encode_reading(Reading("x" * 1000, ()), 999)
    assert caught.value.too_large


def test_a_flood_of_arrays_is_refused_before_it_takes_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.reading_codec.MOST_CONTAINERS", 1000)
    with pytest.raises(ReadingDataError, match="more parts"):
        decode_reading(b'{"format":1,"text":[' + b"[]," * 1000 + b"[]]}")


def many_words() -> Reading:
    boxes = tuple(
        WordBox(i * 5, i * 5 + 4, 1 + i // 500, Box(i / 7, i / 11, i / 7 + 30, i / 11 + 9)) for i in range(60_000)
    )
    return Reading("word " * 60_000, (), words=boxes)


def test_word_boxes_take_little_space() -> None:
    reading = many_words()
    encoded = encode_reading(reading, LARGE)
    assert len(encoded) < 80 * len(reading.words)
    assert decode_reading(encoded) == reading


@pytest.mark.bench
def test_bench_sixty_thousand_words() -> None:
    reading = many_words()
    begun = time.perf_counter()
    encoded = encode_reading(reading, LARGE)
    half = time.perf_counter()
    assert decode_reading(encoded) == reading
    print(
        f"\n60,000 words: encode {half - begun:.3f} s, decode {time.perf_counter() - half:.3f} s, {len(encoded)} bytes"
    )
