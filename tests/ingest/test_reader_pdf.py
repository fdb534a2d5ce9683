"""PDF: text and places, pages that need OCR, forms, comments, embedded files, locked and damaged files."""

import io
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader as PyPdfReader
from pypdf import PdfWriter
from reportlab.pdfgen.canvas import Canvas

from casefile.errors import UntrustedInputError
from casefile.locators import Box, PageLocator
from ingest.readers.pdf import PdfReader
from ingest.reading import Reader, Reading, ReadLimits
from tests.ingest.pdf_files import line, pages_of, picture, stream
from tests.ingest.reader_contract import ReaderContract, Sample, read_bytes

TO_UNICODE = stream(
    b"begincmap 1 begincodespacerange <00> <FF> endcodespacerange "
    b"3 beginbfchar <41> <D83DDE00> <42> <006600660069> <44> <D83D> endbfchar endcmap"
)
PARAGRAPHS = (
    line(50, 250, "The witness saw a dark car", 12)
    + line(50, 236, "near the station at noon.", 12)
    + line(50, 190, "A second paragraph follows.", 12)
)
LONG = b"".join(
    line(20, 280 - 14 * n, f"Line {n} of a page with enough words on it to be believed", 10) for n in range(18)
)


def read(data: bytes, limits: ReadLimits | None = None) -> Reading:
    return read_bytes(PdfReader(), data, "application/pdf", limits=limits)


def blocks_of(reading: Reading) -> list[str]:
    return [reading.text[block.locator.start : block.locator.end] for block in reading.blocks]


def box_of(reading: Reading, word: str) -> Box:
    return next(box.box for box in reading.words if reading.text[box.start : box.end] == word)


def categories(reading: Reading) -> list[tuple[str, int]]:
    return [
        (issue.category, issue.locator.page if isinstance(issue.locator, PageLocator) else 0)
        for issue in reading.issues
    ]


def written_by_reportlab() -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(400, 300), invariant=1)
    canvas.setTitle("Report of the night")
    canvas.drawString(50, 250, "Größe und Maß (3 m²)")
    canvas.acroForm.textfield(
        name="name", tooltip="Full name", x=50, y=200, width=100, height=20, value="Bob Filled In"
    )
    canvas.acroForm.checkbox(name="agreed", tooltip="Agreed", x=50, y=150, checked=True)
    canvas.showPage()
    canvas.drawString(50, 250, "Page two")
    canvas.save()
    return out.getvalue()


def annotated() -> bytes:
    comment = b"<</Type/Annot/Subtype/Text/Rect[10 10 30 30]/Contents(ask him again)/T(Insp. Lee)>>"
    typed = b"<</Type/Annot/Subtype/FreeText/Rect[100 100 200 120]/Contents(typed on the page)>>"
    link = b"<</Type/Annot/Subtype/Link/Rect[50 40 90 60]/A<</S/URI/URI(http://evil.invalid/x)>>>>"
    inner = b"<</Type/Annot/Subtype/Link/Rect[50 40 90 60]/A<</S/URI/URI(#C249)>>>>"
    return pages_of(PARAGRAPHS, more=(comment, typed, link, inner), page_entries=b"/Annots[5 0 R 6 0 R 7 0 R 8 0 R]")


