"""What a ZIP or OLE2 file holds, from the names inside, reading bounded amounts."""

import re
import struct
import zlib
from typing import BinaryIO

DIRECTORY_BYTES = 4 * 1024 * 1024
NAMES = 20_000
LOCAL_BYTES = 512 * 1024
MEMBER_BYTES = 64 * 1024
END_RECORD = struct.Struct("<4s4H2LH")
CENTRAL_HEADER = struct.Struct("<4s6H3L5H2L")
LOCAL_HEADER = struct.Struct("<4s5H3L2H")

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
POWERPOINT = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
OFFICE_MARKS = ("[Content_Types].xml", "_rels/.rels")
OFFICE_FOLDERS: tuple[tuple[str, str], ...] = (
    ("xl/workbook.bin", "application/vnd.ms-excel.sheet.binary.macroenabled.12"),
    ("word/", WORD),
    ("xl/", EXCEL),
    ("ppt/", POWERPOINT),
    ("visio/", "application/vnd.ms-visio.drawing"),
    ("FixedDocSeq.fdseq", "application/oxps"),
)
# Where the end of the file is missing, so may be the marks; these members say enough.
OFFICE_MEMBERS: tuple[tuple[str, str], ...] = (
    ("word/document.xml", WORD),
    ("word/styles.xml", WORD),
    ("xl/worksheets/", EXCEL),
    ("xl/workbook.xml", EXCEL),
    ("ppt/slides/", POWERPOINT),
    ("ppt/presentation.xml", POWERPOINT),
)
ZIP_MEMBERS: tuple[tuple[str, str], ...] = (
    ("META-INF/container.xml", "application/epub+zip"),
    ("AndroidManifest.xml", "application/vnd.android.package-archive"),
    ("META-INF/MANIFEST.MF", "application/java-archive"),
    ("Index/Document.iwa", "application/x-iwork"),
    ("doc.kml", "application/vnd.google-earth.kmz"),
)
OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
OPEN_DOCUMENT_KINDS = ("text", "spreadsheet", "presentation", "graphics")
KNOWN_MIMETYPE = re.compile(rb"application/(?:epub\+zip|vnd\.oasis\.opendocument\.[a-z-]+)")


def zip_media_type(stream: BinaryIO, head: bytes) -> str:
    """Tell office documents and e-books from archives, also where the file is cut off.

    Args:
        stream: seekable, position of no account.
        head: the file's first bytes.
    """
    names = _central_names(stream) or _local_names(stream)
    stated = _stated_type(head)
    if stated:
        return stated
    starts = OFFICE_FOLDERS if any(mark in names for mark in OFFICE_MARKS) else OFFICE_MEMBERS
    for start, media_type in starts:
        if any(name.startswith(start) for name in names):
            return media_type
    if "content.xml" in names and "META-INF/manifest.xml" in names:
        return _manifest_type(stream)
    return next((kind for member, kind in ZIP_MEMBERS if member in names), "application/zip")


def _stated_type(head: bytes) -> str | None:
    """ODF and EPUB put an uncompressed member `mimetype` first (ODF 1.3 part 2, 3.3; EPUB OCF 3.3, 4.3)."""
    if len(head) < LOCAL_HEADER.size:
        return None
    name_length, extra_length = struct.unpack_from("<2H", head, 26)
    body = LOCAL_HEADER.size + name_length + extra_length
    if head[LOCAL_HEADER.size : LOCAL_HEADER.size + name_length] != b"mimetype":
        return None
    found = KNOWN_MIMETYPE.match(head, body)
    return _known_open_document(found.group().decode("ascii")) if found else None


def _known_open_document(stated: str) -> str:
    for kind in OPEN_DOCUMENT_KINDS:
        # templates and master documents are read as what they are templates of
        if stated.startswith(OPEN_DOCUMENT + kind):
            return OPEN_DOCUMENT + kind
    return stated if stated == "application/epub+zip" else "application/zip"


def _central_names(stream: BinaryIO) -> frozenset[str]:
    """Names from the central directory; empty where there is none, or none that can be believed."""
    size = stream.seek(0, 2)
    tail_start = max(0, size - 65_557)
    stream.seek(tail_start)
    tail = stream.read(65_557)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < END_RECORD.size:
        return frozenset()
    _, _, _, _, _, length, _, _ = END_RECORD.unpack_from(tail, at)
    # counted back from the end record, so that bytes put before the archive do no harm
    start = tail_start + at - length
    if start < 0:
        return frozenset()
    stream.seek(start)
    return _names_in(stream.read(min(length, DIRECTORY_BYTES)))


def _names_in(directory: bytes) -> frozenset[str]:
    names: set[str] = set()
    at = 0
    while len(names) < NAMES and at + CENTRAL_HEADER.size <= len(directory):
        fields = CENTRAL_HEADER.unpack_from(directory, at)
        if fields[0] != b"PK\x01\x02":
            break
        name_length, extra_length, comment_length = fields[10:13]
        name_at = at + CENTRAL_HEADER.size
        names.add(_name(directory[name_at : name_at + name_length]))
        at = name_at + name_length + extra_length + comment_length
    return frozenset(names)


