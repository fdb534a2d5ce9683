"""Files and places that nobody wants to meet in a folder of evidence, each beside files that must be read all the same."""

import os
import socket
import zipfile
from pathlib import Path

MIB = 1024 * 1024
LONG_NAME = b"L" * 251 + b".txt"
BAD_NAME = b"latin1-\xe9\xff.txt"
SAYS = "A good file among odd ones says that the blue crane stood in hall {number}.\n"


def good(folder: Path, name: str, number: int) -> Path:
    """A file that must be read whatever stands beside it."""
    path = folder / name
    path.write_text(SAYS.format(number=number), encoding="utf-8")
    return path


def damaged_documents(folder: Path) -> None:
    """Empty, encrypted, truncated and wrongly named documents."""
    (folder / "empty.txt").write_bytes(b"")
    pdf(folder / "encrypted.pdf", "The crane is blue.", password="secret")
    pdf(folder / "whole.pdf", "The crane is blue.")
    (folder / "truncated.pdf").write_bytes((folder / "whole.pdf").read_bytes()[:400])
    docx(folder / "whole.docx", "The crane is blue, says the second document.")
    whole = (folder / "whole.docx").read_bytes()
    (folder / "truncated.docx").write_bytes(whole[: len(whole) // 2])
    (folder / "really-a-pdf.csv").write_bytes((folder / "whole.pdf").read_bytes() + b"\n% another\n")
    (folder / "really-a-text.jpg").write_text("This picture is a text about a yellow crane.\n")
    (folder / "really-a-docx.pdf").write_bytes(docx(folder / "other.docx", "A third crane stood there.").read_bytes())
    (folder / "other.docx").unlink()
    encrypted_zip(folder / "encrypted.zip")
    with zipfile.ZipFile(folder / "climbing.zip", "w") as archive:
        archive.writestr("../../outside.txt", "A name that climbs out.\n")
        archive.writestr("/etc/absolute.txt", "An absolute name.\n")
        archive.writestr("line\nbreak\x1b[2J.txt", "A name with a line break and an escape.\n")


def odd_places(folder: Path) -> None:
    """What is no file, or cannot be reached: loops, pipes, sockets, devices, links to nowhere."""
    inner = folder / "inner"
    inner.mkdir()
    (inner / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "itself").symlink_to(folder / "itself")
    (folder / "nowhere.txt").symlink_to(folder / "not-there.txt")
    (folder / "device").symlink_to("/dev/zero")
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        here = os.open(folder, os.O_RDONLY)
        listener.bind(f"/proc/self/fd/{here}/socket")
        os.close(here)


def odd_names(folder: Path) -> None:
    """Names with a line break, with an escape sequence, with bytes that are no UTF-8, of full length."""
    good(folder, "line\nbreak.txt", 21)
    good(folder, "escape-\x1b[31mred.txt", 22)
    for number, name in ((23, BAD_NAME), (24, LONG_NAME)):
        with open(os.fsencode(folder) + b"/" + name, "w", encoding="utf-8") as stream:  # noqa: PTH123 - a name in bytes
            stream.write(SAYS.format(number=number))


def sparse(path: Path, size: int) -> None:
    """A file of `size` zero bytes that takes no space."""
    with path.open("wb") as stream:
        stream.truncate(size)


def tiny_files(folder: Path, count: int) -> None:
    """Many files of one line."""
    folder.mkdir()
    for number in range(count):
        (folder / f"tiny-{number:05}.txt").write_text(f"Line of tiny file {number}.\n")


def pdf(path: Path, text: str, password: str | None = None) -> Path:
    """A PDF of one line."""
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfgen.canvas import Canvas

    encryption = StandardEncryption(password, canPrint=0) if password else None
    canvas = Canvas(str(path), encrypt=encryption)
    canvas.drawString(72, 700, text)
    canvas.save()
    return path


def docx(path: Path, text: str) -> Path:
    """A Word document of one paragraph."""
    from docx import Document

    document = Document()
    document.add_paragraph(text)
    document.save(str(path))
    return path


def encrypted_zip(path: Path) -> Path:
    """An archive whose one member needs a password."""
    import pyzipper

    with pyzipper.AESZipFile(path, "w", encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(b"secret")
        archive.writestr("inside.txt", "Nobody reads this.\n")
    return path
