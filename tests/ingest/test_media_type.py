"""Media types from content: each kind, wrong names, cut-off files, hostile bytes."""

import bz2
import gzip
import io
import json
import lzma
import sqlite3
import struct
import tarfile
import wave
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ingest.media_type import DETECTED_NAMES, HEAD_BYTES, detect
from ingest.readers.registry import default_registry

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
POWERPOINT = "application/vnd.openxmlformats-officedocument.presentationml.presentation"


def kind_of(data: bytes, name: str = "") -> str:
    return detect(io.BytesIO(data), name)


def zip_of(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content, zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED)
    return out.getvalue()


def ole_of(*names: str) -> bytes:
    """The least OLE2 file: a header, a table of sectors and a directory with these entries."""
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<5H", 62, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<9L", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0) + struct.pack(
        "<109L", 0, *[0xFFFFFFFF] * 108
    )
    table = struct.pack("<128L", 0xFFFFFFFD, 0xFFFFFFFE, *[0xFFFFFFFF] * 126)
    entries = b""
    for name in ("Root Entry", *names):
        raw = name.encode("utf-16-le") + b"\0\0"
        entries += raw.ljust(64, b"\0") + struct.pack("<HBB", len(raw), 2, 1) + bytes(60)
    return header[:512].ljust(512, b"\0") + table + entries.ljust(512 * 2, b"\0")


def picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, kind)
    return out.getvalue()


def tar_of(mode: str) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        member = tarfile.TarInfo("a.txt")
        member.size = 2
        archive.addfile(member, io.BytesIO(b"hi"))
    return out.getvalue()


def wav() -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as recording:
        recording.setnchannels(1)
        recording.setsampwidth(2)
        recording.setframerate(8000)
        recording.writeframes(bytes(200))
    return out.getvalue()


def sqlite_file(tmp: Path) -> bytes:
    path = tmp / "x.db"
    connection = sqlite3.connect(path)
    connection.execute("create table t (a)")
    connection.commit()
    connection.close()
    return path.read_bytes()


MP3_FRAME = (b"\xff\xfb\x90\x00" + bytes(413)) * 3
MAIL = b"Received: from a by b; Mon, 1 Jan 2024 10:00:00 +0000\r\nFrom: a@example.org\r\nTo: b@example.org\r\nSubject: x\r\n\r\nHello\r\n"

