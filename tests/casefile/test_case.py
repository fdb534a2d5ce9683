"""Cases: made whole or not at all, walls between them, deleted without a trace, verified and mended."""

import hashlib
import os
import secrets
import sqlite3
import stat
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from casefile.case import create_case, delete_case, open_case
from casefile.errors import (
    CaseBusyError,
    CaseDamagedError,
    CaseExistsError,
    CaseNotFoundError,
    EmbeddingMismatchError,
    ExhibitNotFoundError,
    StorageError,
    UntrustedInputError,
    UsageError,
)
from casefile.fulltext import quoted
from casefile.home import Home
from casefile.records import Identifier
from casefile.vectors import cleaned, exact_nearest
from casefile.verify import verify_case
from tests.casefile.case_building import add_text, describe, embed, new_case

CANARY = f"Zitronenfalter-{secrets.token_hex(8)}"


def test_ids_are_checked_before_they_become_folders(tmp_path: Path) -> None:
    for bad in ("", ".", "..", "a/b", "-x", "a" * 65, "a b", "ä", ".hidden", "a\0b"):
        with pytest.raises(UsageError, match="no case id"):
            create_case(Home(tmp_path), describe(bad), "tester")
    assert not (tmp_path / "cases").exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [("region", "Germany"), ("region", "de"), ("time_zone", "Mars/Olympus"), ("languages", ()), ("languages", ("EN",))],
)
def test_a_description_that_nothing_can_work_with_is_refused(tmp_path: Path, field: str, value: object) -> None:
    with pytest.raises(UsageError):
        create_case(Home(tmp_path), replace(describe(), **{field: value}), "tester")
    assert Home(tmp_path).case_ids() == ()


def test_a_case_is_created_once_and_private(tmp_path: Path) -> None:
    new_case(tmp_path).close()
    with pytest.raises(CaseExistsError):
        new_case(tmp_path)
    folder = Home(tmp_path).case_folder("demo")
    for entry in (folder, folder / "originals", folder / "vectors"):
        assert stat.S_IMODE(entry.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "case.db").stat().st_mode) == 0o600


def test_opening_what_is_not_there_or_no_case_says_so(tmp_path: Path) -> None:
    with pytest.raises(CaseNotFoundError, match="none yet"):
        open_case(Home(tmp_path), "nothing", "tester")
    new_case(tmp_path).close()
    (Home(tmp_path).case_folder("demo") / "case.db").write_bytes(b"this is no database at all" * 100)
    with pytest.raises(CaseDamagedError, match="not a database"):
        open_case(Home(tmp_path), "demo", "tester")


def test_a_case_from_a_newer_version_is_not_touched(tmp_path: Path) -> None:
    new_case(tmp_path).close()
    connection = sqlite3.connect(Home(tmp_path).case_folder("demo") / "case.db")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(CaseDamagedError, match="newer"):
        open_case(Home(tmp_path), "demo", "tester")


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    with (
        new_case(tmp_path) as first,
        open_case(Home(tmp_path), "demo", "second") as second,
        first.locked(),
    ):
        second.log("consultation", "readers may still write to the log")
        with pytest.raises(CaseBusyError, match="Another process"), second.locked():
            pytest.fail("two writers at once")
        assert first.custody.verify().events == 2


def test_what_a_killed_writer_left_is_swept(tmp_path: Path) -> None:
    with new_case(tmp_path) as case:
        (case.originals.folder / ".abc.tmp").write_bytes(b"half")
        (case.scratch / "part").write_bytes(b"half")
        with case.locked():
            assert list(case.originals.folder.iterdir()) == []
            assert list(case.scratch.iterdir()) == []


def test_originals_are_kept_byte_for_byte_read_only_and_once(tmp_path: Path) -> None:
    content = os.urandom(3_000_000) + bytes(2_000_000) + b"end"
    source = tmp_path / "file"
    source.write_bytes(content)
    with new_case(tmp_path / "home") as case:
        with source.open("rb") as stream:
            first = case.originals.take(stream, 1 << 30)
        with source.open("rb") as stream:
            second = case.originals.take(stream, 1 << 30)
        path = case.originals.path(first.exhibit_id)
        assert path.read_bytes() == content
        assert (first.known, second.known) == (False, True)
        assert stat.S_IMODE(path.stat().st_mode) == 0o400
        assert f"sha256:{case.originals.sha256_of(first.exhibit_id)}" == first.exhibit_id
        assert list(case.originals.ids()) == [first.exhibit_id]


def test_a_sparse_file_stays_sparse(tmp_path: Path) -> None:
    source = tmp_path / "sparse"
    with source.open("wb") as stream:
        stream.truncate(200 * 1024 * 1024)
    with new_case(tmp_path / "home") as case, source.open("rb") as stream:
        stored = case.originals.take(stream, 1 << 30)
        kept = case.originals.path(stored.exhibit_id).stat()
        assert kept.st_size == stored.size == 200 * 1024 * 1024
        assert kept.st_blocks * 512 < 1024 * 1024


