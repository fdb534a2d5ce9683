"""A run on disk: written durably, read back as it was, mended after a kill."""

from pathlib import Path

import pytest

from casefile.errors import UsageError
from eval.records import Cited, Claimed, Exchange, Gold, Response, Retrieved, Row, Sample, Span
from eval.run_folder import RunFolder

ROW = Row(
    "demo",
    "demo",
    Sample(
        "7/q1",
        "Who „paid“?\u2028\x00",
        Gold(spans=(Span("a.txt", 1, 4),), documents=(("a.txt", "b.txt"),), values=(("5 EUR", "€5"),)),
        "a.txt",
        "test",
        answerable=True,
        history=(Exchange("Who?", "He."),),
        tags={"language": "en"},
        extra={"n": [1, {"deep": None}]},
    ),
    Response(
        "answered",
        answer="“He paid.” [1]",
        claims=(Claimed("He paid.", (1,), supported=True),),
        citations=(Cited(1, "a.txt", 1, 4, "pai", verified=True, stands=True, before="x", after="y"),),
        retrieved=(Retrieved("a.txt", 0, 9, 0.25, "text"),),
        confidence=0.5,
        timings_ms={"total": 1.5},
    ),
)


def test_rows_come_back_as_they_were(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "run")
    folder.append(ROW)
    folder.append(ROW)
    assert list(folder.rows()) == [ROW, ROW]
    assert folder.count() == 2


def test_a_half_written_line_is_cut_off_and_the_rest_kept(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "run")
    folder.append(ROW)
    whole = (folder.path / "samples.jsonl").read_bytes()
    for kept in (1, len(whole) // 2, len(whole) - 1):
        (folder.path / "samples.jsonl").write_bytes(whole + whole[:kept])
        folder.cut_torn_line()
        assert list(folder.rows()) == [ROW]


def test_a_character_that_no_file_can_hold_costs_no_row(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "run")
    folder.append(Row("s", "b", Sample("1", "half a \ud83d pair", Gold(), "c"), Response("error", error="\udcff")))
    assert [row.sample.question for row in folder.rows()] == ["half a ? pair"]


def test_a_folder_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--resume"):
        RunFolder.create(tmp_path)


def test_what_is_no_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no run"):
        RunFolder.open(tmp_path)
    folder = RunFolder.create(tmp_path / "run")
    (folder.path / "samples.jsonl").write_text('{"suite": 1}\n', encoding="utf-8")
    with pytest.raises(UsageError, match="line 1"):
        list(folder.rows())
    (folder.path / "manifest.json").write_text("[]", encoding="utf-8")
    with pytest.raises(UsageError, match=r"manifest\.json"):
        folder.manifest()
