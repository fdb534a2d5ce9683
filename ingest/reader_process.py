"""The program that reads hostile files: `python -m ingest.reader_process`, started by `ingest.isolation` only.

It waits on a socket, single-threaded, with the readers' libraries loaded once, and forks a confined child for each
file. The waiting process never looks at a file's bytes; the child that does holds no socket and no privilege, sees
no other process, and ends with its file. So nothing that a file does can reach the file after it.

What the child made goes into the result file that the parent opened: one line of JSON (`Header`), then either
`READING` and an encoded reading or `FAILURE` and JSON. The socket carries only what the waiting process says.
"""

import argparse
import gc
import importlib
import json
import os
import select
import signal
import socket
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO, Literal

from casefile.errors import ReaderProcessError
from ingest import confinement as walls
from ingest.confinement import Confinement, ProcessLimits
from ingest.reader_child import EXIT_COLD, EXIT_DONE, ReaderRegistry, become_reader, detect_and_read, run_child
from ingest.reading import ReadLimits
from ingest.reading_protocol import KEPT_OUTPUT_BYTES, LONGEST_HEADER, LONGEST_REQUEST, MEDIA_TYPE, Outcome, Request
from ingest.system_call_filter import can_filter

_SCRATCH_LOOKED_AT_EVERY_SECONDS = 0.5


class _Server:
    """The waiting process."""

    def __init__(
        self,
        control: socket.socket,
        detect: Callable[[BinaryIO, str], str],
        registry: ReaderRegistry,
        confinement: Confinement,
        readable: tuple[Path, ...],
    ) -> None:
        self._control = control
        self._detect = detect
        self._registry = registry
        self._confinement = confinement
        self._readable = readable
        self._warm: set[str] = set()
        self._own_user_namespace = confinement.network_isolated and os.geteuid() != 0

    def serve(self) -> None:
        """Answer requests until the parent closes its end."""
        self._try_walls()
        self._say({"state": "ready", "confinement": asdict(self._confinement)})
        while True:
            data, descriptors, _, _ = socket.recv_fds(self._control, LONGEST_REQUEST, 2)
            if not data:
                return
            source, result = descriptors
            try:
                outcome = self._read(Request.from_json(data), source, result)
            finally:
                os.close(source)
                os.close(result)
            self._say({"state": "ended", **asdict(outcome)})

    def _try_walls(self) -> None:
        """Confine a child that does nothing: a wall that cannot be put up is our trouble, not some file's."""
        with tempfile.TemporaryDirectory() as scratch, tempfile.TemporaryFile() as empty:
            request = Request("", scratch, ProcessLimits(), ReadLimits())
            child = os.fork()
            if child == 0:
                become_reader(empty.fileno(), empty.fileno(), 2)
                run_child(lambda: self._confine(request), lambda: EXIT_DONE)
            _, status = os.waitpid(child, 0)
        if status != 0:
            raise ReaderProcessError("the walls that this system offers cannot be put up")

    def _say(self, message: dict[str, Any]) -> None:
        self._control.send(json.dumps(message).encode("ascii"))

    def _read(self, request: Request, source: int, result: int) -> Outcome:
        outcome = self._read_once(request, source, result)
        if outcome.ending == "exit" and outcome.code == EXIT_COLD:
            media_type = _media_type_in(result)
            if media_type and media_type not in self._warm:
                complaint = self._warm_up(media_type)
                if complaint:
                    return Outcome("unloadable", 0, 0.0, complaint)
                os.ftruncate(result, 0)
                os.lseek(result, 0, os.SEEK_SET)
                outcome = self._read_once(request, source, result)
        return outcome

    def _warm_up(self, media_type: str) -> str:
        """Load the reader here, so that each file after this one finds it loaded; returns what went wrong."""
        self._say({"state": "warming"})
        try:
            reader = self._registry.reader_for(media_type)
            warm = getattr(reader, "warm", None)
            if warm is not None:
                warm()
        except Exception as error:  # noqa: BLE001 (a boundary: one reader that cannot be loaded is told, the rest work)
            return f"{type(error).__name__}: {error}"[:KEPT_OUTPUT_BYTES]
        self._warm.add(media_type)
        gc.collect()
        gc.freeze()  # keeps the child's collector from touching, and so copying, every page
        return ""

    def _read_once(self, request: Request, source: int, result: int) -> Outcome:
        output, output_end = os.pipe()
        child = os.fork()
        if child == 0:
            become_reader(source, result, output_end)
            run_child(lambda: self._confine(request), lambda: self._read_in_child(request))
        os.close(output_end)
        self._say({"state": "started", "process": child})
        try:
            bound_broken, text = self._watch(child, output, request)
            status, usage = _end(child)
        finally:
            os.close(output)
            self._sweep()
        cpu_seconds = usage.ru_utime + usage.ru_stime
        if bound_broken is not None:
            return Outcome(bound_broken, 0, cpu_seconds, text)
        code = os.waitstatus_to_exitcode(status)
        return Outcome("signal" if code < 0 else "exit", abs(code), cpu_seconds, text)

    def _watch(self, child: int, output: int, request: Request) -> tuple[Literal["timeout", "scratch"] | None, str]:
        """Wait for the child's end, or for the first bound that it breaks. Drains what it prints."""
        kept = bytearray()
        deadline = time.monotonic() + request.limits.wall_seconds
        handle = os.pidfd_open(child)
        poller = select.poll()
        for descriptor in (handle, output, self._control.fileno()):
            poller.register(descriptor, select.POLLIN)
        broken: Literal["timeout", "scratch"] | None = None
        look_at_scratch = time.monotonic() + _SCRATCH_LOOKED_AT_EVERY_SECONDS
        try:
            while broken is None:
                pause = max(min(deadline, look_at_scratch) - time.monotonic(), 0.0)
                ready = {descriptor for descriptor, _ in poller.poll(pause * 1000 + 1)}
                if self._control.fileno() in ready:
                    _end(child)
                    self._sweep()
                    os._exit(0)  # the parent is gone, or has broken the order of talk
                if output in ready and not _drain(output, kept):
                    poller.unregister(output)
                if handle in ready:
                    break
                if time.monotonic() >= deadline:
                    broken = "timeout"
                elif time.monotonic() >= look_at_scratch:
                    broken = "scratch" if _is_overfull(request) else None
                    look_at_scratch = time.monotonic() + _SCRATCH_LOOKED_AT_EVERY_SECONDS
        finally:
            os.close(handle)
        return broken, kept.decode("utf-8", "replace")

    def _sweep(self) -> None:
        """Kill and reap whatever the child has left running, in whatever group or session."""
        if self._confinement.processes_isolated and os.getpid() == 1:
            with suppress(ProcessLookupError):
                os.kill(-1, signal.SIGKILL)  # in our own process namespace: all but us
            with suppress(ChildProcessError):
                while True:
                    os.waitpid(-1, 0)
            return
        while children := _children():  # orphans come to us, a generation at a time
            for child in children:
                _end(child)

    def _confine(self, request: Request) -> None:
        walls.confine(
            request.limits,
            self._confinement,
            self._readable,
            Path(request.scratch),
            own_user_namespace=self._own_user_namespace,
        )

    def _read_in_child(self, request: Request) -> int:
        return detect_and_read(request, self._detect, self._registry, frozenset(self._warm))