def test_a_file_over_the_limit_is_not_copied(tmp_path: Path) -> None:
    source = tmp_path / "big"
    source.write_bytes(b"x" * 1000)
    with new_case(tmp_path / "home") as case, source.open("rb") as stream:
        with pytest.raises(UntrustedInputError, match="1,000 bytes") as raised:
            case.originals.take(stream, 999)
        assert raised.value.category == "too_large"
        assert list(case.originals.folder.iterdir()) == []


def test_a_file_that_grows_while_it_is_read_is_told(tmp_path: Path) -> None:
    source = tmp_path / "growing"
    source.write_bytes(b"x" * 3_000_000)
    with new_case(tmp_path / "home") as case, source.open("rb") as stream, source.open("ab") as writer:

        def grow(_count: int) -> None:
            writer.write(b"more")
            writer.flush()

        with pytest.raises(UntrustedInputError, match="changed while") as raised:
            case.originals.take(stream, 1 << 30, grow)
        assert raised.value.category == "changed"
        assert list(case.originals.folder.iterdir()) == []


def test_codes_are_found_whole_and_words_without_accents(tmp_path: Path) -> None:
    with new_case(tmp_path / "home") as case:
        exhibit, ids = add_text(
            case, tmp_path, "a.txt", "The code VKT-482-B is rare.\nB 482 VKT it is not.\nDie Änderung war spät."
        )
        assert [hit.passage_id for hit in case.fulltext.passages(quoted("VKT-482-B"), 10)] == [ids[0]]
        assert [hit.passage_id for hit in case.fulltext.passages(quoted("anderung"), 10)] == [ids[2]]
        assert case.fulltext.all_passages("482") == ids[:2]
        assert [hit.exhibit_id for hit in case.fulltext.exhibits("spat", 5)] == [exhibit]
        assert case.fulltext.frequencies(["vkt", "nothing"]) == {"vkt": 2, "nothing": 0}
        with pytest.raises(UsageError, match="cannot be read"):
            case.fulltext.passages('"unbalanced', 5)


def test_passages_stand_in_the_text_at_their_offsets(tmp_path: Path) -> None:
    text = "Erste Zeile 😀.\n\nZweite Zeile.\n"
    with new_case(tmp_path / "home") as case:
        exhibit, _ids = add_text(case, tmp_path, "a.txt", text)
        assert case.catalogue.text(exhibit) == text
        for passage in case.catalogue.passages_of(exhibit):
            assert text[passage.locator.start : passage.locator.end] == passage.text


def test_an_exhibit_is_found_by_a_prefix_of_its_id(tmp_path: Path) -> None:
    with new_case(tmp_path / "home") as case:
        exhibit, _ids = add_text(case, tmp_path, "a.txt", "text")
        digits = exhibit.removeprefix("sha256:")
        for name in (exhibit, digits, digits[:8], f"sha256:{digits[:12]}", digits[:9].upper()):
            assert case.catalogue.exhibit(name).id == exhibit
        wrong = ("0" if digits[0] != "0" else "1") * 8
        for name in (digits[:7], wrong, "nonsense!", ""):
            with pytest.raises(ExhibitNotFoundError):
                case.catalogue.exhibit(name)


def test_chroma_agrees_with_exact_search_and_is_rebuilt_from_the_catalogue(tmp_path: Path) -> None:
    with new_case(tmp_path / "home") as case, case.locked():
        text = "\n".join(f"line number {n}" for n in range(300))
        _exhibit, ids = add_text(case, tmp_path, "a.txt", text)
        vectors = embed(case, ids)
        assert case.vectors.settle()
        stored_ids, stored = case.catalogue.embeddings()
        for row in (0, 7, 299):
            exact = exact_nearest(stored_ids, stored, vectors[row], 10)
            assert [h.passage_id for h in case.vectors.nearest(vectors[row], 10)] == [h.passage_id for h in exact]
        case.vectors.close()
        for path in case.vectors._folder.rglob("*"):
            if path.is_file():
                path.write_bytes(b"rubbish")
        assert case.vectors.settle()
        assert case.vectors.state().agrees
        assert case.vectors.nearest(vectors[5], 1)[0].passage_id == ids[5]
        assert not case.vectors.settle(), "a whole cache is left alone"


def test_text_for_chroma_is_cleaned_in_equal_length() -> None:
    text = "a\0b\ud800c😀"
    assert len(cleaned(text)) == len(text)
    assert cleaned(text) == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c😀"


def test_another_model_is_a_clear_error(tmp_path: Path) -> None:
    with new_case(tmp_path / "home") as case:
        _exhibit, ids = add_text(case, tmp_path, "a.txt", "text")
        case.catalogue.require_model("1" * 64, "", "")
        embed(case, ids)
        case.catalogue.require_model("0" * 64, "", "")
        with pytest.raises(EmbeddingMismatchError, match="--reembed"):
            case.catalogue.require_model("1" * 64, "", "")
        with pytest.raises(EmbeddingMismatchError, match="--reembed"):
            case.catalogue.require_model("0" * 64, "query: ", "")


