"""Tables of the user's own questions: what is written is read back, whatever program had it in between."""

import datetime as dt
import json
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from casefile.errors import UsageError
from eval.own_questions.records import COLUMNS, EXAMPLE, OwnQuestion
from eval.own_questions.writing import write_questions, write_template
from tests.eval.own_tables import GOOD, read, refusal, table, workbook

ENDINGS = (".xlsx", ".csv", ".jsonl")
HEADER = ",".join(COLUMNS)


# --- template -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("language", ["en", "de"])
def test_the_template_explains_its_columns_and_its_example_is_not_asked(
    tmp_path: Path, ending: str, language: str
) -> None:
    path = tmp_path / f"questions{ending}"
    write_template(path, language)
    assert "no questions" in refusal(path)
    if ending == ".xlsx":
        book = load_workbook(path)
        assert [[cell.value for cell in row] for row in book["explanations"]] == [
            list(pair) for pair in COLUMNS.items()
        ]
        assert book["questions"]["B2"].value == EXAMPLE.question
        assert book["questions"].column_dimensions["D"].number_format == "@"
    else:
        text = path.read_text(encoding="utf-8-sig")
        assert all(explanation[:40] in text for explanation in COLUMNS.values())
        assert EXAMPLE.question in text


def test_an_example_that_was_written_over_is_a_question(tmp_path: Path) -> None:
    path = tmp_path / "questions.csv"
    write_template(path)
    text = path.read_bytes().decode("utf-8-sig").replace(EXAMPLE.question, "Who drove?")
    path.write_text(text, encoding="cp1252", newline="")
    assert [question.question for question in read(path)] == ["Who drove?"]


def test_nothing_is_overwritten_and_an_unknown_ending_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "questions.xlsx"
    write_template(path)
    before = path.read_bytes()
    with pytest.raises(UsageError, match="exists already"):
        write_template(path)
    assert path.read_bytes() == before
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(UsageError, match=r"\.xlsx, \.csv or \.jsonl"):
        write_template(tmp_path / "questions.ods")


# --- there and back -------------------------------------------------------------------------------------------------

_LINE = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=30)


def _tidy(text: str) -> bool:
    eaten = text.startswith(("'", "#")) or text.casefold() == "example"
    return bool(text.strip()) and not set(text) & set("\ufffe\uffff") and not eaten


_TEXT = _LINE.map(lambda text: " ".join(text.split())).filter(_tidy)
_FORM = _TEXT.filter(lambda text: not set(text) & set(";|"))
_GROUPS = st.lists(st.lists(_FORM, min_size=1, max_size=3, unique=True).map(tuple), min_size=1, max_size=3).map(tuple)
_TAGS = st.dictionaries(st.sampled_from(["topic", "kind", "who"]), _FORM.filter(lambda t: "=" not in t), max_size=2)


@st.composite
def _questions(draw: st.DrawFn) -> tuple[OwnQuestion, ...]:
    ids = draw(st.lists(_TEXT, min_size=1, max_size=4, unique=True))
    found = []
    for row, name in enumerate(ids):
        answerable = draw(st.booleans())
        found.append(
            OwnQuestion(
                name,
                draw(_TEXT),
                answerable=answerable,
                exhibits=draw(_GROUPS) if answerable else (),
                values=draw(_GROUPS) if answerable else (),
                quote=draw(st.just("") | _TEXT) if answerable else "",
                notes=draw(st.just("") | _TEXT),
                tags=draw(_TAGS),
                status=draw(st.sampled_from(["", "draft"])),
                checked=True,
                row=row,
            )
        )
    return tuple(found)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(_questions(), st.sampled_from(ENDINGS), st.sampled_from(["en", "de"]))
def test_what_is_written_is_read_back(questions: tuple[OwnQuestion, ...], ending: str, language: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"questions{ending}")
        write_questions(path, questions, language)
        assert [replace(question, row=0) for question in read(path)] == [replace(q, row=0) for q in questions]


@settings(max_examples=150)
@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: f"{HEADER}\n{text}".encode("utf-8", "replace")))
def test_any_bytes_are_questions_or_a_message(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "questions.csv")
        path.write_bytes(data)
        try:
            read(path)
        except UsageError as error:
            assert "questions.csv" in str(error)  # noqa: PT017 - either way is right, the wrong one is another error


