"""The program that reads hostile files: `python -m ingest.reader_process`, started by `ingest.isolation` only.

It waits on a socket, single-threaded, with the readers' libraries loaded once, and forks a confined child for each
file. The waiting process never looks at a file's bytes; the child that does holds no socket and no privilege, sees
no other process, and ends with its file. So nothing that a file does can reach the file after it.

What the child made goes into the result file that the parent opened: one line of JSON (`Header`), then either
`READING` and an encoded reading or `FAILURE` and JSON. The socket carries only what the waiting process says.
"""

import argparse
import errno
import gc
import importlib
import json
import os
import re
import select
import signal
import socket
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal, NoReturn, Protocol

from casefile.errors import ReadingDataError, UntrustedInputError
from ingest import confinement as walls
from ingest.confinement import Confinement, ProcessLimits
from ingest.reading import Reader, ReadLimits, Source
from ingest.reading_codec import encode_reading
from ingest.system_call_filter import can_filter

READING, FAILURE, NO_SPACE = b"R", b"F", b"S"
LONGEST_REQUEST = 128 * 1024
LONGEST_HEADER = 1024
KEPT_OUTPUT_BYTES = 8 * 1024
"""Of what a reader or its libraries print, the first bytes are kept for diagnosis; it may hold evidence."""
MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")

_EXIT_DONE, _EXIT_COLD, _EXIT_TROUBLE = 0, 10, 11
_SCRATCH_LOOKED_AT_EVERY_SECONDS = 0.5

Ending = Literal["exit", "signal", "timeout", "scratch"]


class ReaderRegistry(Protocol):
    """What this program needs of a registry of readers. A reader may have `warm()`, which loads its libraries."""

    def reader_for(self, media_type: str) -> Reader | None:
        """The reader for a media type, or None."""
        ...


@dataclass(frozen=True, slots=True)
class Request:
    """One file to read; its descriptor and that of the result file come beside it."""

    untrusted_name: str
    scratch: str
    limits: ProcessLimits
    read_limits: ReadLimits

    def to_json(self) -> bytes:
        """As sent; lone surrogates in the name are escaped."""
        return json.dumps(asdict(self)).encode("ascii")

    @classmethod
    def from_json(cls, data: bytes) -> "Request":
        """As received from our own parent."""
        values: dict[str, Any] = json.loads(data)
        limits, read_limits = ProcessLimits(**values.pop("limits")), ReadLimits(**values.pop("read_limits"))
        return cls(**values, limits=limits, read_limits=read_limits)


