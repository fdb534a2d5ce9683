"""From settings to the embedding model."""

from pathlib import Path
from typing import TYPE_CHECKING

from casefile.home import Home
from casefile.settings import Settings

if TYPE_CHECKING:
    from ingest.embedding.port import Embedder


def make_embedder(home: Home, settings: Settings) -> "Embedder":
    """The embedding model that settings name; its converted copy is kept under HOME.

    Raises:
        ModelMissingError: the model is not there or is not the expected one.
    """
    from ingest.embedding.loading import EmbeddingChoice, load_embedder

    chosen = settings.embedding
    choice = EmbeddingChoice(
        Path(chosen.model_path).expanduser() if chosen.model_path else None,
        chosen.model_sha256,
        chosen.query_prefix,
        chosen.passage_prefix,
        chosen.runtime,
        chosen.threads,
    )
    return load_embedder(home.models / "onnx", choice)
