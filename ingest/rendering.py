"""Pictures of hostile files: pages of PDFs and images, drawn in the confined child and checked here.

The child (`ingest.drawing`) has no network, no other file and little time; what it hands over is looked at chunk by
chunk, as a PNG of known size that holds pixels and nothing else, before a browser gets it. Pictures are kept in memory
only, the latest ones, so that paging back costs nothing.
"""

import struct
import tempfile
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from casefile.errors import ReaderProcessError, UntrustedInputError
from ingest.confinement import MEBIBYTE, ProcessLimits
from ingest.isolation import ReadFailure, ReadingPool, ReadingProcess
from ingest.reading_protocol import Drawing

LIMITS = ProcessLimits(
    address_space_bytes=1024 * MEBIBYTE,
    cpu_seconds=20,
    wall_seconds=20.0,
    output_bytes=48 * MEBIBYTE,
    file_bytes=48 * MEBIBYTE,
    scratch_bytes=48 * MEBIBYTE,
    scratch_files=16,
)
"""Bounds on one picture."""
CACHE_BYTES = 64 * MEBIBYTE
WORKERS = 2
"""The second process is started only while the first is busy, so that one slow page does not hold up everyone."""
LARGEST_SIDE = 6_000
SMALLEST_SCALE, LARGEST_SCALE = 0.05, 8.0
_REGISTRY = "ingest.drawing:drawing_registry"
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GREY, _COLOURS = 0, 2


@dataclass(frozen=True, slots=True)
class RenderedPicture:
    """A checked PNG file and its size in pixels."""

    png: bytes
    width: int
    height: int


class Renderer:
    """Draws pages and pictures. Thread-safe; a context manager. No process runs before the first picture.

    Args:
        workers: how many pictures are drawn at a time.
        limits: bounds on each of them.
        cache_bytes: how much of the latest pictures is kept in memory.
        make: makes a process; another one in tests.
    """

    def __init__(
        self,
        workers: int = WORKERS,
        limits: ProcessLimits = LIMITS,
        cache_bytes: int = CACHE_BYTES,
        make: Callable[[], ReadingProcess] | None = None,
    ) -> None:
        self._pool = ReadingPool(workers, limits, make=make or _drawing_process)
        self._cache = _Cache(cache_bytes)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def page(self, original: Path, page: int, scale: float) -> RenderedPicture:
        """Draw a page of a PDF as displayed: a box in points lies at `box * scale` on it.

        Args:
            original: the file.
            page: from 1.
            scale: pixels to a point, kept within `SMALLEST_SCALE` and `LARGEST_SCALE`; a page too large for it is
                drawn smaller, so go by the picture's own size.

        Raises:
            UntrustedInputError: it cannot be drawn, and why: `encrypted`, `corrupt`, `too_large`, `timeout`, `killed`,
                `unsupported`.
            ReaderProcessError: the drawing process cannot be started.
        """
        return self._drawn(original, Drawing(page=page, scale=min(max(scale, SMALLEST_SCALE), LARGEST_SCALE)))

    def page_within(self, original: Path, page: int, longest_side: int) -> RenderedPicture:
        """Draw a page of a PDF so large that its longer side has this many pixels.

        Raises:
            UntrustedInputError: as `page`.
            ReaderProcessError: the drawing process cannot be started.
        """
        return self._drawn(original, Drawing(page=page, longest_side=min(max(longest_side, 1), LARGEST_SIDE)))

    def picture(self, original: Path, longest_side: int, frame: int = 1) -> RenderedPicture:
        """Draw a picture, turned as its EXIF orientation says, made smaller where need be, without any metadata.

        Args:
            original: the file: JPEG, PNG, GIF, BMP, WebP or TIFF.
            longest_side: most pixels of its longer side.
            frame: page of a TIFF or frame of an animation, from 1.

        Raises:
            UntrustedInputError: as `page`.
            ReaderProcessError: the drawing process cannot be started.
        """
        return self._drawn(original, Drawing(page=frame, longest_side=min(max(longest_side, 1), LARGEST_SIDE)))

    def forget(self, below: Path) -> None:
        """Drop the kept pictures of a file, or of all files in a folder: after an erasure, or when a case is closed."""
        self._cache.forget(below)

    def close(self) -> None:
        """End the processes and drop what is kept."""
        self._pool.close()
        self._cache.forget(Path("/"))

    def _drawn(self, original: Path, drawing: Drawing) -> RenderedPicture:
        # by path, not by content alone: the same exhibit in another case is another case's affair
        key = (original, drawing)
        known = self._cache.get(key)
        if known is not None:
            return known
        try:
            with tempfile.TemporaryDirectory(prefix="caseclerk-drawing-") as scratch:
                drawn = self._pool.draw(original, drawing, Path(scratch))
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise ReaderProcessError(f"Nothing can be drawn now: {reason}. Check the temporary folder.") from error
        if isinstance(drawn, ReadFailure):
            raise UntrustedInputError(drawn.category, _about_drawing(drawn))
        picture = checked_png(drawn)
        if original.exists():  # it may have been erased meanwhile
            self._cache.put(key, picture)
        return picture


