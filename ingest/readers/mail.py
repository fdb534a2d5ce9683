"""Reads mails (EML): headers, bodies with their alternatives, attachments and attached mails."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email.message import Message

from casefile.errors import UntrustedInputError
from casefile.locators import MailPartLocator
from ingest.readers.containers import refuse_empty
from ingest.readers.decoding import Decoded, decode
from ingest.readers.html import HtmlText, read_html
from ingest.readers.mail_headers import Header, addresses, decode_value, first, headers_of
from ingest.readers.mail_parts import MimePart, content, guarded, leaves, losses, parse
from ingest.readers.part_writer import PartWriter
from ingest.readers.text_builder import TextBuilder
from ingest.reading import Block, Reading, Source, StatedTime

MOST_TIMES = 100
MOST_LINKS = 500

_CORRESPONDENCE = frozenset(
    {"from", "sender", "reply-to", "to", "cc", "bcc", "date", "subject", "resent-from", "resent-to", "resent-date"}
)
_ADDRESS_OF_PAGE = re.compile(r"https?://[^\s<>\"]+")
_WORD = re.compile(r"\w+")
_ENCRYPTED_TYPES = frozenset({"application/pgp-encrypted"})
_PGP_MESSAGE = "-----BEGIN PGP MESSAGE-----"


@dataclass(frozen=True, slots=True)
class _Said:
    """What the plain text of a `multipart/alternative` says: its words, and the pages that it links to."""

    words: set[str]
    links: set[str]


class MailReader:
    """Mails as files. Attachments, inline pictures and attached mails become parts of their own."""

    name = "mail"
    version = "1"
    media_types = frozenset({"message/rfc822", "message/global"})

    def read(self, source: Source) -> Reading:
        """Read the mail; what is broken in it becomes an issue."""
        refuse_empty(source)
        source.stream.seek(0)
        data = source.stream.read()
        if not data.strip(b" \t\r\n\0"):
            raise UntrustedInputError("empty", "The mail holds nothing but blanks.")
        return _Assembly(parse(data), source).reading()


class _Assembly:
    def __init__(self, message: Message, source: Source) -> None:
        self._message = message
        self._builder = TextBuilder(source.limits.text_characters)
        self._parts = PartWriter(source)
        self._headers = headers_of(message)
        self._subject = first(self._headers, "subject")
        self._has_body = False
        self._said: dict[str, _Said] = {}
        self._paragraphs: dict[str, int] = {}

    def reading(self) -> Reading:
        self._write_headers()
        for words in losses(self._message):
            self._builder.report("dropped_text", f"Part of the mail may be missing: {words}.")
        attachments = [part for part in leaves(self._message) if not self._write_body(part)]
        for part in attachments:
            self._take_out(part)
        self._report_encryption(attachments)
        if self._parts.dropped:
            self._builder.report("too_large", f"{self._parts.dropped} attachments were not taken out: too many.")
        return Reading(
            text=self._builder.text,
            blocks=self._builder.blocks,
            issues=self._builder.issues,
            parts=self._parts.parts,
            title=self._subject,
            sender=", ".join(addresses(self._values("from")) or addresses(self._values("sender"))),
            recipients=addresses(self._values("to") + self._values("cc") + self._values("bcc")),
            times=self._times(),
        )

    def _values(self, name: str) -> list[str]:
        return [header.value for header in self._headers if header.name.lower() == name and header.value]

    def _times(self) -> tuple[StatedTime, ...]:
        times = [StatedTime(value, "sent") for value in self._values("date")]
        for value in self._values("received"):
            stamp = value.rpartition(";")[2].strip()
            if stamp:
                times.append(StatedTime(stamp, "received"))
        return tuple(times[:MOST_TIMES])

    def _write_headers(self) -> None:
        """Who wrote to whom, when and about what, first; then how the mail travelled, in the order of the file."""
        letter = [header for header in self._headers if header.name.lower() in _CORRESPONDENCE]
        transport = [header for header in self._headers if header.name.lower() not in _CORRESPONDENCE]
        for number, group in enumerate((letter, transport), 1):
            self._write_header_block(group, number)

    def _write_header_block(self, headers: list[Header], number: int) -> None:
        text = "\n".join(f"{header.name}: {header.value}" for header in headers)
        self._builder.add(
            "mail_headers", text, lambda start, end: MailPartLocator("headers", start, end, number), separator="\n\n"
        )

    def _write_body(self, part: MimePart) -> bool:
        """Write `part` where it is something to read in the mail itself; False where it is a file to take out."""
        if part.media_type not in {"text/plain", "text/html", "text/enriched"}:
            return False
        if part.disposition == "attachment" or part.name:
            return False
        data = content(part)
        if not data.strip():
            return True
        if part.media_type == "text/html":
            self._write_html(part, data)
        else:
            self._write_plain(part, self._decoded(part, data))
        return True

    def _write_plain(self, part: MimePart, text: str) -> None:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        if "\0" in text:
            self._builder.report("low_confidence", "The mail's text holds NUL characters.")
        if _PGP_MESSAGE in text:
            self._builder.report("dropped_text", "The mail's text holds a PGP message, encrypted; ask for its key.")
        name = self._body_name(part)
        if part.group and text.strip():
            said = self._said.setdefault(part.group, _Said(_words(self._subject), set()))
            said.words.update(_words(text))
            said.links.update(_ADDRESS_OF_PAGE.findall(text))
        for paragraph in paragraphs_of(text):
            self._write_paragraph(name, paragraph)

    def _write_html(self, part: MimePart, data: bytes) -> None:
        text = self._decoded(part, data)
        # the mark settles the encoding, whatever the page says of itself
        reading = read_html(b"\xef\xbb\xbf" + text.encode("utf-8", "replace"))
        said = self._said.get(part.group) if part.group else None
        if said is not None:
            self._write_alternative(part, reading, said)
            return
        name = self._body_name(part)
        for block in reading.blocks:
            self._write_html_block(name, block, reading.text)
        for issue in reading.issues:
            self._builder.report(issue.category, issue.message)

    def _write_alternative(self, part: MimePart, reading: HtmlText, said: _Said) -> None:
        """Of a version that should repeat the plain text, write what the plain text does not say."""
        links: dict[str, None] = {}
        before = self._builder.length
        for block in reading.blocks:
            text = reading.text[block.locator.start : block.locator.end]
            if _words(text) <= said.words:
                links.update(dict.fromkeys(link for link in _ADDRESS_OF_PAGE.findall(text) if link not in said.links))
            else:
                self._write_html_block(part.number, block, reading.text)
        if self._builder.length > before:
            place = MailPartLocator(part.number, before, self._builder.length)
            message = f"Part {part.number} (HTML) says something that the plain text, which it should repeat, does not."
            self._builder.report("hidden_text", message, place)
        for link in list(links)[:MOST_LINKS]:
            self._write_paragraph(part.number, f"[link: {link}]")

    def _write_html_block(self, name: str, block: Block, text: str) -> None:
        start = block.locator.start
        cells = tuple(replace(cell, start=cell.start - start, end=cell.end - start) for cell in block.cells)
        number = self._next_paragraph(name)
        self._builder.add(
            block.kind if block.kind != "title" else "heading",
            text[start : block.locator.end],
            lambda begin, end: MailPartLocator(name, begin, end, number),
            separator="\n" if block.kind in {"row", "header_row", "list_item"} else "\n\n",
            context=" ".join(piece for piece in (self._subject, block.context) if piece),
            cells=cells,
        )

    def _write_paragraph(self, name: str, text: str) -> None:
        number = self._next_paragraph(name)
        self._builder.add(
            "paragraph",
            text,
            lambda start, end: MailPartLocator(name, start, end, number),
            separator="\n\n",
            context=self._subject,
        )

    def _next_paragraph(self, name: str) -> int:
        self._paragraphs[name] = self._paragraphs.get(name, 0) + 1
        return self._paragraphs[name]

    def _body_name(self, part: MimePart) -> str:
        """`body` for the first text of the mail, the MIME number for others."""
        if self._has_body:
            return part.number
        self._has_body = True
        return "body"

    def _decoded(self, part: MimePart, data: bytes) -> str:
        declared = guarded(part.message.get_content_charset, None)
        decoded: Decoded = decode(data, declared)
        for issue in decoded.issues():
            self._builder.report(issue.category, issue.message)
        return decoded.text

    def _take_out(self, part: MimePart) -> None:
        data = content(part)
        name = part.name or self._made_up_name(part)
        inline = part.disposition == "inline" or part.message.get("Content-ID") is not None
        self._parts.write(name, (data,), "inline" if inline else "attachment", self._modified(part))
        note = f"[attachment {part.number}: {' '.join(name.split())}, {part.media_type}, {len(data)} bytes]"
        number = part.number
        self._builder.add(
            "paragraph",
            note,
            lambda start, end: MailPartLocator(number, start, end),
            separator="\n\n",
            context=self._subject,
        )

    def _modified(self, part: MimePart) -> str:
        stated = guarded(lambda: part.message.get_param("modification-date", None, "content-disposition"), None)
        return decode_value(stated) if isinstance(stated, str) else ""

    def _made_up_name(self, part: MimePart) -> str:
        if part.is_message:
            payload = part.message.get_payload()
            inner = payload[0] if isinstance(payload, list) and payload else None
            subject = first(headers_of(inner), "subject") if isinstance(inner, Message) else ""
            return f"{subject or f'message {part.number}'}.eml"
        return f"part {part.number}"

    def _report_encryption(self, parts: list[MimePart]) -> None:
        whole = guarded(self._message.get_content_type, "") == "multipart/encrypted"
        if whole or any(part.media_type in _ENCRYPTED_TYPES or _is_enveloped(part) for part in parts):
            self._builder.report("encrypted", "The mail's content is encrypted; only its headers were read.")


def _is_enveloped(part: MimePart) -> bool:
    """Whether this is S/MIME's encrypted form; its signed form can be read by whoever opens it (RFC 8551, 3.2)."""
    if part.media_type not in {"application/pkcs7-mime", "application/x-pkcs7-mime"}:
        return False
    return guarded(lambda: part.message.get_param("smime-type"), None) not in {"signed-data", "certs-only"}


def paragraphs_of(text: str) -> Iterator[str]:
    """Stretches of lines that are not blank."""
    lines: list[str] = []
    for line in text.split("\n"):
        if line.strip():
            lines.append(line)
        elif lines:
            yield "\n".join(lines)
            lines = []
    if lines:
        yield "\n".join(lines)


def _words(text: str) -> set[str]:
    # where links lead is not what a version says: many plain texts leave it out
    shown = _ADDRESS_OF_PAGE.sub(" ", text)
    return {match[0].lower() for match in _WORD.finditer(shown)}
