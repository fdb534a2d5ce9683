"""Models on disk for tests: a few bytes with a true record."""

import hashlib
from pathlib import Path
from typing import Any

from assistant.models.kept import KeptFile, KeptModel, write_record
from assistant.models.store import ModelStore


def install(store: ModelStore, model_id: str, role: Any = "chat", content: bytes = b"weights", **more: Any) -> Path:
    """Put a model into the store; returns its folder."""
    folder = store.folder_of(model_id)
    folder.mkdir(parents=True)
    name = "model.safetensors" if more.get("folder") else "model.gguf"
    (folder / name).write_bytes(content)
    file = KeptFile(name=name, bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
    write_record(
        folder, KeptModel(**{"id": model_id, "role": role, "weights": name, "folder": False, "files": (file,), **more})
    )
    return folder
