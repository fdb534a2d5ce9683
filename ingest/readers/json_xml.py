"""JSON, JSON lines and XML: the text is exactly the decoded characters, cut into blocks at their records."""

import io
import json
import re
from collections.abc import Iterator
from xml.sax import SAXException, SAXParseException
from xml.sax.handler import ContentHandler, ErrorHandler, feature_external_ges
from xml.sax.xmlreader import InputSource

from casefile.errors import UntrustedInputError
from casefile.records import Issue
from ingest.readers.decoding import Decoded, decode_stream
from ingest.readers.lines import LineNumbers, line_blocks
from ingest.readers.records import json_stretches, xml_stretches
from ingest.reading import Block, Reading, Source

CHECKED_CHARACTERS = 20_000_000
"""Longer JSON is not parsed as a check: the parsed values take many times the memory of the text."""
ESCAPED = re.compile(r"\\u[0-9a-fA-F]{4}")
JSON_STRING = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\Z)', re.DOTALL)
CONTEXT_CHARACTERS = 1_000
XML_DECLARATION = re.compile(rb"\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']")


class JsonReader:
    """JSON and JSON lines."""

    name = "json"
    version = "1"
    media_types = frozenset({"application/json", "application/geo+json", "application/x-ndjson"})

    def read(self, source: Source) -> Reading:
        r"""Read JSON; a block is a record (an element of the outermost list, a member of the outermost object, a line).

        Where a block holds `\u` escapes, its `context` has the characters that they stand for.

        Raises:
            UntrustedInputError: `empty` where there is nothing but white space.
        """
        decoded = _decoded(source)
        text = decoded.text
        issues = [*decoded.issues()]
        lines = source.media_type == "application/x-ndjson"
        if not decoded.truncated:
            issues.extend(_json_issues(text, lines=lines))
        numbers = LineNumbers(text)
        blocks: list[Block] = []
        for start, end in json_stretches(text, lines=lines):
            for block in line_blocks(text, numbers, "lines", start, end):
                context = _unescaped(text[block.locator.start : block.locator.end])
                blocks.append(Block(block.kind, block.locator, context) if context else block)
        return Reading(text, tuple(blocks), tuple(issues))


class XmlReader:
    """XML of any kind."""

    name = "xml"
    version = "1"
    media_types = frozenset(
        {"application/xml", "application/gpx+xml", "application/vnd.google-earth.kml+xml", "image/svg+xml"}
    )

    def read(self, source: Source) -> Reading:
        """Read XML, tags and all; a block is a record (a child of the root, or of a large child). Nothing is expanded.

        Raises:
            UntrustedInputError: `empty` where there is nothing but white space.
        """
        declaration = XML_DECLARATION.match(source.stream.read(400))
        source.stream.seek(0)
        decoded = _decoded(source, declaration.group(1).decode("ascii") if declaration else None)
        text = decoded.text
        issues = [*decoded.issues()]
        if not decoded.truncated:
            issues.extend(_xml_issues(text))
        numbers = LineNumbers(text)
        blocks: list[Block] = []
        for start, end in xml_stretches(text):
            blocks.extend(line_blocks(text, numbers, "lines", start, end))
        return Reading(text, tuple(blocks), tuple(issues))


def _decoded(source: Source, declared: str | None = None) -> Decoded:
    decoded = decode_stream(source.stream, source.limits.text_characters, declared)
    if not decoded.text.strip():
        raise UntrustedInputError("empty", "The file holds nothing but white space.")
    return decoded


def _json_issues(text: str, *, lines: bool) -> Iterator[Issue]:
    if lines:
        bad = [number for number, line in enumerate(text.split("\n"), 1) if line.strip() and not _is_json(line)]
        if bad:
            message = f"{len(bad)} lines are not JSON, the first is line {bad[0]}; the text was kept as it is."
            yield Issue("read", "corrupt", message)
    elif len(text) <= CHECKED_CHARACTERS and not _is_json(text):
        yield Issue("read", "corrupt", "This is not well-formed JSON (cut off or damaged); the text was kept as it is.")


def _is_json(text: str) -> bool:
    try:
        # numbers are not converted: Python refuses integers of more than 4,300 digits, JSON does not
        json.loads(text, parse_int=len, parse_float=len)
    except RecursionError:
        return True
    except ValueError:
        return False
    return True


def _unescaped(piece: str) -> str:
    """What the strings with escapes in a stretch of JSON stand for, up to `CONTEXT_CHARACTERS`."""
    if not ESCAPED.search(piece):
        return ""
    found: list[str] = []
    for string in JSON_STRING.finditer(piece):
        if ESCAPED.search(string.group()):
            found.append(_string_value(string.group()))
        if sum(map(len, found)) > CONTEXT_CHARACTERS:
            break
    return " ".join(found)[:CONTEXT_CHARACTERS].strip()


def _string_value(literal: str) -> str:
    try:
        value = str(json.loads(literal, strict=False))
    except ValueError:
        return ""
    # half a surrogate pair can be written in JSON, and stored nowhere
    return value.encode("utf-8", "replace").decode("utf-8")


def _xml_issues(text: str) -> Iterator[Issue]:
    """Check that XML is well-formed, with entities refused instead of expanded (billion laughs, XXE)."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.expatreader import DefusedExpatParser

    # a document type that names a file elsewhere is common and harmless: the file is not opened (SAX features below)
    parser = DefusedExpatParser(forbid_dtd=False, forbid_entities=True, forbid_external=False)
    parser.setFeature(feature_external_ges, False)  # noqa: FBT003 - SAX's signature
    parser.setContentHandler(ContentHandler())
    parser.setErrorHandler(ErrorHandler())
    document = InputSource()
    document.setByteStream(io.BytesIO(text.encode("utf-8")))
    document.setEncoding("utf-8")
    try:
        parser.parse(document)
    except DefusedXmlException:
        message = "The XML declares entities; they were not expanded, so text that they stand for is not in its place."
        yield Issue("read", "dropped_text", message)
    except SAXParseException as error:
        message = f"This is not well-formed XML (line {error.getLineNumber()}); the text was kept as it is."
        yield Issue("read", "corrupt", message)
    except (SAXException, ValueError):
        yield Issue("read", "corrupt", "This is not well-formed XML; the text was kept as it is.")
