"""Running a program and watching it: time on the clock, and memory of the whole process tree. Linux."""

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SAMPLED_EVERY_SECONDS = 0.1
KIB = 1024


@dataclass(frozen=True, slots=True)
class Watched:
    """What a program did. `peak_bytes`: the highest sum of proportional set sizes (proc(5)) over its process tree."""

    code: int
    out: str
    err: str
    seconds: float
    peak_bytes: int


def watch(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Watched:
    """Run a program to its end."""
    begin = time.perf_counter()
    process = subprocess.Popen(
        command,
        env=None if environment is None else dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    meter = _Meter(process.pid)
    meter.start()
    out, err = process.communicate()
    seconds = time.perf_counter() - begin
    meter.ended.set()
    meter.join()
    return Watched(process.returncode, out, err, seconds, meter.peak)


class _Meter(threading.Thread):
    """Sums the memory of a process tree again and again."""

    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self.ended = threading.Event()
        self.peak = 0
        self._root = root

    def run(self) -> None:
        while not self.ended.wait(SAMPLED_EVERY_SECONDS):
            self.peak = max(self.peak, sum(proportional_bytes(pid) for pid in tree(self._root)))


def tree(root: int) -> list[int]:
    """A process and all its living descendants."""
    children: dict[int, list[int]] = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                fields = (
                    Path(entry.path, "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
                )
            except OSError:
                continue  # it has ended
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, waiting = [], [root]
    while waiting:
        process = waiting.pop()
        found.append(process)
        waiting += children.get(process, [])
    return found


def proportional_bytes(pid: int) -> int:
    """Proportional set size: shared pages are counted by the share of their users. 0 where it cannot be read."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * KIB
    except OSError:
        return 0
    return 0
