"""What has no reader yet: scans, a photo, a recording."""

import io
import math
import struct
import wave
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from data.demo_case import scenario as when
from data.demo_case.papers import Desk

_NOTE = "no reader yet"


def typed_page(lines: Sequence[str], size: tuple[int, int] = (1240, 1754)) -> Image.Image:
    """A white page at 150 dots per inch with typed lines, black on white, one bit a pixel."""
    page = Image.new("L", size, 255)
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(size=30)
    for number, line in enumerate(lines):
        draw.text((110, 130 + number * 52), line, fill=0, font=font)
    draw.rectangle((60, 60, size[0] - 60, size[1] - 60), outline=120)
    return page.convert("1", dither=Image.Dither.NONE)


def photo(desk: Desk, caption: str) -> bytes:
    """A JPEG of a yard with a machine, with device, time and place in its EXIF data."""
    rng = desk.scenario.rng
    picture = Image.new("RGB", (960, 640), (164, 190, 214))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 400, 960, 640), fill=(128, 116, 98))
    draw.rectangle((520, 180, 900, 420), fill=(150, 150, 155))
    for _ in range(220):
        x, y = rng.randint(0, 959), rng.randint(402, 639)
        draw.line((x, y, x + rng.randint(3, 18), y + 1), fill=(104, 92, 78))
    draw.rectangle((210, 330, 380, 400), fill=(228, 176, 24))
    draw.polygon(((380, 335), (480, 240), (500, 255), (395, 350)), fill=(228, 176, 24))
    draw.rectangle((195, 400, 395, 432), fill=(40, 40, 40))
    draw.text((560, 200), caption, fill=(20, 20, 30), font=ImageFont.load_default(size=24))
    exif = Image.Exif()
    taken = desk.scenario.at(desk.scenario.handover, 9, 41, 7)
    exif[0x010F], exif[0x0110], exif[0x0132] = "Fonelli", "P7", f"{taken:%Y:%m:%d %H:%M:%S}"
    exif.get_ifd(0x8769).update({0x9003: f"{taken:%Y:%m:%d %H:%M:%S}", 0x9011: "+02:00"})
    exif.get_ifd(0x8825).update(
        {1: "N", 2: (51.0, 19.0, float(rng.randint(2, 57))), 3: "E", 4: (6.0, 3.0, float(rng.randint(2, 57)))}
    )
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=82, exif=exif)
    return target.getvalue()


def png(image: Image.Image) -> bytes:
    """The picture as PNG."""
    target = io.BytesIO()
    image.save(target, "PNG", optimize=True)
    return target.getvalue()


def _tones(seconds: int, pitches: Sequence[int], rate: int = 8000) -> bytes:
    target = io.BytesIO()
    with wave.open(target, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        samples = (
            int(9000 * math.sin(2 * math.pi * pitches[at * len(pitches) // (rate * seconds)] * at / rate))
            for at in range(rate * seconds)
        )
        out.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return target.getvalue()


def write(desk: Desk) -> None:
    """Write folder 08_media."""
    s = desk.scenario
    delivery = typed_page(
        (
            "DELIVERY NOTE / LIEFERSCHEIN",
            "",
            f"{s.supplier.name}, {s.supplier.town}",
            f"to {s.victim.name}, site {s.site2}",
            "",
            "12 m  concrete pipe DN 300",
            "40 t  gravel 0/32",
            "",
            f"Received {when.day_de(s.theft2)}  10:15",
            f"sign. {s.foreman.family}",
        )
    )
    target = io.BytesIO()
    delivery.save(target, "TIFF", compression="group4", dpi=(150, 150))
    desk.file(
        "files/08_media/scan_delivery_note.tif",
        target.getvalue(),
        "image/tiff",
        status="skipped",
        issues=("unsupported",),
        note=_NOTE,
    )
    note = typed_page(
        (
            "Found in the glove box of the van:",
            "",
            f"Do {s.handover_time:%H:%M} {s.handover_place}",
            f"rest {s.resale_transfer} by bank",
            "bring papers + 2nd key",
        ),
        (1000, 700),
    )
    desk.file(
        "files/08_media/scan_note_glove_box.png",
        png(note),
        "image/png",
        status="skipped",
        issues=("unsupported",),
        note=_NOTE,
    )
    desk.file(
        "files/08_media/IMG_2207.jpg",
        photo(desk, "HALL 2"),
        "image/jpeg",
        status="skipped",
        issues=("unsupported",),
        note=f"{_NOTE}; EXIF holds time, zone and place",
    )
    tones = [s.rng.choice((440, 523, 587, 659, 784)) for _ in range(8)]
    desk.file(
        "files/08_media/voicemail_0031.wav",
        _tones(4, tones),
        "audio/x-wav",
        "audio/wav",
        "audio/vnd.wave",
        status="skipped",
        issues=("unsupported",),
        note=_NOTE,
    )
