"""A GGUF file of Ministral 3's architecture with random weights: it writes noise, and all else is as in the real one.

    python -m eval.random_model PATH [--shape tiny|3b] [--seed N]

`tiny` is built in seconds and serves tests; `3b` has the tensors, the quantisation and so the size and speed of the
official 3B file in Q4_K_M. Keys and tensor names follow `conversion/mistral3.py` and `src/models/mistral3.cpp` of
llama.cpp.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from casefile.errors import UsageError
from eval.tekken import tekken_vocabulary

if TYPE_CHECKING:
    from numpy.typing import NDArray

ShapeName = Literal["tiny", "3b"]
RANDOM_NAME = "Random weights"
"""How the name that such a file gives itself begins: whoever shows scores can say that they mean nothing."""
_VOCABULARY = 131_072
_BLOCK = 256
"""Weights of one block of a K quantisation."""
_Q4_K_BYTES, _Q6_K_BYTES = 144, 210
_SPREAD = 7.5 * 31.5
"""Half the range of a four-bit weight times the mean of a six-bit scale: a block scale of 1/_SPREAD gives about 1."""

CHAT_TEMPLATE = """\
{{- bos_token }}
{%- for message in messages if message['role'] == 'system' %}
{{- '[SYSTEM_PROMPT]' + message['content'] + '[/SYSTEM_PROMPT]' }}
{%- endfor %}
{%- if tools %}
{{- '[AVAILABLE_TOOLS]' + (tools | tojson) + '[/AVAILABLE_TOOLS]' }}
{%- endif %}
{%- for message in messages %}
{%- if message['role'] == 'user' %}
{{- '[INST]' + message['content'] + '[/INST]' }}
{%- elif message['role'] == 'assistant' %}
{{- message['content'] or '' }}
{%- for call in message['tool_calls'] or [] %}
{{- '[TOOL_CALLS]' + call['function']['name'] + '[ARGS]' + call['function']['arguments'] }}
{%- endfor %}
{{- eos_token }}
{%- elif message['role'] == 'tool' %}
{{- '[TOOL_RESULTS]' + message['content'] + '[/TOOL_RESULTS]' }}
{%- endif %}
{%- endfor %}
"""
"""Says what the real template says of text; Caseclerk itself never runs it."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of a model, in numbers of weights; `quantised` as Q4_K_M, else half-precision numbers."""

    label: str
    layers: int
    width: int
    feed_forward: int
    heads: int
    kept_heads: int
    head_width: int
    quantised: bool


SHAPES: dict[ShapeName, Shape] = {
    "tiny": Shape("tiny", 2, 64, 128, 4, 2, 16, quantised=False),
    "3b": Shape("3B", 26, 3072, 9216, 32, 8, 128, quantised=True),
}


@dataclass(frozen=True, slots=True)
class _Tensor:
    """`rows` by `columns` in numpy's order; one row for a vector. `kind` is a name of gguf's quantisation types."""

    name: str
    rows: int
    columns: int
    kind: Literal["F32", "F16", "Q4_K", "Q6_K"]


def build(path: Path, shape: ShapeName = "tiny", seed: int = 1) -> None:
    """Write the model: the same bytes for the same shape, seed and versions of the libraries.

    Raises:
        UsageError: gguf or mistral-common is not installed, or the file cannot be written.
    """
    sizes = SHAPES[shape]
    writer = _open_writer(path)
    _describe(writer, sizes)
    _add_vocabulary(writer)
    tensors = list(_tensors(sizes))
    for tensor in tensors:
        _announce(writer, tensor)
    try:
        writer.write_header_to_file(path)
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        random = np.random.default_rng(seed)
        for tensor in tensors:
            writer.write_tensor_data(_weights(tensor, random))
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}. Choose another place.") from error
    finally:
        writer.close()


def _open_writer(path: Path) -> Any:
    try:
        from gguf import GGUFWriter
    except ImportError as error:
        raise UsageError(
            "GGUF files are written with the package gguf, which is not installed here. "
            "Install Caseclerk with the extra 'dev'."
        ) from error
    if not path.parent.is_dir():
        raise UsageError(f"{path.parent} is no folder. Create it, or choose another place.")
    return GGUFWriter(None, "mistral3")


def _describe(writer: Any, shape: Shape) -> None:
    """The keys of the official 3B file; rotary scaling YaRN from 16,384 to 262,144 positions."""
    from gguf import LlamaFileType, RopeScalingType

    writer.add_name(f"{RANDOM_NAME} in the shape of Ministral 3 {shape.label}")
    writer.add_size_label(shape.label)
    writer.add_quantization_version(2)
    writer.add_file_type(int(LlamaFileType.MOSTLY_Q4_K_M if shape.quantised else LlamaFileType.MOSTLY_F16))
    writer.add_block_count(shape.layers)
    writer.add_context_length(262_144)
    writer.add_embedding_length(shape.width)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kept_heads)
    writer.add_key_length(shape.head_width)
    writer.add_value_length(shape.head_width)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(shape.head_width)
    writer.add_rope_freq_base(1_000_000.0)
    writer.add_rope_scaling_type(RopeScalingType.YARN)
    writer.add_rope_scaling_factor(16.0)
    writer.add_rope_scaling_orig_ctx_len(16_384)
    writer.add_rope_scaling_yarn_beta_fast(32.0)
    writer.add_rope_scaling_yarn_beta_slow(1.0)
    writer.add_rope_scaling_yarn_log_mul(1.0)
    writer.add_attn_temperature_scale(0.1)
    writer.add_vocab_size(_VOCABULARY)