def _media_type_in(result: int) -> str:
    """The media type that a child wrote into its header, or an empty string."""
    line = os.pread(result, LONGEST_HEADER, 0).partition(b"\n")[0]
    try:
        media_type = json.loads(line)["media_type"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return media_type if isinstance(media_type, str) and MEDIA_TYPE.fullmatch(media_type) else ""


def _drain(output: int, kept: bytearray) -> bool:
    """Take what a child printed, keep the beginning; False at its end."""
    data = os.read(output, 64 * 1024)
    kept += data[: KEPT_OUTPUT_BYTES - len(kept)]
    return bool(data)


def _is_overfull(request: Request) -> bool:
    """Whether more lies in the scratch folder than may; follows no link."""
    used = count = 0
    for folder, _, names, descriptor in os.fwalk(request.scratch, follow_symlinks=False):
        del folder
        count += 1 + len(names)
        for name in names:
            with suppress(OSError):
                used += os.stat(name, dir_fd=descriptor, follow_symlinks=False).st_blocks * 512
        if used > request.limits.scratch_bytes or count > request.limits.scratch_files:
            return True
    return False


def _end(child: int) -> tuple[int, Any]:
    """Kill the child and its group, and reap it."""
    for kill in (os.killpg, os.kill):
        with suppress(ProcessLookupError, PermissionError):
            kill(child, signal.SIGKILL)
    _, status, usage = os.wait4(child, 0)
    return status, usage


def _children() -> list[int]:
    """Our children, dead or alive; by the numbers of the namespace that /proc shows, so only of use in that one."""
    try:
        listed = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [int(child) for child in listed.split()]


def _named(reference: str) -> Any:
    module, _, name = reference.partition(":")
    return getattr(importlib.import_module(module), name)


def _hand_over_to_child() -> None:
    """Become process 1 of the new process namespace: fork, and let the outer process wait and end alike."""
    inner = os.fork()
    if inner == 0:
        walls.die_with_parent()
        return
    os.closerange(3, 4096)
    _, status = os.waitpid(inner, 0)
    os._exit(max(os.waitstatus_to_exitcode(status), 0))


def main() -> None:
    """Serve until the parent closes the control socket."""
    parser = argparse.ArgumentParser(prog="ingest.reader_process")
    parser.add_argument("--control", type=int, required=True, help="descriptor of the control socket")
    parser.add_argument("--registry", default="ingest.readers.registry:default_registry", metavar="MODULE:FUNCTION")
    parser.add_argument("--detect", default="ingest.media_type:detect", metavar="MODULE:FUNCTION")
    parser.add_argument("--readable", action="append", default=[], help="a folder that readers may open files in")
    parser.add_argument("--without", default="", help="walls not to put up, to test a machine that lacks them")
    options = parser.parse_args()
    without = set(options.without.split(","))

    network, processes = walls.enter_namespaces(network="network" not in without, processes="processes" not in without)
    if processes:
        _hand_over_to_child()
    walls.keep_orphans()
    walls.hide_memory()
    confinement = Confinement(
        network_isolated=network,
        processes_isolated=processes,
        files_confined="files" not in without and walls.landlock_version() > 0,
        system_calls_filtered="system_calls" not in without and can_filter(),
    )
    detect, registry = _named(options.detect), _named(options.registry)()
    control = socket.socket(fileno=options.control)
    _Server(control, detect, registry, confinement, walls.readable_places(options.readable)).serve()


if __name__ == "__main__":
    main()
