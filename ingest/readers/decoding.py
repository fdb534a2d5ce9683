"""Bytes to text, whatever the encoding: byte order marks, declarations, validity, and only then statistics.

Newlines are left as they are. A byte order mark is not text and is dropped. Bytes that mean nothing in the encoding
become U+FFFD and are reported, so that nobody mistakes the text for a whole one.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from casefile.records import Issue

BYTE_ORDER_MARKS: tuple[tuple[bytes, str], ...] = (
    # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
SAMPLE_BYTES = 64 * 1024
SURROUNDINGS = 24
# Scripts written with ASCII letters and a few others, and scripts whose letters all lie above ASCII: told apart by how
# long the runs of high bytes are. The order is the order of preference among equals.
ACCENTED_CODECS = ("cp1252", "cp1250", "cp1254", "cp1257", "latin_1", "iso8859_2", "mac_roman", "cp850")
OTHER_SCRIPT_CODECS = (
    *("cp1251", "koi8_r", "cp866", "iso8859_5", "cp1253", "cp1255", "cp1256"),
    *("cp932", "euc_jp", "gb18030", "big5", "cp949", "cp874"),
)
ISO_2022_JP_ESCAPE = re.compile(rb"\x1b\$[@B]|\x1b\(J")
HIGH_RUN = re.compile(rb"[\x80-\xff]+")
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
# Codecs that Python offers but that no document declares in good faith, or that take more than linear time.
REFUSED_CODECS = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"})


@dataclass(frozen=True, slots=True)
class Decoded:
    """A decoded text.

    Attributes:
        text: the characters, without the byte order mark.
        encoding: the codec used, in Python's spelling.
        guessed: the encoding was found by statistics, not by a mark, a declaration or validity.
        replaced: U+FFFD put in for bytes that mean nothing in this encoding.
        truncated: the stream held more than was read.
    """

    text: str
    encoding: str
    guessed: bool = False
    replaced: int = 0
    truncated: bool = False

    def issues(self) -> tuple[Issue, ...]:
        """What the investigator must know about this decoding."""
        found: list[Issue] = []
        if self.replaced:
            message = f"{self.replaced} places hold bytes that mean nothing in {self.encoding}; they show as U+FFFD."
            found.append(Issue("read", "low_confidence", message))
        if self.truncated:
            message = f"The file is longer than the limit; the first {len(self.text):,} characters were kept."
            found.append(Issue("read", "too_large", message))
        return tuple(found)


def decode(data: bytes, declared: str | None = None, *, truncated: bool = False) -> Decoded:
    """Decode a text of unknown encoding.

    Args:
        data: the bytes.
        declared: an encoding named by the document (XML declaration, `<meta charset>`, MIME header), if any. It is
            believed only where the bytes agree.
        truncated: the bytes are the beginning of something longer, so a character cut at the end is no error.
    """
    for mark, codec in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _decode_as(data[len(mark) :], codec, truncated=truncated)
    wide = wide_encoding(data[:SAMPLE_BYTES])
    if wide:
        return _decode_as(data, wide, truncated=truncated)
    if ISO_2022_JP_ESCAPE.search(data, 0, SAMPLE_BYTES):
        japanese = _strict(data, "iso2022_jp", truncated=truncated)
        if japanese is not None:
            return Decoded(japanese, "iso2022_jp", truncated=truncated)
    for candidate in ("utf-8", usable_codec(declared)):
        text = _strict(data, candidate, truncated=truncated) if candidate else None
        if candidate and text is not None:
            return Decoded(text, candidate, truncated=truncated)
    damaged = _damaged_utf_8(data, truncated=truncated)
    if damaged:
        return damaged
    guess = guess_encoding(data)
    return _decode_as(data, guess, truncated=truncated, guessed=True)


def decode_stream(stream: BinaryIO, max_characters: int, declared: str | None = None) -> Decoded:
    """Decode a stream from where it stands, keeping at most `max_characters` code points.

    At most `2 * max_characters` bytes and a little are read, so a text in a wide encoding may be cut before the limit.
    """
    bound = 2 * max_characters + 1024
    data = stream.read(bound + 1)
    truncated = len(data) > bound
    decoded = decode(data[:bound], declared, truncated=truncated)
    if len(decoded.text) <= max_characters:
        return decoded
    text = decoded.text[:max_characters]
    return Decoded(text, decoded.encoding, decoded.guessed, decoded.replaced, truncated=True)


def usable_codec(name: str | None) -> str | None:
    """Python's name for a declared encoding, or None where it names nothing that a document can be written in."""
    if not name or len(name) > 64 or not name.isascii():
        return None
    try:
        found = codecs.lookup(name.strip().strip("\"'"))
        probe = "a".encode(found.name)
    except (LookupError, UnicodeError, ValueError):
        return None
    if found.name.replace("-", "_") in REFUSED_CODECS or not probe:
        return None
    # pages that declare Latin-1 are read as Windows-1252 by every browser (WHATWG Encoding, section 4.2)
    return "cp1252" if found.name in {"iso8859-1", "ascii"} else found.name


