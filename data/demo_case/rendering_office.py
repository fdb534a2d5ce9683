"""Blocks to DOCX, PPTX, ODT; sheets to XLSX, XLS, ODS. Clocks are taken out of every package."""

import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from data.demo_case.papers import Block

_EPOCH = (1980, 1, 1, 0, 0, 0)
_CLOCK = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:)")
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"

CellValue = str | float | int | date | bool | None


def steady(
    package: bytes,
    stamp: str,
    added: Mapping[str, str] | None = None,
    replaced: Mapping[str, tuple[str, str]] | None = None,
) -> bytes:
    """The same ZIP package without clocks.

    Args:
        package: an Office package.
        stamp: ISO 8601 time put into its core properties.
        added: files to add, by their name in the package.
        replaced: a text in a file and what to put in its place.
    """
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as source, zipfile.ZipFile(target, "w") as out:
        for member in source.infolist():
            data = source.read(member)
            if member.filename == "docProps/core.xml":
                data = _CLOCK.sub(rb"\g<1>" + stamp.encode() + rb"\g<3>", data)
            if replaced and member.filename in replaced:
                old, new = replaced[member.filename]
                data = data.replace(old.encode(), new.encode(), 1)
            kind = zipfile.ZIP_STORED if member.filename == "mimetype" else zipfile.ZIP_DEFLATED
            out.writestr(zipfile.ZipInfo(member.filename, _EPOCH), data, kind)
        for name, text in (added or {}).items():
            out.writestr(zipfile.ZipInfo(name, _EPOCH), text.encode(), zipfile.ZIP_DEFLATED)
    return target.getvalue()


@dataclass
class WordExtras:
    """What Word hides from a careless reader.

    Attributes:
        comment: (anchor paragraph's number from 0, author, text).
        change: (paragraph's number, text before, deleted, inserted, text after, author): a tracked change at its end.
        footnote: (paragraph's number, text).
        form: label and value of content controls, put at the end.
    """

    comment: tuple[int, str, str] | None = None
    change: tuple[int, str, str, str, str, str] | None = None
    footnote: tuple[int, str] | None = None
    form: tuple[tuple[str, str], ...] = field(default_factory=tuple)


def _change(paragraph: object, extras: WordExtras, stamp: str) -> None:
    from docx.oxml import parse_xml

    assert extras.change is not None
    _, before, deleted, inserted, after, author = extras.change
    run = '<w:r xmlns:w="{w}"><w:t xml:space="preserve">{t}</w:t></w:r>'
    mark = f'xmlns:w="{_W}" w:author="{author}" w:date="{stamp}"'
    element = paragraph._p  # type: ignore[attr-defined]  # noqa: SLF001 - python-docx has no call for tracked changes
    for xml in (
        run.format(w=_W, t=before),
        f'<w:del {mark} w:id="901"><w:r><w:delText xml:space="preserve">{deleted}</w:delText></w:r></w:del>',
        f'<w:ins {mark} w:id="902"><w:r><w:t xml:space="preserve">{inserted}</w:t></w:r></w:ins>',
        run.format(w=_W, t=after),
    ):
        element.append(parse_xml(xml))


def _form(document: object, form: tuple[tuple[str, str], ...]) -> None:
    from docx.oxml import parse_xml

    for number, (label, value) in enumerate(form, 1):
        element = document.add_paragraph(f"{label}: ")._p  # type: ignore[attr-defined]  # noqa: SLF001 - as above
        element.append(
            parse_xml(
                f'<w:sdt xmlns:w="{_W}"><w:sdtPr><w:alias w:val="{label}"/><w:tag w:val="field{number}"/><w:id w:val="{7000 + number}"/><w:text/></w:sdtPr>'
                f'<w:sdtContent><w:r><w:t xml:space="preserve">{value}</w:t></w:r></w:sdtContent></w:sdt>'
            )
        )


