"""Conversations: kept from the moment a question is asked, found again, judged, and never mixed up."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from casefile.case import Case, open_case
from casefile.database import Database
from casefile.errors import UsageError
from casefile.home import Home
from casefile.schema import MIGRATIONS
from tests.casefile.case_building import new_case


def test_a_turn_is_there_while_it_is_asked_and_has_its_answer_after(tmp_path: Path) -> None:
    with new_case(tmp_path) as case:
        talk = case.conversations.start("Money", scope='{"exhibits":[]}')
        turn_id = case.conversations.begin_turn(talk, "Who paid?", "Vos", scope='{"files":1}')
        asking = case.conversations.turn(turn_id)
        assert (asking.state, asking.answer, asking.asked_by, asking.scope) == ("asking", "", "Vos", '{"files":1}')
        assert case.conversations.turns(talk) == (asking,)
        assert case.conversations.finish_turn(turn_id, "Who paid the bill?", '{"answer":"Nobody"}')
        done = case.conversations.turn(turn_id)
        assert (done.state, done.standalone, done.answer) == ("done", "Who paid the bill?", '{"answer":"Nobody"}')
        assert not case.conversations.finish_turn(turn_id, "x", "y", "failed"), "an end is never overwritten"
        assert case.conversations.turn(turn_id) == done
        assert case.conversations.summary(talk).scope == '{"exhibits":[]}'


def test_every_change_raises_the_revision_of_its_conversation_and_of_no_other(tmp_path: Path) -> None:
    with new_case(tmp_path) as case:
        talks = case.conversations
        talk, other = talks.start("one"), talks.start("other")
        seen = [talks.revision(talk)]
        turn_id = talks.begin_turn(talk, "q", "a")
        for change in (
            lambda: None,
            lambda: talks.finish_turn(turn_id, "q", "{}"),
            lambda: talks.judge(turn_id, "bad", "wrong exhibit", "a"),
            lambda: talks.judge(turn_id, None, "", "a"),
            lambda: talks.rename(talk, "two"),
            lambda: talks.set_scope(talk, "[]"),
            lambda: talks.set_engine(talk, "quotes"),
            lambda: talks.add_turn(talk, "q", "q", "{}"),
        ):
            change()
            seen.append(talks.revision(talk))
        assert seen == sorted(set(seen))
        assert talks.revision(other) == 0
        assert [talks.summary(one).engine for one in (talk, other)] == ["quotes", ""]


def test_ids_are_never_given_twice(tmp_path: Path) -> None:
    with new_case(tmp_path) as case:
        first = case.conversations.start("first")
        turn_id = case.conversations.begin_turn(first, "q", "a")
        case.conversations.remove(first)
        second = case.conversations.start("second")
        assert second > first
        assert case.conversations.begin_turn(second, "q", "a") > turn_id
        assert not case.conversations.finish_turn(turn_id, "q", "{}")
        for gone in (
            lambda: case.conversations.turns(first),
            lambda: case.conversations.turn(turn_id),
            lambda: case.conversations.revision(first),
            lambda: case.conversations.remove(first),
            lambda: case.conversations.rename(first, "x"),
            lambda: case.conversations.set_scope(first, "x"),
            lambda: case.conversations.begin_turn(first, "q", "a"),
            lambda: case.conversations.judge(turn_id, "good", "", "a"),
            lambda: case.conversations.summary(first),
        ):
            with pytest.raises(UsageError, match="There is no"):
                gone()
        with pytest.raises(UsageError, match="title"):
            case.conversations.rename(second, "  ")


def test_what_a_dead_process_was_asking_is_stopped_and_what_a_living_one_asks_is_not(tmp_path: Path) -> None:
    ask = (
        "import sys\nfrom pathlib import Path\nfrom casefile.case import open_case\nfrom casefile.home import Home\n"
        "case = open_case(Home(Path(sys.argv[1])), 'demo', 'other')\n"
        "print(case.conversations.begin_turn(int(sys.argv[2]), 'q', 'other'), flush=True)\nsys.stdin.read()\n"
    )
    with new_case(tmp_path) as case:
        talk = case.conversations.start("t")
        own = case.conversations.begin_turn(talk, "left by this process before it was started again", "a")
        with subprocess.Popen(
            [sys.executable, "-c", ask, str(tmp_path), str(talk)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        ) as other:
            assert other.stdout is not None
            living = int(other.stdout.readline())
            assert case.conversations.interrupted() == 1
            assert case.conversations.turn(own).state == "stopped"
            assert case.conversations.turn(living).state == "asking"
            other.kill()
        assert case.conversations.interrupted() == 1
        assert case.conversations.turn(living).state == "stopped"
        assert case.conversations.interrupted() == 0


def test_a_verdict_is_kept_with_who_gave_it_and_can_be_taken_back(tmp_path: Path) -> None:
    with new_case(tmp_path) as case:
        talk = case.conversations.start("t")
        good, bad = (case.conversations.add_turn(talk, q, q, "{}") for q in ("a", "b"))
        case.conversations.judge(good, "good", "", "Vos")
        case.conversations.judge(bad, "bad", "the wrong year", "Weber")
        judged = case.conversations.judged()
        assert [(t.id, t.verdict, t.verdict_reason, t.verdict_by) for t in judged] == [
            (good, "good", "", "Vos"),
            (bad, "bad", "the wrong year", "Weber"),
        ]
        assert all(t.verdict_at is not None for t in judged)
        case.conversations.judge(good, None, "ignored", "Vos")
        assert [t.id for t in case.conversations.judged()] == [bad]
        assert case.conversations.turn(good).verdict_reason == ""


def _answer(text: str, quote: str = "", name: str = "") -> str:
    document = {"answer": text, "citations": [{"quote": quote, "exhibit": {"name": name}}], "status": "answered"}
    return json.dumps(document)  # with \u escapes, as some writers make them


def test_conversations_are_found_by_all_words_in_any_case_and_script(tmp_path: Path) -> None:
    with new_case(tmp_path) as case:
        talks = case.conversations
        first = talks.start("Lagerhalle 100%_sicher")
        talks.add_turn(first, "Wer war in MÜNCHEN?", "", _answer("Niemand", 'er sagte "nie"', "Brief\nÄrger.docx"))
        second = talks.start("Other")
        talks.begin_turn(second, "Straße nach münchen", "a")
        found = {
            words: [s.id for s in talks.search(words)]
            for words in (
                "münchen",
                "MÜNCHEN niemand",
                "ärger LAGERHALLE",
                '"nie"',
                "100%_",
                "%",
                "STRASSE",
                "citations",
                "answered",
                "x",
                "",
            )
        }
        assert found == {
            "münchen": [second, first],
            "MÜNCHEN niemand": [first],
            "ärger LAGERHALLE": [first],
            '"nie"': [first],
            "100%_": [first],
            "%": [first],
            "STRASSE": [second],
            "citations": [],
            "answered": [],
            "x": [first],
            "": [second, first],
        }


def test_a_change_and_its_custody_event_are_kept_together_or_not_at_all(tmp_path: Path) -> None:
    with new_case(tmp_path) as case:
        talk = case.conversations.start("before")

        def change_that_fails() -> None:
            with case.change("alteration", "conversation renamed") as connection:
                case.conversations.rename(talk, "after", connection)
                case.conversations.rename(talk + 1, "there is none", connection)

        with pytest.raises(UsageError):
            change_that_fails()
        assert case.conversations.summary(talk).title == "before"
        with case.change("alteration", "conversation removed", {"conversation": talk}) as connection:
            case.conversations.remove(talk, connection)
        assert case.conversations.all() == ()
        assert [e.action for e in case.custody.events()] == ["case created", "conversation removed"]


def _as_of_issue_2(path: Path, case: Case) -> None:
    """Lay down beside a case a catalogue as issue 2 wrote it, with one conversation."""
    database = Database(path)
    connection = database.connection()
    for script in MIGRATIONS[:2]:
        connection.executescript(script)
    connection.execute("PRAGMA user_version = 2")
    about = case.database.connection().execute("SELECT * FROM case_description").fetchone()
    connection.execute(f"INSERT INTO case_description VALUES ({', '.join('?' * len(about))})", tuple(about))
    connection.execute("INSERT INTO conversations VALUES (7, 'old', '2026-01-02T03:04:05.000000Z')")
    connection.execute("INSERT INTO turns VALUES (9, 7, '2026-01-02T03:04:05.000000Z', 'q', 's', '{}')")
    database.close()


def test_conversations_of_an_older_case_are_kept(tmp_path: Path) -> None:
    with new_case(tmp_path) as case:
        _as_of_issue_2(tmp_path / "old.db", case)
        folder = case.folder
    for name in ("case.db-wal", "case.db-shm"):
        (folder / name).unlink(missing_ok=True)
    (tmp_path / "old.db").replace(folder / "case.db")
    with open_case(Home(tmp_path), "demo", "tester") as case:
        (turn,) = case.conversations.turns(7)
        assert (turn.id, turn.state, turn.question, turn.standalone, turn.answer) == (9, "done", "q", "s", "{}")
        assert (turn.asked_by, turn.scope, turn.verdict) == ("", "", None)
        assert case.conversations.start("next") == 8
        assert case.conversations.begin_turn(7, "q", "a") == 10
