"""E-mail addresses (RFC 5321 in the form people write), and those spelled to hide from machines.

Search starts at each `@` and goes outward over a bounded stretch, so long runs of letters cost nothing.
"""

import re
from collections.abc import Iterator

from casefile.records import Identifier, IdentifierKind
from ingest.identifiers.port import FindingContext

_LOCAL_CHARACTERS = 64
"""RFC 5321, section 4.5.3.1.1."""
_LOCAL_EXTRA = frozenset("._%+-'&=~")
_DOMAIN = re.compile(
    r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}(?:xn--[a-z0-9-]{2,59}|[^\W\d_]{2,24})(?![\w-])", re.IGNORECASE
)
_AT_SPELLED = re.compile(r"\s?[\[({<]\s?(?:at|ät|arobase|arroba|apenstaartje)\s?[\])}>]\s?", re.IGNORECASE)
_AT_WORD = re.compile(r"(?<=\w)\s(?:at|AT)\s(?=[\w-]{1,63}\s(?:dot|DOT)\s\w{2,24})")
_HOST_SPELLED = re.compile(
    r"[\w-]{1,63}(?:(?:\.|\s?[\[({]\s?(?:dot|punkt|point|punt|punto|\.)\s?[\])}]\s?|\s(?:dot|DOT)\s)[\w-]{1,63}){1,6}",
    re.IGNORECASE,
)
_DOT_SPELLED = re.compile(r"\s?[\[({]\s?(?:dot|punkt|point|punt|punto|\.)\s?[\])}]\s?|\sdot\s", re.IGNORECASE)


def _local_start(text: str, at: int) -> int:
    """Go back from `at` over the characters that a local part may have."""
    start = at
    lowest = max(0, at - _LOCAL_CHARACTERS - 1)
    while start > lowest and (text[start - 1].isalnum() or text[start - 1] in _LOCAL_EXTRA):
        start -= 1
    while start < at and text[start] in "._%+-'&=~":
        start += 1
    return start


class EmailFinder:
    """Finds e-mail addresses; the normal form is lower case."""

    kind: IdentifierKind = "email"

    def find(self, text: str, context: FindingContext) -> Iterator[Identifier]:  # noqa: ARG002 the same everywhere
        """Yield plain addresses (tier 1) and spelled-out ones (tier 3)."""
        end = 0
        at = text.find("@")
        while at != -1:
            start = max(_local_start(text, at), end)
            domain = _DOMAIN.match(text, at + 1)
            if domain and 0 < at - start <= _LOCAL_CHARACTERS and text[at - 1] != ".":
                end = domain.end()
                raw = text[start:end]
                yield Identifier("email", raw, raw.lower(), 1, "email:address", start, end)
            at = text.find("@", at + 1)
        yield from _spelled(text)


def _spelled(text: str) -> Iterator[Identifier]:
    end = 0
    signs = sorted((*_AT_SPELLED.finditer(text), *_AT_WORD.finditer(text)), key=lambda match: match.start())
    for sign in signs:
        start = max(_local_start(text, sign.start()), end)
        host = _HOST_SPELLED.match(text, sign.end())
        if host is None or start >= sign.start():
            continue
        domain = _DOT_SPELLED.sub(".", host[0]).lower()
        plain = _DOMAIN.match(domain)
        if plain is None or plain.end() != len(domain):
            continue
        end = host.end()
        local = text[start : sign.start()].lower()
        yield Identifier("email", text[start:end], f"{local}@{domain}", 3, "email:obfuscated", start, end)
