"""Batches of uploaded files: their state survives, their names cannot lead out, their exhibits are found."""

import secrets
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casefile.case import Case, delete_case, open_case
from casefile.errors import UsageError
from casefile.home import Home
from casefile.recording import FoundFile, record_found
from casefile.uploads import check_name
from tests.casefile.case_building import new_case


def test_a_batch_goes_its_way_and_is_there_after_a_restart(tmp_path: Path) -> None:
    with new_case(tmp_path) as case:
        talk = case.conversations.start("t")
        batch = case.uploads.begin("Vos", talk, "2 files")
        folder = case.uploads.folder(batch)
        assert folder == case.folder / "uploads" / str(batch)
        assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IMODE(folder.parent.stat().st_mode) == 0o700
        first = case.uploads.add_file(batch, "a/b.txt", 5)
        second = case.uploads.add_file(batch, "c.txt", 0)
        case.uploads.file_received(first)
        case.uploads.set_file_state(second, "failed", "The connection ended.")
        case.uploads.set_state(batch, "waiting")
    with open_case(Home(tmp_path), "demo", "tester") as case:
        (found,) = case.uploads.unfinished()
        assert found == case.uploads.batch(batch) == case.uploads.of_conversation(talk)[0]
        assert (found.actor, found.title, found.state, found.conversation_id) == ("Vos", "2 files", "waiting", talk)
        assert [(f.id, f.name, f.size, f.state, f.message) for f in found.files] == [
            (first, "a/b.txt", 5, "waiting", ""),
            (second, "c.txt", 0, "failed", "The connection ended."),
        ]
        case.uploads.set_state(batch, "done")
        assert case.uploads.unfinished() == ()
        with pytest.raises(UsageError, match="no more files"):
            case.uploads.add_file(batch, "late.txt", 1)
        case.conversations.remove(talk)
        assert case.uploads.batch(batch).conversation_id is None
        later = case.uploads.begin("Vos", None, "later")
        assert [upload.id for upload in case.uploads.all()] == [later, batch]


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    with new_case(tmp_path) as case:
        for call in (
            lambda: case.uploads.begin("a", 99, "t"),
            lambda: case.uploads.add_file(99, "a", 1),
            lambda: case.uploads.file_received(99),
            lambda: case.uploads.set_state(99, "done"),
            lambda: case.uploads.batch(99),
        ):
            with pytest.raises(UsageError):
                call()
        assert list((case.folder / "uploads").iterdir()) == []
        batch = case.uploads.begin("a", None, "t")
        case.uploads.add_file(batch, "x", 1)
        for name, size in (("x", 1), ("y", -1)):
            with pytest.raises(UsageError):
                case.uploads.add_file(batch, name, size)


@pytest.mark.parametrize(
    "name",
    ["", "/etc/passwd", "..", "a/../b", "a//b", "./a", "a/", "a\0b", "x" * 256, "ä" * 128, "a/" * 2000, "\ud800"],
)
def test_names_that_lead_elsewhere_or_cannot_be_are_refused(name: str) -> None:
    with pytest.raises(UsageError):
        check_name(name)


@given(st.text(max_size=40))
def test_a_name_that_passes_stays_in_its_folder(name: str) -> None:
    folder = Path("/case/uploads/7")
    try:
        check_name(name)
    except UsageError:
        return
    assert folder in (folder / name).parents
    assert Path(*(folder / name).parts) == folder / name
    assert ".." not in (folder / name).parts


def _take(case: Case, digit: str, path: str) -> str:
    exhibit = f"sha256:{digit * 64}"
    with case.database.transaction() as connection:
        record_found(connection, FoundFile(exhibit, 1, path.rpartition("/")[2], path, None, None))
    return exhibit


def test_exhibits_of_a_batch_are_those_met_in_its_folder_and_in_no_other(tmp_path: Path) -> None:
    with new_case(tmp_path) as case:
        seven = _take(case, "a", "uploads/7/a.txt")
        part = _take(case, "b", "uploads/7/z.zip!/b.txt")
        _take(case, "c", "uploads/70/c.txt")
        _take(case, "d", "uploads/7")
        _take(case, "e", "in/uploads/7/e.txt")
        known = _take(case, "f", "elsewhere.txt")
        _take(case, "f", "uploads/7/again.txt")
        with case.database.transaction() as connection:
            record_found(connection, FoundFile(None, 0, "lost", "uploads/7/lost", None, None, status="failed"))
        assert case.uploads.exhibits_of(7) == (seven, part, known)
        assert case.uploads.exhibits_of(1) == ()


def test_a_forgotten_batch_leaves_nothing(tmp_path: Path) -> None:
    canary = f"canary-{secrets.token_hex(8)}"
    with new_case(tmp_path) as case:
        batch = case.uploads.begin("a", None, "t")
        case.uploads.add_file(batch, f"{canary}.txt", 3)
        (case.uploads.folder(batch) / f"{canary}.txt").write_text(canary)
        case.uploads.forget(batch)
        assert not case.uploads.folder(batch).exists()
        assert case.uploads.all() == ()
        case.uploads.remove_bytes(batch)
        assert case.uploads.begin("a", None, "t") > batch


def test_deleting_the_case_deletes_its_uploads_and_an_older_case_gets_the_folder(tmp_path: Path) -> None:
    with new_case(tmp_path) as case:
        (case.folder / "uploads").rmdir()
        batch = case.uploads.begin("a", None, "t")
        (case.uploads.folder(batch) / "x").write_text("bytes")
        folder = case.folder
    delete_case(Home(tmp_path), "demo", "tester")
    assert not folder.exists()
