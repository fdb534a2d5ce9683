"""Conversations, kept in the case: each turn with its question, the standalone form and the whole answer."""

from dataclasses import dataclass
from datetime import datetime

from casefile.database import Database
from casefile.errors import UsageError
from casefile.serial import now, time_from_text, time_to_text


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """One exchange. `answer` is the JSON document that `ask --json` prints."""

    asked_at: datetime
    question: str
    standalone: str
    answer: str


@dataclass(frozen=True, slots=True)
class ConversationSummary:
    """A conversation as listed."""

    id: int
    title: str
    started_at: datetime
    turns: int


class Conversations:
    """The conversations of one case."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, title: str) -> int:
        """Begin a conversation; returns its id."""
        with self._database.transaction() as connection:
            cursor = connection.execute(
                "INSERT INTO conversations (title, started_at) VALUES (?, ?)", (title, time_to_text(now()))
            )
        return int(cursor.lastrowid or 0)

    def add_turn(self, conversation_id: int, question: str, standalone: str, answer: str) -> None:
        """Keep one exchange."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO turns (conversation_id, asked_at, question, standalone, answer) VALUES (?, ?, ?, ?, ?)",
                (conversation_id, time_to_text(now()), question, standalone, answer),
            )

    def turns(self, conversation_id: int) -> tuple[StoredTurn, ...]:
        """The exchanges of a conversation, oldest first.

        Raises:
            UsageError: there is no such conversation.
        """
        connection = self._database.connection()
        if connection.execute("SELECT 1 FROM conversations WHERE id = ?", (conversation_id,)).fetchone() is None:
            raise UsageError(f"There is no conversation {conversation_id} in this case.")
        rows = connection.execute("SELECT * FROM turns WHERE conversation_id = ? ORDER BY id", (conversation_id,))
        return tuple(
            StoredTurn(time_from_text(row["asked_at"]), row["question"], row["standalone"], row["answer"])
            for row in rows
        )

    def all(self) -> tuple[ConversationSummary, ...]:
        """All conversations, newest first."""
        query = """
            SELECT c.*, (SELECT count(*) FROM turns t WHERE t.conversation_id = c.id) AS turns
            FROM conversations c ORDER BY c.id DESC
        """
        rows = self._database.connection().execute(query)
        return tuple(
            ConversationSummary(row["id"], row["title"], time_from_text(row["started_at"]), row["turns"])
            for row in rows
        )