@dataclass(frozen=True, slots=True)
class Header:
    """First line of a result: what the child found the file to be. Written before the reader sees it."""

    media_type: str
    reader: str
    reader_version: str

    def line(self) -> bytes:
        """As written."""
        return json.dumps(asdict(self)).encode("ascii")[: LONGEST_HEADER - 1] + b"\n"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a child ended: its exit code or signal, or which bound it was killed for."""

    ending: Ending
    code: int
    cpu_seconds: float
    untrusted_output: str


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

    def _say(self, message: dict[str, Any]) -> None:
        self._control.send(json.dumps(message).encode("ascii"))

    def _read(self, request: Request, source: int, result: int) -> Outcome:
        outcome = self._read_once(request, source, result)
        if outcome.ending == "exit" and outcome.code == _EXIT_COLD:
            media_type = _media_type_in(result)
            if media_type not in self._warm:
                self._warm_up(media_type)
                os.ftruncate(result, 0)
                outcome = self._read_once(request, source, result)
        return outcome

    def _warm_up(self, media_type: str) -> None:
        """Load the reader here, so that each file after this one finds it loaded."""
        self._say({"state": "warming"})
        reader = self._registry.reader_for(media_type)
        warm = getattr(reader, "warm", None)
        if warm is not None:
            warm()
        self._warm.add(media_type)
        gc.collect()
        gc.freeze()  # keeps the child's collector from touching, and so copying, every page

    def _read_once(self, request: Request, source: int, result: int) -> Outcome:
        output, output_end = os.pipe()
        child = os.fork()
        if child == 0:
            _become_reader(source, result, output_end)
            _run_child(lambda: self._confine(request), lambda: self._read_in_child(request))
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
            _reap_all()
            return
        while children := _children():
            for child in children:
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            _reap_all()

    # ---- from here on in the child

    def _confine(self, request: Request) -> None:
        walls.confine(
            request.limits,
            self._confinement,
            self._readable,
            Path(request.scratch),
            own_user_namespace=self._own_user_namespace,
        )

    def _read_in_child(self, request: Request) -> int:
        """Detect and read; returns the exit code. Descriptors 3 and 4 are the file and the result."""
        tempfile.tempdir = request.scratch
        with os.fdopen(_SOURCE, "rb", closefd=False) as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(0)
            media_type = self._detect(stream, request.untrusted_name)
            stream.seek(0)
            if media_type not in self._warm:
                _write(Header(media_type, "", "").line())
                return _EXIT_COLD
            reader = self._registry.reader_for(media_type)
            name, version = (reader.name, reader.version) if reader else ("", "")
            _write(Header(media_type, name, version).line())
            if size == 0:
                raise UntrustedInputError("empty", "The file is empty.")
            if reader is None:
                raise UntrustedInputError("unsupported", f"There is no reader for {media_type}.")
            scratch = Path(request.scratch)
            source = Source(stream, size, media_type, request.untrusted_name, scratch, request.read_limits)
            reading = reader.read(source)
        _write(READING + encode_reading(reading, request.limits.output_bytes))
        return _EXIT_DONE


_SOURCE, _RESULT = 3, 4
_FIRST_FREE = 5


def _become_reader(source: int, result: int, output: int) -> None:
    """Lead a session of our own; keep three descriptors and no other, the control socket least of all."""
    os.setsid()
    high = [os.dup2(descriptor, 100 + place) for place, descriptor in enumerate((source, result, output))]
    nothing = os.open(os.devnull, os.O_RDONLY)
    for place, descriptor in ((0, nothing), (1, high[2]), (2, high[2]), (_SOURCE, high[0]), (_RESULT, high[1])):
        os.dup2(descriptor, place)
    os.closerange(_FIRST_FREE, 4096)


def _run_child(confine: Callable[[], None], read: Callable[[], int]) -> NoReturn:
    """The boundary around readers: whatever escapes one becomes a failure of this file, without its text."""
    code = _EXIT_TROUBLE
    try:
        confine()
    except BaseException as error:  # noqa: BLE001 (a wall that cannot be put up must not be passed by)
        os.write(2, f"{type(error).__name__}: {error}\n".encode("utf-8", "replace"))
        os._exit(_EXIT_TROUBLE)
    try:
        code = read()
    except BaseException as error:  # noqa: BLE001 (this is the boundary; what it caught is stored as an issue)
        with suppress(BaseException):
            _write(_failure(error))
            code = _EXIT_DONE
    finally:
        os._exit(code)


def _failure(error: BaseException) -> bytes:
    """A failure as written to the result. Names the error's class, never its words: they may quote the file."""
    name = type(error).__name__
    name = name if name.isidentifier() and name.isascii() and len(name) <= 80 else "an error"
    category, message = "corrupt", f"The file cannot be read: its reader stopped with {name}."
    if isinstance(error, UntrustedInputError):
        category, message = error.category, error.message
    elif isinstance(error, ReadingDataError):
        category, message = ("too_large" if error.too_large else "corrupt"), str(error)
    elif isinstance(error, MemoryError):
        category, message = "killed", "Reading the file needs more memory than the limit."
    elif isinstance(error, RecursionError):
        category, message = "too_deep", "The file nests deeper than can be read."
    elif isinstance(error, OSError) and error.errno == errno.EFBIG:
        category, message = "too_large", "A part of the file is larger than may be written."
    elif isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return NO_SPACE
    return FAILURE + json.dumps({"category": category, "message": message[:1000]}).encode("ascii")


def _write(data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(_RESULT, view) :]


# ---- helpers of the waiting process ---------------------------------------------------------------------------------


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
    try:
        listed = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [int(child) for child in listed.split()]


def _reap_all() -> None:
    with suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)


def _named(reference: str) -> Any:
    module, _, name = reference.partition(":")
    return getattr(importlib.import_module(module), name)


def _hand_over_to_child() -> None:
    """Become process 1 of the new process namespace: fork, and let the outer process wait and end alike."""
    inner = os.fork()
    if inner == 0:
        walls.die_with_parent()
        return
    os.closerange(_FIRST_FREE - 2, 4096)
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
