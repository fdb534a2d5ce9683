r"""Names and texts from evidence, made safe for a terminal.

A file may be called `\x1b[2J` or hold a line break and a forged ledger line; a quote may hold both. What drives a
terminal or turns the writing direction round is shown as an escape instead. JSON and `text` stay exact.
"""

import re

_CONTROLS = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff"
_IN_A_TEXT = re.compile(f"[{_CONTROLS}]")
_IN_A_LINE = re.compile(f"[{_CONTROLS}\\t\\n\\u2028\\u2029]")
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def printable(text: str) -> str:
    r"""The text as one line: line breaks, control characters and direction marks as escapes such as `\n`."""
    return _IN_A_LINE.sub(_escape, text)


def printable_text(text: str) -> str:
    """The same, but line breaks and tabs stay; a carriage return before a line break goes."""
    return _IN_A_TEXT.sub(_escape, text.replace("\r\n", "\n"))


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    code = ord(character)
    return _SHORT.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")
