"""A gate before everything that the built-in engine says, so that a test can look at an answer half written.

The engine answers within a fraction of a second, too fast to be stopped, reloaded or killed by hand. `HeldClerk` runs
the same `caseclerk` with a gate in front of each event of the engine. An open gate changes nothing; a shut one lets
through what the test lets through. Nothing waits by the clock: the engine reads a named pipe.

Of one question the engine is made to lie: its first sentence gets an amount that stands nowhere. The built-in engine
only quotes, so that the real verifier would have nothing to strike. Another question is answered as a language model
does: it waits in line, reads, looks something up, writes prose, cites, invents, is repaired, and proposes to write a file.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from assistant.records import (
    Delta,
    EngineEvent,
    EngineInfo,
    EngineRequest,
    Outcome,
    Progress,
    ProposedClaim,
    ProposedQuote,
    Step,
)
from casefile.errors import ModelCrashedError
from tests.end_to_end.command_line import Clerk

LIED_ABOUT = "Where was the prepaid card without any identity check bought?"
LIE = "It cost 7,777 euros."
MODELLED = "What did the colleague of Wesselink hand over?"
INVENTED = "The padlock was opened on the moon."
REPAIRED = "Wesselink kept all of it for himself."
MODEL_DIES = "Which model dies of this question?"
DEATH = "The language model's process died. Ask again: a new one is started."
EXPORTED = "Mühlenfeld"
VARIABLE = "ENGINE_GATE_OF_A_TEST"
_ONE, _OPENED = b"1", b"o"
_WAITING_AT_MOST = 64
"""Threads that can wait at the gate at once; more than the page answers side by side."""


@dataclass(frozen=True, slots=True)
class HeldClerk(Clerk):
    """`caseclerk` with a gate before what the engine says."""

    def command(self, *arguments: str | Path) -> list[str]:
        return [sys.executable, "-m", "tests.end_to_end.engine_gate", "--home", str(self.home), *map(str, arguments)]


class Gate:
    """The test's side of the gate. It is open to begin with, and opened at the end."""

    def __init__(self, folder: Path) -> None:
        self._shut, self._pipe = _places(folder)
        os.mkfifo(self._pipe)
        self._writing = os.open(self._pipe, os.O_RDWR | os.O_NONBLOCK)  # both ends: nobody meets a broken pipe

    def variables(self) -> Mapping[str, str]:
        """For the environment of the server."""
        return {VARIABLE: str(self._shut.parent)}

    def shut(self) -> None:
        """From now on nothing passes."""
        self._drain()
        self._shut.touch()

    def let(self, events: int) -> None:
        """Let so many events pass."""
        os.write(self._writing, _ONE * events)

    def open(self) -> None:
        """From now on everything passes."""
        self._shut.unlink(missing_ok=True)
        os.write(self._writing, _OPENED * _WAITING_AT_MOST)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.open()

    def close(self) -> None:
        """At the very end: the server may go."""
        self.open()
        os.close(self._writing)

    def _drain(self) -> None:
        while True:
            try:
                os.read(self._writing, 4096)
            except BlockingIOError:
                return


def _places(folder: Path) -> tuple[Path, Path]:
    return folder / "shut", folder / "pipe"


def pass_gate(folder: Path) -> None:
    """The engine's side: returns when the next event may pass."""
    shut, pipe = _places(folder)
    while shut.exists():
        with pipe.open("rb", buffering=0) as reading:
            if reading.read(1) in {_ONE, b""}:
                return


def modelled(request: EngineRequest) -> Iterator[EngineEvent]:
    """What a language model makes an engine say, in every state that the page can show."""
    yield Progress("waiting", 2)
    yield Progress("reading", 64, 160)
    yield Progress("tool", 0, 0, "search")
    yield Step("search", {"question": "padlock Mühlenfeld", "passages": 3}, "done", "3 passages were found.")
    yield Progress("reading", 160, 160)
    yield Delta("The model writes that ")
    yield Delta("something was handed over [1]. ")
    first, second = (found.passage for found in request.evidence[:2])
    for passage, instead in ((first, ""), (second, REPAIRED)):
        text = passage.text.strip()[:80]
        start = passage.locator.start + passage.text.index(text)
        quote = ProposedQuote(passage.exhibit_id, passage.text_sha256, start, start + len(text), text)
        yield ProposedClaim(f"“{text}”", (quote,), instead_of=instead)
    yield ProposedClaim(INVENTED, ())
    yield Step("export_mentions", {"name": EXPORTED}, "asks", "A person has to say yes first; nothing was done.")
    by = EngineInfo("ministral", "ministral-3-3b Q4_K_M", "9ed150d4" * 8, "0a1b2c3d" * 8, 1, 0.0)
    yield Outcome("answered", passages=(first.id, second.id), written_by=by)


def dying(request: EngineRequest) -> Iterator[EngineEvent]:
    """A model whose process dies while it reads."""
    yield Progress("reading", 32, 160)
    raise ModelCrashedError(DEATH)


def main() -> None:
    """`caseclerk`, held."""
    from assistant.cli.root import run
    from assistant.engines.extractive import ExtractiveEngine

    folder = Path(os.environ[VARIABLE])
    answer = ExtractiveEngine.answer
    scripted = {MODELLED: modelled, MODEL_DIES: dying}

    def held(self: ExtractiveEngine, request: EngineRequest) -> Iterator[EngineEvent]:
        lies = request.question == LIED_ABOUT
        script = scripted.get(request.question)
        for event in script(request) if script is not None else answer(self, request):
            pass_gate(folder)
            if lies and isinstance(event, ProposedClaim):
                lies = False
                yield replace(event, text=f"{event.text} {LIE}")
                continue
            yield event

    ExtractiveEngine.answer = held  # type: ignore[method-assign]
    run()


if __name__ == "__main__":
    main()
