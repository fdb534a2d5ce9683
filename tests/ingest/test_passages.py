import pytest
from hypothesis import given
from hypothesis import strategies as st

from casefile.locators import (
    BlockLocator,
    CellsLocator,
    LinesLocator,
    Locator,
    MailPartLocator,
    PageLocator,
    SlideLocator,
)
from casefile.records import Cell
from ingest.breaking import is_cluster_edge
from ingest.passages import CutPassage, cut
from ingest.piece_count import MODEL_WINDOW, count_pieces
from ingest.readers.plain_text import text_blocks
from ingest.reading import Block, BlockKind, Reading, StatedTime
from tests.ingest.linear_time import MOST, growth

SENTENCE = "The van left the yard at nine and came back before noon without its load. "


class Document:
    """Puts a reading together block by block."""

    def __init__(self) -> None:
        self.text = ""
        self.blocks: list[Block] = []

    def add(
        self, kind: BlockKind, text: str, locator: Locator, context: str = "", cells: tuple[Cell, ...] = ()
    ) -> "Document":
        from dataclasses import replace

        start = len(self.text) + (1 if self.text else 0)
        self.text += ("\n" if self.text else "") + text
        self.blocks.append(Block(kind, replace(locator, start=start, end=len(self.text)), context, cells))
        return self

    def reading(self, title: str = "", sender: str = "", times: tuple[StatedTime, ...] = ()) -> Reading:
        return Reading(self.text, tuple(self.blocks), title=title, sender=sender, times=times)


def texts(reading: Reading, passages: tuple[CutPassage, ...]) -> list[str]:
    return [reading.text[passage.start : passage.end] for passage in passages]


def check(reading: Reading, passages: tuple[CutPassage, ...]) -> None:
    """What holds for every cut, whatever the reading."""
    text = reading.text
    covered = [0] * len(text)
    position = 0
    for passage in passages:
        assert position <= passage.start < passage.end <= len(text)
        assert (passage.locator.start, passage.locator.end) == (passage.start, passage.end)
        assert not text[passage.start].isspace()
        assert not text[passage.end - 1].isspace()
        assert len(passage.context) <= 200
        assert count_pieces(f"{passage.context}\n{text[passage.start : passage.end]}") <= MODEL_WINDOW
        for at in range(passage.start, passage.end):
            covered[at] += 1
        position = passage.end
    for count, character in zip(covered, text, strict=True):
        assert count == 1 or (count == 0 and character.isspace())


def page(number: int) -> PageLocator:
    return PageLocator(number, 0, 0)


def block(paragraph: int, *headings: str) -> BlockLocator:
    return BlockLocator(paragraph, 0, 0, headings)


def test_small_neighbours_of_a_page_are_merged_and_pages_never() -> None:
    document = (
        Document()
        .add("paragraph", "One.", page(1))
        .add("paragraph", "Two.", page(1))
        .add("paragraph", "Three.", page(2))
    )
    passages = cut(document.reading())
    assert texts(document.reading(), passages) == ["One.\nTwo.", "Three."]
    assert [passage.locator for passage in passages] == [PageLocator(1, 0, 9), PageLocator(2, 10, 16)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (MailPartLocator("body", 0, 0), MailPartLocator("2.1", 0, 0)),
        (SlideLocator(1, 0, 0), SlideLocator(2, 0, 0)),
        (SlideLocator(1, 0, 0), SlideLocator(1, 0, 0, notes=True)),
        (CellsLocator("A", "A1", 0, 0), CellsLocator("B", "A1", 0, 0)),
        (page(1), page(2)),
        (LinesLocator(1, 1, 0, 0), page(1)),
    ],
)
def test_units_are_never_merged(first: Locator, second: Locator) -> None:
    document = Document().add("paragraph", "One.", first).add("paragraph", "Two.", second)
    assert texts(document.reading(), cut(document.reading())) == ["One.", "Two."]


def test_each_row_is_a_passage_with_its_cells() -> None:
    document = Document().add("header_row", "name\tnumber", CellsLocator("S", "A1:B1", 0, 0))
    cells = (Cell(0, "text", "Max", 12, 15), Cell(1, "number", "5", 16, 17))
    document.add("row", "Max\t5", CellsLocator("S", "A2:B2", 0, 0), "S: name | number", cells)
    passages = cut(document.reading("Liste"))
    assert texts(document.reading(), passages) == ["name\tnumber", "Max\t5"]
    assert passages[1].context == "Liste · S: name | number"
    assert passages[1].cells == cells
    assert passages[1].locator == CellsLocator("S", "A2:B2", 12, 17)
    assert [passage.kind for passage in passages] == ["header_row", "row"]


