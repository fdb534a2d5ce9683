"""Server-sent events (WHATWG HTML, section 9.2) out of the bytes of a server that is not trusted: bounded, linear."""

from casefile.errors import ModelCrashedError

LONGEST_EVENT = 256 * 1024
"""Bytes of one event. A chunk of a chat completion has some hundred; one with a whole tool call some thousand."""


class EventLines:
    """Takes bytes as they come, however they are cut, and gives the data of each event.

    Args:
        most_bytes: of the whole stream.
    """

    def __init__(self, most_bytes: int) -> None:
        self._left = most_bytes
        self._line = bytearray()
        self._data: list[bytes] = []
        self._size = 0
        self._after_return = False

    def feed(self, piece: bytes) -> list[str]:
        """The data of the events that end in this piece.

        Raises:
            ModelCrashedError: the stream or an event is longer than allowed, or not UTF-8.
        """
        self._left -= len(piece)
        if self._left < 0:
            raise ModelCrashedError("The server sends more than an answer of that length can have. It was cut off.")
        if self._after_return and piece.startswith(b"\n"):
            piece = piece[1:]
            self._after_return = False
        if not piece:
            return []
        self._after_return = piece.endswith(b"\r")
        # bytes.splitlines splits at \n, \r and \r\n only, which are the line ends of the specification.
        *whole, rest = [*piece.splitlines(), b""] if piece.endswith((b"\n", b"\r")) else piece.splitlines()
        found = []
        for line in whole:
            self._grow(line)
            data = self._end_of_line()
            if data is not None:
                found.append(data)
        self._grow(rest)
        return found

    def _grow(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > LONGEST_EVENT:
            raise ModelCrashedError("The server sends an event of more than 256 KiB. It was cut off.")
        self._line += part

    def _end_of_line(self) -> str | None:
        """What the line just read completes: an empty one ends an event; comments and other fields are passed over."""
        line = bytes(self._line)
        self._line.clear()
        if line:
            field, _, value = line.partition(b":")
            if field == b"data":
                self._data.append(value.removeprefix(b" "))
            return None
        self._size = 0
        if not self._data:
            return None
        joined = b"\n".join(self._data)
        self._data.clear()
        try:
            return joined.decode("utf-8")
        except UnicodeDecodeError as error:
            raise ModelCrashedError("The server sends what is not UTF-8.") from error
