"""Promise 5: nothing is lost, nothing fails silently. Every odd file and place ends in a clear ledger line or error."""

import os
import signal
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.capabilities import needs_namespaces
from tests.end_to_end import odd_files
from tests.end_to_end.command_line import Clerk, categories, finish, heed_interrupts, require_no_bug
from tests.end_to_end.enclosed_session import NOBODY, run_session
from tests.end_to_end.odd_files import BAD_NAME, LONG_NAME, MIB, good, sparse, tiny_files

MakeClerk = Callable[[], Clerk]

EXPECTED = {
    "aa.txt": ("complete", []),
    "zz.txt": ("complete", []),
    "whole.pdf": ("complete", []),
    "whole.docx": ("complete", []),
    "empty.txt": ("failed", ["empty"]),
    "encrypted.pdf": ("failed", ["encrypted"]),
    "encrypted.zip": ("failed", ["encrypted"]),
    "encrypted.zip!/inside.txt": ("failed", ["encrypted"]),
    "truncated.pdf": ("failed", ["corrupt"]),
    "truncated.docx": ("failed", ["corrupt"]),
    "really-a-pdf.csv": ("complete", []),
    "really-a-text.jpg": ("complete", []),
    "really-a-docx.pdf": ("complete", []),
    "climbing.zip": ("partial", ["low_confidence"]),
    "climbing.zip!/../../outside.txt": ("complete", []),
    "climbing.zip!//etc/absolute.txt": ("complete", []),
    "climbing.zip!/line\nbreak\x1b[2J.txt": ("complete", []),
    "inner/loop": ("skipped", ["unsupported"]),
    "itself": ("failed", ["too_deep"]),
    "nowhere.txt": ("failed", ["changed"]),
    "device": ("skipped", ["unsupported"]),
    "pipe": ("skipped", ["unsupported"]),
    "socket": ("skipped", ["unsupported"]),
    "line\nbreak.txt": ("complete", []),
    "escape-\x1b[31mred.txt": ("complete", []),
    os.fsdecode(BAD_NAME).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace"): ("complete", []),
    LONG_NAME.decode(): ("complete", []),
    "sparse.bin": ("skipped", ["unsupported"]),
    "caseclerk-home": ("skipped", ["unsupported"]),
}
"""What must become of each place of the odd folder: the ledger's state and its reasons."""


@pytest.fixture(scope="module")
def odd(make_clerk: MakeClerk, tmp_path_factory: pytest.TempPathFactory, converted_models: Path) -> tuple[Clerk, Any]:
    """A folder of all odd files, HOME inside it, taken in with one call: the clerk and what it printed."""
    top = tmp_path_factory.mktemp("odd")
    folder = top / "files"
    folder.mkdir()
    good(folder, "aa.txt", 1)
    good(folder, "zz.txt", 2)
    odd_files.damaged_documents(folder)
    odd_files.odd_places(folder)
    odd_files.odd_names(folder)
    sparse(folder / "sparse.bin", 200 * MIB)
    home = folder / "caseclerk-home"
    home.mkdir()
    (home / "models").symlink_to(converted_models)
    clerk = Clerk(home, top)
    return clerk, clerk.ingest("odd", "files", code=1)


def test_every_odd_place_ends_in_a_clear_line(odd: tuple[Clerk, Any]) -> None:
    _, document = odd
    found = {
        row["path"].removeprefix("files/"): (row["status"], sorted(categories(row))) for row in document["exhibits"]
    }
    assert found == EXPECTED
    for row in document["exhibits"]:
        assert all(len(issue["message"]) > 10 for issue in row["issues"]), row
    assert sum(document["totals"][name] for name in ("complete", "partial", "failed", "skipped")) == len(EXPECTED)


def test_what_is_good_beside_it_is_found(odd: tuple[Clerk, Any]) -> None:
    clerk, _ = odd
    for number, path in ((1, "aa.txt"), (2, "zz.txt"), (21, "line\nbreak.txt"), (24, LONG_NAME.decode())):
        found = clerk("search", f"hall {number}", "--case", "odd", "--json").document()
        assert f"files/{path}" in [passage["exhibit"]["path"] for passage in found["passages"]]


