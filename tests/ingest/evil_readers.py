"""Readers that attack the process they run in; a test names one by the first line of the file it has read."""

import ctypes
import errno
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import BinaryIO

from casefile.errors import UntrustedInputError
from casefile.locators import LinesLocator
from casefile.records import Issue
from ingest.reading import Block, Part, Reading, Source

MEDIA_TYPE = "text/x-evil"
SECRET = "the text of the document"


def detect(stream: BinaryIO, untrusted_name: str) -> str:
    if stream.read(20).startswith(b"evil detect"):
        ctypes.string_at(0)
    if untrusted_name.endswith(".unloadable"):
        return "application/x-unloadable"
    return "application/x-unknown" if untrusted_name.endswith(".unknown") else MEDIA_TYPE


def plain(source: Source, argument: str) -> Reading:
    text = source.stream.read().decode("utf-8", "surrogatepass")
    block = Block("lines", LinesLocator(1, 1, 0, len(text)))
    return Reading(text, (block,), title=source.untrusted_name)


def segfault(source: Source, argument: str) -> Reading:
    ctypes.string_at(0)
    raise AssertionError


def loop(source: Source, argument: str) -> Reading:
    while True:
        pass


def block_for_ever(source: Source, argument: str) -> Reading:
    while True:
        signal.pause()


def allocate(source: Source, argument: str) -> Reading:
    hoard = []
    while True:
        hoard.append(bytearray(16 * 1024 * 1024))


def name_this_process(name: str) -> None:
    ctypes.CDLL(None).prctl(15, name.encode("ascii"), 0, 0, 0)


def name_and_wait(source: Source, argument: str) -> Reading:
    name_this_process(argument)
    while True:
        signal.pause()


def sleepers(source: Source, argument: str) -> Reading:
    """Fifty processes that outlive their parent, each in a session of its own."""
    for _ in range(50):
        if os.fork() == 0:
            os.setsid()
            name_this_process(argument)
            signal.pause()
    print("all asleep", flush=True)
    signal.pause()
    raise AssertionError


def generations(source: Source, argument: str) -> Reading:
    """Each forks the next, in a session of its own, and stays."""
    for generation in range(20):
        if os.fork():
            name_this_process(argument)
            if generation:
                signal.pause()
            return plain(source, argument)
        os.setsid()
    name_this_process(argument)
    signal.pause()
    raise AssertionError


def sleepers_then_done(source: Source, argument: str) -> Reading:
    for _ in range(50):
        if os.fork() == 0:
            os.setsid()
            name_this_process(argument)
            signal.pause()
    return plain(source, argument)


def fork_refused(source: Source, argument: str) -> Reading:
    outcomes = []
    for attempt in (os.fork, lambda: os.posix_spawn("/bin/true", ["true"], {})):
        try:
            attempt()
            outcomes.append("went through")
        except OSError as error:
            outcomes.append(type(error).__name__)
    return Reading(" ".join(outcomes), (Block("lines", LinesLocator(1, 1, 0, len(" ".join(outcomes)))),))


def ten_gigabytes(source: Source, argument: str) -> Reading:
    with (source.scratch / "big").open("wb") as file:
        if argument == "sparse":
            file.truncate(10 * 1024**3)
        while True:
            file.write(b"x" * 1024 * 1024)


def many_files(source: Source, argument: str) -> Reading:
    for number in range(10**9):
        (source.scratch / f"{number}").write_bytes(b"x" * 100_000)
    raise AssertionError


def flood(source: Source, argument: str) -> Reading:
    for _ in range(300):
        os.write(1, b"flood " * 10_000)
    os.write(2, SECRET.encode())
    return plain(source, argument)


def huge_result(source: Source, argument: str) -> Reading:
    return Reading("x" * 200 * 1024 * 1024, ())


def huge_result_by_hand(source: Source, argument: str) -> Reading:
    while True:
        os.write(4, b"x" * 1024 * 1024)


def result_that_is_no_reading(source: Source, argument: str) -> Reading:
    os.write(4, argument.encode())
    os._exit(0)


def connect(source: Source, argument: str) -> Reading:
    socket.create_connection(("127.0.0.1", int(argument)), timeout=5).close()
    return plain(source, argument)