def with_embedded_file() -> bytes:
    writer = PdfWriter(clone_from=io.BytesIO(pages_of(PARAGRAPHS)))
    writer.add_attachment("../../list of calls.csv", b"a,b\n1,2\n")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def locked(user: str) -> bytes:
    writer = PdfWriter(clone_from=io.BytesIO(pages_of(PARAGRAPHS)))
    writer.encrypt(user_password=user, owner_password="owner", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


class TestPdf(ReaderContract):
    def make_reader(self) -> Reader:
        return PdfReader()

    def samples(self) -> dict[str, Sample]:
        def pdf(data: bytes, *contains: str) -> Sample:
            return Sample(data, "application/pdf", contains=contains)

        return {
            "two pages": pdf(pages_of(LONG, PARAGRAPHS), "near the station at noon."),
            "form": pdf(written_by_reportlab(), "Größe und Maß (3 m²)", "Bob Filled In", "☒ Agreed", "Page two"),
            "annotated": pdf(annotated(), "ask him again", "typed on the page", "http://evil.invalid/x"),
            "embedded": pdf(with_embedded_file(), "A second paragraph"),
            "odd characters": pdf(
                pages_of(line(50, 250, "xAB ABx xDB"), font_entries=b"/ToUnicode 5 0 R", more=(TO_UNICODE,)), "😀ffi"
            ),
        }


def test_paragraphs_with_their_pages_and_a_separator_between_pages() -> None:
    reading = read(pages_of(PARAGRAPHS, LONG))
    assert blocks_of(reading)[:2] == [
        "The witness saw a dark car\nnear the station at noon.",
        "A second paragraph follows.",
    ]
    assert "follows.\n\fLine 0" in reading.text
    pages = [block.locator.page for block in reading.blocks if isinstance(block.locator, PageLocator)]
    assert sorted(set(pages)) == [1, 2]
    assert [(size.page, size.width, size.height) for size in reading.pages] == [(1, 400, 300), (2, 400, 300)]


def test_a_large_line_is_a_heading_and_a_bullet_a_list_item() -> None:
    content = line(50, 270, "A Heading", 20) + b"".join(
        line(50, 230 - 14 * n, f"{n}. item of the list", 10) for n in range(3)
    )
    assert [(block.kind) for block in read(pages_of(content)).blocks] == [
        "heading",
        "list_item",
        "list_item",
        "list_item",
    ]


def test_word_boxes_lie_where_the_words_stand() -> None:
    reading = read(pages_of(PARAGRAPHS))
    assert [reading.text[box.start : box.end] for box in reading.words][:4] == ["The", "witness", "saw", "a"]
    box = box_of(reading, "The")
    assert box.left == pytest.approx(50, abs=1)
    assert box.top < 300 - 250 - 8 < 300 - 250 < box.bottom  # from above the letters to below the base line
    assert box.right - box.left == pytest.approx(20.7, abs=1.5)
    assert box.bottom - box.top < 20


@pytest.mark.parametrize(
    ("rotation", "left", "top", "size"),
    [
        (0, 50, 42, (400, 300)),
        (90, 250 - 3, 50, (300, 400)),
        (180, 400 - 71, 250 - 3, (400, 300)),
        (270, 42, 400 - 71, (300, 400)),
    ],
)
def test_boxes_are_on_the_page_as_displayed(rotation: int, left: float, top: float, size: tuple[int, int]) -> None:
    reading = read(pages_of(PARAGRAPHS, page_entries=b"/Rotate %d" % rotation))
    box = box_of(reading, "The")
    assert (reading.pages[0].width, reading.pages[0].height) == size
    assert (box.left, box.top) == (pytest.approx(left, abs=6), pytest.approx(top, abs=6))


def test_boxes_count_from_the_crop_box_and_from_an_odd_origin() -> None:
    cropped = read(pages_of(PARAGRAPHS, page_entries=b"/CropBox[40 100 300 280]"))
    assert (cropped.pages[0].width, cropped.pages[0].height) == (260, 180)
    assert box_of(cropped, "The").left == pytest.approx(10, abs=1)
    assert box_of(cropped, "The").bottom == pytest.approx(30, abs=4)
    moved = read(pages_of(PARAGRAPHS, media_box=b"-100 -50 300 250.5"))
    assert box_of(moved, "The").left == pytest.approx(150, abs=1)


def test_the_boxes_are_those_that_a_drawn_page_shows() -> None:
    """Draw the page with another crop and rotation, and look where the ink is."""
    import pypdfium2

    content = line(120, 150, "XXXX", 20)
    for rotation in (0, 90, 180, 270):
        data = pages_of(content, page_entries=b"/CropBox[30 20 380 290]/Rotate %d" % rotation)
        box = box_of(read(data), "XXXX")
        document = pypdfium2.PdfDocument(data)
        ink = document[0].render(scale=4).to_pil().convert("L").point(lambda value: 255 * (value < 128)).getbbox()
        document.close()
        assert ink
        left, top, right, bottom = (edge / 4 for edge in ink)
        assert box.left - 1 <= left < right <= box.right + 1
        assert box.top - 1 <= top < bottom <= box.bottom + 1
        assert (box.right - box.left) * (box.bottom - box.top) < 2.2 * (right - left) * (bottom - top)


def test_a_hyphen_at_a_lines_end_stays_and_its_halves_have_boxes() -> None:
    content = line(50, 250, "a very long inter-", 12) + line(50, 236, "national agreement", 12)
    reading = read(pages_of(content))
    assert "inter-national" in reading.text or "inter-\nnational" in reading.text
    assert [reading.text[box.start : box.end] for box in reading.words] == [
        "a",
        "very",
        "long",
        "inter-",
        "national",
        "agreement",
    ]
    assert box_of(reading, "inter-").bottom <= box_of(reading, "national").bottom - 10


def test_offsets_are_code_points_whatever_pdfium_counts() -> None:
    reading = read(pages_of(line(50, 250, "xAx AB yy"), font_entries=b"/ToUnicode 5 0 R", more=(TO_UNICODE,)))
    assert reading.text == "x😀x 😀ffi yy"
    assert [reading.text[box.start : box.end] for box in reading.words] == ["x😀x", "😀ffi", "yy"]
    lefts = [box.box.left for box in reading.words]
    assert lefts == sorted(lefts)
    assert all(before.box.right <= after.box.left + 1 for before, after in pairwise(reading.words))


def test_half_a_surrogate_pair_becomes_a_replacement_character() -> None:
    reading = read(pages_of(line(50, 250, "xDx ok"), font_entries=b"/ToUnicode 5 0 R", more=(TO_UNICODE,)))
    assert reading.text == "x\ufffdx ok"


STAMP = line(20, 285, "Case 4:08-cv-02214 Document 26 Filed 01/29/2009 Page 1 of 2", 9)
NOISE = b"".join(
    line(10, 290 - 11 * n, "«POAH «3E*»CM s*r;tiiR» FRG&t OSZ fc-ugsx 3s«»ter A&s-oe ot words", 8) for n in range(20)
)
OUTLINES = b"0 0 m " + b"".join(b"%d %d l " % (n % 50, n % 37) for n in range(200)) + b"f\n"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (picture(0, 0, 400, 300), True),
        (picture(0, 0, 400, 300) + STAMP, True),
        (picture(50, 120, 40, 12) + STAMP, True),
        (picture(0, 0, 400, 300) + NOISE, True),
        (OUTLINES, True),
        (picture(0, 0, 400, 300) + LONG, False),
        (picture(20, 250, 40, 40) + LONG, False),
        (STAMP, False),
        (line(150, 150, "Annex B"), False),
        (picture(300, 250, 20, 20) + line(100, 150, "Title page"), False),
        (b"50 50 m 350 50 l S\n", False),
        (b"", False),
    ],
)
def test_pages_that_need_ocr(content: bytes, expected: bool) -> None:
    reading = read(pages_of(LONG, content))
    assert (("needs_ocr", 2) in categories(reading)) is expected
    assert "Line 17 of a page" in reading.text, "the other page is read all the same"


