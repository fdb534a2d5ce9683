"""Does a PDF page's text layer hold what its reader sees, or must the page be read by OCR?"""

import ctypes
import re
from dataclasses import dataclass
from typing import Any

from ingest.readers.pdf_page import PageContent

FEW_LETTERS = 200
LARGE_PICTURE = 0.25
WHOLE_PAGE = 0.5
STAMP_LINES = 3
MARGIN = 0.12
OBJECTS_LOOKED_AT = 3_000
FORM_DEPTH = 3
DRAWN_STROKES = 100
"""Letters drawn as outlines take dozens of strokes each; rules and frames on an empty page take a handful."""
NOISE_SHARE = 0.04
UNMAPPED_SHARE = 0.5
SAMPLED_CHARACTERS = 40
# Letters with signs between them, signs glued to words, letters and digits in turns: what bad OCR leaves behind.
ODD_WORD = re.compile(
    r"[^\W\d_][«»*£^~©®|\\{}<>=+;&%$]+[^\W\d_]|[«»£^©®|\\{}<>=;%]{1,3}[^\W\d_]"
    r"|[a-z][,:;][a-z]{2}|[a-z]{2}[A-Z]{2,}|\d[a-z]{3,}"
    r"|(?<![\w/@.-])[b-df-hj-np-tv-xz]{5,}(?![\w/@.-])"
)
WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Pictures:
    """What a page shows besides text.

    Attributes:
        anything: a picture, or a drawing of more than rules and frames.
        any_picture: a bitmap.
        coverage: the share of the page that pictures take, at most 1.
    """

    anything: bool
    any_picture: bool
    coverage: float


def needs_ocr(page: Any, text_page: Any, content: PageContent) -> str | None:
    """Why a page must be read by OCR; None where its text layer will do, or where the page is blank."""
    letters = sum(1 for character in content.text if not character.isspace()) if len(content.text) < 400 else 400
    if letters >= FEW_LETTERS:
        return _noise(page, text_page, content)
    pictures = pictures_on(page, content.size.width * content.size.height)
    if not letters:
        return "The page has no text layer." if pictures.anything else None
    if pictures.coverage >= LARGE_PICTURE:
        return "The page is a picture with a few words of text."
    if pictures.any_picture and _only_a_stamp(content):
        return "Only a stamped line is text; the rest of the page is a picture."
    return _noise(page, text_page, content)


def _only_a_stamp(content: PageContent) -> bool:
    height = content.size.height
    if len(content.line_tops) > STAMP_LINES:
        return False
    return max(content.line_bottoms) < MARGIN * height or min(content.line_tops) > (1 - MARGIN) * height


def _noise(page: Any, text_page: Any, content: PageContent) -> str | None:
    if _unmapped(text_page) > UNMAPPED_SHARE:
        return "The text layer has no readable characters (the fonts do not say what their glyphs mean)."
    odd = sum(1 for _ in ODD_WORD.finditer(content.text))
    if odd < 5 or odd < NOISE_SHARE * sum(1 for _ in WORD.finditer(content.text)):
        return None
    pictures = pictures_on(page, content.size.width * content.size.height)
    return "The text layer is mostly noise over a picture." if pictures.coverage >= WHOLE_PAGE else None


def _unmapped(text_page: Any) -> float:
    """The share of characters, in a sample, for which the font gives no Unicode value."""
    import pypdfium2.raw as pdfium

    count = pdfium.FPDFText_CountChars(text_page)
    step = max(1, count // SAMPLED_CHARACTERS)
    sample = range(0, count, step)
    bad = sum(1 for unit in sample if pdfium.FPDFText_HasUnicodeMapError(text_page, unit) == 1)
    return bad / max(1, len(sample))


def pictures_on(page: Any, page_area: float) -> Pictures:
    """Pictures on a page, also inside form objects, and the share of the page that they cover."""
    import pypdfium2.raw as pdfium

    count = pdfium.FPDFPage_CountObjects(page)
    area = 0.0
    found = False
    strokes = 0
    for number in range(min(count, OBJECTS_LOOKED_AT)):
        shown = pdfium.FPDFPage_GetObject(page, number)
        drawn = _drawn(shown, FORM_DEPTH)
        strokes += drawn.strokes
        if drawn.picture:
            found = True
            area += _area(shown)
    return Pictures(found or strokes >= DRAWN_STROKES, found, min(1.0, area / max(1.0, page_area)))


@dataclass(frozen=True, slots=True)
class _Drawn:
    picture: bool
    strokes: int


def _drawn(shown: Any, depth: int) -> _Drawn:
    """Whether an object is or holds a picture, and how many strokes it is drawn with."""
    import pypdfium2.raw as pdfium

    kind = pdfium.FPDFPageObj_GetType(shown)
    if kind == pdfium.FPDF_PAGEOBJ_PATH:
        return _Drawn(picture=False, strokes=max(0, pdfium.FPDFPath_CountSegments(shown)))
    if kind != pdfium.FPDF_PAGEOBJ_FORM or not depth:
        return _Drawn(picture=kind == pdfium.FPDF_PAGEOBJ_IMAGE, strokes=0)
    count = min(pdfium.FPDFFormObj_CountObjects(shown), OBJECTS_LOOKED_AT // 10)
    inner = [_drawn(pdfium.FPDFFormObj_GetObject(shown, number), depth - 1) for number in range(count)]
    return _Drawn(any(one.picture for one in inner), sum(one.strokes for one in inner))


def _area(shown: Any) -> float:
    import pypdfium2.raw as pdfium

    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    if not pdfium.FPDFPageObj_GetBounds(shown, left, bottom, right, top):
        return 0.0
    return max(0.0, right.value - left.value) * max(0.0, top.value - bottom.value)
