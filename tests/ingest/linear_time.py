"""Shows that a function's work grows in step with its input: compared as a ratio, never as seconds."""

import time
from collections.abc import Callable

MOST = 3.2
"""Twice the input: a linear function takes 2 times as long, a quadratic one 4."""


def growth(work: Callable[[str], object], text: str, repeats: int = 3) -> float:
    """CPU time for `text` over that for its first half, the best of several runs each."""

    def cost(piece: str) -> float:
        best = float("inf")
        for _ in range(repeats):
            started = time.process_time()
            work(piece)
            best = min(best, time.process_time() - started)
        return best

    half = cost(text[: len(text) // 2])
    whole = cost(text)
    return whole / max(half, 0.002)
