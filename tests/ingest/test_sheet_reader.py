import datetime as dt
import io
import time

import openpyxl
import pytest
import xlwt
from odf import office, table, text
from odf.opendocument import OpenDocumentSpreadsheet
from openpyxl.comments import Comment

from casefile.errors import UntrustedInputError
from casefile.locators import CellsLocator
from ingest.readers.sheet_values import column_name, column_number, date, is_date_format, number
from ingest.readers.sheets import SheetReader
from ingest.readers.sheets_empty_rows import WithoutEmptyRows
from ingest.reading import Reader, Reading, ReadLimits
from tests.ingest.office_files import ENCRYPTED_OFFICE, ODS, OLE, XLSX, packed, relationships
from tests.ingest.reader_contract import ReaderContract, Sample, read_bytes

XLS = "application/vnd.ms-excel"
SHEET = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def read(data: bytes, media_type: str = XLSX, limits: ReadLimits | None = None) -> Reading:
    return read_bytes(SheetReader(), data, media_type, limits=limits)


def lines(reading: Reading) -> list[str]:
    return [reading.text[block.locator.start : block.locator.end] for block in reading.blocks]


def categories(reading: Reading) -> list[str]:
    return sorted(issue.category for issue in reading.issues)


def xlsx(rows: str, extra: str = "", parts: dict[str, str] | None = None) -> bytes:
    """A workbook with one sheet `S` of these rows."""
    return packed(
        {
            "_rels/.rels": relationships(("m", "officeDocument", "xl/workbook.xml")),
            "xl/workbook.xml": (
                f'<workbook {SHEET} xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
                '<sheets><sheet name="S" sheetId="1" r:id="s"/></sheets></workbook>'
            ),
            "xl/_rels/workbook.xml.rels": relationships(("s", "worksheet", "worksheets/sheet1.xml")),
            "xl/worksheets/sheet1.xml": f"<worksheet {SHEET}>{extra}<sheetData>{rows}</sheetData></worksheet>",
            **(parts or {}),
        }
    )


def payments() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Payments"
    sheet["A1"] = "Statement of account"
    for row in (
        ("Date", "Name", "Account", "Amount", "Paid"),
        (dt.date(2024, 3, 5), "Vogt", "00490123456789012345", 1234.5, True),
        (dt.datetime(2024, 3, 6, 14, 30), "Keller\nJan", 49012345678901, -75, False),  # noqa: DTZ001 - cells carry no zone
    ):
        sheet.append(row)
    sheet["B4"].comment = Comment("call him", "Ada")
    sheet.row_dimensions[4].hidden = True
    sheet.column_dimensions["C"].hidden = True
    sheet["F3"] = "=D3*2"
    other = book.create_sheet("Put away")
    other["B2"] = "secret"
    other.sheet_state = "veryHidden"
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def old_book() -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Old")
    for column, name in enumerate(("Name", "Since", "Sum")):
        sheet.write(0, column, name)
    sheet.write(1, 0, "Vogt")
    sheet.write(1, 1, dt.date(2019, 5, 1), xlwt.easyxf(num_format_str="YYYY-MM-DD"))
    sheet.write(1, 2, 12.25)
    sheet.row(1).hidden = True
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def open_book() -> bytes:
    book = OpenDocumentSpreadsheet()
    sheet = table.Table(name="Calls")
    for row in (("Day", "Number", "Seconds"), ("2024-03-05", "+49 228 1", "65")):
        line = table.TableRow()
        for at, value in enumerate(row):
            if value == "65":
                cell = table.TableCell(valuetype="float", value="65")
            elif at == 0 and value[0] == "2":
                cell = table.TableCell(valuetype="date", datevalue=value)
            else:
                cell = table.TableCell(valuetype="string")
            cell.addElement(text.P(text=value))
            line.addElement(cell)
        sheet.addElement(line)
    hidden = table.TableRow(visibility="collapse")
    cell = table.TableCell(valuetype="string", numbercolumnsrepeated=2)
    cell.addElement(text.P(text="again"))
    remark = office.Annotation()
    remark.addElement(text.P(text="who?"))
    cell.addElement(remark)
    hidden.addElement(cell)
    sheet.addElement(hidden)
    sheet.addElement(table.TableRow(numberrowsrepeated=1048000))
    book.spreadsheet.addElement(sheet)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


class TestXlsxContract(ReaderContract):
    def make_reader(self) -> Reader:
        return SheetReader()

    def samples(self) -> dict[str, Sample]:
        rows = '<row r="1"><c r="A1" t="inlineStr"><is><t>plain text of a cell</t></is></c><c r="B1"><v>7</v></c></row>'
        return {"small": Sample(xlsx(rows), XLSX, "a.xlsx", ("plain text of a cell\t7",))}


