"""What somebody with a database program can do to a case, and `verify` tells."""

from collections.abc import Callable
from pathlib import Path

import pytest

from casefile.case import Case, open_case
from casefile.errors import CaseDamagedError
from casefile.home import Home
from casefile.verify import verify_case
from tests.casefile.case_building import add_text, embed, new_case


def _remove_an_exhibit(case: Case) -> None:
    """All of it: rows, index and original, so that every part agrees with every other."""
    connection = case.database.connection()
    connection.execute("PRAGMA foreign_keys = OFF")
    (exhibit_id,) = connection.execute("SELECT id FROM exhibits WHERE number = 2").fetchone()
    connection.execute(
        "INSERT INTO exhibits_fts (exhibits_fts, rowid, name, title, body) "
        "SELECT 'delete', number, name, title, body FROM exhibit_bodies WHERE number = 2"
    )
    passages = "SELECT id FROM passages WHERE exhibit_id = ?"
    connection.execute(f"DELETE FROM embeddings WHERE passage_id IN ({passages})", (exhibit_id,))
    connection.execute(f"DELETE FROM waiting WHERE passage_id IN ({passages})", (exhibit_id,))
    for table in ("passages", "texts", "occurrences"):
        connection.execute(f"DELETE FROM {table} WHERE exhibit_id = ?", (exhibit_id,))
    connection.execute("DELETE FROM exhibits WHERE number = 2")
    case.originals.path(exhibit_id).unlink()


def _rename_a_place(case: Case) -> None:
    case.database.connection().execute("UPDATE occurrences SET path = 'in/planted.txt' WHERE id = 1")


def _slip_a_place_in(case: Case) -> None:
    case.database.connection().execute(
        "INSERT INTO occurrences (exhibit_id, name, path, status, new) "
        "SELECT exhibit_id, name, 'suspect/phone/a.txt', 'skipped', 0 FROM occurrences WHERE id = 1"
    )


def _lie_about_a_size(case: Case) -> None:
    case.database.connection().execute("UPDATE exhibits SET size = size + 1 WHERE number = 1")


def _cut_a_vector(case: Case) -> None:
    case.database.connection().execute("UPDATE embeddings SET vector = x'00' WHERE passage_id = 1")


@pytest.mark.parametrize(
    ("tamper", "told"),
    [
        (_remove_an_exhibit, "custody log says that sha256:"),
        (_rename_a_place, "in/planted.txt; the custody log says nothing"),
        (_slip_a_place_in, "suspect/phone/a.txt; the custody log says nothing"),
        (_lie_about_a_size, "is not its own"),
        (_cut_a_vector, "--reembed"),
    ],
)
def test_tampering_is_told(tmp_path: Path, tamper: Callable[[Case], None], told: str) -> None:
    with new_case(tmp_path / "home") as case:
        ids = add_text(case, tmp_path, "a.txt", "one\ntwo")[1] + add_text(case, tmp_path, "b.txt", "three")[1]
        embed(case, ids)
        assert verify_case(case).sound
        tamper(case)
        report = verify_case(case)
        assert any(told in problem for problem in report.problems), report.problems


def test_embeddings_that_were_deleted_wait_to_be_made_again(tmp_path: Path) -> None:
    with new_case(tmp_path / "home") as case:
        _, ids = add_text(case, tmp_path, "a.txt", "one\ntwo\nthree")
        embed(case, ids)
        case.database.connection().execute("DELETE FROM embeddings WHERE passage_id = 2")
        report = verify_case(case)
        assert report.sound
        assert "1 passages have no embedding" in report.repaired[0]
        assert [passage.id for passage in case.catalogue.pending_passages(10)] == [2]
        assert case.catalogue.coverage().pending == 1


def test_a_catalogue_damaged_in_its_middle_is_told_in_words(tmp_path: Path) -> None:
    with new_case(tmp_path / "home") as case:
        add_text(case, tmp_path, "a.txt", "\n".join(f"line {number} of a long text" for number in range(20_000)))
    path = Home(tmp_path / "home").case_folder("demo") / "case.db"
    with path.open("r+b") as stream:
        for offset in range(40 * 4096, path.stat().st_size, 7 * 4096):
            stream.seek(offset)
            stream.write(b"\xff" * 512)
    with (
        open_case(Home(tmp_path / "home"), "demo", "tester") as case,
        pytest.raises(CaseDamagedError, match="a backup"),
    ):
        verify_case(case)
