"""Reads ZIP archives: the listing is the text, the members are parts. Names are data and never become paths."""

import stat
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator

from casefile.errors import UntrustedInputError
from casefile.locators import LinesLocator
from ingest.readers.containers import ZIP_ERRORS, breaks_bounds, refuse_empty
from ingest.readers.part_writer import PartWriter
from ingest.readers.text_builder import TextBuilder, storable
from ingest.reading import Reading, Source

CHUNK_BYTES = 1024 * 1024
SHOWN_NAME = 300
_ENCRYPTED_FLAG = 0x1
_UTF_8_FLAG = 0x800
_LOCAL_HEADER_BYTES = 30


class ZipReader:
    """ZIP archives. Every member is a part, or a part with the reason why it was not taken out."""

    name = "zip"
    version = "1"
    media_types = frozenset({"application/zip"})

    def read(self, source: Source) -> Reading:
        """List the archive and take its members out within the bounds of `source.limits`."""
        refuse_empty(source)
        source.stream.seek(0)
        try:
            package = zipfile.ZipFile(source.stream)
        except ZIP_ERRORS as error:
            message = "This is no whole ZIP archive: its directory is missing or damaged."
            raise UntrustedInputError("corrupt", message) from error
        with package:
            return _Assembly(package, source).reading()


class _Assembly:
    def __init__(self, package: zipfile.ZipFile, source: Source) -> None:
        self._package = package
        self._limits = source.limits
        self._builder = TextBuilder(source.limits.text_characters)
        self._parts = PartWriter(source)
        self._infos = package.infolist()
        self._overlapping = overlapping(self._infos)

    def reading(self) -> Reading:
        names = [member_name(info) for info in self._infos]
        for line, (info, name) in enumerate(zip(self._infos, names, strict=True), 1):
            self._list(line, info, name)
            if not info.is_dir():
                self._take_out(info, name)
        self._report(names)
        return Reading(self._builder.text, self._builder.blocks, self._builder.issues, self._parts.parts)

    def _list(self, line: int, info: zipfile.ZipInfo, name: str) -> None:
        shown = shown_name(name)
        text = f"{shown}  {info.file_size} bytes  {modified(info)}".rstrip()
        self._builder.add("lines", text, lambda start, end: LinesLocator(line, line, start, end))

    def _take_out(self, info: zipfile.ZipInfo, name: str) -> None:
        kind = stat.S_IFMT(info.external_attr >> 16)
        parts, when = self._parts, modified(info)
        if info.flag_bits & _ENCRYPTED_FLAG:
            parts.refuse(name, "member", "encrypted", "The member is encrypted; ask for the archive's password.", when)
        elif kind not in {0, stat.S_IFREG}:
            parts.refuse(name, "member", "unsupported", "The member is a link or device, which is not followed.", when)
        elif info in self._overlapping:
            message = "The member shares its bytes with another one, as archives made to overflow do."
            parts.refuse(name, "member", "too_large", message, when)
        elif breaks_bounds(info, self._limits.compression_ratio, self._limits.part_bytes):
            parts.refuse(name, "member", "too_large", "The member unpacks to more than the bounds allow.", when)
        else:
            self._unpack(info, name, when)

    def _unpack(self, info: zipfile.ZipInfo, name: str, when: str) -> None:
        try:
            self._parts.write(name, self._chunks(info), "member", when)
        except NotImplementedError:
            message = "The member is packed by a method that is not known here."
            self._parts.refuse(name, "member", "unsupported", message, when)
        except ZIP_ERRORS:
            message = "The member is damaged: it does not unpack to what its checksum says."
            self._parts.refuse(name, "member", "corrupt", message, when)

    def _chunks(self, info: zipfile.ZipInfo) -> Iterator[bytes]:
        with self._package.open(info) as member:
            while chunk := member.read(CHUNK_BYTES):
                yield chunk

    def _report(self, names: list[str]) -> None:
        report = self._builder.report
        if not names:
            report("empty", "The archive holds nothing.")
        files = [info for info in self._infos if not info.is_dir()]
        if files and all(info.flag_bits & _ENCRYPTED_FLAG for info in files):
            report("encrypted", "Every member of the archive is encrypted; only its listing was read.")
        outside = sum(1 for name in names if points_outside(name))
        if outside:
            report("low_confidence", f"{outside} members have names that point outside the archive.")
        twice = sum(count - 1 for count in Counter(names).values())
        if twice:
            report("low_confidence", f"{twice} members bear the name of another one; each was taken out.")
        if self._parts.dropped:
            report("too_large", f"{self._parts.dropped} members were not taken out: the archive holds too many.")


def overlapping(infos: Iterable[zipfile.ZipInfo]) -> frozenset[zipfile.ZipInfo]:
    """Members whose packed bytes overlap those of another (D. Fifield, A better zip bomb, 2019)."""
    found: set[zipfile.ZipInfo] = set()
    reached: zipfile.ZipInfo | None = None
    end = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if reached is not None and info.header_offset < end:
            found.update((reached, info))
        own_end = info.header_offset + _LOCAL_HEADER_BYTES + info.compress_size
        if own_end >= end:
            end, reached = own_end, info
    return frozenset(found)


def member_name(info: zipfile.ZipInfo) -> str:
    """A member's name. Names without the UTF-8 flag are by the book in code page 437, in practice often in UTF-8."""
    name = info.filename
    if not info.flag_bits & _UTF_8_FLAG and not name.isascii():
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            name = info.filename
    return storable(name)


def points_outside(name: str) -> bool:
    """Whether a name, taken as a path on any system, leads out of the folder it is unpacked into."""
    steps = name.replace("\\", "/").split("/")
    return not steps[0] or ".." in steps or (len(steps[0]) > 1 and steps[0][1] == ":")


def shown_name(name: str) -> str:
    """A name on one line: control characters as escapes, the middle of very long ones left out."""
    shown = "".join(character if character.isprintable() else ascii(character)[1:-1] for character in name)
    return shown if len(shown) <= SHOWN_NAME else f"{shown[: SHOWN_NAME // 2]}…{shown[-SHOWN_NAME // 2 :]}"


def modified(info: zipfile.ZipInfo) -> str:
    """When a member was changed, ISO 8601 without zone, as ZIP keeps it; empty where the date is none."""
    year, month, day, hour, minute, second = info.date_time
    if not (1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60 and second < 60):
        return ""
    return f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}"
