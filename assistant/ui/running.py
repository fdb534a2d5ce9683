"""One page a HOME: which process serves it, and at which port.

Who serves holds `page.lock`, and tells its port in `page.json`. The lock ends with the process, whatever becomes of it,
so that a link is never made out for a port that another program has taken since.
"""

import json
import os
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from casefile.errors import StorageError

NOTE = "page.json"
LOCK = "page.lock"
PRIVATE = 0o600
PATIENCE_S = 20.0
"""How long to wait for a page that is being started or ended."""
_LOOK_AGAIN_S = 0.05
_WAITING = 128
"""Connections that may wait while the application is put together."""


@dataclass(frozen=True, slots=True)
class OtherPage:
    """A page that another process serves for the same HOME."""

    port: int


class PageClaim:
    """The right to serve the page of a HOME; only one process has it. Released by `leave`, or by the process's end."""

    def __init__(self, home: Path, lock: FileLock) -> None:
        self._note = home / NOTE
        self._lock = lock

    def tell(self, port: int) -> None:
        """Let others know where the page is."""
        private_file(self._note)
        self._note.write_text(json.dumps({"process": os.getpid(), "port": port}), encoding="ascii")

    def leave(self) -> None:
        """Serve no more."""
        self._note.unlink(missing_ok=True)
        self._lock.release()


def claim_page(home: Path, patience_s: float = PATIENCE_S) -> PageClaim | OtherPage:
    """Take the right to serve, or find out where the page is served already.

    Raises:
        StorageError: another process is about to serve, or to end, and takes too long; or the lock cannot be made.
    """
    lock = FileLock(home / LOCK, timeout=0, mode=PRIVATE, thread_local=False)
    give_up = time.monotonic() + patience_s
    while True:
        try:
            lock.acquire()
        except Timeout:
            port = _told_port(home / NOTE)
            if port is not None:
                return OtherPage(port)
        except OSError as error:
            raise StorageError(f"{home / LOCK} cannot be used: {error.strerror}.") from error
        else:
            (home / NOTE).unlink(missing_ok=True)  # left behind by a kill
            return PageClaim(home, lock)
        if time.monotonic() > give_up:
            raise StorageError("Another process is just starting or ending the page of this HOME. Try again.")
        time.sleep(_LOOK_AGAIN_S)


def private_file(path: Path) -> None:
    """Make sure that a file is there which only this user may read, before anything is written into it."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, PRIVATE))
    path.chmod(PRIVATE)


def _told_port(note: Path) -> int | None:
    """The port in a note, None while there is none, or where it was left by a process that has ended."""
    try:
        told = json.loads(note.read_text(encoding="ascii"))
        port, process = int(told["port"]), int(told["process"])
        os.kill(process, 0)  # signal 0 asks only whether there is such a process
    except (OSError, ValueError, KeyError, TypeError, OverflowError):
        return None
    return port if 0 < port < 65536 and process > 0 else None


def listen_at(port: int) -> socket.socket:
    """A listening socket on loopback: at `port`, or at any free one where that is taken or 0."""
    for wanted in (port, 0):
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(("127.0.0.1", wanted))
            listening.listen(_WAITING)  # now: a port that is only bound can be bound by another program too
        except OSError:
            listening.close()
            if not wanted:
                raise
        else:
            return listening
    raise AssertionError("port 0 is always free")


def link(port: int, token: str) -> str:
    """The address that opens a session."""
    return f"http://127.0.0.1:{port}/login?token={token}"