def test_verify_finds_a_sound_case_sound(tmp_path: Path) -> None:
    with new_case(tmp_path / "home") as case:
        found = Identifier("code", "QX-7719", "QX7719", 1, "code:form", 0, 7)
        _exhibit, ids = add_text(case, tmp_path, "a.txt", "QX-7719 and more", (found,))
        embed(case, ids)
        report = verify_case(case)
        assert report.sound
        assert len(report.repaired) == 1, "the vectors were not there yet"
        assert verify_case(case).repaired == ()


def _break_original(folder: Path, _connection: sqlite3.Connection) -> None:
    path = next((folder / "originals").iterdir())
    path.chmod(0o600)
    path.write_bytes(b"changed")


def _lose_original(folder: Path, _connection: sqlite3.Connection) -> None:
    next((folder / "originals").iterdir()).unlink()


def _foreign_original(folder: Path, _connection: sqlite3.Connection) -> None:
    (folder / "originals" / ("0" * 64)).write_bytes(b"smuggled in")


def _break_text(_folder: Path, connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE texts SET content = replace(content, 'more', 'less')")


def _replace_text(_folder: Path, connection: sqlite3.Connection) -> None:
    """As somebody would who knows how texts are named: content, hash and every reference agree."""
    forged = "QX-7719 and less"
    digest = hashlib.sha256(forged.encode()).hexdigest()
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("UPDATE texts SET content = ?, sha256 = ?", (forged, digest))
    connection.execute("UPDATE passages SET text_sha256 = ?, text = ?", (digest, forged))
    for table in ("exhibits", "identifiers"):
        connection.execute(f"UPDATE {table} SET text_sha256 = ?", (digest,))
    connection.execute("PRAGMA foreign_keys = ON")


def _break_passage(_folder: Path, connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE passages SET start = start + 1")


def _break_identifier(_folder: Path, connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE identifiers SET raw = 'QX-7718'")


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (_break_original, "was changed: its bytes"),
        (_lose_original, "is missing"),
        (_foreign_original, "does not know"),
        (_break_text, "text .* was changed"),
        (_replace_text, "custody log does not know the text"),
        (_break_passage, "passages of .* are not what stands"),
        (_break_identifier, "identifiers of .* are not what stands"),
    ],
)
def test_verify_reports_what_is_no_cache(tmp_path: Path, harm: object, says: str) -> None:
    import re

    with new_case(tmp_path / "home") as case:
        found = Identifier("code", "QX-7719", "QX7719", 1, "code:form", 0, 7)
        add_text(case, tmp_path, "a.txt", "QX-7719 and more", (found,))
        assert callable(harm)
        harm(case.folder, case.database.connection())
        report = verify_case(case)
        assert not report.sound
        assert any(re.search(says, problem) for problem in report.problems), report.problems


def test_verify_mends_a_full_text_index(tmp_path: Path) -> None:
    with new_case(tmp_path / "home") as case:
        add_text(case, tmp_path, "a.txt", "a word to be found")
        case.database.connection().execute("DELETE FROM passages_fts_data WHERE id > 1")
        report = verify_case(case)
        assert report.sound
        assert any("full-text" in line for line in report.repaired)
        assert len(case.fulltext.passages("word", 5)) == 1


def test_after_deletion_no_text_and_no_vector_is_left(tmp_path: Path) -> None:
    home = tmp_path / "home"
    outside = Path(tempfile.gettempdir())
    with new_case(home) as case, case.locked():
        _exhibit, ids = add_text(case, tmp_path, "source.txt", f"{CANARY} stands here\nand a second line")
        vectors = embed(case, ids, secrets.randbits(32))
        case.vectors.settle()
        case.vectors.nearest(vectors[0], 1)
        conversation = case.conversations.start(CANARY)
        case.conversations.add_turn(conversation, CANARY, CANARY, CANARY)
        assert _files_with(home, CANARY.encode()), "the canary must be there before"
        assert _files_with(home, vectors[0].astype(np.float16).tobytes())
    (tmp_path / "source.txt").unlink()
    delete_case(Home(home), "demo", "tester")
    for needle in (CANARY.encode(), vectors[0].tobytes(), vectors[0].astype(np.float16).tobytes()):
        assert _files_with(home, needle) == []
        assert _files_with(outside, needle) == []
    log = (home / "erasures.log").read_text()
    assert '"actor":"tester"' in log
    assert '"case":"demo"' in log
    assert CANARY not in log
    assert Home(home).case_ids() == ()


def test_a_deletion_cut_short_is_finished_at_the_next_start(tmp_path: Path) -> None:
    leftover = tmp_path / "cases" / ".deleting-0123"
    leftover.mkdir(parents=True)
    (leftover / "case.db").write_bytes(b"secret")
    Home(tmp_path).prepare()
    assert not leftover.exists()


def test_a_home_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="--home"):
        Home(tmp_path / "file" / "home").prepare()


def _files_with(folder: Path, needle: bytes) -> list[Path]:
    """Files below a folder that hold these bytes; what cannot be read or is gone by now is left out."""
    found = []
    for directory, _names, files in os.walk(folder):
        for name in files:
            path = Path(directory) / name
            try:
                if path.is_file() and path.stat().st_size < 50_000_000 and needle in path.read_bytes():
                    found.append(path)
            except OSError:
                continue
    return found
