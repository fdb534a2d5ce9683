"""From settings, or the models in use, to the models that search."""

from pathlib import Path
from typing import TYPE_CHECKING

from assistant.models.store import ModelStore
from casefile.home import Home
from casefile.settings import EmbeddingSettings, RetrievalSettings, Settings

if TYPE_CHECKING:
    from assistant.retrieval.reranking import Reranker
    from ingest.embedding.loading import EmbeddingChoice
    from ingest.embedding.port import Embedder


def make_embedder(home: Home, settings: Settings) -> "Embedder":
    """The embedding model that settings name, else the one in use; its converted copy is kept under HOME.

    Raises:
        ModelMissingError: the model is not there or is not the expected one.
    """
    from ingest.embedding.loading import load_embedder

    return load_embedder(home.models / "onnx", embedding_choice(home, settings))


def embedding_choice(home: Home, settings: Settings) -> "EmbeddingChoice":
    """Which embedding model: the path in settings, else the model in use (`models use`), else the built-in one.

    Raises:
        ModelMissingError: the model in use is not there.
    """
    from ingest.embedding.loading import EmbeddingChoice

    chosen = _embedding(home, settings)
    return EmbeddingChoice(
        Path(chosen.model_path).expanduser() if chosen.model_path else None,
        chosen.model_sha256,
        chosen.query_prefix,
        chosen.passage_prefix,
        chosen.runtime,
        chosen.threads,
    )


def make_reranker(home: Home, settings: Settings) -> "Reranker | None":
    """What orders the first passages: the path in settings, else the model in use; None where there is neither.

    Raises:
        ModelMissingError: it is not there.
    """
    from assistant.retrieval.reranking import CrossEncoderReranker

    named = _retrieval(home, settings).reranker_path
    return CrossEncoderReranker(Path(named).expanduser()) if named else None


def naming_models_in_use(home: Home, settings: Settings) -> Settings:
    """The same settings with the models in use named by path, prefixes and hash: for cases of other homes, and records.

    Raises:
        ModelMissingError: a model in use is not there.
    """
    named = {"embedding": _embedding(home, settings), "retrieval": _retrieval(home, settings)}
    return settings.model_copy(update=named)


def _embedding(home: Home, settings: Settings) -> EmbeddingSettings:
    chosen = settings.embedding
    model = None if chosen.model_path else ModelStore(home.models).in_use("embedding")
    if model is None:
        return chosen
    return chosen.model_copy(
        update={
            "model_path": str(model.path),
            "model_sha256": model.sha256,
            "query_prefix": chosen.query_prefix or model.settings.get("query_prefix", ""),
            "passage_prefix": chosen.passage_prefix or model.settings.get("passage_prefix", ""),
        }
    )


def _retrieval(home: Home, settings: Settings) -> RetrievalSettings:
    chosen = settings.retrieval
    model = None if chosen.reranker_path else ModelStore(home.models).in_use("reranker")
    return chosen.model_copy(update={"reranker_path": str(model.path)}) if model else chosen