def wide_encoding(sample: bytes) -> str | None:
    """UTF-16 or UTF-32 without a byte order mark, told by where the zero bytes stand; None for anything else."""
    if b"\0" not in sample or len(sample) < 4 or _rather_utf_8(sample):
        return None
    lanes = [sample[lane::4] for lane in range(4)]
    zeros = [lane.count(0) / max(1, len(lane)) for lane in lanes]
    candidates: list[str] = []
    if zeros[3] > 0.99 and zeros[2] > 0.9 and zeros[0] < 0.1:
        candidates.append("utf-32-le")
    elif zeros[0] > 0.99 and zeros[1] > 0.9 and zeros[3] < 0.1:
        candidates.append("utf-32-be")
    else:
        even, odd = (zeros[0] + zeros[2]) / 2, (zeros[1] + zeros[3]) / 2
        # spaces, digits and line ends have a zero byte in every script
        if odd > 0.02 and even < odd / 8:
            candidates.append("utf-16-le")
        elif even > 0.02 and odd < even / 8:
            candidates.append("utf-16-be")
    return next((codec for codec in candidates if _mostly_printable(sample, codec)), None)


def _rather_utf_8(sample: bytes) -> bool:
    """Valid UTF-8 with a zero here and there: in UTF-16 and UTF-32 zeros or other control bytes are everywhere."""
    if sample.count(0) * 4 >= len(sample) or _strict(sample, "utf-8", truncated=True) is None:
        return False
    return _control_share(sample.decode("latin-1")) < 0.15


def looks_like_text(sample: bytes) -> str | None:
    """The sample as characters if it is text in some encoding, None if it is binary.

    Args:
        sample: the first bytes of a file; a character cut at the end is no error.
    """
    for mark, codec in BYTE_ORDER_MARKS:
        if sample.startswith(mark) and len(sample) > len(mark):
            text = sample[len(mark) :].decode(codec, "replace")
            return text if _control_share(text) < 0.02 and text.count("\ufffd") <= 1 + len(text) // 50 else None
    wide = wide_encoding(sample)
    if wide:
        return sample.decode(wide, "ignore")
    text = _strict(sample, "utf-8", truncated=True) or ""
    if text:
        return text if _control_share(text) < 0.05 else None
    single = sample.decode("latin-1")
    if _control_share(single) > 0.005 or "\0" in single:
        return None
    damaged = _damaged_utf_8(sample, truncated=True)
    return damaged.text if damaged else sample.decode(guess_encoding(sample), "replace")


def guess_encoding(data: bytes) -> str:
    """The most likely 8-bit or East Asian encoding of bytes that are not UTF-8, by charset-normalizer.

    Only places with bytes above ASCII are looked at, up to `SAMPLE_BYTES`, so the time does not grow with the file.
    """
    from charset_normalizer import from_bytes

    sample = b"".join(_surroundings(data))
    runs = [len(run.group()) for run in HIGH_RUN.finditer(sample)]
    # In accented Latin text high bytes stand alone and are few; in Cyrillic, Hebrew or Japanese they come in runs or
    # make up half of the text.
    accented = not runs or (sum(runs) / len(runs) < 1.8 and sum(runs) < 0.3 * len(sample))
    if _shift_jis(sample):
        return "cp932"
    if accented and _western(sample):
        return "cp1252"
    codecs_to_try = list(ACCENTED_CODECS if accented else OTHER_SCRIPT_CODECS)
    if not accented and _mostly_half_width(sample):
        codecs_to_try.remove("cp932")
    matches = from_bytes(sample, cp_isolation=codecs_to_try, enable_fallback=False, threshold=0.4)
    best = matches.best()
    if best is None or best.encoding == "ascii":
        return "cp1252"
    return "cp1252" if best.encoding == "latin_1" else str(best.encoding)


