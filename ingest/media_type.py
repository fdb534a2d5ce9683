"""What kind of file this is, told from its content.

The name decides only between kinds of text (a table of commas and a paragraph full of commas look alike); it never
overrules the content. A bounded amount is read, whatever the file's size. To add a kind: one line in `SIGNATURES`
(fixed bytes), or in the tables of `media_type_containers` (ZIP, OLE2) or `media_type_text`, and its name in
`DETECTED_NAMES`.
"""

import re
from dataclasses import dataclass
from typing import BinaryIO

from ingest.media_type_containers import ole_media_type, zip_media_type
from ingest.media_type_text import text_media_type
from ingest.readers.decoding import looks_like_text

HEAD_BYTES = 64 * 1024
PDF_HEADER_WITHIN = 1024
"""Readers accept a PDF header anywhere in the first 1,024 bytes (PDF 32000-1, annex H, note 13)."""
OCTET_STREAM = "application/octet-stream"
EMPTY = "application/x-empty"


@dataclass(frozen=True, slots=True)
class Signature:
    """Bytes that stand at a fixed place in every file of a kind."""

    offset: int
    magic: bytes
    media_type: str


SIGNATURES: tuple[Signature, ...] = (
    Signature(0, b"\x89PNG\r\n\x1a\n", "image/png"),
    Signature(0, b"\xff\xd8\xff", "image/jpeg"),
    Signature(0, b"GIF87a", "image/gif"),
    Signature(0, b"GIF89a", "image/gif"),
    Signature(0, b"II*\0", "image/tiff"),
    Signature(0, b"MM\0*", "image/tiff"),
    Signature(0, b"II+\0", "image/tiff"),
    Signature(0, b"MM\0+", "image/tiff"),
    Signature(0, b"8BPS", "image/vnd.adobe.photoshop"),
    Signature(0, b"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2"),
    Signature(0, b"AT&TFORM", "image/vnd.djvu"),
    Signature(0, b"\xd7\xcd\xc6\x9a", "image/wmf"),
    Signature(40, b" EMF", "image/emf"),
    Signature(0, b"\0\0\x01\0", "image/vnd.microsoft.icon"),
    Signature(0, b"fLaC", "audio/flac"),
    Signature(0, b"#!AMR", "audio/amr"),
    Signature(0, b"MThd", "audio/midi"),
    Signature(0, b"caff", "audio/x-caf"),
    Signature(0, b"FLV\x01", "video/x-flv"),
    Signature(0, b"\0\0\x01\xba", "video/mpeg"),
    Signature(0, b"\0\0\x01\xb3", "video/mpeg"),
    Signature(4, b"moov", "video/quicktime"),
    Signature(4, b"mdat", "video/quicktime"),
    Signature(4, b"wide", "video/quicktime"),
    Signature(0, b"\x1f\x8b\x08", "application/gzip"),
    Signature(0, b"BZh", "application/x-bzip2"),
    Signature(0, b"\xfd7zXZ\0", "application/x-xz"),
    Signature(0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    Signature(0, b"Rar!\x1a\x07", "application/vnd.rar"),
    Signature(0, b"\x28\xb5\x2f\xfd", "application/zstd"),
    Signature(0, b"LZIP", "application/x-lzip"),
    Signature(0, b"MSCF\0\0\0\0", "application/vnd.ms-cab-compressed"),
    Signature(257, b"ustar", "application/x-tar"),
    Signature(0, b"SQLite format 3\0", "application/vnd.sqlite3"),
    Signature(4, b"Standard Jet DB", "application/x-msaccess"),
    Signature(4, b"Standard ACE DB", "application/x-msaccess"),
    Signature(0, b"!BDN", "application/vnd.ms-outlook-pst"),
    Signature(0, b"\xffWPC", "application/vnd.wordperfect"),
    Signature(0, b"{\\rtf", "application/rtf"),
    Signature(0, b"%!PS", "application/postscript"),
    Signature(0, b"bplist00", "application/x-bplist"),
    Signature(0, b"ElfFile\0", "application/x-ms-evtx"),
    Signature(0, b"regf", "application/x-ms-registry"),
    Signature(0, b"L\0\0\0\x01\x14\x02\0", "application/x-ms-shortcut"),
    Signature(0, b"\xd4\xc3\xb2\xa1", "application/vnd.tcpdump.pcap"),
    Signature(0, b"\x0a\x0d\x0d\x0a", "application/x-pcapng"),
    Signature(0, b"\x7fELF", "application/x-executable"),
    Signature(0, b"\xca\xfe\xba\xbe", "application/x-executable"),
    Signature(0, b"\xcf\xfa\xed\xfe", "application/x-executable"),
)
RIFF_KINDS = {b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo", b"WEBP": "image/webp"}
FTYP_BRANDS: tuple[tuple[bytes, str], ...] = (
    *((brand, "image/heic") for brand in (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")),
    *((brand, "image/avif") for brand in (b"avif", b"avis")),
    (b"qt  ", "video/quicktime"),
    (b"M4A ", "audio/mp4"),
    (b"M4B ", "audio/mp4"),
    (b"3gp", "video/3gpp"),
    (b"3g2", "video/3gpp"),
)
ASF_GUID = bytes.fromhex("3026b2758e66cf11")
ASF_VIDEO_STREAM = bytes.fromhex("c0ef19bc4d5bcf11a8fd00805f5c442b")
PKCS7_OID = bytes.fromhex("06092a864886f70d0107")
BMP_HEADER_SIZES = frozenset({12, 40, 52, 56, 64, 108, 124})

DETECTED_NAMES: dict[str, str] = {
    EMPTY: "empty file",
    OCTET_STREAM: "unknown binary file",
    "application/pdf": "PDF document",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Excel workbook",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "PowerPoint presentation",
    "application/vnd.ms-excel.sheet.binary.macroenabled.12": "binary Excel workbook",
    "application/x-ooxml-encrypted": "Office document locked with a password",
    "application/vnd.oasis.opendocument.text": "OpenDocument text",
    "application/vnd.oasis.opendocument.spreadsheet": "OpenDocument spreadsheet",
    "application/vnd.oasis.opendocument.presentation": "OpenDocument presentation",
    "application/vnd.oasis.opendocument.graphics": "OpenDocument drawing",
    "application/epub+zip": "EPUB book",
    "application/rtf": "RTF document",
    "application/msword": "Word document (before 2007)",
    "application/vnd.ms-excel": "Excel workbook (before 2007)",
    "application/vnd.ms-powerpoint": "PowerPoint presentation (before 2007)",
    "application/vnd.ms-outlook": "Outlook message",
    "application/vnd.ms-outlook-pst": "Outlook mailbox file",
    "application/vnd.visio": "Visio drawing",
    "application/vnd.ms-visio.drawing": "Visio drawing",
    "application/vnd.ms-publisher": "Publisher document",
    "application/x-msi": "Windows installer package",
    "application/x-ole-storage": "OLE2 file of an unknown program",
    "application/vnd.wordperfect": "WordPerfect document",
    "application/postscript": "PostScript document",
    "application/zip": "ZIP archive",
    "application/java-archive": "Java archive",
    "application/vnd.android.package-archive": "Android app",
    "application/vnd.google-earth.kmz": "Google Earth places (KMZ)",
    "application/x-iwork": "Apple iWork document",
    "application/oxps": "XPS document",
    "application/x-tar": "TAR archive",
    "application/gzip": "gzip archive",
    "application/x-bzip2": "bzip2 archive",
    "application/x-xz": "xz archive",
    "application/x-7z-compressed": "7-Zip archive",
    "application/vnd.rar": "RAR archive",
    "application/zstd": "Zstandard archive",
    "application/x-lzip": "lzip archive",
    "application/vnd.ms-cab-compressed": "Windows cabinet archive",
    "image/png": "PNG picture",
    "image/jpeg": "JPEG picture",
    "image/gif": "GIF picture",
    "image/tiff": "TIFF picture",
    "image/bmp": "BMP picture",
    "image/webp": "WebP picture",
    "image/heic": "HEIC picture",
    "image/avif": "AVIF picture",
    "image/jp2": "JPEG 2000 picture",
    "image/svg+xml": "SVG drawing",
    "image/vnd.adobe.photoshop": "Photoshop picture",
    "image/vnd.djvu": "DjVu document",
    "image/vnd.microsoft.icon": "icon",
    "image/wmf": "Windows metafile",
    "image/emf": "Windows metafile",
    "audio/wav": "WAV recording",
    "audio/mpeg": "MP3 recording",
    "audio/aac": "AAC recording",
    "audio/flac": "FLAC recording",
    "audio/mp4": "MPEG-4 recording",
    "audio/ogg": "Ogg recording",
    "audio/amr": "AMR recording",
    "audio/aiff": "AIFF recording",
    "audio/midi": "MIDI file",
    "audio/x-caf": "Core Audio recording",
    "audio/x-ms-wma": "Windows Media recording",
    "video/mp4": "MP4 video",
    "video/quicktime": "QuickTime video",
    "video/3gpp": "3GP video",
    "video/x-msvideo": "AVI video",
    "video/x-ms-wmv": "Windows Media video",
    "video/x-matroska": "Matroska video",
    "video/webm": "WebM video",
    "video/ogg": "Ogg video",
    "video/mpeg": "MPEG video",
    "video/mp2t": "MPEG transport stream",
    "video/x-flv": "Flash video",
    "application/vnd.sqlite3": "SQLite database",
    "application/x-msaccess": "Access database",
    "application/x-bplist": "Apple property list",
    "application/x-ms-evtx": "Windows event log",
    "application/x-ms-registry": "Windows registry hive",
    "application/x-ms-shortcut": "Windows shortcut",
    "application/vnd.tcpdump.pcap": "network capture",
    "application/x-pcapng": "network capture",
    "application/x-executable": "program",
    "application/vnd.microsoft.portable-executable": "Windows program",
    "application/pkcs7-mime": "signed or encrypted message (PKCS #7)",
    "application/pgp-encrypted": "PGP-encrypted message",
    "message/rfc822": "e-mail",
    "application/mbox": "mailbox (MBOX)",
    "text/html": "web page",
    "application/xml": "XML file",
    "application/gpx+xml": "GPS track (GPX)",
    "application/vnd.google-earth.kml+xml": "Google Earth places (KML)",
    "application/json": "JSON file",
    "application/geo+json": "map data (GeoJSON)",
    "application/x-ndjson": "JSON lines file",
    "text/csv": "CSV table",
    "text/tab-separated-values": "TSV table",
    "text/markdown": "Markdown text",
    "text/plain": "plain text",
    "text/vcard": "contact card",
    "text/calendar": "calendar file",
}


def detect(stream: BinaryIO, untrusted_name: str = "") -> str:
    """The media type of a file, from its content.

    Args:
        stream: seekable; read in bounded amounts and left at offset 0.
        untrusted_name: the file's name; only its ending is looked at, and only to tell kinds of text apart.

    Returns:
        A key of `DETECTED_NAMES`: `application/x-empty` for no bytes at all, `application/octet-stream` where nothing
        fits.
    """
    stream.seek(0)
    head = stream.read(HEAD_BYTES)
    try:
        if not head:
            return EMPTY
        return _binary(head, stream) or _textual(head, untrusted_name) or OCTET_STREAM
    finally:
        stream.seek(0)


def _binary(head: bytes, stream: BinaryIO) -> str | None:
    if b"%PDF-" in head[:PDF_HEADER_WITHIN]:
        return "application/pdf"
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return ole_media_type(stream, head)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08PK\x03\x04")):
        return zip_media_type(stream, head)
    for signature in SIGNATURES:
        if head.startswith(signature.magic, signature.offset):
            return signature.media_type
    return _picture_or_recording(head) or _other_binary(head)


def _picture_or_recording(head: bytes) -> str | None:
    if head.startswith((b"RIFF", b"RIFX")):
        return RIFF_KINDS.get(head[8:12])
    if head.startswith(b"FORM") and head[8:12] in {b"AIFF", b"AIFC"}:
        return "audio/aiff"
    if head[4:8] == b"ftyp":
        return next((kind for brand, kind in FTYP_BRANDS if head.startswith(brand, 8)), "video/mp4")
    if head.startswith(b"OggS"):
        return "video/ogg" if b"\x80theora" in head[:512] else "audio/ogg"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "video/webm" if b"webm" in head[:128] else "video/x-matroska"
    if head.startswith(ASF_GUID):
        return "video/x-ms-wmv" if ASF_VIDEO_STREAM in head else "audio/x-ms-wma"
    return _bitmap(head) or _mpeg(head)


def _bitmap(head: bytes) -> str | None:
    if head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in BMP_HEADER_SIZES:
        return "image/bmp"
    return None


def _mpeg(head: bytes) -> str | None:
    if head.startswith(b"ID3") and len(head) > 10 and head[3] < 0xFF:
        size = (head[6] << 21) | (head[7] << 14) | (head[8] << 7) | head[9]
        return "audio/flac" if head.startswith(b"fLaC", 10 + size) else "audio/mpeg"
    if len(head) > 188 * 3 and all(head[188 * packet] == 0x47 for packet in range(4)):
        return "video/mp2t"
    if head.startswith((b"\xff\xf1", b"\xff\xf9")):
        return "audio/aac"
    if _mp3_frame(head, 0):
        # the two marker bytes alone also begin UTF-16 text and chance binaries: a second frame must follow
        return "audio/mpeg" if _mp3_frame(head, _mp3_frame(head, 0)) else None
    return None


# ISO/IEC 11172-3 and 13818-3, layer III: kbit/s by index, samples/s by index
MP3_BIT_RATES = (
    (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0),
    (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0),
)
MP3_SAMPLE_RATES = {3: (44100, 48000, 32000, 0), 2: (22050, 24000, 16000, 0), 0: (11025, 12000, 8000, 0)}


def _mp3_frame(head: bytes, at: int) -> int:
    """The length of the layer III frame at `at`, 0 where there is none."""
    if len(head) < at + 4 or head[at] != 0xFF or head[at + 1] & 0xE6 != 0xE2:
        return 0
    version = head[at + 1] >> 3 & 3
    sample_rate = MP3_SAMPLE_RATES.get(version, (0, 0, 0, 0))[head[at + 2] >> 2 & 3]
    bit_rate = MP3_BIT_RATES[version != 3][head[at + 2] >> 4]
    if not sample_rate or not bit_rate:
        return 0
    padding = head[at + 2] >> 1 & 1
    return (144 if version == 3 else 72) * bit_rate * 1000 // sample_rate + padding


def _other_binary(head: bytes) -> str | None:
    if head.startswith(b"MZ") and b"\0" in head[:64]:
        return "application/vnd.microsoft.portable-executable"
    if head.startswith((b"\x30\x80", b"\x30\x82", b"\x30\x83")) and PKCS7_OID in head[:32]:
        return "application/pkcs7-mime"
    return "application/x-tar" if _old_tar(head) else None


def _old_tar(head: bytes) -> bool:
    """A TAR from before `ustar`: its first header's checksum fits (POSIX 1003.1, pax, ustar interchange format)."""
    if len(head) < 512 or not head[0]:
        return False
    stated = re.fullmatch(rb"[ \0]*([0-7]{1,7})[ \0]*", head[148:156])
    if not stated:
        return False
    return int(stated.group(1), 8) == sum(head[:148]) + 8 * 0x20 + sum(head[156:512])


def _textual(head: bytes, untrusted_name: str) -> str | None:
    text = looks_like_text(head)
    if text is None:
        return None
    return text_media_type(text, untrusted_name, whole=len(head) < HEAD_BYTES)
