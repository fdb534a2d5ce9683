"""Pages and pictures are drawn in the confined child: what comes back is pixels, in the right place, or a sentence."""

import io
import struct
import threading
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pypdf import PdfWriter
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from casefile.errors import ReaderProcessError, UntrustedInputError
from casefile.records import WordBox
from ingest.isolation import ProcessLimits, ReadingProcess
from ingest.rendering import LARGEST_SIDE, LIMITS, RenderedPicture, Renderer, checked_png
from tests.ingest.pdf_files import pages_of
from tests.ingest.pdf_files import picture as placed_picture

MEBIBYTE = 1024 * 1024


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    with Renderer(workers=1) as one:
        yield one


def pixels(picture: RenderedPicture) -> np.ndarray:
    with Image.open(io.BytesIO(picture.png)) as image:
        assert image.size == (picture.width, picture.height)
        return np.asarray(image.convert("RGB")).astype(int)


def pdf(path: Path, rotation: int = 0, encrypt: object = None, crop: bool = False) -> Path:
    canvas = Canvas(str(path), pagesize=(400, 300), encrypt=encrypt)
    if crop:
        canvas.setCropBox((40, 30, 380, 280))
    canvas.setFont("Helvetica", 14)
    canvas.drawString(60, 220, "The payment went to")
    canvas.drawString(60, 140, "MARKEDWORD")
    canvas.drawString(200, 60, "and nobody knew.")
    canvas.showPage()
    canvas.drawString(60, 200, "The second page")
    canvas.save()
    if rotation:
        writer = PdfWriter(clone_from=path)
        writer.pages[0].rotate(rotation)
        writer.write(path)
    return path


def words_of(path: Path, tmp_path: Path) -> tuple[str, tuple[WordBox, ...]]:
    scratch = tmp_path / "reading"
    scratch.mkdir()
    with ReadingProcess() as process:
        result = process.detect_and_read(path, path.name, scratch, ProcessLimits())
    assert result.reading is not None
    return result.reading.text, result.reading.words


def refusal(call: object) -> UntrustedInputError:
    with pytest.raises(UntrustedInputError) as caught:
        call()  # type: ignore[operator]
    assert caught.value.message.endswith(".")
    return caught.value


# ---- boxes lie on the ink


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("crop", [False, True])
def test_the_boxes_of_a_word_lie_on_its_ink(renderer: Renderer, tmp_path: Path, rotation: int, crop: bool) -> None:
    path = pdf(tmp_path / "a.pdf", rotation, crop=crop)
    text, words = words_of(path, tmp_path)
    at = text.index("MARKEDWORD")
    box = next(word.box for word in words if word.start == at)
    scale = 3.0
    picture = renderer.page(path, 1, scale)
    dark = pixels(picture).sum(axis=2) < 384
    left, top, right, bottom = (round(edge * scale) for edge in (box.left, box.top, box.right, box.bottom))
    inside = dark[top:bottom, left:right]
    assert inside.mean() > 0.1
    # a margin around the box holds nothing: the word's ink is all inside
    margin = dark[max(0, top - 12) : bottom + 12, max(0, left - 12) : right + 12]
    assert margin.sum() - inside.sum() <= 0.01 * inside.sum()
    # and the rest of the page's ink is that of the other words
    assert dark.sum() > 2 * inside.sum()


def test_a_page_has_the_size_that_was_asked_for(renderer: Renderer, tmp_path: Path) -> None:
    path = pdf(tmp_path / "a.pdf")
    assert (renderer.page(path, 1, 2.0).width, renderer.page(path, 1, 2.0).height) == (800, 600)
    rotated = renderer.page(pdf(tmp_path / "b.pdf", 90), 1, 2.0)
    assert (rotated.width, rotated.height) == (600, 800)


def test_a_huge_page_is_drawn_smaller(renderer: Renderer, tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "wall.pdf"), pagesize=(14400, 7200))
    canvas.rect(0, 0, 7200, 7200, fill=1)
    canvas.save()
    picture = renderer.page(tmp_path / "wall.pdf", 1, 8.0)
    assert max(picture.width, picture.height) <= LARGEST_SIDE
    assert picture.width == pytest.approx(2 * picture.height, abs=2)
    dark = pixels(picture).sum(axis=2) < 384
    assert dark.mean() == pytest.approx(0.5, abs=0.01)


def test_what_stands_in_a_form_field_is_drawn(renderer: Renderer, tmp_path: Path) -> None:
    ink = {}
    for value in ("", "WWWWWW"):
        path = tmp_path / f"form{value}.pdf"
        canvas = Canvas(str(path), pagesize=(400, 300))
        canvas.acroForm.textfield(name="amount", value=value, x=50, y=100, width=200, height=30, borderWidth=0)
        canvas.drawString(300, 250, "x")
        canvas.save()
        ink[value] = int((pixels(renderer.page(path, 1, 3.0)).sum(axis=2) < 250).sum())
    assert ink["WWWWWW"] > ink[""] + 300