def test_a_long_row_is_split_but_keeps_its_place_and_every_cell_once() -> None:
    columns = [f"value number {number} of this row" for number in range(100)]
    row = "\t".join(columns)
    starts = [row.index(column) for column in columns]
    cells = tuple(Cell(n, "text", c, s, s + len(c)) for n, (c, s) in enumerate(zip(columns, starts, strict=True)))
    document = Document().add("row", row, CellsLocator("S", "A2:CV2", 0, 0), "S", cells)
    passages = cut(document.reading())
    check(document.reading(), passages)
    assert len(passages) > 3
    assert {passage.locator.cells for passage in passages if isinstance(passage.locator, CellsLocator)} == {"A2:CV2"}
    assert tuple(cell for passage in passages for cell in passage.cells) == cells
    for passage in passages:
        assert all(passage.start <= cell.start and cell.end <= passage.end for cell in passage.cells)


def test_a_row_under_three_targets_is_whole() -> None:
    row = " ".join(["word"] * 220)
    document = Document().add("row", row, CellsLocator("S", "A2:B2", 0, 0))
    assert len(row) > 1000
    assert len(cut(document.reading())) == 1


def test_a_heading_goes_with_what_follows_and_into_the_context_of_all_beneath() -> None:
    document = Document().add("paragraph", "Before.", block(1)).add("heading", "Findings", block(2, "Findings"))
    for number in range(3, 13):
        document.add("paragraph", SENTENCE.strip(), block(number, "Findings"))
    reading = document.reading("Report")
    passages = cut(reading)
    check(reading, passages)
    assert texts(reading, passages)[0] == "Before."
    assert texts(reading, passages)[1].startswith("Findings\nThe van")
    assert passages[0].context == "Report"
    assert passages[1].context == "Report"  # the heading stands in the passage itself
    assert [passage.context for passage in passages[2:]] == ["Report · Findings"] * (len(passages) - 2)
    assert passages[1].kind == "paragraph"
    assert passages[1].locator == BlockLocator(2, 8, passages[1].end, ("Findings",))


def test_headings_without_a_path_hold_over_pages_and_markdown_levels_nest() -> None:
    document = (
        Document().add("heading", "Part", page(1)).add("paragraph", "One.", page(1)).add("paragraph", "Two.", page(2))
    )
    assert [passage.context for passage in cut(document.reading())] == ["", "Part"]
    text = "# A\n\nalpha\n\n## B\n\nbeta\n\n## C\n\ngamma\n"
    reading = Reading(text, text_blocks(text, "markdown"))
    assert [passage.context for passage in cut(reading)] == ["", "A", "A"]


def test_a_long_paragraph_is_split_at_sentence_ends_with_headings_before_it() -> None:
    document = Document().add("heading", "Van", page(1)).add("paragraph", (SENTENCE * 20).strip(), page(1))
    reading = document.reading()
    passages = cut(reading)
    check(reading, passages)
    assert all(text.endswith("load.") for text in texts(reading, passages))
    assert texts(reading, passages)[0].startswith("Van\nThe van")
    lengths = [passage.end - passage.start for passage in passages]
    assert max(lengths) <= 520
    assert min(lengths) >= 200


def test_a_mail_passage_knows_subject_sender_and_day() -> None:
    document = Document().add("mail_headers", "From: Max <m@x.de>\nSubject: Van", MailPartLocator("headers", 0, 0))
    document.add("paragraph", "It is parked outside.", MailPartLocator("body", 0, 0), "Van")
    times = (StatedTime("Fri, 03 May 2024 00:30:00 +0200", "sent"),)
    headers, body = cut(document.reading("Van", "Max <m@x.de>", times))
    assert headers.context == ""
    assert body.context == "Van · Max <m@x.de> · 2024-05-03"


def test_the_context_is_bounded_and_repeats_nothing() -> None:
    title = "A very long title of a document " * 40
    document = Document().add("paragraph", "Short.", block(1, "Heading " * 60, "Inner", "inner"), "Inner")
    (passage,) = cut(document.reading(title))
    assert len(passage.context) <= 200
    assert passage.context.lower().count("inner") == 1
    assert passage.context.startswith("A very long title")


def test_lines_are_counted_anew_for_each_passage() -> None:
    text = "\r\n".join(f"{number}: {SENTENCE.strip()}" for number in range(1, 31))
    reading = Reading(text, text_blocks(text))
    passages = cut(reading)
    check(reading, passages)
    assert len(passages) > 3
    for passage in passages:
        assert isinstance(passage.locator, LinesLocator)
        assert passage.locator.first_line == text.count("\n", 0, passage.start) + 1
        assert passage.locator.last_line == text.count("\n", 0, passage.end) + 1


