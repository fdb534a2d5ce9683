"""Folder models of a few bytes: an embedder, a cross-encoder, a Whisper model."""

import json
import struct
from pathlib import Path
from typing import Any


def safetensors(tensors: int = 1, seed: bytes = b"") -> bytes:
    """A safetensors file with tensors of four bytes."""
    header: dict[str, Any] = {
        f"t{n}": {"dtype": "F32", "shape": [1], "data_offsets": [4 * n, 4 * n + 4]} for n in range(tensors)
    }
    raw = json.dumps({"__metadata__": {"format": "pt"}, **header}).encode()
    return struct.pack("<Q", len(raw)) + raw + (seed + b"\0" * 4 * tensors)[: 4 * tensors]


def embedder(folder: Path, seed: bytes = b"") -> Path:
    """A sentence-transformers folder, with things in it that do not belong to it."""
    files = {
        "config.json": b'{"model_type": "bert", "architectures": ["BertModel"]}',
        "modules.json": b"[]",
        "tokenizer.json": b"{}",
        "1_Pooling/config.json": b"{}",
        "model.safetensors": safetensors(seed=seed),
        "pytorch_model.bin": b"\x80\x04 a pickle",
        "run_me.py": b"raise SystemExit",
        ".git/config.json": b"{}",
        "README.md": b"# words",
    }
    return _write(folder, files)


def cross_encoder(folder: Path, labels: int = 1) -> Path:
    """A classifier with so many labels."""
    config = {
        "model_type": "bert",
        "architectures": ["BertForSequenceClassification"],
        "id2label": {str(n): f"LABEL_{n}" for n in range(labels)},
    }
    return _write(
        folder,
        {"config.json": json.dumps(config).encode(), "tokenizer.json": b"{}", "model.safetensors": safetensors()},
    )


def whisper(folder: Path) -> Path:
    """A Whisper model of CTranslate2, as far as its head."""
    head = struct.pack("<IH", 6, 12) + b"WhisperSpec\0" + struct.pack("<I", 3)
    return _write(folder, {"config.json": b"{}", "vocabulary.txt": b"a", "model.bin": head + b"\0" * 64})


def _write(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder
