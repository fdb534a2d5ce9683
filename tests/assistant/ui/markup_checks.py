"""Reads a rendered page as a browser does (html5lib, the WHATWG algorithm) and tells what our templates never make."""

import re
from functools import cache
from urllib.parse import urlsplit

import html5lib

from assistant.ui.templates import FOLDER

ADDRESS_ATTRIBUTES = frozenset(
    {"href", "src", "action", "formaction", "data", "poster", "background", "cite", "ping", "srcset"}
)
PARSER_MADE = frozenset({"html", "head", "body", "tbody", "colgroup"})
"""Elements that the parser adds."""
_TAG = re.compile(r"<([a-zA-Z][\w-]*)((?:[^<>\"]|\"[^\"]*\")*)>")
_ATTRIBUTE = re.compile(r"([a-zA-Z][\w-]*)(?==\"|\s|>|$)")


@cache
def our_elements() -> tuple[frozenset[str], frozenset[str]]:
    """Names of elements and of attributes that stand in our templates."""
    tags, attributes = set(PARSER_MADE), set()
    for path in FOLDER.rglob("*.html"):
        source = re.sub(r"{#.*?#}|{%.*?%}", " ", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        source = re.sub(r"{{.*?}}", "", source, flags=re.DOTALL)
        for tag, rest in _TAG.findall(source):
            tags.add(tag.lower())
            attributes |= {name.lower() for name in _ATTRIBUTE.findall(re.sub(r"\"[^\"]*\"", '"" ', rest))}
    return frozenset(tags), frozenset(attributes)


def intruders(html: str, origin: str = "http://127.0.0.1") -> list[str]:
    """Elements, attributes and addresses of a page that no template of ours makes."""
    tags, attributes = our_elements()
    found = []
    parse = html5lib.parse if "<html" in html[:100] else html5lib.parseFragment
    for element in parse(html, treebuilder="etree", namespaceHTMLElements=False).iter():
        if not isinstance(element.tag, str):
            if (element.text or "").strip():
                found.append("a comment")
            continue
        name = re.sub(r"{.*}", "", element.tag)
        if name not in tags and name != "DOCUMENT_FRAGMENT":
            found.append(f"<{name}>")
        if name == "script" and (element.text or "").strip():
            found.append("a script with a text")
        for key, value in element.attrib.items():
            key = re.sub(r"{.*}", "", str(key)).lower()
            if key not in attributes or key.startswith("on") or key in {"style", "srcdoc"}:
                found.append(f"<{name} {key}>")
            if key in ADDRESS_ATTRIBUTES and not _is_ours(value, origin):
                found.append(f"<{name} {key}={value[:80]!r}>")
    return found


def _is_ours(address: str, origin: str) -> bool:
    """Whether a browser stays on this page's host and takes the address for no script."""
    if re.search(r"[\x00-\x20\\]", address):  # a browser drops some of these, and takes a backslash for a slash
        return False
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return address.startswith(origin)
    return address.startswith(("/", "#", "?")) and not address.startswith("//")


def hidden_orders(html: str) -> list[str]:
    """Characters that turn the direction of writing, drive a terminal or end a text, as they stand in a page."""
    return re.findall(r"[\x00-\x08\x0b\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]", html)
