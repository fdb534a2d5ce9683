"""The engine `ministral` beside llama.cpp's raw loop, on the same machine, in turn: `eval bench --engine ministral`.

Without `--model` the weights are random, in the shape and quantisation of the 3B file (`eval.random_model`): speed
and memory are those of the real file, what is written means nothing. Each side has a process of its own with the same
parameters. Rates are taken round by round and given as medians of the ratios, because a machine is never quiet.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from assistant.chat_models.llama.process import LlamaModel
from assistant.chat_models.port import ChatRequest, Ended, Reading, SystemMessage, ToolSpec, Usage, UserMessage
from assistant.models.records import InstalledModel
from assistant.prompting import load
from assistant.tools.registry import answering_tools
from casefile.settings import ModelSettings
from eval.bench.figures import Figure, info, judged, tell, times
from eval.bench.processes import proportional_bytes, tree

LEAST_SHARE = 0.95
"""Of the raw loop's tokens a second that the engine must reach."""
ROUNDS, ROUNDS_UNDER_LOAD = 3, 2
READ_WORDS, WRITE = 260, 48
"""Words of a prompt (some 380 tokens) and tokens of an answer."""
CONTEXT = 4096
MIB = 1024**2


@dataclass(frozen=True, slots=True)
class Taken:
    """One request: tokens and milliseconds, inside the child and on the clock outside."""

    usage: Usage
    read_wall_ms: float
    wall_ms: float

    @property
    def new_tokens(self) -> int:
        """Tokens that had to be read."""
        return self.usage.prompt_tokens - self.usage.kept_tokens


def run(path: Path | None) -> list[Figure]:
    """Measure a model file; None builds the random one."""
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch) / "model"
        place.mkdir()
        if path is None:
            from eval.random_model import build

            tell("building random weights in the shape of the 3B file (2.1 GB)")
            path = place / "random-3b.gguf"
            build(path, "3b")
        linked = place / "model.gguf"
        linked.symlink_to(path.absolute())
        model = InstalledModel("bench", "chat", linked, path.stat().st_size, "0" * 64, architecture="mistral3")
        settings = ModelSettings(context_tokens=CONTEXT)  # type: ignore[call-arg]
        return [*_first_word(model, settings), *_rates(model, settings)]


def _first_word(model: InstalledModel, settings: ModelSettings) -> list[Figure]:
    """From question to the end of reading, in a fresh process without and with the prefix on disk, then in memory."""
    waits: dict[str, Taken] = {}
    peak = 0
    for name in ("nothing kept", "prefix from disk"):
        with _loaded(model, settings) as engine:
            tell(f"first word, {name}")
            waits[name] = _ask(engine, 1)
            if name == "prefix from disk":
                waits["prefix in memory"] = _ask(engine, 2)
                peak = sum(proportional_bytes(pid) for pid in tree(os.getpid()) if pid != os.getpid())
    found = [
        info(
            f"question to first word, {name}",
            f"{taken.read_wall_ms / 1000:.2f} s ({taken.new_tokens} of {taken.usage.prompt_tokens} tokens read)",
        )
        for name, taken in waits.items()
    ]
    ratio = waits["prefix from disk"].read_wall_ms / waits["nothing kept"].read_wall_ms
    found.append(times("first word with the kept prefix / without", ratio))
    found.append(info("memory of the model's process", f"{peak / MIB:,.0f} MiB (file {model.bytes / MIB:,.0f} MiB)"))
    return found


def _rates(model: InstalledModel, settings: ModelSettings) -> list[Figure]:
    threads = settings.threads or len(os.sched_getaffinity(0))
    found: list[Figure] = []
    with _loaded(model, settings) as engine, _raw(model.path, settings, threads) as raw:
        _ask(engine, 3)
        raw.run(64, 8)
        for name, rounds in (("", ROUNDS), (", one core busy", ROUNDS_UNDER_LOAD)):
            with _busy_core(wanted=bool(name)):
                tell(f"tokens a second beside the raw loop{name}")
                found += _compared(engine, raw, rounds, name)
    return found


