"""How an answer was made, as it is shown: what wrote it, what it was given, which tools it called; and how far it is.

What was kept is read as untrusted data, like the rest of a turn. Nothing here makes markup.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from assistant.kept_json import list_in, mapping_in, objects_in, text_in
from assistant.records import EngineKind, Progress, Step

StepState = Literal["done", "refused", "failed", "asks"]
_STATES: tuple[StepState, ...] = get_args(StepState)
_KINDS: tuple[EngineKind, ...] = get_args(EngineKind)
_LONGEST_VALUE = 2000
"""Characters of an argument that are shown; what a person says yes to is shown whole."""


@dataclass(frozen=True, slots=True)
class StepView:
    """A tool call. `index` is its place among the calls of its turn; `arguments` are names and values as JSON.

    `decided_by` is who said yes or no to a call that asked first; `files` are what it wrote into the case's exports.
    """

    index: int
    tool: str
    arguments: tuple[tuple[str, str], ...]
    state: StepState
    says: str
    decided_by: str = ""
    files: tuple[str, ...] = ()

    @property
    def asked(self) -> bool:
        """Whether it waits for a person's word, or has had it."""
        return self.state == "asks" or bool(self.decided_by)


@dataclass(frozen=True, slots=True)
class MadeView:
    """What wrote an answer, and from what. Empty texts and None are not known; `passages` are ids, in order."""

    kind: EngineKind
    model: str
    sha256: str
    prompt_sha256: str
    seed: int | None
    temperature: float | None
    passages: tuple[int, ...]
    timings: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class WorkView:
    """How far an answer is. `place` is that in line, `percent` that of the prompt read, `tool` the one at work."""

    stage: Literal["waiting", "reading", "writing", "tool"]
    place: int = 0
    percent: int | None = None
    tool: str = ""


def made_of(document: Mapping[str, Any]) -> MadeView | None:
    """What a kept answer says of its making; None where it says nothing that is known."""
    engine = mapping_in(document, "engine")
    kind = next((one for one in _KINDS if one == engine.get("kind")), None)
    if kind is None:
        return None
    seed, temperature = engine.get("seed"), engine.get("temperature")
    timings = mapping_in(document, "timings_ms")
    return MadeView(
        kind,
        text_in(engine, "model"),
        text_in(engine, "sha256"),
        text_in(engine, "prompt_sha256"),
        seed if isinstance(seed, int) else None,
        float(temperature) if isinstance(temperature, int | float) else None,
        tuple(one for one in list_in(document, "passages") if isinstance(one, int)),
        tuple((str(name), value / 1000) for name, value in timings.items() if isinstance(value, int | float)),
    )


def steps_of(document: Mapping[str, Any]) -> tuple[StepView, ...]:
    """The tool calls of a kept answer, in order."""
    found = []
    for index, kept in enumerate(objects_in(document, "steps")):
        state = next((one for one in _STATES if one == kept.get("state")), None)
        if state is not None:
            by = text_in(kept, "decided_by")
            shown = _arguments(mapping_in(kept, "arguments"), whole=state == "asks" or bool(by))
            files = tuple(name for name in list_in(kept, "files") if isinstance(name, str))
            found.append(StepView(index, text_in(kept, "tool"), shown, state, text_in(kept, "says"), by, files))
    return tuple(found)


def running_steps(steps: Sequence[Step]) -> tuple[StepView, ...]:
    """The tool calls of an answer that is on its way."""
    return tuple(
        StepView(index, step.tool, _arguments(step.arguments, whole=step.state == "asks"), step.state, step.says)
        for index, step in enumerate(steps)
    )


def work_of(progress: Progress | None) -> WorkView | None:
    """How far an answer is, as the engine says."""
    if progress is None:
        return None
    if progress.stage == "waiting":
        return WorkView("waiting", place=max(1, progress.done))
    if progress.stage == "reading" and progress.total > 0:
        return WorkView("reading", percent=min(100, max(0, 100 * progress.done // progress.total)))
    return WorkView(progress.stage, tool=progress.says if progress.stage == "tool" else "")


def _arguments(arguments: Mapping[str, object], *, whole: bool) -> tuple[tuple[str, str], ...]:
    return tuple((str(name), _value(value, whole=whole)) for name, value in arguments.items() if value is not None)


def _value(value: object, *, whole: bool) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if whole or len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]} …"
