"""A child with the real driver and a model that writes what a test wants: the n-th request the n-th turn.

The turns lie as JSON in `turns.json` beside the model: a text, or a list of [name, arguments] for calls. A process that
follows another goes on where that one stopped: how many turns are done stands in `turns.done`.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.chat_models.llama.child import load_driver, serve
from assistant.chat_models.llama.protocol import LoadOrder
from assistant.chat_models.llama.vocabulary import Vocabulary
from assistant.chat_models.port import ChatEvent, ChatRequest, Ended, Stopped

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TURNS, DONE, PROMPT = "turns.json", "turns.done", "prompt.json"


class Forcing:
    """Chooses the tokens of the turn that is on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._tokens: list[int] = []
        self.vocabulary: Vocabulary | None = None

    def begin(self) -> None:
        counter = self._folder / DONE
        done = int(counter.read_text()) if counter.exists() else 0
        counter.write_text(str(done + 1))
        assert self.vocabulary is not None
        self._tokens = tokens_of(self.vocabulary, json.loads((self._folder / TURNS).read_text())[done])

    def __call__(self, logits: "NDArray[np.float32]", written: int) -> int:
        return self._tokens[written]


def tokens_of(vocabulary: Vocabulary, turn: str | Sequence[Sequence[str]]) -> list[int]:
    """What a model would write, up to its end."""
    control = vocabulary.control
    if isinstance(turn, str):
        return [*vocabulary.encode(turn), control.end]
    tokens = []
    for name, arguments in turn:
        tokens += [control.call, *vocabulary.encode(name), control.arguments, *vocabulary.encode(arguments)]
    return [*tokens, control.end]


class ForcedEngine:
    """The driver, with a turn taken up as each request begins."""

    def __init__(self, order: LoadOrder) -> None:
        self._folder = Path(order.model_path).parent
        self._forcing = Forcing(self._folder)
        self._driver = load_driver(order, self._forcing)
        self._forcing.vocabulary = self._driver.vocabulary
        self.count_tokens, self.measure = self._driver.count_tokens, self._driver.measure

    def chat(self, request: ChatRequest, stopped: Stopped) -> Iterator[ChatEvent]:
        self._forcing.begin()
        for event in self._driver.chat(request, stopped):
            if isinstance(event, Ended):
                in_memory = self._driver._read
                (self._folder / PROMPT).write_text(json.dumps(in_memory[: event.usage.prompt_tokens]))
            yield event


if __name__ == "__main__":
    serve(ForcedEngine)
