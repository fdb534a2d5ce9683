"""The child that reads one hostile file: its descriptors, its work, and the boundary around it."""

import errno
import json
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, NoReturn, Protocol, runtime_checkable

from casefile.errors import ReadingDataError, UntrustedInputError
from ingest.reading import Reader, Source
from ingest.reading_codec import encode_reading
from ingest.reading_protocol import FAILURE, NO_SPACE, PICTURE, READING, Drawing, Header, Request

EXIT_DONE, EXIT_COLD, EXIT_TROUBLE = 0, 10, 11
_SOURCE, _RESULT = 3, 4
_FIRST_FREE = 5


class ReaderRegistry(Protocol):
    """What the reading process needs of a registry. A reader may have `warm()`, which loads its libraries."""

    def reader_for(self, media_type: str) -> Reader | None:
        """The reader for a media type, or None."""
        ...


@runtime_checkable
class Drawer(Protocol):
    """Something registered in a reader's place that draws from a file."""

    def draw(self, source: Source, drawing: Drawing) -> bytes:
        """A PNG file; raises `UntrustedInputError` where nothing can be drawn."""
        ...


def detect_and_read(
    request: Request, detect: Callable[[BinaryIO, str], str], registry: ReaderRegistry, warm: frozenset[str]
) -> int:
    """Detect the file and read it, or draw from it; returns the exit code.

    A file of a media type that is not in `warm` is not read: its reader is to be loaded first, by the parent.
    """
    tempfile.tempdir = request.scratch
    with os.fdopen(_SOURCE, "rb", closefd=False) as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(0)
        media_type = detect(stream, request.untrusted_name)
        stream.seek(0)
        if media_type not in warm:
            _write(Header(media_type, "", "").line())
            return EXIT_COLD
        reader = registry.reader_for(media_type)
        name, version = (reader.name, reader.version) if reader else ("", "")
        _write(Header(media_type, name, version).line())
        if size == 0:
            raise UntrustedInputError("empty", "The file is empty.")
        if reader is None:
            raise UntrustedInputError("unsupported", f"There is no reader for {media_type}.")
        scratch = Path(request.scratch)
        source = Source(stream, size, media_type, request.untrusted_name, scratch, request.read_limits)
        if request.drawing is not None:
            if not isinstance(reader, Drawer):
                raise UntrustedInputError("unsupported", f"{media_type} cannot be drawn.")
            _write(PICTURE + reader.draw(source, request.drawing))
            return EXIT_DONE
        reading = reader.read(source)
    _write(READING + encode_reading(reading, request.limits.output_bytes))
    return EXIT_DONE


def become_reader(source: int, result: int, output: int) -> None:
    """Lead a session of our own; keep three descriptors and no other, the control socket least of all."""
    os.setsid()
    high = [os.dup2(descriptor, 100 + place) for place, descriptor in enumerate((source, result, output))]
    nothing = os.open(os.devnull, os.O_RDONLY)
    for place, descriptor in ((0, nothing), (1, high[2]), (2, high[2]), (_SOURCE, high[0]), (_RESULT, high[1])):
        os.dup2(descriptor, place)
    os.closerange(_FIRST_FREE, 4096)


def run_child(confine: Callable[[], None], read: Callable[[], int]) -> NoReturn:
    """The boundary around readers: whatever escapes one becomes a failure of this file, without its text."""
    code = EXIT_TROUBLE
    try:
        confine()
    except BaseException as error:  # noqa: BLE001 (a wall that cannot be put up must not be passed by)
        os.write(2, f"{type(error).__name__}: {error}\n".encode("utf-8", "replace"))
        os._exit(EXIT_TROUBLE)
    try:
        code = read()
    except BaseException as error:  # noqa: BLE001 (this is the boundary; what it caught is stored as an issue)
        with suppress(BaseException):
            _write(_failure(error))
            code = EXIT_DONE
    finally:
        os._exit(code)


def _failure(error: BaseException) -> bytes:
    """A failure as written to the result. Names the error's class, never its words: they may quote the file."""
    name = type(error).__name__
    name = name if name.isidentifier() and name.isascii() and len(name) <= 80 else "an error"
    category, message = "corrupt", f"The file cannot be read: its reader stopped with {name}."
    if isinstance(error, UntrustedInputError):
        category, message = error.category, error.message
    elif isinstance(error, ReadingDataError):
        category, message = ("too_large" if error.too_large else "corrupt"), str(error)
    elif isinstance(error, MemoryError):
        category, message = "killed", "Reading the file needs more memory than the limit."
    elif isinstance(error, RecursionError):
        category, message = "too_deep", "The file nests deeper than can be read."
    elif isinstance(error, OSError) and error.errno == errno.EFBIG:
        category, message = "too_large", "A part of the file is larger than may be written."
    elif isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return NO_SPACE
    return FAILURE + json.dumps({"category": category, "message": message[:1000]}).encode("ascii")


def _write(data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(_RESULT, view) :]