def test_the_case_is_sound_and_the_sparse_original_stays_small(odd: tuple[Clerk, Any]) -> None:
    clerk, document = odd
    assert clerk("case", "verify", "odd", "--json").document()["problems"] == []
    (row,) = [row for row in document["exhibits"] if row["name"] == "sparse.bin"]
    stored = (clerk.home / "cases/odd/originals" / row["id"].removeprefix("sha256:")).stat()
    assert stored.st_size == 200 * MIB
    assert stored.st_blocks * 512 < MIB


def test_a_rerun_prints_the_same_lines_and_none_is_new(odd: tuple[Clerk, Any]) -> None:
    clerk, document = odd
    again = clerk.ingest("odd", "files", code=1)
    assert [row | {"new": None} for row in again["exhibits"]] == [row | {"new": None} for row in document["exhibits"]]
    assert not any(row["new"] for row in again["exhibits"])
    assert again["totals"] == document["totals"]


def test_a_name_forges_no_line_and_drives_no_terminal(odd: tuple[Clerk, Any]) -> None:
    clerk, document = odd
    for arguments in (["ledger"], ["ingest", "files"], ["exhibit", "list"], ["search", "crane"]):
        out = clerk(*arguments, "--case", "odd", code=None).out.decode("utf-8")
        assert "\nbreak" not in out, arguments
        assert "\x1b" not in out, arguments
    assert len(clerk("ledger", "--case", "odd").out.decode("utf-8").splitlines()) == len(document["exhibits"]) + 1


def test_many_tiny_files(make_clerk: MakeClerk, tmp_path: Path) -> None:
    _take_tiny_files(make_clerk(), tmp_path, 500)


@pytest.mark.prove
@pytest.mark.timeout(1800)
def test_ten_thousand_tiny_files(make_clerk: MakeClerk, tmp_path: Path) -> None:
    _take_tiny_files(make_clerk(), tmp_path, 10_000)


def _take_tiny_files(clerk: Clerk, folder: Path, count: int) -> None:
    tiny_files(folder / "tiny", count)
    result = clerk("ingest", folder / "tiny", "--case", "tiny", "--json", limit_s=1700)
    document = result.document()
    assert document["totals"] == {"complete": count, "partial": 0, "failed": 0, "skipped": 0, "passages": count}
    assert len({row["path"] for row in document["exhibits"]}) == count


@pytest.mark.prove
@pytest.mark.timeout(900)
def test_two_gigabytes_of_nothing(make_clerk: MakeClerk, tmp_path: Path) -> None:
    clerk = make_clerk()
    good(tmp_path, "aa.txt", 1)
    sparse(tmp_path / "image.dd", 2048 * MIB)
    sparse(tmp_path / "named.txt", 2048 * MIB + 1)
    document = clerk.ingest("big", tmp_path, code=None)
    states = {row["name"]: (row["status"], categories(row)) for row in document["exhibits"]}
    assert states["aa.txt"] == ("complete", [])
    assert {states["image.dd"][0], states["named.txt"][0]} <= {"skipped", "failed", "partial"}
    assert all(states[name][1] for name in ("image.dd", "named.txt"))
    assert clerk("case", "verify", "big", "--json").document()["problems"] == []
    blocks = sum(path.stat().st_blocks for path in (clerk.home / "cases/big/originals").iterdir())
    assert blocks * 512 < 64 * MIB


# ---- who may not read -------------------------------------------------------------------------------------------------


