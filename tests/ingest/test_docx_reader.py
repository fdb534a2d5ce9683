import io

import docx as python_docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casefile.errors import UntrustedInputError
from casefile.locators import BlockLocator
from ingest.readers.docx import DocxReader
from ingest.readers.docx_numbering import number_in_form
from ingest.reading import Block, Reader, Reading
from tests.ingest.office_files import DOCX, ENCRYPTED_OFFICE, NAMESPACES, docx, packed, paragraph, table
from tests.ingest.reader_contract import ReaderContract, Sample, read_bytes


def read(data: bytes) -> Reading:
    return read_bytes(DocxReader(), data, DOCX)


def texts(reading: Reading) -> list[str]:
    return [reading.text[block.locator.start : block.locator.end] for block in reading.blocks]


def hidden(reading: Reading) -> list[str]:
    return [
        reading.text[issue.locator.start : issue.locator.end]
        for issue in reading.issues
        if issue.category == "hidden_text" and issue.locator is not None
    ]


def block_with(reading: Reading, text: str) -> Block:
    return next(b for b in reading.blocks if text in reading.text[b.locator.start : b.locator.end])


def statement() -> bytes:
    document = python_docx.Document()
    document.core_properties.title = "Statement of M. Keller"
    document.core_properties.author = "Sgt Brandt"
    document.add_heading("Statement", level=0)
    document.add_heading("Background", level=1)
    document.add_paragraph("I live in Bonn. I work at the harbour.")
    document.add_heading("The evening", level=2)
    document.add_paragraph("first point", style="List Number")
    document.add_paragraph("second point", style="List Number")
    grid = document.add_table(rows=0, cols=3)
    for row in (("Date", "Name", "Amount"), ("2024-03-01", "Keller", "500"), ("2024-03-02", "Vogt", "75,20")):
        for cell, value in zip(grid.add_row().cells, row, strict=True):
            cell.text = value
    document.sections[0].header.paragraphs[0].text = "Docket 17"
    document.sections[0].footer.paragraphs[0].text = "Confidential"
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


class TestDocxContract(ReaderContract):
    def make_reader(self) -> Reader:
        return DocxReader()

    def samples(self) -> dict[str, Sample]:
        minutes = docx(
            paragraph("Minutes of the meeting") + table(("Name", "Role", "Since"), ("Vogt", "chair", "2019")),
        )
        return {"minutes": Sample(minutes, DOCX, "minutes.docx", ("Minutes of the meeting", "Vogt\tchair\t2019"))}


def test_headings_lists_tables_margins_and_properties_come_out_in_order() -> None:
    reading = read(statement())
    assert texts(reading) == [
        "Docket 17",
        "Statement",
        "Background",
        "I live in Bonn. I work at the harbour.",
        "The evening",
        "1. first point",
        "2. second point",
        "Date\tName\tAmount",
        "2024-03-01\tKeller\t500",
        "2024-03-02\tVogt\t75,20",
        "Confidential",
    ]
    kinds = [block.kind for block in reading.blocks]
    assert kinds[1:5] == ["title", "heading", "paragraph", "heading"]
    assert kinds[5:10] == ["list_item", "list_item", "header_row", "row", "row"]
    place = block_with(reading, "Keller").locator
    assert isinstance(place, BlockLocator)
    assert place.headings == ("Statement", "Background", "The evening")
    assert [block.locator.paragraph for block in reading.blocks if isinstance(block.locator, BlockLocator)] == list(
        range(1, 12)
    )
    row = block_with(reading, "Keller")
    assert row.context == "Date | Name | Amount"
    assert [reading.text[cell.start : cell.end] for cell in row.cells] == ["2024-03-01", "Keller", "500"]
    assert reading.title == "Statement of M. Keller"
    assert reading.sender == "Sgt Brandt"
    assert {time.meaning for time in reading.times} >= {"created", "modified"}


def test_form_fields_stand_where_the_sentence_has_them() -> None:
    body = (
        "<w:p><w:r><w:t>I am </w:t></w:r><w:sdt><w:sdtPr/><w:sdtContent><w:r><w:t>Jan Vogt</w:t></w:r></w:sdtContent>"
        '</w:sdt><w:r><w:t>, married: </w:t></w:r><w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:checkBox>'
        '<w:default w:val="0"/><w:checked/></w:checkBox></w:ffData></w:fldChar></w:r><w:r><w:instrText>FORMCHECKBOX'
        '</w:instrText></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'
        "<w:sdt><w:sdtContent>" + paragraph("a whole paragraph as a field") + "</w:sdtContent></w:sdt>"
    )
    reading = read(docx(body))
    assert texts(reading) == ["I am Jan Vogt, married: \N{BALLOT BOX WITH X}", "a whole paragraph as a field"]
    assert reading.issues == ()


