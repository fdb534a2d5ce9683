import io

import pytest
from odf import dc, office, style, table, text
from odf.opendocument import OpenDocumentText

from casefile.errors import UntrustedInputError
from casefile.locators import BlockLocator
from ingest.readers.odt import OdtReader
from ingest.reading import Reader, Reading
from tests.ingest.office_files import ODT, packed
from tests.ingest.reader_contract import ReaderContract, Sample, read_bytes

NAMESPACES = " ".join(
    f'xmlns:{prefix}="{name}"'
    for prefix, name in (
        *((short, f"urn:oasis:names:tc:opendocument:xmlns:{long}:1.0") for short, long in (
            ("office", "office"), ("text", "text"), ("table", "table"), ("draw", "drawing"), ("style", "style"),
            ("svg", "svg-compatible"), ("form", "form"),
        )),
        ("dc", "http://purl.org/dc/elements/1.1/"),
        ("xlink", "http://www.w3.org/1999/xlink"),
    )
)  # fmt: skip


def read(data: bytes) -> Reading:
    return read_bytes(OdtReader(), data, ODT)


def texts(reading: Reading) -> list[str]:
    return [reading.text[block.locator.start : block.locator.end] for block in reading.blocks]


def odt(body: str, styles: str = "", parts: dict[str, str] | None = None) -> bytes:
    content = (
        f"<office:document-content {NAMESPACES}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    return packed({"mimetype": ODT, "content.xml": content, **(parts or {})})


def by_odfpy() -> bytes:
    document = OpenDocumentText()
    heading = style.Style(name="Heading 1", family="paragraph")
    document.styles.addElement(heading)
    document.text.addElement(text.H(outlinelevel=1, stylename=heading, text="Findings"))
    paragraph = text.P(text="The van was seen twice.")
    note = text.Note(noteclass="footnote", id="n1")
    note.addElement(text.NoteCitation(text="1"))
    body = text.NoteBody()
    body.addElement(text.P(text="By two witnesses"))
    note.addElement(body)
    paragraph.addElement(note)
    remark = office.Annotation()
    remark.addElement(dc.Creator(text="Ada"))
    remark.addElement(text.P(text="Which van?"))
    paragraph.addElement(remark)
    document.text.addElement(paragraph)
    items = text.List()
    item = text.ListItem()
    item.addElement(text.P(text="white"))
    items.addElement(item)
    document.text.addElement(items)
    grid = table.Table(name="T")
    for row in (("Day", "Plate", "Place"), ("2024-03-01", "B-XY 12", "Bonn")):
        line = table.TableRow()
        for value in row:
            cell = table.TableCell()
            cell.addElement(text.P(text=value))
            line.addElement(cell)
        grid.addElement(line)
    document.text.addElement(grid)
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


class TestOdtContract(ReaderContract):
    def make_reader(self) -> Reader:
        return OdtReader()

    def samples(self) -> dict[str, Sample]:
        data = odt("<text:h>Heading one</text:h><text:p>Some text of a paragraph.</text:p>")
        return {"small": Sample(data, ODT, "a.odt", ("Heading one", "Some text of a paragraph."))}


def test_a_document_of_another_program_is_read_in_order() -> None:
    reading = read(by_odfpy())
    assert texts(reading) == [
        "Findings",
        "The van was seen twice.",
        "[footnote 1: By two witnesses]",
        "[comment by Ada: Which van?]",
        "white",
        "Day\tPlate\tPlace",
        "2024-03-01\tB-XY 12\tBonn",
    ]
    assert [block.kind for block in reading.blocks][4:] == ["list_item", "header_row", "row"]
    place = reading.blocks[1].locator
    assert isinstance(place, BlockLocator)
    assert place.headings == ("Findings",)
    assert [issue.category for issue in reading.issues] == ["hidden_text"]


def test_deletions_hidden_text_links_and_forms() -> None:
    body = (
        '<text:tracked-changes><text:changed-region text:id="c1"><text:deletion><office:change-info><dc:creator>Bo'
        "</dc:creator></office:change-info><text:p>not this</text:p></text:deletion></text:changed-region>"
        '</text:tracked-changes><text:p>Keep<text:change text:change-id="c1"/><text:s text:c="2"/>'
        '<text:span text:style-name="gone">ghost</text:span>it<text:tab/>so '
        '<text:a xlink:href="https://example.org/a">there</text:a></text:p>'
        '<office:forms><form:form><form:text form:label="Name" form:current-value="Vogt"/></form:form></office:forms>'
        '<text:section text:display="none"><text:p>secret section</text:p></text:section>'
    )
    styles = '<style:style style:name="gone"><style:text-properties text:display="none"/></style:style>'
    reading = read(odt(body, styles))
    assert texts(reading) == [
        "Keep  it\tso there",
        "[deleted by Bo: not this]",
        "[hidden text: ghost]",
        "[link: https://example.org/a]",
        "secret section",
        "[form field: Name: Vogt]",
    ]
    flagged = [
        reading.text[issue.locator.start : issue.locator.end].strip() for issue in reading.issues if issue.locator
    ]
    assert flagged == ["[deleted by Bo: not this]", "[hidden text: ghost]", "secret section"]


def test_margins_text_boxes_pictures_and_objects() -> None:
    styles = (
        f"<office:document-styles {NAMESPACES}><office:master-styles><style:master-page><style:header><text:p>Docket 9"
        "</text:p></style:header></style:master-page></office:master-styles></office:document-styles>"
    )
    body = (
        "<text:p>Look<draw:frame><draw:text-box><text:p>boxed</text:p></draw:text-box><svg:desc>a map</svg:desc>"
        '</draw:frame><draw:frame><draw:object xlink:href="./Object 1"/></draw:frame></text:p>'
    )
    part = f"<office:document-content {NAMESPACES}><text:p>E = mc2</text:p></office:document-content>"
    reading = read(odt(body, parts={"styles.xml": styles, "Object 1/content.xml": part, "Pictures/a.png": "png"}))
    assert texts(reading) == ["Docket 9", "Look", "[picture: a map]", "boxed", "[object: E = mc2]"]
    assert [part.untrusted_name for part in reading.parts] == ["a.png"]


@pytest.mark.parametrize(
    ("data", "category"),
    [
        (b"", "empty"),
        (by_odfpy()[:800], "corrupt"),
        (packed({"content.xml": "<a/>"}), "corrupt"),
        (odt("<text:p>x</text:p>", parts={"META-INF/manifest.xml": "<m><encryption-data/></m>"}), "encrypted"),
    ],
)
def test_what_cannot_be_read_says_why(data: bytes, category: str) -> None:
    with pytest.raises(UntrustedInputError) as raised:
        read(data)
    assert raised.value.category == category
