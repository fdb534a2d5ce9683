"""Writing questions as a table that a person fills in: XLSX, CSV or JSON lines, told by the file's ending."""

import csv
import io
import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from assistant.keywords import neutralised
from casefile.errors import StorageError, UsageError
from eval.own_questions.records import ALTERNATIVE, COLUMNS, EXAMPLE, SEPARATOR, OwnQuestion
from eval.own_questions.workbooks import QUESTIONS_SHEET

_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_LONGEST_CELL = 32_000
"""Characters; Excel takes 32,767."""
_WIDTHS = {"question": 60, "expected_exhibits": 40, "expected_values": 40, "expected_quote": 60, "notes": 40}
_CHOICES = {"answerable": '"yes,no"', "checked": '"yes,no"', "status": '"draft"'}
_COMMA_LANGUAGES = frozenset({"en"})
"""Languages in which spreadsheet programs expect a comma between the cells of a CSV file; elsewhere a semicolon."""


def write_template(path: Path, language: str = "en") -> None:
    """Write an empty table with its columns explained and one row filled in as an example.

    Args:
        path: a new file that ends in .xlsx, .csv or .jsonl.
        language: ISO 639-1, of the spreadsheet program; decides on the separator of CSV.

    Raises:
        UsageError: another ending, or the file is there already.
        StorageError: it cannot be written.
    """
    write_questions(path, (EXAMPLE,), language)


def write_questions(path: Path, questions: Sequence[OwnQuestion], language: str = "en") -> None:
    """Write questions as a table with its columns explained, readable by this user only.

    XLSX is the safe choice: its cells are text, so that no spreadsheet program turns an account number into 4.9E+15.

    Args:
        path: a new file that ends in .xlsx, .csv or .jsonl.
        questions: in their order.
        language: ISO 639-1, of the spreadsheet program; decides on the separator of CSV.

    Raises:
        UsageError: another ending, or the file is there already.
        StorageError: it cannot be written.
    """
    check_new(path)
    ending = path.suffix.casefold()
    rows = [_cells(question) for question in questions]
    if ending == ".xlsx":
        data = _workbook(rows)
    elif ending == ".csv":
        data = _csv(rows, "," if language in _COMMA_LANGUAGES else ";")
    else:
        data = _json_lines(questions)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(data)
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror}.") from error


def check_new(path: Path) -> None:
    """Make sure that a table can be written there without writing over another.

    Raises:
        UsageError: another ending than .xlsx, .csv or .jsonl, or the file is there already.
    """
    if path.suffix.casefold() not in {".xlsx", ".csv", ".jsonl"}:
        raise UsageError(f"{path.name} tells no format: give a name that ends in .xlsx, .csv or .jsonl.")
    if path.exists():
        raise UsageError(f"{path} exists already; it may hold corrected questions. Give another name.")


def _cells(question: OwnQuestion) -> dict[str, str]:
    cells = {
        "id": question.id,
        "question": question.question,
        "answerable": "yes" if question.answerable else "no",
        "expected_exhibits": _joined(question.exhibits),
        "expected_values": _joined(question.values),
        "expected_quote": question.quote,
        "notes": question.notes,
        "tags": f"{SEPARATOR} ".join(f"{name}={value}" for name, value in question.tags.items()),
        "status": question.status,
        "checked": "yes" if question.checked else "",
    }
    return {name: _UNPRINTABLE.sub(" ", cells[name])[:_LONGEST_CELL] for name in COLUMNS}


def _joined(groups: Sequence[Sequence[str]]) -> str:
    return f"{SEPARATOR} ".join(ALTERNATIVE.join(forms) for forms in groups)


def _csv(rows: Sequence[Mapping[str, str]], separator: str) -> bytes:
    """As Excel reads it: with a byte order mark; the explanations stand above the columns, each in its first cell."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=separator, lineterminator="\r\n")
    writer.writerows([f"# {name}: {explanation}"] for name, explanation in COLUMNS.items())
    writer.writerow(COLUMNS)
    writer.writerows([neutralised(cell) for cell in row.values()] for row in rows)
    return stream.getvalue().encode("utf-8-sig")


def _json_lines(questions: Sequence[OwnQuestion]) -> bytes:
    lines: list[Mapping[str, object]] = [{"explanations": dict(COLUMNS)}]
    for question in questions:
        typed = {
            "answerable": question.answerable,
            "expected_exhibits": [list(names) for names in question.exhibits],
            "expected_values": [list(forms) for forms in question.values],
            "tags": dict(question.tags),
            "checked": question.checked,
        }
        lines.append({**_cells(question), **typed})
    return "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines).encode("utf-8", "replace")


def _workbook(rows: Sequence[Mapping[str, str]]) -> bytes:
    from openpyxl import Workbook
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = QUESTIONS_SHEET
    sheet.freeze_panes = "C2"
    for number, (name, explanation) in enumerate(COLUMNS.items(), start=1):
        letter = get_column_letter(number)
        column = sheet.column_dimensions[letter]
        column.width = _WIDTHS.get(name, 14)
        column.number_format = "@"  # text: no number is shortened, no date made of a reference
        heading = sheet.cell(1, number, name)
        heading.font = Font(bold=True)
        heading.fill = PatternFill("solid", fgColor="DDE6F0")
        heading.comment = Comment(explanation, "Caseclerk", height=120, width=320)
        if name in _CHOICES:
            choice = DataValidation(type="list", formula1=_CHOICES[name], allow_blank=True)
            choice.add(f"{letter}2:{letter}5000")
            sheet.add_data_validation(choice)
        for row, cells in enumerate(rows, start=2):
            cell = sheet.cell(row, number, cells[name] or None)
            if cells[name]:
                cell.data_type = "s"  # text from evidence is never a formula
            cell.number_format = "@"
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    explanations = book.create_sheet("explanations")
    explanations.column_dimensions["A"].width, explanations.column_dimensions["B"].width = 22, 110
    for name, explanation in COLUMNS.items():
        explanations.append([name, explanation])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