_SHARE = st.floats(0, 1, exclude_max=True)
_HARM = st.lists(st.tuples(_SHARE, st.binary(max_size=3)), min_size=1, max_size=4)


@settings(max_examples=60)
@given(_SHARE | st.none(), _HARM, st.floats(0.5, 1))
def test_a_damaged_workbook_is_questions_or_a_message(
    part: float | None, harm: list[tuple[float, bytes]], kept: float
) -> None:
    """Damage to the file as it lies on disk, or to what is packed in one of its parts."""

    def harmed(content: bytes) -> bytes:
        for place, put in harm:
            at = 4 + int(place * (len(content) - 4))
            content = content[:at] + put + content[at + 2 :]
        return content[: int(kept * len(content))]

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "questions.xlsx")
        write_template(path)
        if part is None:
            path.write_bytes(harmed(path.read_bytes()))
        else:
            with zipfile.ZipFile(path) as archive:
                parts = {name: archive.read(name) for name in archive.namelist()}
            chosen = list(parts)[int(part * len(parts))]
            with zipfile.ZipFile(path, "w") as archive:
                for name, content in parts.items():
                    archive.writestr(name, harmed(content) if name == chosen else content)
        try:
            read(path)
        except UsageError as error:
            assert "questions.xlsx" in str(error)  # noqa: PT017 - either way is right


# --- what spreadsheet programs make of a CSV file -------------------------------------------------------------------

_ROW = ["1", "Wer fuhr die Müllerstraße entlang, und wann?", "ja", "Protokoll.txt", "5 €; 7 €|7 EUR"]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_every_dialect_is_read(tmp_path: Path, separator: str, encoding: str, line_end: str) -> None:
    path = tmp_path / "questions.csv"
    cells = [f'"{cell}"' for cell in _ROW]
    lines = ["sep=;", separator.join(list(COLUMNS)[:5]), separator.join(cells), "", separator * 4]
    path.write_bytes(line_end.join(lines).encode(encoding))
    (question,) = read(path)
    assert question.question == _ROW[1]
    assert question.values == (("5 €",), ("7 €", "7 EUR"))
    assert question.answerable
    assert question.row == 3


def test_a_quotation_mark_that_nobody_closed_is_named_with_its_row(tmp_path: Path) -> None:
    path = tmp_path / "questions.csv"
    path.write_text('id,question,answerable\n1,"Who,no\n2,When?,no\n')
    assert "row 2: a quotation mark" in refusal(path)


def test_a_cell_too_many_is_named(tmp_path: Path) -> None:
    path = tmp_path / "questions.csv"
    path.write_text("id,question,answerable\n1,Who drove, and when?,no\n")
    said = refusal(path)
    assert "row 2: no stands beyond the last column" in said
    assert "row 2: “answerable”: “and when?” is neither yes nor no" in said


# --- what goes wrong with columns -----------------------------------------------------------------------------------


def test_renamed_and_missing_columns_are_named_with_what_was_meant(tmp_path: Path) -> None:
    columns = ["ID", "Question", "Expected exhibit", "Expected-Values", "Bearbeiter"]
    path = table(tmp_path / "questions.xlsx", {"ID": 1, "Question": "Who?"}, columns=columns)
    said = refusal(path)
    assert "row 1: there is no column “expected_exhibit”. Should it be “expected_exhibits”?" in said
    assert "row 1: there is no column “bearbeiter”" in said
    assert "row 1: the column “answerable” is missing" in said
    assert "expected_values" not in said.partition("Columns are")[0]


def test_a_table_without_column_names_says_what_they_are(tmp_path: Path) -> None:
    path = tmp_path / "questions.csv"
    path.write_text("1,Who drove?,yes\n")
    assert f"The first row must be: {', '.join(COLUMNS)}" in refusal(path)


def test_rows_above_the_names_are_not_passed_over(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "q.xlsx", [["1", "Who drove?", "no"], ["id", "question", "answerable"], ["2", "When?", "no"]]
    )
    assert "row 1: stands above the row of column names" in refusal(path)


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "q.xlsx", [["id", "question", "answerable", "Question"], ["1", "Who?", "no", "When?"]])
    assert "two columns “question”" in refusal(path)


# --- what goes wrong in rows ----------------------------------------------------------------------------------------


