"""Reads RTF: paragraphs, headings, lists, table rows, headers, footnotes, comments, hidden and deleted text.

striprtf, which was tried, drops footnotes, headers, comments and form fields without a word: docs/decisions/012.
"""

import binascii
import re
from dataclasses import dataclass, field, replace

from casefile.errors import UntrustedInputError
from casefile.locators import BlockLocator, Locator
from casefile.records import Cell, MomentMeaning
from ingest.readers.containers import refuse_empty
from ingest.readers.docx_line import Line, Note, note_link
from ingest.readers.docx_styles import heading_of_name
from ingest.readers.part_writer import PartWriter
from ingest.readers.rtf_tokens import CHARSETS, Token, code_page, tokens
from ingest.readers.tables import column_context, looks_like_header
from ingest.readers.text_builder import Field, TextBuilder, lay_out
from ingest.reading import BlockKind, Reading, Source, StatedTime

_CHARACTERS = {
    b"tab": "\t", b"line": "\n", b"lbr": "\n", b"emdash": "\N{EM DASH}", b"endash": "\N{EN DASH}", b"bullet": "•",
    b"lquote": "\N{LEFT SINGLE QUOTATION MARK}", b"rquote": "\N{RIGHT SINGLE QUOTATION MARK}", b"nestcell": " | ",
    b"ldblquote": "\N{LEFT DOUBLE QUOTATION MARK}", b"rdblquote": "\N{RIGHT DOUBLE QUOTATION MARK}", b"nestrow": "\n",
    b"emspace": " ", b"enspace": " ", b"qmspace": " ",
}  # fmt: skip
_SYMBOLS = {b"~": "\N{NO-BREAK SPACE}", b"_": "-", b"{": "{", b"}": "}", b"\\": "\\", b"\t": "\t"}
_ASIDES = {
    b"footnote": "footnote", b"annotation": "comment", b"header": "header", b"headerl": "header", b"headerr": "header",
    b"headerf": "header", b"footer": "footer", b"footerl": "footer", b"footerr": "footer", b"footerf": "footer",
    b"shptxt": "text box",
}  # fmt: skip
_KEPT = {
    b"fldinst": "instruction", b"title": "title", b"author": "author", b"atnauthor": "note author", b"pict": "picture",
    b"objdata": "object", b"listtext": "label", b"pntext": "label", b"objclass": "skip", b"ffdeftext": "skip",
    b"creatim": "created", b"revtim": "modified", b"printim": "printed", b"stylesheet": "styles", b"fonttbl": "fonts",
    b"sn": "shape name", b"sv": "shape value",
}  # fmt: skip
_SKIPPED = frozenset(
    {
        b"colortbl", b"listtable", b"listoverridetable", b"revtbl", b"rsidtbl", b"generator", b"themedata",
        b"colorschememapping", b"datastore", b"xmlnstbl", b"latentstyles", b"nonshppict", b"filetbl",
        b"mmathpr", b"atnid", b"atntime", b"atndate", b"atnref", b"atrfstart", b"atrfend", b"atnparent",
        b"atnicn", b"bkmkstart", b"bkmkend", b"xe", b"tc", b"operator", b"subject", b"keywords", b"doccomm",
        b"company", b"manager", b"category", b"comment", b"hlinkbase", b"userprops", b"buptim", b"upr", b"pn",
        b"pnseclvl", b"blipuid", b"picprop", b"aftnsep", b"aftnsepc", b"ftnsep", b"ftnsepc", b"aftncn",
        b"ftncn", b"template", b"passwordhash", b"wgrffmtfilter",
    }
)  # fmt: skip
_STARRED_READ = frozenset(
    {b"shppict", b"shpinst", b"ud", b"fldinst", b"fldrslt", b"shptxt", b"annotation", b"do", b"dptxbxtext"}
)
_LINK = re.compile(r'\s*HYPERLINK\s+"([^"]{1,4000})"', re.IGNORECASE)
_PICTURES = {b"pngblip": "png", b"jpegblip": "jpg", b"emfblip": "emf", b"wmetafile": "wmf"}
_MOST_GROUPS = 100_000
_TIMES: dict[str, MomentMeaning] = {"created": "created", "modified": "modified", "printed": "printed"}


@dataclass(frozen=True, slots=True)
class _Group:
    """Formatting that holds until the group ends. `into` says where text goes: the document, or a named place."""

    into: str = "text"
    skip_after_unicode: int = 1
    hidden: bool = False
    deleted: bool = False
    font: int = 0
    starred: bool = False
    aside: str = ""


