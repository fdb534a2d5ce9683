"""A kill at any moment: the resumed case equals an uninterrupted one row for row, apart from times and custody."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import zipfile
from email.message import EmailMessage
from pathlib import Path
from typing import get_args

import pytest

from casefile.case import open_case
from casefile.home import Home
from casefile.verify import verify_case
from ingest.progress import Boundary

ROOT = Path(__file__).resolve().parents[2]
POINTS = (*get_args(Boundary), "inside_text")
TABLES = (
    "exhibits",
    "occurrences",
    "issues",
    "texts",
    "passages",
    "embeddings",
    "embedding_model",
    "identifiers",
    "moments",
)


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small mixed folder: texts of many passages, a mail with an attachment, a nested archive, a duplicate."""
    folder = tmp_path_factory.mktemp("material") / "files"
    folder.mkdir()
    for number in range(9):
        lines = [
            f"Paragraph {line} of file {number}: call +49 171 23456{number}{line} on {line + 1} May 2024."
            for line in range(6)
        ]
        (folder / f"note-{number}.txt").write_text("\n\n".join(lines))
    shutil.copy(folder / "note-1.txt", folder / "zz-copy.txt")
    (folder / "empty.txt").write_bytes(b"")
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@example.org", "b@example.org", "Parts"
    mail["Date"] = "Fri, 03 May 2024 10:00:00 +0200"
    mail.set_content("See the list.\n")
    mail.add_attachment(b"number;value\n1;2\n3;4\n", maintype="text", subtype="csv", filename="list.csv")
    (folder / "mail.eml").write_bytes(mail.as_bytes())
    with zipfile.ZipFile(folder / "box.zip", "w") as box:
        box.write(folder / "note-2.txt", "inner/note.txt")
        box.writestr("other.txt", "Something else stands here, about EUR 1,200.00.")
    for path in folder.iterdir():
        os.utime(path, (1_700_000_000, 1_700_000_000))
    return folder


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory, material: Path) -> Path:
    """A HOME with an uninterrupted case: what the others are held against, and where models were converted once."""
    home = tmp_path_factory.mktemp("whole") / "home"
    assert _run(home, material, "none", 0).communicate(timeout=240)[0].split() == ["done"]
    return home


def _run(
    home: Path, material: Path, point: str, occurrence: int, transactions: str = "with"
) -> "subprocess.Popen[str]":
    command = [
        sys.executable,
        "-m",
        "tests.ingest.crash_child",
        str(home),
        str(material),
        point,
        str(occurrence),
        transactions,
    ]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)


def _kill_at(home: Path, material: Path, point: str, occurrence: int, transactions: str = "with") -> bool:
    """Run until the point and kill; False when the run ended before it came there so often."""
    process = _run(home, material, point, occurrence, transactions)
    assert process.stdout is not None
    said = process.stdout.readline().strip()
    if said == "there":
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    assert said in {"there", "done"}
    return said == "there"


def _dump(home: Path) -> dict[str, list[tuple[object, ...]]]:
    connection = sqlite3.connect(home / "cases" / "demo" / "case.db")
    dump = {}
    for table in TABLES:
        names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[1] != "read_at"]
        dump[table] = sorted(connection.execute(f"SELECT {', '.join(names)} FROM {table}").fetchall(), key=repr)
    connection.close()
    return dump


def _fresh_home(tmp_path: Path, models: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    shutil.copytree(models / "models", home / "models")
    return home


def _kill_and_resume(tmp_path: Path, models: Path, material: Path, point: str, occurrence: int) -> None:
    home = _fresh_home(tmp_path, models)
    while not _kill_at(home, material, point, occurrence):
        shutil.rmtree(home / "cases")
        occurrence = max(1, occurrence // 2)
    assert _run(home, material, "none", 0).communicate(timeout=240)[0].split() == ["done"]
    whole, resumed = _dump(models), _dump(home)
    for table in TABLES:
        assert resumed[table] == whole[table], table
    with open_case(Home(home), "demo", "tester") as case:
        report = verify_case(case)
        assert report.sound, report.problems
        assert report.repaired == ()
        assert report.vectors == report.embeddings == report.passages


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_ingestion_resumes_to_the_same_case(tmp_path: Path, models: Path, material: Path, point: str) -> None:
    _kill_and_resume(tmp_path, models, material, point, 2)


@pytest.mark.prove
@pytest.mark.parametrize("round_", range(10))
@pytest.mark.parametrize("point", POINTS)
def test_kills_at_every_boundary_ten_times(
    tmp_path: Path, models: Path, material: Path, point: str, round_: int
) -> None:
    occurrence = random.Random(f"{point} {round_}").randint(1, 12)
    _kill_and_resume(tmp_path, models, material, point, occurrence)


def test_without_the_transaction_the_same_kill_loses_something(tmp_path: Path, models: Path, material: Path) -> None:
    """The test above is worth something only if it fails when the transaction is taken out."""
    home = _fresh_home(tmp_path, models)
    assert _kill_at(home, material, "inside_text", 2, "without")
    process = _run(home, material, "none", 0, "without")
    process.communicate(timeout=240)
    assert _dump(home)["passages"] != _dump(models)["passages"]
