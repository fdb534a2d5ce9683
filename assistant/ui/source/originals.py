"""Handing out an original: bytes as they were taken in, never to be opened by the browser itself."""

import re
import unicodedata
from collections.abc import Iterator
from typing import BinaryIO
from urllib.parse import quote

CHUNK_BYTES = 1 << 20
LONGEST_NAME = 150
HEADERS = {
    "content-security-policy": "sandbox; default-src 'none'",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}
_NOT_IN_A_NAME = re.compile(r'[\\/:*?"<>|%;,\x00-\x1f\x7f]')
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|$)")


def safe_name(untrusted_name: str) -> str:
    """A file name that no system takes for anything else: no path, no control or direction character, not hidden."""
    shown = "".join(
        " " if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} else character
        for character in untrusted_name
    )
    name = " ".join(_NOT_IN_A_NAME.sub("_", shown).split()).strip(". ")
    if len(name) > LONGEST_NAME:
        stem, dot, ending = name.rpartition(".")
        short = dot and len(ending) <= 10
        name = f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}" if short else name[:LONGEST_NAME]
    if not name or _RESERVED.match(name):
        name = f"exhibit {name}".strip()
    return name


def disposition(untrusted_name: str) -> str:
    """Content-Disposition for a download (RFC 6266): an ASCII name, and the full one in UTF-8 (RFC 8187)."""
    name = safe_name(untrusted_name)
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii")
    plain = " ".join(_NOT_IN_A_NAME.sub("_", plain).split()).strip(". ") or "exhibit"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def chunks(stream: BinaryIO) -> Iterator[bytes]:
    """The bytes of a stream, which is closed at the end."""
    with stream:
        while chunk := stream.read(CHUNK_BYTES):
            yield chunk
