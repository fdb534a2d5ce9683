"""Questions being answered: a run belongs to this process, not to the page that watches it.

The question is entered as a turn of its conversation before anything else, and the answer when it is there, so that a
closed tab, a second tab and a restart find the same state. Whoever watches takes snapshots.
"""

import json
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from assistant.answering import Listeners
from assistant.app import Assistant
from assistant.documents import answer_document, exhibit_document, locator_document, step_document
from assistant.records import Answer, Progress, RankedPassage, Step, Turn
from assistant.ui.chat.made_view import work_of
from assistant.ui.chat.scopes import Scope, filters_of, scope_from_text
from casefile.conversations import StoredTurn
from casefile.errors import CaseclerkError, ModelError, UsageError

WORKERS = 8
"""Questions answered side by side, most of them waiting for the model; more wait in line."""
SHOWN_EVIDENCE = 5
"""Passages shown while the answer is written, and kept with it (their places, not their text)."""
TITLE_LENGTH = 80
_WRITING = Progress("writing", 0)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A run as it is now. `version` grows with every change; `document` is there once the answer is.

    `progress` is how far the engine said it was last, `steps` are the tool calls so far; `model_failed` is set where it
    was the language model that failed.
    """

    turn_id: int
    conversation_id: int
    question: str
    asked_by: str
    scope: Scope
    standalone: str = ""
    evidence: tuple[RankedPassage, ...] = ()
    prose: str = ""
    document: str = ""
    failed: str = ""
    stopped: bool = False
    ended: bool = False
    evidence_ms: float | None = None
    version: int = 0
    progress: Progress | None = None
    steps: tuple[Step, ...] = ()
    model_failed: bool = False


class Run:
    """One question on its way."""

    def __init__(self, first: Snapshot) -> None:
        self._now = first
        self._began = time.perf_counter()
        self._changed = threading.Condition()
        self._stop = threading.Event()

    @property
    def snapshot(self) -> Snapshot:
        """The state now."""
        with self._changed:
            return self._now

    def stop(self) -> None:
        """Ask for the end; what was written until then is checked and kept."""
        self._stop.set()

    def wait(self, after_version: int, seconds: float) -> Snapshot:
        """The state as soon as it is newer than a version, or after some seconds anyway."""
        with self._changed:
            self._changed.wait_for(lambda: self._now.version > after_version, seconds)
            return self._now

    def change(self, **values: Any) -> None:
        """Replace fields of the snapshot."""
        with self._changed:
            self._now = replace(self._now, **values, version=self._now.version + 1)
            self._changed.notify_all()

    def listeners(self) -> Listeners:
        """What the ask pipeline tells this run."""
        return Listeners(
            evidence=self._show_evidence,
            delta=self._show_delta,
            rewritten=lambda standalone: self.change(standalone=standalone),
            stopped=self._stop.is_set,
            progress=self._show_progress,
            step=lambda step: self.change(steps=(*self._now.steps, step)),
        )

    @property
    def stopped(self) -> bool:
        """Whether somebody asked for the end."""
        return self._stop.is_set()

    def _show_evidence(self, found: Sequence[RankedPassage]) -> None:
        elapsed = (time.perf_counter() - self._began) * 1000
        self.change(evidence=tuple(found[:SHOWN_EVIDENCE]), evidence_ms=elapsed)

    def _show_delta(self, text: str) -> None:
        self.change(prose=self._now.prose + text, progress=_WRITING)

    def _show_progress(self, progress: Progress) -> None:
        """Only what a person would see changes the snapshot: engines may tell of every token."""
        if work_of(progress) != work_of(self._now.progress):
            self.change(progress=progress)


class Runs:
    """All questions of this process. Thread-safe."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._running: dict[tuple[str, int], Run] = {}
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="ask")

    def start(
        self,
        assistant: Assistant,
        conversation_id: int,
        question: str,
        scope: Scope,
        standalone: str | None = None,
    ) -> Run:
        """Enter a question and begin to answer it.

        Raises:
            UsageError: the question is empty, or the conversation has one that is being answered.
        """
        case = assistant.case
        question = question.strip()
        if not question:
            raise UsageError("Write a question first.")
        with self._guard:
            if self._of(case.description.id, conversation_id) is not None:
                raise UsageError("An answer is being written in this conversation. Wait for it, or stop it.")
            before = case.conversations.turns(conversation_id)
            history = turns_before(before)
            if case.conversations.summary(conversation_id).engine == "quotes":
                assistant = assistant.quoting()
            if not before:
                case.conversations.rename(conversation_id, question[:TITLE_LENGTH])
            turn_id = case.conversations.begin_turn(conversation_id, question, case.actor, scope.to_text())
            run = Run(Snapshot(turn_id, conversation_id, question, case.actor, scope))
            self._running[case.description.id, turn_id] = run
        self._pool.submit(self._answer, assistant, run, history, standalone)
        return run

    def of_conversation(self, case_id: str, conversation_id: int) -> Run | None:
        """The run of a conversation now, if there is one."""
        with self._guard:
            return self._of(case_id, conversation_id)

    def of_turn(self, case_id: str, turn_id: int) -> Run | None:
        """The run of a turn, while it lasts."""
        with self._guard:
            return self._running.get((case_id, turn_id))

    def busy(self, case_id: str) -> bool:
        """Whether a question to this case is being answered."""
        with self._guard:
            return any(case == case_id for case, _ in self._running)

    def close(self) -> None:
        """Stop all runs and wait for them."""
        with self._guard:
            for run in self._running.values():
                run.stop()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _of(self, case_id: str, conversation_id: int) -> Run | None:
        for (case, _), run in self._running.items():
            if case == case_id and run.snapshot.conversation_id == conversation_id:
                return run
        return None

    def _answer(self, assistant: Assistant, run: Run, history: Sequence[Turn], standalone: str | None) -> None:
        """In a thread of the pool: answer, keep the answer, say so. Whatever goes wrong ends as a failed turn."""
        now = run.snapshot
        key = (assistant.case.description.id, now.turn_id)
        conversations = assistant.case.conversations
        try:
            filters = filters_of(assistant.case, now.scope)
            answer = assistant.ask(now.question, history, filters, run.listeners(), standalone)
            document = stored_document(answer, run.snapshot)
            stopped = run.stopped
            conversations.finish_turn(now.turn_id, answer.standalone, document, "stopped" if stopped else "done")
            run.change(document=document, standalone=answer.standalone, stopped=stopped)
        except CaseclerkError as error:
            self._fail(assistant, run, str(error), by_model=isinstance(error, ModelError))
        except Exception as error:  # noqa: BLE001 - the boundary of a question: told on the page and kept in the turn
            self._fail(assistant, run, f"{type(error).__name__}. {_bug_kept(error)}")
        finally:
            with self._guard:
                self._running.pop(key, None)
            run.change(ended=True)

    def _fail(self, assistant: Assistant, run: Run, message: str, *, by_model: bool = False) -> None:
        """What was found stays: a model that died takes its answer along, not the evidence."""
        run.change(failed=message, model_failed=by_model)
        seen = run.snapshot
        kept = {"failed": message, "model_failed": by_model, "evidence": _places(seen), "evidence_ms": seen.evidence_ms}
        kept["steps"] = [step_document(step) for step in seen.steps]
        document = json.dumps(kept, ensure_ascii=False)
        run.change(document=document)
        try:
            assistant.case.conversations.finish_turn(run.snapshot.turn_id, run.snapshot.standalone, document, "failed")
        except CaseclerkError:
            return  # the disk is full: the turn is found as interrupted at the next start


