"""What lies on disk of a model: `HOME/models/<id>/model.json` beside its files, and how it is read and written.

    {"version": 1, "id": "ministral-3-3b", "role": "chat", "weights": "model.gguf", "folder": false,
     "files": [{"name": "model.gguf", "bytes": 2147023008, "sha256": "..."}], "licence": "Apache-2.0",
     "architecture": "mistral3", "quantisation": "Q4_K_M", "partner": "", "settings": {},
     "source": "the catalogue, revision ...", "added_at": "2026-01-31T10:00:00.000000Z", "kv_bytes_per_token": 106496}

The record is written last, so that a folder with a record holds a whole model.
"""

import json
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from assistant.models.records import InstalledModel, ModelRole
from casefile.errors import ModelMissingError
from casefile.originals import sync_folder

RECORD_FILE = "model.json"
MODEL_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
LONGEST_RECORD = 1 << 20
"""Bytes; a record of two hundred files has some ten thousand."""
MOST_FILES = 200
_VERSION = 1


def is_file_name(name: str) -> bool:
    """Whether a name is a path inside the model's folder, such as `1_Pooling/config.json`, and not its record."""
    parts = PurePosixPath(name).parts
    plain = all(part not in {"..", "."} and not part.startswith(".") for part in parts)
    printable = name.isprintable() and "\\" not in name and len(name) <= 200
    return bool(parts) and plain and printable and not name.startswith("/") and parts[0] != RECORD_FILE


class KeptFile(BaseModel):
    """A file of a model: its name in the model's folder, size in bytes, SHA-256 as 64 hex digits."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    bytes: int = Field(ge=0)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")

    @field_validator("name")
    @classmethod
    def _inside(cls, name: str) -> str:
        if not is_file_name(name):
            raise ValueError("a file's name leads out of the model's folder")
        return name


class KeptModel(BaseModel):
    """The record of a model. `weights` names the file that the model's hash is that of.

    Attributes:
        folder: whether the model is loaded by its folder (safetensors) rather than by its file (GGUF).
        source: where it came from, in words.
        kv_bytes_per_token: what a token of context costs in memory; 0 where that has no meaning.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)  # a later version may say more

    version: int = Field(default=_VERSION, le=_VERSION, ge=1)
    id: str
    role: ModelRole
    weights: str
    folder: bool
    files: tuple[KeptFile, ...] = Field(min_length=1, max_length=MOST_FILES)
    licence: str = ""
    architecture: str = ""
    quantisation: str = ""
    partner: str = ""
    settings: Mapping[str, str] = {}
    source: str = ""
    added_at: str = ""
    kv_bytes_per_token: int = Field(default=0, ge=0)

    @property
    def bytes(self) -> int:
        """Of all files together."""
        return sum(file.bytes for file in self.files)

    @property
    def sha256(self) -> str:
        """Of the weights."""
        return next(file.sha256 for file in self.files if file.name == self.weights)

    def installed(self, folder: Path) -> InstalledModel:
        """The same for those who load it; `folder` is the model's own."""
        return InstalledModel(
            id=self.id,
            role=self.role,
            path=folder if self.folder else folder / self.weights,
            bytes=self.bytes,
            sha256=self.sha256,
            licence=self.licence,
            architecture=self.architecture,
            quantisation=self.quantisation,
            partner=self.partner,
            settings=dict(self.settings),
        )


def read_record(folder: Path) -> KeptModel:
    """Read the record in a model's folder and see that the files are there in their full size (not hashed).

    Raises:
        ModelMissingError: the record cannot be read, or a file is missing or of another size.
    """
    again = f"Remove it with `caseclerk models remove {folder.name}` and add it again."
    try:
        record = KeptModel.model_validate(read_json(folder / RECORD_FILE))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ModelMissingError(
            f"The record {folder / RECORD_FILE} is wrong at {place!r}: {first['msg']}. {again}"
        ) from (error)
    except OSError as error:
        raise ModelMissingError(f"{folder / RECORD_FILE} cannot be read: {error.strerror}. {again}") from error
    except ValueError as error:
        raise ModelMissingError(f"{folder / RECORD_FILE} is no JSON object: {error}. {again}") from error
    if record.id != folder.name or record.weights not in {file.name for file in record.files}:
        raise ModelMissingError(f"The record {folder / RECORD_FILE} belongs to another model. {again}")
    for file in record.files:
        try:
            size = (folder / file.name).stat().st_size
        except OSError as error:
            raise ModelMissingError(f"{folder / file.name} cannot be read: {error.strerror}. {again}") from error
        if size != file.bytes:
            raise ModelMissingError(f"{folder / file.name} has {size:,} bytes, not {file.bytes:,}. {again}")
    return record


def write_record(folder: Path, record: KeptModel) -> None:
    """Put the record into the model's folder, durably."""
    write_durably(folder / RECORD_FILE, record.model_dump_json(indent=1))


def read_json(path: Path) -> Mapping[str, Any]:
    """A JSON object out of a file of bounded size.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is too large or holds something else.
    """
    with path.open("rb") as stream:
        raw = stream.read(LONGEST_RECORD + 1)
    if len(raw) > LONGEST_RECORD:
        raise ValueError(f"it has more than {LONGEST_RECORD:,} bytes")
    try:
        document = json.loads(raw)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not isinstance(document, dict):
        raise ValueError("it holds something else")  # noqa: TRY004 - wrong content, not a wrong type of ours
    return document


def write_durably(path: Path, text: str) -> None:
    """Replace a small file: temporary file, fsync, rename, fsync of the folder."""
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    sync_folder(path.parent)
