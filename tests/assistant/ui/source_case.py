"""A small case with one exhibit of each kind, read by the real readers, for the tests of the source panel."""

from email.message import EmailMessage
from pathlib import Path

import docx
import openpyxl
from PIL import Image
from pptx import Presentation
from reportlab.pdfgen.canvas import Canvas

from casefile.case import Case, create_case
from casefile.home import Home
from casefile.records import CaseDescription, Exhibit
from casefile.serial import now
from casefile.settings import load_settings
from ingest.embedding.fake import HashedWordsEmbedder
from ingest.pipeline import Pipeline

HOSTILE = '<img src=x onerror="alert(1)">'
OVERRIDE = "\u202e"
HOSTILE_NAME = f"{HOSTILE}{OVERRIDE}fdp.txt"


def write_files(folder: Path) -> None:
    """One file of each kind."""
    folder.mkdir()
    _pdf(folder / "report.pdf")
    _workbook(folder / "payments.xlsx")
    _mail(folder / "letter.eml")
    _office(folder)
    (folder / "calls.csv").write_text(
        "date;number;seconds\n" + "".join(f"2024-03-{day:02};+49 30 {day:04};{day * 7}\n" for day in range(1, 29))
    )
    (folder / "log.txt").write_text("".join(f"{number}: event {number} happened\n" for number in range(1, 4001)))
    (folder / "page.html").write_text(f"<h1>Title</h1><p>A plain paragraph about the van.</p><p>{'x' * 40}</p>")
    (folder / HOSTILE_NAME.replace("/", "_")).write_text(
        "Notes of the clerk about the case.\nHe wrote them at home.\n\n"
        f"{HOSTILE} </mark></td></div><script>alert(2)</script>\n"
        f"account {OVERRIDE}4321 FD\u202c and zero\u200bwidth and \x1b[2J bell\n{{{{ 7919 * 7907 }}}}"
    )
    image = Image.new("RGB", (300, 200), (255, 255, 255))
    image.paste((0, 0, 200), (0, 0, 150, 100))
    image.save(folder / "photo.jpg")
    image.save(folder / "scan.tif", save_all=True, append_images=[image.rotate(180)])
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing more")
    (folder / "mystery.bin").write_bytes(bytes(range(256)) * 20)
    canvas = Canvas(str(folder / "blank.pdf"), pagesize=(300, 200))
    canvas.rect(20, 20, 100, 50, fill=1)
    canvas.save()


def _pdf(path: Path) -> None:
    canvas = Canvas(str(path), pagesize=(400, 300))
    canvas.setFont("Helvetica", 12)
    canvas.drawString(40, 250, "The driver said that he was at home.")
    canvas.drawString(40, 40, "The last words of page one are these")
    canvas.showPage()
    canvas.setFont("Helvetica", 12)
    canvas.drawString(40, 250, "and the first words of page two follow.")
    canvas.drawString(40, 150, "MARKEDWORD stands alone here.")
    canvas.showPage()
    canvas.setFont("Helvetica", 12)
    canvas.drawString(40, 250, "A third page, of no interest.")
    canvas.save()


def _workbook(path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Payments"
    sheet.append(["Date", "Payee", "Amount"])
    for row in range(1, 121):
        sheet.append([f"2024-05-{row % 28 + 1:02}", f"Firm {row}", row * 10])
    sheet["B40"] = f"{HOSTILE} Ltd"
    sheet.row_dimensions[60].hidden = True
    sheet["B41"].comment = openpyxl.comments.Comment("looks odd", "clerk")
    secret = book.create_sheet("Secret")
    secret.append(["Name", "Bribe"])
    secret.append(["Smith", 5000])
    secret.sheet_state = "hidden"
    book.save(path)


def _mail(path: Path) -> None:
    mail = EmailMessage()
    mail["From"] = "Alice <alice@example.org>"
    mail["To"] = "Bob <bob@example.org>"
    mail["Subject"] = f"Delivery {HOSTILE}"
    mail["Date"] = "Mon, 06 May 2024 10:00:00 +0200"
    mail["Message-ID"] = "<1@example.org>"
    mail["Received"] = "from a by b; Mon, 06 May 2024 10:00:01 +0200"
    mail.set_content("Dear Bob,\n\nthe lorry comes at night.\n\nAlice\n")
    mail.add_attachment("The attachment says hello.\n", filename="note.txt")
    path.write_bytes(bytes(mail))


def _office(folder: Path) -> None:
    document = docx.Document()
    document.add_heading("Statement", 1)
    document.add_heading("First night", 2)
    document.add_paragraph("The witness saw a white van.")
    document.add_heading("Second night", 2)
    for number in range(900):
        document.add_paragraph(f"Paragraph number {number} of a very long statement about nothing.")
    document.add_paragraph("Only here the word harbour is said.")
    document.save(folder / "statement.docx")
    slides = Presentation()
    for title, body, notes in (("Plan", "Meet at the kiosk", "bring cash"), ("Roles", "The driver waits", "")):
        slide = slides.slides.add_slide(slides.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = body
        if notes:
            slide.notes_slide.notes_text_frame.text = notes
    slides.save(folder / "plan.pptx")


def build(root: Path, case_id: str = "demo") -> Case:
    """An open case with these files."""
    folder = root / "files"
    if not folder.exists():
        write_files(folder)
    home = Home(root / "home")
    case = create_case(home, CaseDescription(case_id, "A title", "p", "n", "DE", "Europe/Berlin", ("en",), now()), "x")
    settings = load_settings(home.root, {}).settings
    with case.locked():
        Pipeline(case, settings, HashedWordsEmbedder(allow=True)).ingest([folder])
    return case


def named(case: Case, name: str) -> Exhibit:
    """The exhibit of that name."""
    return next(exhibit for exhibit in case.catalogue.exhibits() if exhibit.name == name)


def span_of(case: Case, exhibit: Exhibit, quote: str) -> tuple[int, int]:
    """Where a quote stands in the current text."""
    start = case.catalogue.text(exhibit.id).index(quote)
    return start, start + len(quote)
