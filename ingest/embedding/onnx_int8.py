"""The fast adapter: ONNX Runtime on an int8 copy of the model, made once and kept in a cache folder.

Nothing here imports torch, transformers or sentence-transformers except the one-time check of a fresh copy.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from casefile.errors import CaseclerkError
from ingest.embedding.model_directory import (
    TOKENIZER_FILE,
    WEIGHTS_FILE,
    ModelDirectory,
    sha256_of_file,
)
from ingest.embedding.port import (
    MAX_TEXT_CHARACTERS,
    EmbeddingIdentity,
    Progress,
    untrusted_text_for_tokenizer,
)

if TYPE_CHECKING:
    from tokenizers import Tokenizer

RUNTIME = "onnxruntime-int8-v1"
"""Goes into the identity and the cache folder's name; the number changes when the graph does."""

GRAPH_FILE = "encoder.onnx"
_MANIFEST_FILE = "manifest.json"
_TEXTS_PER_TASK = 16
_LEAST_COSINE = 0.97
"""What the copy must reach against torch float32 on every check sentence; the recall it costs is measured apart."""

CHECK_SENTENCES = (
    "The supplier shall deliver the goods within thirty days of the purchase order.",
    "Who called +45 20 12 34 56 on the evening of 3 March?",
    "Payment of EUR 14,250.00 was received from the account of the second suspect.",
    "yes",
    (
        "The witness stated that a dark blue estate car stood in front of the harbour office from about nine o'clock "
        "until shortly after midnight, that two men carried boxes from the side door to the car, and that one of them, "
        "whom she had seen before in the company of the tenant, wore a jacket with the logo of a courier service."
    ),
)

Reference = Callable[[Sequence[str]], NDArray[np.float32]]


class ConversionError(CaseclerkError):
    """The int8 copy cannot be made, read or trusted; another runtime must serve."""


def cached_copy(model: ModelDirectory, weights_sha256: str, cache: Path, reference: Reference) -> Path:
    """Give the folder that holds the int8 copy of a model, making it first where it is not there or damaged.

    A folder appears under its name only when it is complete and checked; two processes may race, one copy wins.

    Args:
        model: what to convert.
        weights_sha256: of its `model.safetensors`, already checked by the caller.
        cache: the folder of converted models, made if need be.
        reference: embeds the check sentences in float32, rows of length 1; called only for a fresh copy.

    Raises:
        ConversionError: the copy cannot be made, or is too far from the reference.
    """
    folder = cache / f"{weights_sha256}-{RUNTIME}"
    if _is_intact(folder):
        return folder
    if model.unsuitable:
        raise ConversionError(f"The model in {model.path} has no int8 conversion: {model.unsuitable}.")
    try:
        cache.mkdir(parents=True, exist_ok=True, mode=0o700)
        work = Path(tempfile.mkdtemp(prefix=".converting-", dir=cache))
    except OSError as cause:
        raise ConversionError(f"The folder of converted models {cache} cannot be written: {cause.strerror}.") from cause
    try:
        _convert(model, weights_sha256, work)
        _check_against(reference, work, model)
        _put_in_place(work, folder)
    except OSError as cause:
        raise ConversionError(f"The converted model cannot be written to {cache}: {cause.strerror}.") from cause
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return folder


def _convert(model: ModelDirectory, weights_sha256: str, work: Path) -> None:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    from ingest.embedding.onnx_graph import build_int8_graph

    try:
        graph = build_int8_graph(load_file(model.path / WEIGHTS_FILE), model)
    except (KeyError, ValueError, TypeError, SafetensorError) as cause:
        raise ConversionError(f"The weights in {model.path} are not those of a BERT encoder: {cause}.") from cause
    _write(work / GRAPH_FILE, graph)
    _write(work / TOKENIZER_FILE, (model.path / TOKENIZER_FILE).read_bytes())
    manifest = {
        "runtime": RUNTIME,
        "weights_sha256": weights_sha256,
        "files": {name: sha256_of_file(work / name) for name in (GRAPH_FILE, TOKENIZER_FILE)},
    }
    _write(work / _MANIFEST_FILE, json.dumps(manifest, indent=1, sort_keys=True).encode())


def _check_against(reference: Reference, work: Path, model: ModelDirectory) -> None:
    encoder = Int8Encoder(work, model.max_tokens, threads=1)
    cosines = np.sum(encoder.embed(CHECK_SENTENCES) * reference(CHECK_SENTENCES), axis=1)
    if not bool(np.all(cosines > _LEAST_COSINE)):
        raise ConversionError(
            f"The int8 copy of {model.path} differs too much from float32 (least cosine {cosines.min():.4f})."
        )


def _put_in_place(work: Path, folder: Path) -> None:
    if folder.exists() and not _is_intact(folder):
        shutil.rmtree(folder)
    try:
        work.rename(folder)
    except OSError:
        if not _is_intact(folder):  # otherwise another process was first, and its copy serves
            raise
    _sync_directory(folder.parent)


def _is_intact(folder: Path) -> bool:
    try:
        manifest = json.loads((folder / _MANIFEST_FILE).read_bytes())
        expected: dict[str, str] = manifest["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    wanted = {GRAPH_FILE, TOKENIZER_FILE}
    if not isinstance(expected, dict) or set(expected) != wanted or manifest.get("runtime") != RUNTIME:
        return False
    return all((folder / name).is_file() and sha256_of_file(folder / name) == expected[name] for name in wanted)


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Int8Encoder:
    """A converted model in memory: texts in, unit vectors out.

    Each run of the graph takes one text on one thread, and as many texts are under way as there are threads. That is
    as fast as batches of any size here, and a vector is the same bit for bit whatever stands beside it.

    Args:
        folder: a folder made by `cached_copy`.
        max_tokens: where texts are cut, special tokens included.
        threads: texts under way at once.

    Raises:
        ConversionError: ONNX Runtime or the tokenizer cannot load the files.
    """

    def __init__(self, folder: Path, max_tokens: int, threads: int) -> None:
        self._tokenizer_file = folder / TOKENIZER_FILE
        self._counter: Tokenizer | None = None
        self._tokenizer = _load_tokenizer(self._tokenizer_file)
        self._tokenizer.enable_truncation(max_tokens)
        self._session = _load_session(folder / GRAPH_FILE)
        self._threads = threads
        self.dimension: int = self._session.get_outputs()[0].shape[1]

    def count_tokens(self, text: str) -> int:
        """Count the tokens of a text, special tokens included, nothing cut off."""
        if self._counter is None:
            self._counter = _load_tokenizer(self._tokenizer_file)
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


def _load_tokenizer(path: Path) -> "Tokenizer":
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_str(path.read_text(encoding="utf-8"))
    except Exception as cause:  # tokenizers raises bare Exception for every malformed file
        raise ConversionError(f"The tokenizer {path} cannot be loaded: {cause}") from cause
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _load_session(path: Path) -> Any:
    """Load the graph on one thread: threads are spent on texts, not inside a matrix product."""
    try:
        import onnxruntime
    except ImportError as cause:
        raise ConversionError(f"ONNX Runtime cannot be imported: {cause}") from cause
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as cause:  # its error classes are private to the extension module and share only this base
        raise ConversionError(f"ONNX Runtime cannot load {path}: {cause}") from cause


class OnnxInt8Embedder:
    """The embedding port on `Int8Encoder`."""

    def __init__(self, encoder: Int8Encoder, identity: EmbeddingIdentity) -> None:
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
