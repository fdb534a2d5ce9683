"""What llama.cpp says of itself: kept in memory, so that an error can name its cause; nothing is printed.

llama-cpp-python's own handler writes to stderr and fails on lines that are cut within a character.
"""

import ctypes
from collections import deque
from typing import Any

_WARNING, _ERROR = 3, 4
"""`ggml_log_level`."""
_last: deque[str] = deque(maxlen=20)
_kept_alive: list[Any] = []


def silence() -> None:
    """From now on llama.cpp tells only this module. For the whole process; may be called often."""
    import llama_cpp

    if not _kept_alive:
        callback = llama_cpp.llama_log_callback(_keep)
        _kept_alive.append(callback)  # C holds a bare pointer to it
    llama_cpp.llama_log_set(_kept_alive[0], ctypes.c_void_p(0))


def silence_projector() -> None:
    """The same for its part that sees, which has a log of its own."""
    from llama_cpp import mtmd_cpp

    silence()
    mtmd_cpp.mtmd_helper_log_set(_kept_alive[0], ctypes.c_void_p(0))


def last_errors() -> str:
    """The latest warnings and errors in one line, and forget them; empty where there were none."""
    said = "; ".join(line for line in _last if line)
    _last.clear()
    return said[-500:]


def _keep(level: int, text: bytes, _data: Any) -> None:
    if level in {_WARNING, _ERROR}:
        _last.append(" ".join(text.decode("utf-8", "replace").split()))
