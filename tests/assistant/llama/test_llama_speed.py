"""Measured speed is kept, steady, and never more than a figure."""

import json
from pathlib import Path

import pytest

from assistant.chat_models.llama.speed import FILE_NAME, Speed, keep_speed, kept_speed, learned, rates
from assistant.chat_models.port import Usage

OLD = Speed(36.0, 8.5, 2, 0, "2026-01-31T10:00:00+00:00")


def test_a_figure_is_kept_for_the_same_threads_and_layers(tmp_path: Path) -> None:
    assert kept_speed(tmp_path, 2, 0) is None
    keep_speed(tmp_path, OLD)
    assert kept_speed(tmp_path, 2, 0) == OLD
    assert kept_speed(tmp_path, 4, 0) is None
    assert kept_speed(tmp_path, 2, -1) is None


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "{}",
        "[" * 100_000,
        json.dumps({"read_tokens_per_second": "fast"}),
        '{"read_tokens_per_second":1e999,"write_tokens_per_second":1,"threads":2,"gpu_layers":0,"measured_at":""}',
        '{"read_tokens_per_second":0,"write_tokens_per_second":1,"threads":2,"gpu_layers":0,"measured_at":""}',
        '{"read_tokens_per_second":-3,"write_tokens_per_second":1,"threads":2,"gpu_layers":0,"measured_at":""}',
    ],
)
def test_a_file_that_is_no_measurement_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE_NAME).write_text(content)
    assert kept_speed(tmp_path, 2, 0) is None


def test_a_disk_that_refuses_costs_the_figure_only(tmp_path: Path) -> None:
    keep_speed(tmp_path / "not there" / "at all", OLD)
    assert kept_speed(tmp_path / "not there", 2, 0) is None


def test_only_long_enough_turns_tell_something() -> None:
    assert rates(Usage(1000, 400, 100, 20_000.0, 10_000.0)) == (30.0, 10.0)
    assert rates(Usage(463, 400, 15, 2000.0, 1000.0)) == (0.0, 0.0)
    assert rates(Usage(464, 400, 16, 2000.0, 1000.0)) == (32.0, 16.0)
    assert rates(Usage(1000, 0, 100, 0.0, 0.0)) == (0.0, 0.0)


def test_an_old_figure_stays_unless_it_is_clearly_wrong() -> None:
    assert learned(OLD, 30.0, 7.0, 2, 0) is None
    assert learned(OLD, 0.0, 0.0, 2, 0) is None
    slower = learned(OLD, 10.0, 8.0, 2, 0)
    assert slower is not None
    assert (slower.read_tokens_per_second, slower.write_tokens_per_second) == (10.0, 8.5)
    first = learned(None, 40.0, 0.0, 2, -1)
    assert first is not None
    assert (first.read_tokens_per_second, first.write_tokens_per_second, first.gpu_layers) == (40.0, 0.0, -1)
    assert learned(None, 0.0, 0.0, 2, 0) is None
