import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casefile.errors import UntrustedInputError
from casefile.locators import CellsLocator
from ingest.readers.delimited import DelimitedReader, typed
from ingest.reading import Reader, Reading, ReadLimits
from tests.ingest.linear_time import MOST, growth
from tests.ingest.reader_contract import ReaderContract, Sample, read_bytes

CSV = "text/csv"
TSV = "text/tab-separated-values"


def read(data: bytes, media_type: str = CSV, limits: ReadLimits | None = None) -> Reading:
    return read_bytes(DelimitedReader(), data, media_type, limits=limits)


def cells(reading: Reading) -> list[list[str]]:
    return [[reading.text[cell.start : cell.end] for cell in block.cells] for block in reading.blocks]


class TestDelimitedContract(ReaderContract):
    def make_reader(self) -> Reader:
        return DelimitedReader()

    def samples(self) -> dict[str, Sample]:
        return {
            "csv": Sample(b"Date,Name,Amount\r\n2024-03-05,Vogt,500\r\n", CSV, "a.csv", ("2024-03-05,Vogt,500",)),
            "tsv": Sample("Tag\tName\tBetrag\n5.3.\tMüller\t3,50\n".encode("cp1252"), TSV, "a.tsv", ("Müller\t3,50",)),
        }


def test_the_text_is_exactly_the_characters_and_cells_point_into_it() -> None:
    text = 'Name;Note;Sum\r\n"Vogt; Jan";"said ""no""\r\nand left";3,50\r\nKeller;;-814,38\r\n'
    reading = read(text.encode())
    assert reading.text == text
    assert cells(reading) == [
        ["Name", "Note", "Sum"],
        ["Vogt; Jan", 'said ""no""\r\nand left', "3,50"],
        ["Keller", "", "-814,38"],
    ]
    assert [block.kind for block in reading.blocks] == ["header_row", "row", "row"]
    second = reading.blocks[1]
    assert second.cells[1].value == 'said "no"\r\nand left'
    assert (second.cells[2].type, second.cells[2].value) == ("number", "3.50")
    assert reading.blocks[2].cells[1].type == "empty"
    assert isinstance(second.locator, CellsLocator)
    assert (second.locator.cells, second.locator.header) == ("A2:C2", ("Name", "Note", "Sum"))
    assert second.context == "Name | Note | Sum"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_any_delimiter_in_any_encoding(delimiter: str, encoding: str) -> None:
    rows = [["Straße", "Wert", "Größe"], ["Köln", "5", "größer"], ["Bonn", "7", "müde"]]
    text = "\n".join(delimiter.join(row) for row in rows)
    reading = read(text.encode(encoding))
    assert reading.text == text
    assert cells(reading) == rows


def test_a_title_above_the_header_and_the_line_that_names_the_delimiter() -> None:
    reading = read(b"sep=;\nPayments;;\nDate;Name;Sum\n2024-01-01;A;1\n")
    assert [block.kind for block in reading.blocks] == ["row", "row", "header_row", "row"]
    assert reading.blocks[3].context == "Date | Name | Sum"


def test_a_quote_that_never_closes_swallows_nothing() -> None:
    reading = read(b'a,"b,c\nd,e,f\n')
    assert cells(reading) == [["a", '"b', "c"], ["d", "e", "f"]]


def test_rows_beyond_the_limit_stay_text() -> None:
    reading = read(b"1,2\n" * 30, limits=ReadLimits(rows=5))
    assert len(reading.blocks) == 6
    assert reading.blocks[-1].locator.end == len(reading.text.rstrip())
    assert [issue.category for issue in reading.issues] == ["too_large"]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("1234567890123456", ("text", "1234567890123456")),
        ("0049", ("text", "0049")),
        ("+4930", ("text", "+4930")),
        ("-12.50", ("number", "-12.50")),
        ("1.234,56", ("number", "1234.56")),
        ("1,234.56", ("number", "1234.56")),
        ("1,234", ("text", "1,234")),
        ("0,5", ("number", "0.5")),
        ("2024-03-05 10:00", ("date", "2024-03-05T10:00")),
        ("1.2E+15", ("text", "1.2E+15")),
        ("true", ("boolean", "TRUE")),
        (" ", ("empty", "")),
    ],
)
def test_types(raw: str, expected: tuple[str, str]) -> None:
    assert typed(raw) == expected


@pytest.mark.parametrize("data", [b"", b" \n \r\n", "\ufeff".encode()])
def test_nothing_but_blanks_is_empty(data: bytes) -> None:
    with pytest.raises(UntrustedInputError) as raised:
        read(data)
    assert raised.value.category == "empty"


@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(st.text('ab,;"\n 1é', max_size=5), min_size=3, max_size=3), min_size=2, max_size=6))
def test_fields_are_those_of_the_csv_module(rows: list[list[str]]) -> None:
    target = io.StringIO()
    csv.writer(target, quoting=csv.QUOTE_ALL).writerows([["x1", "y1", "z1"], *rows])
    reading = read(target.getvalue().encode())
    assert [[cell.value for cell in block.cells if cell.type == "text"] for block in reading.blocks][1:] == [
        [value for value in row if typed(value)[0] == "text"] for row in rows
    ]


@pytest.mark.parametrize("piece", ['"', '",', '""\n', '"a""', ",", "a b ", '"x\n', '""",'])
def test_time_grows_with_the_file(piece: str) -> None:
    def work(text: str) -> object:
        return read(text.encode())

    assert growth(work, piece * 10_000) < MOST
