"""What a model file or folder is, by its own metadata: its role, what belongs to it, and whether it is whole.

| what | role |
|---|---|
| GGUF, architecture `mistral3` | chat |
| GGUF, architecture `clip` | vision: a projector |
| GGUF, another architecture | chat, if asked for by `--role chat` and its vocabulary has the control tokens we write |
| folder with `modules.json`, `config.json`, `model.safetensors` | embedding (sentence-transformers) |
| folder with `config.json` of a classifier with one label, `model.safetensors` | reranker (a cross-encoder) |
| folder with `config.json`, `model.bin` of CTranslate2 | speech (Whisper for faster-whisper) |

All else is refused, pickled weights above all: loading them runs code.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.models.gguf_header import is_gguf, read_gguf_header
from assistant.models.kept import MOST_FILES, is_file_name, read_json
from assistant.models.records import ModelRole
from assistant.models.safetensors_header import check_safetensors
from casefile.errors import UsageError

OWN_ARCHITECTURE = "mistral3"
CONTROL_TOKENS = frozenset(
    {
        "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]", "[INST]", "[/INST]",
        "[TOOL_CALLS]", "[ARGS]", "[TOOL_RESULTS]", "[/TOOL_RESULTS]",
    }
)  # fmt: skip
"""What a chat model's vocabulary must have: prompts are put together from them (decision 060)."""
_COPIED = frozenset({".json", ".txt", ".model", ".safetensors"})
"""Endings of files that belong to a folder model: configuration, tokenizer, weights; no pickles, no code."""
_DEEPEST = 2
_SAFETENSORS, _CTRANSLATE = "model.safetensors", "model.bin"


@dataclass(frozen=True, slots=True)
class Identity:
    """What a model says of itself.

    Attributes:
        weights: the file that it is known by, and that is loaded where it is a GGUF file.
        files: names of all files that belong to it, in its folder.
        folder: whether it is loaded by its folder.
    """

    role: ModelRole
    weights: str
    files: tuple[str, ...]
    folder: bool
    architecture: str
    quantisation: str = ""
    kv_bytes_per_token: int = 0


def identify(path: Path, role: ModelRole | None = None) -> Identity:
    """Look at a GGUF file, or at the folder of another model.

    Args:
        path: the file or folder.
        role: what it is wanted for; None takes what it is.

    Raises:
        UsageError: it is neither, is not whole, or is no model of that role; says what to do.
    """
    if path.is_dir():
        found = _identify_folder(path)
    elif path.is_file():
        found = _identify_file(path, role)
    else:
        raise UsageError(f"There is no file or folder {path}. Name the model's GGUF file, or the folder of the others.")
    if role is not None and found.role != role:
        raise UsageError(f"{path.name} is a model for {found.role} by its own metadata, not for {role}.")
    return found


def _identify_file(path: Path, role: ModelRole | None) -> Identity:
    if not is_gguf(path):
        folder = " Name the folder that holds it, with its config.json and tokenizer." * (path.suffix == ".safetensors")
        raise UsageError(f"{path.name} is no GGUF file.{folder or ' Language models are added as GGUF files.'}")
    header = read_gguf_header(path)
    kind = header.architecture
    if kind == "clip":
        return Identity(
            "vision", path.name, (path.name,), folder=False, architecture=kind, quantisation=header.quantisation
        )
    if kind != OWN_ARCHITECTURE and role != "chat":
        raise UsageError(
            f"{path.name} has the architecture {kind or '(none)'!r}. Caseclerk was tried with {OWN_ARCHITECTURE} "
            "(Ministral 3) only. Say --role chat to add it all the same; measure its answers before you rely on them."
        )
    missing = sorted(CONTROL_TOKENS - header.control_tokens)
    if missing:
        raise UsageError(
            f"{path.name} cannot be used: its vocabulary lacks {', '.join(missing[:3])}. Prompts are put together from "
            "the control tokens of Mistral's models; take one of those, such as `caseclerk models pull ministral-3-3b`."
        )
    return Identity(
        "chat",
        path.name,
        (path.name,),
        folder=False,
        architecture=kind,
        quantisation=header.quantisation,
        kv_bytes_per_token=header.kv_bytes_per_token,
    )


def _identify_folder(folder: Path) -> Identity:
    names = tuple(sorted(_files(folder)))
    config = _config(folder)
    kind = str(config.get("model_type", ""))
    if _SAFETENSORS in names:
        check_safetensors(folder / _SAFETENSORS)
        if "modules.json" in names:
            return Identity("embedding", _SAFETENSORS, names, folder=True, architecture=kind)
        if _is_cross_encoder(config):
            return Identity("reranker", _SAFETENSORS, names, folder=True, architecture=kind)
        raise UsageError(
            f"{folder} holds a model {kind!r} that is no sentence-transformers model (modules.json) and no "
            "cross-encoder with one label. Those are the models in safetensors that Caseclerk uses."
        )
    if is_ctranslate_whisper(folder / _CTRANSLATE):
        return Identity("speech", _CTRANSLATE, (*names, _CTRANSLATE), folder=True, architecture="whisper")
    inside = sorted(entry.name for entry in folder.iterdir() if entry.suffix == ".gguf")
    if inside:
        raise UsageError(f"{folder} holds GGUF files. Add them one by one: {', '.join(inside[:5])}.")
    raise UsageError(
        f"{folder} holds no model that Caseclerk uses: it needs config.json and {_SAFETENSORS} (one file, not "
        f"several), or {_CTRANSLATE} of faster-whisper. Pickled weights such as pytorch_model.bin are never loaded."
    )


def _files(folder: Path, deep: int = 1) -> Iterator[str]:
    """Files that may belong to a folder model, as names within it; folders behind links are not entered."""
    found = 0
    for entry in sorted(folder.iterdir()):
        if entry.is_dir() and not entry.is_symlink() and deep < _DEEPEST and is_file_name(entry.name):
            inner = [f"{entry.name}/{name}" for name in _files(entry, deep + 1)]
        elif entry.suffix in _COPIED and is_file_name(entry.name) and entry.is_file():
            inner = [entry.name]
        else:
            continue
        found += len(inner)
        if found > MOST_FILES:
            raise UsageError(f"{folder} holds more than {MOST_FILES} files: that is not the folder of one model.")
        yield from inner


def _config(folder: Path) -> Mapping[str, Any]:
    try:
        return read_json(folder / "config.json")
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise UsageError(f"{folder / 'config.json'} cannot be read: {error}. Copy the model's folder again.") from error


def _is_cross_encoder(config: Mapping[str, Any]) -> bool:
    names = config.get("architectures")
    classifier = isinstance(names, list) and any(str(name).endswith("ForSequenceClassification") for name in names)
    labels = config.get("id2label")
    return classifier and (len(labels) if isinstance(labels, dict) else config.get("num_labels", 2)) == 1


def is_ctranslate_whisper(path: Path) -> bool:
    """Whether a file begins like a Whisper model of CTranslate2: version, then its kind as a text with its length.

    Format: `ModelSpec.save` in CTranslate2's python/ctranslate2/specs/model_spec.py.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(64)
    except OSError:
        return False
    if len(head) < 64:
        return False
    version, length = struct.unpack("<IH", head[:6])
    return 2 <= version < 100 and head[6 : 6 + length].rstrip(b"\0") == b"WhisperSpec"
