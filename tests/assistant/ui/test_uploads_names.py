"""Names of uploaded files are hostile: none leads out of the batch, none is lost, Unicode stays."""

import os
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.ui.uploads import create_file, safe_name, safe_names, safe_title
from casefile.uploads import check_name

PARTS = st.sampled_from(
    ["a", "b", "..", ".", "", "a.txt", "\0", "c" * 300, "Ü" * 200 + ".pdf", "\ud800", "\\", "~", "CON"]
)
NAMES = st.one_of(st.text(max_size=40), st.lists(PARTS, max_size=90).map("/".join))


@pytest.mark.parametrize(
    ("given_name", "made"),
    [
        ("report.pdf", "report.pdf"),
        ("Akte/Täter/Отчёт 2024.pdf", "Akte/Täter/Отчёт 2024.pdf"),
        ("/etc/passwd", "etc/passwd"),
        ("../../etc/passwd", "__/__/etc/passwd"),
        ("a/./b//c", "a/b/c"),
        ("a\0b", "a\ufffdb"),
        ("", "unnamed"),
        ("..", "__"),
        ("C:\\fake\\x.txt", "C:\\fake\\x.txt"),
        ("lone\udcff.txt", "lone?.txt"),
    ],
)
def test_names_keep_what_can_be_kept(given_name: str, made: str) -> None:
    assert safe_name(given_name) == made


@given(st.lists(NAMES, max_size=12))
def test_every_name_stays_inside_and_differs_from_the_others(untrusted: list[str]) -> None:
    names = safe_names(untrusted)
    assert len(names) == len(untrusted) == len(set(names))
    folders = {name[:place] for name in names for place, letter in enumerate(name) if letter == "/"}
    assert not folders & set(names)
    for name in names:
        check_name(name)


@given(st.lists(NAMES, min_size=1, max_size=6))
def test_files_of_such_names_can_be_made_below_their_folder(untrusted: list[str]) -> None:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "batch"
        folder.mkdir()
        for name in safe_names(untrusted):
            os.close(create_file(folder, name))
        files = [path for path in Path(made).rglob("*") if path.is_file()]
        assert len(files) == len(untrusted)
        assert all(path.is_relative_to(folder) for path in files)


def test_the_same_name_many_times_is_numbered_in_linear_time() -> None:
    began = time.process_time()
    few = safe_names(["x/a.txt"] * 1_000)
    short = time.process_time() - began
    began = time.process_time()
    many = safe_names(["x/a.txt"] * 16_000)
    long = time.process_time() - began
    assert few[:3] == ("x/a.txt", "x/a (2).txt", "x/a (3).txt")
    assert len(set(many)) == 16_000
    assert long < 16 * 8 * max(short, 0.001)


def test_a_folder_and_a_file_of_one_name_both_come_in() -> None:
    assert safe_names(["a", "a/b", "a/c", "d/e", "d"]) == ("a", "a (2)/b", "a (2)/c", "d/e", "d (2)")


def test_a_batch_is_called_as_given_or_like_its_first_file() -> None:
    assert safe_title(" Haus \n suchung ", ()) == "Haus suchung"
    assert safe_title("", ("x/a.txt", "x/b.txt")) == "a.txt +1"
    assert len(safe_title("t" * 10_000, ())) == 200