def test_what_may_not_be_read_is_said_and_the_rest_is_read(open_place: Path) -> None:
    needs_namespaces()
    folder = open_place / "unreadable"
    (folder / "closed").mkdir(parents=True)
    good(folder, "aa.txt", 1)
    good(folder / "closed", "inside.txt", 2)
    secret = good(folder, "secret.txt", 3)
    secret.chmod(0o000)
    (folder / "closed").chmod(0o700)
    report = run_session(
        open_place,
        [
            ["ingest", "unreadable", "--case", "c", "--json"],
            ["ingest", "unreadable/closed/inside.txt", "--case", "c", "--json"],
            ["ledger", "--case", "c", "--json"],
        ],
        user=NOBODY,
    )
    assert report.walls["user"] == NOBODY
    for step in report.steps:
        require_no_bug(step["err"])
    first, below, ledger = report.steps
    assert first["code"] == 1
    rows = _by_path(first["out"])
    assert rows["unreadable/aa.txt"]["status"] == "complete"
    for path in ("unreadable/secret.txt", "unreadable/closed"):
        assert rows[path]["status"] == "failed"
        assert categories(rows[path]) == ["permission"]
    assert below["code"] == 1
    assert categories(_by_path(below["out"])["unreadable/closed/inside.txt"]) == ["permission"]
    assert set(_by_path(ledger["out"])) == set(rows) | {"unreadable/closed/inside.txt"}


def _by_path(out: str) -> dict[str, Any]:
    import json

    return {row["path"]: row for row in json.loads(out)["exhibits"]}


# ---- a full disk ------------------------------------------------------------------------------------------------------


def _binary_files(folder: Path) -> None:
    """Originals alone fill the disk."""
    for number in range(12):
        (folder / f"image-{number:02}.bin").write_bytes(b"\xfe\x00" + os.urandom(3 * MIB))
    good(folder, "zz.txt", 1)


def _texts(folder: Path) -> None:
    """Catalogue, full text and vectors fill the disk."""
    for number in range(24):
        lines = [f"Paragraph {line} of file {number} names the crane {number}-{line}." * 6 for line in range(6)]
        (folder / f"note-{number:02}.txt").write_text("\n\n".join(lines))


def _archive(folder: Path) -> None:
    """Parts that a reader takes out fill the disk."""
    import zipfile

    with zipfile.ZipFile(folder / "box.zip", "w", zipfile.ZIP_DEFLATED) as box:
        for number in range(6):
            box.writestr(f"part-{number}.bin", bytes([254, 0, number]) * 2 * MIB)
    good(folder, "zz.txt", 1)


MATERIAL = {"originals": _binary_files, "catalogue": _texts, "parts": _archive}


@pytest.mark.parametrize(
    ("what", "size"),
    [
        ("originals", "24m"),
        ("catalogue", "2500k"),
        pytest.param("catalogue", "600k", marks=pytest.mark.prove),
        pytest.param("parts", "24m", marks=pytest.mark.prove),
    ],
)
def test_a_full_disk(open_place: Path, converted_models: Path, what: str, size: str) -> None:
    _fill_the_disk(open_place, converted_models, what, size)


@pytest.mark.prove
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kib", range(300, 6300, 300))
def test_a_disk_that_is_full_at_any_point(open_place: Path, converted_models: Path, kib: int) -> None:
    _fill_the_disk(open_place, converted_models, "catalogue", f"{kib}k", must_fail=False)


def _fill_the_disk(place: Path, models: Path, what: str, size: str, *, must_fail: bool = True) -> None:
    """Take material in on a disk too small for it; then on a larger one; then compare with a run that had room."""
    needs_namespaces()
    folder = place / f"{what}-{size}"
    (folder / "files").mkdir(parents=True)
    MATERIAL[what](folder / "files")
    disk = folder / "disk"
    disk.mkdir()
    home = disk / "home"
    take = ["--home", home, "ingest", folder / "files", "--case", "c", "--json"]
    report = run_session(
        place,
        [
            ["/usr/bin/mkdir", "-m", "700", home],
            ["/usr/bin/ln", "-s", models, home / "models"],
            take,
            ["/usr/bin/cp", "-r", home, folder / "when-full"],
            ["/usr/bin/mount", "-o", "remount,size=400m", disk],
            take,
            ["--home", home, "case", "verify", "c", "--json"],
            ["--home", home, "ledger", "--case", "c", "--json"],
            ["--home", folder / "roomy", "ingest", folder / "files", "--case", "c", "--json"],
        ],
        small_disk=(disk, size),
    )
    for step in report.steps:
        require_no_bug(step["err"])
    full, _, _, again, verified, ledger, roomy = report.steps[2:]
    if must_fail or full["code"]:
        assert full["code"] == 1, full
        assert "disk" in full["err"], full["err"]
        assert full["out"] == ""
    assert again["code"] == 0, again
    assert verified["code"] == 0, verified
    acknowledged = _occurrences(folder / "when-full/cases/c/case.db")
    rows = _by_path(ledger["out"])
    assert acknowledged <= {(path, row["id"]) for path, row in rows.items()}
    whole = _by_path(roomy["out"])
    assert {p: (r["id"], r["status"], r["passages"]) for p, r in rows.items()} == {
        p: (r["id"], r["status"], r["passages"]) for p, r in whole.items()
    }