@dataclass(slots=True)
class _Kept:
    """Text that is not the document's own, by the place it belongs to."""

    text: dict[str, list[str]] = field(default_factory=dict)

    def add(self, place: str, text: str) -> None:
        self.text.setdefault(place, []).append(text)

    def take(self, place: str) -> str:
        return "".join(self.text.pop(place, ())).strip()


class RtfReader:
    """Rich text. Pictures and embedded objects become parts."""

    name = "rtf"
    version = "1"
    media_types = frozenset({"application/rtf", "text/rtf"})

    def read(self, source: Source) -> Reading:
        """Read the document. Raises `UntrustedInputError` empty or corrupt where it is none."""
        refuse_empty(source)
        source.stream.seek(0)
        data = source.stream.read()
        start = data[:1024].find(b"{\\rt")
        if start < 0:
            raise UntrustedInputError("corrupt", "This is no RTF document.")
        return _Assembly(source).reading(data[start:])


class _Assembly:
    def __init__(self, source: Source) -> None:
        self._builder = TextBuilder(source.limits.text_characters)
        self._parts = PartWriter(source)
        self._group = _Group()
        self._stack: list[_Group] = []
        self._lines: list[Line] = [Line()]
        self._kept = _Kept()
        self._bytes: list[bytes] = []
        self._skip = 0
        self._codec = "cp1252"
        self._font_codecs: dict[int, str] = {}
        self._style_headings: dict[int, int] = {}
        self._style = 0
        self._outline: int | None = None
        self._in_table = False
        self._row: list[str] = []
        self._rows: list[tuple[list[str], list[Note]]] = []
        self._row_notes: list[Note] = []
        self._headings: list[tuple[int, str]] = []
        self._paragraph = 0
        self._picture = "bin"
        self._times: list[StatedTime] = []
        self._clock: dict[bytes, int] = {}

    def reading(self, data: bytes) -> Reading:
        for token in tokens(data):
            self._take(token)
            if self._builder.full:
                break
        self._flush_bytes()
        if self._stack and not self._builder.full:
            self._builder.report("dropped_text", "The file ends before the document does; the rest is missing.")
        while len(self._lines) > 1:
            self._close_aside("text")
        self._group = _Group()
        if self._in_table:
            self._end_cell()
        self._in_table = False
        self._end_paragraph()
        self._write_table()
        if not self._builder.length:
            self._builder.report("no_text", "The document holds no text.")
        return Reading(
            text=self._builder.text,
            blocks=self._builder.blocks,
            issues=self._builder.issues,
            parts=self._parts.parts,
            title=self._kept.take("title"),
            sender=self._kept.take("author"),
            times=tuple(self._times),
        )

    def _take(self, token: Token) -> None:
        if token.kind == "hex":
            if self._skip:
                self._skip -= 1
            else:
                self._bytes.append(token.data)
            return
        if token.kind == "text":
            self._take_text(token.data)
            return
        self._flush_bytes()
        if token.kind == "open":
            if len(self._stack) >= _MOST_GROUPS:
                raise UntrustedInputError("too_deep", "The document's groups are nested too deep to be read.")
            self._stack.append(self._group)
            self._group = replace(self._group, starred=False, aside="")
            self._skip = 0
        elif token.kind == "close":
            self._close()
        elif token.kind == "symbol":
            self._take_symbol(token.data)
        elif token.kind == "word":
            self._take_word(token.data, token.number)
        elif self._group.into in {"picture", "object"}:
            self._kept.add(self._group.into, token.data.hex())

    def _take_text(self, data: bytes) -> None:
        if self._skip:
            skipped = min(self._skip, len(data))
            self._skip -= skipped
            data = data[skipped:]
        if data:
            self._bytes.append(data)

    def _take_symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            self._group = replace(self._group, starred=True)
        elif symbol in {b"\r", b"\n"}:
            self._end_paragraph()
        elif symbol in _SYMBOLS:
            self._write(_SYMBOLS[symbol])

    def _take_word(self, word: bytes, number: int | None) -> None:
        if word == b"u" and number is not None:
            self._skip = self._group.skip_after_unicode
            code = number % 0x10000
            self._write(chr(code))
        elif word in _CHARACTERS:
            self._write(_CHARACTERS[word])
        elif word in _ASIDES and not self._is_away():
            self._group = replace(self._group, aside=_ASIDES[word], starred=False)
            self._lines.append(Line())
        elif word in _KEPT:
            self._group = replace(self._group, into=_KEPT[word], starred=False)
        elif word in _SKIPPED or (self._group.starred and word not in _STARRED_READ):
            self._group = replace(self._group, into="skip", starred=False)
        elif self._group.starred and word != b"ud":
            self._group = replace(self._group, starred=False)
        elif word == b"ud":
            self._group = replace(self._group, into="text", starred=False)
        elif not self._take_format(word, number):
            self._take_structure(word, number)

    def _take_format(self, word: bytes, number: int | None) -> bool:
        on = number != 0
        if word == b"uc":
            self._group = replace(self._group, skip_after_unicode=min(max(number or 0, 0), 16))
        elif word == b"v":
            self._group = replace(self._group, hidden=on)
        elif word == b"deleted":
            self._group = replace(self._group, deleted=on)
        elif word == b"plain":
            self._group = replace(self._group, hidden=False, deleted=False)
        elif word == b"f" and number is not None:
            self._group = replace(self._group, font=number)
        elif word == b"fcharset" and number is not None:
            if number in CHARSETS:
                self._font_codecs[self._group.font] = CHARSETS[number]
        elif word == b"ansicpg":
            self._codec = code_page(number)
        elif word in {b"mac", b"pc", b"pca"}:
            self._codec = {b"mac": "mac_roman", b"pc": "cp437", b"pca": "cp850"}[word]
        else:
            return False
        return True

    def _take_structure(self, word: bytes, number: int | None) -> None:
        if word in {b"par", b"sect", b"page", b"column"}:
            self._end_paragraph()
        elif word in {b"pard", b"s", b"outlinelevel", b"intbl"}:
            # the formatting of a label or note is not that of the paragraph it stands in
            if self._group.into != "label" and len(self._lines) == 1:
                self._take_paragraph_format(word, number)
        elif word == b"cell":
            self._end_cell()
        elif word == b"row":
            self._end_row()
        elif word in _PICTURES:
            self._picture = _PICTURES[word]
        elif word in {b"yr", b"mo", b"dy", b"hr", b"min", b"sec"} and number is not None:
            self._clock[word] = number

    def _take_paragraph_format(self, word: bytes, number: int | None) -> None:
        if word == b"pard":
            self._style, self._outline, self._in_table = 0, None, False
        elif word == b"s" and number is not None:
            self._style = number
        elif word == b"outlinelevel":
            self._outline = number
        elif word == b"intbl":
            self._in_table = True

    def _is_away(self) -> bool:
        """Whether text goes somewhere else than into the document."""
        return self._group.into not in {"text", "label"}

    def _flush_bytes(self) -> None:
        if not self._bytes:
            return
        data = b"".join(self._bytes)
        self._bytes = []
        codec = self._font_codecs.get(self._group.font, self._codec)
        self._write(data.decode(codec, "replace"))

    def _write(self, text: str) -> None:
        into = self._group.into
        if into == "skip":
            return
        if into != "text":
            self._kept.add(into, text)
        elif self._group.hidden or self._group.deleted:
            self._kept.add("deleted" if self._group.deleted else "hidden text", text)
        else:
            self._put_asides()
            self._lines[-1].shown.append(text)

    def _put_asides(self) -> None:
        """Put hidden and deleted text, once it ends, behind the line it stands in."""
        for place, what in (("deleted", "a tracked deletion"), ("hidden text", "hidden text")):
            text = _joined(self._kept.take(place))
            if text:
                self._lines[-1].notes.append(Note(f"[{place}: {text}]", what))

    def _close(self) -> None:
        ended = self._group
        if not self._stack:
            return
        self._group = self._stack.pop()
        if ended.aside and len(self._lines) > 1:
            self._close_aside(ended.aside)
        if ended.into != self._group.into:
            self._close_kept(ended.into)
        elif ended.into == "styles":
            self._close_style()

    def _close_aside(self, what: str) -> None:
        self._put_asides()
        line = self._lines.pop()
        text = _joined(line.text())
        author = self._kept.take("note author") if what == "comment" else ""
        if text:
            label = f"{what} by {author}" if author else what
            self._lines[-1].notes.append(Note(f"[{label}: {text}]", "a comment" if what == "comment" else ""))
        self._lines[-1].notes.extend(line.notes)

    def _close_kept(self, into: str) -> None:
        if into == "instruction":
            match = _LINK.match(self._kept.take(into))
            if match is not None:
                note_link(match[1], "", self._lines[-1])
        elif into in {"picture", "object"}:
            self._take_out(into)
        elif into in _TIMES:
            self._close_time(_TIMES[into])
            self._kept.take(into)
        elif into == "shape value":
            name, value = self._kept.take("shape name"), self._kept.take(into)
            if value and name in {"wzDescription", "gtextUNICODE"}:
                self._lines[-1].notes.append(Note(f"[{'picture' if name == 'wzDescription' else 'text art'}: {value}]"))
        elif into in {"styles", "fonts"}:
            self._kept.take(into)

    def _close_style(self) -> None:
        name = self._kept.take("styles").rstrip(";").strip()
        level = heading_of_name(name)
        if level is not None:
            self._style_headings[self._style] = level
        self._style = 0

    def _close_time(self, meaning: MomentMeaning) -> None:
        clock, self._clock = self._clock, {}
        if clock.get(b"yr"):
            date = f"{clock[b'yr']:04d}-{clock.get(b'mo', 1):02d}-{clock.get(b'dy', 1):02d}"
            time = f"{clock.get(b'hr', 0):02d}:{clock.get(b'min', 0):02d}:{clock.get(b'sec', 0):02d}"
            self._times.append(StatedTime(f"{date}T{time}", meaning))

    def _take_out(self, into: str) -> None:
        digits = re.sub(r"[^0-9a-fA-F]", "", self._kept.take(into))
        try:
            data = binascii.unhexlify(digits[: len(digits) // 2 * 2])
        except ValueError:
            return
        if data:
            ending = self._picture if into == "picture" else "bin"
            data = data if into == "picture" else _native_data(data)
            self._parts.write(f"{into} {len(self._parts.parts) + 1}.{ending}", (data,), "embedded")

    def _end_paragraph(self) -> None:
        if self._is_away():
            return
        if len(self._lines) > 1 or self._in_table:
            self._lines[-1].shown.append("\n")
            return
        self._write_table()
        self._put_asides()
        line, self._lines = self._lines[-1], [Line()]
        text = _joined(line.text())
        label = _joined(self._kept.take("label")).strip()
        level = self._style_headings.get(self._style)
        level = level if level is not None or self._outline is None else self._outline + 1
        kind: BlockKind = "list_item" if label else "paragraph"
        if level is not None and level <= 9 and text:
            kind = "title" if level == 0 else "heading"
        if label and text and any(character.isalnum() for character in label):
            text = f"{label} {text}"
        if kind in {"title", "heading"} and level is not None:
            while self._headings and self._headings[-1][0] >= level:
                self._headings.pop()
            self._headings.append((level, text[:200]))
        self._add(kind, text)
        self._write_notes(line.notes)

    def _end_cell(self) -> None:
        self._put_asides()
        line, self._lines[-1] = self._lines[-1], Line()
        self._row.append(_joined(line.text()).replace("\t", " "))
        self._row_notes.extend(line.notes)

    def _end_row(self) -> None:
        if self._row:
            self._rows.append((self._row, self._row_notes))
        self._row, self._row_notes = [], []

    def _write_table(self) -> None:
        self._end_row()
        rows, self._rows = self._rows, []
        headed = bool(rows) and looks_like_header(rows[0][0], [row for row, _notes in rows[1:30]])
        context = column_context(rows[0][0]) if headed else ""
        for number, (row, notes) in enumerate(rows):
            text, cells = lay_out(tuple(Field(at, "text", cell, cell) for at, cell in enumerate(row) if cell))
            is_header = headed and number == 0
            self._add("header_row" if is_header else "row", text, "" if is_header else context, cells)
            self._write_notes(notes)

    def _write_notes(self, notes: list[Note]) -> None:
        for note in notes:
            locator = self._add("paragraph", note.text)
            if locator is not None and note.hidden:
                message = f"The document holds {note.hidden}, which a reader does not see."
                self._builder.report("hidden_text", message, locator)

    def _add(self, kind: BlockKind, text: str, context: str = "", cells: tuple[Cell, ...] = ()) -> Locator | None:
        if not text.strip():
            return None
        self._paragraph += 1
        number = self._paragraph
        path = tuple(heading for _level, heading in self._headings)
        path = path[:-1] if kind in {"title", "heading"} else path
        separator = "\n" if kind in {"row", "header_row", "list_item"} else "\n\n"
        return self._builder.add(
            kind,
            text,
            lambda start, end: BlockLocator(number, start, end, path),
            context=context,
            cells=cells,
            separator=separator,
        )


def _joined(text: str) -> str:
    """Characters above U+FFFF come as two halves, one control word each."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _native_data(data: bytes) -> bytes:
    """The embedded file of an OLE 1 object ([MS-OLEDS] 2.2.5); all of it where it has another form."""
    position = 8
    for _name in ("class", "topic", "item"):
        length = int.from_bytes(data[position : position + 4], "little")
        position += 4 + length
        if length > 1024 or position + 4 > len(data):
            return data
    size = int.from_bytes(data[position : position + 4], "little")
    native = data[position + 4 : position + 4 + size]
    return native if native and size == len(native) else data
