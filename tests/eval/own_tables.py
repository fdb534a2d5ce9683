"""Tables of questions for tests, made the way an officer's spreadsheet program would."""

import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from openpyxl import Workbook

from casefile.errors import UsageError
from eval.own_questions.reading import read_questions
from eval.own_questions.records import COLUMNS, OwnQuestion, Problems

GOOD = {
    "id": "1",
    "question": "Who drove the lorry?",
    "answerable": "yes",
    "expected_exhibits": "log.txt",
    "expected_values": "J. Brandt|Jonas Brandt",
}


def workbook(path: Path, rows: Sequence[Sequence[object]], sheet: str = "questions") -> Path:
    book = Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(list(row))
    stream = io.BytesIO()
    book.save(stream)
    path.write_bytes(stream.getvalue())
    return path


def table(path: Path, *rows: dict[str, object], columns: Sequence[str] = tuple(COLUMNS)) -> Path:
    """An XLSX table of these rows."""
    return workbook(path, [list(columns), *([row.get(name) for name in columns] for row in rows)])


def read(path: Path) -> tuple[OwnQuestion, ...]:
    problems = Problems(path)
    found = read_questions(path, problems)
    problems.settle()
    return found


def refusal(path: Path) -> str:
    """What is said of a table that cannot be used."""
    with pytest.raises(UsageError) as caught:
        read(path)
    return str(caught.value)
