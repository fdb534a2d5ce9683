"""Web addresses, also defanged ones (`hxxps://evil[.]example`), normalised to their working form.

Source of the normal form: RFC 3986, section 6.2.2 (scheme and host in lower case, default port left out).
"""

import re
from collections.abc import Iterator

from casefile.records import Identifier, IdentifierKind, Tier
from ingest.identifiers.port import FindingContext

_SCHEME = re.compile(
    r"(?<![^\W_])(?:(?:h(?:tt|xx|\*\*)ps?|ftps?|fxps?|sftp|wss?|ipfs|tor)(?:\[?:\]?//|\[://\]|\(:\)//)|(?=www\d?(?:\.|\[\.\])\w))",
    re.IGNORECASE,
)
_BODY = re.compile(r"(?:[^\s<>\"`\[\](){}|\\^\u201c\u201d\u201e\u00ab\u00bb\x00-\x1f]|[\[({]\.[\])}]|\[:\]|[()\[\]])+")
_DEFANGED_HOST = re.compile(
    r"(?<![\w.\]@-])[^\W_][\w-]{0,62}(?:\.[\w-]{1,63}){0,6}(?:(?:\[\.\]|\(\.\)|\{\.\}|\[dot\])[\w-]{1,63}(?:\.[\w-]{1,63}){0,3}){1,8}"
    r"(?:/[^\s<>\"]{0,1000})?",
    re.IGNORECASE,
)
_DOTS = re.compile(r"\[\.\]|\(\.\)|\{\.\}|\[dot\]", re.IGNORECASE)
_TRAILING = frozenset(".,;:!?'\u2019*_\u2026")
_CLOSING = {")": "(", "]": "["}
_DEFAULT_PORTS = {"http": ":80", "https": ":443", "ftp": ":21", "ws": ":80", "wss": ":443"}


class UrlFinder:
    """Finds URLs; the normal form is refanged, scheme and host in lower case."""

    kind: IdentifierKind = "url"

    def find(self, text: str, context: FindingContext) -> Iterator[Identifier]:  # noqa: ARG002 the same everywhere
        """Yield URLs with a scheme or `www.` (tier 1) and defanged bare hosts (tier 2)."""
        position = 0
        while match := _SCHEME.search(text, position):
            body = _BODY.match(text, match.end())
            if body is None:
                position = match.end() + 1
                continue
            end = _without_trailing(text, match.end(), body.end())
            position = body.end()
            host = _DOTS.sub(".", text[match.end() : min(end, match.end() + 300)])
            if end > match.end() and (host[0].isalnum() or host[0] == "["):
                raw = text[match.start() : end]
                rule = "url:scheme" if match.end() > match.start() else "url:www"
                normal = _normal(raw)
                yield _identifier(
                    raw,
                    normal,
                    1,
                    rule if normal.lower().startswith(raw[:8].lower()) else "url:refanged",
                    match.start(),
                )
        for match in _DEFANGED_HOST.finditer(text):
            end = _without_trailing(text, match.start(), match.end())
            raw = text[match.start() : end]
            if not _inside_url(text, match.start()):
                yield _identifier(raw, _normal(raw), 2, "url:defanged_host", match.start())


def _identifier(raw: str, normal: str, tier: Tier, rule: str, start: int) -> Identifier:
    return Identifier("url", raw, normal, tier, rule, start, start + len(raw))


def _inside_url(text: str, start: int) -> bool:
    return text[max(0, start - 2) : start] in ("//", "/]")


def _without_trailing(text: str, start: int, end: int) -> int:
    """Leave out punctuation of the sentence around it; a closing bracket stays where its opening one is inside."""
    surplus = {
        close: text.count(close, start, end) - text.count(opening, start, end) for close, opening in _CLOSING.items()
    }
    while end > start:
        last = text[end - 1]
        if last in _CLOSING and surplus[last] > 0 and text[end - 3 : end] not in ("[.]", "(.)"):
            surplus[last] -= 1
        elif last not in _TRAILING and last not in "([":
            break
        end -= 1
    return end


def _normal(raw: str) -> str:
    plain = _DOTS.sub(".", raw).replace("[:]", ":").replace("[://]", "://").replace("(:)", ":")
    scheme, separator, rest = plain.partition("://")
    if not separator:
        scheme, rest = "", plain
    scheme = scheme.lower().replace("hxxp", "http").replace("h**p", "http").replace("fxp", "ftp")
    cut = min((position for position in map(rest.find, "/?#") if position != -1), default=len(rest))
    authority, path = rest[:cut], rest[cut:]
    user, at, host = authority.rpartition("@")
    host = host.lower().rstrip(".").removesuffix(_DEFAULT_PORTS.get(scheme, "\0"))
    if path == "/":
        path = ""
    return f"{scheme}{separator}{user}{at}{host}{path}"