def test_everything_is_said_at_once_and_by_row(tmp_path: Path) -> None:
    path = table(
        tmp_path / "questions.xlsx",
        GOOD,
        {},
        {**GOOD, "question": "When?"},
        {"question": "Why?", "answerable": "maybe"},
        {**GOOD, "id": 5, "expected_exhibits": None, "expected_values": None},
        {**GOOD, "id": 6, "answerable": "nein"},
        {**GOOD, "id": 7, "status": "done"},
        {**GOOD, "id": 8, "status": "Draft"},
        {**GOOD, "id": 9, "expected_exhibits": None, "expected_quote": "Brandt drove."},
    )
    said = refusal(path).splitlines()
    assert said[0] == "questions.xlsx cannot be used as it is; nothing of it was loaded."
    assert [line.partition(": ")[0] for line in said[1:]] == [
        "row 4", "row 5", "row 5", "row 6", "row 7", "row 8", "row 9", "row 10"
    ]  # fmt: skip
    expected = [
        *("stands in row 2 too", "neither yes nor no", "“id” is empty", "says nothing of the answer"),
        *("is not answerable, yet", "says “done”", "draft that nobody has checked", "does not say where it stands"),
    ]
    for line, words in zip(said[1:], expected, strict=True):
        assert words in line


@pytest.mark.parametrize("unchecked", [None, "", "no", "nein", False])
def test_a_draft_is_refused_until_somebody_has_checked_it(tmp_path: Path, unchecked: object) -> None:
    draft = {**GOOD, "status": "draft", "checked": unchecked}
    assert "draft that nobody has checked" in refusal(table(tmp_path / "a.xlsx", draft))
    (question,) = read(table(tmp_path / "b.xlsx", {**draft, "checked": "ja"}))
    assert question.checked


@pytest.mark.parametrize(
    ("column", "cell", "words"),
    [
        ("id", 491512345678901234, "Excel has made the number 4.91512345678901E+17"),
        ("expected_values", 4.91512345678901e17, "digits are lost"),
        ("expected_values", "4,91512E+14", "Excel has shortened a long number to 4,91512E+14"),
        ("expected_values", "DE12|4.9E+21", "shortened"),
        ("expected_exhibits", dt.date(2024, 3, 14), "Excel has made a date of this cell"),
        ("expected_values", "########", "too narrow"),
        ("question", "#NAME?", "Excel's error #NAME?"),
    ],
)
def test_what_excel_ate_is_named_with_row_and_column(tmp_path: Path, column: str, cell: object, words: str) -> None:
    said = refusal(table(tmp_path / "questions.xlsx", GOOD, {**GOOD, "id": "2", column: cell}))
    assert f"row 3: “{column}”:" in said
    assert words in said


def test_a_number_stands_for_the_ways_of_writing_it(tmp_path: Path) -> None:
    (question,) = read(table(tmp_path / "questions.xlsx", {**GOOD, "id": 17, "expected_values": 4750.5}))
    assert question.id == "17"
    assert {"4750.5", "4.750,50", "4,750.50", "4 750,50", "4750,50"} <= set(question.values[0])


def test_a_line_of_json_that_is_none_is_named(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    lines = [
        json.dumps(GOOD),
        "{",
        "[1]",
        json.dumps({**GOOD, "id": "4", "expected_value": ["x"]}),
        json.dumps({"id": "5"}),
    ]
    path.write_text("\n".join(lines))
    said = refusal(path)
    assert "line 2: is no JSON object" in said
    assert "line 3: is no JSON object" in said
    assert "line 4: there is no field “expected_value”. Should it be" in said
    assert "line 5: “question” is empty" in said


# --- files that are no tables ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no row names the columns"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "protected with a password"),
        (b"PK\x03\x04 and no more", "no workbook that can be read"),
        (b"\x81\x8d\xff\xfe", "no text that can be read"),
    ],
)
def test_what_is_no_table_is_told_apart(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "questions.xlsx"
    path.write_bytes(content)
    assert words in refusal(path)


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    assert "cannot be read" in refusal(tmp_path / "nothing.csv")


def test_the_sheet_is_found_by_its_name_or_its_columns(tmp_path: Path) -> None:
    path = table(tmp_path / "questions.xlsx", GOOD)
    book = load_workbook(path)
    book.create_sheet("overview", 0).append(["something else"])
    book["questions"].title = "Tabelle1"
    book.save(path)
    assert len(read(path)) == 1
    book.copy_worksheet(book["Tabelle1"])
    book.save(path)
    assert "several sheets" in refusal(path)