def _compared(engine: LlamaModel, raw: "_Raw", rounds: int, name: str) -> list[Figure]:
    shares: dict[str, list[float]] = {"reading": [], "writing": [], "both, on the clock": []}
    ours: dict[str, list[float]] = {"reading": [], "writing": []}
    for number in range(rounds):
        taken = _ask(engine, 10 + number)
        written = max(2, taken.usage.written_tokens)
        read_ms, write_ms = raw.run(taken.new_tokens, written)
        ours["reading"].append(taken.new_tokens / taken.usage.read_ms * 1000)
        ours["writing"].append(written / taken.usage.write_ms * 1000)
        shares["reading"].append(read_ms / taken.usage.read_ms)
        shares["writing"].append(write_ms / (written - 1) / (taken.usage.write_ms / written))
        shares["both, on the clock"].append((read_ms + write_ms) / taken.wall_ms)
    found = [
        info(f"{what}{name}", f"{statistics.median(rates):.1f} tokens/s (median of {rounds})")
        for what, rates in ours.items()
    ]
    for what, parts in shares.items():
        said = f"{min(parts):.3f} to {max(parts):.3f}"
        share = statistics.median(parts)
        title = f"{what}{name}: share of the raw loop"
        if name:
            found.append(times(title, share, said))
        else:
            found.append(judged(title, share, LEAST_SHARE, unit="x", at_most=False, said=said))
    return found


def _request(number: int) -> ChatRequest:
    """As the engine asks: the real system prompt and tools first, then text that differs from round to round."""
    words = (f"On day {number * 37 % 28 + 1} van {n * number % 97} stood in yard {n} [{n % 7}]." for n in range(1, 400))
    text = " ".join(" ".join(words).split()[:READ_WORDS])
    tools: tuple[ToolSpec, ...] = answering_tools().specs()
    return ChatRequest(
        (SystemMessage(load("system").text), UserMessage(f"Question {number}. {text}")),
        tools=tools,
        tool_choice="none",
        most_tokens=WRITE,
        temperature=0.0,
    )


def _ask(engine: LlamaModel, number: int) -> Taken:
    began = time.perf_counter()
    read_at = began
    for event in engine.chat(_request(number)):
        if isinstance(event, Reading) and event.done == event.total:
            read_at = time.perf_counter()
        elif isinstance(event, Ended):
            return Taken(event.usage, (read_at - began) * 1000, (time.perf_counter() - began) * 1000)
    raise RuntimeError("the model said nothing to the end")


@contextmanager
def _loaded(model: InstalledModel, settings: ModelSettings) -> Iterator[LlamaModel]:
    engine = LlamaModel(model, settings)
    try:
        engine.count_tokens(["loaded"])
        yield engine
    finally:
        engine.close()


class _Raw:
    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._hear()

    def run(self, read: int, write: int) -> tuple[float, float]:
        """Milliseconds of reading and of writing."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{read} {write}\n")
        self._process.stdin.flush()
        said = self._hear()
        return said["read_ms"], said["write_ms"]

    def _hear(self) -> dict[str, float]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the raw loop ended")
        said: dict[str, float] = json.loads(line)
        return said


@contextmanager
def _raw(path: Path, settings: ModelSettings, threads: int) -> Iterator[_Raw]:
    command = [sys.executable, "-m", "eval.bench.raw_llama", str(path)]
    command += [str(number) for number in (CONTEXT, settings.batch_tokens, threads)]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        yield _Raw(process)
    finally:
        process.kill()
        process.communicate()


@contextmanager
def _busy_core(*, wanted: bool) -> Iterator[None]:
    """Another process that keeps one core at work."""
    if not wanted:
        yield
        return
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        process.kill()
        process.wait()
