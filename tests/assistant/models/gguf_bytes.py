"""GGUF files of a few bytes, written by hand so that any of them can be wrong."""

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

from assistant.models.identifying import CONTROL_TOKENS

TEXT, ARRAY, U32, U64, I32, F32 = 8, 9, 4, 10, 5, 6


def text(value: str | bytes) -> bytes:
    """A text with its length before it."""
    raw = value.encode() if isinstance(value, str) else value
    return struct.pack("<Q", len(raw)) + raw


def entry(name: str, value: str | int | Sequence[str] | Sequence[int]) -> bytes:
    """A metadata entry."""
    if isinstance(value, str):
        return text(name) + struct.pack("<I", TEXT) + text(value)
    if isinstance(value, int):
        return text(name) + struct.pack("<II", U32, value)
    kind, items = (
        (TEXT, b"".join(text(str(one)) for one in value))
        if value and isinstance(value[0], str)
        else (I32, struct.pack(f"<{len(value)}i", *value))  # type: ignore[arg-type]
    )
    return text(name) + struct.pack("<IIQ", ARRAY, kind, len(value)) + items


def tensor(name: str, shape: Sequence[int], kind: int = 0, offset: int = 0) -> bytes:
    """A tensor's entry."""
    return text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset)


def gguf(entries: Sequence[bytes], tensors: Sequence[bytes] = (), data: bytes = b"", version: int = 3) -> bytes:
    """A whole file."""
    head = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(entries)) + b"".join((*entries, *tensors))
    return head + b"\0" * (-len(head) % 32) + data


def chat_metadata(architecture: str = "mistral3", **more: str | int) -> Mapping[str, str | int | Sequence[str]]:
    """Metadata of a chat model in the shape of the 3B."""
    sizes = {
        "block_count": 26,
        "attention.head_count": 32,
        "attention.head_count_kv": 8,
        "attention.key_length": 128,
        "attention.value_length": 128,
        "embedding_length": 3072,
    }
    tokens = ["<unk>", "<s>", "</s>", *sorted(CONTROL_TOKENS), "word"]
    return {
        "general.architecture": architecture,
        "general.file_type": 15,
        **{f"{architecture}.{name}": value for name, value in sizes.items()},
        "tokenizer.ggml.tokens": tokens,
        **more,
    }


def chat_gguf(architecture: str = "mistral3", seed: bytes = b"", **more: str | int) -> bytes:
    """A chat model with one tensor of four weights."""
    entries = [entry(name, value) for name, value in chat_metadata(architecture, **more).items()]
    return gguf(entries, [tensor("a", (4,))], (seed + b"\1" * 16)[:16])


def projector_gguf(seed: bytes = b"") -> bytes:
    """A vision projector with one tensor of four weights."""
    entries = [entry("general.architecture", "clip"), entry("general.file_type", 32)]
    return gguf(entries, [tensor("v", (4,))], (seed + b"\2" * 16)[:16])


def write(path: Path, content: bytes) -> Path:
    """Write a file; returns its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
