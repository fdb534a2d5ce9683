"""Folder 09_seized: a stick, and files that hurt: empty, encrypted, cut off, wrongly named, there twice."""

import io
import struct
import zipfile
import zlib
from datetime import timedelta

from data.demo_case import scenario as when
from data.demo_case.documents_media import png, typed_page
from data.demo_case.documents_reports import DOCX, PDF, TEXT
from data.demo_case.papers import Desk, items, paragraphs, title
from data.demo_case.rendering_office import to_docx
from data.demo_case.rendering_plain import to_text
from data.demo_case.rendering_print import to_pdf

ZIP = "application/zip"
CSV = ("text/csv", "text/plain")


def write(desk: Desk) -> None:
    """Write folder 09_seized."""
    _stick(desk)
    _empty(desk)
    _encrypted_pdf(desk)
    _encrypted_zip(desk)
    _truncated(desk)
    _misnamed(desk)
    _copy(desk)


def _stick(desk: Desk) -> None:
    s, path = desk.scenario, "files/09_seized/usb_stick.zip"
    wishes = to_text(
        desk.manuscript(
            f"{path}!/notities/bestellingen.txt",
            (
                title("Bestellingen"),
                *items(
                    f"[[stick.order|Poznan: kraan 4-5 ton, uiterlijk {when.day_nl(s.theft3 + timedelta(days=4))}, betaalt 21 duizend]]",
                    "Lommel: minigraver, mag een beschadigde rupsband hebben",
                    "België 2: wiellader, na de zomer",
                ),
                *paragraphs("Niet over de gewone telefoon."),
            ),
        )
    )
    label = to_pdf(
        desk.manuscript(
            f"{path}!/labels/typeplate_template.pdf",
            (
                title("Type plate"),
                *paragraphs(
                    "[[stick.plate|Template for engraving: maker, type, year, number with 17 places, two rivet holes 62 mm apart.]]"
                ),
            ),
        ),
        "template",
    )
    prices = desk.note(
        f"{path}!/prijzen.csv",
        "soort;min;max\nminigraver;14000;18000\nwiellader;26000;34000\nkraan 4-5 t;[[stick.max|19000;23500]]\n",
    )
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        day = s.search - timedelta(days=5)
        for name, data in (
            ("notities/bestellingen.txt", wishes.encode()),
            ("labels/typeplate_template.pdf", label),
            ("prijzen.csv", prices.encode()),
        ):
            out.writestr(zipfile.ZipInfo(name, (day.year, day.month, day.day, 22, 41, 8)), data, zipfile.ZIP_DEFLATED)
    desk.texts[path] = "notities/bestellingen.txt\nlabels/typeplate_template.pdf\nprijzen.csv"
    desk.file(path, target.getvalue(), ZIP, issues_allowed=("no_text",))
    desk.expect(f"{path}!/notities/bestellingen.txt", TEXT)
    desk.expect(f"{path}!/labels/typeplate_template.pdf", PDF)
    desk.expect(f"{path}!/prijzen.csv", *CSV)


def _empty(desk: Desk) -> None:
    desk.file(
        "files/09_seized/notes_empty.txt",
        b"",
        "inode/x-empty",
        "application/x-empty",
        TEXT,
        "application/octet-stream",
        status="failed",
        issues=("empty",),
        note="0 bytes",
    )


def _encrypted_pdf(desk: Desk) -> None:
    data = to_pdf(
        (title("Confidential"), *paragraphs("This page is under a password.")),
        "confidential",
        password=f"lock{desk.scenario.rng.randint(1000, 9999)}",
    )
    desk.file(
        "files/09_seized/contract_protected.pdf",
        data,
        PDF,
        status="failed",
        issues=("encrypted",),
        note="needs a password",
    )


