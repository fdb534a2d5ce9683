"""Cuts RTF into control words, characters and groups, and keeps count of code pages (RTF 1.9.1 specification)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ingest.readers.decoding import usable_codec

TokenKind = Literal["word", "symbol", "hex", "open", "close", "text", "binary"]
_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|[\r\n]+|([^\\{}\r\n]+)", re.DOTALL
)
# font character sets to code pages (specification, section Font Table)
CHARSETS = {
    77: "mac_roman", 78: "shift_jis", 128: "cp932", 129: "cp949", 130: "johab", 134: "gbk", 136: "big5", 161: "cp1253",
    162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874",
    238: "cp1250", 254: "cp437", 255: "cp850",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of RTF: a control word with its number, a control symbol, a byte in hex, a brace, text, binary data."""

    kind: TokenKind
    data: bytes = b""
    number: int | None = None


def tokens(data: bytes) -> Iterator[Token]:
    """The tokens of `data`, in linear time; what is none of RTF is passed over."""
    position = 0
    while position < len(data):
        match = _TOKEN.match(data, position)
        if match is None:
            position += 1
            continue
        position = match.end()
        word, argument, byte, symbol, brace, text = match.groups()
        if word is not None:
            number = None if argument is None else int(argument)
            if word == b"bin" and number is not None and number > 0:
                yield Token("binary", data[position : position + number])
                position += number
            else:
                yield Token("word", word.lower(), number)
        elif byte is not None:
            yield Token("hex", bytes((int(byte, 16),)))
        elif symbol is not None:
            yield Token("symbol", symbol)
        elif brace is not None:
            yield Token("open" if brace == b"{" else "close")
        elif text is not None:
            yield Token("text", text)


def code_page(number: int | None) -> str:
    """The codec of an `ansicpg` number, Windows-1252 where it is not known."""
    if number == 65001:
        return "utf-8"
    return usable_codec(f"cp{number}") or "cp1252"