class TestOdsContract(ReaderContract):
    def make_reader(self) -> Reader:
        return SheetReader()

    def samples(self) -> dict[str, Sample]:
        return {"calls": Sample(open_book(), ODS, "a.ods", ("+49 228 1",))}


def test_a_workbook_row_by_row_with_typed_cells() -> None:
    reading = read(payments())
    assert lines(reading)[:5] == [
        "Payments",
        "Statement of account",
        "Date\tName\tAccount\tAmount\tPaid",
        "2024-03-05\tVogt\t00490123456789012345\t1234.5\tTRUE",
        "2024-03-06T14:30:00\tKeller Jan\t49012345678901\t-75\tFALSE",
    ]
    row = reading.blocks[3]
    assert [cell.type for cell in row.cells] == ["date", "text", "text", "number", "boolean"]
    assert [reading.text[cell.start : cell.end] for cell in row.cells] == [cell.value for cell in row.cells]
    assert row.context == "Payments: Date | Name | Account | Amount | Paid"
    assert isinstance(row.locator, CellsLocator)
    assert (row.locator.sheet, row.locator.cells) == ("Payments", "A3:E3")
    assert row.locator.header == ("Date", "Name", "Account", "Amount", "Paid")
    assert [block.kind for block in reading.blocks[:4]] == ["heading", "row", "header_row", "row"]
    assert reading.blocks[4].cells[1].value == "Keller\nJan"


def test_what_is_hidden_or_has_no_result_is_told() -> None:
    reading = read(payments())
    assert categories(reading) == ["dropped_text", *["hidden_text"] * 4]
    flagged = {
        reading.text[issue.locator.start : issue.locator.end]: issue.message
        for issue in reading.issues
        if issue.locator
    }
    assert set(flagged) == {
        "Put away",
        "2024-03-06T14:30:00\tKeller Jan\t49012345678901\t-75\tFALSE",
        "[comment B4 by Ada: call him]",
    }
    assert "secret" in reading.text
    place = next(
        block.locator for block in reading.blocks if "call him" in reading.text[block.locator.start : block.locator.end]
    )
    assert isinstance(place, CellsLocator)
    assert place.cells == "B4"


def test_ods_values_repeats_annotations_and_hidden_rows() -> None:
    reading = read(open_book(), ODS)
    assert lines(reading) == [
        "Calls",
        "Day\tNumber\tSeconds",
        "2024-03-05\t+49 228 1\t65",
        "again\tagain",
        "[A3 comment: who?]",
    ]
    assert [cell.type for cell in reading.blocks[2].cells] == ["date", "text", "number"]
    assert categories(reading) == ["hidden_text", "hidden_text"]


def test_a_line_of_ods_that_asks_for_a_million_values_is_cut() -> None:
    content = (
        '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
        '<office:body><office:spreadsheet><table:table table:name="T"><table:table-row table:number-rows-repeated="1048576">'
        '<table:table-cell office:value-type="string" table:number-columns-repeated="16384"><text:p>x</text:p>'
        "</table:table-cell></table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"
    )
    reading = read(packed({"content.xml": content}), ODS, ReadLimits(text_characters=100_000))
    assert len(reading.text) <= 100_000
    assert "too_large" in categories(reading)


def test_old_workbooks_are_read_and_what_is_hidden_in_them_is_told() -> None:
    reading = read(old_book(), XLS)
    assert lines(reading) == ["Old", "Name\tSince\tSum", "Vogt\t2019-05-01\t12.25"]
    assert categories(reading) == ["hidden_text"]


def test_a_locked_old_workbook_is_encrypted() -> None:
    book = old_book()
    at = book.index(b"\x09\x08\x10\x00") + 20
    # the record behind the first one is made a FilePass
    locked = book[:at] + b"\x2f\x00" + book[at + 2 :]
    with pytest.raises(UntrustedInputError) as raised:
        read(locked, XLS)
    assert raised.value.category == "encrypted"


def test_a_far_cell_costs_nothing() -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    reading = read(xlsx(rows))
    last = reading.blocks[-1].locator
    assert isinstance(last, CellsLocator)
    assert last.cells == "XFD1048576"
    assert len(reading.text) < 200


def test_a_million_empty_formatted_rows_cost_little_more_than_unpacking_them() -> None:
    empty = "".join(f'<row r="{at}" s="1" customFormat="1"><c r="A{at}" s="1"/></row>' for at in range(2, 100_001))
    data = xlsx('<row r="1"><c r="A1"><v>1</v></c></row>' + empty)
    filled = xlsx("".join(f'<row r="{at}"><c r="A{at}"><v>1</v></c></row>' for at in range(1, 10_001)))
    started = time.process_time()
    assert lines(read(data)) == ["S", "1"]
    for_empty = time.process_time() - started
    started = time.process_time()
    read(filled)
    for_filled = time.process_time() - started
    assert for_empty < 3 * for_filled  # ten times the rows


