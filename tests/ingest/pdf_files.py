"""Small PDF files written by hand, so that every byte is known."""


def pdf_of(objects: list[bytes], trailer: bytes = b"") -> bytes:
    """A PDF of numbered objects; object 1 is the catalogue."""
    out = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for offset in offsets:
        out += b"%010d 00000 n \n" % offset
    out += b"trailer<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, start)
    return bytes(out)


def stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<<%s/Length %d>>stream\n" % (entries, len(content)) + content + b"\nendstream"


def line(x: float, y: float, text: str, size: float = 12) -> bytes:
    escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return b"BT /F %g Tf %g %g Td (%s) Tj ET\n" % (size, x, y, escaped.encode("cp1252"))


def pages_of(
    *contents: bytes,
    page_entries: bytes = b"",
    media_box: bytes = b"0 0 400 300",
    font_entries: bytes = b"",
    more: tuple[bytes, ...] = (),
    catalog: bytes = b"",
    trailer: bytes = b"",
) -> bytes:
    """A PDF of pages with the font `/F` (Helvetica, object 3) and the picture `/I` (object 4).

    `more` are objects from number 5 on; the pages and their contents come after them.
    """
    first = 5 + len(more)
    kids = b" ".join(b"%d 0 R" % (first + 2 * number) for number in range(len(contents)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R%s>>" % catalog,
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, len(contents)),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding%s>>" % font_entries,
        stream(
            b"\xff\x00\x00" * 4, b"/Type/XObject/Subtype/Image/Width 2/Height 2/ColorSpace/DeviceRGB/BitsPerComponent 8"
        ),
        *more,
    ]
    for number, content in enumerate(contents):
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[%s]/Contents %d 0 R/Resources<</Font<</F 3 0 R>>/XObject<</I 4 0 R>>>>%s>>"
            % (media_box, first + 2 * number + 1, page_entries)
        )
        objects.append(stream(content))
    return pdf_of(objects, trailer)


def picture(x: float, y: float, width: float, height: float) -> bytes:
    return b"q %g 0 0 %g %g %g cm /I Do Q\n" % (width, height, x, y)
