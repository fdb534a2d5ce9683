"""Decodes mail headers as they come: encoded words, raw 8-bit bytes, folded lines; in linear time and without raising.

`email.policy.default` decodes headers too, but its parser raises on broken ones and takes quadratic time on long ones.
So mails are parsed with `email.policy.compat32`, and what a header holds is decoded here (RFC 2047, RFC 5322).
"""

import base64
import binascii
import email.utils
import quopri
import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import Message

from ingest.readers.decoding import decode, usable_codec
from ingest.readers.text_builder import storable

LONGEST_HEADER = 200_000
"""Code points of one header that are decoded; recipients of a large mail fit."""

MOST_ADDRESSES = 5_000

_ENCODED_WORD = re.compile(r"=\?([^?\s*]{1,60})(?:\*[^?\s]{0,30})?\?([bBqQ])\?([^?\r\n]{0,20000})\?=")
_FOLD = re.compile(r"\r?\n[ \t]*|\r")
_BLANK = re.compile(r"[\s\x00]*")


@dataclass(frozen=True, slots=True)
class Header:
    """One header: its name as written, and its decoded value on one line."""

    name: str
    value: str


def headers_of(message: Message) -> tuple[Header, ...]:
    """All headers in their order, decoded."""
    return tuple(Header(storable(name), decode_value(str(value))) for name, value in message.raw_items())


def first(headers: Iterable[Header], name: str) -> str:
    """The value of the first header of that name, empty where there is none."""
    return next((header.value for header in headers if header.name.lower() == name), "")


def decode_value(raw: str) -> str:
    """A header's value on one line: bytes above 127 decoded by what they look like, encoded words by what they say."""
    raw = raw[:LONGEST_HEADER]
    if any("\udc80" <= character <= "\udcff" for character in raw):
        raw = decode(raw.encode("utf-8", "surrogateescape")).text
    return storable(_decode_words(_FOLD.sub(" ", raw))).strip()


def addresses(values: Iterable[str]) -> tuple[str, ...]:
    """Names and addresses of decoded address headers, as `Name <address>` or the address alone."""
    found: list[str] = []
    for value in values:
        if len(found) >= MOST_ADDRESSES:
            break
        try:
            pairs = email.utils.getaddresses([value])
        except (ValueError, IndexError, TypeError, RecursionError):
            pairs = []
        # the library gives an empty pair for what it does not trust: the header as written is better than nothing
        shown = [email_form(name, address) for name, address in pairs if address or name] or [value.strip()]
        found.extend(address for address in shown if address)
    return tuple(found[:MOST_ADDRESSES])


def email_form(name: str, address: str) -> str:
    """`Name <address>`, or whichever of the two is there."""
    return f"{name.strip()} <{address.strip()}>" if name.strip() and address.strip() else (address or name).strip()


def _decode_words(text: str) -> str:
    pieces: list[str] = []
    position = 0
    pending: list[bytes] = []
    charset = ""
    for match in _ENCODED_WORD.finditer(text):
        between = text[position : match.start()]
        joined = bool(pending) and _BLANK.fullmatch(between) is not None
        # blanks between encoded words are no text, and a character may be torn between two words of one charset
        if pending and not (joined and match[1].lower() == charset):
            pieces.append(_to_text(pending, charset))
            pending = []
        if not joined:
            pieces.append(between)
        charset = match[1].lower()
        pending.append(_word_bytes(match[2], match[3]))
        position = match.end()
    if pending:
        pieces.append(_to_text(pending, charset))
    pieces.append(text[position:])
    return "".join(pieces)


def _to_text(words: list[bytes], charset: str) -> str:
    data = b"".join(words)
    codec = usable_codec(charset)
    if codec is not None:
        try:
            return data.decode(codec)
        except (UnicodeError, ValueError):
            return decode(data, charset).text
    return decode(data, charset).text


def _word_bytes(encoding: str, word: str) -> bytes:
    data = word.encode("utf-8", "replace")
    if encoding in "qQ":
        return quopri.decodestring(data.replace(b"_", b"=20"))
    try:
        return base64.b64decode(data + b"=" * (-len(data) % 4)) or data
    except (binascii.Error, ValueError):
        return data