def test_changes_comments_hidden_text_and_notes_are_in_the_text_and_flagged() -> None:
    body = (
        '<w:p><w:r><w:t>Paid </w:t></w:r><w:del w:author="Ada" w:date="2024-01-02T03:04:05Z"><w:r><w:delText>500'
        '</w:delText></w:r></w:del><w:ins w:author="Ada"><w:r><w:t>700</w:t></w:r></w:ins><w:r><w:t> euros.</w:t></w:r>'
        '<w:r><w:rPr><w:vanish/></w:rPr><w:t>in cash</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r>'
        '<w:r><w:commentReference w:id="7"/></w:r></w:p>' + paragraph("Next.")
    )
    comments = (
        f'<w:comments {NAMESPACES}><w:comment w:id="7" w:author="Bo">{paragraph("Check this")}</w:comment>'
        f'<w:comment w:id="8" w:author="Bo">{paragraph("Lost one")}</w:comment></w:comments>'
    )
    notes = f'<w:footnotes {NAMESPACES}><w:footnote w:id="2">{paragraph("See page 4")}</w:footnote></w:footnotes>'
    reading = read(
        docx(
            body,
            {"word/comments.xml": comments, "word/footnotes.xml": notes},
            (("c", "comments", "comments.xml"), ("f", "footnotes", "footnotes.xml")),
        )
    )
    assert texts(reading) == [
        "Paid 700 euros.",
        "[deleted by Ada, 2024-01-02T03:04:05Z: 500]",
        "[hidden text: in cash]",
        "[footnote 2: See page 4]",
        "[comment by Bo: Check this]",
        "Next.",
        "[comment by Bo: Lost one]",
    ]
    assert [text[:10] for text in hidden(reading)] == ["[deleted b", "[hidden te", "[comment b", "[comment b"]


def test_text_boxes_alternative_texts_links_and_charts_are_read_once() -> None:
    box = "<w:txbxContent>" + paragraph("In the box") + "</w:txbxContent>"
    body = (
        "<w:p><w:r><w:t>Before</w:t></w:r><w:r><mc:AlternateContent><mc:Choice><w:drawing><wp:inline>"
        f'<wp:docPr descr="A red car"/><wps:txbx>{box}</wps:txbx></wp:inline></w:drawing></mc:Choice><mc:Fallback>'
        f"<w:pict><v:shape><v:textbox>{box}</v:textbox></v:shape></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
        '<w:hyperlink r:id="l"><w:r><w:t> here</w:t></w:r></w:hyperlink>'
        '<w:r><w:drawing><c:chart r:id="g"/></w:drawing></w:r></w:p>'
    )
    chart = (
        f"<c:chartSpace {NAMESPACES}><c:chart><c:title><a:p><a:r><a:t>Sums</a:t></a:r></a:p></c:title><c:ser>"
        "<c:tx><c:v>2024</c:v></c:tx><c:cat><c:pt><c:v>May</c:v></c:pt></c:cat><c:val><c:pt><c:v>12</c:v></c:pt></c:val>"
        "</c:ser></c:chart></c:chartSpace>"
    )
    links = (("l", "hyperlink", "https://example.org/x"), ("g", "chart", "charts/chart1.xml"))
    reading = read(docx(body, {"word/charts/chart1.xml": chart, "word/embeddings/a.xlsx": b"x"}, links))
    assert texts(reading) == [
        "Before here",
        "[picture: A red car]",
        "[link: https://example.org/x]",
        "In the box",
        "[figure: Sums\n2024: May 12]",
    ]
    assert [(part.untrusted_name, part.relation) for part in reading.parts] == [("a.xlsx", "embedded")]
    assert reading.issues == ()


def test_text_that_no_known_place_holds_is_kept_and_flagged() -> None:
    stray = f"<w:x {NAMESPACES}>{paragraph('of no use')}</w:x>"
    reading = read(docx(paragraph("Known") + "<w:foo><w:t>astray</w:t></w:foo>", {"word/glossary/document.xml": stray}))
    assert texts(reading) == ["Known", "[astray]", "[of no use]"]
    assert hidden(reading) == ["[astray]", "[of no use]"]


def test_a_one_column_table_and_long_cells_are_paragraphs() -> None:
    long = "word " * 400
    reading = read(docx(table(("boxed",)) + table((long, "short"))))
    assert [block.kind for block in reading.blocks] == ["paragraph"] * 3


