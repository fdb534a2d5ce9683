import io

import pptx as python_pptx
import pytest
from pptx.util import Inches

from casefile.errors import UntrustedInputError
from casefile.locators import SlideLocator
from ingest.readers.pptx import PptxReader
from ingest.reading import Reader, Reading
from tests.ingest.office_files import ENCRYPTED_OFFICE, PPTX, packed, relationships
from tests.ingest.reader_contract import ReaderContract, Sample, read_bytes

P = (
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)


def read(data: bytes) -> Reading:
    return read_bytes(PptxReader(), data, PPTX)


def texts(reading: Reading) -> list[str]:
    return [reading.text[block.locator.start : block.locator.end] for block in reading.blocks]


def briefing() -> bytes:
    show = python_pptx.Presentation()
    first = show.slides.add_slide(show.slide_layouts[1])
    first.shapes.title.text = "Briefing"
    first.placeholders[1].text_frame.text = "Two suspects"
    first.notes_slide.notes_text_frame.text = "Ask about the van"
    second = show.slides.add_slide(show.slide_layouts[5])
    second.shapes.title.text = "Payments"
    grid = second.shapes.add_table(2, 3, Inches(1), Inches(2), Inches(6), Inches(1)).table
    for column, (name, value) in enumerate((("Date", "2024-03-01"), ("From", "Vogt"), ("Sum", "500"))):
        grid.cell(0, column).text = name
        grid.cell(1, column).text = value
    target = io.BytesIO()
    show.save(target)
    return target.getvalue()


def shape(text: str, placeholder: str = "", hidden: str = "") -> str:
    mark = f'<p:ph type="{placeholder}"/>' if placeholder else ""
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="1" name="n" {hidden}/><p:cNvSpPr/><p:nvPr>{mark}</p:nvPr></p:nvSpPr>'
        f"<p:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>"
    )


def slide(*shapes: str, attributes: str = "") -> str:
    return f"<p:sld {P} {attributes}><p:cSld><p:spTree>{''.join(shapes)}</p:spTree></p:cSld></p:sld>"


def presentation(slides: dict[str, str], parts: dict[str, str] | None = None) -> bytes:
    listed = "".join(f'<p:sldId id="{256 + at}" r:id="{name}"/>' for at, name in enumerate(slides))
    return packed(
        {
            "_rels/.rels": relationships(("m", "officeDocument", "ppt/presentation.xml")),
            "ppt/presentation.xml": f"<p:presentation {P}><p:sldIdLst>{listed}</p:sldIdLst></p:presentation>",
            "ppt/_rels/presentation.xml.rels": relationships(
                *((name, "slide", f"slides/{name}.xml") for name in slides)
            ),
            **{f"ppt/slides/{name}.xml": data for name, data in slides.items()},
            **(parts or {}),
        }
    )


class TestPptxContract(ReaderContract):
    def make_reader(self) -> Reader:
        return PptxReader()

    def samples(self) -> dict[str, Sample]:
        data = presentation({"slide1": slide(shape("A title of the slide", "title"), shape("and its text"))})
        return {"small": Sample(data, PPTX, "a.pptx", ("A title of the slide", "and its text"))}


def test_slides_notes_and_tables_come_in_order_with_their_slide() -> None:
    reading = read(briefing())
    assert texts(reading) == [
        "Briefing",
        "Two suspects",
        "Ask about the van",
        "Payments",
        "Date\tFrom\tSum",
        "2024-03-01\tVogt\t500",
    ]
    places = [block.locator for block in reading.blocks]
    assert [(place.slide, place.notes) for place in places if isinstance(place, SlideLocator)] == [
        *((1, False), (1, False), (1, True), (2, False), (2, False), (2, False)),
    ]
    assert [block.kind for block in reading.blocks][3:] == ["heading", "header_row", "row"]
    assert reading.blocks[-1].context == "Date | From | Sum"


def test_groups_are_opened_and_the_title_comes_first() -> None:
    group = f"<p:grpSp>{shape('in the group')}<p:grpSp>{shape('deeper')}</p:grpSp></p:grpSp>"
    assert texts(read(presentation({"slide1": slide(group, shape("Top", "title"))}))) == [
        "Top",
        "in the group",
        "deeper",
    ]


def test_what_an_audience_does_not_see_is_read_and_flagged() -> None:
    comments = f'<p:cmLst {P}><p:cm authorId="0" dt="2024-01-01T10:00:00"><p:text>Drop this</p:text></p:cm></p:cmLst>'
    data = presentation(
        {
            "slide1": slide(shape("seen"), shape("unseen", hidden='hidden="1"')),
            "slide2": slide(shape("put aside"), attributes='show="0"'),
        },
        {
            "ppt/slides/_rels/slide1.xml.rels": relationships(("c", "comments", "../comments/comment1.xml")),
            "ppt/comments/comment1.xml": comments,
            "ppt/slides/slide9.xml": slide(shape("deleted slide")),
        },
    )
    reading = read(data)
    assert texts(reading) == [
        "seen",
        "unseen",
        "[comment, 2024-01-01T10:00:00: Drop this]",
        "put aside",
        "[deleted slide]",
    ]
    flagged = [
        reading.text[issue.locator.start : issue.locator.end].strip()
        for issue in reading.issues
        if issue.category == "hidden_text" and issue.locator
    ]
    assert flagged == ["unseen", "[comment, 2024-01-01T10:00:00: Drop this]", "put aside", "[deleted slide]"]


def test_text_outside_shapes_is_kept() -> None:
    data = presentation({"slide1": slide(shape("in")).replace("</p:cSld>", "</p:cSld><a:t>outside</a:t>")})
    assert texts(read(data)) == ["in", "[outside]"]


def test_a_missing_slide_is_reported_and_the_others_are_read() -> None:
    data = presentation({"slide1": slide(shape("one")), "slide2": "<p:sld"})
    reading = read(data)
    assert texts(reading) == ["one"]
    assert {issue.category for issue in reading.issues} == {"dropped_text"}


def test_pictures_alone_are_no_text() -> None:
    picture = '<p:pic><p:nvPicPr><p:cNvPr id="2" name="x" descr="a bridge"/></p:nvPicPr></p:pic>'
    reading = read(presentation({"slide1": slide(picture)}))
    assert texts(reading) == ["[picture: a bridge]"]
    assert [issue.category for issue in reading.issues] == ["no_text"]


@pytest.mark.parametrize(
    ("data", "category"),
    [(b"", "empty"), (ENCRYPTED_OFFICE, "encrypted"), (briefing()[:12000], "corrupt"), (packed({"a": "b"}), "corrupt")],
)
def test_what_cannot_be_read_says_why(data: bytes, category: str) -> None:
    with pytest.raises(UntrustedInputError) as raised:
        read(data)
    assert raised.value.category == category
