"""Blocks to PDF with reportlab, byte for byte the same each time."""

from collections.abc import Iterable
from io import BytesIO

from PIL import Image

from data.demo_case.papers import Block


def _flowables(blocks: Iterable[Block]) -> list[object]:
    from reportlab.lib import colors
    from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
    from reportlab.platypus import PageBreak, Paragraph, Spacer, Table, TableStyle

    sheet = getSampleStyleSheet()
    body = ParagraphStyle("Body", parent=sheet["BodyText"], fontSize=10, leading=14, spaceAfter=6)
    small = ParagraphStyle("Cell", parent=body, fontSize=8.5, leading=11, spaceAfter=0)
    grid = TableStyle(
        [
            ("GRID", (0, 0), (-1, -1), 0.4, colors.grey),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("BACKGROUND", (0, 0), (-1, 0), colors.whitesmoke),
        ]
    )
    plain = TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, -1), 0.2, colors.lightgrey)])
    flow: list[object] = []
    for block in blocks:
        if block.kind == "title":
            flow.append(Paragraph(_escape(block.text), sheet["Title"]))
        elif block.kind == "heading":
            flow.append(Paragraph(_escape(block.text), sheet["Heading2"]))
        elif block.kind == "paragraph":
            flow.append(Paragraph(_escape(block.text), body))
        elif block.kind == "item":
            flow.append(Paragraph("&bull; " + _escape(block.text), body))
        elif block.kind == "page":
            flow.append(PageBreak())
        else:
            cells = [[Paragraph(_escape(cell), small) for cell in row] for row in block.rows]
            widths = [140, 330] if block.kind == "pairs" else None
            flow += [Table(cells, colWidths=widths, style=plain if block.kind == "pairs" else grid), Spacer(1, 8)]
    return flow


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def to_pdf(blocks: Iterable[Block], footer: str, scans: tuple[Image.Image, ...] = (), password: str = "") -> bytes:
    """A PDF of A4 pages.

    Args:
        blocks: the text.
        footer: printed on each page, with its number.
        scans: pictures, each a page of its own at the end, without any text.
        password: encrypts the file where given.
    """
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas
    from reportlab.platypus import SimpleDocTemplate

    class Steady(Canvas):  # type: ignore[misc]
        """A canvas whose last pages are scans."""

        def save(self) -> None:
            for scan in scans:
                self.drawImage(ImageReader(scan), 0, 0, *A4)
                self.showPage()
            super().save()

    def foot(canvas: Canvas, document: SimpleDocTemplate) -> None:
        canvas.setFont("Helvetica", 7.5)
        canvas.drawString(56, 30, f"{footer} | {document.page}")

    target = BytesIO()
    encrypt = StandardEncryption(password, ownerPassword=password, strength=128) if password else None
    # A paragraph is never split over pages: a quote then stands on one page.
    document = SimpleDocTemplate(
        target,
        pagesize=A4,
        leftMargin=56,
        rightMargin=56,
        topMargin=56,
        bottomMargin=56,
        allowSplitting=1,
        invariant=1,
        title=footer,
        encrypt=encrypt,
    )
    flow = _flowables(blocks)
    for flowable in flow:
        if type(flowable).__name__ == "Paragraph":
            flowable.splitLongWords = 0  # type: ignore[attr-defined]
            flowable.split = lambda *_: []  # type: ignore[attr-defined]
    document.build(flow, onFirstPage=foot, onLaterPages=foot, canvasmaker=Steady)
    return target.getvalue()
