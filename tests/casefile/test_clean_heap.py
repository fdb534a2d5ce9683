"""Memory that is given back holds nothing of what stood in it, and none is handed out with old content."""

import subprocess
import sys

import pytest

PROGRAM = """
import ctypes, sys
from casefile.clean_heap import keep_heap_clean
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]
if sys.argv[1] == "clean" and not keep_heap_clean():
    sys.exit(3)
seen = 0
for _ in range(200):
    first = libc.malloc(4000)
    ctypes.memset(first, ord("c"), 4000)
    libc.free(first)
    second = libc.malloc(4000)
    seen += b"c" * 100 in ctypes.string_at(second, 4000)
    libc.free(second)
print(seen)
"""


def _seen(how: str) -> int:
    done = subprocess.run([sys.executable, "-c", PROGRAM, how], capture_output=True, text=True, check=False)
    if done.returncode == 3:
        pytest.skip("no glibc here")
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def test_old_content_is_not_handed_out() -> None:
    assert _seen("as it is") > 0
    assert _seen("clean") == 0
