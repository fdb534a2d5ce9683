import pytest

from casefile.errors import UntrustedInputError
from casefile.locators import BlockLocator
from ingest.readers.epub import EpubReader
from ingest.reading import Reader, Reading
from tests.ingest.office_files import packed
from tests.ingest.reader_contract import ReaderContract, Sample, read_bytes

EPUB = "application/epub+zip"


def read(data: bytes) -> Reading:
    return read_bytes(EpubReader(), data, EPUB)


def texts(reading: Reading) -> list[str]:
    return [reading.text[block.locator.start : block.locator.end] for block in reading.blocks]


def page(body: str, title: str = "Book") -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml">'
        f"<head><title>{title}</title></head><body>{body}</body></html>"
    )


def book(chapters: dict[str, str], spine: list[str], parts: dict[str, str] | None = None) -> bytes:
    items = "".join(
        f'<item id="{name}" href="text/{name}.xhtml" media-type="application/xhtml+xml"/>' for name in chapters
    )
    order = "".join(f'<itemref idref="{name}"/>' for name in spine)
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>'
        f"<dc:title>The Harbour</dc:title><dc:creator>A. Vogt</dc:creator><dc:date>2019-08-23</dc:date></metadata>"
        f'<manifest>{items}<item id="i" href="a.png" media-type="image/png"/></manifest>'
        f"<spine>{order}</spine></package>"
    )
    return packed(
        {
            "mimetype": EPUB,
            "META-INF/container.xml": '<container><rootfiles><rootfile full-path="OPS/b.opf"/></rootfiles></container>',
            "OPS/b.opf": package,
            "OPS/a.png": "png",
            **{f"OPS/text/{name}.xhtml": chapter for name, chapter in chapters.items()},
            **(parts or {}),
        }
    )


class TestEpubContract(ReaderContract):
    def make_reader(self) -> Reader:
        return EpubReader()

    def samples(self) -> dict[str, Sample]:
        data = book({"one": page("<h1>First</h1><p>At the harbour.</p>")}, ["one"])
        return {"book": Sample(data, EPUB, "a.epub", ("First", "At the harbour."))}


def test_chapters_come_in_the_order_of_the_spine() -> None:
    chapters = {"a": page("<p>later</p>"), "b": page("<h1>Start</h1><p>sooner é</p>"), "c": page("<p>left out</p>")}
    reading = read(book(chapters, ["b", "a"]))
    assert texts(reading) == ["Book", "Start", "sooner é", "later", "left out"]
    places = [block.locator for block in reading.blocks if isinstance(block.locator, BlockLocator)]
    assert [place.paragraph for place in places] == [1, 2, 3, 4, 5]
    assert places[2].headings == ("Start",)
    assert (reading.title, reading.sender) == ("The Harbour", "A. Vogt")
    assert [(time.raw, time.meaning) for time in reading.times] == [("2019-08-23", "created")]
    assert [part.untrusted_name for part in reading.parts] == ["a.png"]
    assert [issue.category for issue in reading.issues] == ["hidden_text"]


def test_a_missing_chapter_is_reported() -> None:
    whole = book({"a": page("<p>here</p>"), "b": page("<p>x</p>")}, ["a", "b"])
    reading = read(whole.replace(b"OPS/text/b.xhtml", b"OPS/text/z.xhtml"))
    assert texts(reading) == ["Book", "here"]
    assert [issue.category for issue in reading.issues] == ["dropped_text"]


@pytest.mark.parametrize(
    ("data", "category"),
    [
        (b"", "empty"),
        (packed({"mimetype": EPUB}), "corrupt"),
        (book({"a": page("x")}, ["a"])[:500], "corrupt"),
        (
            book(
                {"a": page("x")}, ["a"], {"META-INF/encryption.xml": '<e><CipherReference URI="OPS/text/a.xhtml"/></e>'}
            ),
            "encrypted",
        ),
    ],
)
def test_what_cannot_be_read_says_why(data: bytes, category: str) -> None:
    with pytest.raises(UntrustedInputError) as raised:
        read(data)
    assert raised.value.category == category