def test_merged_and_nested_cells_keep_their_columns() -> None:
    body = (
        '<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr>' + paragraph("wide") + "</w:tc><w:tc>"
        + paragraph("third") + "</w:tc></w:tr><w:tr><w:tc>" + paragraph("a") + "</w:tc><w:tc>"
        + table(("in", "ner")) + "</w:tc><w:tc>" + paragraph("c") + "</w:tc></w:tr></w:tbl>"
    )  # fmt: skip
    reading = read(docx(body))
    assert texts(reading) == ["wide\t\tthird", "a\tin | ner\tc"]
    assert [cell.column for cell in reading.blocks[0].cells] == [0, 2]


def test_numbers_of_lists_count_levels_and_restarts() -> None:
    levels = (
        '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>'
        '<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="(%1.%2)"/></w:lvl>'
    )
    numbering = (
        f'<w:numbering {NAMESPACES}><w:abstractNum w:abstractNumId="0">{levels}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="0"/>'
        '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride></w:num></w:numbering>'
    )
    items = [("a", 1, 0), ("b", 1, 1), ("c", 1, 1), ("d", 1, 0), ("e", 1, 1), ("f", 2, 0)]
    body = "".join(
        paragraph(text, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>')
        for text, number, level in items
    )
    reading = read(docx(body, {"word/numbering.xml": numbering}, (("n", "numbering", "numbering.xml"),)))
    assert texts(reading) == ["1. a", "(1.a) b", "(1.b) c", "2. d", "(2.a) e", "5. f"]


@pytest.mark.parametrize(
    ("value", "form", "shown"),
    [(4, "lowerRoman", "iv"), (1999, "upperRoman", "MCMXCIX"), (28, "lowerLetter", "bb"), (7, "decimalZero", "07")],
)
def test_number_forms(value: int, form: str, shown: str) -> None:
    assert number_in_form(value, form) == shown


def test_strict_documents_are_read_as_well() -> None:
    namespace = 'xmlns:w="http://purl.oclc.org/ooxml/wordprocessingml/main"'
    strict = packed(
        {"word/document.xml": f"<w:document {namespace}><w:body>{paragraph('strictly')}</w:body></w:document>"}
    )
    assert texts(read(strict)) == ["strictly"]


@pytest.mark.parametrize(
    ("data", "category"),
    [
        (b"", "empty"),
        (ENCRYPTED_OFFICE, "encrypted"),
        (statement()[:9000], "corrupt"),
        (packed({"a.txt": "no document"}), "corrupt"),
        (packed({"word/document.xml": "<w:document"}), "corrupt"),
        (packed({"word/document.xml": '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'}), "corrupt"),
        (packed({"word/document.xml": b" " * 40_000_000}), "too_large"),
        (packed({"word/document.xml": "<a>" * 5000 + "</a>" * 5000}), "corrupt"),
    ],
)
def test_what_cannot_be_read_says_why(data: bytes, category: str) -> None:
    with pytest.raises(UntrustedInputError) as raised:
        read(data)
    assert raised.value.category == category


def test_a_document_without_text_says_so() -> None:
    reading = read(docx("<w:p/>"))
    assert reading.text == ""
    assert [issue.category for issue in reading.issues] == ["no_text"]


def test_a_damaged_side_part_costs_only_itself() -> None:
    reading = read(docx(paragraph("Body"), {"word/comments.xml": "<w:comm"}, (("c", "comments", "comments.xml"),)))
    assert texts(reading) == ["Body"]
    assert {issue.category for issue in reading.issues} == {"dropped_text"}


_RUN = st.sampled_from(
    ["w:r", "w:ins", "w:sdt", "w:sdtContent", "w:hyperlink", "w:smartTag", "w:customXml", "w:fldSimple"]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.lists(_RUN, max_size=4), st.booleans()), min_size=1, max_size=8))
def test_no_text_is_lost_however_it_is_wrapped(runs: list[tuple[list[str], bool]]) -> None:
    body = ""
    for number, (wrappers, in_paragraph) in enumerate(runs):
        inner = f"<w:r><w:t>word{number}x</w:t></w:r>"
        for wrapper in wrappers:
            inner = f"<{wrapper}>{inner}</{wrapper}>"
        body += f"<w:p>{inner}</w:p>" if in_paragraph else inner
    text = read(docx(body)).text
    assert all(text.count(f"word{number}x") == 1 for number in range(len(runs)))