BINARY: dict[str, Callable[[], tuple[bytes, str]]] = {
    "pdf": lambda: (b"%PDF-1.7\n%...", "application/pdf"),
    "pdf after junk": lambda: (b"%%EOF\n\n%PDF-1.4\n", "application/pdf"),
    "docx": lambda: (zip_of(("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<w/>")), WORD),
    "xlsx": lambda: (zip_of(("[Content_Types].xml", b"<Types/>"), ("xl/workbook.xml", b"<w/>")), EXCEL),
    "pptx": lambda: (zip_of(("ppt/presentation.xml", b"<w/>"), ("[Content_Types].xml", b"<Types/>")), POWERPOINT),
    "odt": lambda: (
        zip_of(("mimetype", b"application/vnd.oasis.opendocument.text"), ("content.xml", b"")),
        "application/vnd.oasis.opendocument.text",
    ),
    "ods": lambda: (
        zip_of(("mimetype", b"application/vnd.oasis.opendocument.spreadsheet")),
        "application/vnd.oasis.opendocument.spreadsheet",
    ),
    "odp template": lambda: (
        zip_of(("mimetype", b"application/vnd.oasis.opendocument.presentation-template")),
        "application/vnd.oasis.opendocument.presentation",
    ),
    "odt without mimetype": lambda: (
        zip_of(
            ("content.xml", b"<a/>"),
            ("META-INF/manifest.xml", b'<m type="application/vnd.oasis.opendocument.spreadsheet"/>'),
        ),
        "application/vnd.oasis.opendocument.spreadsheet",
    ),
    "epub": lambda: (
        zip_of(("mimetype", b"application/epub+zip"), ("META-INF/container.xml", b"")),
        "application/epub+zip",
    ),
    "zip": lambda: (zip_of(("word/notes.txt", b"a folder that happens to be called word")), "application/zip"),
    "empty zip": lambda: (b"PK\x05\x06" + bytes(18), "application/zip"),
    "doc": lambda: (ole_of("1Table", "WordDocument"), "application/msword"),
    "xls": lambda: (ole_of("Workbook"), "application/vnd.ms-excel"),
    "ppt": lambda: (ole_of("PowerPoint Document"), "application/vnd.ms-powerpoint"),
    "msg": lambda: (ole_of("__nameid_version1.0"), "application/vnd.ms-outlook"),
    "locked docx": lambda: (ole_of("EncryptionInfo", "EncryptedPackage"), "application/x-ooxml-encrypted"),
    "unknown ole": lambda: (ole_of("Contents"), "application/x-ole-storage"),
    "tar": lambda: (tar_of("w"), "application/x-tar"),
    "gzip": lambda: (gzip.compress(b"hello"), "application/gzip"),
    "bzip2": lambda: (bz2.compress(b"hello"), "application/x-bzip2"),
    "xz": lambda: (lzma.compress(b"hello"), "application/x-xz"),
    "7z": lambda: (b"7z\xbc\xaf\x27\x1c\0\x04" + bytes(40), "application/x-7z-compressed"),
    "rar": lambda: (b"Rar!\x1a\x07\x01\0" + bytes(40), "application/vnd.rar"),
    "png": lambda: (picture("PNG"), "image/png"),
    "jpeg": lambda: (picture("JPEG"), "image/jpeg"),
    "tiff": lambda: (picture("TIFF"), "image/tiff"),
    "bmp": lambda: (picture("BMP"), "image/bmp"),
    "webp": lambda: (picture("WEBP"), "image/webp"),
    "gif": lambda: (picture("GIF"), "image/gif"),
    "heic": lambda: (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "image/heic"),
    "mp4": lambda: (b"\0\0\0\x18ftypisom\0\0\0\0isomiso2", "video/mp4"),
    "mov": lambda: (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", "video/quicktime"),
    "m4a": lambda: (b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42", "audio/mp4"),
    "wav": lambda: (wav(), "audio/wav"),
    "avi": lambda: (b"RIFF\x24\0\0\0AVI LIST", "video/x-msvideo"),
    "mp3 with tag": lambda: (b"ID3\x03\0\0\0\0\0\x0a" + bytes(10) + MP3_FRAME, "audio/mpeg"),
    "mp3 bare": lambda: (MP3_FRAME, "audio/mpeg"),
    "flac": lambda: (b"fLaC\0\0\0\x22" + bytes(34), "audio/flac"),
    "ogg": lambda: (b"OggS\0\x02" + bytes(22) + b"\x01\x1e\x01vorbis", "audio/ogg"),
    "ogv": lambda: (b"OggS\0\x02" + bytes(22) + b"\x01\x2a\x80theora", "video/ogg"),
    "pkcs7": lambda: (bytes.fromhex("30820abc06092a864886f70d010702a082"), "application/pkcs7-mime"),
    "wordperfect": lambda: (b"\xffWPC\x10\0\0\0\x01\x0a", "application/vnd.wordperfect"),
    "exe": lambda: (b"MZ\x90\0\x03\0\0\0", "application/vnd.microsoft.portable-executable"),
    "zeros": lambda: (bytes(5000), "application/octet-stream"),
}

TEXTUAL: list[tuple[bytes, str, str]] = [
    (b"", "a.pdf", "application/x-empty"),
    (b"  \n\n", "", "text/plain"),
    (b"{\\rtf1\\ansi Hello}", "letter.doc", "application/rtf"),
    (MAIL, "", "message/rfc822"),
    (MAIL, "note.txt", "message/rfc822"),
    (MAIL.decode().encode("utf-16"), "", "message/rfc822"),
    (b"From: Bob\nTo: Alice\nSubject: Keys\n\nThey are under the mat.", "memo.txt", "text/plain"),
    (b"From: Bob\nTo: Alice\nSubject: Keys\n\nThey are under the mat.", "memo.eml", "message/rfc822"),
    (b"From a@b.c Mon Jan  1 10:00:00 2024\n" + MAIL, "", "application/mbox"),
    (b"<!DOCTYPE html><html><p>x</p></html>", "page.doc", "text/html"),
    (b"\n<!-- c --><HTML lang=en>", "", "text/html"),
    (b"<div class=a>only a fragment</div>", "", "text/html"),
    (b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>', "", "text/html"),
    (b'<?xml version="1.0"?><data><p>1</p></data>', "a.html", "application/xml"),
    (b"<gpx version='1.1'></gpx>", "", "application/gpx+xml"),
    (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "", "image/svg+xml"),
    (b'{"a": [1, 2, {"b": null}]}', "x.txt", "application/json"),
    (b'[1, 2.5, "x"]', "", "application/json"),
    (b'{"a": 1}\n{"a": 2}\n{"a": 3}\n', "x.json", "application/x-ndjson"),
    (b'{"a": "cut off', "x.json", "application/json"),
    (b'{"a": "cut off', "x.txt", "text/plain"),
    (b"[1] First footnote.\n[2] Second footnote.\n", "", "text/plain"),
    (b"{not json at all}", "", "text/plain"),
    (b"name,age,city\nbob,3,berlin\nann,4,paris\nkim,5,rome\n", "", "text/csv"),
    (b"a;b\n1,5;2\n3,1;4\n", "", "text/csv"),
    (b"a\tb\n1\t2\n3\t4\n", "", "text/tab-separated-values"),
    (b"one\ntwo\n", "list.csv", "text/csv"),
    (b"Yes, he said, and left.\nThen, at noon, she came, too.\nNobody, though, saw it.\nThe end.", "", "text/plain"),
    (b"# Title\n\nSome **bold** text.\n", "", "text/markdown"),
    (b"plain words\n", "notes.md", "text/markdown"),
    (b"# a comment\nimport os\n", "x.py", "text/plain"),
    (b"BEGIN:VCARD\r\nFN:Bob\r\nEND:VCARD\r\n", "", "text/vcard"),
    (b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "", "text/calendar"),
    (b"-----BEGIN PGP MESSAGE-----\n\nabc\n", "", "application/pgp-encrypted"),
    ("Привет, как дела? Всё хорошо.".encode("cp1251"), "", "text/plain"),
    ("目撃者は昨夜駅で男を見た。".encode("cp932"), "", "text/plain"),
    ("Grüße aus Köln".encode("utf-16-le"), "", "text/plain"),
    ("Grüße aus Köln".encode("utf-32"), "", "text/plain"),
    (b"\xef\xbb\xbfa;b;c\n1;2;3\n4;5;6\n", "", "text/csv"),
]


@pytest.mark.parametrize("label", sorted(BINARY))
@pytest.mark.parametrize("name", ["", "wrong.txt", "wrong.pdf", "wrong.csv"])
def test_binary_kinds_whatever_the_name(label: str, name: str) -> None:
    data, expected = BINARY[label]()
    assert kind_of(data, name) == expected


@pytest.mark.parametrize(("data", "name", "expected"), TEXTUAL)
def test_textual_kinds(data: bytes, name: str, expected: str) -> None:
    assert kind_of(data, name) == expected


def test_sqlite(tmp_path: Path) -> None:
    assert kind_of(sqlite_file(tmp_path), "photo.jpg") == "application/vnd.sqlite3"


@pytest.mark.parametrize("label", ["docx", "xlsx", "pptx", "odt", "epub", "doc", "msg", "png", "tar", "gzip"])
def test_cut_off_files_are_what_they_are(label: str) -> None:
    data, expected = BINARY[label]()
    padded = data[: len(data) * 3 // 4] if label != "tar" else data[:600]
    assert kind_of(padded) == expected


def test_an_ole_file_without_its_directory_is_known_by_its_first_stream() -> None:
    assert kind_of(ole_of("WordDocument")[:512] + b"\xec\xa5\xc1\0" + bytes(200)) == "application/msword"


def test_ole_directory_loops_end() -> None:
    data = bytearray(ole_of("Contents"))
    data[512 + 4 : 512 + 8] = struct.pack("<L", 1)  # the directory's sector follows itself
    assert kind_of(bytes(data)) == "application/x-ole-storage"


def test_deep_json_is_json() -> None:
    assert kind_of(b"[" * 30_000 + b"]" * 30_000) == "application/json"


def test_long_json_is_told_from_its_beginning() -> None:
    data = json.dumps([{"key": "value " * 20, "n": n} for n in range(2000)]).encode()
    assert len(data) > HEAD_BYTES
    assert kind_of(data, "x.bin") == "application/json"


def test_reads_a_bounded_part_of_a_large_archive() -> None:
    class Counting(io.BytesIO):
        taken = 0

        def read(self, size: int | None = -1, /) -> bytes:
            data = super().read(size)
            Counting.taken += len(data)
            return data

    archive = Counting(zip_of(("big.bin", b"")) + bytes(20_000_000))
    assert detect(archive, "") == "application/zip"
    assert Counting.taken < 6_000_000
    assert archive.tell() == 0


def test_every_type_of_the_tables_has_a_name_people_understand() -> None:
    assert set(default_registry().media_types()) <= set(DETECTED_NAMES)
    assert DETECTED_NAMES["image/jpeg"] == "JPEG picture"


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=2000), name=st.text(max_size=30))
def test_any_bytes_and_any_name_have_a_known_type(data: bytes, name: str) -> None:
    assert kind_of(data, name) in DETECTED_NAMES


@settings(max_examples=100, deadline=None)
@given(label=st.sampled_from(sorted(BINARY)), cut=st.floats(0, 1), name=st.text(max_size=10))
def test_any_cut_of_any_kind_has_a_known_type(label: str, cut: float, name: str) -> None:
    data, _ = BINARY[label]()
    assert kind_of(data[: int(len(data) * cut)], name) in DETECTED_NAMES


@settings(max_examples=100, deadline=None)
@given(text=st.text(min_size=1, max_size=500), name=st.text(max_size=10))
def test_any_text_has_a_known_type(text: str, name: str) -> None:
    assert kind_of(text.encode("utf-8", "replace"), name) in DETECTED_NAMES
