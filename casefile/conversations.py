"""Conversations, kept in the case: each turn from the moment it is asked, so that it outlives the page that asked.

A turn is entered in state `asking` and ends as `done`, `stopped` or `failed`. Every change to a conversation raises its
`revision`, by triggers of the schema. Functions that change something take the caller's connection, so that the change
and its custody event (`Case.change`) are kept together or not at all.
"""

import json
import os
import sqlite3
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from casefile.database import Database, next_id
from casefile.erased_answers import names_any, without
from casefile.errors import UsageError
from casefile.serial import now, time_from_text, time_to_text

TurnState = Literal["asking", "done", "stopped", "failed"]
EndState = Literal["done", "stopped", "failed"]
EngineChoice = Literal["", "quotes"]
"""What a conversation's next question is answered with: as settings say, or with quotes only."""
Verdict = Literal["good", "bad"]


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """One exchange. `answer` is the JSON document that `ask --json` prints, empty while it is asked.

    `scope` is what the question was asked of, as JSON text, empty for the whole case. `verdict` is what a person
    thought of the answer, and why. `erased`: something it cited was erased, and a marker stands in its place.
    """

    id: int
    conversation_id: int
    asked_at: datetime
    asked_by: str
    question: str
    standalone: str
    answer: str
    state: TurnState
    scope: str
    verdict: Verdict | None
    verdict_reason: str
    verdict_by: str
    verdict_at: datetime | None
    erased: bool = False


@dataclass(frozen=True, slots=True)
class ConversationSummary:
    """A conversation as listed. `scope` is what its next question is asked of, as JSON text; empty: the whole case.

    `engine` is what its next question is answered with.
    """

    id: int
    title: str
    started_at: datetime
    turns: int
    scope: str = ""
    revision: int = 0
    engine: EngineChoice = ""


