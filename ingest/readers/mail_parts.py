"""Finds the parts of a MIME message and their bytes, however broken it is (RFC 2045 to 2049)."""

import email.errors
import email.policy
import email.utils
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import Message
from typing import TypeVar

from casefile.errors import UntrustedInputError
from ingest.readers.decoding import decode, wide_encoding
from ingest.readers.mail_headers import decode_value

MOST_PARTS = 20_000
WIDE_SAMPLE = 256
"""Bytes that tell whether a whole mail is in UTF-16: its first headers; a single part of it may be in any encoding."""

_BROKEN = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    RecursionError,
    email.errors.MessageError,
)
_LOSSES = {
    "InvalidBase64CharactersDefect": "an attachment or text holds characters that are no base64",
    "InvalidBase64LengthDefect": "an attachment or text in base64 is cut short",
    "CloseBoundaryNotFoundDefect": "the mail ends before its last part does",
    "StartBoundaryNotFoundDefect": "the parts that the mail announces are not there",
    "NoBoundaryInMultipartDefect": "the mail announces parts but does not say how to find them",
    "MultipartInvariantViolationDefect": "the mail announces parts but holds none",
}
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class MimePart:
    """A leaf of the message.

    `number` is that of IMAP (`1`, `2.1`), `group` the number of the `multipart/alternative` that it is a version in,
    `name` what it calls itself, empty if it doesn't.
    """

    number: str
    message: Message
    media_type: str
    name: str
    disposition: str
    group: str

    @property
    def is_message(self) -> bool:
        """Whether this is an attached mail."""
        return self.media_type in {"message/rfc822", "message/global"}


def parse(data: bytes) -> Message:
    """Parse a message. One stored in UTF-16 is brought to UTF-8 first; the line that an mbox puts in front is dropped.

    Raises:
        UntrustedInputError: `too_deep` where parts are nested beyond what can be followed, `corrupt` otherwise.
    """
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"} or wide_encoding(data[:WIDE_SAMPLE]) in {"utf-16-le", "utf-16-be"}:
        data = decode(data).text.encode("utf-8", "replace")
    data = data.removeprefix(b"\xef\xbb\xbf")
    if data.startswith((b"From ", b">From ")):
        data = data.partition(b"\n")[2]
    try:
        return email.message_from_bytes(data, policy=email.policy.compat32)
    except RecursionError as error:
        raise UntrustedInputError("too_deep", "The mail's parts are nested too deep to be read.") from error
    except _BROKEN as error:
        raise UntrustedInputError("corrupt", "The mail's structure cannot be read.") from error


def leaves(message: Message) -> Iterator[MimePart]:
    """The parts of `message` that hold something, in order; attached mails are not entered."""
    stack: list[tuple[Message, str, str]] = [(message, "", "")]
    seen = 0
    while stack and seen < MOST_PARTS:
        part, number, group = stack.pop()
        seen += 1
        media_type = guarded(part.get_content_type, "application/octet-stream")
        payload = part.get_payload()
        if isinstance(payload, list) and not media_type.startswith("message/"):
            if media_type == "multipart/alternative":
                group = number or "0"
            prefix = f"{number}." if number else ""
            children = [(child, f"{prefix}{at}", group) for at, child in enumerate(payload, 1)]
            stack.extend(
                (child, name, inside) for child, name, inside in reversed(children) if isinstance(child, Message)
            )
            continue
        name = decode_value(guarded(part.get_filename, None) or "")
        disposition = (guarded(part.get_content_disposition, None) or "").lower()
        yield MimePart(number or "1", part, media_type, name, disposition, group)


def content(part: MimePart) -> bytes:
    """A leaf's bytes, transfer encoding undone as far as it can be; of an attached mail the mail."""
    payload = part.message.get_payload()
    if isinstance(payload, list):
        inner = [child for child in payload if isinstance(child, Message)]
        if part.media_type.startswith("message/") and len(inner) == 1:
            return _encoded_message(part.message, inner[0]) or _message_bytes(inner[0])
        return b"\n".join(_message_bytes(child) for child in inner)
    decoded = guarded(lambda: part.message.get_payload(decode=True), None)
    if isinstance(decoded, bytes):
        return decoded
    return str(payload or "").encode("utf-8", "surrogateescape")


def losses(message: Message) -> tuple[str, ...]:
    """What the parser found broken and may have cost content, in words; every kind once."""
    found: dict[str, None] = {}
    stack = [message]
    seen = 0
    while stack and seen < MOST_PARTS:
        part = stack.pop()
        seen += 1
        for defect in part.defects:
            words = _LOSSES.get(type(defect).__name__)
            if words:
                found[words] = None
        payload = part.get_payload()
        if isinstance(payload, list):
            stack.extend(child for child in payload if isinstance(child, Message))
    return tuple(found)


def guarded(call: Callable[[], _Result], otherwise: _Result) -> _Result:
    """What `call` returns, or `otherwise` where the header that it parses is broken."""
    try:
        return call()
    except _BROKEN:
        return otherwise


def _encoded_message(outer: Message, inner: Message) -> bytes:
    """An attached mail that its sender encoded, which RFC 2046 (5.2.1) forbids: the parser finds no header in it."""
    payload = inner.get_payload()
    if inner.keys() or not isinstance(payload, str):
        return b""
    wrapper = Message()
    wrapper["Content-Transfer-Encoding"] = guarded(lambda: str(outer["Content-Transfer-Encoding"] or ""), "")
    wrapper.set_payload(payload)
    decoded = guarded(lambda: wrapper.get_payload(decode=True), None)
    return decoded if isinstance(decoded, bytes) else b""


def _message_bytes(message: Message) -> bytes:
    whole = guarded(lambda: message.as_bytes(policy=email.policy.compat32), None)
    if whole is not None:
        return whole
    lines = [f"{name}: {value}" for name, value in message.raw_items()]
    payload = message.get_payload()
    body = payload if isinstance(payload, str) else ""
    return ("\n".join(lines) + "\n\n" + body).encode("utf-8", "replace")
