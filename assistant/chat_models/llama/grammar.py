"""What a model may write, token by token: a grammar made of a schema or of tools, applied by llama.cpp."""

import ctypes
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from assistant.chat_models.llama.json_grammar import GrammarText, literal
from assistant.chat_models.llama.vocabulary import Vocabulary
from assistant.chat_models.port import ToolSpec
from casefile.errors import ModelRequestError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_CHARACTERS = 300_000
"""Of a grammar's text."""
_FIRST_TRIED = 256
"""Likeliest tokens that are tried before the whole vocabulary."""


def grammar_of_schema(schema: Mapping[str, Any]) -> str:
    """The grammar of one JSON document.

    Raises:
        ModelRequestError: the schema cannot be one.
    """
    text = GrammarText()
    text.add("root", text.rule_of(schema))
    return _bounded(text.text())


def grammar_of_call(tools: Sequence[ToolSpec], vocabulary: Vocabulary) -> str:
    """The grammar of exactly one call of one of the tools, its control tokens by id.

    Raises:
        ModelRequestError: there is no tool, or one whose parameters cannot be a grammar.
    """
    if not tools:
        raise ModelRequestError("A tool call cannot be demanded where there are no tools.")
    control = vocabulary.control
    text = GrammarText()
    calls = [f"{literal(tool.name)} <[{control.arguments}]> {text.rule_of(tool.parameters)}" for tool in tools]
    text.add("root", f"<[{control.call}]> ({' | '.join(calls)})")
    return _bounded(text.text())


def _bounded(text: str) -> str:
    if len(text) > MOST_CHARACTERS:
        raise ModelRequestError("The schema is too large for a grammar. Make it smaller.")
    return text


class Grammar:
    """A grammar in the state after what was written. Not safe for several threads; close it.

    Args:
        loaded_vocabulary: llama.cpp's, of the loaded model.
        text: in GBNF, with the rule `root`.
    """

    def __init__(self, loaded_vocabulary: Any, text: str) -> None:
        import llama_cpp

        self._native = llama_cpp
        self._sampler: Any = None
        if text.strip() and "\0" not in text:  # an empty text would be no grammar at all
            self._sampler = llama_cpp.llama_sampler_init_grammar(loaded_vocabulary, text.encode("utf-8"), b"root")
        if not self._sampler:  # going on with NULL would end the process
            raise ModelRequestError("llama.cpp does not take the grammar of this schema. Make the schema simpler.")
        self._ids: NDArray[np.int32] | None = None

    def allows(self, token: int) -> bool:
        """Whether this token may come next: about 0.02 ms."""
        import numpy as np

        return bool(np.isfinite(self._filtered(np.array([token], np.int32), np.zeros(1, np.float32)))[0])

    def best(self, logits: "NDArray[np.float32]") -> int | None:
        """The likeliest token that may come next; None where nothing may."""
        import numpy as np

        likeliest = np.argpartition(logits, -_FIRST_TRIED)[-_FIRST_TRIED:].astype(np.int32)
        kept = self._filtered(likeliest, logits[likeliest])
        if np.isfinite(kept).any():
            return int(likeliest[int(np.argmax(kept))])
        every = self.filtered(logits)
        return int(np.argmax(every)) if np.isfinite(every).any() else None

    def filtered(self, logits: "NDArray[np.float32]") -> "NDArray[np.float32]":
        """All logits, minus infinity for what may not come next: about 30 ms."""
        import numpy as np

        if self._ids is None:
            self._ids = np.arange(len(logits), dtype=np.int32)
        return self._filtered(self._ids, logits)

    def accept(self, token: int) -> None:
        """This token was written; it must be one that is allowed and does not end the answer."""
        self._native.llama_sampler_accept(self._sampler, token)

    def close(self) -> None:
        """Give back memory. May be called twice."""
        if self._sampler:
            self._native.llama_sampler_free(self._sampler)
            self._sampler = None

    def _filtered(self, ids: "NDArray[np.int32]", logits: "NDArray[np.float32]") -> "NDArray[np.float32]":
        import numpy as np

        rows = np.empty(len(ids), dtype=[("id", np.int32), ("logit", np.float32), ("p", np.float32)])
        rows["id"], rows["logit"], rows["p"] = ids, logits, 0.0
        candidates = self._native.llama_token_data_array(
            data=rows.ctypes.data_as(self._native.llama_token_data_p), size=len(rows), selected=-1, sorted=False
        )
        self._native.llama_sampler_apply(self._sampler, ctypes.byref(candidates))
        kept: NDArray[np.float32] = rows["logit"]
        return kept
