"""A seccomp filter for the process that reads hostile files: calls that no reader needs fail with EPERM.

It is a second wall behind namespaces and Landlock, and the first where a machine allows no namespaces: no sockets but
local ones, no processes, no programs. Sources: seccomp(2), linux/bpf_common.h, asm/unistd_64.h, asm-generic/unistd.h.
"""

import ctypes
import errno
import os
import platform
import sys

from casefile.errors import ReaderProcessError

_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 22, 2
_ALLOW, _KILL_PROCESS, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _JUMP_ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_OFFSET_NUMBER, _OFFSET_ARCHITECTURE, _OFFSET_FIRST_ARGUMENT = 0, 4, 16  # struct seccomp_data, low half of args[0]
_X32_BIT = 0x40000000
_AF_UNIX, _CLONE_THREAD = 1, 0x00010000
_CLONE_NAMESPACES = 0x7E020000

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_CALLS = {
    # name: (x86_64, aarch64); None where the architecture has no such call
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "mount_setattr": (442, 442),
    "unshare": (272, 97),
    "setns": (308, 268),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "open_by_handle_at": (304, 265),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "kexec_load": (246, 104),
    "link": (86, None),
    "linkat": (265, 37),
    "mknod": (133, None),
    "mknodat": (259, 33),
}
_CALLS_THAT_MAKE_PROCESSES = {
    "fork": (57, None),
    "vfork": (58, None),
    "execve": (59, 221),
    "execveat": (322, 281),
}
_SOCKET, _CLONE, _CLONE3 = (41, 198), (56, 220), 435


class _Instruction(ctypes.Structure):
    _fields_ = (("code", ctypes.c_uint16), ("jt", ctypes.c_uint8), ("jf", ctypes.c_uint8), ("k", ctypes.c_uint32))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("instructions", ctypes.POINTER(_Instruction)))


def can_filter() -> bool:
    """Whether this kernel and architecture have the filter."""
    known = platform.machine() in _ARCHITECTURES and sys.byteorder == "little" and sys.maxsize > 2**32
    # asking for mode 2 without a program fails with EFAULT where it exists, EINVAL where it does not
    library = ctypes.CDLL(None, use_errno=True)
    zero = ctypes.c_ulong(0)
    library.prctl(_PR_SET_SECCOMP, ctypes.c_ulong(_SECCOMP_MODE_FILTER), None, zero, zero)
    return known and ctypes.get_errno() == errno.EFAULT


def filter_system_calls(*, allow_processes: bool) -> None:
    """Bind this process and all it starts. Needs `no_new_privs`.

    Args:
        allow_processes: let it start processes and programs; threads are always allowed.

    Raises:
        ReaderProcessError: the kernel refuses.
    """
    steps = _program(platform.machine(), allow_processes=allow_processes)
    instructions = (_Instruction * len(steps))(*(_Instruction(*step) for step in steps))
    program = _Program(len(steps), instructions)
    library = ctypes.CDLL(None, use_errno=True)
    zero = ctypes.c_ulong(0)
    mode = ctypes.c_ulong(_SECCOMP_MODE_FILTER)
    if library.prctl(_PR_SET_SECCOMP, mode, ctypes.byref(program), zero, zero) != 0:
        raise ReaderProcessError(f"System calls cannot be filtered: {os.strerror(ctypes.get_errno())}")


def _program(machine: str, *, allow_processes: bool) -> list[tuple[int, int, int, int]]:
    """Instructions (code, jump if true, jump if false, operand); jumps count the instructions to skip."""
    which = list(_ARCHITECTURES).index(machine)
    denied = _CALLS if allow_processes else _CALLS | _CALLS_THAT_MAKE_PROCESSES
    refuse = (_RETURN, 0, 0, _ERRNO | errno.EPERM)
    allow = (_RETURN, 0, 0, _ALLOW)
    steps = [
        (_LOAD, 0, 0, _OFFSET_ARCHITECTURE),
        (_JUMP_EQUAL, 1, 0, _ARCHITECTURES[machine]),
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_LOAD, 0, 0, _OFFSET_NUMBER),
    ]
    if machine == "x86_64":  # the x32 calls are the same calls under other numbers
        steps += [(_JUMP_AT_LEAST, 0, 1, _X32_BIT), refuse]
    for numbers in denied.values():
        number = numbers[which]
        if number is not None:
            steps += [(_JUMP_EQUAL, 0, 1, number), refuse]
    # clone3 hides its flags behind a pointer: with ENOSYS the C library falls back to clone
    steps += [(_JUMP_EQUAL, 0, 1, _CLONE3), (_RETURN, 0, 0, _ERRNO | errno.ENOSYS)]
    steps += [
        (_JUMP_EQUAL, 0, 4, _SOCKET[which]),
        (_LOAD, 0, 0, _OFFSET_FIRST_ARGUMENT),
        (_JUMP_EQUAL, 0, 1, _AF_UNIX),
        allow,
        (_RETURN, 0, 0, _ERRNO | errno.EACCES),
    ]
    threads_only = [(_JUMP_ANY_BIT, 1, 0, _CLONE_THREAD), refuse]
    steps += [
        (_JUMP_EQUAL, 0, 3 + (0 if allow_processes else 2), _CLONE[which]),
        (_LOAD, 0, 0, _OFFSET_FIRST_ARGUMENT),
        (_JUMP_ANY_BIT, 0, 1, _CLONE_NAMESPACES),
        refuse,
        *([] if allow_processes else threads_only),
        allow,
    ]
    return steps
