"""What a PDF holds besides page text: form field values, comments, link targets, embedded files, stated facts."""

import ctypes
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from casefile.locators import Box
from ingest.readers.pdf_page import as_displayed

ANNOTATIONS_PER_PAGE = 5_000
VALUE_CHARACTERS = 100_000
EXPORT_BYTES = 64 * 1024
HIDDEN_FLAGS = 1 | 2 | 32
"""Invisible, Hidden and NoView (PDF 32000-1, table 165)."""
ABSOLUTE_TARGET = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|www\.")


@dataclass(frozen=True, slots=True)
class Extra:
    """A piece of text that belongs to a page without being in its content.

    Attributes:
        text: as the file has it, never blank.
        label: what it is, for the block's context.
        hidden: a reader of the printed page does not see it.
        box: where its annotation lies, as displayed.
    """

    text: str
    label: str
    hidden: bool
    box: Box


def page_extras(document: Any, page: Any, form: Any, page_text: str, size: tuple[float, float]) -> list[Extra]:
    """Form field values, comments and link targets of a page, visible ones first.

    Args:
        document: the `FPDF_DOCUMENT`.
        page: the `FPDF_PAGE`.
        form: the form environment, None where the document has no form.
        page_text: the page's own text; link targets that are printed there are left out.
        size: the page's width and height as displayed.
    """
    import pypdfium2.raw as pdfium

    found: list[Extra] = []
    for number in range(min(pdfium.FPDFPage_GetAnnotCount(page), ANNOTATIONS_PER_PAGE)):
        annotation = pdfium.FPDFPage_GetAnnot(page, number)
        if not annotation:
            continue
        try:
            text, label, hidden = _annotation(document, annotation, form, page_text)
            if text.strip():
                concealed = bool(pdfium.FPDFAnnot_GetFlags(annotation) & HIDDEN_FLAGS)
                found.append(Extra(text, label, hidden or concealed, _box(page, annotation, size)))
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)
    unique = dict.fromkeys(found)
    return sorted(unique, key=lambda extra: extra.hidden)


def _annotation(document: Any, annotation: Any, form: Any, page_text: str) -> tuple[str, str, bool]:
    import pypdfium2.raw as pdfium

    subtype = pdfium.FPDFAnnot_GetSubtype(annotation)
    if subtype == pdfium.FPDF_ANNOT_LINK:
        target = _link_target(document, annotation)
        if not ABSOLUTE_TARGET.match(target):
            return "", "", False  # a place in this document
        shown = target.removeprefix("mailto:").removeprefix("tel:").removesuffix("/")
        return ("" if shown in page_text else target), "link target", False
    if subtype == pdfium.FPDF_ANNOT_WIDGET:
        return *_field(annotation, form), False
    if subtype == pdfium.FPDF_ANNOT_POPUP:
        return "", "", False  # its text is that of the annotation it belongs to
    text = _string(lambda *into: pdfium.FPDFAnnot_GetStringValue(annotation, b"Contents", *into))
    author = _string(lambda *into: pdfium.FPDFAnnot_GetStringValue(annotation, b"T", *into)).strip()[:200]
    typed = subtype == pdfium.FPDF_ANNOT_FREETEXT
    label = "text typed on the page" if typed else "comment"
    return text, f"{label} by {author}" if author else label, not typed


def _field(annotation: Any, form: Any) -> tuple[str, str]:
    """A form field's value and what the field is called; a ticked box is a ballot box before its name."""
    import pypdfium2.raw as pdfium

    if form is None:
        value = _string(lambda *into: pdfium.FPDFAnnot_GetStringValue(annotation, b"V", *into))
        return value, "form field"
    name = _string(lambda *into: pdfium.FPDFAnnot_GetFormFieldAlternateName(form, annotation, *into))
    name = (name.strip() or _string(lambda *into: pdfium.FPDFAnnot_GetFormFieldName(form, annotation, *into)))[:300]
    kind = pdfium.FPDFAnnot_GetFormFieldType(form, annotation)
    label = f"form field {name}".strip()
    if kind in {pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON}:
        if not pdfium.FPDFAnnot_IsChecked(form, annotation):
            return "", label
        value = _string(lambda *into: pdfium.FPDFAnnot_GetFormFieldExportValue(form, annotation, *into))
        return f"\u2612 {name} {value}".strip(), label
    if kind == pdfium.FPDF_FORMFIELD_PUSHBUTTON:
        return "", label
    return _string(lambda *into: pdfium.FPDFAnnot_GetFormFieldValue(form, annotation, *into)), label


def _link_target(document: Any, annotation: Any) -> str:
    import pypdfium2.raw as pdfium

    link = pdfium.FPDFAnnot_GetLink(annotation)
    action = pdfium.FPDFLink_GetAction(link) if link else None
    if not action or pdfium.FPDFAction_GetType(action) != pdfium.PDFACTION_URI:
        return ""
    length = pdfium.FPDFAction_GetURIPath(document, action, None, 0)
    if not 1 < length <= EXPORT_BYTES:
        return ""
    buffer = ctypes.create_string_buffer(length)
    pdfium.FPDFAction_GetURIPath(document, action, buffer, length)
    return clean(buffer.raw[: length - 1].decode("utf-8", "replace"))


def _string(call: Callable[..., int]) -> str:
    """Fetch a UTF-16 string from a PDFium call that first tells how many bytes it needs."""
    import pypdfium2.raw as pdfium

    length = call(None, 0)
    if not 2 < length <= 2 * VALUE_CHARACTERS:
        return ""
    buffer = ctypes.create_string_buffer(length)
    call(ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR)), length)
    return clean(buffer.raw[: length - 2].decode("utf-16-le", "replace"))


def clean(text: str) -> str:
    """Line ends as LF; no zero characters and no page breaks, which are ours."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd").replace("\f", "\n").strip()


def _box(page: Any, annotation: Any, size: tuple[float, float]) -> Box:
    import pypdfium2.raw as pdfium

    rectangle = pdfium.FS_RECTF()
    if not pdfium.FPDFAnnot_GetRect(annotation, rectangle):
        return Box(0.0, 0.0, 0.0, 0.0)
    corners = np.nan_to_num(np.array([[rectangle.left, rectangle.bottom, rectangle.right, rectangle.top]], dtype=float))
    return Box(*as_displayed(page, corners, *size)[0].tolist())