@pytest.mark.parametrize(
    "token",
    ["+49 171 23 45 678", "DE89 3704 0044 0532 0130 00", "VKT-482-B", "0171/2345678", "a.long.name@example.org"],
)
@pytest.mark.parametrize("before", range(440, 510, 7))
def test_an_identifier_is_not_torn(token: str, before: int) -> None:
    filler = ("word " * 200)[:before]
    document = Document().add("paragraph", f"{filler} {token} {filler}", page(1))
    assert any(token in text for text in texts(document.reading(), cut(document.reading())))


@pytest.mark.parametrize("cluster", ["e\u0301", "👨‍👩‍👧‍👦", "🇩🇪", "👍🏽", "각", "\u1100\u1161\u11a8", "\r\n"])
def test_a_grapheme_cluster_is_not_torn(cluster: str) -> None:
    document = Document().add("paragraph", "x" + cluster * 700 + "y", page(1))
    reading = document.reading()
    passages = cut(reading)
    check(reading, passages)
    for passage in passages:
        if passage.end < len(reading.text) and not reading.text[passage.end].isspace():
            assert (passage.end - 1) % len(cluster) == 0


def test_cluster_edges_follow_the_unicode_rules() -> None:
    assert is_cluster_edge("ab", 0, 1)
    assert not is_cluster_edge("e\u0301x", 0, 1)
    assert not is_cluster_edge("🇩🇪🇫🇷", 0, 1)
    assert is_cluster_edge("🇩🇪🇫🇷", 0, 2)
    assert not is_cluster_edge("\r\n", 0, 1)


@pytest.mark.parametrize(
    "text",
    ["안녕하세요 " * 300, "昨夜道路で事故が発生しました" * 100, "0123456789" * 300, "qzxj" * 500, "Ab9+" * 700, "?!" * 900, "é" * 999,
     "👍" * 900, "\u0301" * 3000, "\ud800" * 600, "\0" * 600, "a\n" * 900, "x" * 3000, "1 " * 2000, "Вчера вечером авария. " * 60]
)  # fmt: skip
@pytest.mark.parametrize("kind", ["paragraph", "row"])
def test_dense_and_hostile_texts_fit_the_window_wholly(text: str, kind: BlockKind) -> None:
    locator: Locator = CellsLocator("S", "A1", 0, 0) if kind == "row" else page(1)
    reading = Document().add(kind, text, locator, "안녕하세요 " * 50).reading("昨夜道路で事故が発生しました" * 20)
    check(reading, cut(reading))


def test_text_that_no_block_covers_is_cut_too_and_overlaps_are_settled() -> None:
    text = "lost\nfound here\nagain lost"
    blocks = (
        Block("paragraph", PageLocator(1, 5, 10)),
        Block("paragraph", PageLocator(1, 7, 900)),
        Block("row", CellsLocator("", "A1", 3, 3)),
    )
    reading = Reading(text, blocks[:1])
    passages = cut(reading)
    check(reading, passages)
    assert [type(passage.locator).__name__ for passage in passages] == ["LinesLocator", "PageLocator", "LinesLocator"]
    assert isinstance(passages[2].locator, LinesLocator)
    assert (passages[2].locator.first_line, passages[2].locator.last_line) == (2, 3)
    check(Reading(text, blocks), cut(Reading(text, blocks)))
    check(Reading(text, ()), cut(Reading(text, ())))
    assert cut(Reading(" \n", ())) == ()


KINDS: list[BlockKind] = ["title", "heading", "paragraph", "list_item", "row", "lines"]
CONTENT = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [SENTENCE, SENTENCE * 9, "Head", "ß" * 700, "安" * 300, "x" * 1200, "DE89 3704 0044 0532 0130 00 " * 30]
    ),
)


@given(st.lists(st.tuples(st.sampled_from(KINDS), st.integers(1, 3), CONTENT), max_size=12), st.integers(40, 600))
def test_every_cut_covers_all_text_once_and_stays_in_its_page(
    blocks: list[tuple[BlockKind, int, str]], target: int
) -> None:
    document = Document()
    pages: dict[int, int] = {}
    for kind, number, text in blocks:
        document.add(kind, text, page(number))
        for at in range(document.blocks[-1].locator.start, len(document.text)):
            pages[at] = number
    reading = document.reading("Title")
    passages = cut(reading, target)
    check(reading, passages)
    for passage in passages:
        assert isinstance(passage.locator, PageLocator)
        assert {pages[at] for at in range(passage.start, passage.end) if at in pages} == {passage.locator.page}
    assert passages == cut(reading, target)


@pytest.mark.parametrize("unit", ["x", "x ", "a. ", "1 ", "\n", "安", "DE89 3704 ", "a\u0301"])
def test_work_grows_in_step_with_the_text(unit: str) -> None:
    def work(text: str) -> object:
        return cut(Reading(text, (Block("paragraph", PageLocator(1, 0, len(text))),)))

    work("warm")
    assert growth(work, unit * (60_000 // len(unit)), repeats=2) < MOST
