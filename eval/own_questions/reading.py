"""From a table to questions: all of them, or none and everything that is wrong."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from eval.own_questions.cells import CellError, groups_of, tags_of, text_of, yes_or_no
from eval.own_questions.records import DRAFT, EXAMPLE, OwnQuestion, Problems
from eval.own_questions.tables import TableRow, read_table

_T = TypeVar("_T")


def read_questions(path: Path, problems: Problems) -> tuple[OwnQuestion, ...]:
    """The questions of a CSV, XLSX or JSON lines file; what is wrong is noted in `problems`, which the caller settles.

    Drafts that nobody has checked are noted as wrong: a figure must not rest on what a program made up.

    Raises:
        UsageError: the file cannot be read as a table at all.
    """
    read = [_question(row, problems) for row in read_table(path, problems)]
    found = [question for question in read if (question.id, question.question) != (EXAMPLE.id, EXAMPLE.question)]
    _check_ids(found, problems)
    spoken_of = {row for row, _message in problems.found}
    for question in found:
        if question.row not in spoken_of:
            _check_gold(question, problems)
        if question.status == DRAFT and not question.checked:
            problems.add(
                question.row, "is a draft that nobody has checked. Correct it and set “checked” to yes, or delete it."
            )
    if not found and not problems.found:
        problems.add(1, "there are no questions in the table.")
    return tuple(found)


def _question(row: TableRow, problems: Problems) -> OwnQuestion:
    def taken(column: str, reading: Callable[[object], _T], otherwise: _T) -> _T:
        try:
            return reading(row.cells.get(column))
        except CellError as error:
            problems.add(row.number, f"“{column}”: {error}")
            wrong.add(column)
            return otherwise

    wrong: set[str] = set()
    answerable = taken("answerable", yes_or_no, None)
    question = OwnQuestion(
        taken("id", text_of, ""),
        " ".join(taken("question", text_of, "").split()),
        bool(answerable),
        taken("expected_exhibits", groups_of, ()),
        taken("expected_values", lambda cell: groups_of(cell, numbers=True), ()),
        taken("expected_quote", text_of, ""),
        taken("notes", text_of, ""),
        taken("tags", tags_of, {}),
        taken("status", text_of, "").casefold(),
        bool(taken("checked", yes_or_no, None)),
        row.number,
    )
    for column, value in (("id", question.id), ("question", question.question), ("answerable", answerable)):
        if (value is None or value == "") and column not in wrong and column in row.cells:
            problems.add(row.number, f"“{column}” is empty.")
    if question.status not in {"", DRAFT}:
        problems.add(row.number, f"“status” says “{question.status[:40]}”. Write {DRAFT} or leave it empty.")
    return question


def _check_ids(questions: list[OwnQuestion], problems: Problems) -> None:
    first: dict[str, int] = {}
    for question in questions:
        if question.id and first.setdefault(question.id, question.row) != question.row:
            problems.add(
                question.row,
                f"the id “{question.id}” stands in {problems.unit} {first[question.id]} too. Each id only once.",
            )


def _check_gold(question: OwnQuestion, problems: Problems) -> None:
    """Whether there is something to score an answer by, and nothing that contradicts."""
    expected = bool(question.exhibits or question.values or question.quote)
    if question.answerable and not expected:
        problems.add(
            question.row,
            "is answerable but says nothing of the answer. Fill “expected_exhibits”, “expected_values” or both.",
        )
    if not question.answerable and expected:
        problems.add(
            question.row,
            "is not answerable, yet an exhibit, value or quote is expected. Empty those cells, or set “answerable” "
            "to yes.",
        )
    if question.quote and not question.exhibits:
        problems.add(question.row, "has a quote, but “expected_exhibits” does not say where it stands.")
