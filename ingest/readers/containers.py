"""Opens the ZIP containers that office formats and e-books are, member by member, within bounds."""

import posixpath
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, BinaryIO
from urllib.parse import unquote

from lxml import etree

from casefile.errors import UntrustedInputError
from ingest.reading import Source

OLE_SIGNATURE = bytes.fromhex("d0cf11e0a1b11ae1")
SMALL_MEMBER_BYTES = 8 * 1024**2
"""Members up to this size may be packed as tightly as they like: they cannot fill the memory."""

MEMBER_BYTES = 1024**3
"""Largest member taken into memory."""

_ENCRYPTED_FLAG = 0x1
_STRICT_NAMESPACES = (
    # ISO/IEC 29500 strict names its namespaces otherwise than ECMA-376 transitional; the elements are the same
    (
        b"http://purl.oclc.org/ooxml/wordprocessingml/main",
        b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    ),
    (b"http://purl.oclc.org/ooxml/drawingml/main", b"http://schemas.openxmlformats.org/drawingml/2006/main"),
    (b"http://purl.oclc.org/ooxml/drawingml/chart", b"http://schemas.openxmlformats.org/drawingml/2006/chart"),
    (b"http://purl.oclc.org/ooxml/presentationml/main", b"http://schemas.openxmlformats.org/presentationml/2006/main"),
    (b"http://purl.oclc.org/ooxml/spreadsheetml/main", b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"),
    (
        b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    ),
)
ZIP_ERRORS: tuple[type[Exception], ...] = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    struct.error,
    IndexError,
    OverflowError,
)
"""What `zipfile` raises on damaged archives, found by mutating good ones."""


@dataclass(frozen=True, slots=True)
class Relationship:
    """A link from one part of an Office package to another, or to the outside (`external`)."""

    id: str
    type: str
    target: str
    external: bool


class Container:
    """A ZIP package whose members are read into memory one by one. Names are keys, never paths.

    Args:
        source: the package; its `limits` bound the members.
    """

    def __init__(self, source: Source, package: zipfile.ZipFile) -> None:
        self._limits = source.limits
        self._package = package
        self._infos = {info.filename: info for info in package.infolist()}
        self._folded = {name.lower(): name for name in reversed(self._infos)}

    @property
    def names(self) -> tuple[str, ...]:
        """Member names in the order of the directory."""
        return tuple(self._infos)

    def find(self, name: str) -> str | None:
        """The member's exact name: Office writes some with another case than its links do."""
        return name if name in self._infos else self._folded.get(name.lower())

    def size(self, name: str) -> int:
        """Unpacked bytes of a member, as its directory entry says."""
        return self._infos[name].file_size

    def refuse_bombs(self) -> None:
        """Raise `too_large` where a member's declared size breaks the bounds: for libraries that unpack themselves."""
        for info in self._infos.values():
            self._check(info)

    def read(self, name: str) -> bytes:
        """A member's bytes. Raises `UntrustedInputError` corrupt, encrypted or too_large."""
        info = self._infos[name]
        self._check(info)
        try:
            return self._package.read(info)
        except ZIP_ERRORS as error:
            raise UntrustedInputError(
                "corrupt", "A part of the package cannot be unpacked; the file is damaged."
            ) from error

    def open(self, name: str) -> IO[bytes]:
        """A member as a stream, for what is read piece by piece. Reading from it may raise any of `ZIP_ERRORS`."""
        info = self._infos[name]
        self._check(info)
        return self._package.open(info)

    def xml(self, name: str) -> etree._Element | None:
        """A member parsed as XML; None where there is no such member."""
        found = self.find(name)
        return None if found is None else parse_xml(self.read(found))

    def relationships(self, part: str) -> dict[str, Relationship]:
        """The links of an Office part by their id (ECMA-376 part 2, 6.5); empty where it has none."""
        folder, _, name = part.rpartition("/")
        root = self.xml(f"{folder}/_rels/{name}.rels" if folder else f"_rels/{name}.rels")
        links: dict[str, Relationship] = {}
        for node in [] if root is None else root:
            external = node.get("TargetMode") == "External"
            target = node.get("Target") or ""
            links[node.get("Id") or ""] = Relationship(
                node.get("Id") or "",
                (node.get("Type") or "").rpartition("/")[2],
                target if external else resolve(folder, target),
                external,
            )
        return links

    def _check(self, info: zipfile.ZipInfo) -> None:
        if info.flag_bits & _ENCRYPTED_FLAG:
            raise UntrustedInputError("encrypted", "The package is encrypted; ask for its password.")
        if breaks_bounds(info, self._limits.compression_ratio, MEMBER_BYTES):
            raise UntrustedInputError("too_large", "A part of the package unpacks to more than is taken into memory.")