def _encrypted_zip(desk: Desk) -> None:
    rng = desk.scenario.rng
    data = _encrypted_archive(
        "boekhouding.txt", ("kas twee\n" * 40).encode(), f"sleutel{rng.randint(100, 999)}".encode(), rng.randbytes(11)
    )
    path = "files/09_seized/backup_2.zip"
    desk.file(path, data, ZIP, status="failed", issues=("encrypted",), note="needs a password (PKWARE encryption)")
    member = f"{path}!/boekhouding.txt"
    desk.expect(
        member,
        "",
        TEXT,
        "application/octet-stream",
        status="failed",
        issues=("encrypted",),
        note="needs the archive's password; its bytes are not known, so it has no media type",
    )


def _encrypted_archive(name: str, data: bytes, password: bytes, salt: bytes) -> bytes:
    """A ZIP with one member under traditional encryption (PKWARE APPNOTE 6.3.10, section 6.1), the same each time.

    The AES that ready-made writers use draws its salt from the operating system, so that no two files would be alike.
    """
    checksum = zlib.crc32(data)
    keys = [0x12345678, 0x23456789, 0x34567890]
    table = [_crc_step(number) for number in range(256)]

    def update(byte: int) -> None:
        keys[0] = keys[0] >> 8 ^ table[(keys[0] ^ byte) & 0xFF]
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = keys[2] >> 8 ^ table[(keys[2] ^ keys[1] >> 24) & 0xFF]

    def encrypt(byte: int) -> int:
        pad = keys[2] & 0xFFFF | 2
        update(byte)
        return byte ^ (pad * (pad ^ 1) >> 8 & 0xFF)

    for byte in password:
        update(byte)
    body = bytes(encrypt(byte) for byte in salt + bytes([checksum >> 24]) + data)
    encoded = name.encode()
    fields = struct.pack("<HHHHHIIIHH", 20, 1, 0, 0x6000, 0x5821, checksum, len(body), len(data), len(encoded), 0)
    local = b"PK\x03\x04" + fields + encoded + body
    central = b"PK\x01\x02" + struct.pack("<H", 20) + fields + struct.pack("<HHHII", 0, 0, 0, 0x20, 0) + encoded
    return local + central + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)


def _crc_step(value: int) -> int:
    for _ in range(8):
        value = value >> 1 ^ (0xEDB88320 if value & 1 else 0)
    return value


def _truncated(desk: Desk) -> None:
    s = desk.scenario
    whole = to_docx(
        (
            title("Price list"),
            *paragraphs(*(f"Machine {number}: on request, yard {s.trade_town}." for number in range(30))),
        ),
        s.trade_name,
        f"{s.search}T05:00:00Z",
    )
    desk.file(
        "files/09_seized/recovered_price_list.docx",
        whole[: len(whole) // 2],
        DOCX,
        ZIP,
        "application/octet-stream",
        status="failed",
        issues=("corrupt",),
        note="second half missing",
    )


def _misnamed(desk: Desk) -> None:
    s, path = desk.scenario, "files/09_seized/IMG_0412.jpg"
    blocks = (
        title("Storage agreement"),
        *paragraphs(
            f"[[storage.hall|{s.trade_name} rents hall 7 at the old brickworks from {when.day_en(s.theft1 - timedelta(days=11))}, payable in cash on the first of each month.]] The lessor has a key. No vehicles with leaking oil.",
            f"[[storage.rent|The rent is {when.euro_en(s.rng.randrange(420, 690, 10))} a month.]]",
        ),
    )
    desk.file(path, to_pdf(desk.manuscript(path, blocks), "storage"), PDF, note="a PDF that is named .jpg")
    plan = typed_page(
        ("HALL 7", "", "ramp    [machine]   [machine]", "", "paint corner left, compressor right"), (900, 600)
    )
    desk.file(
        "files/09_seized/hall_plan.docx",
        png(plan),
        "image/png",
        status="skipped",
        issues=("unsupported",),
        note="a PNG picture that is named .docx",
    )


def _copy(desk: Desk) -> None:
    original, path = "files/07_machines/purchase_contract_excavator.docx", "files/09_seized/contract_copy.docx"
    desk.write(path, (desk.folder / original).read_bytes())
    desk.texts[path] = desk.texts[original]
    desk.duplicate(path, original)
