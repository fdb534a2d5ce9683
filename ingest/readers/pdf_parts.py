"""Files embedded in a PDF: in the document's name tree, and attached to a page with a paper clip."""

import ctypes
from typing import Any

from ingest.readers.part_writer import PartWriter

NAME_BYTES = 4096


def take_embedded(document: Any, writer: PartWriter, most_bytes: int) -> None:
    """Take out the files of the document's name tree (PDF 32000-1, 7.11.4).

    Args:
        document: the `FPDF_DOCUMENT`.
        writer: keeps names, order and bounds.
        most_bytes: a file longer than this is refused before it is unpacked into memory.
    """
    import pypdfium2.raw as pdfium

    for number in range(pdfium.FPDFDoc_GetAttachmentCount(document)):
        attachment = pdfium.FPDFDoc_GetAttachment(document, number)
        if attachment:
            _take(attachment, writer, most_bytes)


def take_attached(page: Any, annotations: int, writer: PartWriter, most_bytes: int) -> None:
    """Take out the files attached to a page's first `annotations` annotations."""
    import pypdfium2.raw as pdfium

    for number in range(min(pdfium.FPDFPage_GetAnnotCount(page), annotations)):
        annotation = pdfium.FPDFPage_GetAnnot(page, number)
        if not annotation:
            continue
        if pdfium.FPDFAnnot_GetSubtype(annotation) == pdfium.FPDF_ANNOT_FILEATTACHMENT:
            attachment = pdfium.FPDFAnnot_GetFileAttachment(annotation)
            if attachment:
                _take(attachment, writer, most_bytes)
        pdfium.FPDFPage_CloseAnnot(annotation)


def _take(attachment: Any, writer: PartWriter, most_bytes: int) -> None:
    import pypdfium2.raw as pdfium

    name = _name(attachment) or "unnamed"
    if writer.full:
        writer.dropped += 1
        return
    length = ctypes.c_ulong()
    if not pdfium.FPDFAttachment_GetFile(attachment, None, 0, length):
        writer.refuse(name, "embedded", "corrupt", "The PDF names an embedded file but does not hold it.")
        return
    if length.value > most_bytes:
        writer.refuse(name, "embedded", "too_large", "The embedded file exceeds the bound on bytes.")
        return
    buffer = (ctypes.c_char * max(1, length.value))()
    pdfium.FPDFAttachment_GetFile(attachment, buffer, length.value, length)
    writer.write(name, (memoryview(buffer)[: length.value].tobytes(),), "embedded")


def _name(attachment: Any) -> str:
    import pypdfium2.raw as pdfium

    length = pdfium.FPDFAttachment_GetName(attachment, None, 0)
    if not 2 < length <= NAME_BYTES:
        return ""
    buffer = ctypes.create_string_buffer(length)
    pdfium.FPDFAttachment_GetName(attachment, ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR)), length)
    return buffer.raw[: length - 2].decode("utf-16-le", "replace")
