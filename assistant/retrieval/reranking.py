"""Putting the best passages in a better order: a model that reads question and passage together.

No such model is built in. An agency adds one (`caseclerk models add`, `pull`, `use`) or names its folder in
`[retrieval] reranker_path`; nothing is ever downloaded here. It orders only the passages at the top, so that a search
stays a matter of a second or two.
"""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from casefile.errors import ModelMissingError

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

_BATCH = 16
_MOST_CHARACTERS = 4_000
"""What is looked at of a question and of a passage; models read a few hundred tokens of both together."""
_LONGEST_TOKENS = 512


class Reranker(Protocol):
    """Says how well passages answer a question. Calls may come from any thread."""

    def scores(self, question: str, passages: Sequence[str]) -> NDArray[np.float32]:
        """One finite number a passage, in order, the better the higher: `float32[n]`.

        They can be compared within one call only. The score of a passage depends on question and passage alone.
        """
        ...


class CrossEncoderReranker:
    """A cross-encoder in the format of sentence-transformers, from a folder of this machine.

    The model is loaded at its first use.

    Args:
        folder: of the model: `config.json`, tokenizer and weights as safetensors; code in it is never run.
    """

    def __init__(self, folder: Path) -> None:
        if not (folder / "config.json").is_file():
            raise ModelMissingError(
                f"There is no cross-encoder in {folder}: config.json is missing. "
                "Mend or remove `reranker_path` in the section [retrieval] of settings.toml, or choose another with "
                "`caseclerk models use`."
            )
        self._folder = folder
        self._lock = Lock()

    def scores(self, question: str, passages: Sequence[str]) -> NDArray[np.float32]:
        """See `Reranker`.

        Raises:
            ModelMissingError: the folder holds no cross-encoder with one score.
        """
        if not passages:
            return np.empty(0, dtype=np.float32)
        pairs = [(_readable(question), _readable(passage)) for passage in passages]
        with self._lock:  # tokenizers and torch modules promise nothing about threads
            found = self._model.predict(pairs, batch_size=_BATCH, show_progress_bar=False, convert_to_numpy=True)
        scores = np.nan_to_num(np.asarray(found, dtype=np.float32))
        if scores.shape != (len(passages),):
            raise ModelMissingError(
                f"The model in {self._folder} gives {scores.shape[-1]} scores a passage, not one: it is no reranker."
            )
        return scores

    @cached_property
    def _model(self) -> "CrossEncoder":
        from sentence_transformers import CrossEncoder

        try:
            model: CrossEncoder = CrossEncoder(
                str(self._folder),
                device="cpu",
                local_files_only=True,
                trust_remote_code=False,
                model_kwargs={"use_safetensors": True},
            )
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise ModelMissingError(f"The cross-encoder in {self._folder} cannot be loaded: {error}") from error
        model.max_seq_length = min(model.max_seq_length or _LONGEST_TOKENS, _LONGEST_TOKENS)
        return model


def _readable(untrusted: str) -> str:
    """What a tokenizer takes: of bounded length, without the halves of characters that no UTF-8 holds."""
    return untrusted[:_MOST_CHARACTERS].encode("utf-8", "replace").decode("utf-8")
