import io
import stat
import struct
import zipfile

import pytest
import pyzipper

from casefile.errors import UntrustedInputError
from casefile.locators import LinesLocator
from ingest.readers.archive import ZipReader, modified, points_outside, shown_name
from ingest.reading import Part, Reader, Reading, ReadLimits
from tests.ingest.office_files import packed
from tests.ingest.reader_contract import ReaderContract, Sample, read_bytes, source_of

ZIP = "application/zip"


def read(data: bytes, limits: ReadLimits | None = None) -> Reading:
    return read_bytes(ZipReader(), data, ZIP, limits=limits)


def outcome(parts: tuple[Part, ...]) -> list[tuple[str, str]]:
    return [(part.untrusted_name, part.issue.category if part.issue else "taken out") for part in parts]


def contents(data: bytes, limits: ReadLimits | None = None) -> list[bytes]:
    with source_of(data, ZIP, limits=limits) as source:
        reading = ZipReader().read(source)
        return [(source.scratch / part.file).read_bytes() for part in reading.parts if part.file]


def archive(*members: tuple[zipfile.ZipInfo | str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        for name, data in members:
            package.writestr(name, data)
    return target.getvalue()


def locked(*, whole: bool) -> bytes:
    target = io.BytesIO()
    with pyzipper.AESZipFile(target, "w", encryption=pyzipper.WZ_AES) as package:
        package.setpassword(b"test")
        package.writestr("secret.txt", b"secret")
    if whole:
        return target.getvalue()
    target.seek(0)
    with zipfile.ZipFile(target, "a") as package:
        package.writestr("open.txt", b"open")
    return target.getvalue()


class TestZipContract(ReaderContract):
    def make_reader(self) -> Reader:
        return ZipReader()

    def samples(self) -> dict[str, Sample]:
        data = packed({"a.txt": "first", "folder/b.csv": "x,y\n1,2\n" * 40})
        return {"two": Sample(data, ZIP, "a.zip", ("a.txt  5 bytes  2024-03-05T10:30:00", "folder/b.csv"))}


def test_the_listing_is_the_text_and_members_are_parts() -> None:
    data = packed({"a.txt": "first", "folder/": "", "folder/b.txt": "second"})
    reading = read(data)
    assert reading.text.splitlines() == [
        "a.txt  5 bytes  2024-03-05T10:30:00",
        "folder/  0 bytes  2024-03-05T10:30:00",
        "folder/b.txt  6 bytes  2024-03-05T10:30:00",
    ]
    assert [block.locator.first_line for block in reading.blocks if isinstance(block.locator, LinesLocator)] == [
        1,
        2,
        3,
    ]
    assert [(part.untrusted_name, part.relation, part.modified) for part in reading.parts] == [
        ("a.txt", "member", "2024-03-05T10:30:00"),
        ("folder/b.txt", "member", "2024-03-05T10:30:00"),
    ]
    assert contents(data) == [b"first", b"second"]
    assert reading.issues == ()


def test_names_that_point_outside_are_taken_out_under_names_of_our_own() -> None:
    names = ["../up.txt", "/etc/passwd", "C:\\x.txt", "..\\w.txt", "x" * 4000]
    data = packed(dict.fromkeys(names, "harmless"))
    reading = read(data)
    assert outcome(reading.parts) == [(name, "taken out") for name in names]
    assert contents(data) == [b"harmless"] * 5
    assert [issue.category for issue in reading.issues] == ["low_confidence"]
    assert max(len(line) for line in reading.text.splitlines()) < 400


def test_links_and_devices_are_refused() -> None:
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    pipe = zipfile.ZipInfo("pipe")
    pipe.external_attr = (stat.S_IFIFO | 0o777) << 16
    reading = read(archive((link, b"/etc/passwd"), (pipe, b""), ("file", b"x")))
    assert outcome(reading.parts) == [("link", "unsupported"), ("pipe", "unsupported"), ("file", "taken out")]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_duplicates_are_all_taken_out_and_told() -> None:
    data = archive(("a", b"one"), ("a", b"two"))
    assert contents(data) == [b"one", b"two"]
    assert [issue.category for issue in read(data).issues] == ["low_confidence"]


def test_a_wrong_checksum_costs_that_member_only() -> None:
    data = archive(("bad.txt", b"original"), ("good.txt", b"fine")).replace(b"original", b"tampered", 1)
    assert outcome(read(data).parts) == [("bad.txt", "corrupt"), ("good.txt", "taken out")]


def test_encrypted_members_are_told_one_by_one_or_for_the_whole() -> None:
    assert outcome(read(locked(whole=False)).parts) == [("secret.txt", "encrypted"), ("open.txt", "taken out")]
    assert read(locked(whole=False)).issues == ()
    whole = read(locked(whole=True))
    assert [issue.category for issue in whole.issues] == ["encrypted"]
    assert "secret.txt" in whole.text


def test_bombs_are_refused_by_ratio_size_count_and_overlap() -> None:
    flat = packed({"zeros": bytes(30_000_000), "note": "text"})
    assert outcome(read(flat).parts) == [("zeros", "too_large"), ("note", "taken out")]
    big = archive(("a", bytes(600)), ("b", bytes(600)), ("c", b"small"))
    assert outcome(read(big, ReadLimits(part_bytes=1000)).parts) == [
        ("a", "taken out"),
        ("b", "too_large"),
        ("c", "taken out"),
    ]
    many = read(archive(*((str(at), b"") for at in range(9))), ReadLimits(parts=4))
    assert len(many.parts) == 4
    assert [issue.category for issue in many.issues] == ["too_large"]


def test_overlapping_members_are_refused() -> None:
    data = bytearray(archive(("a", b"x" * 100), ("b", b"y" * 100)))
    directory = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 1)
    offset = struct.unpack_from("<L", data, directory + 42)[0]
    struct.pack_into("<L", data, directory + 42, offset - 40)
    assert outcome(read(bytes(data)).parts) == [("a", "too_large"), ("b", "too_large")]


def test_a_size_that_lies_is_found_out() -> None:
    data = bytearray(packed({"a": "z" * 10_000}))
    directory = data.index(b"PK\x01\x02")
    struct.pack_into("<L", data, directory + 24, 10)
    assert outcome(read(bytes(data)).parts) == [("a", "corrupt")]


def test_an_unknown_packing_method_is_told() -> None:
    data = bytearray(archive(("a", b"text")))
    struct.pack_into("<H", data, data.index(b"PK\x01\x02") + 10, 98)
    struct.pack_into("<H", data, 8, 98)
    assert outcome(read(bytes(data)).parts) == [("a", "unsupported")]


def test_names_in_utf_8_without_the_flag_and_control_characters() -> None:
    info = zipfile.ZipInfo("Gr\xfc\xdfe.txt")
    data = archive((info, b"x"))
    without = bytearray(data)
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        struct.pack_into("<H", without, without.index(mark) + at, 0)
    assert read(bytes(without)).parts[0].untrusted_name == "Grüße.txt"
    evil = read(archive(("a\nb\u202egpj.exe", b"x")))
    assert evil.text.startswith("a\\nb\\u202egpj.exe  1 bytes")
    assert evil.parts[0].untrusted_name == "a\nb\u202egpj.exe"


@pytest.mark.parametrize(
    ("data", "category"),
    [(b"", "empty"), (b"PK\x03\x04 nonsense", "corrupt"), (packed({"a": "b" * 900})[:60], "corrupt")],
)
def test_what_cannot_be_read_says_why(data: bytes, category: str) -> None:
    with pytest.raises(UntrustedInputError) as raised:
        read(data)
    assert raised.value.category == category


def test_an_empty_archive_says_so() -> None:
    assert [issue.category for issue in read(archive()).issues] == ["empty"]


@pytest.mark.parametrize("name", ["a/b", "a..b", "...", "ab:c/d"])
def test_ordinary_names_point_nowhere_else(name: str) -> None:
    assert not points_outside(name)


def test_dates_that_are_none() -> None:
    info = zipfile.ZipInfo("a")
    info.date_time = (1980, 0, 0, 0, 0, 0)
    assert modified(info) == ""
    assert len(shown_name("x" * 5000)) <= 301
