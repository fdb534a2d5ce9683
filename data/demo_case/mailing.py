"""Mail as it lies on disk: RFC 5322 messages with fixed boundaries and ids."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from data.demo_case.papers import Block, Desk
from data.demo_case.rendering_print import to_pdf

EML = "message/rfc822"
PDF = "application/pdf"
_POLICY = SMTP.clone(max_line_length=120)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file sent with a mail; `message/rfc822` data is attached as a message."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail says. `html` is an alternative to `text`; `received` are trace headers, newest first."""

    sender: str
    receiver: str
    subject: str
    sent: datetime
    text: str
    identity: str
    html: str = ""
    attachments: tuple[Attachment, ...] = ()
    received: tuple[str, ...] = ()
    carbon: str = ""
    answers: str = ""


def to_eml(letter: Letter) -> bytes:
    """The message's bytes, the same each time."""
    message = EmailMessage(policy=_POLICY)
    for line in letter.received:
        message["Received"] = line
    message["From"], message["To"] = letter.sender, letter.receiver
    if letter.carbon:
        message["Cc"] = letter.carbon
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(letter.sent)
    message["Message-ID"] = f"<{letter.identity}>"
    if letter.answers:
        message["In-Reply-To"] = f"<{letter.answers}>"
    message.set_content(
        letter.text,
        cte="quoted-printable"
        if not letter.text.isascii() or max(map(len, letter.text.splitlines())) > 900
        else "7bit",
    )
    if letter.html:
        message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    for attachment in letter.attachments:
        _attach(message, attachment)
    for number, part in enumerate(message.walk()):
        if part.get_content_maintype() == "multipart":
            part.set_boundary(f"=_{letter.identity.split('@')[0]}_{number:02d}")
    return message.as_bytes()


def _attach(message: EmailMessage, attachment: Attachment) -> None:
    kind, _, subtype = attachment.media_type.partition("/")
    if attachment.media_type != "message/rfc822":
        message.add_attachment(attachment.data, maintype=kind, subtype=subtype, filename=attachment.name)
        return
    from email import message_from_bytes

    inner = message_from_bytes(attachment.data, policy=_POLICY)
    assert isinstance(inner, EmailMessage)
    message.add_attachment(inner, filename=attachment.name)


def post(desk: Desk, path: str, letter: Letter, parts_of: Iterable[str] = ()) -> bytes:
    """Write a mail whose text was noted already; `parts_of` only documents the parts it carries."""
    desk.note(path, letter.subject)
    desk.note(path, letter.sender)
    desk.note(path, letter.receiver)
    desk.note(path, letter.carbon)
    data = to_eml(letter)
    desk.file(path, data, EML, note=", ".join(parts_of))
    return data


def body(desk: Desk, path: str, *lines: str) -> str:
    """The paragraphs of a mail, noted and without marks."""
    return "\n\n".join(desk.note(path, line) for line in lines) + "\n"


def identity(desk: Desk, domain: str) -> str:
    """A Message-ID without its angle brackets."""
    return f"{desk.scenario.rng.getrandbits(48):012x}@{domain}"


def pdf_part(desk: Desk, path: str, blocks: Iterable[Block], footer: str) -> bytes:
    """A PDF that is part of something: its bytes; noted and expected under `path`."""
    data = to_pdf(desk.manuscript(path, blocks), footer)
    desk.expect(path, PDF)
    return data
