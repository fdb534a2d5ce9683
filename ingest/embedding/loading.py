"""From settings to an embedder: checks the weights, prefers the int8 copy, falls back to torch and says why."""

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, assert_never

import numpy as np
from numpy.typing import NDArray

from ingest.embedding.conversion import cached_copy
from ingest.embedding.model_directory import (
    DEFAULT_MODEL_SHA256,
    DEFAULT_TOKENIZER_SHA256,
    TOKENIZER_FILE,
    WEIGHTS_FILE,
    ModelDirectory,
    check_sha256,
    default_model_directory,
    read_model_directory,
    sha256_of_file,
)
from ingest.embedding.onnx_int8 import RUNTIME, ConversionError, OnnxEncoder, OnnxInt8Embedder
from ingest.embedding.port import Embedder, EmbeddingIdentity

_LOGGER = logging.getLogger(__name__)

Runtime = Literal["auto", "onnxruntime-int8", "torch-float32", "torch-bfloat16"]

DEFAULT_MODEL_NAME = "all-MiniLM-L6-v2"


@dataclass(frozen=True, slots=True)
class EmbeddingChoice:
    """Which model to use and how; the defaults are the packaged English MiniLM.

    Args:
        model_directory: a sentence-transformers directory; None for the packaged model.
        sha256: what its `model.safetensors` must hash to; empty to take it as it is. The packaged model's is fixed.
        query_prefix: put before every question, such as `query: ` for E5.
        passage_prefix: put before every passage.
        runtime: `auto` takes the int8 copy where the model allows it, else torch float32; the others insist.
        threads: 0 for all cores that this process may use.
    """

    model_directory: Path | None = None
    sha256: str = ""
    query_prefix: str = ""
    passage_prefix: str = ""
    runtime: Runtime = "auto"
    threads: int = 0


@dataclass(frozen=True, slots=True)
class _Source:
    """A model directory whose weights have been identified."""

    model: ModelDirectory
    name: str
    sha256: str


def load_embedder(cache: Path, choice: EmbeddingChoice | None = None) -> Embedder:
    """Load the embedder that settings ask for.

    Args:
        cache: the folder of converted models, `HOME/models/onnx`.
        choice: from settings; None for the defaults.

    Raises:
        ModelMissingError: the model is not there, is not the expected one, or no runtime can load it.
        ConversionError: `runtime` insists on int8 and the model cannot be converted.
    """
    choice = choice or EmbeddingChoice()
    source = _identify(choice)
    match choice.runtime:
        case "auto":
            try:
                return _int8(source, choice, cache)
            except ConversionError as reason:
                _LOGGER.warning("Embedding runs on torch float32, about half as fast: %s", reason)
                return _torch(source, choice, "float32")
        case "onnxruntime-int8":
            return _int8(source, choice, cache)
        case "torch-float32":
            return _torch(source, choice, "float32")
        case "torch-bfloat16":
            return _torch(source, choice, "bfloat16")
        case _:
            assert_never(choice.runtime)


def _identify(choice: EmbeddingChoice) -> _Source:
    """Name the weights. The packaged model must be the published one: its package's author is not known."""
    if choice.model_directory is None:
        model = read_model_directory(default_model_directory())
        check_sha256(model.path / WEIGHTS_FILE, DEFAULT_MODEL_SHA256)
        check_sha256(model.path / TOKENIZER_FILE, DEFAULT_TOKENIZER_SHA256)
        return _Source(model, DEFAULT_MODEL_NAME, DEFAULT_MODEL_SHA256)
    model = read_model_directory(choice.model_directory)
    weights = model.path / WEIGHTS_FILE
    if choice.sha256:
        check_sha256(weights, choice.sha256)
        return _Source(model, model.name, choice.sha256)
    return _Source(model, model.name, sha256_of_file(weights))


def _identity(source: _Source, choice: EmbeddingChoice, runtime: str, dimension: int) -> EmbeddingIdentity:
    return EmbeddingIdentity(
        name=source.name,
        sha256=source.sha256,
        dimension=dimension,
        runtime=runtime,
        query_prefix=choice.query_prefix,
        passage_prefix=choice.passage_prefix,
        max_tokens=source.model.max_tokens,
    )


def _int8(source: _Source, choice: EmbeddingChoice, cache: Path) -> Embedder:
    def reference(texts: Sequence[str]) -> NDArray[np.float32]:
        bare = EmbeddingChoice(model_directory=choice.model_directory)
        return _torch(source, bare, "float32").embed_passages(texts)

    folder = cached_copy(source.model, source.sha256, cache, reference)
    encoder = OnnxEncoder(folder, source.model.max_tokens, choice.threads or _usable_cores())
    return OnnxInt8Embedder(encoder, _identity(source, choice, RUNTIME, encoder.dimension))


def _torch(source: _Source, choice: EmbeddingChoice, number_format: Literal["float32", "bfloat16"]) -> Embedder:
    from ingest.embedding.sentence_transformer import SentenceTransformerEmbedder, load_sentence_transformer

    model = load_sentence_transformer(source.model.path, number_format, source.model.max_tokens)
    dimension = int(model.get_embedding_dimension() or 0)
    runtime = f"torch-{number_format}"
    return SentenceTransformerEmbedder(model, _identity(source, choice, runtime, dimension))


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