def test_a_font_without_meaning_needs_ocr() -> None:
    reading = read(pages_of(LONG, font_entries=b"/ToUnicode 5 0 R", more=(stream(b"begincmap endcmap"),)))
    assert reading.text  # Helvetica says what its glyphs mean even so
    assert categories(reading) == []


def test_blank_pages_alone_have_no_text() -> None:
    assert categories(read(pages_of(b"", b""))) == [("no_text", 0)]


def test_form_values_and_the_stated_title_and_times() -> None:
    reading = read(written_by_reportlab())
    assert reading.title == "Report of the night"
    assert [time.meaning for time in reading.times] == ["created", "modified"]
    assert reading.times[0].raw.startswith("D:2000")
    contexts = {reading.text[b.locator.start : b.locator.end]: b.context for b in reading.blocks if b.context}
    assert contexts == {"Bob Filled In": "form field Full name", "☒ Agreed Yes": "form field Agreed"}
    box = box_of(reading, "Bob Filled In")
    assert (box.left, box.top) == (pytest.approx(50, abs=2), pytest.approx(80, abs=2))


def test_comments_are_in_the_text_and_flagged() -> None:
    reading = read(annotated())
    flagged = [
        reading.text[i.locator.start : i.locator.end]
        for i in reading.issues
        if i.category == "hidden_text" and i.locator
    ]
    assert flagged == ["ask him again"]
    assert (
        next(b.context for b in reading.blocks if "ask him" in reading.text[b.locator.start : b.locator.end])
        == "comment by Insp. Lee"
    )
    assert "#C249" not in reading.text


def test_an_embedded_file_is_a_part() -> None:
    reading = read(with_embedded_file())
    assert [(part.untrusted_name, part.relation) for part in reading.parts] == [("../../list of calls.csv", "embedded")]


def test_an_embedded_file_over_the_bound_is_refused() -> None:
    reading = read(with_embedded_file(), ReadLimits(part_bytes=3))
    assert [(part.file, part.issue.category if part.issue else "") for part in reading.parts] == [("", "too_large")]


