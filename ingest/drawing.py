"""Draws a page of a PDF or a picture as PNG. Runs in the confined child only; `ingest.rendering` is the other side.

What leaves here is pixels: no metadata, no colour profile, no second frame. Pages are drawn as displayed, rotation and
crop box applied, so that boxes in PDF points lie at `box * scale`; pictures are turned as their EXIF orientation says.
"""

import io
import math
import warnings
from typing import TYPE_CHECKING, Any

from casefile.errors import UntrustedInputError
from ingest.readers.registry import Registry
from ingest.reading import Reading, Source
from ingest.reading_protocol import Drawing

if TYPE_CHECKING:
    from PIL import Image

LONGEST_SIDE = 6_000
"""Pixels of a drawing's longer side; a larger wish is made smaller."""
MOST_PIXELS = 12_000_000
SOURCE_PIXELS = 120_000_000
"""Largest picture that is unpacked; a camera's largest has about 100 million."""
FORMATS = ("JPEG", "PNG", "GIF", "BMP", "DIB", "WEBP", "TIFF")
PICTURE_TYPES = ("image/jpeg", "image/png", "image/gif", "image/bmp", "image/webp", "image/tiff")
IN_MEMORY_BYTES = 512 * 1024**2
_COMPRESSION = 3
_WHITE = (255, 255, 255)


class PdfDrawer:
    """Pages of PDF documents, drawn by PDFium without JavaScript and XFA."""

    name = "pdf drawing"
    version = "1"
    media_types = frozenset({"application/pdf"})

    def warm(self) -> None:
        """Load what drawing needs."""
        import pypdfium2  # noqa: F401

        _load_pillow()

    def read(self, source: Source) -> Reading:
        """Not offered: this draws.

        Raises:
            UntrustedInputError: always.
        """
        raise UntrustedInputError("unsupported", f"{source.media_type} is drawn here, not read.")

    def draw(self, source: Source, drawing: Drawing) -> bytes:
        """Draw a page with its annotations and what its form fields hold.

        Raises:
            UntrustedInputError: `encrypted`, `corrupt`, or `unsupported` where there is no such page.
        """
        import pypdfium2

        untrusted = source.stream.read() if source.size <= IN_MEMORY_BYTES else source.stream
        try:
            document = pypdfium2.PdfDocument(untrusted)
        except pypdfium2.PdfiumError as error:
            raise _refusal(error.err_code) from None
        count = len(document)
        if not 1 <= drawing.page <= count:
            raise UntrustedInputError(
                "unsupported", f"The document has {count:,} pages; page {drawing.page} is not one."
            )
        document.init_forms()
        try:
            page = document[drawing.page - 1]
        except pypdfium2.PdfiumError:
            raise UntrustedInputError("corrupt", f"Page {drawing.page} is damaged and cannot be drawn.") from None
        width, height = page.get_size()
        scale = fitting_scale(width, height, _wanted_scale(width, height, drawing))
        return _png(page.render(scale=scale).to_pil())


def _wanted_scale(width: float, height: float, drawing: Drawing) -> float:
    longest = max(width, height)
    if not drawing.longest_side or longest <= 0:
        return drawing.scale
    return (drawing.longest_side - 0.5) / longest  # PDFium rounds up


def fitting_scale(width: float, height: float, wanted: float) -> float:
    """The scale at which a page of `width` by `height` points is drawn: the one wanted, or the largest within bounds.

    Raises:
        UntrustedInputError: `corrupt` where the page has no size.
    """
    if not (width > 0 and height > 0 and math.isfinite(width * height) and wanted > 0 and math.isfinite(wanted)):
        raise UntrustedInputError("corrupt", "The page has no size and cannot be drawn.")
    return min(wanted, (LONGEST_SIDE - 1) / max(width, height), math.sqrt(MOST_PIXELS / (width * height)))


def _refusal(code: int | None) -> UntrustedInputError:
    import pypdfium2.raw as pdfium

    if code in {pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY}:
        return UntrustedInputError("encrypted", "The PDF opens with a password only; its pages cannot be drawn.")
    return UntrustedInputError("corrupt", "The PDF is damaged or cut off; its pages cannot be drawn.")


