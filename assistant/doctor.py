"""`doctor`: what this machine has, what is missing, and which engine will answer."""

import importlib.util
import json
import os
import platform
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from casefile.errors import CaseclerkError
from casefile.home import Home
from casefile.settings import Settings

GIB = 1024**3
NEEDED_DISK_GIB = 2
NEEDED_MEMORY_GIB = 4
OLDEST_SQLITE = (3, 37, 0)
"""STRICT tables (sqlite.org/stricttables.html)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report: `ok`, `warning` (works, but worth knowing) or `trouble` (something will fail)."""

    what: str
    state: Literal["ok", "warning", "trouble"]
    says: str


def examine(home: Home, settings: Settings) -> tuple[Finding, ...]:
    """Look at the machine; loads the embedding model and starts a reading process to see both work."""
    checks: tuple[Callable[[Home, Settings], Finding], ...] = (
        _python,
        _sqlite,
        _disk,
        _memory,
        _reading,
        _embedding,
        _llama,
        _models,
        _chat_model,
        _engine,
    )
    return tuple(check(home, settings) for check in checks)


def _python(_home: Home, _settings: Settings) -> Finding:
    version = platform.python_version()
    fits = (3, 11) <= sys.version_info[:2] <= (3, 13)
    return Finding("Python", "ok" if fits else "trouble", f"{version}{'' if fits else '; 3.11 to 3.13 is needed'}")


def _sqlite(_home: Home, _settings: Settings) -> Finding:
    fits = sqlite3.sqlite_version_info >= OLDEST_SQLITE
    return Finding("SQLite", "ok" if fits else "trouble", sqlite3.sqlite_version)


def _disk(home: Home, _settings: Settings) -> Finding:
    try:
        home.prepare()
        free = shutil.disk_usage(home.root).free / GIB
    except (CaseclerkError, OSError) as error:
        return Finding("Home", "trouble", str(error))
    enough = free >= NEEDED_DISK_GIB
    says = f"{home.root}, {free:.1f} GiB free"
    return Finding("Home", "ok" if enough else "warning", says if enough else f"{says}; free some space")


def _memory(_home: Home, _settings: Settings) -> Finding:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB
    enough = total >= NEEDED_MEMORY_GIB * 0.9
    return Finding("Memory", "ok" if enough else "warning", f"{total:.1f} GiB, {os.cpu_count()} processor cores")


def _reading(_home: Home, settings: Settings) -> Finding:
    from ingest.isolation import ReadingPool
    from ingest.pipeline import process_limits

    try:
        with ReadingPool(1, process_limits(settings.reading)) as pool:
            warnings = pool.confinement.warnings()
    except CaseclerkError as error:
        return Finding("Reading hostile files", "trouble", str(error))
    if warnings:
        return Finding("Reading hostile files", "warning", " ".join(warnings))
    return Finding("Reading hostile files", "ok", "in a process without network, other files or other processes")


def _embedding(home: Home, settings: Settings) -> Finding:
    from assistant.embedding import make_embedder

    try:
        embedder = make_embedder(home, settings)
        clock = time.perf_counter()
        embedder.embed_queries(["Who called whom?"])
    except CaseclerkError as error:
        return Finding("Embedding model", "trouble", str(error))
    identity = embedder.identity
    took = (time.perf_counter() - clock) * 1000
    return Finding("Embedding model", "ok", f"{identity.name}, {identity.runtime}, a question in {took:.0f} ms")


def _llama(_home: Home, _settings: Settings) -> Finding:
    if importlib.util.find_spec("llama_cpp") is not None:
        return Finding("llama.cpp", "ok", "installed")
    try:
        record = json.loads((Path(sys.prefix) / "llama-cpp-python.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Finding(
            "llama.cpp", "warning", "not installed; `make run` compiles it, only the Ministral engine needs it"
        )
    if record.get("state") == "building" and _is_running(int(record.get("pid", 0))):
        return Finding("llama.cpp", "warning", "is being compiled in the background, some minutes more")
    if record.get("state") == "building":
        return Finding("llama.cpp", "warning", "its compilation was interrupted; `make run` starts it again")
    return Finding("llama.cpp", "warning", f"not available: {record.get('reason')}. The built-in engine answers")


def _is_running(process: int) -> bool:
    return process > 0 and Path(f"/proc/{process}").exists()


def _models(home: Home, _settings: Settings) -> Finding:
    from assistant.models.store import ModelStore

    store = ModelStore(home.models)
    try:
        chosen = [store.in_use(role) for role in store.choices()]
    except CaseclerkError as error:
        return Finding("Models", "trouble", str(error))
    broken = store.broken()
    if broken:
        return Finding("Models", "warning", " ".join(one.reason for one in broken))
    here = len(store.installed())
    used = ", ".join(f"{model.id} for {model.role}" for model in chosen if model)
    return Finding("Models", "ok", f"{here} added, in use: {used or 'none, what is built in'}; in {store.folder}")


def _chat_model(home: Home, settings: Settings) -> Finding:
    """The chat model in use: quantisation, threads, memory needed and there, measured speed."""
    from assistant.models.readiness import kept_speed, memory_of
    from assistant.models.store import ModelStore

    store = ModelStore(home.models)
    try:
        model = store.in_use("chat")
        memory = memory_of(store, model, settings.model) if model else None
    except CaseclerkError as error:
        return Finding("Language model", "trouble", str(error))
    if model is None or memory is None:
        return Finding("Language model", "ok", "none in use; `caseclerk models list` shows which can be had")
    speed = kept_speed(store.folder_of(model.id))
    measured = (
        f"reads {speed.read:.1f} and writes {speed.write:.1f} tokens/s with {speed.threads} threads"
        if speed
        else "its speed is measured at the first question"
    )
    says = (
        f"{model.id}, {model.quantisation or model.architecture}, {settings.model.threads or usable_cores()} threads, "
        f"{memory.needed / GIB:.1f} GiB needed with a context of {memory.context_tokens} tokens, "
        f"{memory.free / GIB:.1f} GiB free; {measured}"
    )
    if memory.enough:
        return Finding("Language model", "ok", says)
    less = "close programs, take a smaller model, or set a smaller `model.context_tokens`"
    return Finding("Language model", "warning", f"{says}. That is not enough: {less}")


def usable_cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _engine(home: Home, settings: Settings) -> Finding:
    from assistant.models.readiness import engine_choice
    from assistant.models.store import ModelStore

    choice = engine_choice(ModelStore(home.models), settings)
    return Finding(
        "Answers come from", "ok" if choice.sound else "trouble", f"the engine `{choice.kind}` ({choice.why})"
    )