@pytest.mark.parametrize("size", [1, 7, 64, 100_000])
def test_taking_out_empty_rows_changes_no_value(size: int) -> None:
    rows = (
        '<row r="1"><c r="A1" s="2"/></row><row r="2"/><row spans="1"><c/></row><row r="4"><c r="A4"><v>x</v></c></row>'
    )
    stream = WithoutEmptyRows(io.BytesIO(f"<sheetData>{rows * 50}</sheetData>".encode()))
    pieces = []
    while piece := stream.read(size):
        pieces.append(piece)
    kept = '<row spans="1"><c/></row><row r="4"><c r="A4"><v>x</v></c></row>'
    assert b"".join(pieces).decode() == f"<sheetData>{kept * 50}</sheetData>"


def test_what_looks_like_a_row_in_a_cell_is_kept() -> None:
    inner = '<row r="9"/>'
    rows = f'<row r="1"><c r="A1" t="str"><v><![CDATA[{inner}]]></v></c></row>'
    assert lines(read(xlsx(rows))) == ["S", inner]


def test_rows_beyond_the_limit_are_cut_and_reported() -> None:
    rows = "".join(f'<row r="{at}"><c r="A{at}"><v>{at}</v></c></row>' for at in range(1, 50))
    reading = read(xlsx(rows), limits=ReadLimits(rows=10))
    assert len(reading.blocks) == 11
    assert categories(reading) == ["too_large"]


def test_a_damaged_sheet_gives_the_rows_before_the_damage() -> None:
    data = xlsx('<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c><v>2</v></row>')
    reading = read(data)
    assert lines(reading) == ["S", "1"]
    assert categories(reading) == ["dropped_text"]


@pytest.mark.parametrize(
    ("data", "media_type", "category"),
    [
        (b"", XLSX, "empty"),
        (xlsx(""), XLSX, "empty"),
        (ENCRYPTED_OFFICE, XLSX, "encrypted"),
        (payments()[:3000], XLSX, "corrupt"),
        (packed({"a": "b"}), XLSX, "corrupt"),
        (old_book()[:3000], XLS, "corrupt"),
        (OLE + bytes(600), XLS, "corrupt"),
        (packed({"META-INF/manifest.xml": "<encryption-data/>", "content.xml": "<a/>"}), ODS, "encrypted"),
        (packed({"content.xml": "<a/>"}), ODS, "empty"),
    ],
)
def test_what_cannot_be_read_says_why(data: bytes, media_type: str, category: str) -> None:
    with pytest.raises(UntrustedInputError) as raised:
        read(data, media_type)
    assert raised.value.category == category


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("1.2E+15", ("text", "1200000000000000")),
        ("4.90123456789012E+17", ("text", "490123456789012000")),
        ("0.30000000000000004", ("number", "0.3")),
        ("490123456789012345", ("text", "490123456789012345")),
        ("1E-3", ("number", "0.001")),
        ("-0", ("number", "-0")),
        ("100", ("number", "100")),
        ("1E+400", ("number", "1E+400")),
        ("nan", ("text", "nan")),
        ("abc", ("text", "abc")),
    ],
)
def test_numbers(raw: str, expected: tuple[str, str]) -> None:
    assert number(raw) == expected


@pytest.mark.parametrize(
    ("raw", "epoch_1904", "elapsed", "expected"),
    [
        ("45356", False, False, ("date", "2024-03-05")),
        ("45356.5", False, False, ("date", "2024-03-05T12:00:00")),
        ("0.25", False, False, ("date", "06:00:00")),
        ("1", False, False, ("date", "1900-01-01")),
        ("61", False, False, ("date", "1900-03-01")),
        ("43894", True, False, ("date", "2024-03-05")),
        ("1.25", False, True, ("text", "30:00:00")),
        ("-5", False, False, ("number", "-5")),
        ("99999999", False, False, ("number", "99999999")),
    ],
)
def test_dates(raw: str, epoch_1904: bool, elapsed: bool, expected: tuple[str, str]) -> None:
    assert date(raw, epoch_1904=epoch_1904, elapsed=elapsed) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("dd/mm/yyyy", True),
        ("[h]:mm", True),
        ('0.00" days"', False),
        ("[Red]#,##0", False),
        ("General", False),
        ("@", False),
    ],
)
def test_date_formats(code: str, expected: bool) -> None:
    assert is_date_format(200, code) is expected


@pytest.mark.parametrize(("column", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (16383, "XFD")])
def test_column_names_go_both_ways(column: int, name: str) -> None:
    assert column_name(column) == name
    assert column_number(f"{name}7") == column