def _local_names(stream: BinaryIO) -> frozenset[str]:
    """Names from the headers before each member, for archives whose end is missing."""
    stream.seek(0)
    data = stream.read(LOCAL_BYTES)
    names: set[str] = set()
    for found in re.finditer(rb"PK\x03\x04", data):
        if found.start() + LOCAL_HEADER.size > len(data) or len(names) >= NAMES:
            break
        name_length = LOCAL_HEADER.unpack_from(data, found.start())[9]
        name_at = found.start() + LOCAL_HEADER.size
        names.add(_name(data[name_at : name_at + min(name_length, 1024)]))
    return frozenset(names)


def _name(raw: bytes) -> str:
    return raw.decode("utf-8", "replace").replace("\\", "/")


def _manifest_type(stream: BinaryIO) -> str:
    """The type that an OpenDocument file without `mimetype` states in its manifest."""
    stream.seek(0)
    data = stream.read(LOCAL_BYTES)
    manifest = _local_member(data, b"META-INF/manifest.xml")
    found = KNOWN_MIMETYPE.search(manifest)
    return _known_open_document(found.group().decode("ascii")) if found else OPEN_DOCUMENT + "text"


def _local_member(data: bytes, name: bytes) -> bytes:
    for found in re.finditer(re.escape(name), data):
        start = found.start() - LOCAL_HEADER.size
        if start < 0 or not data.startswith(b"PK\x03\x04", start):
            continue
        fields = LOCAL_HEADER.unpack_from(data, start)
        body = data[found.end() + fields[10] :]
        if fields[3] == 0:
            return body[: min(fields[7], MEMBER_BYTES)]
        try:
            return zlib.decompressobj(-15).decompress(body, MEMBER_BYTES)
        except zlib.error:
            return b""
    return b""


# MS-CFB: names of the streams and storages by which each program's files are known
OLE_ENTRIES: tuple[tuple[str, str], ...] = (
    ("EncryptedPackage", "application/x-ooxml-encrypted"),
    ("EncryptionInfo", "application/x-ooxml-encrypted"),
    ("WordDocument", "application/msword"),
    ("Workbook", "application/vnd.ms-excel"),
    ("Book", "application/vnd.ms-excel"),
    ("PowerPoint Document", "application/vnd.ms-powerpoint"),
    ("PP97_DUALSTORAGE", "application/vnd.ms-powerpoint"),
    ("__properties_version1.0", "application/vnd.ms-outlook"),
    ("__nameid_version1.0", "application/vnd.ms-outlook"),
    ("VisioDocument", "application/vnd.visio"),
    ("Quill", "application/vnd.ms-publisher"),
    ("PerfectOffice_MAIN", "application/vnd.wordperfect"),
)
FREE_SECTOR = 0xFFFFFFFA
OLE_DIRECTORY_SECTORS = 512
FIRST_STREAM_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\xec\xa5", "application/msword"),
    (b"\x09\x08\x10\0", "application/vnd.ms-excel"),
)


def ole_media_type(stream: BinaryIO, head: bytes) -> str:
    """Tell Word, Excel, PowerPoint, Outlook and locked Office files by their directory (MS-CFB, section 2.6).

    Where the directory is cut off, the names that are left and the first stream's opening bytes decide.
    """
    names = _ole_names(stream, head)
    for name, media_type in OLE_ENTRIES:
        if name in names:
            return media_type
    if any(name.startswith("__substg1.0_") for name in names):
        return "application/vnd.ms-outlook"
    if any("\u4840" in name for name in names):
        # Windows Installer packs its table names into this block of characters
        return "application/x-msi"
    return _ole_guess(stream, head)


def _ole_guess(stream: BinaryIO, head: bytes) -> str:
    stream.seek(0)
    data = stream.read(LOCAL_BYTES)
    for name, media_type in OLE_ENTRIES:
        if len(name) > 4 and name.encode("utf-16-le") in data:
            return media_type
    return next(
        (kind for magic, kind in FIRST_STREAM_MAGIC if head.startswith(magic, 512)), "application/x-ole-storage"
    )


def _ole_names(stream: BinaryIO, head: bytes) -> frozenset[str]:
    if len(head) < 512:
        return frozenset()
    shift = struct.unpack_from("<H", head, 30)[0]
    if shift not in {9, 12}:
        return frozenset()
    sector_size = 1 << shift
    sector: int = struct.unpack_from("<L", head, 48)[0]
    fat_sectors = [number for number in struct.unpack_from("<109L", head, 76) if number < FREE_SECTOR]
    names: set[str] = set()
    seen: set[int] = set()
    while sector < FREE_SECTOR and sector not in seen and len(seen) < OLE_DIRECTORY_SECTORS:
        seen.add(sector)
        stream.seek((sector + 1) * sector_size)
        block = stream.read(sector_size)
        names.update(_ole_entry_names(block))
        sector = _next_sector(stream, fat_sectors, sector, sector_size)
    return frozenset(names)


def _ole_entry_names(block: bytes) -> list[str]:
    found: list[str] = []
    for at in range(0, len(block) - 127, 128):
        length = struct.unpack_from("<H", block, at + 64)[0]
        if 2 <= length <= 64:
            found.append(block[at : at + length - 2].decode("utf-16-le", "replace"))
    return found


def _next_sector(stream: BinaryIO, fat_sectors: list[int], sector: int, sector_size: int) -> int:
    per_sector = sector_size // 4
    index = sector // per_sector
    if index >= len(fat_sectors):
        return FREE_SECTOR
    stream.seek((fat_sectors[index] + 1) * sector_size + sector % per_sector * 4)
    raw = stream.read(4)
    return int.from_bytes(raw, "little") if len(raw) == 4 else FREE_SECTOR