def _occurrences(catalogue: Path) -> set[tuple[str, str | None]]:
    """Which places a catalogue on disk names; none where there is no catalogue yet."""
    if not catalogue.is_file():
        return set()
    connection = sqlite3.connect(catalogue)
    try:
        return set(connection.execute("SELECT path, exhibit_id FROM occurrences").fetchall())
    except sqlite3.OperationalError:
        return set()
    finally:
        connection.close()


# ---- two at once, a kill, a file that goes away -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def many_notes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Enough text that an ingestion is still at work while a test does something to it."""
    folder = tmp_path_factory.mktemp("many") / "notes"
    folder.mkdir()
    for number in range(80):
        lines = [f"Paragraph {line} of note {number}: the lorry left hall {number} at noon." * 5 for line in range(4)]
        (folder / f"note-{number:03}.txt").write_text("\n\n".join(lines))
    return folder


@pytest.fixture(scope="module")
def undisturbed(make_clerk: MakeClerk, many_notes: Path) -> dict[str, Any]:
    """The ledger of an ingestion that nothing happened to."""
    return _essence(make_clerk().ingest("c", many_notes))


def _essence(document: Any) -> dict[str, Any]:
    return {row["path"]: (row["id"], row["status"], row["passages"]) for row in document["exhibits"]}


