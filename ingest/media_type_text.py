"""Which kind of text a text is: mail, web page, data, table, Markdown or plain.

The form decides where it is unmistakable; where two kinds fit, the name's ending does.
"""

import csv
import json
import re
from collections import Counter
from pathlib import PurePosixPath

BY_ENDING = {
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".tab": "text/tab-separated-values",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".json": "application/json",
    ".geojson": "application/geo+json",
    ".jsonl": "application/x-ndjson",
    ".ndjson": "application/x-ndjson",
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "text/html",
    ".xml": "application/xml",
    ".eml": "message/rfc822",
    ".emlx": "message/rfc822",
    ".mbox": "application/mbox",
}
PLAIN_ENDINGS = frozenset({".txt", ".text", ".log", ".md", ".markdown", ".rst", ".org"})
SAMPLE_LINES = 60
MARKED_STARTS: tuple[tuple[str, str], ...] = (
    ("begin:vcard", "text/vcard"),
    ("begin:vcalendar", "text/calendar"),
    ("-----begin pgp message-----", "application/pgp-encrypted"),
    ("{\\rtf", "application/rtf"),
)
HEADER_LINE = re.compile(r"([!-9;-~]{1,76}):(?:[ \t]|$)")
MAIL_HEADERS = frozenset(
    {
        *("from", "to", "cc", "bcc", "subject", "date", "received", "message-id", "mime-version", "return-path"),
        *(
            "content-type",
            "delivered-to",
            "reply-to",
            "sender",
            "in-reply-to",
            "references",
            "importance",
            "x-priority",
        ),
        *("content-transfer-encoding", "x-mailer", "dkim-signature"),
    }
)
# A memorandum also begins with From, To and Subject; these are written by programs only.
MACHINE_HEADERS = frozenset({"received", "message-id", "mime-version", "return-path", "dkim-signature", "delivered-to"})
FROM_LINE = re.compile(r"From \S+ .*\d\d:\d\d.*(?:\r\n|\n|\r)")
HTML_START = re.compile(r"<(?:!doctype\s+html|html|head|body|meta|title)\b", re.IGNORECASE)
HTML_TAG = re.compile(
    r"</?(?:p|div|span|table|tr|td|h[1-6]|br|a|ul|ol|li|img|font|center|b|i|em|strong|pre|form|script|style|section)\b"
    r"[^<>]{0,400}>",
    re.IGNORECASE,
)
XML_START = re.compile(r"<(?:\?xml\b|!DOCTYPE\b|!--|[A-Za-z_][\w.:-]*(?:\s[^<>]*)?/?>)")
XML_ROOT = re.compile(r"<([A-Za-z_][\w.:-]*)")
XML_PROLOG = re.compile(r"\s*(?:<\?[^>]*\?>|<!--(?:[^-]|-(?!->))*-->|<!DOCTYPE[^<>\[]*>)")
XML_ROOTS = {
    "html": "text/html",
    "svg": "image/svg+xml",
    "gpx": "application/gpx+xml",
    "kml": "application/vnd.google-earth.kml+xml",
}
JSON_START = re.compile(r'\{\s*(?:"|\}|$)|\[\s*(?:["{\[\]\d-]|true|false|null|$)')
MARKDOWN_MARKS = tuple(
    re.compile(mark, re.MULTILINE)
    for mark in (
        r"^#{1,6} \S",
        r"^(?:```|~~~)",
        r"^\|?(?: *:?-{3,}:? *\|)+",
        r"\[[^\]\n]{1,200}\]\([^)\s]{1,500}\)",
        r"\*\*[^*\n]{1,200}\*\*",
        r"^[-*+] \S",
    )
)


def text_media_type(text: str, untrusted_name: str, *, whole: bool) -> str:
    """The kind of a text.

    Args:
        text: the file's decoded beginning.
        untrusted_name: only its ending is looked at.
        whole: `text` is all there is.
    """
    ending = PurePosixPath(untrusted_name.lower()).suffix if len(untrusted_name) < 4096 else ""
    body = text.lstrip("\ufeff \t\r\n\f\0")
    if not body:
        return "text/plain"
    start = body[:40].lower()
    marked = next((kind for mark, kind in MARKED_STARTS if start.startswith(mark)), None)
    if marked:
        return marked
    return (
        _mail(body, ending)
        or _marked_up(body, ending)
        or _json(body, whole=whole, ending=ending)
        or _named(body, ending)
        or _table(body, whole=whole)
        or _markdown(body)
        or "text/plain"
    )


def _mail(body: str, ending: str) -> str | None:
    if FROM_LINE.match(body) and _headers(body.split("\n", 1)[1]):
        return "application/mbox"
    names = _headers(body)
    known = names & MAIL_HEADERS
    if names & MACHINE_HEADERS and len(known) >= 2:
        return "message/rfc822"
    if ending in PLAIN_ENDINGS or len(known) < 2:
        return None
    return "message/rfc822" if known & {"from", "to", "subject", "date"} else None


