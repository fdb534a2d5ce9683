"""What passes between the three processes of a reading: ours, the one that waits, and its child that reads."""

import json
import re
from dataclasses import asdict, dataclass
from typing import Any, Literal

from ingest.confinement import ProcessLimits
from ingest.reading import ReadLimits

READING, FAILURE, NO_SPACE, PICTURE = b"R", b"F", b"S", b"P"
LONGEST_REQUEST = 128 * 1024
LONGEST_HEADER = 1024
KEPT_OUTPUT_BYTES = 8 * 1024
"""Of what a reader or its libraries print, the first bytes are kept for diagnosis; it may hold evidence."""
MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")

Ending = Literal["exit", "signal", "timeout", "scratch", "unloadable"]


@dataclass(frozen=True, slots=True)
class Drawing:
    """What to draw of a file instead of reading it.

    Attributes:
        page: the page of a PDF or the frame of a picture, from 1.
        scale: pixels to a PDF point; pictures have none.
        longest_side: most pixels of the longer side; for a page it stands instead of the scale, 0 for none.
    """

    page: int = 1
    scale: float = 1.0
    longest_side: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """One file to read, or to draw from; its descriptor and that of the result file come beside it."""

    untrusted_name: str
    scratch: str
    limits: ProcessLimits
    read_limits: ReadLimits
    drawing: Drawing | None = None

    def to_json(self) -> bytes:
        """As sent; lone surrogates in the name are escaped."""
        return json.dumps(asdict(self)).encode("ascii")

    @classmethod
    def from_json(cls, data: bytes) -> "Request":
        """As received from our own parent."""
        values: dict[str, Any] = json.loads(data)
        limits, read_limits = ProcessLimits(**values.pop("limits")), ReadLimits(**values.pop("read_limits"))
        drawing = values.pop("drawing", None)
        return cls(**values, limits=limits, read_limits=read_limits, drawing=Drawing(**drawing) if drawing else None)


@dataclass(frozen=True, slots=True)
class Header:
    """First line of a result: what the child found the file to be. Written before the reader sees it."""

    media_type: str
    reader: str
    reader_version: str

    def line(self) -> bytes:
        """As written."""
        return json.dumps(asdict(self)).encode("ascii")[: LONGEST_HEADER - 1] + b"\n"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a child ended: its exit code or signal, or which bound it was killed for."""

    ending: Ending
    code: int
    cpu_seconds: float
    untrusted_output: str
