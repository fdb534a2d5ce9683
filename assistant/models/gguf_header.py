"""The header of a GGUF file: what model it is, what it needs, and whether the file is whole. Nothing of it is trusted.

Format: docs/gguf.md of the ggml project; version 2 and 3, little endian. Numbers are checked before anything of their
size is read, long arrays are passed over, and all of it is bounded by the limits below: a hostile file costs seconds.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from casefile.errors import UsageError

MAGIC = b"GGUF"
MOST_KEYS = 4096
MOST_TENSORS = 65_536
MOST_STRINGS = 2_000_000
"""In all arrays together; the largest vocabularies in use have, with their merges, half of that."""
LONGEST_KEPT = 4096
"""Bytes of a text whose value is kept, and numbers of a kept list; longer ones are passed over."""
LONGEST_TEXT = 16 << 20
"""Bytes of any text, such as a chat template."""
_ARRAY, _STRING, _BOOL = 9, 8, 7
_SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<B", 10: "<Q", 11: "<q", 12: "<d"}
_TENSOR_SIZES = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 40), 10: (256, 84),
    11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292), 16: (256, 66), 17: (256, 74),
    18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82), 23: (256, 136), 24: (1, 1), 25: (1, 2),
    26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54), 35: (256, 66), 39: (32, 17),
    40: (64, 36), 41: (128, 18),
}  # fmt: skip
"""Of each type of tensor (`ggml_type`): weights in a block, bytes of a block."""
_QUANTISATIONS = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S", 12: "Q3_K_M",
    13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K", 19: "IQ2_XXS", 20: "IQ2_XS",
    21: "Q2_K_S", 22: "IQ3_XS", 23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL", 26: "IQ3_S", 27: "IQ3_M", 28: "IQ2_S",
    29: "IQ2_M", 30: "IQ4_XS", 31: "IQ1_M", 32: "BF16", 36: "TQ1_0", 37: "TQ2_0", 38: "MXFP4_MOE", 39: "NVFP4",
}  # fmt: skip
"""`general.file_type` (`llama_ftype`)."""
Value = int | float | str | tuple[int, ...]


class NotGgufError(UsageError):
    """The file is no GGUF file, or not a whole one."""


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """What a GGUF file says of itself.

    Attributes:
        values: metadata of one value, and short lists of whole numbers; long texts and lists are left out.
        control_tokens: tokens of its vocabulary written like `[INST]`.
        needed_bytes: how long a file with these tensors is at least.
    """

    values: Mapping[str, Value]
    control_tokens: frozenset[str]
    tensors: int
    needed_bytes: int

    @property
    def architecture(self) -> str:
        """Such as `mistral3`; `clip` is a vision projector."""
        return self.text("general.architecture")

    @property
    def quantisation(self) -> str:
        """Such as Q4_K_M; empty where the file does not say."""
        kind = self.values.get("general.file_type")
        return _QUANTISATIONS.get(kind, "") if isinstance(kind, int) else ""

    def text(self, key: str) -> str:
        """A text, empty where there is none."""
        value = self.values.get(key)
        return value if isinstance(value, str) else ""

    def number(self, key: str) -> int:
        """A whole number of the architecture, 0 where there is none; of a list its sum."""
        value = self.values.get(f"{self.architecture}.{key}")
        if isinstance(value, tuple):
            return sum(value)
        return value if isinstance(value, int) else 0

    @property
    def kv_bytes_per_token(self) -> int:
        """What a token of context costs in memory: keys and values of all layers, two bytes a number (float16).

        0 where the file does not say. Layers that share or leave out keys are counted like the others.
        """
        layers, heads = self.number("block_count"), self.number("attention.head_count")
        kv_heads = self.values.get(f"{self.architecture}.attention.head_count_kv")
        all_heads = (
            sum(kv_heads) if isinstance(kv_heads, tuple) else layers * (self.number("attention.head_count_kv") or heads)
        )
        width = self.number("embedding_length") // heads if heads > 0 else 0
        key, value = self.number("attention.key_length") or width, self.number("attention.value_length") or width
        return max(0, all_heads * (key + value) * 2)


def is_gguf(path: Path) -> bool:
    """Whether a file begins like a GGUF file."""
    try:
        with path.open("rb") as stream:
            return stream.read(4) == MAGIC
    except OSError:
        return False


def read_gguf_header(path: Path) -> GgufHeader:
    """Read the header and see that the file is long enough for its tensors.

    Raises:
        NotGgufError: it is no GGUF file, is cut off, or its header is absurd; the message says what to do.
    """
    try:
        with path.open("rb") as stream:
            size = stream.seek(0, 2)
            stream.seek(0)
            header = _Reader(stream, size).header()
    except (OSError, struct.error, UnicodeDecodeError) as error:
        raise _refused(path, f"its header cannot be read ({error})") from error
    except ValueError as error:
        raise _refused(path, str(error)) from error
    if header.needed_bytes > size:
        raise _refused(path, f"it has {size:,} bytes, but its tensors need {header.needed_bytes:,}: the end is missing")
    return header


def _refused(path: Path, why: str) -> NotGgufError:
    return NotGgufError(
        f"{path.name} is no whole GGUF file: {why}. Copy or download the file again and compare its SHA-256."
    )


class _Reader:
    """Reads from the front; every count is held against what the file can hold."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream = stream
        self._size = size
        self._at = 0
        self._strings = 0
        self._tokens: set[str] = set()

    def header(self) -> GgufHeader:
        if self._take(4) != MAGIC:
            raise ValueError("it does not begin with GGUF")
        (version,) = struct.unpack("<I", self._take(4))
        if version not in {2, 3}:
            raise ValueError(f"its version is {version}, not 2 or 3")
        tensors = self._count(MOST_TENSORS, "tensors")
        keys = self._count(MOST_KEYS, "metadata entries")
        values: dict[str, Value] = {}
        for _ in range(keys):
            name = self._text(LONGEST_KEPT)
            if not name or name in values:
                raise ValueError("a metadata entry has no name, or is there twice")
            value = self._value(name)
            if value is not None:
                values[name] = value
        alignment = values.get("general.alignment", 32)
        if not isinstance(alignment, int) or not 8 <= alignment <= 1 << 20 or alignment & (alignment - 1):
            raise ValueError("its alignment is no power of two")
        end = max((self._tensor() for _ in range(tensors)), default=0)
        begin = -(-self._at // alignment) * alignment
        return GgufHeader(values, frozenset(self._tokens), tensors, begin + end if tensors else self._at)

    def _take(self, count: int) -> bytes:
        if count > self._size - self._at:
            raise ValueError("its header goes on after the end of the file")
        taken = self._stream.read(count)
        if len(taken) != count:
            raise ValueError("its header goes on after the end of the file")
        self._at += count
        return taken

    def _pass(self, count: int) -> None:
        if count > self._size - self._at:
            raise ValueError("its header goes on after the end of the file")
        self._at += count
        self._stream.seek(self._at)

    def _count(self, most: int, what: str) -> int:
        (count,) = struct.unpack("<Q", self._take(8))
        if count > most:
            raise ValueError(f"it claims {count:,} {what}, more than {most:,}")
        return int(count)

    def _text(self, longest: int) -> str:
        return self._take(self._count(longest, "bytes of text")).decode("utf-8")

    def _value(self, name: str) -> Value | None:
        (kind,) = struct.unpack("<I", self._take(4))
        if kind == _STRING:
            length = self._count(LONGEST_TEXT, "bytes of text")
            if length > LONGEST_KEPT:
                self._pass(length)
                return None
            return self._take(length).decode("utf-8", "replace")
        if kind == _ARRAY:
            return self._array(name)
        return self._scalar(kind)

    def _scalar(self, kind: int) -> int | float:
        form = _SCALARS.get(kind)
        if form is None:
            raise ValueError(f"it has metadata of the unknown type {kind}")
        (value,) = struct.unpack(form, self._take(struct.calcsize(form)))
        return value if isinstance(value, float) else int(value)

    def _array(self, name: str) -> tuple[int, ...] | None:
        (kind,) = struct.unpack("<I", self._take(4))
        if kind == _STRING:
            self._text_array(self._count(MOST_STRINGS, "texts in a list"), keep=name == "tokenizer.ggml.tokens")
            return None
        form = _SCALARS.get(kind)
        if form is None:
            raise ValueError(f"it has a list of the unknown type {kind}")
        width = struct.calcsize(form)
        count = self._count(self._size // width, "numbers in a list")
        if count > LONGEST_KEPT or kind in {6, 12, _BOOL}:
            self._pass(count * width)
            return None
        return struct.unpack(f"<{count}{form[1]}", self._take(count * width))

    def _text_array(self, count: int, *, keep: bool) -> None:
        self._strings += count
        if self._strings > MOST_STRINGS:
            raise ValueError(f"it claims more than {MOST_STRINGS:,} texts in lists")
        for _ in range(count):
            text = self._take(self._count(LONGEST_TEXT, "bytes of text"))
            if keep and len(text) <= 40 and text.startswith(b"[") and text.endswith(b"]"):
                self._tokens.add(text.decode("utf-8", "replace"))

    def _tensor(self) -> int:
        """Read one tensor's entry; returns where its data end, counted from the beginning of all data."""
        self._text(LONGEST_KEPT)
        (dimensions,) = struct.unpack("<I", self._take(4))
        if not 0 < dimensions <= 4:
            raise ValueError(f"a tensor has {dimensions} dimensions")
        shape = struct.unpack(f"<{dimensions}Q", self._take(8 * dimensions))
        kind, offset = struct.unpack("<IQ", self._take(12))
        if kind not in _TENSOR_SIZES:
            raise ValueError(
                f"a tensor is of the unknown type {kind}; this version of Caseclerk is older than the file"
            )
        block, block_bytes = _TENSOR_SIZES[kind]
        if shape[0] % block:
            raise ValueError("a row of a tensor is no whole number of blocks")
        weights = 1
        for length in shape:
            weights *= length
        if max(shape) > 1 << 40 or weights > 1 << 48:
            raise ValueError("a tensor is absurdly large")
        return int(offset) + weights // block * block_bytes