def stored_document(answer: Answer, seen: Snapshot) -> str:
    """The answer as kept in its turn: `ask --json`, and the places of the evidence that was shown first."""
    document = answer_document(str(seen.turn_id), answer)
    document |= {"evidence": _places(seen), "evidence_ms": seen.evidence_ms}
    return json.dumps(document, ensure_ascii=False)


def _places(seen: Snapshot) -> list[dict[str, Any]]:
    return [
        {
            "exhibit": exhibit_document(found.exhibit),
            "text_sha256": found.passage.text_sha256,
            "locator": locator_document(found.passage.locator),
        }
        for found in seen.evidence
    ]


def turns_before(stored: Sequence[StoredTurn]) -> tuple[Turn, ...]:
    """The history of a conversation as the rewriting of follow-ups wants it."""
    found = []
    for turn in stored:
        if turn.state != "done":
            continue
        try:
            document = json.loads(turn.answer)
            cited = dict.fromkeys(str(citation["exhibit"]["id"]) for citation in document.get("citations", ()))
            found.append(Turn(turn.question, turn.standalone, str(document.get("answer", "")), tuple(cited)))
        except (ValueError, KeyError, TypeError, AttributeError):  # kept by another version: the question still counts
            found.append(Turn(turn.question, turn.standalone or turn.question, ""))
    return tuple(found)


def scope_of(turn: StoredTurn) -> Scope:
    """What a kept question was asked of."""
    return scope_from_text(turn.scope)


def _bug_kept(error: Exception) -> str:
    from assistant.cli.ending import keep_bug_report

    return keep_bug_report(error)
