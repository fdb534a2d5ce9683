"""A GGUF file that is all header: enough to be measured, too little to be loaded."""

import struct
from pathlib import Path

from assistant.models.records import InstalledModel

KV_BYTES_PER_TOKEN = 2 * 2 * (16 + 16) * 2


def write_small_gguf(path: Path, **changed: int) -> None:
    """Two layers, two kept heads of 16: 256 bytes a token of context."""
    numbers = {
        "block_count": 2,
        "context_length": 262_144,
        "embedding_length": 64,
        "attention.head_count": 4,
        "attention.head_count_kv": 2,
        "attention.key_length": 16,
        "attention.value_length": 16,
        **changed,
    }
    content = b"GGUF" + struct.pack("<IQQ", 3, 0, len(numbers) + 1)
    content += _text("general.architecture") + struct.pack("<I", 8) + _text("mistral3")
    for name, number in numbers.items():
        content += _text(f"mistral3.{name}") + struct.pack("<II", 4, number)
    path.write_bytes(content)


def small_model(folder: Path) -> InstalledModel:
    """An installed model of such a file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "model.gguf"
    write_small_gguf(path)
    return InstalledModel("small", "chat", path, path.stat().st_size, "ab" * 32, quantisation="F16")


def _text(text: str) -> bytes:
    return struct.pack("<Q", len(text)) + text.encode()
