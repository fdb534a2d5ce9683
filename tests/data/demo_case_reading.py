"""Reads a built demo case with libraries that are not the builder's and not the program's, where there are such."""

import email
import email.policy
import html
import io
import re
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path

import docx
import openpyxl
import pptx
import pypdf
import python_calamine
from lxml import etree
from striprtf.striprtf import rtf_to_text

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def fold(text: str) -> str:
    """White space folded, as quotes are compared."""
    return " ".join(text.split())


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "input" and values.get("value"):
            self.pieces.append(f"\n{values['value']}\n")


def _html(data: bytes) -> str:
    page = _Page()
    page.feed(data.decode())
    return "\n".join(page.pieces)


def _word_paragraphs(element: etree._Element) -> list[str]:
    return [
        "".join(node.text or "" for node in paragraph.iter(f"{_W}t", f"{_W}delText"))
        for paragraph in element.iter(f"{_W}p")
    ]


def _docx(data: bytes) -> str:
    document = docx.Document(io.BytesIO(data))
    lines = _word_paragraphs(document.element)
    lines += [comment.text for comment in document.comments]
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        if "word/footnotes.xml" in package.namelist():
            lines += _word_paragraphs(etree.fromstring(package.read("word/footnotes.xml")))
    return "\n".join(lines)


def _pptx(data: bytes) -> str:
    lines = []
    for slide in pptx.Presentation(io.BytesIO(data)).slides:
        lines += [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
        lines.append(slide.notes_slide.notes_text_frame.text)
    return "\n".join(lines)


def _open_document(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert package.namelist()[0] == "mimetype"
        root = etree.fromstring(package.read("content.xml"))
    text = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
    return "\n".join("".join(str(piece) for piece in node.itertext()) for node in root.iter(f"{text}p", f"{text}h"))


def _epub(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        chapters = [package.read(name).decode() for name in package.namelist() if "chapter" in name]
    return "\n".join(html.unescape(re.sub(r"<[^>]+>", " ", chapter)) for chapter in chapters)


def _xlsx(data: bytes) -> str:
    book = openpyxl.load_workbook(io.BytesIO(data))
    return "\n".join(
        [
            book.sheetnames[0],
            *(
                str(cell)
                for sheet in book
                for row in sheet.iter_rows(values_only=True)
                for cell in row
                if cell is not None
            ),
        ]
    )


def _calamine(data: bytes) -> str:
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    return "\n".join(
        str(cell) for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python() for cell in row
    )


def _pdf(data: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages)


def _rtf(data: bytes) -> str:
    return str(rtf_to_text(data.decode("ascii")))  # type: ignore[no-untyped-call]


def _mail(data: bytes) -> str:
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    body = message.get_body(("plain",))
    assert body is not None
    return "\n".join([*(f"{name}: {value}" for name, value in message.items()), body.get_content()])


def plain(data: bytes) -> str:
    """Text in any of the encodings that the case uses."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data.decode("utf-16")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252")


_READERS: dict[str, Callable[[bytes], str]] = {
    "application/pdf": _pdf,
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": _docx,
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": _pptx,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": _xlsx,
    "application/vnd.oasis.opendocument.text": _open_document,
    "application/vnd.oasis.opendocument.spreadsheet": _open_document,
    "application/vnd.ms-excel": _calamine,
    "application/epub+zip": _epub,
    "application/rtf": _rtf,
    "message/rfc822": _mail,
    "text/html": _html,
    "application/zip": lambda data: "\n".join(zipfile.ZipFile(io.BytesIO(data)).namelist()),
}


def text_of(data: bytes, media_type: str) -> str:
    """The text of a file of that media type."""
    reader: Callable[[bytes], str] = _READERS.get(media_type, plain)
    return reader(data)


def parts_of(path: str, data: bytes) -> dict[str, bytes]:
    """The file itself and everything nested in it, by path."""
    found = {path: data}
    if path.endswith(".eml"):
        message = email.message_from_bytes(data, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        for part in message.iter_attachments():
            content = part.get_content()
            inner = (
                content.as_bytes()
                if isinstance(content, EmailMessage)
                else content
                if isinstance(content, bytes)
                else content.encode()
            )
            found |= parts_of(f"{path}!/{part.get_filename()}", inner)
    elif path.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.infolist():
                if member.flag_bits & 1:  # encrypted: the bytes as they lie there
                    found[f"{path}!/{member.filename}"] = data[member.header_offset :][: member.compress_size]
                else:
                    found |= parts_of(f"{path}!/{member.filename}", archive.read(member))
    return found


def everything(folder: Path) -> dict[str, bytes]:
    """Each file and part of a built case, by path."""
    found: dict[str, bytes] = {}
    for file in sorted((folder / "files").rglob("*")):
        if file.is_file():
            found |= parts_of(file.relative_to(folder).as_posix(), file.read_bytes())
    return found
