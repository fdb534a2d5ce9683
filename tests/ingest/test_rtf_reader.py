import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casefile.errors import UntrustedInputError
from casefile.locators import BlockLocator
from ingest.readers.rtf import RtfReader
from ingest.reading import Reader, Reading
from tests.ingest.linear_time import MOST, growth
from tests.ingest.reader_contract import ReaderContract, Sample, read_bytes, source_of

RTF = "application/rtf"
LETTER = (
    rb"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset204 Arial Cyr;}}"
    rb"{\stylesheet{\s0 Normal;}{\s1 heading 1;}}{\info{\title Letter}{\author Ada}"
    rb"{\creatim\yr2024\mo3\dy5\hr10\min30}}{\header\pard Docket 4\par}"
    rb"\pard\plain\s1 Greetings\par\pard\plain Caf\'e9 \u8364?5 {\v unseen }end{\footnote\pard\plain Note text}.\par"
    rb"{\f1 \'cf\'f0\'e8\'e2\'e5\'f2}\par"
    rb"{\listtext 1.\tab}First point\par"
    rb"\trowd\intbl Date\cell Name\cell Sum\cell\row\trowd\intbl 2024\cell Vogt\cell 5\cell\row\pard "
    rb"{\field{\*\fldinst HYPERLINK 'https://example.org'}{\fldrslt site}}{\*\annotation\pard Really?}\par}"
)


def read(data: bytes) -> Reading:
    return read_bytes(RtfReader(), data, RTF)


def texts(reading: Reading) -> list[str]:
    return [reading.text[block.locator.start : block.locator.end] for block in reading.blocks]


class TestRtfContract(ReaderContract):
    def make_reader(self) -> Reader:
        return RtfReader()

    def samples(self) -> dict[str, Sample]:
        return {"letter": Sample(LETTER, RTF, "a.rtf", ("Greetings", "Caf\xe9", "Vogt"))}


def test_everything_in_a_letter_is_read_in_order() -> None:
    reading = read(LETTER.replace(b"HYPERLINK 'https://example.org'", b'HYPERLINK "https://example.org"'))
    assert texts(reading) == [
        "Greetings",
        "[header: Docket 4]",
        "Caf\xe9 \u20ac5 end.",
        "[hidden text: unseen]",
        "[footnote: Note text]",
        "\u041f\u0440\u0438\u0432\u0435\u0442",
        "1. First point",
        "Date\tName\tSum",
        "2024\tVogt\t5",
        "site",
        "[link: https://example.org]",
        "[comment: Really?]",
    ]
    assert [block.kind for block in reading.blocks][6:9] == ["list_item", "header_row", "row"]
    place = reading.blocks[2].locator
    assert isinstance(place, BlockLocator)
    assert place.headings == ("Greetings",)
    assert (reading.title, reading.sender) == ("Letter", "Ada")
    assert [(time.raw, time.meaning) for time in reading.times] == [("2024-03-05T10:30:00", "created")]
    flagged = [reading.text[i.locator.start : i.locator.end] for i in reading.issues if i.locator]
    assert flagged == ["[hidden text: unseen]", "[comment: Really?]"]


def test_characters_beyond_the_first_plane_come_in_halves() -> None:
    assert texts(read(rb"{\rtf1 \u-10179?\u-8704?\par \u-10179?alone}")) == ["\U0001f600", "\ufffdalone"]


def test_pictures_and_objects_become_parts() -> None:
    native = b"\x01\x05\0\0\x02\0\0\0" + b"\x08\0\0\0Package\0" + bytes(8) + b"\x05\0\0\0hello"
    data = (
        rb"{\rtf1 text{\pict\pngblip 89504e47}{\object{\*\objdata " + native.hex().encode() + rb"}{\result shown}}\par}"
    )
    with source_of(data, RTF) as source:
        reading = RtfReader().read(source)
        written = [(part.untrusted_name, (source.scratch / part.file).read_bytes()) for part in reading.parts]
    assert written == [("picture 1.png", b"\x89PNG"), ("object 2.bin", b"hello")]
    assert reading.text == "textshown"


def test_a_file_that_ends_early_is_read_as_far_as_it_goes() -> None:
    reading = read(LETTER[: LETTER.index(b"First point") + 5])
    assert "First" in reading.text
    assert "dropped_text" in {issue.category for issue in reading.issues}


@pytest.mark.parametrize(
    ("data", "category"), [(b"", "empty"), (b"hello", "corrupt"), (rb"{\rtf1 " + b"{" * 200_000, "too_deep")]
)
def test_what_cannot_be_read_says_why(data: bytes, category: str) -> None:
    with pytest.raises(UntrustedInputError) as raised:
        read(data)
    assert raised.value.category == category


@pytest.mark.parametrize(
    "piece", [r"{\v a}", r"\'e9", r"{\footnote x}", r"\cell ", "\\u8364?", "{\\*\\x ", " " * 9 + "\\"]
)
def test_time_grows_with_the_file(piece: str) -> None:
    def work(text: str) -> object:
        try:
            return read(b"{\\rtf1 " + text.encode("latin-1"))
        except UntrustedInputError:
            return None

    assert growth(work, piece * 8_000) < MOST


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [r"\b ", "{", "}", r"\par ", r"\cell ", r"\row ", r"{\v ", r"{\footnote ", r"\intbl ", r"\pard "]
        )
    )
)
def test_visible_words_are_never_lost(controls: list[str]) -> None:
    data = "{\\rtf1 " + "".join(f"{control}word{at}x" for at, control in enumerate(controls))
    text = read(data.encode()).text
    # behind a brace too many the document is over
    assert all(text.count(f"word{at}x") == 1 for at in range(len(controls)))
