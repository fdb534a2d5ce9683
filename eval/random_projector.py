"""A projector with random weights: the vision part of Ministral 3 in its architecture, in miniature.

    python -m eval.random_projector PATH [--width N] [--seed N]

What a model sees through it is noise; patches, rotary positions, merging and the break between rows are as in the
real file, and so is the number of tokens of a picture. Keys and tensor names follow llama.cpp's `conversion/llava.py`
and `tools/mtmd/clip.cpp` (projector type pixtral).
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from casefile.errors import UsageError

TINY_WIDTH = 64
"""Embedding width of the tiny model of `eval.random_model`; a projector serves models of its width only."""
_PATCH, _MERGE, _LARGEST_SIDE = 14, 2, 1540
"""As in the official projector: a token stands for 28 by 28 pixels."""
_LAYERS, _WIDTH, _FEED_FORWARD, _HEADS = 2, 32, 64, 2
_MEAN, _DEVIATION = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]


def build_projector(path: Path, width: int = TINY_WIDTH, seed: int = 1) -> None:
    """Write the projector: the same bytes for the same width, seed and versions of the libraries.

    Args:
        path: of the GGUF file.
        width: of the model's embeddings, `mistral3.embedding_length` in its metadata.
        seed: of the weights.

    Raises:
        UsageError: gguf is not installed, or the file cannot be written.
    """
    try:
        from gguf import GGUFWriter
    except ImportError as error:
        raise UsageError(
            "GGUF files are written with the package gguf, which is not installed here. "
            "Install Caseclerk with the extra 'dev'."
        ) from error
    if not path.parent.is_dir():
        raise UsageError(f"{path.parent} is no folder. Create it, or choose another place.")
    writer = GGUFWriter(None, "clip")
    writer.add_type("mmproj")
    writer.add_name("Random projector in the shape of Ministral 3")
    writer.add_clip_has_vision_encoder(value=True)
    writer.add_clip_projector_type("pixtral")
    writer.add_vision_projection_dim(width)
    writer.add_vision_image_size(_LARGEST_SIDE)
    writer.add_vision_patch_size(_PATCH)
    writer.add_vision_spatial_merge_size(_MERGE)
    writer.add_vision_embedding_length(_WIDTH)
    writer.add_vision_feed_forward_length(_FEED_FORWARD)
    writer.add_vision_block_count(_LAYERS)
    writer.add_vision_head_count(_HEADS)
    writer.add_vision_attention_layernorm_eps(1e-5)
    writer.add_vision_image_mean(_MEAN)
    writer.add_vision_image_std(_DEVIATION)
    writer.add_vision_use_silu(value=True)
    for name, values in _tensors(width, np.random.default_rng(seed)):
        writer.add_tensor(name, values)
    try:
        writer.write_header_to_file(path)
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}. Choose another place.") from error
    finally:
        writer.close()


def _tensors(width: int, random: np.random.Generator) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Names and values, in numpy's order of axes: outputs first."""

    def matrix(*shape: int) -> NDArray[np.float32]:
        values = random.standard_normal(shape, dtype=np.float32)
        return values * np.float32(np.prod(shape[1:]) ** -0.5)

    ones = np.ones(_WIDTH, dtype=np.float32)
    yield "v.patch_embd.weight", matrix(_WIDTH, 3, _PATCH, _PATCH)
    yield "v.pre_ln.weight", ones
    for layer in range(_LAYERS):
        block = f"v.blk.{layer}"
        yield f"{block}.ln1.weight", ones
        for name in ("attn_q", "attn_k", "attn_v", "attn_out"):
            yield f"{block}.{name}.weight", matrix(_WIDTH, _WIDTH)
        yield f"{block}.ln2.weight", ones
        yield f"{block}.ffn_gate.weight", matrix(_FEED_FORWARD, _WIDTH)
        yield f"{block}.ffn_up.weight", matrix(_FEED_FORWARD, _WIDTH)
        yield f"{block}.ffn_down.weight", matrix(_WIDTH, _FEED_FORWARD)
    yield "mm.input_norm.weight", ones
    yield "mm.patch_merger.weight", matrix(_WIDTH, _WIDTH * _MERGE**2)
    yield "mm.1.weight", matrix(width, _WIDTH)
    yield "mm.2.weight", matrix(width, width)
    yield "v.token_embd.img_break", random.standard_normal(width, dtype=np.float32)


def main(arguments: list[str] | None = None) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m eval.random_projector", description=__doc__.partition("\n")[0])
    parser.add_argument("path", type=Path, help="the GGUF file to write")
    parser.add_argument("--width", type=int, default=TINY_WIDTH, help="embedding width of the model it is for")
    parser.add_argument("--seed", type=int, default=1, help="of the weights")
    chosen = parser.parse_args(arguments)
    try:
        build_projector(chosen.path, chosen.width, chosen.seed)
    except UsageError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