def _begin(clerk: Clerk, folder: Path, until: str) -> "subprocess.Popen[bytes]":
    """Start an ingestion, and stop (not end) it when it says `until`."""
    process = subprocess.Popen(
        clerk.command("ingest", folder, "--case", "c", "--json"),
        env=clerk.variables(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,  # so that what follows the line is left for `finish`
        start_new_session=True,
        preexec_fn=heed_interrupts,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.decode().startswith(until):
            os.killpg(process.pid, signal.SIGSTOP)
            return process
    raise AssertionError(f"the ingestion ended before it said {until!r}: {process.wait()}")


def test_of_two_writers_the_second_is_told_and_the_first_goes_on(
    make_clerk: MakeClerk, many_notes: Path, undisturbed: dict[str, Any]
) -> None:
    clerk = make_clerk()
    first = _begin(clerk, many_notes, "Keeping originals")
    try:
        for arguments in (
            ("ingest", many_notes, "--case", "c", "--json"),
            ("case", "verify", "c"),
            ("case", "delete", "c", "--yes"),
        ):
            second = clerk(*arguments, code=1)
            assert "Another process is writing to case c" in second.err
            assert second.out == b""
    finally:
        os.killpg(first.pid, signal.SIGCONT)
    done = finish(first)
    assert done.code == 0, done.err
    assert _essence(done.document()) == undisturbed
    assert clerk("case", "verify", "c", "--json").document()["problems"] == []


@pytest.mark.parametrize(
    "until",
    [
        "Reading",
        "Indexing by meaning",
        pytest.param("Keeping originals", marks=pytest.mark.prove),
        pytest.param("Filling the vector store", marks=pytest.mark.prove),
    ],
)
def test_a_kill_loses_nothing_and_the_same_command_goes_on(
    make_clerk: MakeClerk, many_notes: Path, undisturbed: dict[str, Any], until: str
) -> None:
    clerk = make_clerk()
    process = _begin(clerk, many_notes, until)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    acknowledged = _occurrences(clerk.home / "cases/c/case.db")
    resumed = _essence(clerk.ingest("c", many_notes))
    assert acknowledged <= {(path, row[0]) for path, row in resumed.items()}
    assert resumed == undisturbed
    report = clerk("case", "verify", "c", "--json").document()
    assert report["problems"] == []
    assert report["vectors"] == report["embeddings"] == report["passages"]
    case = clerk.home / "cases/c"
    assert [path.name for path in case.rglob("*.tmp")] == []
    assert list((case / "scratch").iterdir()) == []


def test_ctrl_c_is_said_and_the_same_command_goes_on(
    make_clerk: MakeClerk, many_notes: Path, undisturbed: dict[str, Any]
) -> None:
    clerk = make_clerk()
    process = _begin(clerk, many_notes, "Reading")
    os.killpg(process.pid, signal.SIGINT)
    os.killpg(process.pid, signal.SIGCONT)
    done = finish(process)
    assert done.code == 130
    assert done.out == b""
    assert "Stopped. What was acknowledged is kept." in done.err
    assert _essence(clerk.ingest("c", many_notes)) == undisturbed


def test_a_file_that_goes_away_after_it_was_listed(make_clerk: MakeClerk, tmp_path: Path) -> None:
    clerk = make_clerk()
    tiny_files(tmp_path / "tiny", 130)
    gone = good(tmp_path / "tiny", "zz-gone.txt", 1)
    process = _begin(clerk, tmp_path / "tiny", "Keeping originals")
    gone.unlink()
    os.killpg(process.pid, signal.SIGCONT)
    done = finish(process)
    assert done.code == 1
    rows = {row["path"]: row for row in done.document()["exhibits"]}
    assert (rows[str(gone)]["status"], categories(rows[str(gone)])) == ("failed", ["changed"])
    assert sum(row["status"] == "complete" for row in rows.values()) == 130


# ---- wrong calls ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ("ingest", "no-such-folder", "--case", "c"),
        ("ingest", "n" * 300, "--case", "c"),
        ("ingest", "a/" * 3000, "--case", "c"),
        ("ingest", "--case", "c"),
        ("ingest", "."),
        ("ingest", ".", "--case", "../c"),
        ("ingest", ".", "--case", ""),
        ("ingest", ".", "--case", "c" * 65),
        ("case", "create", "a/b"),
        ("case", "create", "c", "--region", "Germany"),
        ("case", "create", "c", "--time-zone", "Mars/Base"),
        ("case", "show", "c"),
        ("case", "delete", "c", "--yes"),
        ("search", "x", "--case", "c"),
        ("ask", "x", "--case", "c"),
        ("text", "0123abcd", "--case", "c"),
        ("custody", "verify", "--case", "c"),
        ("no-such-verb",),
        ("search", "x", "--case", "c", "-k", "0"),
        ("search", "x", "--case", "c", "-k", "many"),
    ],
)
def test_a_wrong_call_ends_with_2_and_creates_nothing(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    clerk = Clerk(tmp_path / "home", tmp_path)
    result = clerk(*arguments, code=2)
    assert result.out == b""
    assert result.err.strip()
    cases = clerk.home / "cases"
    assert not cases.exists() or list(cases.iterdir()) == []


def test_a_missing_path_beside_a_good_one_takes_nothing_in(tmp_path: Path) -> None:
    clerk = Clerk(tmp_path / "home", tmp_path)
    good(tmp_path, "aa.txt", 1)
    result = clerk("ingest", "aa.txt", "missing.txt", "--case", "c", code=2)
    assert "missing.txt" in result.err
    assert not clerk.home.exists()


def test_a_home_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    result = Clerk(Path("/proc/caseclerk"), tmp_path)("case", "create", "c", code=1)
    assert "cannot be used as Caseclerk's home" in result.err