# Letters and signs of Western European languages in Windows-1252, and typographic marks: if nothing else occurs, it is
# taken for that encoding, because short texts give statistics nothing to work on.
WESTERN = frozenset(
    {
        *(0x80, 0x82, 0x84, 0x85, 0x8C, 0x91, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x99, 0x9C, 0xA0, 0xA1, 0xA3),
        *(0xA7, 0xA8, 0xA9, 0xAA, 0xAB, 0xAD, 0xAE, *range(0xB0, 0xB6), *range(0xB7, 0xC3), *range(0xC4, 0xCF)),
        *(0xD1, *range(0xD3, 0xDA), 0xDB, 0xDC, *range(0xDF, 0xE3), *range(0xE4, 0xF0), *range(0xF1, 0xFE), 0xFF),
    }
)
# Signs that no Western word begins or goes on with, but that are letters in Central European encodings (l with stroke,
# z with caron, a with ogonek, ...).
SIGN_AS_LETTER = re.compile(rb"[\xb0-\xb3\xb5\xb9\xba\xaa\xbc-\xbe\xd7\xbf\xa3][a-z]")


def _western(sample: bytes) -> bool:
    high = [byte for byte in sample if byte >= 0x80]
    return all(byte in WESTERN for byte in high) and not SIGN_AS_LETTER.search(sample)


def _shift_jis(sample: bytes) -> bool:
    """Kana and Japanese punctuation have the lead bytes 81 to 84, which are unused or rare in Windows-1252."""
    high = [byte for byte in sample if byte >= 0x80]
    leads = sum(1 for byte in high if 0x81 <= byte <= 0x84)
    return leads * 8 >= len(high) > 0 and _strict(sample, "cp932") is not None


def _mostly_half_width(sample: bytes) -> bool:
    """Read as Shift-JIS the sample would be half-width katakana: it is something else."""
    text = sample.decode("cp932", "replace")
    return sum(1 for character in text if "\uff61" <= character <= "\uff9f") * 4 > len(text)


def _surroundings(data: bytes) -> Iterator[bytes]:
    taken, end_before = 0, 0
    for run in HIGH_RUN.finditer(data):
        if taken > SAMPLE_BYTES:
            return
        start, end = max(end_before, run.start() - SURROUNDINGS), min(len(data), run.end() + SURROUNDINGS)
        end = max(start, end)
        piece = data[start:end][:SAMPLE_BYTES]
        taken += len(piece)
        # pieces that touch are not torn apart: a double-byte character may lie across them
        yield piece if start == end_before else b"\n" + piece
        end_before = end


def _decode_as(data: bytes, codec: str, *, truncated: bool = False, guessed: bool = False) -> Decoded:
    strict = _strict(data, codec, truncated=truncated)
    if strict is not None:
        return Decoded(strict, codec, guessed, truncated=truncated)
    before = _own_replacements(data, codec)
    text = data.decode(codec, "replace")
    return Decoded(text, codec, guessed, max(1, text.count("\ufffd") - before), truncated)


def _strict(data: bytes, codec: str, *, truncated: bool = False) -> str | None:
    """The text, or None where the bytes are not valid in `codec` or decode to lone surrogates."""
    try:
        if truncated:
            text = codecs.getincrementaldecoder(codec)("strict").decode(data, final=False)
        else:
            text = data.decode(codec)
    except (UnicodeError, ValueError):
        return None
    # UTF-7 and some East Asian codecs can yield halves of surrogate pairs, which no storage takes
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return None
    return text


def _own_replacements(data: bytes, codec: str) -> int:
    """U+FFFD that the author wrote; they are not ours to report."""
    try:
        return data.count("\ufffd".encode(codec))
    except UnicodeEncodeError:
        return 0


def _damaged_utf_8(data: bytes, *, truncated: bool) -> Decoded | None:
    """UTF-8 with some garbage in it: far more good sequences than bad ones, which no other encoding brings about."""
    text = data.decode("utf-8", "replace")
    bad = text.count("\ufffd") - _own_replacements(data, "utf-8")
    good = sum(1 for byte in data[: 4 * SAMPLE_BYTES] if byte >= 0xC2) if bad * 4 <= len(data) else 0
    if truncated and bad == 1 and text.endswith("\ufffd"):
        return Decoded(text[:-1], "utf-8", truncated=True)
    if good - bad < 4 * bad:
        return None
    return Decoded(text, "utf-8", replaced=bad, truncated=truncated)


def _control_share(text: str) -> float:
    return len(CONTROL.findall(text)) / max(1, len(text))


def _mostly_printable(sample: bytes, codec: str) -> bool:
    width = 4 if codec.startswith("utf-32") else 2
    if len(sample) % width and len(sample) < SAMPLE_BYTES:
        return False
    text = sample[: len(sample) // width * width].decode(codec, "replace")
    unlikely = len(CONTROL.findall(text)) + text.count("\ufffd")
    unlikely += sum(1 for character in text if "\ue000" <= character <= "\uf8ff")
    return unlikely <= len(text) // 20