class Conversations:
    """The conversations of one case."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- conversations ------------------------------------------------------------------------------------------

    def start(self, title: str, scope: str = "", connection: sqlite3.Connection | None = None) -> int:
        """Begin a conversation; returns its id, which no other conversation of this case ever had."""
        with self._database.within(connection) as inside:
            new = next_id(inside, "conversation_ids")
            inside.execute(
                "INSERT INTO conversations (id, title, started_at, scope) VALUES (?, ?, ?, ?)",
                (new, title, time_to_text(now()), scope),
            )
        return new

    def all(self) -> tuple[ConversationSummary, ...]:
        """All conversations, newest first."""
        return tuple(_summary(row) for row in self._database.connection().execute(f"{_SUMMARIES} ORDER BY c.id DESC"))

    def summary(self, conversation_id: int) -> ConversationSummary:
        """One conversation as listed.

        Raises:
            UsageError: there is no such conversation.
        """
        row = self._database.connection().execute(f"{_SUMMARIES} WHERE c.id = ?", (conversation_id,)).fetchone()
        if row is None:
            raise _unknown(conversation_id)
        return _summary(row)

    def revision(self, conversation_id: int) -> int:
        """A number that grows with every change to this conversation: title, scope, turns, answers, verdicts.

        Raises:
            UsageError: there is no such conversation, or no longer.
        """
        query = "SELECT revision FROM conversations WHERE id = ?"
        row = self._database.connection().execute(query, (conversation_id,)).fetchone()
        if row is None:
            raise _unknown(conversation_id)
        return int(row["revision"])

    def rename(self, conversation_id: int, title: str, connection: sqlite3.Connection | None = None) -> None:
        """Give a conversation another title.

        Raises:
            UsageError: there is no such conversation, or the title is empty.
        """
        if not title.strip():
            raise UsageError("A conversation needs a title: give some words.")
        self._set(conversation_id, "title", title, connection)

    def set_scope(self, conversation_id: int, scope: str, connection: sqlite3.Connection | None = None) -> None:
        """Say what the next question of a conversation is asked of; empty: the whole case.

        Raises:
            UsageError: there is no such conversation.
        """
        self._set(conversation_id, "scope", scope, connection)

    def set_engine(
        self, conversation_id: int, engine: EngineChoice, connection: sqlite3.Connection | None = None
    ) -> None:
        """Say what the next question of a conversation is answered with.

        Raises:
            UsageError: there is no such conversation.
        """
        self._set(conversation_id, "engine", engine, connection)

    def _set(self, conversation_id: int, column: str, value: str, connection: sqlite3.Connection | None) -> None:
        with self._database.within(connection) as inside:
            changed = inside.execute(f"UPDATE conversations SET {column} = ? WHERE id = ?", (value, conversation_id))
            if not changed.rowcount:
                raise _unknown(conversation_id)

    def remove(self, conversation_id: int, connection: sqlite3.Connection | None = None) -> None:
        """Delete a conversation with its turns. What it cited stays, and so does the log of what was asked.

        Raises:
            UsageError: there is no such conversation.
        """
        with self._database.within(connection) as inside:
            inside.execute("DELETE FROM turns WHERE conversation_id = ?", (conversation_id,))
            if not inside.execute("DELETE FROM conversations WHERE id = ?", (conversation_id,)).rowcount:
                raise _unknown(conversation_id)

    def search(self, words: str) -> tuple[ConversationSummary, ...]:
        """The conversations in which all these words stand: in title, questions, answers, quotes, names of sources.

        Words are parts of words, upper and lower case are one; nothing is cut off. Newest first.
        """
        wanted = _folded(words).split()
        found = []
        for summary in self.all():
            pieces = [_folded(summary.title)]
            pieces += [_folded(text) for turn in self.turns(summary.id) for text in _shown(turn)]
            if all(any(word in piece for piece in pieces) for word in wanted):
                found.append(summary)
        return tuple(found)

    # --- turns --------------------------------------------------------------------------------------------------

    def begin_turn(
        self,
        conversation_id: int,
        question: str,
        asked_by: str,
        scope: str = "",
        connection: sqlite3.Connection | None = None,
    ) -> int:
        """Enter a question before it is asked; returns the turn's id.

        Raises:
            UsageError: there is no such conversation.
        """
        return self._enter(conversation_id, question, "", "", "asking", asked_by, scope, connection)

    def finish_turn(
        self,
        turn_id: int,
        standalone: str,
        answer: str,
        state: EndState = "done",
        connection: sqlite3.Connection | None = None,
    ) -> bool:
        """Enter how a turn ended. False, and nothing is changed: it was removed meanwhile, or had ended already."""
        with self._database.within(connection) as inside:
            answer, erased = _without_erased(inside, answer)
            changed = inside.execute(
                "UPDATE turns SET standalone = ?, answer = ?, erased = ?, state = ?, process = '' "
                "WHERE id = ? AND state = 'asking'",
                (standalone, answer, erased, state, turn_id),
            )
            return changed.rowcount == 1

    def add_turn(
        self,
        conversation_id: int,
        question: str,
        standalone: str,
        answer: str,
        asked_by: str = "",
        scope: str = "",
        connection: sqlite3.Connection | None = None,
    ) -> int:
        """Keep one exchange that is over; returns its id.

        Raises:
            UsageError: there is no such conversation.
        """
        return self._enter(conversation_id, question, standalone, answer, "done", asked_by, scope, connection)

    def _enter(
        self,
        conversation_id: int,
        question: str,
        standalone: str,
        answer: str,
        state: TurnState,
        asked_by: str,
        scope: str,
        connection: sqlite3.Connection | None,
    ) -> int:
        process = _this_process() if state == "asking" else ""
        with self._database.within(connection) as inside:
            if inside.execute("SELECT 1 FROM conversations WHERE id = ?", (conversation_id,)).fetchone() is None:
                raise _unknown(conversation_id)
            new = next_id(inside, "turn_ids")
            answer, erased = _without_erased(inside, answer)
            inside.execute(
                "INSERT INTO turns (id, conversation_id, asked_at, question, standalone, answer, state, asked_by, "
                "scope, process, erased) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    new,
                    conversation_id,
                    time_to_text(now()),
                    question,
                    standalone,
                    answer,
                    state,
                    asked_by,
                    scope,
                    process,
                    erased,
                ),
            )
        return new

    def turns(self, conversation_id: int) -> tuple[StoredTurn, ...]:
        """The exchanges of a conversation, oldest first.

        Raises:
            UsageError: there is no such conversation.
        """
        self.revision(conversation_id)
        query = "SELECT * FROM turns WHERE conversation_id = ? ORDER BY id"
        return tuple(_turn(row) for row in self._database.connection().execute(query, (conversation_id,)))

    def turn(self, turn_id: int) -> StoredTurn:
        """One exchange.

        Raises:
            UsageError: there is no such turn.
        """
        row = self._database.connection().execute("SELECT * FROM turns WHERE id = ?", (turn_id,)).fetchone()
        if row is None:
            raise UsageError(f"There is no turn {turn_id} in this case.")
        return _turn(row)

    def interrupted(self) -> int:
        """At start-up: turns that a process left in `asking` when it ended become `stopped`. Returns how many.

        A turn that another living process is asking is left to it. To be called before this process asks anything.
        """
        own = _this_process()
        with self._database.transaction() as connection:
            asking = connection.execute("SELECT id, process FROM turns WHERE state = 'asking'").fetchall()
            left = [(row["id"],) for row in asking if row["process"] == own or not _lives(row["process"])]
            connection.executemany("UPDATE turns SET state = 'stopped', process = '' WHERE id = ?", left)
        return len(left)

    # --- verdicts -----------------------------------------------------------------------------------------------

    def judge(
        self,
        turn_id: int,
        verdict: Verdict | None,
        reason: str,
        by: str,
        connection: sqlite3.Connection | None = None,
    ) -> None:
        """Keep what a person thinks of an answer; None takes the verdict back, its reason too.

        Raises:
            UsageError: there is no such turn.
        """
        values = (None, "", "", None) if verdict is None else (verdict, reason, by, time_to_text(now()))
        query = "UPDATE turns SET verdict = ?, verdict_reason = ?, verdict_by = ?, verdict_at = ? WHERE id = ?"
        with self._database.within(connection) as inside:
            if not inside.execute(query, (*values, turn_id)).rowcount:
                raise UsageError(f"There is no turn {turn_id} in this case.")

    def judged(self) -> tuple[StoredTurn, ...]:
        """All turns that somebody gave a verdict on, oldest first: the case's own evaluation set."""
        query = "SELECT * FROM turns WHERE verdict IS NOT NULL ORDER BY id"
        return tuple(_turn(row) for row in self._database.connection().execute(query))


