"""Reading hostile files in a bounded process: the side that stays in our own process.

One `ReadingProcess` holds one waiting process (`ingest.reader_process`), which forks a confined child for each file.
What the child made is checked here as data from an enemy: bounded in size, decoded without pickle, part files looked
at before they are used. A child's death is a `ReadFailure` of its file and nothing more.
"""

import fcntl
import json
import os
import queue
import select
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from casefile import offline
from casefile.errors import ReaderProcessError
from casefile.records import IssueCategory
from ingest.confinement import Confinement, ProcessLimits
from ingest.reading import ReadLimits
from ingest.reading_protocol import LONGEST_REQUEST, Drawing, Outcome, Request
from ingest.reading_result import ReadFailure, ReadResult, failed, judge, judge_picture, with_checked_parts

__all__ = ["Confinement", "ProcessLimits", "ReadFailure", "ReadResult", "ReadingPool", "ReadingProcess"]

FILES_PER_PROCESS = 1000
START_SECONDS = 60.0
WARM_UP_SECONDS = 180.0
"""Longest loading of a reader's libraries, not counted as reading time."""
GRACE_SECONDS = 5.0
"""How much longer than `wall_seconds` the waiting process may be silent before it is killed itself."""
LONGEST_NAME = 4096
_POLL_SECONDS = 0.1
_KEPT_ENVIRONMENT = ("LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "LD_LIBRARY_PATH")
_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "RAYON_NUM_THREADS"), "1"
)
"""The waiting process forks: it must have one thread."""