class PictureDrawer:
    """Pictures, drawn by Pillow."""

    name = "picture drawing"
    version = "1"
    media_types = frozenset(PICTURE_TYPES)

    def warm(self) -> None:
        """Load what drawing needs."""
        _load_pillow()

    def read(self, source: Source) -> Reading:
        """Not offered: this draws.

        Raises:
            UntrustedInputError: always.
        """
        raise UntrustedInputError("unsupported", f"{source.media_type} is drawn here, not read.")

    def draw(self, source: Source, drawing: Drawing) -> bytes:
        """Draw a frame, made smaller where it is larger than wished, never larger.

        Raises:
            UntrustedInputError: `corrupt`, `too_large`, or `unsupported` where there is no such frame.
        """
        from PIL import Image, UnidentifiedImageError

        try:
            with warnings.catch_warnings(), Image.open(source.stream, formats=FORMATS) as image:
                warnings.simplefilter("ignore")
                return _png(_drawn(image, drawing))
        except UnidentifiedImageError:
            raise UntrustedInputError("corrupt", "The picture is damaged: no image was found in it.") from None
        except Image.DecompressionBombError:
            raise _too_large() from None
        except (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, OverflowError) as error:
            # what Pillow's decoders raise on damaged files
            message = f"The picture is damaged or cut off and cannot be drawn ({type(error).__name__})."
            raise UntrustedInputError("corrupt", message) from None


def _too_large() -> UntrustedInputError:
    return UntrustedInputError(
        "too_large", f"The picture says that it has more than {SOURCE_PIXELS:,} pixels; it is not unpacked."
    )


def _drawn(image: "Image.Image", drawing: Drawing) -> "Image.Image":
    from PIL import ImageOps

    if drawing.page > 1:
        try:
            image.seek(drawing.page - 1)
        except EOFError:
            raise UntrustedInputError("unsupported", f"The picture has no frame {drawing.page}.") from None
    width, height = image.size
    if width * height > SOURCE_PIXELS:
        raise _too_large()
    longest = min(drawing.longest_side or LONGEST_SIDE, LONGEST_SIDE)
    longest = max(1, min(longest, math.isqrt(MOST_PIXELS)))
    orientation = image.getexif().get(_ORIENTATION)
    image.draft("RGB", (longest, longest))  # a JPEG is unpacked at a half, a quarter or an eighth where that is enough
    image.load()
    plain = _in_plain_colours(image)
    plain.thumbnail((longest, longest))
    if orientation in range(2, 9):
        exif = plain.getexif()
        exif[_ORIENTATION] = orientation
        plain = ImageOps.exif_transpose(plain)
    return plain


_ORIENTATION = 0x0112


def _in_plain_colours(image: "Image.Image") -> "Image.Image":
    """Grey or red, green and blue, 8 bits each; what is transparent is shown on white."""
    from PIL import Image

    if image.mode in {"1", "L"} and "transparency" not in image.info:
        return image.convert("L")
    if image.mode.startswith("I") or image.mode == "F":
        low, high = image.getextrema()
        spread = float(high) - float(low)  # type: ignore[arg-type] # one band
        if not math.isfinite(spread):
            raise UntrustedInputError("corrupt", "The picture holds values that are no numbers.")
        factor = 255.0 / spread if spread else 0.0
        return image.convert("F").point(lambda value: (value - float(low)) * factor).convert("L")  # type: ignore[arg-type]
    if image.has_transparency_data:
        coloured = image.convert("RGBA")
        ground = Image.new("RGB", image.size, _WHITE)
        ground.paste(coloured, mask=coloured.getchannel("A"))
        return ground
    return image.convert("RGB")


def _png(image: "Image.Image") -> bytes:
    """Pixels only: nothing that the picture's file said beside them is written."""
    from PIL import Image

    if image.mode not in {"L", "RGB"}:
        image = image.convert("RGB")
    bare = Image.new(image.mode, image.size)
    bare.paste(image)
    out = io.BytesIO()
    bare.save(out, "PNG", compress_level=_COMPRESSION)
    return out.getvalue()


def _load_pillow() -> None:
    from PIL import Image, ImageOps  # noqa: F401

    Image.init()


def drawing_registry() -> Any:
    """What draws which media type."""
    registry = Registry()
    registry.register(PdfDrawer())
    registry.register(PictureDrawer())
    return registry
