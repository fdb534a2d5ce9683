"""llama.cpp's raw loop in a process of its own: the limit that the engine `ministral` is measured against.

`python -m eval.bench.raw_llama MODEL CONTEXT BATCH THREADS` reads lines `READ WRITE` (numbers of tokens) from standard
input, and for each clears its memory, reads that many tokens of prompt, writes that many by llama.cpp's own greedy
sampler, and prints `{"read_ms", "write_ms"}`. Nothing is between the two calls: no grammar, no events, no text.
"""

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

_FIRST = 1000
"""Token ids from here on are plain words."""


def main(arguments: Sequence[str]) -> None:
    """Serve requests until standard input ends."""
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
    path, context, batch, threads = arguments[0], *map(int, arguments[1:4])
    loop = _Loop(path, context, batch, threads)
    _print({"ready": True})
    for line in sys.stdin:
        read, write = map(int, line.split())
        _print(loop.run(read, write))


class _Loop:
    def __init__(self, path: str, context: int, batch: int, threads: int) -> None:
        import llama_cpp
        from llama_cpp._logger import set_verbose

        set_verbose(False)
        self._api: Any = llama_cpp
        llama_cpp.llama_backend_init()
        chosen = llama_cpp.llama_model_default_params()
        chosen.use_mmap = False
        self._model = llama_cpp.llama_model_load_from_file(path.encode(), chosen)
        made = llama_cpp.llama_context_default_params()
        made.n_ctx, made.n_batch, made.n_ubatch = context, batch, batch
        made.n_threads = made.n_threads_batch = threads
        made.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_ENABLED
        if self._model is None:
            raise SystemExit(f"{path} cannot be loaded")
        self._context = llama_cpp.llama_init_from_model(self._model, made)
        self._batch = batch
        self._sampler = llama_cpp.llama_sampler_init_greedy()

    def run(self, read: int, write: int) -> dict[str, float]:
        """Milliseconds of both halves."""
        api, context = self._api, self._context
        api.llama_memory_clear(api.llama_get_memory(context), 1)
        tokens = [1, *range(_FIRST, _FIRST + read - 1)]
        began = time.perf_counter()
        for part in _parts(tokens, self._batch):
            self._decode(part)
        first = api.llama_sampler_sample(self._sampler, context, -1)
        half = time.perf_counter()
        for _ in range(write - 1):
            self._decode([first])
            first = api.llama_sampler_sample(self._sampler, context, -1)
        return {"read_ms": (half - began) * 1000, "write_ms": (time.perf_counter() - half) * 1000}

    def _decode(self, tokens: Sequence[int]) -> None:
        array = (self._api.llama_token * len(tokens))(*tokens)
        if self._api.llama_decode(self._context, self._api.llama_batch_get_one(array, len(tokens))) != 0:
            raise SystemExit("llama.cpp could not read the tokens")


def _parts(tokens: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(tokens), size):
        yield tokens[start : start + size]


def _print(document: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