class ReadingProcess:
    """One worker that reads files, one at a time. Not thread-safe: one for each thread. A context manager.

    Args:
        registry: `module:function` returning the registry of readers.
        detect: `module:function` telling the media type.
        import_from: folders that the two are found in, and that readers may open files in, besides what is installed.
        files_per_process: how many files are read before the waiting process is replaced.
        without: walls of `Confinement` not to put up (`network`, `processes`, `files`, `system_calls`), to test a
            machine that lacks them.

    Raises:
        ReaderProcessError: at the first use, when the process cannot be started.
    """

    def __init__(
        self,
        *,
        registry: str | None = None,
        detect: str | None = None,
        import_from: tuple[Path, ...] = (),
        files_per_process: int = FILES_PER_PROCESS,
        without: frozenset[str] = frozenset(),
    ) -> None:
        self._arguments = [f"--without={','.join(sorted(without))}", *(f"--readable={path}" for path in import_from)]
        if registry is not None:
            self._arguments.append(f"--registry={registry}")
        if detect is not None:
            self._arguments.append(f"--detect={detect}")
        self._import_from = import_from
        self._files_per_process = files_per_process
        self._files = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._complaints: BinaryIO | None = None
        self._child: int | None = None
        self._confinement: Confinement | None = None
        self.untrusted_output = ""
        """The first 8 KiB that the last reader printed. May hold evidence: for diagnosis, never into a log or issue."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def confinement(self) -> Confinement:
        """Which walls stand on this machine; starts the process when it is not running."""
        if self._confinement is None:
            self._start()
        assert self._confinement is not None
        return self._confinement

    def detect_and_read(
        self,
        path_or_fd: Path | int,
        untrusted_name: str,
        scratch: Path,
        limits: ProcessLimits,
        read_limits: ReadLimits | None = None,
    ) -> ReadResult:
        """Read one file in a child process.

        Args:
            path_or_fd: the file, or a descriptor open for reading only (its offset is moved).
            untrusted_name: a hint to the media type, never used as a path.
            scratch: an existing, empty, private folder. Afterwards it holds the part files of the reading and nothing
                else; the caller removes it.
            limits: bounds that the kernel and this side keep.
            read_limits: bounds that readers keep themselves.

        Raises:
            ReaderProcessError: the process cannot be started.
            StorageError: the disk that holds `scratch` is full.
            ValueError: the descriptor is open for writing.
        """
        request = Request(untrusted_name[:LONGEST_NAME], str(scratch), limits, read_limits or ReadLimits())
        try:
            with _opened(path_or_fd) as source, tempfile.TemporaryFile(dir=scratch) as result:
                outcome = self._exchange(request, source, result.fileno())
                answer = judge(outcome, result.fileno(), limits)
        except _NotReadableError as error:
            return failed(error.category, str(error))
        return with_checked_parts(answer, scratch, limits)

    def draw(self, path: Path, drawing: Drawing, scratch: Path, limits: ProcessLimits) -> bytes | ReadFailure:
        """Draw from one file in a child process. Nothing of it is written to a disk.

        Args:
            path: the file.
            drawing: what of it.
            scratch: an existing, empty, private folder; it stays empty.
            limits: bounds that the kernel and this side keep.

        Returns:
            What the child says is a PNG file, not yet looked at; or why there is none.

        Raises:
            ReaderProcessError: the process cannot be started.
        """
        request = Request("", str(scratch), limits, ReadLimits(), drawing)
        result = os.memfd_create("picture", os.MFD_CLOEXEC)
        try:
            with _opened(path) as source:
                return judge_picture(self._exchange(request, source, result), result, limits)
        except _NotReadableError as error:
            return ReadFailure(error.category, str(error))
        finally:
            os.close(result)

    def interrupt(self) -> None:
        """Kill the process while another thread waits for it: what it reads comes back as `killed`."""
        process = self._process
        if process is not None and process.poll() is None:
            self._kill()

    def close(self) -> None:
        """End the process. Harmless when there is none; the object starts a new one when used again."""
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            self._kill()
            self._process.wait()
        if self._complaints is not None:
            self._complaints.close()
        self._process = self._control = self._complaints = self._confinement = None

    # ---- the waiting process

    def _start(self) -> None:
        self.close()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control, self._files = ours, 0
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 (closed by close)
        command = [sys.executable, "-P", "-s", "-m", "ingest.reader_process", f"--control={theirs.fileno()}"]
        try:
            self._process = subprocess.Popen(
                [*command, *self._arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._complaints,
                env=_environment(os.environ, self._import_from),
                cwd="/",
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        except OSError as error:
            self.close()
            raise ReaderProcessError(f"The reading process cannot be started: {error.strerror}.") from error
        finally:
            theirs.close()
        message = self._receive(START_SECONDS)
        if message is None or message.get("state") != "ready":
            complaint = os.pread(self._complaints.fileno(), 4096, 0).decode("utf-8", "replace").strip()
            self.close()
            last_line = complaint.rpartition("\n")[2] or "it ended or stayed silent."
            raise ReaderProcessError(f"The reading process cannot be started: {last_line}")
        self._confinement = Confinement(**message["confinement"])

    def _kill(self) -> None:
        """Kill the waiting process, and the child that reads. Where it has a process namespace, all in it die too."""
        assert self._process is not None
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        isolated = self._confinement is None or self._confinement.processes_isolated
        if self._child is not None and not isolated:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._child, signal.SIGKILL)
        self._child = None

    def _receive(self, seconds: float) -> dict[str, Any] | None:
        """The next message, or None when there is none in time or the process has gone."""
        assert self._control is not None
        if not _wait_readable(self._control, seconds):
            return None
        try:
            data = self._control.recv(LONGEST_REQUEST)
            message = json.loads(data) if data else None
        except (OSError, ValueError):
            return None
        return message if isinstance(message, dict) else None

    def _exchange(self, request: Request, source: int, result: int) -> Outcome | None:
        """Have the file read. None when the waiting process died or fell silent; it is gone then.

        Whatever process saw a file that had to be killed is not used again.
        """
        if self._process is None or self._process.poll() is not None or self._files >= self._files_per_process:
            self._start()
        self.untrusted_output = ""
        outcome: Outcome | None = None
        for attempt in (1, 2):
            if self._send(request, source, result):
                outcome = self._await(request.limits)
                break
            if attempt == 1:
                self._start()  # it died while idle: not this file's doing
        if outcome is None or outcome.ending in {"signal", "timeout", "scratch"}:
            self.close()
        if outcome is not None:
            self.untrusted_output = outcome.untrusted_output
        return outcome

    def _send(self, request: Request, source: int, result: int) -> bool:
        assert self._control is not None
        self._files += 1
        try:
            socket.send_fds(self._control, [request.to_json()], [source, result])
        except OSError:
            return False
        return True

    def _await(self, limits: ProcessLimits) -> Outcome | None:
        patience = START_SECONDS
        while (message := self._receive(patience)) is not None:
            state = message.pop("state", None)
            if state == "warming":
                patience = WARM_UP_SECONDS
            elif state == "started":
                self._child = int(message["process"])
                patience = limits.wall_seconds + GRACE_SECONDS
            elif state == "ended":
                self._child = None
                return Outcome(**message)
            else:
                return None
        return None


class ReadingPool:
    """Several reading processes, for as many threads. Thread-safe; a context manager.

    A process is started when the first thread needs it, and lent to one thread at a time.

    Args:
        workers: how many.
        limits: bounds on each file.
        read_limits: bounds that readers keep themselves.
        make: makes a process; another one in tests.
    """

    def __init__(
        self,
        workers: int,
        limits: ProcessLimits,
        read_limits: ReadLimits | None = None,
        make: Callable[[], ReadingProcess] = ReadingProcess,
    ) -> None:
        self._limits = limits
        self._read_limits = read_limits
        self._all = tuple(make() for _ in range(workers))
        self._idle: queue.LifoQueue[ReadingProcess] = queue.LifoQueue()  # the one used last is the warmest
        for process in self._all:
            self._idle.put(process)
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def confinement(self) -> Confinement:
        """Which walls stand on this machine."""
        with self._lent() as process:
            return process.confinement

    def read(self, path_or_fd: Path | int, untrusted_name: str, scratch: Path) -> ReadResult:
        """Read one file, as `ReadingProcess.detect_and_read`; waits while all processes are busy."""
        with self._lent() as process:
            return process.detect_and_read(path_or_fd, untrusted_name, scratch, self._limits, self._read_limits)

    def draw(self, path: Path, drawing: Drawing, scratch: Path) -> bytes | ReadFailure:
        """Draw from one file, as `ReadingProcess.draw`; waits while all processes are busy."""
        with self._lent() as process:
            return process.draw(path, drawing, scratch, self._limits)

    def interrupt(self) -> None:
        """Kill what reads now, so that the threads that wait for it come back; what they bring is void."""
        for process in self._all:
            process.interrupt()

    def close(self) -> None:
        """End all processes; a thread that still reads is interrupted and waited for.

        There can be one: an interrupt that strikes while an executor starts a thread leaves a thread that the
        executor does not know.
        """
        self._closed = True
        ended: list[ReadingProcess] = []
        while len(ended) < len(self._all):
            try:
                process = self._idle.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                self.interrupt()
            else:
                process.close()
                ended.append(process)
        for process in ended:
            self._idle.put(process)

    @contextmanager
    def _lent(self) -> Iterator[ReadingProcess]:
        process = self._idle.get()
        try:
            if self._closed:
                raise ReaderProcessError("The reading processes have been ended.")
            yield process
        finally:
            self._idle.put(process)


class _NotReadableError(Exception):
    """The file cannot be opened to be read."""

    def __init__(self, category: IssueCategory, message: str) -> None:
        super().__init__(message)
        self.category: IssueCategory = category


@contextmanager
def _opened(path_or_fd: Path | int) -> Iterator[int]:
    """A descriptor of a regular file, for reading only: the child must not be able to change evidence."""
    if isinstance(path_or_fd, int):
        if _access_mode(path_or_fd) != os.O_RDONLY:
            raise ValueError("the descriptor of a file to read must be open for reading only")
        os.lseek(path_or_fd, 0, os.SEEK_SET)
        yield path_or_fd
        return
    try:
        descriptor = os.open(path_or_fd, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except PermissionError as error:
        raise _NotReadableError("permission", "The file may not be opened by this user.") from error
    except FileNotFoundError as error:
        raise _NotReadableError("changed", "The file has gone.") from error
    except OSError as error:
        raise _NotReadableError("corrupt", f"The file cannot be opened: {error.strerror}.") from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _NotReadableError("unsupported", "This is not a regular file.")
        yield descriptor
    finally:
        os.close(descriptor)


def _access_mode(descriptor: int) -> int:
    return fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE


def _wait_readable(control: socket.socket, seconds: float) -> bool:
    """Wait on one descriptor; `poll` works beyond descriptor 1,023, `select` does not."""
    poller = select.poll()
    poller.register(control, select.POLLIN)
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        if poller.poll(left * 1000 + 1):
            return True
    return False


def _environment(ours: Mapping[str, str], import_from: tuple[Path, ...]) -> dict[str, str]:
    """What the process may know: how to run and write text; no home, no secret, every library's network off."""
    environment = {name: ours[name] for name in _KEPT_ENVIRONMENT if name in ours}
    tree = Path(__file__).resolve().parent.parent
    environment["PATH"] = "/usr/local/bin:/usr/bin:/bin"
    environment["HOME"] = "/nonexistent"
    environment["PYTHONPATH"] = os.pathsep.join(map(str, [tree, *import_from]))
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    offline.switch_off(environment)
    return environment | _ONE_THREAD | {"TOKENIZERS_PARALLELISM": "false"}
