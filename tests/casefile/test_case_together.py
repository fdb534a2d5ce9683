"""Several processes at one HOME, kills and power cuts in bad moments: no case is lost, no alarm is false."""

import os
import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from casefile import custody as custody_module
from casefile.case import create_case, delete_case, open_case
from casefile.custody import CustodyHead, CustodyLog
from casefile.database import Database
from casefile.errors import (
    CaseBusyError,
    CaseDamagedError,
    CaseExistsError,
    CaseNotFoundError,
    StorageError,
    UsageError,
)
from casefile.home import Home
from tests.casefile.case_building import describe, new_case


def test_a_case_that_is_being_made_is_not_swept_by_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(tmp_path)
    genuine = CustodyLog.write_head

    def write_head(log: CustodyLog) -> None:
        home.prepare()  # another process opens some case in the middle of this one's making
        genuine(log)

    monkeypatch.setattr(CustodyLog, "write_head", write_head)
    with new_case(tmp_path) as case:
        assert case.custody.verify().intact
    assert [path.name for path in home.cases.iterdir()] == ["demo"]


def test_many_who_create_the_same_cases_at_once_make_each_exactly_once(tmp_path: Path) -> None:
    ids = [f"case-{number}" for number in range(6)]
    outcomes: list[tuple[str, str]] = []

    def make_all() -> None:
        for case_id in ids:
            try:
                create_case(Home(tmp_path), describe(case_id), "tester").close()
                outcomes.append((case_id, "made"))
            except CaseExistsError:
                outcomes.append((case_id, "there"))

    threads = [threading.Thread(target=make_all) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(case_id for case_id, outcome in outcomes if outcome == "made") == ids
    assert len(outcomes) == 3 * len(ids)
    assert Home(tmp_path).case_ids() == tuple(ids)


def test_what_a_kill_left_of_a_half_made_case_is_swept(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.prepare()
    (home.cases / ".deleting-0123456789abcdef").mkdir()
    (home.cases / ".deleting-0123456789abcdef" / "case.db").write_text("half")
    home.prepare()
    assert list(home.cases.iterdir()) == []


def test_a_disk_that_refuses_a_new_case_is_told_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Database) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(Database, "migrate", full)
    with pytest.raises(StorageError, match="could not be made"):
        new_case(tmp_path)
    assert list(Home(tmp_path).cases.iterdir()) == []


def test_a_case_that_another_has_open_is_not_deleted_under_its_hands(tmp_path: Path) -> None:
    with new_case(tmp_path) as chat:
        with pytest.raises(CaseBusyError, match="open"):
            delete_case(Home(tmp_path), "demo", "tester")
        assert not Home(tmp_path).erasures.exists()
        chat.log("consultation", "a question after the attempt")
        assert chat.custody.verify().intact
    delete_case(Home(tmp_path), "demo", "tester")
    assert Home(tmp_path).case_ids() == ()
    with pytest.raises(CaseNotFoundError):
        open_case(Home(tmp_path), "demo", "tester")


def test_a_case_whose_folder_is_a_link_is_not_said_to_be_erased(tmp_path: Path) -> None:
    new_case(tmp_path).close()
    folder = Home(tmp_path).case_folder("demo")
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="link"):
        delete_case(Home(tmp_path), "demo", "tester")
    assert not Home(tmp_path).erasures.exists()
    assert open_case(Home(tmp_path), "demo", "tester").custody.verify().intact


def test_an_event_entered_while_the_chain_is_verified_is_no_alarm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with new_case(tmp_path) as case, open_case(Home(tmp_path), "demo", "second") as other:
        genuine = custody_module._check_event

        def check(row: sqlite3.Row, sequence: int, previous: str) -> list[str]:
            other.log("consultation", "meanwhile")
            return genuine(row, sequence, previous)

        monkeypatch.setattr(custody_module, "_check_event", check)
        assert case.custody.verify().problems == ()


def test_an_older_head_never_stays_over_a_newer_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with new_case(tmp_path) as case, open_case(Home(tmp_path), "demo", "second") as other:
        genuine = CustodyLog._replace_head_file
        late = [True]

        def replace(log: CustodyLog, head: CustodyHead) -> None:
            if log is case.custody and late.pop() if late else False:
                other.log("consultation", "entered and written by another, just before this one writes its own")
            genuine(log, head)

        monkeypatch.setattr(CustodyLog, "_replace_head_file", replace)
        case.log("consultation", "first")
        head = case.custody.head()
        assert head.sequence == 3
        assert (case.folder / "custody.head").read_text() == f"{head.sequence} {head.hash}\n"


def test_the_head_is_on_disk_before_it_replaces_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with new_case(tmp_path) as case:
        synced: list[int] = []
        genuine = os.fsync

        def fsync(descriptor: int) -> None:
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                synced.append(os.fstat(descriptor).st_size)
            genuine(descriptor)

        monkeypatch.setattr(os, "fsync", fsync)
        case.log("consultation", "something")
        assert synced == [len((case.folder / "custody.head").read_bytes())]


def test_a_head_that_cannot_be_written_is_told_and_the_event_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with new_case(tmp_path) as case:

        def full(_descriptor: int) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", full)
            with pytest.raises(StorageError, match="No space left"):
                case.log("consultation", "something")
        assert case.custody.head().sequence == 2
        assert case.custody.verify().intact
        assert [path.name for path in case.folder.glob(".custody*")] == []


def test_an_event_made_unreadable_is_told_in_words(tmp_path: Path) -> None:
    with new_case(tmp_path) as case:
        connection = case.database.connection()
        connection.execute("DROP TRIGGER custody_is_never_changed")
        connection.execute("UPDATE custody SET details = '{'")
        with pytest.raises(CaseDamagedError, match="Event 1"):
            list(case.custody.events())
        assert not case.custody.verify().intact


def test_a_catalogue_that_stays_locked_is_busy_not_full(tmp_path: Path) -> None:
    with new_case(tmp_path) as case, open_case(Home(tmp_path), "demo", "second") as other:
        other.database.connection().execute("PRAGMA busy_timeout = 1")
        with case.database.transaction(), pytest.raises(CaseBusyError, match="Try again"):
            other.log("consultation", "in vain")


def test_two_who_bring_the_schema_up_to_date_at_once_both_succeed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = Database(tmp_path / "case.db"), Database(tmp_path / "case.db")
    step = "CREATE TABLE one (x) STRICT;".replace("(x)", "(x INTEGER)")
    monkeypatch.setattr("casefile.database.MIGRATIONS", (step,))
    stale = second.connection()
    assert stale.execute("PRAGMA user_version").fetchone()[0] == 0
    first.migrate()

    class Stale:
        """Sees the version as it was before the other process had migrated, once."""

        asked = False

        def execute(self, query: str) -> object:
            if query == "PRAGMA user_version" and not self.asked:
                self.asked = True
                return stale.execute("SELECT 0")
            return stale.execute(query)

        def __getattr__(self, name: str) -> object:
            return getattr(stale, name)

    monkeypatch.setattr(second, "connection", Stale)
    second.migrate()
    assert not stale.in_transaction
    first.close()
    second.close()


@pytest.mark.parametrize("mask", [0o000, 0o022])
def test_every_file_of_a_case_is_private_whatever_the_umask(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        with new_case(tmp_path) as case, case.locked():
            case.log("consultation", "something")
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in case.folder.rglob("*") if path.is_file()}
    finally:
        os.umask(before)
    assert {"case.db", "case.lock", "custody.head"} <= set(modes)
    assert {name: oct(mode) for name, mode in modes.items() if mode & 0o077} == {}