def _add_vocabulary(writer: Any) -> None:
    vocabulary = tekken_vocabulary()
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("tekken")
    writer.add_token_list(vocabulary.tokens)
    writer.add_token_types(vocabulary.types)
    writer.add_token_merges(vocabulary.merges)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_pad_token_id(11)
    writer.add_add_bos_token(value=True)
    writer.add_add_eos_token(value=False)
    writer.add_add_space_prefix(value=False)
    writer.add_chat_template(CHAT_TEMPLATE)


def _tensors(shape: Shape) -> Iterator[_Tensor]:
    """All tensors. The output matrix is the embedding: tied, as in the 3B model."""
    small: Literal["Q4_K", "F16"] = "Q4_K" if shape.quantised else "F16"
    large: Literal["Q6_K", "F16"] = "Q6_K" if shape.quantised else "F16"
    yield _Tensor("token_embd.weight", _VOCABULARY, shape.width, large)
    yield _Tensor("output_norm.weight", 1, shape.width, "F32")
    queries, kept = shape.heads * shape.head_width, shape.kept_heads * shape.head_width
    for layer in range(shape.layers):
        precise = large if _has_more_bits(layer, shape.layers) else small
        for name, rows, columns, kind in (
            ("attn_norm", 1, shape.width, "F32"),
            ("attn_q", queries, shape.width, small),
            ("attn_k", kept, shape.width, small),
            ("attn_v", kept, shape.width, precise),
            ("attn_output", shape.width, queries, small),
            ("ffn_norm", 1, shape.width, "F32"),
            ("ffn_gate", shape.feed_forward, shape.width, small),
            ("ffn_up", shape.feed_forward, shape.width, small),
            ("ffn_down", shape.width, shape.feed_forward, precise),
        ):
            yield _Tensor(f"blk.{layer}.{name}.weight", rows, columns, kind)  # type: ignore[arg-type]


def _has_more_bits(layer: int, layers: int) -> bool:
    """`use_more_bits` of llama.cpp's quantiser: which layers Q4_K_M keeps in Q6_K."""
    return layer < layers // 8 or layer >= 7 * layers // 8 or (layer - layers // 8) % 3 == 2


def _announce(writer: Any, tensor: _Tensor) -> None:
    from gguf import GGMLQuantizationType

    kind = GGMLQuantizationType[tensor.kind]
    if tensor.kind in {"Q4_K", "Q6_K"}:
        row_bytes = tensor.columns // _BLOCK * (_Q4_K_BYTES if tensor.kind == "Q4_K" else _Q6_K_BYTES)
        writer.add_tensor_info(
            tensor.name, (tensor.rows, row_bytes), np.dtype(np.uint8), tensor.rows * row_bytes, raw_dtype=kind
        )
        return
    dtype = np.dtype(np.float32 if tensor.kind == "F32" else np.float16)
    shape = (tensor.columns,) if tensor.rows == 1 else (tensor.rows, tensor.columns)
    writer.add_tensor_info(tensor.name, shape, dtype, tensor.rows * tensor.columns * dtype.itemsize, raw_dtype=kind)


def _weights(tensor: _Tensor, random: np.random.Generator) -> "NDArray[Any]":
    """Values with a spread that keeps activations near 1: norms are 1, matrices 1 over the root of their inputs.

    The embedding is small beside what the layers add, so that what comes out depends on all that was read.
    """
    if tensor.kind == "F32":
        return np.ones(tensor.columns, dtype=np.float32)
    spread = 0.02 if tensor.name.startswith("token_embd") else tensor.columns**-0.5
    if tensor.kind == "F16":
        values = random.standard_normal((tensor.rows, tensor.columns), dtype=np.float32)
        return (values * np.float32(spread)).astype(np.float16)
    blocks = tensor.rows * tensor.columns // _BLOCK
    return _q4_k(blocks, spread, random) if tensor.kind == "Q4_K" else _q6_k(blocks, spread, random)


def _q4_k(blocks: int, spread: float, random: np.random.Generator) -> "NDArray[np.uint8]":
    """Blocks of `block_q4_K` in ggml-common.h: scale, scale of the minima, 12 bytes of scales, 128 of weights."""
    data = np.frombuffer(random.bytes(blocks * _Q4_K_BYTES), dtype=np.uint8).reshape(blocks, _Q4_K_BYTES).copy()
    scale = spread / _SPREAD
    data[:, 0:4] = np.array([scale, scale * 7.5], dtype=np.float16).view(np.uint8)
    return data


def _q6_k(blocks: int, spread: float, random: np.random.Generator) -> "NDArray[np.uint8]":
    """Blocks of `block_q6_K`: 192 bytes of weights from -32 to 31, 16 signed scales, one scale of half precision."""
    data = np.frombuffer(random.bytes(blocks * _Q6_K_BYTES), dtype=np.uint8).reshape(blocks, _Q6_K_BYTES).copy()
    data[:, 208:210] = np.array([spread / (18.5 * 74)], dtype=np.float16).view(np.uint8)
    return data


def main(arguments: list[str] | None = None) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m eval.random_model", description=__doc__.partition("\n")[0])
    parser.add_argument("path", type=Path, help="the GGUF file to write")
    parser.add_argument("--shape", choices=get_args(ShapeName), default="tiny", help="tiny for tests, 3b for speed")
    parser.add_argument("--seed", type=int, default=1, help="of the weights")
    chosen = parser.parse_args(arguments)
    try:
        build(chosen.path, chosen.shape, chosen.seed)
    except UsageError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