def _fill_word(document: object, blocks: Iterable[Block]) -> list[object]:
    body: list[object] = []
    for block in blocks:
        if block.kind in {"title", "heading"}:
            document.add_heading(block.text, 0 if block.kind == "title" else 1)  # type: ignore[attr-defined]
        elif block.kind in {"table", "pairs"}:
            grid = document.add_table(len(block.rows), len(block.rows[0]), style="Table Grid")  # type: ignore[attr-defined]
            for row, cells in zip(grid.rows, block.rows, strict=True):
                for cell, text in zip(row.cells, cells, strict=True):
                    cell.text = text
        elif block.kind == "page":
            document.add_page_break()  # type: ignore[attr-defined]
        else:
            style = "List Bullet" if block.kind == "item" else None
            body.append(document.add_paragraph(block.text, style=style))  # type: ignore[attr-defined]
    return body


def to_docx(blocks: Iterable[Block], author: str, stamp: str, extras: WordExtras | None = None) -> bytes:
    """A Word document. `stamp` is the ISO 8601 time of its core properties, comments and changes."""
    import docx
    from docx.oxml import parse_xml
    from docx.oxml.ns import qn

    extras = extras or WordExtras()
    document = docx.Document()
    document.core_properties.author = author
    document.core_properties.last_modified_by = author
    body = _fill_word(document, blocks)
    if extras.change:
        _change(body[extras.change[0]], extras, stamp)
    if extras.comment:
        at, writer, text = extras.comment
        comment = document.add_comment(body[at].runs, text=text, author=writer, initials=writer[:1])  # type: ignore[attr-defined]
        comment._comment_elm.set(qn("w:date"), stamp)  # noqa: SLF001 - python-docx dates comments by the clock
    _form(document, extras.form)
    added, replaced = {}, {}
    if extras.footnote:
        at, text = extras.footnote
        body[at]._p.append(parse_xml(f'<w:r xmlns:w="{_W}"><w:footnoteReference w:id="1"/></w:r>'))  # type: ignore[attr-defined]  # noqa: SLF001
        added["word/footnotes.xml"] = (
            f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:footnotes xmlns:w="{_W}"><w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:separator/></w:r></w:p></w:footnote>'
            f'<w:footnote w:id="1"><w:p><w:r><w:footnoteRef/></w:r><w:r><w:t xml:space="preserve"> {text}</w:t></w:r></w:p></w:footnote></w:footnotes>'
        )
        replaced["[Content_Types].xml"] = (
            "</Types>",
            '<Override PartName="/word/footnotes.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"/></Types>',
        )
        replaced["word/_rels/document.xml.rels"] = (
            "</Relationships>",
            '<Relationship Id="rIdFootnotes" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes" Target="footnotes.xml"/></Relationships>',
        )
    target = io.BytesIO()
    document.save(target)
    return steady(target.getvalue(), stamp, added, replaced)


def to_pptx(slides: Iterable[tuple[str, Sequence[str], str]], author: str, stamp: str) -> bytes:
    """A presentation; each slide is (title, lines, speaker's notes)."""
    from pptx import Presentation

    deck = Presentation()
    deck.core_properties.author = author
    for name, lines, notes in slides:
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = name
        slide.placeholders[1].text_frame.text = "\n".join(lines)
        if notes:
            slide.notes_slide.notes_text_frame.text = notes
    target = io.BytesIO()
    deck.save(target)
    return steady(target.getvalue(), stamp)


def _steady_odf(package: bytes, stamp: str) -> bytes:
    """`steady`, and canonical XML: which name spaces odfpy declares depends on what it wrote before."""
    from lxml import etree

    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as source, zipfile.ZipFile(target, "w") as out:
        for member in source.infolist():
            data = source.read(member)
            if member.filename.endswith(".xml") and "/" not in member.filename:
                root = etree.fromstring(data)
                etree.cleanup_namespaces(root)
                data = b'<?xml version="1.0" encoding="UTF-8"?>\n' + etree.tostring(root, method="c14n")
            out.writestr(member.filename, data)
    return steady(target.getvalue(), stamp)


