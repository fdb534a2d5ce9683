"""The tokenizer of a loaded Ministral file: text to ids, none of them of control; ids to bytes; control ids by name.

Texts are cut as Tekken cuts them, with tiktoken over the entries of the loaded file: llama.cpp's own tokenizer takes a
simpler pattern and cuts Devanagari, Thai and pointed Arabic differently than the model was taught.
"""

import ctypes
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from casefile.errors import ModelUnavailableError

TEKKEN_PATTERN = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
    r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
"""How Tekken cuts a text into words (`config.pattern` of tekken.json)."""
_STRETCH = 100_000
"""Most characters given to tiktoken at once: its stack overflows on a million blanks in a row."""
_BETWEEN_WORDS = re.compile(r"(?<=[A-Za-z])(?= [A-Za-z])")
_NO_MINISTRAL = "This file is no Ministral 3: {}. Choose another model with `caseclerk models use`."


@dataclass(frozen=True, slots=True)
class ControlIds:
    """Ids of the control tokens that stand around text, as the loaded vocabulary has them."""

    begin: int
    end: int
    begin_instruction: int
    end_instruction: int
    begin_tools: int
    end_tools: int
    begin_result: int
    end_result: int
    call: int
    begin_system: int
    end_system: int
    arguments: int
    call_id: int
    begin_thought: int
    end_thought: int


_NAMES = {
    "begin": "<s>",
    "end": "</s>",
    "begin_instruction": "[INST]",
    "end_instruction": "[/INST]",
    "begin_tools": "[AVAILABLE_TOOLS]",
    "end_tools": "[/AVAILABLE_TOOLS]",
    "begin_result": "[TOOL_RESULTS]",
    "end_result": "[/TOOL_RESULTS]",
    "call": "[TOOL_CALLS]",
    "begin_system": "[SYSTEM_PROMPT]",
    "end_system": "[/SYSTEM_PROMPT]",
    "arguments": "[ARGS]",
    "call_id": "[CALL_ID]",
    "begin_thought": "[THINK]",
    "end_thought": "[/THINK]",
}


class Vocabulary:
    """What tokens there are. Control tokens come first; the id of a text token is its rank after them.

    Args:
        pieces: the bytes of each token by id; those of control tokens are their names.
        controls: how many control tokens there are.
    """

    def __init__(self, pieces: tuple[bytes, ...], controls: int) -> None:
        self.pieces = pieces
        self.control_count = controls
        ids = {pieces[number].decode("utf-8", "replace"): number for number in range(controls)}
        missing = [name for name in _NAMES.values() if name not in ids]
        if missing:
            raise ModelUnavailableError(_NO_MINISTRAL.format(f"its vocabulary has no {missing[0]}"))
        self.control = ControlIds(**{field: ids[name] for field, name in _NAMES.items()})

    @classmethod
    def of_model(cls, model: Any) -> "Vocabulary":
        """Read the vocabulary of a model that llama.cpp has loaded.

        Raises:
            ModelUnavailableError: it is not Tekken's.
        """
        import llama_cpp

        if _metadata(model, "tokenizer.ggml.pre") != "tekken":
            raise ModelUnavailableError(_NO_MINISTRAL.format("its tokenizer is not Tekken"))
        loaded = llama_cpp.llama_model_get_vocab(model)
        count = llama_cpp.llama_vocab_n_tokens(loaded)
        controls = 0
        while controls < count and llama_cpp.llama_vocab_is_control(loaded, controls):
            controls += 1
        alphabet = _bytes_of_alphabet()
        pieces = []
        for number in range(count):
            text = llama_cpp.llama_vocab_get_text(loaded, number)
            pieces.append(
                text if number < controls else text.decode("utf-8").translate(alphabet).encode("latin-1", "replace")
            )
        return cls(tuple(pieces), controls)

    def encode(self, text: str) -> list[int]:
        """Ids of a text; never a control token, whatever it says. Linear in its length."""
        return [token for stretch in _stretches(text) for token in self._tekken_ids(stretch)]

    def is_control(self, token: int) -> bool:
        """Whether it is none of text."""
        return token < self.control_count

    def _tekken_ids(self, text: str) -> list[int]:
        return [rank + self.control_count for rank in self._tekken.encode_ordinary(text)]

    @cached_property
    def _tekken(self) -> Any:
        import tiktoken

        ranks = {piece: rank for rank, piece in enumerate(self.pieces[self.control_count :])}
        if len(ranks) != len(self.pieces) - self.control_count or any(
            bytes([byte]) not in ranks for byte in range(256)
        ):
            raise ModelUnavailableError(_NO_MINISTRAL.format("tokens stand twice or are missing in its vocabulary"))
        return tiktoken.Encoding("tekken", pat_str=TEKKEN_PATTERN, mergeable_ranks=ranks, special_tokens={})


def _stretches(text: str) -> Iterator[str]:
    """Parts that tiktoken can take, cut before a word where there is one: there the ids do not change."""
    start = 0
    while len(text) - start > _STRETCH:
        end = start + _STRETCH
        for place in _BETWEEN_WORDS.finditer(text, end - 1000, end):
            end = place.start()
        yield text[start:end]
        start = end
    yield text[start:]


def _bytes_of_alphabet() -> dict[int, int]:
    """GPT-2's alphabet of printable characters back to bytes."""
    printable = {*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = [byte for byte in range(256) if byte not in printable]
    return {256 + place: byte for place, byte in enumerate(others)}


def _metadata(model: Any, key: str) -> str:
    import llama_cpp

    buffer = ctypes.create_string_buffer(256)
    length = llama_cpp.llama_model_meta_val_str(model, key.encode(), buffer, len(buffer))
    return buffer.value.decode("utf-8", "replace") if length >= 0 else ""
