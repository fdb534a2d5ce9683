"""What is known of a model on this machine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

ModelRole = Literal["chat", "vision", "embedding", "reranker", "speech"]
"""`vision` is the projector that gives eyes to the chat model it was made for."""


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A model whose files are whole.

    Attributes:
        id: as in the catalogue, or as given at `models add`.
        role: what it is for; one model of each role is in use.
        path: the file (GGUF) or folder (safetensors with its tokenizer).
        bytes: of all files together.
        sha256: of the file; of a folder that of its weights.
        licence: SPDX, empty where it is not known.
        architecture: as the file's own metadata say, such as `mistral3`.
        quantisation: such as Q4_K_M; empty where that has no meaning.
        partner: id of the chat model that a projector belongs to.
        settings: such as prefixes of an embedding model.
    """

    id: str
    role: ModelRole
    path: Path
    bytes: int
    sha256: str
    licence: str = ""
    architecture: str = ""
    quantisation: str = ""
    partner: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """As it stands in answers and descriptions: the id, and the quantisation where there is one."""
        return " ".join(filter(None, (self.id, self.quantisation)))
