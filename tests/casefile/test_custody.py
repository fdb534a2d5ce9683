"""The custody chain shows every way of tampering."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casefile.case import Case
from casefile.custody import CustodyHead, event_hash, parse_head
from casefile.serial import canonical_json
from tests.casefile.case_building import new_case


@pytest.fixture
def case(tmp_path: Path) -> Case:
    opened = new_case(tmp_path / "home")
    for number in range(5):
        opened.log("consultation", "asked", {"question": f"number {number}"})
    return opened


def _tamper(case: Case, *statements: str) -> None:
    """Change the log as somebody with access to the file could."""
    connection = sqlite3.connect(case.folder / "case.db")
    connection.execute("DROP TRIGGER custody_is_never_changed")
    connection.execute("DROP TRIGGER custody_is_never_deleted")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def test_an_untouched_log_is_intact(case: Case) -> None:
    report = case.custody.verify()
    assert report.intact
    assert report.events == 6
    case.close()


@pytest.mark.parametrize(
    ("statements", "says"),
    [
        (["UPDATE custody SET actor = 'somebody else' WHERE sequence = 3"], "Event 3 was changed"),
        (["UPDATE custody SET at = '2020-01-01T00:00:00.000000Z' WHERE sequence = 2"], "Event 2 was changed"),
        (["UPDATE custody SET details = '{}' WHERE sequence = 6"], "Event 6 was changed"),
        (["DELETE FROM custody WHERE sequence = 4"], "Event 4 is missing"),
        (["DELETE FROM custody WHERE sequence = 1"], "Event 1 is missing"),
        (["DELETE FROM custody WHERE sequence = 6"], "ends before event 6"),
        (["DELETE FROM custody WHERE sequence > 2"], "ends before event 6"),
        (["DELETE FROM custody"], "log is empty"),
        (
            [
                "UPDATE custody SET sequence = 100 WHERE sequence = 2",
                "UPDATE custody SET sequence = 2 WHERE sequence = 3",
                "UPDATE custody SET sequence = 3 WHERE sequence = 100",
            ],
            "does not follow",
        ),
    ],
)
def test_tampering_is_shown(case: Case, statements: list[str], says: str) -> None:
    _tamper(case, *statements)
    report = case.custody.verify()
    assert not report.intact
    assert any(says in problem for problem in report.problems)
    case.close()


def test_a_rewritten_tail_is_shown_by_an_exported_head(case: Case) -> None:
    head = case.custody.head()
    _tamper(case, "DELETE FROM custody WHERE sequence > 3")
    case.log("consultation", "a forged event")
    assert case.custody.verify().intact, "who can write everything can rewrite everything"
    report = case.custody.verify(parse_head(f"{head.sequence} {head.hash}\n"))
    assert not report.intact
    case.close()


def test_a_removed_head_file_is_shown(case: Case) -> None:
    (case.folder / "custody.head").unlink()
    assert not case.custody.verify().intact
    case.close()


def test_the_log_refuses_changes_and_deletions(case: Case) -> None:
    for statement in ("UPDATE custody SET actor = 'x'", "DELETE FROM custody"):
        with pytest.raises(sqlite3.IntegrityError, match="never"):
            case.database.connection().execute(statement)
    case.close()


def test_an_event_is_kept_with_its_change_or_not_at_all(case: Case) -> None:
    before = case.custody.head()

    def fails() -> None:
        with case.change("alteration", "never happens") as connection:
            connection.execute("INSERT INTO conversations (title, started_at) VALUES ('x', 'y')")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fails()
    assert case.custody.head() == before
    assert case.conversations.all() == ()
    case.close()


_FIELDS = st.fixed_dictionaries(
    {
        "sequence": st.integers(1, 10**9),
        "at": st.text(max_size=30),
        "actor": st.text(max_size=30),
        "kind": st.text(max_size=12),
        "action": st.text(max_size=30),
        "details": st.text(max_size=50),
        "previous": st.text("0123456789abcdef", min_size=64, max_size=64),
    }
)


@given(_FIELDS, _FIELDS)
def test_different_events_have_different_hashes(one: dict[str, object], other: dict[str, object]) -> None:
    hashing: Callable[..., str] = event_hash
    assert (hashing(**one) == hashing(**other)) == (one == other)


def test_canonical_json_is_one_form_and_holds_no_floats() -> None:
    assert canonical_json({"b": [1, "ä"], "a": None}) == '{"a":null,"b":[1,"\\u00e4"]}'
    with pytest.raises(TypeError, match="float"):
        canonical_json({"a": [{"b": 1.5}]})


@pytest.mark.parametrize("text", ["", "7", "7 abc", "x " + "0" * 64])
def test_a_head_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"head|invalid literal"):
        parse_head(text)


def test_a_head_survives_printing() -> None:
    assert parse_head("12 " + "a" * 64 + "\n") == CustodyHead(12, "a" * 64)
