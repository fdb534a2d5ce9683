"""How much context fits in the memory of this machine, and whether the model does at all.

Needed are the weights (read into memory, not mapped), the keys and values of each token of context in half precision,
and room for llama.cpp's own work. There is what the kernel could give without swapping (MemAvailable, proc(5)), or less
where the process is in a control group with a limit (cgroups(7), version 1 and 2).
"""

import os
from dataclasses import dataclass
from pathlib import Path

from assistant.models.gguf_header import NotGgufError, read_gguf_header
from casefile.errors import ModelUnavailableError
from casefile.settings import ModelSettings

MOST_CONTEXT_TOKENS = 8192
"""Taken without being asked for; more costs memory and nobody waits for a prompt that long."""
LEAST_CONTEXT_TOKENS = 2048
CONTEXT_STEP = 1024
"""So that a little more or less free memory gives the same context, and with it the same answers."""
WORKING_BYTES = 512 * 1024 * 1024
"""Scores of a batch over the whole vocabulary, intermediate results, Python and its libraries."""
_GIBIBYTE = 1024**3
_OTHERWISE = (
    "Close other programs, take a smaller model (`caseclerk models list`), or let the built-in engine answer: "
    '`answering.engine = "extractive"` in the settings.'
)


@dataclass(frozen=True, slots=True)
class Sizing:
    """What a model gets.

    Attributes:
        context_tokens: prompt and answer together.
        threads: of the processor.
        needed_bytes: memory that it will take, from above.
        available_bytes: memory that was there to be had.
    """

    context_tokens: int
    threads: int
    needed_bytes: int
    available_bytes: int


def size_model(
    path: Path, settings: ModelSettings, projector: Path | None = None, available: int | None = None
) -> Sizing:
    """Find the context that fits.

    Args:
        path: the GGUF file.
        settings: those of the model.
        projector: the GGUF file of its projector.
        available: bytes of memory; None looks at this machine.

    Raises:
        ModelUnavailableError: a file is missing or no GGUF, or there is too little memory.
    """
    try:
        header = read_gguf_header(path)
        weights = path.stat().st_size + (projector.stat().st_size if projector else 0)
    except (NotGgufError, OSError) as error:
        raise ModelUnavailableError(
            f"The model file {path} cannot be used: {error} `caseclerk models verify` checks all files; "
            "`caseclerk models pull` or `add` brings a whole one."
        ) from error
    if available is None:
        available = available_memory()
    layers = header.number("block_count")
    on_card = layers if settings.gpu_layers < 0 else min(settings.gpu_layers, layers)
    share_here = 1 - on_card / layers if layers else 1.0
    fixed = int(weights * share_here) + WORKING_BYTES
    per_token = int(header.kv_bytes_per_token * share_here)
    longest = header.number("context_length") or MOST_CONTEXT_TOKENS
    wanted = min(settings.context_tokens or MOST_CONTEXT_TOKENS, longest)
    context = wanted if settings.context_tokens else fitting_context(wanted, available - fixed, per_token)
    needed = fixed + context * per_token
    if needed > available:
        raise ModelUnavailableError(
            f"The model {path.name} needs {needed / _GIBIBYTE:.1f} GiB of memory with a context of {context} tokens, "
            f"and {available / _GIBIBYTE:.1f} GiB are free. {_OTHERWISE}"
        )
    return Sizing(context, settings.threads or len(os.sched_getaffinity(0)), needed, available)


def fitting_context(wanted: int, free: int, per_token: int) -> int:
    """The largest context that fits, the smallest allowed where none does."""
    if free >= wanted * per_token:
        return wanted
    fits = max(free, 0) // max(per_token, 1) // CONTEXT_STEP * CONTEXT_STEP
    return min(wanted, max(fits, LEAST_CONTEXT_TOKENS))


def available_memory(root: Path = Path("/")) -> int:
    """Bytes that this process can still get: the least of what the machine and its control groups allow.

    Args:
        root: where `proc` and `sys` lie.
    """
    return min([_machine(root), *_control_groups(root)])


def _machine(root: Path) -> int:
    for line in (root / "proc/meminfo").read_text(encoding="ascii").splitlines():
        name, _, value = line.partition(":")
        if name == "MemAvailable":
            return int(value.split()[0]) * 1024
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _control_groups(root: Path) -> list[int]:
    """What each group that this process is in, and each group around it, still allows."""
    left = []
    try:
        lines = (root / "proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    for line in lines:
        _, controllers, group = line.split(":", 2)
        if controllers == "memory":
            base, names = root / "sys/fs/cgroup/memory", ("memory.limit_in_bytes", "memory.usage_in_bytes")
        elif controllers == "":
            base, names = root / "sys/fs/cgroup", ("memory.max", "memory.current")
        else:
            continue
        folder = base / group.lstrip("/")
        while True:
            left += _left_in(folder, *names)
            if folder == base:
                break
            folder = folder.parent
    return left


def _left_in(folder: Path, limit_name: str, used_name: str) -> list[int]:
    try:
        limit = int((folder / limit_name).read_text(encoding="ascii"))
        used = int((folder / used_name).read_text(encoding="ascii"))
        reclaimable = 0
        for line in (folder / "memory.stat").read_text(encoding="ascii").splitlines():
            name, _, value = line.partition(" ")
            if name in {"inactive_file", "total_inactive_file"}:
                reclaimable = max(reclaimable, int(value))
    except (OSError, ValueError):  # no such group here, or `max`: no limit
        return []
    return [max(0, limit - used + reclaimable)]
