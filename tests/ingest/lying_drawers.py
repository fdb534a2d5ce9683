"""A drawer that was taken over by the file that it draws: each deed is what an attacker in the child could try."""

import os
import pickle
import struct
import zlib
from typing import BinaryIO

from ingest.readers.registry import Registry
from ingest.reading import Reading, Source
from ingest.reading_protocol import Drawing


class LyingDrawer:
    name = "liar"
    version = "1"
    media_types = frozenset({"text/x-lie"})

    def read(self, source: Source) -> Reading:
        raise AssertionError(source)

    def draw(self, source: Source, drawing: Drawing) -> bytes:
        del drawing
        deed = source.stream.read().decode()
        if deed == "crash":
            os.abort()
        if deed == "nothing":
            os._exit(0)
        if deed == "raise":
            raise RuntimeError("words of the file")
        return {
            "markup": b"<html><script>alert(1)</script>",
            "huge": honest() + b"\0" * 4 * 1024 * 1024,
            "reading": b"R[]",
            "pickle": pickle.dumps(os.getcwd),
            "honest": honest(),
        }[deed]


def honest() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 3, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 21)) + chunk(b"IEND", b"")


def registry() -> Registry:
    found = Registry()
    found.register(LyingDrawer())
    return found


def detect(stream: BinaryIO, name: str) -> str:
    del stream, name
    return "text/x-lie"
