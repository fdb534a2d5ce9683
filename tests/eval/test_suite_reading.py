"""Rows of public data: what is wrong with them is said with file and line."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casefile.errors import UsageError
from eval.records import Document
from eval.suites.reading import DataRow, Twins, missing, read_rows, read_text, split_of
from tests.eval.suite_data import options


class Line(DataRow):
    id: str
    parts: tuple[int, ...]


def test_rows_in_order_blank_lines_and_further_fields_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"id": "a", "parts": [1, 2]}\n\n{"id": "b", "parts": [], "more": null}', encoding="utf-8")
    assert list(read_rows(path, Line)) == [Line(id="a", parts=(1, 2)), Line(id="b", parts=())]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b'{"id": "a"}', "line 2, field parts: Field required"),
        (b'{"id": 1, "parts": []}', "line 2, field id: Input should be a valid string"),
        (b'{"id": "a", "parts": [1, "2"]}', "line 2, field parts.1: Input should be a valid integer"),
        (b'{"id": "a", "parts": [1]', "line 2: Invalid JSON"),
        (b"[]", "line 2: Input should be an object"),
        (b'{"id": "\xff", "parts": []}', "line 2: Invalid JSON"),
        (b'{"id": "a", "parts": ' + b"[" * 100_000, "line 2: Invalid JSON"),
        (b"\x00", "line 2: Invalid JSON"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_line(tmp_path: Path, line: bytes, says: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'{"id": "a", "parts": []}\n' + line + b"\n")
    with pytest.raises(UsageError) as raised:
        list(read_rows(path, Line))
    assert str(raised.value).startswith(f"rows.jsonl, {says}")


@given(st.binary(max_size=200))
def test_any_bytes_are_rows_or_an_error(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("rows") / "rows.jsonl"
    path.write_bytes(content)
    try:
        rows = list(read_rows(path, Line))
    except UsageError as error:
        assert "rows.jsonl, line " in str(error)  # noqa: PT017 - either end is right
    else:
        assert all(isinstance(row, Line) for row in rows)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        list(read_rows(tmp_path / "none.jsonl", Line))
    with pytest.raises(UsageError, match="cannot be read"):
        read_text(tmp_path / "none.txt")


def test_a_text_keeps_its_line_ends_and_must_be_utf_8(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("ä\r\nb\r".encode())
    (tmp_path / "b.txt").write_bytes(b"a\xff")
    assert read_text(tmp_path / "a.txt") == "ä\r\nb\r"
    with pytest.raises(UsageError, match="not UTF-8"):
        read_text(tmp_path / "b.txt")


@given(st.text(max_size=30))
def test_the_split_rule(name: str) -> None:
    even = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[0] in "02468ace"
    assert split_of(name) == ("dev" if even else "test")


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    assert "--data" in missing(options(None, tmp_path / "s"), "clapnq", "a.jsonl")
    assert "no folder clapnq" in missing(options(tmp_path, tmp_path / "s"), "clapnq", "a.jsonl")
    (tmp_path / "clapnq").mkdir()
    assert "lacks a.jsonl" in missing(options(tmp_path, tmp_path / "s"), "clapnq", "a.jsonl")
    (tmp_path / "clapnq" / "a.jsonl").touch()
    assert missing(options(tmp_path, tmp_path / "s"), "clapnq", "a.jsonl") == ""


def test_documents_with_one_text_stand_together() -> None:
    twins = Twins([Document("a", "x"), Document("b", "y"), Document("c", "x")])
    assert twins.first("c") == "a"
    assert twins.group("c") == twins.group("a") == ("a", "c")
    assert twins.group("b") == ("b",)