def _headers(body: str) -> frozenset[str]:
    """The names in an RFC 5322 header block at the start, in small letters; empty where it is none."""
    names: set[str] = set()
    odd = 0
    for number, line in enumerate(re.split(r"\r\n|\n|\r", body[:32_768])):
        if not line.strip():
            break
        if line[0] in " \t" and names:
            continue
        found = HEADER_LINE.match(line)
        if not found:
            odd += 1
            if odd > 1 or number == 0:
                return frozenset()
            continue
        names.add(found.group(1).lower())
    return frozenset(names)


def _marked_up(body: str, ending: str) -> str | None:
    if not body.startswith("<"):
        # text before the first tag: a web page by name, and by at least a few tags
        return "text/html" if BY_ENDING.get(ending) == "text/html" and HTML_TAG.search(body) else None
    rest = body
    for _ in range(16):
        prolog = XML_PROLOG.match(rest)
        if not prolog:
            break
        rest = rest[prolog.end() :].lstrip()
    if HTML_START.match(rest) or HTML_START.match(body):
        return "text/html"
    if body.startswith("<?xml"):
        return _by_root(rest) or "application/xml"
    if HTML_TAG.match(rest):
        return "text/html"
    if not XML_START.match(body):
        return None
    return _by_root(rest) or ("text/html" if BY_ENDING.get(ending) == "text/html" else "application/xml")


def _by_root(rest: str) -> str | None:
    root = XML_ROOT.search(rest[:4096])
    return XML_ROOTS.get(root.group(1).rpartition(":")[2].lower()) if root else None


def _json(body: str, *, whole: bool, ending: str) -> str | None:
    if not JSON_START.match(body):
        return None
    lines = [line for line in re.split(r"\r\n|\n|\r", body) if line.strip()]
    complete = lines if whole else lines[:-1]
    if len(complete) >= 2 and all(_is_json(line) and line.lstrip()[0] in "{[" for line in complete[:5]):
        return "application/x-ndjson"
    if _is_json(body) if whole else _begins_json(body):
        geo = BY_ENDING.get(ending) == "application/geo+json" or re.match(r'\{\s*"type"\s*:\s*"FeatureColl', body)
        return "application/geo+json" if geo else "application/json"
    return None


def _is_json(text: str) -> bool:
    try:
        json.loads(text, parse_int=len, parse_float=len)
    except RecursionError:
        return True
    except ValueError:
        return False
    return True


def _begins_json(text: str) -> bool:
    """The text breaks off where the sample ends, not where JSON is broken."""
    try:
        _, end = json.JSONDecoder(parse_int=len, parse_float=len).raw_decode(text)
    except RecursionError:
        return True
    except json.JSONDecodeError as error:
        # an unterminated string is reported where it begins
        return error.pos >= len(text) - 8 or error.msg.startswith("Unterminated string")
    return not text[end:].strip()


def _named(body: str, ending: str) -> str | None:
    named = BY_ENDING.get(ending)
    if named in {"text/csv", "text/tab-separated-values", "text/markdown", "application/x-ndjson"}:
        return named
    if named == "application/json" and JSON_START.match(body):
        return named
    return None


def _table(body: str, *, whole: bool) -> str | None:
    """A table by form alone: three rows or more, all with the same number of short fields."""
    lines = re.split(r"\r\n|\n|\r", body[:32_768])
    if not whole or len(body) > 32_768:
        lines = lines[:-1]
    lines = [line for line in lines[:SAMPLE_LINES] if line.strip()]
    if len(lines) < 3:
        return None
    for delimiter, least in (("\t", 2), (";", 2), ("|", 3), (",", 3)):
        if _even_rows(lines, delimiter, least):
            return "text/tab-separated-values" if delimiter == "\t" else "text/csv"
    return None


def _even_rows(lines: list[str], delimiter: str, least: int) -> bool:
    if delimiter == "|" and any("---|" in line.replace(" ", "") for line in lines[:3]):
        return False  # a Markdown table
    try:
        rows = list(csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        return False
    widths = Counter(len(row) for row in rows)
    width, count = widths.most_common(1)[0]
    longest = max(len(field) for row in rows for field in row) if any(rows) else 0
    return width >= least and count >= 0.9 * len(rows) and longest <= 500


def _markdown(body: str) -> str | None:
    kinds = sum(1 for mark in MARKDOWN_MARKS if mark.search(body))
    headings = len(MARKDOWN_MARKS[0].findall(body))
    # comment lines of scripts look like headings: another mark must be there
    return "text/markdown" if headings and kinds >= 2 and not body.startswith("#!") else None