def test_a_password_to_open_is_encrypted_and_one_to_edit_is_not() -> None:
    with pytest.raises(UntrustedInputError) as refused:
        read(locked("secret"))
    assert refused.value.category == "encrypted"
    assert "A second paragraph follows." in read(locked("")).text


@pytest.mark.parametrize("data", [b"%PDF-1.7\n", b"%PDF-1.4\n" + bytes(range(256)) * 20, pages_of(LONG)[:300]])
def test_a_damaged_file_is_corrupt(data: bytes) -> None:
    with pytest.raises(UntrustedInputError) as refused:
        read(data)
    assert refused.value.category == "corrupt"


def test_a_file_without_its_end_is_read_as_far_as_it_goes_and_says_so() -> None:
    whole = pages_of(LONG, PARAGRAPHS)
    reading = read(whole[: whole.rindex(b"startxref")])
    assert "A second paragraph follows." in reading.text
    assert ("corrupt", 0) in categories(reading)


def test_a_page_that_cannot_be_loaded_is_an_issue_and_the_others_are_read() -> None:
    data = pages_of(PARAGRAPHS, LONG).replace(b"/Kids[5 0 R 7 0 R]", b"/Kids[5 0 R 9 0 R]")
    reading = read(data)
    assert "A second paragraph follows." in reading.text
    assert ("corrupt", 2) in categories(reading)


def test_annotations_beyond_the_bound_are_said_to_be_left_out() -> None:
    comment = b"<</Type/Annot/Subtype/Text/Rect[1 1 2 2]/Contents(hi)>>"
    data = pages_of(LONG, more=(comment,), page_entries=b"/Annots[" + b"5 0 R " * 5_001 + b"]")
    assert ("dropped_text", 1) in categories(read(data))


def test_many_damaged_pages_are_given_up() -> None:
    data = pages_of(LONG).replace(b"/Kids[5 0 R]/Count 1", b"/Kids[5 0 R " + b"99 0 R " * 3_000 + b"]/Count 3001")
    reading = read(data)
    assert "Line 17" in reading.text
    assert 1 <= len(reading.issues) <= 1_001


def test_page_loops_end() -> None:
    data = pages_of(PARAGRAPHS).replace(b"/Kids[5 0 R]/Count 1", b"/Kids[2 0 R]/Count 9")
    try:
        assert len(read(data).pages) <= 9
    except UntrustedInputError as error:
        assert error.category == "corrupt"  # noqa: PT017 - either outcome is right


@pytest.mark.parametrize("characters", [1, 50, 1100, 2230, 2231, 2232, 2233, 2300])
def test_the_text_is_cut_at_the_limit_with_its_blocks_and_words(characters: int) -> None:
    whole = read(pages_of(LONG, LONG, LONG))
    cut = read(pages_of(LONG, LONG, LONG), ReadLimits(text_characters=characters))
    assert whole.text.startswith(cut.text)
    assert len(cut.text) <= characters < len(cut.text) + 12
    assert categories(cut) == [("too_large", 0)]
    assert cut.words == whole.words[: len(cut.words)]


def test_another_program_reads_the_same_letters() -> None:
    data = pages_of(LONG, PARAGRAPHS)
    ours = read(data).text
    theirs = "".join(page.extract_text() for page in PyPdfReader(io.BytesIO(data)).pages)
    assert [letter for letter in ours if letter.isalnum()] == [letter for letter in theirs if letter.isalnum()]


@settings(max_examples=40, deadline=None)
@given(
    words=st.lists(
        st.text(st.characters(codec="cp1252", exclude_categories=["C", "Z"]), min_size=1, max_size=8),
        min_size=1,
        max_size=12,
    ),
    rotation=st.sampled_from([0, 90, 180, 270]),
)
def test_every_word_has_a_box_on_the_page(words: list[str], rotation: int) -> None:
    content = b"".join(line(20 + 90 * (n % 4), 280 - 20 * (n // 4), word, 8) for n, word in enumerate(words))
    reading = read(pages_of(content, page_entries=b"/Rotate %d" % rotation))
    size = reading.pages[0]
    covered = "".join(reading.text[box.start : box.end] for box in reading.words)
    assert covered == "".join(reading.text.split())
    for box in reading.words:
        assert 0 <= box.box.left <= box.box.right <= size.width
        assert 0 <= box.box.top <= box.box.bottom <= size.height
