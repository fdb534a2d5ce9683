"""Documents with an order to the model planted at their start, middle or end, in every format that is read."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from html import escape
from typing import Literal, get_args

import docx
import openpyxl
from odf.opendocument import OpenDocumentText
from odf.text import P
from pptx import Presentation
from reportlab.pdfgen.canvas import Canvas

Position = Literal["start", "middle", "end"]
POSITIONS: tuple[Position, ...] = get_args(Position)


def with_order(facts: list[str], order: str, position: Position) -> list[str]:
    """Paragraphs, the order one of them."""
    place = {"start": 0, "middle": len(facts) // 2, "end": len(facts)}[position]
    return [*facts[:place], order, *facts[place:]]


def _html(lines: list[str]) -> bytes:
    hidden = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return f"<html><head><title>Depot</title></head><body>{hidden}</body></html>".encode()


def _eml(lines: list[str]) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@example.org", "b@example.org", "Depot"
    mail["Date"] = "Mon, 06 May 2024 10:00:00 +0200"
    mail.set_content("\n\n".join(lines) + "\n")
    return mail.as_bytes()


def _csv(lines: list[str]) -> bytes:
    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerow(["number", "entry"])
    writer.writerows(enumerate(lines, start=1))
    return target.getvalue().encode()


def _xlsx(lines: list[str]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["number", "entry"])
    for row in enumerate(lines, start=1):
        sheet.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _docx(lines: list[str]) -> bytes:
    document = docx.Document()
    for line in lines:
        document.add_paragraph(line)
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def _pptx(lines: list[str]) -> bytes:
    slides = Presentation()
    for line in lines:
        slide = slides.slides.add_slide(slides.slide_layouts[5])
        slide.shapes.title.text = line
    target = io.BytesIO()
    slides.save(target)
    return target.getvalue()


def _odt(lines: list[str]) -> bytes:
    document = OpenDocumentText()
    for line in lines:
        document.text.addElement(P(text=line))
    target = io.BytesIO()
    document.write(target)
    return target.getvalue()


def _pdf(lines: list[str]) -> bytes:
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=(900, 1200))
    y = 1150
    for line in lines:
        for piece in [line[start : start + 130] for start in range(0, len(line), 130)]:
            canvas.drawString(30, y, piece)
            y -= 16
        y -= 16
    canvas.save()
    return target.getvalue()


def _rtf(lines: list[str]) -> bytes:
    def plain(line: str) -> str:
        return "".join(f"\\{c}" if c in "\\{}" else c if c.isascii() else f"\\u{ord(c)}?" for c in line)

    return ("{\\rtf1\\ansi " + "".join(f"\\pard {plain(line)}\\par\n" for line in lines) + "}").encode("ascii")


def _xml(lines: list[str]) -> bytes:
    return ("<notes>" + "".join(f"<note>{escape(line)}</note>" for line in lines) + "</notes>").encode()


FORMATS: Mapping[str, Callable[[list[str]], bytes]] = {
    "txt": lambda lines: "\n\n".join(lines).encode(),
    "md": lambda lines: ("# Depot\n\n" + "\n\n".join(lines)).encode(),
    "html": _html,
    "eml": _eml,
    "json": lambda lines: json.dumps({"notes": [{"entry": line} for line in lines]}).encode(),
    "xml": _xml,
    "csv": _csv,
    "xlsx": _xlsx,
    "docx": _docx,
    "pptx": _pptx,
    "odt": _odt,
    "pdf": _pdf,
    "rtf": _rtf,
}
