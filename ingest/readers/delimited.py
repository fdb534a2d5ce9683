"""Reads delimited tables (CSV, TSV): the text is exactly the decoded characters, cells carry offsets into it."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from casefile.errors import UntrustedInputError
from casefile.locators import CellsLocator
from casefile.records import Cell, CellType, Issue
from ingest.readers.containers import refuse_empty
from ingest.readers.decoding import decode_stream
from ingest.readers.sheet_values import column_name
from ingest.readers.tables import MOST_NAMED_COLUMNS, column_context, find_header
from ingest.reading import Block, BlockKind, Reading, Source

DELIMITERS = (",", ";", "\t", "|")
SAMPLE_CHARACTERS = 64_000
SAMPLE_ROWS = 30
MOST_COLUMNS = 16_384
_LONGEST_NUMBER = 40
_PLAIN_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?$", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+$", re.ASCII)
_GROUPED_POINT = re.compile(r"[-+]?\d{1,3}(?:,\d{3})+\.\d+$", re.ASCII)
_GROUPED_COMMA = re.compile(r"[-+]?\d{1,3}(?:\.\d{3})+,\d+$", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:?\d{2})?)?$", re.ASCII)
_SEPARATOR_LINE = re.compile(r"sep=(.)(?:\r\n|\n|\r)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Field:
    """A field: its place without quotes, and its value with doubled quotes undone."""

    start: int
    end: int
    value: str


@dataclass(frozen=True, slots=True)
class _Record:
    start: int
    end: int
    fields: tuple[_Field, ...]


class DelimitedReader:
    """CSV and TSV in any encoding, with any common delimiter, quoted fields and line breaks in them (RFC 4180)."""

    name = "delimited"
    version = "1"
    media_types = frozenset({"text/csv", "text/tab-separated-values"})

    def read(self, source: Source) -> Reading:
        """Read the table. Raises `UntrustedInputError` empty where there is nothing but blanks."""
        refuse_empty(source)
        source.stream.seek(0)
        decoded = decode_stream(source.stream, source.limits.text_characters)
        text, issues = decoded.text, list(decoded.issues())
        if not text.strip():
            raise UntrustedInputError("empty", "The table holds nothing but blanks.")
        blocks = tuple(_blocks(text, source, issues))
        return Reading(text, blocks, tuple(issues))


def _blocks(text: str, source: Source, issues: list[Issue]) -> Iterator[Block]:
    first = _SEPARATOR_LINE.match(text)
    delimiter = first[1] if first else find_delimiter(text, source.media_type)
    sample: list[_Record] = []
    for record in _records(text, delimiter, 0):
        sample.append(record)
        if len(sample) >= SAMPLE_ROWS:
            break
    plain = [[field.value for field in record.fields] for record in sample]
    if first:
        plain[0] = []  # `sep=;` tells Excel the delimiter and is no title
    header_at = find_header(plain)
    header = () if header_at is None else tuple(plain[header_at][:MOST_NAMED_COLUMNS])
    context = column_context(header)
    for number, record in enumerate(_records(text, delimiter, 0), 1):
        if number > source.limits.rows:
            # what is not cut into rows is still text, and every stretch of text has a block
            issues.append(Issue("read", "too_large", f"Only the first {source.limits.rows:,} rows were told apart."))
            yield from _rest(text, record.start, number)
            return
        if text[record.start : record.end].strip():
            yield _block(
                record, number, header, context, below=number - 1 - (len(sample) if header_at is None else header_at)
            )


def _block(record: _Record, number: int, header: tuple[str, ...], context: str, below: int) -> Block:
    """The block of a record that stands `below` rows under the header row: 0 for the header, negative above it."""
    last = column_name(max(len(record.fields) - 1, 0))
    cells = f"A{number}:{last}{number}" if len(record.fields) > 1 else f"A{number}"
    locator = CellsLocator("", cells, record.start, record.end, header if below > 0 else ())
    typed_cells = tuple(_cell(column, field) for column, field in enumerate(record.fields))
    kind: BlockKind = "header_row" if header and below == 0 else "row"
    return Block(kind, locator, context if below > 0 else "", typed_cells)


def _rest(text: str, start: int, number: int) -> Iterator[Block]:
    end = start + len(text[start:].rstrip())
    if text[start:end].strip():
        yield Block("row", CellsLocator("", f"A{number}", start, end))


def _cell(column: int, field: _Field) -> Cell:
    kind, value = typed(field.value)
    return Cell(column, kind, value, field.start, field.end)


def typed(raw: str) -> tuple[CellType, str]:
    """Type and normal form of a field. Digits that start with 0 or are more than 15 are text: they name something."""
    text = raw.strip()
    if not text:
        return "empty", ""
    if len(text) > _LONGEST_NUMBER:
        return "text", raw
    if text[0] not in "0123456789+-":
        return ("boolean", text.upper()) if text.lower() in {"true", "false"} else ("text", raw)
    if _DATE.match(text):
        return "date", text.replace(" ", "T")
    if _PLAIN_NUMBER.match(text):
        digits = text.lstrip("+-").partition(".")[0]
        names = len(digits) > 15 or (digits.startswith("0") and len(digits) > 1) or text.startswith("+")
        return ("text", text) if names else ("number", text)
    if _DECIMAL_COMMA.match(text):
        # 1,234 may be a thousand or a little over one
        ambiguous = len(text.rpartition(",")[2]) == 3 and not text.lstrip("-+").startswith("0")
        return ("text", text) if ambiguous else ("number", text.replace(",", "."))
    if _GROUPED_POINT.match(text):
        return "number", text.replace(",", "")
    if _GROUPED_COMMA.match(text):
        return "number", text.replace(".", "").replace(",", ".")
    return "text", raw


def find_delimiter(text: str, media_type: str) -> str:
    """The delimiter that cuts the first records most evenly into the most columns."""
    sample = text[:SAMPLE_CHARACTERS]
    best, best_score = ("\t" if media_type == "text/tab-separated-values" else ","), 0.0
    for delimiter in (best, *(other for other in DELIMITERS if other != best)):
        counts: Counter[int] = Counter()
        for record in _records(sample, delimiter, SAMPLE_ROWS):
            if sample[record.start : record.end].strip():
                counts[len(record.fields)] += 1
        if not counts:
            continue
        columns, agreeing = max(counts.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]))
        score = (agreeing / counts.total()) ** 2 * min(columns - 1, 20) ** 0.5 if columns > 1 else 0.0
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _records(text: str, delimiter: str, most: int) -> Iterator[_Record]:
    """Records of the text; `most` 0 for all. Linear: every character is passed once.

    A quote that is never closed would swallow the rest of the file: it counts as an ordinary character.
    """
    breaks = re.compile(r"\r\n|\n|\r|" + re.escape(delimiter))
    last_quote = text.rfind('"')
    position = 0
    count = 0
    while position < len(text) and (not most or count < most):
        start = position
        fields: list[_Field] = []
        end = start
        ended = False
        while not ended:
            field, position = _field(text, position, breaks, last_quote)
            if len(fields) < MOST_COLUMNS:
                fields.append(field)
            mark = breaks.match(text, position)
            end = position
            ended = mark is None or mark[0] != delimiter
            position = len(text) if mark is None else mark.end()
        count += 1
        yield _Record(start, end, tuple(fields))


def _field(text: str, start: int, breaks: re.Pattern[str], last_quote: int) -> tuple[_Field, int]:
    """The field at `start`, and where the delimiter or line end after it stands."""
    if text[start : start + 1] == '"' and start < last_quote:
        close = start + 1
        while (close := text.find('"', close)) >= 0 and text[close + 1 : close + 2] == '"':
            close += 2
        if close >= 0:
            mark = breaks.search(text, close + 1)
            end = mark.start() if mark else len(text)
            inner = text[start + 1 : close]
            if end == close + 1:
                return _Field(start + 1, close, inner.replace('""', '"')), end
            # something stands between the closing quote and the delimiter: the field as it is
            return _Field(start, end, text[start:end]), end
    mark = breaks.search(text, start)
    end = mark.start() if mark else len(text)
    return _Field(start, end, text[start:end]), end