# ---- hostile documents


def test_a_page_out_of_range_is_told(renderer: Renderer, tmp_path: Path) -> None:
    path = pdf(tmp_path / "a.pdf")
    for page in (0, -1, 3, 10**9):
        error = refusal(lambda page=page: renderer.page(path, page, 1.0))
        assert error.category == "unsupported"
        assert "2 pages" in error.message


def test_an_encrypted_document_is_told(renderer: Renderer, tmp_path: Path) -> None:
    path = pdf(tmp_path / "a.pdf", encrypt=StandardEncryption("secret", canPrint=0))
    assert refusal(lambda: renderer.page(path, 1, 1.0)).category == "encrypted"


def test_damaged_files_are_told_and_the_next_is_drawn(renderer: Renderer, tmp_path: Path) -> None:
    whole = pdf(tmp_path / "a.pdf").read_bytes()
    cases = {
        "cut": whole[:200],
        "text": b"just some words, no picture at all",
        "empty": b"",
        "nul": b"%PDF-1.7\n" + b"\0" * 4000,
        "cut.png": png_of(200, 200)[:90],
        "cut.jpg": picture_bytes("JPEG")[:400],
        "sig.png": b"\x89PNG\r\n\x1a\n",
    }
    for name, data in cases.items():
        (tmp_path / name).write_bytes(data)
        error = refusal(lambda name=name: renderer.page(tmp_path / name, 1, 1.0))
        assert error.category in {"corrupt", "unsupported", "empty", "encrypted"}, name
    good = renderer.page(tmp_path / "a.pdf", 2, 1.0)
    assert (good.width, good.height) == (400, 300)


def test_a_file_that_has_gone_or_is_a_link_or_folder_is_told(renderer: Renderer, tmp_path: Path) -> None:
    assert refusal(lambda: renderer.page(tmp_path / "none", 1, 1.0)).category == "changed"
    (tmp_path / "link").symlink_to(pdf(tmp_path / "a.pdf"))
    assert refusal(lambda: renderer.page(tmp_path / "link", 1, 1.0)).category == "corrupt"
    assert refusal(lambda: renderer.page(tmp_path, 1, 1.0)).category == "unsupported"


def test_a_page_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    # every figure is drawn inside the one before it, ten at a time: 10 to the power of 9 drawings
    path = tmp_path / "slow.pdf"
    path.write_bytes(_nested_forms(9))
    with Renderer(workers=1, limits=replace(LIMITS, wall_seconds=1.0, cpu_seconds=2)) as renderer:
        error = refusal(lambda: renderer.page(path, 1, 1.0))
        assert error.category == "timeout"
        assert renderer.page(pdf(tmp_path / "a.pdf"), 1, 1.0).width == 400


def _nested_forms(depth: int) -> bytes:
    from pypdf.generic import ArrayObject, DecodedStreamObject, DictionaryObject, FloatObject, NameObject

    writer = PdfWriter()
    page = writer.add_blank_page(300, 300)
    below = None
    for _ in range(depth):
        form = DecodedStreamObject()
        entries = {"/Type": NameObject("/XObject"), "/Subtype": NameObject("/Form")}
        form.update({NameObject(key): value for key, value in entries.items()})
        form[NameObject("/BBox")] = ArrayObject([FloatObject(0), FloatObject(0), FloatObject(300), FloatObject(300)])
        if below is None:
            form.set_data(b"0 0 m 200 200 l S " * 20)
        else:
            form.set_data(b"/X Do " * 10)
            form[NameObject("/Resources")] = DictionaryObject(
                {NameObject("/XObject"): DictionaryObject({NameObject("/X"): below})}
            )
        below = writer._add_object(form)
    content = DecodedStreamObject()
    content.set_data(b"/X Do")
    page[NameObject("/Contents")] = writer._add_object(content)
    page[NameObject("/Resources")] = DictionaryObject(
        {NameObject("/XObject"): DictionaryObject({NameObject("/X"): below})}
    )
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


# ---- pictures


