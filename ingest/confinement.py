"""What binds the process that reads hostile files: limits, namespaces, Landlock, no privileges. Linux.

Sources: prctl(2), capset(2), setrlimit(2), namespaces(7), pid_namespaces(7), user_namespaces(7), landlock(7).
Whatever a machine does not allow is left out and said (`Confinement`); nothing is left out silently.
"""

import ctypes
import os
import resource
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from casefile.errors import ReaderProcessError
from ingest.system_call_filter import filter_system_calls

MEBIBYTE = 1024 * 1024

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 1, 4, 36, 38
_CLONE_NEWIPC, _CLONE_NEWUSER, _CLONE_NEWPID, _CLONE_NEWNET = 0x08000000, 0x10000000, 0x20000000, 0x40000000
_SIGKILL = 9
_CAPABILITY_VERSION_3 = 0x20080522

# landlock(7); the three calls have these numbers on every architecture
_LANDLOCK_CREATE_RULESET, _LANDLOCK_ADD_RULE, _LANDLOCK_RESTRICT_SELF = 444, 445, 446
_LANDLOCK_CREATE_RULESET_VERSION, _LANDLOCK_RULE_PATH_BENEATH = 1, 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _REMOVE_DIR, _REMOVE_FILE = 1, 2, 4, 8, 16, 32
_MAKE_DIR, _MAKE_REG, _TRUNCATE = 1 << 7, 1 << 8, 1 << 14
_RIGHTS_BY_VERSION = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
_FILE_RIGHTS = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE
_NETWORK_SINCE, _BIND_AND_CONNECT_TCP = 4, 3
_SCOPES_SINCE, _ABSTRACT_SOCKETS_AND_SIGNALS = 6, 3


@dataclass(frozen=True, slots=True)
class ProcessLimits:
    """Bounds on the reading of one file, kept by the kernel and by the parent.

    Attributes:
        address_space_bytes: what it may map beyond what the loaded reader has mapped already.
        cpu_seconds: processor time.
        wall_seconds: time on the clock, imports of a reader not counted.
        open_files: highest file descriptor number, less one.
        output_bytes: the encoded `Reading`.
        file_bytes: the largest file it may write, parts included.
        scratch_bytes: all that may lie in the scratch folder.
        scratch_files: most files in the scratch folder.
        processes: child processes it may start; 0 also forbids it to run any program.
    """

    address_space_bytes: int = 2048 * MEBIBYTE
    cpu_seconds: int = 300
    wall_seconds: float = 600.0
    open_files: int = 64
    output_bytes: int = 512 * MEBIBYTE
    file_bytes: int = 2048 * MEBIBYTE
    scratch_bytes: int = 4096 * MEBIBYTE
    scratch_files: int = 25_000
    processes: int = 0


@dataclass(frozen=True, slots=True)
class Confinement:
    """Which walls stand on this machine."""

    network_isolated: bool
    processes_isolated: bool
    files_confined: bool
    system_calls_filtered: bool

    def warnings(self) -> tuple[str, ...]:
        """What a person must be told, one sentence for each wall that is missing; empty where all stand."""
        missing = {
            "Files are read in a process that is not cut off from the network: this system allows it no network "
            "namespace.": self.network_isolated,
            "Files are read in a process that can see other processes: this system allows it no process "
            "namespace.": self.processes_isolated,
            "Files are read in a process that can open other files of this user: this system has no Landlock.": (
                self.files_confined
            ),
            "Files are read in a process that can make any system call: this system has no filter for them.": (
                self.system_calls_filtered
            ),
        }
        return tuple(sentence for sentence, stands in missing.items() if not stands)


class ConfinementError(ReaderProcessError):
    """A wall that this machine offers could not be put up; the file is not read without it."""


def _library() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _prctl(option: int, value: int) -> None:
    unused = ctypes.c_ulong(0)
    if _library().prctl(option, ctypes.c_ulong(value), unused, unused, unused) != 0:
        raise ConfinementError(f"prctl({option}) failed: {os.strerror(ctypes.get_errno())}")


# ---- the process that waits for files (trusted) ---------------------------------------------------------------------


def enter_namespaces(*, network: bool, processes: bool) -> tuple[bool, bool]:
    """Leave the network and (for children) the process namespace; with a user namespace where that needs one.

    Returns:
        whether the network is out of reach; whether the next child is process 1 of a namespace of its own.
    """
    wanted = [(network, processes)] + [(True, False)] * (network and processes)
    for with_network, with_processes in wanted:
        flags = _CLONE_NEWNET * with_network | _CLONE_NEWPID * with_processes
        if not flags:
            break
        if _library().unshare(flags | _CLONE_NEWIPC) == 0:
            return with_network, with_processes
        user, group = os.geteuid(), os.getegid()
        if _library().unshare(flags | _CLONE_NEWIPC | _CLONE_NEWUSER) == 0:
            _map_ids(user, group)
            return with_network, with_processes
    return False, False


def _map_ids(user: int, group: int) -> None:
    """Keep our own ids inside the user namespace, user_namespaces(7)."""
    for name, content in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        Path("/proc/self", name).write_text(content, encoding="ascii")


def die_with_parent() -> None:
    """Be killed when the parent ends. Cleared by changes of credentials: call it after them."""
    _prctl(_PR_SET_PDEATHSIG, _SIGKILL)