def untrusted(source: Source, argument: str) -> Reading:
    raise UntrustedInputError("encrypted", "The file needs a password.")


def any_exception(source: Source, argument: str) -> Reading:
    raise ZeroDivisionError(SECRET)


def system_exit(source: Source, argument: str) -> Reading:
    sys.exit(SECRET)


def no_space(source: Source, argument: str) -> Reading:
    raise OSError(errno.ENOSPC, SECRET)


def deep(source: Source, argument: str) -> Reading:
    return deep(source, argument)


def links(source: Source, argument: str) -> Reading:
    (source.scratch / "link").symlink_to("/etc/passwd")
    (source.scratch / "folder").mkdir()
    (source.scratch / "folder" / "link").symlink_to("/etc")
    parts = (Part("passwd", argument, "member"),) if argument else ()
    return Reading("", (), parts=parts)


def hard_link(source: Source, argument: str) -> Reading:
    os.link(argument, source.scratch / "link")
    return Reading("", (), parts=(Part("case.db", "link", "member"),))


def parts(source: Source, argument: str) -> Reading:
    (source.scratch / "first").write_bytes(b"one")
    (source.scratch / "first").chmod(0)
    (source.scratch / "unnamed").write_bytes(b"two")
    lost = Part("locked", "", "member", issue=Issue("read", "encrypted", "needs a password"))
    return Reading("", (), parts=(Part("../../etc/\ud800\x00passwd", "first", "attachment"), lost))


def part_elsewhere(source: Source, argument: str) -> Reading:
    return Reading("", (), parts=(Part("x", argument, "member"),))


def close_descriptors(source: Source, argument: str) -> Reading:
    os.closerange(0, 100)
    return plain(source, argument)


def close_source(source: Source, argument: str) -> Reading:
    source.stream.close()
    return Reading("closed", (Block("lines", LinesLocator(1, 1, 0, 6)),))


def exit_without_result(source: Source, argument: str) -> Reading:
    os._exit(0)


def claim_to_be_cold(source: Source, argument: str) -> Reading:
    os._exit(10)


def kill_parents(source: Source, argument: str) -> Reading:
    """Kill the waiting process, then everything that can be seen."""
    refused = 0
    for process in (os.getppid(), 1, -1):
        try:
            if process > 1 or argument == "confined":
                os.kill(process, signal.SIGKILL)
        except OSError:
            refused += 1
    time.sleep(0.05)
    return Reading("", (), title=str(refused))


def open_elsewhere(source: Source, argument: str) -> Reading:
    outcomes = []
    for path, mode in ((argument, "rb"), ("/etc/passwd", "rb"), ("/tmp/evil-was-here", "wb"), (os.__file__, "rb")):
        try:
            Path(path).open(mode).close()
            outcomes.append("opened")
        except PermissionError:
            outcomes.append("refused")
    return Reading("", (), title=" ".join(outcomes))


def what_it_has(source: Source, argument: str) -> Reading:
    """What a child can see of where it runs."""
    status = Path("/proc/self/status").read_text() if argument else ""
    capabilities = [line.split()[1] for line in status.splitlines() if line.startswith("CapEff")]
    held = sorted(int(name) for name in os.listdir("/proc/self/fd")) if argument else []  # noqa: PTH208
    return Reading("", (), title=repr((sorted(os.environ), held, capabilities, os.getsid(0) == os.getpid())))


class EvilReader:
    name = "evil"
    version = "1"
    media_types = frozenset({MEDIA_TYPE})

    def read(self, source: Source) -> Reading:
        first, _, _ = source.stream.readline().decode("utf-8", "surrogatepass").partition("\n")
        source.stream.seek(0)
        deed, _, argument = first.partition(" ")
        return globals().get(deed, plain)(source, argument)


class EvilRegistry:
    def reader_for(self, media_type: str) -> EvilReader | None:
        if media_type == "application/x-unloadable":
            raise ModuleNotFoundError("No module named 'missing'")
        return EvilReader() if media_type == MEDIA_TYPE else None


def registry() -> EvilRegistry:
    return EvilRegistry()