def picture_bytes(kind: str, **options: object) -> bytes:
    image = Image.new("RGB", (120, 80), (255, 255, 255))
    image.paste((200, 0, 0), (0, 0, 60, 40))  # red: top left
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def png_of(width: int, height: int) -> bytes:
    """A PNG that claims a size, with pixels of a size that is not checked."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * min((width * 3 + 1) * height, 50_000_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF"])
def test_each_kind_of_picture_is_drawn(renderer: Renderer, tmp_path: Path, kind: str) -> None:
    (tmp_path / "x").write_bytes(picture_bytes(kind))
    picture = renderer.picture(tmp_path / "x", 60)
    assert (picture.width, picture.height) == (60, 40)
    drawn = pixels(picture)
    assert drawn[10, 10, 0] > 150
    assert drawn[10, 10, 1] < 80
    assert drawn[30, 50].min() > 230


def test_a_picture_is_never_made_larger(renderer: Renderer, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(picture_bytes("PNG"))
    picture = renderer.picture(tmp_path / "x", 5000)
    assert (picture.width, picture.height) == (120, 80)


@pytest.mark.parametrize(
    ("orientation", "red_at", "turned"),
    [(1, (0.1, 0.1), False), (3, (0.9, 0.9), False), (6, (0.9, 0.1), True), (8, (0.1, 0.9), True)],
)
def test_the_exif_orientation_is_applied(
    renderer: Renderer, tmp_path: Path, orientation: int, red_at: tuple[float, float], turned: bool
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    (tmp_path / "x").write_bytes(picture_bytes("JPEG", exif=exif, quality=95))
    picture = renderer.picture(tmp_path / "x", 1000)
    assert (picture.width, picture.height) == ((80, 120) if turned else (120, 80))
    drawn = pixels(picture)
    across, down = round(red_at[0] * (picture.width - 1)), round(red_at[1] * (picture.height - 1))
    assert drawn[down, across, 0] > 150
    assert drawn[down, across, 1] < 90


def test_what_a_picture_says_beside_its_pixels_is_gone(renderer: Renderer, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "SECRET-DESCRIPTION"
    info = PngInfo()
    info.add_text("Comment", "SECRET-COMMENT")
    (tmp_path / "a").write_bytes(picture_bytes("JPEG", exif=exif, comment=b"SECRET-JPEG"))
    (tmp_path / "b").write_bytes(picture_bytes("PNG", pnginfo=info, exif=exif, dpi=(301, 301)))
    for name in ("a", "b"):
        drawn = renderer.picture(tmp_path / name, 1000).png
        assert b"SECRET" not in drawn
        assert {kind for kind in (b"eXIf", b"tEXt", b"iTXt", b"zTXt", b"pHYs", b"iCCP") if kind in drawn} == set()


def test_a_page_of_a_tiff_is_drawn_and_a_missing_one_told(renderer: Renderer, tmp_path: Path) -> None:
    pages = [Image.new("RGB", (50, 30 + number), (number * 60, 0, 0)) for number in range(3)]
    pages[0].save(tmp_path / "x.tif", save_all=True, append_images=pages[1:])
    third = renderer.picture(tmp_path / "x.tif", 500, frame=3)
    assert (third.width, third.height) == (50, 32)
    assert pixels(third)[0, 0].tolist() == [120, 0, 0]
    assert refusal(lambda: renderer.picture(tmp_path / "x.tif", 500, frame=4)).category == "unsupported"


def test_sixteen_bits_and_transparency_are_shown(renderer: Renderer, tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, 100 * 10).astype(np.uint16).reshape(10, 100)
    Image.fromarray(ramp).save(tmp_path / "deep.png")
    deep = pixels(renderer.picture(tmp_path / "deep.png", 100))
    assert deep[0, 0].max() < 20
    assert deep[-1, -1].min() > 235
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    assert pixels(renderer.picture(tmp_path / "clear.png", 20)).min() == 255
    Image.new("CMYK", (20, 20), (0, 255, 255, 0)).save(tmp_path / "print.jpg", quality=95)
    assert pixels(renderer.picture(tmp_path / "print.jpg", 20))[5, 5, 0] > 200


def test_a_picture_that_claims_60_000_by_60_000_is_refused(renderer: Renderer, tmp_path: Path) -> None:
    (tmp_path / "bomb.png").write_bytes(png_of(60_000, 60_000))
    assert refusal(lambda: renderer.picture(tmp_path / "bomb.png", 500)).category == "too_large"
    small = bytearray(picture_bytes("BMP"))
    small[18:26] = struct.pack("<ii", 60_000, 60_000)
    (tmp_path / "bomb.bmp").write_bytes(small)
    assert refusal(lambda: renderer.picture(tmp_path / "bomb.bmp", 500)).category == "too_large"


def test_a_pdf_with_a_picture_of_60_000_by_60_000_harms_nothing(renderer: Renderer, tmp_path: Path) -> None:
    entries = b"/Type/XObject/Subtype/Image/Width 60000/Height 60000/ColorSpace/DeviceRGB/BitsPerComponent 8"
    content = pages_of(placed_picture(0, 0, 400, 300))
    small = b"/Type/XObject/Subtype/Image/Width 2/Height 2/ColorSpace/DeviceRGB/BitsPerComponent 8"
    (tmp_path / "x.pdf").write_bytes(content.replace(small, entries))
    drawn = renderer.page(tmp_path / "x.pdf", 1, 1.0)
    assert (drawn.width, drawn.height) == (400, 300)
    assert renderer.page(pdf(tmp_path / "a.pdf"), 1, 1.0).width == 400


# ---- what comes back is looked at


def test_only_a_plain_png_passes() -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    signature = b"\x89PNG\r\n\x1a\n"
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 3, 8, 2, 0, 0, 0))
    data, end = chunk(b"IDAT", zlib.compress(b"\0" * 21)), chunk(b"IEND", b"")
    good = signature + header + data + end
    assert checked_png(good) == RenderedPicture(good, 2, 3)
    bad = {
        "empty": b"",
        "jpeg": picture_bytes("JPEG"),
        "markup": b"<svg onload=alert(1)>",
        "no pixels": signature + header + end,
        "no end": signature + header + data,
        "after the end": good + b"<script>",
        "two headers": signature + header + header + data + end,
        "text chunk": signature + header + chunk(b"tEXt", b"a\0b") + data + end,
        "animation": signature + header + chunk(b"acTL", b"\0" * 8) + data + end,
        "checksum": good[:-1] + b"\0",
        "length": signature + struct.pack(">I", 2**31) + good[12:],
        "cut": good[:-6],
        "palette": signature + chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 3, 8, 3, 0, 0, 0)) + data + end,
        "wide": signature + chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 3, 8, 2, 0, 0, 0)) + data + end,
        "flat": signature + chunk(b"IHDR", struct.pack(">IIBBBBB", 0, 3, 8, 2, 0, 0, 0)) + data + end,
    }
    for name, untrusted in bad.items():
        with pytest.raises(UntrustedInputError) as caught:
            checked_png(untrusted)
        assert caught.value.category == "corrupt", name


HERE = Path(__file__).parent


def lying_process() -> ReadingProcess:
    return ReadingProcess(registry="lying_drawers:registry", detect="lying_drawers:detect", import_from=(HERE,))


@pytest.mark.parametrize("deed", ["markup", "huge", "reading", "nothing", "crash", "pickle", "raise"])
def test_a_child_that_was_taken_over_gets_nothing_through(tmp_path: Path, deed: str) -> None:
    path = tmp_path / "evidence"
    path.write_text(deed)
    with Renderer(workers=1, limits=replace(LIMITS, output_bytes=MEBIBYTE), make=lying_process) as renderer:
        assert refusal(lambda: renderer.page(path, 1, 1.0)).category in {"corrupt", "too_large", "killed"}
        path.write_text("honest")
        assert renderer.page(path, 1, 1.0).width == 2


# ---- use


def test_pictures_are_kept_in_memory_up_to_a_bound(tmp_path: Path) -> None:
    path = pdf(tmp_path / "a.pdf")
    with Renderer(workers=1, cache_bytes=MEBIBYTE) as renderer:
        first = renderer.page(path, 1, 1.0)
        assert renderer.page(path, 1, 1.0) is first
        assert renderer.page(path, 1, 1.5) is not first
        renderer.forget(tmp_path / "elsewhere")
        assert renderer.page(path, 1, 1.0) is first
        renderer.forget(tmp_path)
        assert renderer.page(path, 1, 1.0) is not first
    with Renderer(workers=1, cache_bytes=10) as small:
        assert small.page(path, 1, 1.0) is not small.page(path, 1, 1.0)


def test_many_threads_draw_at_once(tmp_path: Path) -> None:
    path = pdf(tmp_path / "a.pdf")
    sizes: list[int] = []
    with Renderer(workers=2, cache_bytes=0) as renderer:
        threads = [
            threading.Thread(target=lambda n=n: sizes.append(renderer.page(path, 1 + n % 2, 1.0 + n).width))
            for n in range(6)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(sizes) == [400, 800, 1200, 1600, 2000, 2400]


def test_nothing_is_left_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    path = pdf(tmp_path / "a.pdf")
    with Renderer(workers=1) as renderer:
        renderer.page(path, 1, 1.0)
        assert list(temporary.iterdir()) == []


def test_a_missing_temporary_folder_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = pdf(tmp_path / "a.pdf")
    with Renderer(workers=1) as renderer:
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
        with pytest.raises(ReaderProcessError, match="temporary folder"):
            renderer.page(path, 1, 1.0)
