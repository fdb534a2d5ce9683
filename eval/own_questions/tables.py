"""A table of questions as rows of cells, whatever program wrote it: CSV in its dialects, XLSX, JSON lines.

What it is, is told by its content. Rows are numbered from 1 as the spreadsheet program shows them; cells keep the type
that the file gives them, so that a number which was once an identifier can be told from text.
"""

import codecs
import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from casefile.errors import UsageError
from eval.own_questions.records import COLUMNS, REQUIRED, Problems

LARGEST_TABLE = 64 << 20
"""Bytes of a table."""
MOST_ROWS = 50_000
"""Rows that are not empty."""
_HEADER_WITHIN = 60
"""The row of column names is among the first so many rows."""
_DELIMITERS = ",;\t|"
_MOST_UNPACKED = 512 << 20
"""Bytes of an XLSX file when unpacked."""
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"

Cells = Sequence[object]


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row that holds something: column name to what the file has in that cell."""

    number: int
    cells: Mapping[str, object]


def read_table(path: Path, problems: Problems) -> tuple[TableRow, ...]:
    """The rows of a table by column; what is wrong with its shape is noted in `problems`.

    Raises:
        UsageError: the file cannot be read as a table at all.
    """
    data = _content(path)
    if data.startswith(_OLD_OFFICE):
        raise UsageError(
            f"{path.name} is in the format of old Excel, or protected with a password. Save it as “Excel Workbook "
            "(.xlsx)” without a password."
        )
    if data.startswith(b"PK\x03\x04"):
        from eval.own_questions.workbooks import sheet_rows

        rows = sheet_rows(path.name, data, _MOST_UNPACKED, _has_header)
        return _limited(_by_column(rows, problems), problems)
    text = _decoded(path, data)
    if text.lstrip().startswith("{"):
        problems.unit = "line"
        return _limited(_json_lines(text, problems), problems)
    return _limited(_by_column(_csv_rows(path, text), problems), problems)


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST_TABLE:
            raise UsageError(f"{path.name} is larger than {LARGEST_TABLE >> 20} MiB. Give a table of questions only.")
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}. Is it open in another program?") from error


def _decoded(path: Path, data: bytes) -> str:
    """UTF-8 or UTF-16 by its mark, else UTF-8, else Windows-1252, which Excel writes when it is told plain CSV."""
    try:
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return data.decode("utf-16")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{path.name} is no text that can be read. Save it as “Excel Workbook (.xlsx)” or “CSV UTF-8”."
        ) from error


def _limited(rows: tuple[TableRow, ...], problems: Problems) -> tuple[TableRow, ...]:
    if len(rows) > MOST_ROWS:
        problems.add(rows[MOST_ROWS].number, f"the table has more than {MOST_ROWS} questions; divide it.")
        return rows[:MOST_ROWS]
    return rows


# --- CSV ------------------------------------------------------------------------------------------------------------


def _csv_rows(path: Path, text: str) -> list[Cells]:
    """All rows, cut at the separator with which the row of column names can be found."""
    separator = max(_DELIMITERS, key=lambda delimiter: _names_found(text, delimiter))
    rows: list[Cells] = []
    try:
        # strict: a quotation mark that nobody closes would else swallow all that follows
        rows.extend(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        raise UsageError(
            f"{path.name}, row {len(rows) + 1}: a quotation mark is missing, or stands inside a cell without being "
            f"doubled ({error}). Put the cell into quotation marks and write each one inside it twice."
        ) from error
    return rows


def _names_found(text: str, delimiter: str) -> int:
    best = 0
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)):
            best = max(best, _known_names(cells))
            if number >= _HEADER_WITHIN:
                break
    except csv.Error:
        return best
    return best


# --- the row of column names ----------------------------------------------------------------------------------------


def _column_name(cell: object) -> str:
    return "_".join(str(cell).replace("_", " ").replace("-", " ").casefold().split()) if cell is not None else ""


def _known_names(cells: Cells) -> int:
    return len({_column_name(cell) for cell in cells} & COLUMNS.keys())


def _has_header(rows: Iterable[Cells]) -> bool:
    return any(_known_names(cells) >= 2 for _number, cells in zip(range(_HEADER_WITHIN), rows, strict=False))


def _by_column(rows: Sequence[Cells], problems: Problems) -> tuple[TableRow, ...]:
    header = max(range(min(len(rows), _HEADER_WITHIN)), key=lambda index: _known_names(rows[index]), default=0)
    if not rows or _known_names(rows[header]) < 2:
        problems.add(1, f"no row names the columns. The first row must be: {', '.join(COLUMNS)}.")
        return ()
    for index in range(header):
        first = next((str(cell).strip() for cell in rows[index] if not is_blank(cell)), "")
        if first and not first.startswith(("#", "sep=")):
            problems.add(index + 1, "stands above the row of column names. Was the table sorted with it?")
    names = [_column_name(cell) for cell in rows[header]]
    _check_names(names, header + 1, problems)
    found = []
    for index in range(header + 1, len(rows)):
        cells = rows[index]
        if all(is_blank(cell) for cell in cells):
            continue
        beyond = [cell for name, cell in _paired(names, cells) if not name and not is_blank(cell)]
        if beyond:
            problems.add(
                index + 1,
                f"{_shortened(beyond[0])} stands beyond the last column. A cell with a comma or semicolon in it must "
                "be in quotation marks.",
            )
        filled = [*cells, *[None] * (len(names) - len(cells))]
        found.append(TableRow(index + 1, {name: cell for name, cell in _paired(names, filled) if name in COLUMNS}))
    return tuple(found)


def _paired(names: Sequence[str], cells: Cells) -> Iterable[tuple[str, object]]:
    return zip([*names, *[""] * (len(cells) - len(names))], cells, strict=False)


def _check_names(names: Sequence[str], row: int, problems: Problems) -> None:
    missing = [name for name in COLUMNS if name not in names]
    for name in dict.fromkeys(name for name in names if name and name not in COLUMNS):
        problems.add(row, unknown_name("column", name, missing))
    for name in sorted({name for name in names if name in COLUMNS and names.count(name) > 1}):
        problems.add(row, f"there are two columns “{name}”; delete one.")
    for name in REQUIRED:
        if name not in names:
            problems.add(row, f"the column “{name}” is missing. Columns are: {', '.join(COLUMNS)}.")


def unknown_name(what: str, name: str, free: Sequence[str]) -> str:
    """That nothing has this name, and which of the names not used yet is most like it."""
    from rapidfuzz import fuzz, process

    near = process.extractOne(name, free, scorer=fuzz.WRatio, score_cutoff=60)
    hint = f" Should it be “{near[0]}”?" if near else " Put what is for yourself into “notes”."
    return f"there is no {what} “{_shortened(name)}”.{hint}"


def is_blank(cell: object) -> bool:
    """Whether a cell holds nothing."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _shortened(cell: object) -> str:
    text = " ".join(str(cell).split())
    return text if len(text) <= 40 else f"{text[:39]}…"


# --- JSON lines -----------------------------------------------------------------------------------------------------


def _json_lines(text: str, problems: Problems) -> tuple[TableRow, ...]:
    """One object a line; not `splitlines`, as JSON may hold line separators such as U+2028 inside a string."""
    found = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError) as error:
            problems.add(number, f"is no JSON object ({error}). Each line holds one question as a whole.")
            continue
        if not isinstance(entry, dict):
            problems.add(number, 'is no JSON object such as {"id": "1", "question": "...", "answerable": true}.')
        elif entry.keys() != {"explanations"}:
            missing = [name for name in COLUMNS if name not in entry]
            for name in entry.keys() - COLUMNS.keys():
                problems.add(number, unknown_name("field", name, missing))
            found.append(TableRow(number, {name: entry.get(name) for name in COLUMNS}))
    return tuple(found)