def breaks_bounds(info: zipfile.ZipInfo, compression_ratio: int, most_bytes: int) -> bool:
    """Whether a ZIP member is larger, or packed more tightly, than is unpacked."""
    if info.file_size > most_bytes:
        return True
    return info.file_size > SMALL_MEMBER_BYTES and info.file_size > compression_ratio * max(info.compress_size, 1)


def resolve(folder: str, target: str) -> str:
    """A link's target as a member name: relative to the linking part's folder, or to the package's root."""
    target = unquote(target.partition("#")[0])
    return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")


@contextmanager
def open_container(source: Source, kind: str) -> Iterator[Container]:
    """Open `source` as a ZIP package. `kind` names the format in messages.

    Raises:
        UntrustedInputError: `empty`, `encrypted` (an encrypted Office file is an OLE file) or `corrupt`.
    """
    refuse_empty(source)
    source.stream.seek(0)
    head = source.stream.read(len(OLE_SIGNATURE))
    if head == OLE_SIGNATURE:
        raise _ole_error(source, kind)
    source.stream.seek(0)
    try:
        package = zipfile.ZipFile(source.stream)
    except ZIP_ERRORS as error:
        raise UntrustedInputError(
            "corrupt", f"This is no whole {kind}: its directory is missing or damaged."
        ) from error
    with package:
        yield Container(source, package)


def refuse_empty(source: Source) -> None:
    """Raise `empty` for a file of no bytes."""
    if source.size == 0:
        raise UntrustedInputError("empty", "The file is empty.")


def _ole_error(source: Source, kind: str) -> UntrustedInputError:
    """Encrypted Office packages are OLE files with a stream `EncryptedPackage` ([MS-OFFCRYPTO] 2.3.4.4)."""
    source.stream.seek(0)
    if _holds(source.stream, "EncryptedPackage".encode("utf-16-le")):
        return UntrustedInputError("encrypted", f"The {kind} is encrypted; ask for its password.")
    return UntrustedInputError("corrupt", f"This is an OLE file, not a {kind}.")


def _holds(stream: BinaryIO, wanted: bytes) -> bool:
    tail = b""
    while chunk := stream.read(1024**2):
        if wanted in tail + chunk:
            return True
        tail = chunk[-len(wanted) :]
    return False


def parse_xml(data: bytes, *, allow_doctype: bool = False) -> etree._Element:
    """Parse untrusted XML: no network, no external or internal entities, no comments.

    Depth and text size stay within libxml2's own bounds (256 elements, 10 MB a text node).

    Raises:
        UntrustedInputError: `corrupt` where it is not well-formed, or declares a document type that the format forbids.
    """
    for strict, transitional in _STRICT_NAMESPACES:
        data = data.replace(strict, transitional)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UntrustedInputError(
            "corrupt", "A part of the package is no well-formed XML; the file is damaged."
        ) from error
    if root is None:
        raise UntrustedInputError("corrupt", "A part of the package holds no XML; the file is damaged.")
    if not allow_doctype and root.getroottree().docinfo.internalDTD is not None:
        raise UntrustedInputError("corrupt", "A part of the package declares entities, which this format forbids.")
    return root


def local_name(node: etree._Element) -> str:
    """An element's name without its namespace."""
    tag = node.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