def _drawing_process() -> ReadingProcess:
    return ReadingProcess(registry=_REGISTRY)


def _about_drawing(failure: ReadFailure) -> str:
    """The sentence for the page: bounds on a reading are told of in words of drawing."""
    if failure.category == "timeout":
        return "Drawing this took too long and was stopped."
    if failure.category == "killed":
        return "Drawing this was stopped: it needs more memory than is allowed, or it broke the program that draws."
    return failure.message


def checked_png(untrusted: bytes) -> RenderedPicture:
    """A PNG file as our own drawing writes it: header, pixels, end; grey or RGB, 8 bits; nothing else.

    Source: PNG (Third Edition), W3C Recommendation, sections 5 and 11.

    Raises:
        UntrustedInputError: `corrupt`: it is anything else.
    """
    wrong = UntrustedInputError("corrupt", "What was drawn is not a picture that can be shown.")
    if not untrusted.startswith(_SIGNATURE):
        raise wrong
    position, kinds = len(_SIGNATURE), []
    width = height = 0
    while position < len(untrusted):
        if position + 12 > len(untrusted):
            raise wrong
        length, kind = struct.unpack_from(">I4s", untrusted, position)
        end = position + 8 + length
        if end + 4 > len(untrusted):
            raise wrong
        body = memoryview(untrusted)[position + 4 : end]
        if zlib.crc32(body) != struct.unpack_from(">I", untrusted, end)[0]:
            raise wrong
        if kind == b"IHDR" and length == 13:
            width, height, depth, colour, *methods = struct.unpack_from(">IIBBBBB", untrusted, position + 8)
            if (depth, methods) != (8, [0, 0, 0]) or colour not in {_GREY, _COLOURS}:
                raise wrong
        kinds.append(kind)
        position = end + 4
    if kinds[:1] != [b"IHDR"] or kinds[-1:] != [b"IEND"] or len(kinds) < 3 or set(kinds[1:-1]) != {b"IDAT"}:
        raise wrong
    if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE):
        raise wrong
    return RenderedPicture(untrusted, width, height)


_Key = tuple[Path, Drawing]


class _Cache:
    """The pictures used last, up to a number of bytes. Thread-safe."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[_Key, RenderedPicture] = OrderedDict()
        self._bytes = 0

    def get(self, key: _Key) -> RenderedPicture | None:
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def put(self, key: _Key, picture: RenderedPicture) -> None:
        with self._lock:
            self._drop(key)
            self._kept[key] = picture
            self._bytes += len(picture.png)
            while self._bytes > self._most and self._kept:
                self._drop(next(iter(self._kept)))

    def forget(self, below: Path) -> None:
        with self._lock:
            for key in [key for key in self._kept if key[0].is_relative_to(below)]:
                self._drop(key)

    def _drop(self, key: _Key) -> None:
        gone = self._kept.pop(key, None)
        if gone is not None:
            self._bytes -= len(gone.png)