def to_odt(blocks: Iterable[Block], stamp: str) -> bytes:
    """An OpenDocument text."""
    from odf.opendocument import OpenDocumentText
    from odf.table import Table, TableCell, TableRow
    from odf.text import H, P

    document = OpenDocumentText()
    for block in blocks:
        if block.kind in {"title", "heading"}:
            document.text.addElement(H(outlinelevel=1 if block.kind == "title" else 2, text=block.text))
        elif block.kind in {"table", "pairs"}:
            grid = Table()
            for cells in block.rows:
                row = TableRow()
                for text in cells:
                    cell = TableCell(valuetype="string")
                    cell.addElement(P(text=text))
                    row.addElement(cell)
                grid.addElement(row)
            document.text.addElement(grid)
        elif block.kind != "page":
            document.text.addElement(P(text=block.text))
    target = io.BytesIO()
    document.save(target)
    return _steady_odf(target.getvalue(), stamp)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of typed cells; the first row names the columns."""

    name: str
    rows: tuple[tuple[CellValue, ...], ...]
    hidden: bool = False
    widths: tuple[int, ...] = ()


def to_xlsx(sheets: Iterable[Sheet], author: str, stamp: str) -> bytes:
    """An Excel workbook with typed cells."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    book.properties.creator = author
    for sheet in sheets:
        page = book.create_sheet(sheet.name)
        page.sheet_state = "hidden" if sheet.hidden else "visible"
        for row in sheet.rows:
            page.append(list(row))
        for cells in page.iter_rows():
            for cell in cells:
                if isinstance(cell.value, float):
                    cell.number_format = "#,##0.00"
                elif isinstance(cell.value, datetime):
                    cell.number_format = "yyyy-mm-dd hh:mm:ss"
                elif isinstance(cell.value, date):
                    cell.number_format = "dd/mm/yyyy"
        for letter, width in zip("ABCDEFGHIJ", sheet.widths, strict=False):
            page.column_dimensions[letter].width = width
    target = io.BytesIO()
    book.save(target)
    return _steady_odf(target.getvalue(), stamp)


def to_xls(sheets: Iterable[Sheet]) -> bytes:
    """An Excel 97 workbook."""
    import xlwt

    book = xlwt.Workbook(encoding="utf-8")
    money, day = xlwt.easyxf(num_format_str="#,##0.00"), xlwt.easyxf(num_format_str="dd-mm-yyyy")
    for sheet in sheets:
        page = book.add_sheet(sheet.name)
        page.visibility = 1 if sheet.hidden else 0
        for at, row in enumerate(sheet.rows):
            for column, value in enumerate(row):
                if isinstance(value, date):
                    page.write(at, column, value, day)
                elif isinstance(value, float):
                    page.write(at, column, value, money)
                elif value is not None:
                    page.write(at, column, value)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def to_ods(sheets: Iterable[Sheet], stamp: str) -> bytes:
    """An OpenDocument spreadsheet with typed cells."""
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.table import Table, TableCell, TableRow
    from odf.text import P

    book = OpenDocumentSpreadsheet()
    for sheet in sheets:
        page = Table(name=sheet.name)
        for values in sheet.rows:
            row = TableRow()
            for value in values:
                if isinstance(value, date):
                    cell = TableCell(valuetype="date", datevalue=value.isoformat())
                    shown = f"{value.day:02d}-{value.month:02d}-{value.year}"
                elif isinstance(value, float | int):
                    cell = TableCell(valuetype="float", value=str(value))
                    shown = f"{value:.2f}".replace(".", ",") if isinstance(value, float) else str(value)
                else:
                    cell = TableCell(valuetype="string")
                    shown = value or ""
                cell.addElement(P(text=shown))
                row.addElement(cell)
            page.addElement(row)
        book.spreadsheet.addElement(page)
    target = io.BytesIO()
    book.save(target)
    return _steady_odf(target.getvalue(), stamp)