def keep_orphans() -> None:
    """Become the parent of descendants whose own parent has ended, so that none escapes."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def hide_memory() -> None:
    """Let no process of the same user look into this one or write to it; no core dumps."""
    _prctl(_PR_SET_DUMPABLE, 0)


# ---- the process that reads one file --------------------------------------------------------------------------------


def set_limits(limits: ProcessLimits, *, own_user_namespace: bool) -> None:
    """Set the kernel's limits on this process. Hard limits: it cannot raise them again."""
    mapped = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    bounds = {
        resource.RLIMIT_AS: mapped + limits.address_space_bytes,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_FSIZE: max(limits.file_bytes, limits.output_bytes),
        resource.RLIMIT_CORE: 0,
    }
    if own_user_namespace:
        # counts threads too, and every process of the user where it has no namespace of its own
        bounds[resource.RLIMIT_NPROC] = limits.processes + 64
    for which, bound in bounds.items():
        hard = resource.getrlimit(which)[1]
        value = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        resource.setrlimit(which, (value, value))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds + 1))


def drop_privileges() -> None:
    """Give up every capability (root's too) and any way to gain one."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    if _library().capset(header, nothing) != 0:
        raise ConfinementError(f"Capabilities cannot be given up: {os.strerror(ctypes.get_errno())}")


def landlock_version() -> int:
    """Landlock's ABI version on this machine; 0 where there is none."""
    version = _library().syscall(_LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), _LANDLOCK_CREATE_RULESET_VERSION)
    return max(int(version), 0)


def confine_files(readable: Iterable[Path], scratch: Path, *, may_execute: bool) -> None:
    """Open nothing from now on but what lies beneath `readable` (to read) and `scratch` (to read and write).

    Open descriptors stay usable. Links out of `scratch`, signals to other processes and TCP are forbidden with it
    where the kernel knows how. Needs `drop_privileges` first.
    """
    version = landlock_version()
    handled = next(rights for since, rights in sorted(_RIGHTS_BY_VERSION.items(), reverse=True) if version >= since)
    attributes = (ctypes.c_uint64 * 3)(
        handled,
        _BIND_AND_CONNECT_TCP if version >= _NETWORK_SINCE else 0,
        _ABSTRACT_SOCKETS_AND_SIGNALS if version >= _SCOPES_SINCE else 0,
    )
    size = 8 if version < _NETWORK_SINCE else 16 if version < _SCOPES_SINCE else 24
    ruleset = _checked(
        _library().syscall(_LANDLOCK_CREATE_RULESET, attributes, ctypes.c_size_t(size), ctypes.c_uint32(0))
    )
    reading = _READ_FILE | _READ_DIR | (_EXECUTE if may_execute else 0)
    for path in readable:
        _allow(ruleset, path, reading & handled)
    _allow(ruleset, Path("/dev/null"), (_READ_FILE | _WRITE_FILE) & handled)
    within = reading | _WRITE_FILE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG | _TRUNCATE
    _allow(ruleset, scratch, within & ~_EXECUTE & handled)
    _checked(_library().syscall(_LANDLOCK_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0)))
    os.close(ruleset)


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def _allow(ruleset: int, path: Path, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what is not there needs no permission
    rule = _PathBeneath(rights if path.is_dir() else rights & _FILE_RIGHTS, descriptor)
    result = _library().syscall(
        _LANDLOCK_ADD_RULE,
        ctypes.c_int(ruleset),
        ctypes.c_int(_LANDLOCK_RULE_PATH_BENEATH),
        ctypes.byref(rule),
        ctypes.c_uint32(0),
    )
    os.close(descriptor)
    _checked(result)


def _checked(result: int) -> int:
    if result < 0:
        raise ConfinementError(f"Landlock cannot be used: {os.strerror(ctypes.get_errno())}")
    return int(result)


def readable_places(more: Iterable[str] = ()) -> tuple[Path, ...]:
    """What a reader needs to open besides its file: the interpreter, its libraries, system libraries and fonts.

    The folder of a source tree is left out, only our packages in it are named: cases may lie beside them.
    """
    prefixes = [sys.prefix, sys.base_prefix, sys.exec_prefix]
    installed = [
        entry for entry in sys.path if entry and entry.rstrip("/").endswith(("site-packages", "dist-packages"))
    ]
    packages = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "casefile")]
    system = ["/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/localtime", "/etc/mime.types", "/etc/fonts"]
    devices = ["/dev/urandom", "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu"]
    places = dict.fromkeys([*prefixes, *installed, *packages, *system, *devices, *more])
    return tuple(Path(place) for place in places)


def confine(
    limits: ProcessLimits,
    confinement: Confinement,
    readable: Iterable[Path],
    scratch: Path,
    *,
    own_user_namespace: bool,
) -> None:
    """Put up every wall that this machine offers, in the order that they need.

    Raises:
        ConfinementError: one of them cannot be put up.
    """
    set_limits(limits, own_user_namespace=own_user_namespace)
    drop_privileges()
    if confinement.files_confined:
        confine_files(readable, scratch, may_execute=limits.processes > 0)
    if confinement.system_calls_filtered:
        filter_system_calls(allow_processes=limits.processes > 0)
    die_with_parent()