_SUMMARIES = """
    SELECT c.*, (SELECT count(*) FROM turns t WHERE t.conversation_id = c.id) AS turns FROM conversations c
"""


def _without_erased(connection: sqlite3.Connection, answer: str) -> tuple[str, bool]:
    """An answer may end after what it cites was erased; whether that was so."""
    query = "SELECT exhibit_id FROM erased WHERE exhibit_id NOT IN (SELECT id FROM exhibits)"
    gone = [row["exhibit_id"] for row in connection.execute(query)]
    return (without(answer, gone), True) if names_any(answer, gone) else (answer, False)


def _unknown(conversation_id: int) -> UsageError:
    return UsageError(f"There is no conversation {conversation_id} in this case.")


def _summary(row: sqlite3.Row) -> ConversationSummary:
    started = time_from_text(row["started_at"])
    return ConversationSummary(
        row["id"], row["title"], started, row["turns"], row["scope"], row["revision"], row["engine"]
    )


def _turn(row: sqlite3.Row) -> StoredTurn:
    return StoredTurn(
        id=row["id"],
        conversation_id=row["conversation_id"],
        asked_at=time_from_text(row["asked_at"]),
        asked_by=row["asked_by"],
        question=row["question"],
        standalone=row["standalone"],
        answer=row["answer"],
        state=row["state"],
        scope=row["scope"],
        verdict=row["verdict"],
        verdict_reason=row["verdict_reason"],
        verdict_by=row["verdict_by"],
        verdict_at=time_from_text(row["verdict_at"]) if row["verdict_at"] else None,
        erased=bool(row["erased"]),
    )


# --- searching ----------------------------------------------------------------------------------------------------

_SHOWN_KEYS = frozenset({"answer", "reason", "text", "quote", "name", "path", "standalone"})
"""Of an answer's document, the fields whose text a person reads."""


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _shown(turn: StoredTurn) -> Iterator[str]:
    """What a person can read of a turn, not the JSON around it."""
    yield turn.question
    yield turn.standalone
    try:
        waiting: list[object] = [json.loads(turn.answer)]
    except ValueError:  # still asked, or kept by something that wrote plain words
        yield turn.answer
        return
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            yield from (text for key, text in value.items() if key in _SHOWN_KEYS and isinstance(text, str))
            waiting += [item for item in value.values() if isinstance(item, dict | list)]


# --- processes ----------------------------------------------------------------------------------------------------


def _this_process() -> str:
    return f"{os.getpid()}:{_began(os.getpid())}"


def _lives(process: str) -> bool:
    """Whether a process that entered a turn still runs; a number that was given to another one does not count."""
    number, _, began = process.partition(":")
    return number.isdigit() and bool(began) and _began(int(number)) == began


def _began(number: int) -> str:
    """When a process began, in ticks since the machine was started; empty when there is none."""
    try:
        told = Path(f"/proc/{number}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return told.rpartition(")")[2].split()[19]  # field 22 of proc(5); the name before may hold blanks
