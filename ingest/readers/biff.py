"""Looks through the records of an XLS file for what calamine does not tell: passwords, comments, hidden rows.

Records are those of [MS-XLS] 2.3: two bytes type, two bytes length, then the data.
"""

from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO

from casefile.errors import UntrustedInputError
from casefile.records import Issue

MOST_STREAM_BYTES = 512 * 1024**2
_FILE_PASS, _NOTE, _ROW, _COLUMN_INFO, _SUBSTREAM = 0x002F, 0x001C, 0x0208, 0x007D, 0x0809
_ROW_HIDDEN = 0x20
_HEADER = 4


def refuse_locked(stream: BinaryIO) -> None:
    """Raise `encrypted` where the workbook is: the record FilePass says so (2.4.117)."""
    for count, (kind, _data) in enumerate(_records(stream)):
        if kind == _FILE_PASS:
            raise UntrustedInputError("encrypted", "The workbook is encrypted; ask for its password.")
        if count > 50:  # it stands right behind the first record
            return


def biff_issues(stream: BinaryIO) -> tuple[Issue, ...]:
    """What the investigator must look up in the original."""
    counts = Counter[str]()
    for kind, data in _records(stream):
        if kind == _NOTE:
            counts["comments"] += 1
        elif kind == _ROW and len(data) >= 14 and data[12] & _ROW_HIDDEN:
            counts["rows"] += 1
        elif kind == _COLUMN_INFO and len(data) >= 10 and data[8] & 1:
            counts["columns"] += 1
    issues: list[Issue] = []
    if counts["comments"]:
        message = f"{counts['comments']} cell comments are not read in this old format; look at the original."
        issues.append(Issue("read", "dropped_text", message))
    if counts["rows"] or counts["columns"]:
        message = f"{counts['rows']} rows and {counts['columns']} groups of columns of the workbook are hidden."
        issues.append(Issue("read", "hidden_text", message))
    return tuple(issues)


def _records(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    data = _workbook_stream(stream)
    position = 0
    while position + _HEADER <= len(data):
        kind = int.from_bytes(data[position : position + 2], "little")
        length = int.from_bytes(data[position + 2 : position + _HEADER], "little")
        yield kind, data[position + _HEADER : position + _HEADER + length]
        position += _HEADER + length


def _workbook_stream(stream: BinaryIO) -> bytes:
    """The OLE file's stream `Workbook` or `Book`; a file that is no OLE file as it is; empty where it is damaged."""
    import olefile  # type: ignore[import-untyped]

    stream.seek(0)
    if stream.read(8) != olefile.MAGIC:
        stream.seek(0)
        return stream.read(MOST_STREAM_BYTES)
    stream.seek(0)
    try:
        with olefile.OleFileIO(stream) as container:
            for name in ("Workbook", "Book"):
                if container.exists(name):
                    with container.openstream(name) as book:
                        return bytes(book.read(MOST_STREAM_BYTES))
    except (OSError, ValueError, TypeError, AttributeError, IndexError, KeyError, OverflowError, RecursionError):
        return b""
    return b""
