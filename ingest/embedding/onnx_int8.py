"""The fast adapter: ONNX Runtime on a converted model (`conversion`). Imports neither torch nor transformers."""

import platform
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from casefile.errors import CaseclerkError
from casefile.offline import switch_off
from ingest.embedding.model_directory import TOKENIZER_FILE
from ingest.embedding.port import (
    MAX_TEXT_CHARACTERS,
    EmbeddingIdentity,
    Progress,
    untrusted_text_for_tokenizer,
)

if TYPE_CHECKING:
    from tokenizers import Tokenizer

RUNTIME = "onnxruntime-int8-v2"
"""Goes into the identity and the cache folder's name; the number changes when the graph does."""

GRAPH_FILE = "encoder.onnx"
_TEXTS_PER_TASK = 16


class ConversionError(CaseclerkError):
    """The int8 copy cannot be made, read or trusted; another runtime must serve."""


class OnnxEncoder:
    """A converted model in memory: texts in, unit vectors out.

    Each run of the graph takes one text on one thread, and as many texts are under way as there are threads. That is
    as fast as batches of any size here, and a vector is the same bit for bit whatever stands beside it.

    Args:
        folder: a folder made by `conversion.cached_copy`.
        max_tokens: where texts are cut, special tokens included.
        threads: texts under way at once.

    Raises:
        ConversionError: ONNX Runtime or the tokenizer cannot load the files.
    """

    def __init__(self, folder: Path, max_tokens: int, threads: int) -> None:
        self._tokenizer_file = folder / TOKENIZER_FILE
        self._counter: Tokenizer | None = None
        self._tokenizer = load_tokenizer(self._tokenizer_file)
        self._tokenizer.enable_truncation(max_tokens)
        self._session = load_session(folder / GRAPH_FILE)
        self._threads = threads
        self.dimension: int = self._session.get_outputs()[0].shape[1]

    def count_tokens(self, text: str) -> int:
        """Count the tokens of a text, special tokens included, nothing cut off."""
        if self._counter is None:
            self._counter = load_tokenizer(self._tokenizer_file)
        return len(self._counter.encode(untrusted_text_for_tokenizer(text)).ids)

    def tokenise(self, text: str) -> NDArray[np.int32]:
        """Turn a text into the graph's input, int32 [1, tokens]."""
        encoding = self._tokenizer.encode(untrusted_text_for_tokenizer(text[:MAX_TEXT_CHARACTERS]))
        return np.array(encoding.ids, dtype=np.int32)[np.newaxis, :]

    def run(self, ids: NDArray[np.int32]) -> NDArray[np.float32]:
        """Run the graph on one tokenised text: float32 [1, dimension]."""
        vector: NDArray[np.float32] = self._session.run(None, {"ids": ids})[0]
        return vector

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        """Embed texts: float32 [n, dimension]; `progress` as in the port."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        tasks = [
            range(start, min(start + _TEXTS_PER_TASK, len(texts))) for start in range(0, len(texts), _TEXTS_PER_TASK)
        ]

        def work(rows: range) -> int:
            for row in rows:
                vectors[row] = self.run(self.tokenise(texts[row]))[0]
            return len(rows)

        for done in self._on_all_threads(work, tasks):
            if progress is not None:
                progress(done)
        return vectors

    def _on_all_threads(self, work: Callable[[range], int], tasks: Sequence[range]) -> Iterable[int]:
        if self._threads == 1 or len(tasks) < 2:
            yield from map(work, tasks)
            return
        with ThreadPoolExecutor(self._threads, thread_name_prefix="embedding") as pool:
            yield from pool.map(work, tasks)


def load_tokenizer(path: Path) -> "Tokenizer":
    """Load `tokenizer.json` without the padding and truncation that some files declare.

    Raises:
        ConversionError: it is not a tokenizer.
    """
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_str(path.read_text(encoding="utf-8"))
    except Exception as cause:  # tokenizers raises bare Exception for every malformed file
        raise ConversionError(f"The tokenizer {path} cannot be loaded: {cause}") from cause
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def load_session(model: Path | bytes) -> Any:
    """Load a graph, from a file or serialised, on one thread: threads are spent on texts, not inside a matrix product.

    Raises:
        ConversionError: ONNX Runtime is not there or cannot load it.
    """
    switch_off()
    try:
        import onnxruntime
    except ImportError as cause:
        raise ConversionError(f"ONNX Runtime cannot be imported: {cause}") from cause
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    if _overflows():
        options.add_session_config_entry("session.x64quantprecision", "1")
    source = model if isinstance(model, bytes) else str(model)
    try:
        return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    except Exception as cause:  # its errors share no base class but this one
        raise ConversionError(f"ONNX Runtime cannot load the converted model: {cause}") from cause


def _overflows() -> bool:
    """Tell whether this x86 processor adds int8 products in 16 bits, where they overflow silently.

    Those with VNNI add in 32 bits. ONNX Runtime has a slower exact way for the others, which would make the ones with
    VNNI three times slower too.
    """
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return False
    try:
        processor = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return True  # not known: rather slow than wrong
    return not {"avx512_vnni", "avx_vnni"} & set(processor.split())


class OnnxInt8Embedder:
    """The embedding port on `OnnxEncoder`."""

    def __init__(self, encoder: OnnxEncoder, identity: EmbeddingIdentity) -> None:
        self._encoder = encoder
        self._identity = identity

    @property
    def identity(self) -> EmbeddingIdentity:
        """What to record in the case."""
        return self._identity

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        """Embed passages, see the port."""
        return self._encoder.embed(_prefixed(self._identity.passage_prefix, texts), progress)

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed questions, see the port."""
        return self._encoder.embed(_prefixed(self._identity.query_prefix, texts))

    def count_tokens(self, text: str) -> int:
        """Count the tokens of a passage, see the port."""
        return self._encoder.count_tokens(self._identity.passage_prefix + text)


def _prefixed(prefix: str, texts: Sequence[str]) -> Sequence[str]:
    return [prefix + text for text in texts] if prefix else texts
