"""The open cases of this process, shared by all who are signed in.

A case is opened when it is first asked for and stays open. While nobody else holds its writer lock this process does,
and searches through Chroma; an ingestion gets the lock for as long as it runs, and the search is exact meanwhile.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assistant.app import Assistant
from assistant.chat_models.port import ChatModel
from assistant.embedding import make_embedder
from assistant.ui.chat.runs import Runs
from assistant.ui.jobs.board import JobBoard
from casefile.case import Case, delete_case, open_case
from casefile.errors import CaseBusyError, CaseclerkError, CaseNotFoundError, StorageError
from casefile.fulltext import PassageHit
from casefile.home import Home
from casefile.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from ingest.embedding.port import Embedder
    from ingest.rendering import Renderer


MakeChatModel = Callable[[Home, Settings], ChatModel | None]
PATIENCE_S = 0.1
"""So long a search waits for Chroma; then it searches exactly."""


class OpenCase:
    """A case that this process has open: one catalogue, one set of loaded vectors, for all visitors."""

    def __init__(
        self, case: Case, settings: Settings, embedder: "Embedder", chat_model: ChatModel | None = None
    ) -> None:
        self.case = case
        self._guard = threading.RLock()
        self._held = ExitStack()
        self._settled = threading.Event()
        self._settling: threading.Thread | None = None
        self.assistant = Assistant(case, settings, embedder=embedder, nearest=self, chat_model=chat_model)
        self.take_lock()

    def take_lock(self) -> bool:
        """Take the writer lock where it is free, and Chroma with it; False where another process has it.

        Chroma is checked, and made whole where it must be, beside everything else: until then the search is exact.
        """
        with self._guard:
            if self.case.holds_lock:
                return True
            try:
                self._held.enter_context(self.case.locked())
            except CaseBusyError:
                return False
            self._settling = threading.Thread(target=self._settle, name="settle vectors", daemon=True)
            self._settling.start()
            return True

    def let_go(self) -> None:
        """Give the writer lock back, for an ingestion; the search is exact until it is taken again."""
        with self._guard:
            if self._settling is not None:
                self._settling.join()
                self._settling = None
            self._settled.clear()
            self._held.close()

    def _settle(self) -> None:
        try:
            self.case.vectors.settle()
            self._settled.set()
        except (
            CaseclerkError,
            sqlite3.Error,
        ):  # the cache or the disk refuses: search stays exact, `case verify` tells
            return

    @property
    def searches_exactly(self) -> bool:
        """Whether Chroma is not at hand now."""
        return not self._settled.is_set()

    def __call__(
        self, query: NDArray[np.float32], k: int, exhibit_ids: Sequence[str] | None = None
    ) -> tuple[PassageHit, ...] | None:
        """Nearest passages through Chroma; None while this process does not own it, or it is being made again."""
        if self.searches_exactly:
            return None
        try:
            return self.case.vectors.nearest_if_free(query, k, exhibit_ids, PATIENCE_S)
        except StorageError:
            self._settled.clear()
            return None

    def close(self) -> None:
        """Let go of the case."""
        self.let_go()
        self.case.close()


class Desk:
    """Opens cases for whoever is signed in. Thread-safe.

    Args:
        home: where the cases lie.
        settings: those in force when the page was started.
        actor: who started it; opens cases, while visitors act under their own names.
        make_chat_model: gives the language model that settings name, None where they name none; asked once. Whoever
            started the page closes it.
    """

    def __init__(
        self, home: Home, settings: Settings, actor: str, make_chat_model: MakeChatModel | None = None
    ) -> None:
        self.home = home
        self.settings = settings
        self.actor = actor
        self._open: dict[str, OpenCase] = {}
        self._guard = threading.RLock()
        self._embedder: Embedder | None = None
        self._renderer: Renderer | None = None
        self._make_chat_model = make_chat_model
        self._chat_model: ChatModel | None = None
        self._model_problem = ""
        self.runs = Runs()
        self.jobs = JobBoard(self)

    @property
    def embedder(self) -> "Embedder":
        """The embedding model, one for all cases."""
        with self._guard:
            if self._embedder is None:
                self._embedder = make_embedder(self.home, self.settings)
            return self._embedder

    @property
    def chat_model(self) -> ChatModel | None:
        """The language model, one for all cases; None where the built-in engine answers. Loads nothing."""
        with self._guard:
            if self._make_chat_model is not None:
                make, self._make_chat_model = self._make_chat_model, None
                try:
                    self._chat_model = make(self.home, self.settings)
                except CaseclerkError as error:  # quotes are still to be had, and the page says why there is no more
                    self._model_problem = str(error)
            return self._chat_model

    @property
    def model_problem(self) -> str:
        """Why the language model that was asked for does not answer; empty where nothing is wrong."""
        with self._guard:
            _ = self.chat_model
            return self._model_problem

    @property
    def renderer(self) -> "Renderer":
        """Draws pages and pictures, for all cases; made when the first one is asked for."""
        with self._guard:
            if self._renderer is None:
                from ingest.rendering import Renderer

                self._renderer = Renderer()
            return self._renderer

    def forget_drawings(self, place: "Path") -> None:
        """Keep no picture of an original, or of any under a folder."""
        with self._guard:
            if self._renderer is not None:
                self._renderer.forget(place)

    def open(self, case_id: str) -> OpenCase:
        """The case of that id.

        Raises:
            CaseNotFoundError: there is none.
        """
        with self._guard:
            known = self._open.get(case_id)
            if known is not None and not known.case.database.path.is_file():  # deleted by another process
                del self._open[case_id]
                known.close()
                known = None
            if known is None:
                known = OpenCase(
                    open_case(self.home, case_id, self.actor), self.settings, self.embedder, self.chat_model
                )
                known.case.conversations.interrupted()
                self._open[case_id] = known
                self.jobs.resume(known)
            return known

    def assistant(self, case_id: str, actor: str) -> Assistant:
        """The assistant over a case, acting for somebody.

        Raises:
            CaseNotFoundError: there is no such case.
        """
        return self.open(case_id).assistant.acting_as(actor)

    def delete(self, case_id: str, actor: str) -> None:
        """Delete a case with everything in it.

        Raises:
            CaseNotFoundError: there is none.
            CaseBusyError: another process has it open.
        """
        with self.jobs.stopped(case_id), self.left(case_id):
            delete_case(self.home, case_id, actor)
            self.forget_drawings(self.home.case_folder(case_id))

    @contextmanager
    def left(self, case_id: str) -> Iterator[None]:
        """The case is not open in this process while the block runs; nobody opens it meanwhile."""
        with self._guard:
            if case_id not in self.home.case_ids():
                raise CaseNotFoundError(f"There is no case {case_id!r}.")
            known = self._open.pop(case_id, None)
            if known is not None:
                known.close()
            yield

    def opened(self) -> tuple[OpenCase, ...]:
        """The cases that are open now."""
        with self._guard:
            return tuple(self._open.values())

    def close(self) -> None:
        """End what runs and let go of all cases."""
        self.runs.close()
        self.jobs.close()
        with self._guard:
            if self._renderer is not None:
                self._renderer.close()
                self._renderer = None
            for known in self._open.values():
                known.close()
            self._open.clear()
