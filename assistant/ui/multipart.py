"""A form with files, sent by a browser without script: its files are written to the batch as they come.

Nothing goes through the system's temporary folder, which no case owns.
"""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.ui.uploads import MOST_FILES, Names, create_file, refused
from casefile.errors import UsageError

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartParser

LONGEST_HEADER = 16_384
"""Bytes of the headers of one part."""


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A file that has been written: its safe relative name, and its bytes."""

    name: str
    size: int


class FilesForm:
    """Takes the pieces of a body, in their order, and writes its files. Not for several threads at once.

    Args:
        content_type: the request's header, with the boundary.
        folder: the batch's.

    Raises:
        UsageError: it is no form with files.
    """

    def __init__(self, content_type: str, folder: Path) -> None:
        from python_multipart.multipart import parse_options_header

        kind, options = parse_options_header(content_type)
        if kind != b"multipart/form-data" or b"boundary" not in options:
            raise UsageError("This is no form with files.")
        self._folder = folder
        self._names = Names()
        self._field = bytearray()
        self._value = bytearray()
        self._disposition = b""
        self._header_bytes = 0
        self._descriptor = -1
        self._name = ""
        self._size = 0
        self.files: list[ReceivedFile] = []
        self._parser = self._made(options[b"boundary"])

    def feed(self, piece: bytes) -> None:
        """The next bytes of the body.

        Raises:
            UsageError: the body is not well formed, or holds too many files.
            StorageError: the disk is full or refuses.
        """
        from python_multipart.exceptions import FormParserError

        try:
            self._parser.write(piece)
        except FormParserError as error:
            raise UsageError("The form did not arrive whole. Send it again.") from error
        except OSError as error:
            raise refused(error) from error

    def close(self) -> None:
        """No more comes; a file that has not ended is removed."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
            with suppress(OSError):
                (self._folder / self._name).unlink()

    def _made(self, boundary: bytes) -> "MultipartParser":
        from python_multipart.multipart import MultipartParser

        return MultipartParser(
            boundary,
            {
                "on_part_begin": self._part_begins,
                "on_header_field": lambda data, start, end: self._header(self._field, data[start:end]),
                "on_header_value": lambda data, start, end: self._header(self._value, data[start:end]),
                "on_header_end": self._header_ends,
                "on_headers_finished": self._headers_end,
                "on_part_data": lambda data, start, end: self._write(data[start:end]),
                "on_part_end": self._part_ends,
            },
        )

    def _part_begins(self) -> None:
        self._disposition, self._header_bytes = b"", 0

    def _header(self, target: bytearray, piece: bytes) -> None:
        self._header_bytes += len(piece)
        if self._header_bytes > LONGEST_HEADER:
            raise UsageError("A part of this form has too long a heading.")
        target += piece

    def _header_ends(self) -> None:
        if bytes(self._field).lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._field.clear()
        self._value.clear()

    def _headers_end(self) -> None:
        from python_multipart.multipart import parse_options_header

        _, options = parse_options_header(self._disposition)
        untrusted_name = options.get(b"filename", b"").decode("utf-8", "replace")
        if not untrusted_name:  # a field of another kind, or no file chosen
            return
        if len(self.files) >= MOST_FILES:
            raise UsageError(f"These are more than {MOST_FILES:,} files. Put them into a ZIP file.")
        self._name = self._names.add(untrusted_name)
        self._size = 0
        self._descriptor = create_file(self._folder, self._name)

    def _write(self, piece: bytes) -> None:
        if self._descriptor < 0:
            return
        self._size += len(piece)
        rest = memoryview(piece)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]

    def _part_ends(self) -> None:
        if self._descriptor < 0:
            return
        os.fsync(self._descriptor)
        os.close(self._descriptor)
        self._descriptor = -1
        self.files.append(ReceivedFile(self._name, self._size))
