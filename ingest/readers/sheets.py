"""Reads spreadsheets: XLSX by its XML, ODS by its XML, XLS and XLSB through calamine."""

import datetime as dt
from collections.abc import Iterator

from casefile.errors import UntrustedInputError
from casefile.records import Issue
from ingest.readers.biff import biff_issues, refuse_locked
from ingest.readers.containers import OLE_SIGNATURE, Container, open_container, refuse_empty
from ingest.readers.delimited import DelimitedReader
from ingest.readers.docx import take_out
from ingest.readers.ooxml_figures import Properties, core_properties
from ingest.readers.part_writer import PartWriter
from ingest.readers.sheet_values import duration, number
from ingest.readers.sheet_writer import SheetRow, SheetWriter, Value
from ingest.readers.sheets_ods import OdsWorkbook
from ingest.readers.sheets_xlsx import SheetFacts, Workbook, facts_as_issues
from ingest.readers.text_builder import TextBuilder
from ingest.reading import Reading, Source

__all__ = ["DelimitedReader", "SheetReader"]

XLS = "application/vnd.ms-excel"
XLSB = "application/vnd.ms-excel.sheet.binary.macroenabled.12"
ODS = "application/vnd.oasis.opendocument.spreadsheet"


class SheetReader:
    """Workbooks. Formulas are never calculated: what the program that wrote the file stored is what is read."""

    name = "sheets"
    version = "1"
    media_types = frozenset(
        {
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.template",
            "application/vnd.ms-excel.sheet.macroenabled.12",
            XLSB,
            XLS,
            ODS,
        }
    )

    def read(self, source: Source) -> Reading:
        """Read all sheets.

        Raises:
            UntrustedInputError: `empty` where no cell of any sheet holds a value; `encrypted`, `corrupt`.
        """
        refuse_empty(source)
        builder = TextBuilder(source.limits.text_characters)
        parts = PartWriter(source)
        writer = SheetWriter(builder, source.limits.rows)
        properties = self._read_into(source, writer, parts, builder)
        if not writer.values and not any(block.kind == "paragraph" for block in builder.blocks) and not builder.full:
            raise UntrustedInputError("empty", "The workbook holds no value in any cell.")
        return Reading(
            text=builder.text,
            blocks=builder.blocks,
            issues=builder.issues,
            parts=parts.parts,
            title=properties.title,
            sender=properties.creator,
            times=properties.times,
        )

    def _read_into(self, source: Source, writer: SheetWriter, parts: PartWriter, builder: TextBuilder) -> Properties:
        head = source.stream.read(len(OLE_SIGNATURE))
        if source.media_type == XLSB or (source.media_type == XLS and head == OLE_SIGNATURE) or head[:1] == b"\x09":
            _write_through_calamine(source, writer)
            return Properties()
        with open_container(source, "workbook") as container:
            if source.media_type == ODS:
                OdsWorkbook(container).write(writer, parts, builder)
                return Properties()
            return _write_xlsx(container, writer, parts, builder)


def _write_xlsx(container: Container, writer: SheetWriter, parts: PartWriter, builder: TextBuilder) -> Properties:
    workbook = Workbook(container)
    for sheet in workbook.sheets:
        facts = SheetFacts()
        writer.write(sheet.name, workbook.rows(sheet, facts), hidden=sheet.hidden)
        for issue in facts_as_issues(facts):
            writer.issue(issue)
        try:
            writer.write_notes(sheet.name, workbook.notes(sheet, facts))
        except UntrustedInputError as error:
            builder.report("dropped_text", f"Comments or drawings of a sheet cannot be read: {error.message}")
        if builder.full:
            break
    folders = tuple(f"{workbook.folder}/{name}" for name in ("embeddings/", "media/", "vbaproject.bin"))
    take_out(container, [name for name in container.names if name.lower().startswith(folders)], parts, builder)
    try:
        return core_properties(container)
    except UntrustedInputError as error:
        builder.report("dropped_text", f"The workbook's properties cannot be read: {error.message}")
        return Properties()


def _write_through_calamine(source: Source, writer: SheetWriter) -> None:
    """Write a workbook in one of the binary formats.

    calamine is Rust: on some damaged files it panics, which Python sees as a `BaseException` of its own making.
    """
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

    if source.media_type != XLSB:
        refuse_locked(source.stream)
    source.stream.seek(0)
    try:
        workbook = CalamineWorkbook.from_filelike(source.stream)
        for sheet in workbook.sheets_metadata:
            rows = workbook.get_sheet_by_name(sheet.name)
            writer.write(sheet.name, _calamine_rows(rows), hidden=sheet.visible != SheetVisibleEnum.Visible)
    except PasswordError as error:
        raise UntrustedInputError("encrypted", "The workbook is encrypted; ask for its password.") from error
    except (CalamineError, OSError, ValueError, OverflowError) as error:
        if "password" in str(error).lower() or "encrypt" in str(error).lower():
            raise UntrustedInputError("encrypted", "The workbook is encrypted; ask for its password.") from error
        raise UntrustedInputError("corrupt", "This is no whole workbook, or one that is damaged.") from error
    except BaseException as error:  # a panic of the reader's Rust code is no Exception; anything else goes on up
        if type(error).__name__ != "PanicException":
            raise
        raise UntrustedInputError("corrupt", "The workbook is damaged in a way that stops its reader.") from error
    if source.media_type == XLSB:
        writer.issue(
            Issue(
                "read", "low_confidence", "Comments and hidden rows are not told apart in XLSB; look at the original."
            )
        )
    else:
        for issue in biff_issues(source.stream):
            writer.issue(issue)


def _calamine_rows(sheet: object) -> Iterator[SheetRow]:
    start = getattr(sheet, "start", None)
    if start is None:
        return
    first_row, first_column = start
    for at, cells in enumerate(sheet.to_python(skip_empty_area=True)):  # type: ignore[attr-defined]
        values = tuple(
            value for column, cell in enumerate(cells) if (value := _calamine_value(first_column + column, cell))
        )
        if values:
            yield SheetRow(first_row + at + 1, values)


def _calamine_value(column: int, cell: object) -> Value | None:
    if isinstance(cell, bool):
        return Value(column, "boolean", "TRUE" if cell else "FALSE")
    if isinstance(cell, int | float):
        return Value(column, *number(repr(cell)))
    if isinstance(cell, dt.datetime):
        midnight = cell.time() == dt.time()
        return Value(column, "date", cell.date().isoformat() if midnight else cell.isoformat(timespec="seconds"))
    if isinstance(cell, dt.date | dt.time):
        return Value(column, "date", cell.isoformat())
    if isinstance(cell, dt.timedelta):
        return Value(column, "text", duration(cell))
    return Value(column, "text", str(cell)) if str(cell).strip() else None
