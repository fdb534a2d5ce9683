"""Plain text, Markdown, logs, cards; empty and locked files."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casefile.errors import UntrustedInputError
from casefile.locators import LinesLocator
from ingest.readers.lines import BLOCK_CHARACTERS
from ingest.readers.plain_text import PlainTextReader
from ingest.readers.refused import EmptyFileReader, LockedFileReader
from ingest.reading import Reader, ReadLimits
from tests.ingest.reader_contract import ReaderContract, Sample, read_bytes

MARKDOWN = "# Report\n\nA first paragraph\nof two lines.\n\n- one\n- two\n\nUnderlined\n----------\n\n```\n# no heading\n\nstill code\n```\n"
LOG = "2024-05-01 10:00:00 INFO start\n2024-05-01 10:00:01 ERROR broke\n  at line 5\n2024-05-01 10:00:02 INFO end\n"
CARDS = "BEGIN:VCARD\r\nFN:Bob\r\nTEL:+32 470\r\nEND:VCARD\r\nBEGIN:VCARD\r\nFN:Ann\r\nEND:VCARD\r\n"


def shapes(data: bytes, media_type: str = "text/plain") -> list[tuple[str, str, int, int]]:
    reading = read_bytes(PlainTextReader(), data, media_type)
    found = []
    for block in reading.blocks:
        place = block.locator
        assert isinstance(place, LinesLocator)
        found.append((block.kind, reading.text[place.start : place.end], place.first_line, place.last_line))
    return found


class TestPlainText(ReaderContract):
    def make_reader(self) -> Reader:
        return PlainTextReader()

    def samples(self) -> dict[str, Sample]:
        return {
            "text": Sample(
                "Erster Absatz.\r\n\r\nZweiter Absatz: schön.\r\n".encode(), "text/plain", contains=("schön",)
            ),
            "utf-16": Sample("Grüße\nund mehr\n\nEnde".encode("utf-16"), "text/plain", contains=("Grüße",)),
            "cyrillic": Sample(
                "Свидетель видел его.\n\nКонец.".encode("cp1251"), "text/plain", contains=("Свидетель",)
            ),
            "markdown": Sample(MARKDOWN.encode(), "text/markdown", contains=("still code",)),
            "log": Sample(LOG.encode(), "text/plain", contains=("ERROR broke",)),
            "cards": Sample(CARDS.encode(), "text/vcard", contains=("FN:Ann",)),
            "calendar": Sample(
                b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:x\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", "text/calendar"
            ),
        }


@settings(max_examples=150, deadline=None)
@given(text=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=300))
def test_the_text_is_exactly_the_decoded_characters(text: str) -> None:
    whole = "é" + text  # so that no statistics are needed
    assert read_bytes(PlainTextReader(), whole.encode(), "text/plain").text == whole


def test_the_byte_order_mark_is_no_text_and_line_ends_stay() -> None:
    reading = read_bytes(PlainTextReader(), b"\xef\xbb\xbfa\r\n\r\nb\rc", "text/plain")
    assert reading.text == "a\r\n\r\nb\rc"


def test_paragraphs_and_list_items_with_their_lines() -> None:
    assert shapes(b"One\ntwo.\n\nThree\n- item\n  goes on\n- next\n") == [
        ("paragraph", "One\ntwo.", 1, 2),
        ("paragraph", "Three", 4, 4),
        ("list_item", "- item\n  goes on", 5, 6),
        ("list_item", "- next", 7, 7),
    ]


def test_old_macintosh_line_ends_count() -> None:
    assert shapes(b"a\r\rb") == [("paragraph", "a", 1, 1), ("paragraph", "b", 3, 3)]


def test_markdown_headings_but_not_in_code() -> None:
    kinds = shapes(MARKDOWN.encode(), "text/markdown")
    assert [(kind, text) for kind, text, _, _ in kinds] == [
        ("heading", "# Report"),
        ("paragraph", "A first paragraph\nof two lines."),
        ("list_item", "- one"),
        ("list_item", "- two"),
        ("heading", "Underlined\n----------"),
        ("paragraph", "```\n# no heading\n\nstill code\n```"),
    ]


def test_a_log_entry_keeps_its_lines() -> None:
    assert [text for _, text, _, _ in shapes(LOG.encode())] == [
        "2024-05-01 10:00:00 INFO start",
        "2024-05-01 10:00:01 ERROR broke\n  at line 5",
        "2024-05-01 10:00:02 INFO end",
    ]


def test_each_card_is_a_block() -> None:
    assert [(first, last) for _, _, first, last in shapes(CARDS.encode(), "text/vcard")] == [(1, 4), (5, 7)]


def test_one_endless_line_gives_bounded_blocks() -> None:
    line = ("word " * 200_000).encode()
    reading = read_bytes(PlainTextReader(), line, "text/plain")
    assert max(block.locator.end - block.locator.start for block in reading.blocks) <= BLOCK_CHARACTERS
    unbroken = read_bytes(PlainTextReader(), b"x" * 100_000, "text/plain")
    assert len(unbroken.blocks) == 100_000 // BLOCK_CHARACTERS


def test_a_line_longer_than_the_limit_is_read_to_the_limit_only() -> None:
    class Endless:
        """A stream that gives what is asked for and would never end."""

        asked = 0

        def read(self, size: int = -1) -> bytes:
            assert size > 0, "the whole file was asked for"
            Endless.asked += size
            return b"y" * size

    from ingest.readers.decoding import decode_stream

    decoded = decode_stream(Endless(), 10_000)  # type: ignore[arg-type]
    assert len(decoded.text) == 10_000
    assert Endless.asked < 30_000


@pytest.mark.parametrize("data", [b" ", b"\n\r\n\t", "  ".encode("utf-16")])
def test_white_space_alone_is_empty(data: bytes) -> None:
    with pytest.raises(UntrustedInputError) as refused:
        read_bytes(PlainTextReader(), data, "text/plain")
    assert refused.value.category == "empty"


def test_control_characters_and_zeros_stay_in_the_text() -> None:
    text = "a\0b\x1b[31m\u202eevil\u200b\ufdd0 end of the line and more words"
    assert read_bytes(PlainTextReader(), text.encode(), "text/plain").text == text


@pytest.mark.parametrize("pattern", ["- ", "# \n", "---\n", "```\n", "a\n---\n", "1. ", "\r", "10:00:00 ", "  \n"])
@pytest.mark.parametrize("media_type", ["text/plain", "text/markdown", "text/vcard"])
def test_time_grows_with_length_only(pattern: str, media_type: str) -> None:
    reading = read_bytes(PlainTextReader(), (pattern * 60_000 + "x").encode(), media_type)
    assert reading.text.endswith("x")


def test_lines_are_counted_right_in_a_random_text() -> None:
    chance = random.Random(7)
    text = "".join(chance.choice(["word ", "\n", "\r\n", "\n\n", "- ", "# "]) for _ in range(3000)) + "end"
    for _, _, first, last in shapes(text.encode(), "text/markdown"):
        assert 1 <= first <= last


class TestLimits:
    def test_the_limit_is_kept(self) -> None:
        reading = read_bytes(PlainTextReader(), b"abc " * 100, "text/plain", limits=ReadLimits(text_characters=50))
        assert reading.text == ("abc " * 100)[:50]
        assert [issue.category for issue in reading.issues] == ["too_large"]


@pytest.mark.parametrize(
    ("reader", "media_type", "category"),
    [
        (EmptyFileReader(), "application/x-empty", "empty"),
        (LockedFileReader(), "application/x-ooxml-encrypted", "encrypted"),
        (LockedFileReader(), "application/pgp-encrypted", "encrypted"),
    ],
)
def test_files_that_cannot_be_read_say_why(reader: Reader, media_type: str, category: str) -> None:
    with pytest.raises(UntrustedInputError) as refused:
        read_bytes(reader, b"", media_type)
    assert refused.value.category == category
    assert media_type in reader.media_types
