"""One-time links and sessions: used once, ended in time, hashed on disk, safe from races."""

import stat
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from assistant.ui.running import OtherPage, PageClaim, claim_page, link, listen_at
from assistant.ui.sessions import LONGEST_TOKEN, Sessions
from casefile.errors import StorageError
from tests.assistant.ui.guarded_page import SetClock

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def test_a_link_makes_one_session_for_whom_it_was_made(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path, clock := SetClock())
    made = sessions.make_link("KOK Meier", MINUTE)
    token = sessions.enter(made, HOUR)
    assert token is not None
    found = sessions.of(token)
    assert found is not None
    assert (found.actor, found.ends) == ("KOK Meier", clock.now + HOUR)
    assert sessions.enter(made, HOUR) is None
    assert sessions.of(made) is None


def test_links_and_sessions_end_at_their_time(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path, clock := SetClock())
    early, late = sessions.make_link("x", MINUTE), sessions.make_link("x", 2 * MINUTE)
    clock.pass_by(MINUTE)
    assert sessions.enter(early, HOUR) is None
    token = sessions.enter(late, HOUR)
    assert token is not None
    clock.pass_by(HOUR - timedelta(seconds=1))
    assert sessions.of(token) is not None
    clock.pass_by(timedelta(seconds=1))
    assert sessions.of(token) is None


def test_of_many_that_use_a_link_at_once_one_wins(tmp_path: Path) -> None:
    made = Sessions(tmp_path).make_link("x", MINUTE)
    start = threading.Barrier(8)
    won: list[str | None] = []

    def use() -> None:
        own = Sessions(tmp_path)
        start.wait()
        won.append(own.enter(made, HOUR))

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 8
    assert sum(token is not None for token in won) == 1


def test_a_copy_of_the_file_opens_nothing_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path)
    made, used = sessions.make_link("x", MINUTE), sessions.make_link("x", MINUTE)
    token = sessions.enter(used, HOUR)
    files = list(tmp_path.iterdir())
    assert files
    for path in files:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        for secret in (made, used, str(token)):
            assert secret.encode() not in path.read_bytes()


@pytest.mark.parametrize("token", ["", "x" * (LONGEST_TOKEN + 1), "x" * 10_000_000, "\ud800", "\0", "' OR ''='", "ü"])
def test_odd_tokens_open_nothing(tmp_path: Path, token: str) -> None:
    sessions = Sessions(tmp_path)
    sessions.enter(sessions.make_link("x", MINUTE), HOUR)
    assert sessions.of(token) is None
    assert sessions.enter(token, HOUR) is None
    sessions.leave(token)


def test_tokens_are_long_and_never_the_same(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path)
    tokens = {sessions.make_link("x", MINUTE) for _ in range(50)}
    assert len(tokens) == 50
    assert all(len(token) == 43 for token in tokens)  # 32 bytes, base64


def test_a_damaged_file_is_told_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "page.db").write_bytes(b"this is no database" * 500)
    sessions = Sessions(tmp_path)
    for call in (lambda: sessions.of("x"), lambda: sessions.enter("x", HOUR), lambda: sessions.make_link("x", MINUTE)):
        with pytest.raises(StorageError, match="everybody signs in again"):
            call()


# --- who serves ---------------------------------------------------------------------------------------------------


def test_one_process_serves_and_others_learn_where(tmp_path: Path) -> None:
    claim = claim_page(tmp_path)
    assert isinstance(claim, PageClaim)
    with pytest.raises(StorageError, match="Try again"):
        claim_page(tmp_path, patience_s=0)
    claim.tell(7860)
    assert stat.S_IMODE((tmp_path / "page.json").stat().st_mode) == 0o600
    assert claim_page(tmp_path) == OtherPage(7860)
    claim.leave()
    assert not (tmp_path / "page.json").exists()
    after = claim_page(tmp_path)
    assert isinstance(after, PageClaim)
    after.leave()


@pytest.mark.parametrize(
    "note",
    ['{"process": 1, "port": 7860}', "", "null", "[]", "{}", '{"process": "x", "port": 1}', "\ud800", "9" * 9999],
)
def test_a_note_that_a_kill_left_behind_is_not_believed(tmp_path: Path, note: str) -> None:
    (tmp_path / "page.json").write_text(note, encoding="utf-8", errors="surrogatepass")
    claim = claim_page(tmp_path)
    assert isinstance(claim, PageClaim)
    assert not (tmp_path / "page.json").exists()
    claim.leave()


@pytest.mark.parametrize("port", [0, -1, 65536, 10**30, "x", None])
def test_a_note_with_an_odd_port_is_not_believed(tmp_path: Path, port: object) -> None:
    claim = claim_page(tmp_path)
    assert isinstance(claim, PageClaim)
    (tmp_path / "page.json").write_text(f'{{"process": 1, "port": {port if isinstance(port, int) else "null"}}}')
    with pytest.raises(StorageError):
        claim_page(tmp_path, patience_s=0)
    claim.leave()


def test_a_port_that_is_taken_is_not_shared() -> None:
    with listen_at(0) as first:
        port = first.getsockname()[1]
        with listen_at(port) as second:
            assert second.getsockname()[1] != port
            assert second.getsockname()[0] == "127.0.0.1"
        assert link(port, "x") == f"http://127.0.0.1:{port}/login?token=x"
