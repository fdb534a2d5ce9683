"""One job in a process of its own: starting it, hearing how far it is, ending it."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

CHILD_MODULE = "assistant.ui.jobs.child_start"
GRACE_SECONDS = 3.0
"""Between asking a process to end and killing it."""
GENTLE_SECONDS = 30.0
"""The same where it may first finish what it has begun."""
KEPT_LINES = 20
LONGEST_LINE = 65_536


class JobProcess:
    """A child process running `caseclerk ARGUMENT...`. Start it and wait for it in one thread, end it from any.

    Args:
        arguments: of the command line, `--progress lines` among them.
        folder: where it runs; relative paths are meant from there.
        threads: processor threads for embedding; 0 leaves it to the settings.
        gentle: asked to end, it stops where nothing is lost; its own children are not asked then.
    """

    def __init__(self, arguments: Sequence[str], folder: Path, threads: int = 0, *, gentle: bool = False) -> None:
        packages = str(Path(__file__).resolve().parents[3])
        environment = dict(os.environ)
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, (packages, environment.get("PYTHONPATH"))))
        if threads:
            environment["CASECLERK_EMBEDDING_THREADS"] = str(threads)
        self._gentle = gentle
        self._guard = threading.Lock()
        self._ended = False
        self._stopped = False
        self._timer: threading.Timer | None = None
        self._said: deque[str] = deque(maxlen=KEPT_LINES)
        self.totals: Mapping[str, int] | None = None
        self._process = subprocess.Popen(
            # -P: what lies in the case's folder is never imported
            [sys.executable, "-P", "-m", CHILD_MODULE, str(os.getpid()), *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            process_group=0,
        )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def stopped(self) -> bool:
        """Whether it was told to end."""
        return self._stopped

    @property
    def complaint(self) -> str:
        """What it said at its end, for people; empty where it said nothing."""
        return " ".join(self._said).removeprefix("caseclerk: ")

    def follow(self, hear: Callable[[str, int, int], None], say: Callable[[str], None]) -> int:
        """Listen until it ends; returns its exit code, negative for a signal. To be called once.

        Args:
            hear: gets stage, done, total.
            say: gets what it has to say.
        """
        assert self._process.stderr is not None
        with self._process.stderr as stream:
            while line := stream.readline(LONGEST_LINE):
                self._take(line, hear, say)
        code = self._process.wait()
        with self._guard:
            self._ended = True
            if self._timer is not None:
                self._timer.cancel()
        return code

    def stop(self, *, at_once: bool = False) -> None:
        """Tell it to end, and see to it that it does; returns at once.

        Args:
            at_once: the page is about to end and does not wait for what was begun.
        """
        with self._guard:
            if self._ended or (self._stopped and not at_once):
                return
            self._stopped = True
            if self._gentle:
                self._process.send_signal(signal.SIGTERM)
            else:
                self._signal(signal.SIGTERM)
            if self._timer is not None:
                self._timer.cancel()
            grace = GENTLE_SECONDS if self._gentle and not at_once else GRACE_SECONDS
            self._timer = threading.Timer(grace, self._kill)
            self._timer.daemon = True
            self._timer.start()

    def _kill(self) -> None:
        with self._guard:
            if not self._ended:
                self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    def _take(self, line: bytes, hear: Callable[[str, int, int], None], say: Callable[[str], None]) -> None:
        text = line.decode("utf-8", "replace").strip()
        try:
            told = json.loads(text)
        except (ValueError, RecursionError):
            told = None
        if not isinstance(told, dict):
            if text:
                self._said.append(text)
        elif "stage" in told:
            hear(str(told["stage"]), int(told["done"]), int(told["total"]))
        elif "say" in told:
            say(str(told["say"]))
        elif "finished" in told:
            self.totals = {str(key): int(value) for key, value in told["finished"].items()}
