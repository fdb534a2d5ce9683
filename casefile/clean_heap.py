"""No memory of this process is handed on with what stood in it before.

HNSW, inside Chroma, writes all the memory that it has reserved into its file, used or not. Without this, words of an
exhibit that was erased could get there from memory that had held them. glibc fills memory with a byte when it is
reserved and when it is given back, if it is told to (`M_PERTURB`, mallopt(3)).
"""

import ctypes
from functools import cache

M_PERTURB = -6
"""Of mallopt(3)."""
FILL = 0xA5


@cache
def keep_heap_clean() -> bool:
    """From now on memory is filled when it is reserved and when it is given back. False where there is no glibc."""
    try:
        return bool(ctypes.CDLL(None).mallopt(M_PERTURB, FILL))
    except (AttributeError, OSError):  # another C library; there the new process of `vector_remaking` has to do
        return False
