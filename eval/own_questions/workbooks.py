"""Reading an XLSX workbook as rows of typed cells, within bounds."""

import io
import warnings
import zipfile
from collections.abc import Callable, Iterable, Sequence

from casefile.errors import UsageError

_DAMAGE = (EOFError, KeyError, IndexError, ValueError, TypeError, AttributeError, OSError, NotImplementedError)
"""What openpyxl lets through when a part of a workbook is not what it should be; and XML errors, as `SyntaxError`."""
QUESTIONS_SHEET = "questions"
"""The sheet of the template that holds the questions."""


def sheet_rows(
    name: str, data: bytes, most_unpacked: int, has_header: Callable[[Iterable[Sequence[object]]], bool]
) -> list[Sequence[object]]:
    """All rows of the sheet with the questions: of the one named so, else of the only one that names the columns.

    Args:
        name: of the file, for messages.
        data: the file.
        most_unpacked: bytes that its parts may have when unpacked.
        has_header: whether the first rows of a sheet name the columns.

    Raises:
        UsageError: it is no workbook, too large, or several sheets could be meant.
    """
    _check_size(name, data, most_unpacked)
    sheets = _sheets(name, data)
    named = [rows for title, rows in sheets.items() if title.strip().casefold() == QUESTIONS_SHEET]
    fitting = named or [rows for rows in sheets.values() if has_header(rows)]
    if len(fitting) > 1:
        raise UsageError(f"{name} has several sheets with questions. Name one of them “{QUESTIONS_SHEET}”.")
    return (fitting or [*sheets.values(), []])[0]


def _check_size(name: str, data: bytes, most_unpacked: int) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise _damaged(name) from error
    if unpacked > most_unpacked:
        raise UsageError(f"{name} is larger than {most_unpacked >> 20} MiB when unpacked. Give the questions only.")


def _sheets(name: str, data: bytes) -> dict[str, list[Sequence[object]]]:
    import zlib

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and lists of choices that openpyxl does not keep
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            found = {}
            for sheet in book.worksheets:
                sheet.reset_dimensions()  # what the file says of its size may be wrong
                found[sheet.title] = _without_tail(list(sheet.iter_rows(values_only=True)))
            book.close()
    except (InvalidFileException, SyntaxError, zipfile.BadZipFile, zlib.error, *_DAMAGE) as error:
        raise _damaged(name) from error
    return found


def _without_tail(rows: list[Sequence[object]]) -> list[Sequence[object]]:
    while rows and all(cell is None for cell in rows[-1]):
        rows.pop()
    return rows


def _damaged(name: str) -> UsageError:
    return UsageError(
        f"{name} is no workbook that can be read. Open it in Excel and save it as “Excel Workbook (.xlsx)”."
    )
