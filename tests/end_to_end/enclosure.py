"""Runs a command behind walls: `python -m tests.end_to_end.enclosure [walls] -- COMMAND...`. Needs root.

A network namespace with only loopback up, a mount namespace in which chosen folders cannot be written, and, where
asked for, another user. Folders above the interpreter that only root may enter (such as /root) are replaced by empty
ones that hold just the interpreter, so that an ordinary user can start it.
"""

import argparse
import ctypes
import fcntl
import os
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
ROOT = Path(__file__).resolve().parents[2]


def enclosed(
    command: Sequence[str],
    *,
    user: int | None = None,
    read_only: Sequence[Path] = (),
    folder: Path | None = None,
    small_disk: tuple[Path, str] | None = None,
) -> list[str]:
    """The command line that runs `command` behind the walls; start it in `ROOT`."""
    walls = [f"--read-only={path}" for path in read_only]
    walls += [f"--user={user}"] if user is not None else []
    walls += [f"--folder={folder}"] if folder is not None else []
    walls += ["--small-disk", str(small_disk[0]), small_disk[1]] if small_disk is not None else []
    return [sys.executable, "-m", "tests.end_to_end.enclosure", *walls, "--", *command]


def interpreter_places() -> tuple[Path, ...]:
    """What an interpreter of this environment needs: the environment, what it was made from, the checkout."""
    return tuple(dict.fromkeys(Path(place).resolve() for place in (sys.prefix, sys.base_prefix, ROOT)))


def closed_folder_above(path: Path) -> Path | None:
    """The topmost folder on the way to `path` that an ordinary user may not enter."""
    return next((f for f in [*reversed(path.parents), path] if not f.stat().st_mode & 0o001), None)


def main() -> None:
    """Put the walls up and become the command."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--user", type=int)
    parser.add_argument("--read-only", type=Path, action="append", default=[])
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--small-disk", nargs=2, metavar=("FOLDER", "SIZE"), help="a tmpfs, lost with the command")
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS | CLONE_NEWNET) != 0:
        sys.exit(f"no namespaces here: {os.strerror(ctypes.get_errno())}")
    mount("--make-rprivate", "/")
    raise_loopback()
    if arguments.user is not None:
        open_the_way(interpreter_places())
    for place in arguments.read_only:
        mount("--bind", str(place), str(place))
        mount("-o", "remount,bind,ro", str(place))
    if arguments.small_disk is not None:
        where, size = arguments.small_disk
        mount("-t", "tmpfs", "-o", f"mode=700,size={size}", "none", where)
    if arguments.user is not None:
        os.setgroups([])
        os.setresgid(arguments.user, arguments.user, arguments.user)
        os.setresuid(arguments.user, arguments.user, arguments.user)
    os.chdir(arguments.folder or ROOT)
    os.execvp(arguments.command[0], arguments.command)


def mount(*arguments: str) -> None:
    """Call mount(8)."""
    subprocess.run(["mount", *arguments], check=True)


def raise_loopback() -> None:
    """Bring `lo` up, netdevice(7)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        (flags,) = struct.unpack("16xh22x", fcntl.ioctl(any_socket, SIOCGIFFLAGS, struct.pack("16sh22x", b"lo", 0)))
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", flags | IFF_UP))


def open_the_way(places: Sequence[Path]) -> None:
    """Replace each folder that only root may enter by an empty one that holds just the places below it."""
    hidden = {place: above for place in places if (above := closed_folder_above(place)) is not None}
    hold = Path(tempfile.mkdtemp(prefix="enclosure-"))
    mount("-t", "tmpfs", "none", str(hold))
    for number, place in enumerate(hidden):
        (hold / str(number)).mkdir()
        mount("--bind", str(place), str(hold / str(number)))
    for above in set(hidden.values()):
        mount("-t", "tmpfs", "-o", "mode=755", "none", str(above))
    for number, place in enumerate(hidden):
        place.mkdir(parents=True, exist_ok=True)
        mount("--bind", str(hold / str(number)), str(place))
    mount("--move", str(hold), "/mnt")
    hold.rmdir()


if __name__ == "__main__":
    main()
