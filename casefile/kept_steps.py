"""Tool calls kept with a turn: those that ask a person first are taken once, and end as done, refused or failed.

They stand in the answer's document under `steps`, as `ask --json` prints it. Functions take the caller's connection, so
that a change and its custody event (`Case.change`) are kept together or not at all.
"""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from casefile.errors import UsageError

StepEnd = Literal["done", "refused", "failed"]


@dataclass(frozen=True, slots=True)
class KeptStep:
    """A call that asks a person first. `scope` is that of its turn, as JSON text; empty for the whole case."""

    tool: str
    arguments: Mapping[str, Any]
    scope: str


def asking_step(connection: sqlite3.Connection, turn_id: int, index: int) -> KeptStep:
    """The call that waits for a person's yes.

    Args:
        connection: to the catalogue.
        turn_id: of the turn.
        index: of the call among the steps of the answer, from 0.

    Raises:
        UsageError: there is no such turn or call; it was decided already; or something of the answer was erased since.
    """
    return _kept(connection, turn_id, index)[0]


def end_step(connection: sqlite3.Connection, turn_id: int, index: int, state: StepEnd, says: str, by: str) -> None:
    """Decide a call that asks; `by` is who did.

    Raises:
        UsageError: as `asking_step`: a second decision changes nothing.
    """
    _, document = _kept(connection, turn_id, index)
    document["steps"][index]["decided_by"] = by
    _enter(connection, turn_id, index, document, state, says)


def correct_step(
    connection: sqlite3.Connection, turn_id: int, index: int, state: StepEnd, says: str, files: Sequence[str] = ()
) -> None:
    """Say what became of a call that was decided; nothing where the turn was removed meanwhile.

    `files` are the names of those written in the case's `exports/`.
    """
    row = _turn(connection, turn_id)
    document = _document(row) if row is not None else {}
    if _step(document, index) is not None:
        document["steps"][index]["files"] = list(files)
        _enter(connection, turn_id, index, document, state, says)


def _kept(connection: sqlite3.Connection, turn_id: int, index: int) -> tuple[KeptStep, dict[str, Any]]:
    row = _turn(connection, turn_id)
    if row is None:
        raise UsageError(f"There is no turn {turn_id} in this case.")
    document = _document(row)
    step = _step(document, index)
    if step is None:
        raise UsageError("There is no such step in that answer.")
    if step.get("state") != "asks":
        raise UsageError(f"That was decided already: {step.get('says') or step.get('state')}")
    if row["erased"]:
        raise UsageError("Something of that answer was erased since. Ask again.")
    arguments = step.get("arguments")
    if not isinstance(arguments, dict):
        raise UsageError("There is no such step in that answer.")
    return KeptStep(str(step.get("tool", "")), arguments, row["scope"]), document


def _turn(connection: sqlite3.Connection, turn_id: int) -> sqlite3.Row | None:
    found: sqlite3.Row | None = connection.execute(
        "SELECT answer, scope, erased FROM turns WHERE id = ?", (turn_id,)
    ).fetchone()
    return found


def _document(row: sqlite3.Row) -> dict[str, Any]:
    try:
        document = json.loads(row["answer"] or "{}")
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _step(document: Mapping[str, Any], index: int) -> dict[str, Any] | None:
    steps = document.get("steps")
    if not isinstance(steps, list) or not 0 <= index < len(steps):
        return None
    return steps[index] if isinstance(steps[index], dict) else None


def _enter(
    connection: sqlite3.Connection, turn_id: int, index: int, document: dict[str, Any], state: StepEnd, says: str
) -> None:
    document["steps"][index].update(state=state, says=says)
    text = json.dumps(document, ensure_ascii=False)
    connection.execute("UPDATE turns SET answer = ? WHERE id = ?", (text, turn_id))
