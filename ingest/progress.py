"""How the pipeline tells what it does: the port, and the silent listener."""

from typing import Literal, Protocol

PipelineStage = Literal["discover", "store", "read", "embed", "vectors"]
Boundary = Literal[
    "original_stored",
    "files_recorded",
    "exhibit_read",
    "parts_stored",
    "text_recorded",
    "passages_embedded",
    "embeddings_recorded",
    "vectors_added",
]


class Progress(Protocol):
    """Listens to the pipeline. Counts are files for `discover`, `store` and `read`, passages for the others."""

    def begin(self, stage: PipelineStage, total: int) -> None:
        """A stage begins, or its total has grown."""
        ...

    def advance(self, stage: PipelineStage, count: int) -> None:
        """So much more is done."""
        ...

    def say(self, message: str) -> None:
        """Something the person should know."""
        ...

    def boundary(self, name: Boundary) -> None:
        """A step has just become durable, or is just about to be; where a test may pull the plug."""
        ...


class Silent:
    """Listens and says nothing."""

    def begin(self, stage: PipelineStage, total: int) -> None:
        """Ignored."""

    def advance(self, stage: PipelineStage, count: int) -> None:
        """Ignored."""

    def say(self, message: str) -> None:
        """Ignored."""

    def boundary(self, name: Boundary) -> None:
        """Ignored."""
