"""The model's process as the app holds it: started, written to, listened to and ended, all by one thread.

That thread must live as long as the process: the kernel kills the process when the thread that started it ends
(prctl(2), PR_SET_PDEATHSIG, set by the child itself). Nothing here waits longer than it is told to.
"""

import os
import selectors
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from assistant.chat_models.llama.protocol import LONGEST_LINE, ChildDecoder, FromChild, ProtocolError
from casefile.offline import switch_off

KEPT_COMPLAINT_BYTES = 8 * 1024
"""Of what llama.cpp prints while it loads the model, the last bytes are kept. Later it may hold evidence: not kept."""
_AT_ONCE = 1024 * 1024
_ENDING_SECONDS = 2.0


class ChildGoneError(Exception):
    """The process is of no more use. Never leaves the adapter. The message says how it ended."""


class ChildProcess:
    """A running child. `close` must be called in the end; nothing of it is left then, no descriptor and no zombie.

    Args:
        module: what is run: `assistant.chat_models.llama.child`, or one like it that tests give.
        wake: a descriptor that becomes readable when `listen` is to return early.
        first: the first line for it.
    """

    def __init__(self, module: str, wake: int, first: bytes) -> None:
        # -P: what lies in the folder that the app was started in is never imported
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", module, str(os.getpid())],
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            process_group=0,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._stdin, self._stdout, self._stderr = self._process.stdin, self._process.stdout, self._process.stderr
        self._wake = wake
        self._decoder = ChildDecoder()
        self._outgoing: deque[memoryview] = deque()
        self._incoming = bytearray()
        self._complaint = bytearray()
        self._keeps_complaint = True
        self._selector = selectors.DefaultSelector()
        for stream in (self._stdin, self._stdout, self._stderr):
            os.set_blocking(stream.fileno(), False)
        for readable in (self._stdout.fileno(), self._stderr.fileno(), wake):
            self._selector.register(readable, selectors.EVENT_READ)
        self.send(first)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def complaint(self) -> str:
        """The end of what it printed until `forget_complaint`."""
        return self._complaint.decode("utf-8", "replace")

    def forget_complaint(self) -> None:
        """Keep nothing of what it prints from now on."""
        self._complaint.clear()
        self._keeps_complaint = False

    def send(self, line: bytes) -> None:
        """Hand over a line; it goes out while `listen` runs."""
        if not self._outgoing:
            self._selector.register(self._stdin.fileno(), selectors.EVENT_WRITE)
        self._outgoing.append(memoryview(line))

    def listen(self, seconds: float | None) -> Iterator[FromChild]:
        """What it says until there is nothing more to hear, waiting for the first thing at most so long.

        Raises:
            ChildGoneError: it has ended.
            ProtocolError: it says what no sound child says.
        """
        for key, _ in self._selector.select(None if seconds is None else max(0.0, seconds)):
            if key.fd == self._stdout.fileno():
                yield from self._hear()
            elif key.fd == self._stderr.fileno():
                self._hear_complaint()
            elif key.fd != self._wake:
                self._write()

    def _hear(self) -> Iterator[FromChild]:
        data = os.read(self._stdout.fileno(), _AT_ONCE)
        if not data:
            raise ChildGoneError(self._how_it_ended())
        searched = len(self._incoming)
        self._incoming += data
        if self._incoming.find(b"\n", searched) < 0:
            if len(self._incoming) > LONGEST_LINE:
                raise ProtocolError("a line is too long")
            return
        *lines, rest = self._incoming.split(b"\n")
        self._incoming = rest
        for line in lines:
            yield self._decoder.decode(bytes(line))

    def _hear_complaint(self) -> bool:
        """Whether there was something to hear."""
        try:
            data = os.read(self._stderr.fileno(), _AT_ONCE)
        except BlockingIOError:
            return False
        if data and self._keeps_complaint:
            self._complaint += data
            del self._complaint[:-KEPT_COMPLAINT_BYTES]
        elif not data:
            with suppress(KeyError):
                self._selector.unregister(self._stderr.fileno())
        return bool(data)

    def _write(self) -> None:
        try:
            written = os.write(self._stdin.fileno(), self._outgoing[0][:_AT_ONCE])
        except BrokenPipeError:  # it has ended, which standard output will tell
            self._outgoing.clear()
        else:
            self._outgoing[0] = self._outgoing[0][written:]
            if not self._outgoing[0]:
                self._outgoing.popleft()
        if not self._outgoing:
            self._selector.unregister(self._stdin.fileno())

    def _how_it_ended(self) -> str:
        """It has closed its output, so it is ending; one that goes on without is killed."""
        try:
            code = self._process.wait(_ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            return "it stopped talking"
        while self._hear_complaint():
            pass
        if code == -signal.SIGKILL:
            return "the system killed it, most often because memory ran out"
        if code < 0:
            return f"it crashed ({signal.Signals(-code).name})"
        return f"it ended with code {code}"

    def close(self) -> None:
        """End it, with everything it may have started, and wait until it is gone."""
        with suppress(OSError):
            self._stdin.close()
        if self._process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._selector.close()
        self._stdout.close()
        self._stderr.close()


def _environment() -> dict[str, str]:
    """Ours, less what could make a library reach out; our packages come first."""
    environment = dict(os.environ)
    switch_off(environment)  # OMP_WAIT_POLICY=PASSIVE among it: threads that wait leave the processor to others
    packages = str(Path(__file__).resolve().parents[3])
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (packages, environment.get("PYTHONPATH"))))
    environment["GGML_NO_BACKTRACE"] = "1"  # ggml would start a debugger on itself when it aborts
    return environment
