"""Takes rows without any value out of a worksheet's XML before it is parsed: a sheet may hold a million of them."""

import re
from typing import Protocol

CHUNK_BYTES = 1024 * 1024
_MOST_HELD = 8 * CHUNK_BYTES
_EMPTY_ROW = re.compile(rb'<row(?=[^<>]*\sr=")[^<>]*(?:/>|(?<!/)>(?:<c\b[^<>]*/>)*</row>)')
_OPAQUE = re.compile(rb"<!")


class ByteStream(Protocol):
    """What the parser needs of a stream."""

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes; none at the end."""
        ...


class WithoutEmptyRows:
    """A worksheet's XML with numbered, empty rows left out. Numbering does not change: every row states its own.

    From a comment or CDATA section on nothing is left out, because what looks like a row there is none.
    """

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self._held = b""
        self._ready = b""
        self._ended = False
        self._opaque = False

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes (all that is ready where it is negative); none at the end."""
        while not self._ready and not self._ended:
            self._fill()
        size = len(self._ready) if size < 0 else size
        given, self._ready = self._ready[:size], self._ready[size:]
        return given

    def _fill(self) -> None:
        chunk = self._stream.read(CHUNK_BYTES)
        data = self._held + chunk
        if not chunk:
            self._ready, self._held, self._ended = data, b"", True
            return
        if self._opaque or _OPAQUE.search(data):
            self._opaque = True
            self._ready, self._held = data, b""
            return
        # the last row may go on in the next chunk
        cut = data.rfind(b"<row")
        if cut < 0 or len(data) - cut > _MOST_HELD:
            cut = max(len(data) - 16, 0) if cut < 0 else len(data)
        self._ready, self._held = _EMPTY_ROW.sub(b"", data[:cut]), data[cut:]
