"""Who waits for the model: requests in the order in which they came, and what each of them hears."""

import itertools
import queue
import threading
import time
from collections import deque
from collections.abc import Callable

from assistant.chat_models.port import ChatEvent, Ended, Usage, Waiting
from casefile.errors import ModelCrashedError, ModelError, ModelUnavailableError

NO_USAGE = Usage(0, 0, 0, 0.0, 0.0)
MOST_UNHEARD = 200_000
"""Events of one request that nobody has taken yet; more than any answer has."""

Heard = ChatEvent | tuple[int, ...] | ModelError
"""What a request hears: events, or the counts that it asked for, or why there are none."""


class Turn:
    """One request, from the moment it joins the line.

    Attributes:
        id: number, unlike that of any other.
        message: the line for the child.
        counts: whether it only asks for token counts, which does not wait in line.
        stopped_at: monotonic time at which somebody wanted it to end; None while nobody does.
    """

    def __init__(self, number: int, message: Callable[[int], bytes], *, counts: bool) -> None:
        self.id = number
        self.message = message(number)
        self.counts = counts
        self.stopped_at: float | None = None
        self.place = 0
        self._heard: queue.SimpleQueue[Heard] = queue.SimpleQueue()

    def tell(self, heard: Heard) -> None:
        """Say something to whoever made the request; never waits."""
        self._heard.put(heard)

    def hear(self, seconds: float | None) -> Heard | None:
        """The next thing said to it; None where there is none in that time."""
        try:
            return self._heard.get(timeout=seconds)
        except queue.Empty:
            return None

    @property
    def unheard(self) -> int:
        """How much waits to be heard."""
        return self._heard.qsize()


class Line:
    """All requests of a model. Safe to be used from several threads.

    Args:
        changed: called, outside of every lock, after something changed that the model's keeper must know.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._waiting: deque[Turn] = deque()
        self._fresh_counts: deque[Turn] = deque()
        self._asked_counts: dict[int, Turn] = {}
        self._running: Turn | None = None
        self._closed: ModelUnavailableError | None = None

    @property
    def running(self) -> Turn | None:
        """The request that the model works at."""
        return self._running

    @property
    def closed(self) -> bool:
        """Whether nobody is let in any more."""
        return self._closed is not None

    @property
    def wants_the_model(self) -> bool:
        """Whether anybody waits or is served."""
        with self._lock:
            return bool(self._waiting or self._fresh_counts or self._asked_counts or self._running)

    @property
    def is_served(self) -> bool:
        """Whether the child owes something."""
        with self._lock:
            return self._running is not None or bool(self._asked_counts)

    def join(self, message: Callable[[int], bytes], *, counts: bool = False) -> Turn:
        """Stand in line; token counts are served beside it.

        Raises:
            ModelUnavailableError: the model was closed.
        """
        turn = Turn(next(self._numbers), message, counts=counts)
        with self._lock:
            if self._closed is not None:
                raise ModelUnavailableError(*self._closed.args)
            if counts:
                self._fresh_counts.append(turn)
            else:
                self._waiting.append(turn)
                if self._running is not None or len(self._waiting) > 1:
                    self._tell_places()
        self._changed()
        return turn

    def leave(self, turn: Turn) -> None:
        """End a request, wherever it is. May be called again, and after its end."""
        with self._lock:
            if turn.stopped_at is not None:
                return
            turn.stopped_at = time.monotonic()
            if turn in self._waiting:
                self._waiting.remove(turn)
                self._tell_places()
                turn.tell(Ended("stopped", NO_USAGE))
            elif turn in self._fresh_counts:
                self._fresh_counts.remove(turn)
        self._changed()

    # ---- for the keeper ---------------------------------------------------------------------------------------------

    def take_counts(self) -> tuple[Turn, ...]:
        """Counts that the child was not asked for yet; it is now."""
        with self._lock:
            taken = tuple(self._fresh_counts)
            self._fresh_counts.clear()
            self._asked_counts.update((turn.id, turn) for turn in taken)
        return taken

    def take_next(self) -> Turn | None:
        """The next request, where none is running; it is now."""
        with self._lock:
            if self._running is not None or not self._waiting:
                return None
            self._running = self._waiting.popleft()
            self._tell_places()
            return self._running

    def tell(self, number: int, heard: Heard, *, last: bool) -> Turn | None:
        """Say something to the request of that number; None where the child should not speak of it, or not this."""
        with self._lock:
            turn = self._running
            if turn is None or turn.id != number:
                turn = self._asked_counts.get(number)
            if turn is None or turn.unheard > MOST_UNHEARD:
                return None
            if not isinstance(heard, ModelError) and isinstance(heard, tuple) != turn.counts:
                return None
            if last and turn.counts:
                del self._asked_counts[number]
            elif last:
                self._running = None
        turn.tell(heard)
        return turn

    def lose_the_served(self, error: ModelCrashedError) -> None:
        """The child is gone: whoever was being served hears of it, whoever waits goes on waiting."""
        with self._lock:
            lost = [*([self._running] if self._running else []), *self._asked_counts.values()]
            self._running = None
            self._asked_counts.clear()
        for turn in lost:
            turn.tell(ModelCrashedError(*error.args))

    def refuse_all(self, error: ModelUnavailableError) -> None:
        """There is no model to be had: everybody hears why."""
        with self._lock:
            refused = [*self._waiting, *self._fresh_counts, *self._asked_counts.values()]
            refused += [self._running] if self._running else []
            self._waiting.clear()
            self._fresh_counts.clear()
            self._asked_counts.clear()
            self._running = None
        for turn in refused:
            turn.tell(ModelUnavailableError(*error.args))

    def close(self, error: ModelUnavailableError) -> None:
        """Let nobody in any more."""
        with self._lock:
            self._closed = error
        self._changed()

    def _tell_places(self) -> None:
        for place, turn in enumerate(self._waiting, start=1):
            if turn.place != place:
                turn.place = place
                turn.tell(Waiting(place))
