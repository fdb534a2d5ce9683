"""PDF by PDFium: the text layer page by page, with word boxes, form values, comments and embedded files.

PDFium is built without JavaScript and XFA; nothing in a document is run and nothing outside it is opened.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from casefile.errors import UntrustedInputError
from casefile.locators import PageLocator
from casefile.records import Issue, PageSize, WordBox
from ingest.readers.part_writer import PartWriter
from ingest.readers.pdf_extras import ANNOTATIONS_PER_PAGE, Extra, clean, page_extras
from ingest.readers.pdf_page import PageContent, cut_page, page_content
from ingest.readers.pdf_parts import take_attached, take_embedded
from ingest.readers.pdf_scan import needs_ocr
from ingest.reading import Block, Reading, Source, StatedTime

PAGE_SEPARATOR = "\n\f"
"""Between the texts of two pages; belongs to no block."""
IN_MEMORY_BYTES = 512 * 1024**2
TAIL_BYTES = 2048
DAMAGED_PAGES = 1_000
"""After so many pages that cannot be loaded the rest is given up: a file of 200 bytes can claim a billion pages."""


class PdfReader:
    """PDF documents."""

    name = "pdf"
    version = "1"
    media_types = frozenset({"application/pdf"})

    def read(self, source: Source) -> Reading:
        """Read all pages; one that cannot be loaded, or needs OCR, is an issue with its page.

        Form values stand after the page's own text, comments after them; a block's `context` says what it is.

        Raises:
            UntrustedInputError: `encrypted` where a password is needed to open it, `corrupt` where PDFium finds no
                document or no page.
        """
        with _opened(source) as document:
            return _Document(document, source).reading()


@contextmanager
def _opened(source: Source) -> Iterator[Any]:
    import pypdfium2

    untrusted = source.stream.read() if source.size <= IN_MEMORY_BYTES else source.stream
    try:
        document = pypdfium2.PdfDocument(untrusted)
    except pypdfium2.PdfiumError as error:
        raise _refusal(error.err_code) from None
    try:
        yield document
    finally:
        document.close()


def _refusal(code: int | None) -> UntrustedInputError:
    import pypdfium2.raw as pdfium

    if code == pdfium.FPDF_ERR_PASSWORD:
        return UntrustedInputError("encrypted", "The PDF opens with a password only; add a copy without it.")
    if code == pdfium.FPDF_ERR_SECURITY:
        return UntrustedInputError("encrypted", "The PDF is protected in a way that cannot be opened.")
    return UntrustedInputError("corrupt", "The PDF is damaged or cut off: no document structure was found in it.")


class _Document:
    """The reading of one open document, page after page."""

    def __init__(self, document: Any, source: Source) -> None:
        self.document = document
        self.source = source
        self.text: list[str] = []
        self.length = 0
        self.blocks: list[Block] = []
        self.words: list[WordBox] = []
        self.pages: list[PageSize] = []
        self.issues: list[Issue] = []
        self.parts = PartWriter(source)
        self.damaged = 0

    def reading(self) -> Reading:
        count = len(self.document)
        if count <= 0:
            raise UntrustedInputError("corrupt", "The PDF is damaged: it has no pages.")
        form = self._form()
        for number in range(1, count + 1):
            if not self._page(number, form):
                break
            if self.damaged >= DAMAGED_PAGES:
                message = f"{self.damaged} pages are damaged; those from {number + 1} of {count} on were not tried."
                self.issues.append(self._issue("corrupt", message))
                break
        if not self.pages:
            raise UntrustedInputError("corrupt", "The PDF is damaged: none of its pages can be loaded.")
        take_embedded(self.document.raw, self.parts, self.source.limits.part_bytes)
        self._document_issues()
        return Reading(
            text="".join(self.text),
            blocks=tuple(self.blocks),
            issues=tuple(self.issues),
            parts=self.parts.parts,
            words=tuple(self.words),
            pages=tuple(self.pages),
            title=self._stated("Title"),
            times=self._times(),
        )

    def _form(self) -> Any:
        import pypdfium2.raw as pdfium

        kind = self.document.get_formtype()
        if kind == pdfium.FORMTYPE_NONE:
            return None
        if kind == pdfium.FORMTYPE_XFA_FULL:
            message = "This is an XFA form; what is filled in may not be in the text. Print it to PDF from its program."
            self.issues.append(self._issue("dropped_text", message))
        self.document.init_forms()
        environment = self.document.formenv
        return environment.raw if environment else None

    def _page(self, number: int, form: Any) -> bool:
        """Read one page; False where the text has reached its limit."""
        import pypdfium2.raw as pdfium

        page = pdfium.FPDF_LoadPage(self.document.raw, number - 1)
        text_page = pdfium.FPDFText_LoadPage(page) if page else None
        try:
            if not page or not text_page:
                where = PageLocator(number, self.length, self.length)
                message = f"Page {number} is damaged and could not be read."
                self.issues.append(Issue("read", "corrupt", message, where))
                self.damaged += 1
                return True
            if form:
                # PDFium knows whether a box is ticked only of pages that it has prepared for filling in
                pdfium.FORM_OnAfterLoadPage(page, form)
            return self._read(page, text_page, number, form)
        finally:
            if page and text_page and form:
                pdfium.FORM_OnBeforeClosePage(page, form)
            if text_page:
                pdfium.FPDFText_ClosePage(text_page)
            if page:
                pdfium.FPDF_ClosePage(page)

    def _read(self, page: Any, text_page: Any, number: int, form: Any) -> bool:
        import pypdfium2.raw as pdfium

        content = page_content(page, text_page, number, self._next_start())
        size = (content.size.width, content.size.height)
        extras = page_extras(self.document.raw, page, form, content.text, size)
        room = self.source.limits.text_characters - self._next_start()
        whole = len(content.text) + sum(len(extra.text) + 1 for extra in extras) <= room
        if not whole:
            content, extras = cut_page(content, max(0, room), self._next_start()), []
        start = self._add(content, extras)
        if not whole:
            message = f"The text is longer than the limit; it was cut on page {number} of {len(self.document)}."
            self.issues.append(self._issue("too_large", message))
            return False
        take_attached(page, ANNOTATIONS_PER_PAGE, self.parts, self.source.limits.part_bytes)
        if pdfium.FPDFPage_GetAnnotCount(page) > ANNOTATIONS_PER_PAGE:
            message = f"Page {number} has more than {ANNOTATIONS_PER_PAGE:,} annotations; the rest was not read."
            self.issues.append(Issue("read", "dropped_text", message, PageLocator(number, start, self.length)))
        reason = needs_ocr(page, text_page, content)
        if reason:
            self.issues.append(Issue("read", "needs_ocr", reason, PageLocator(number, start, self.length)))
        return True

    def _next_start(self) -> int:
        return self.length + (len(PAGE_SEPARATOR) if self.pages else 0)

    def _add(self, content: PageContent, extras: list[Extra]) -> int:
        if self.pages and self.length + len(PAGE_SEPARATOR) <= self.source.limits.text_characters:
            self._write(PAGE_SEPARATOR)
        start = self.length
        self.pages.append(content.size)
        self._write(content.text)
        number = content.size.page
        self.words.extend(content.words)
        for stretch in content.stretches:
            where = PageLocator(number, start + stretch.start, start + stretch.end)
            self.blocks.append(Block(stretch.kind, where))
        hidden_from = self._extras(number, extras)
        if hidden_from is not None:
            message = f"Page {number} has comments or hidden fields that a printed page does not show."
            where = PageLocator(number, hidden_from, self.length)
            self.issues.append(Issue("read", "hidden_text", message, where))
        return start

    def _extras(self, number: int, extras: list[Extra]) -> int | None:
        """Add the extras, each in a block of its own; tells where the hidden ones begin."""
        hidden_from: int | None = None
        for extra in extras:
            if self.length and not self.text[-1].endswith("\f"):
                self._write("\n")
            start = self.length
            self._write(extra.text)
            if extra.hidden and hidden_from is None:
                hidden_from = start
            self.blocks.append(Block("paragraph", PageLocator(number, start, self.length), extra.label))
            self.words.append(WordBox(start, self.length, number, extra.box))
        return hidden_from

    def _write(self, text: str) -> None:
        if text:
            self.text.append(text)
            self.length += len(text)

    def _document_issues(self) -> None:
        import pypdfium2.raw as pdfium

        stream = self.source.stream
        stream.seek(max(0, self.source.size - TAIL_BYTES))
        if b"%%EOF" not in stream.read() and not pdfium.FPDF_DocumentHasValidCrossReferenceTable(self.document.raw):
            message = "The file seems to be cut off; what could be found was read."
            self.issues.append(self._issue("corrupt", message))
        if self.parts.dropped:
            message = f"{self.parts.dropped} embedded files are over the limit and were not taken out."
            self.issues.append(self._issue("too_large", message))
        if not self.blocks and not any(issue.category == "needs_ocr" for issue in self.issues):
            self.issues.append(self._issue("no_text", "All pages are blank."))

    def _issue(self, category: Any, message: str) -> Issue:
        return Issue("read", category, message)

    def _stated(self, key: str) -> str:
        return clean(self.document.get_metadata_value(key).encode("utf-8", "replace").decode("utf-8"))[:1000]

    def _times(self) -> tuple[StatedTime, ...]:
        created, modified = self._stated("CreationDate"), self._stated("ModDate")
        found = [StatedTime(created, "created")] if created else []
        return (*found, StatedTime(modified, "modified")) if modified else tuple(found)
