import email.message
import email.policy

import pytest

from casefile.errors import UntrustedInputError
from casefile.locators import MailPartLocator
from ingest.readers.mail import MailReader
from ingest.readers.mail_headers import addresses, decode_value
from ingest.reading import Reader, Reading
from tests.ingest.linear_time import MOST, growth
from tests.ingest.reader_contract import ReaderContract, Sample, read_bytes, source_of

EML = "message/rfc822"
HEAD = (
    b"Received: from b.example by c.example; Tue, 5 Mar 2024 10:31:00 +0100\r\n"
    b"Received: from a.example by b.example; Tue, 5 Mar 2024 10:30:30 +0100\r\n"
    b"From: =?utf-8?q?J=C3=BCrgen?= Vogt <vogt@a.example>\r\nTo: Ada <ada@c.example>, bo@c.example\r\n"
    b"Cc: carl@c.example\r\nSubject: =?iso-8859-1?Q?Gr=FC=DFe_aus?= =?iso-8859-1?Q?_Bonn?=\r\n"
    b"Date: Tue, 5 Mar 2024 10:30:00 +0100\r\nMIME-Version: 1.0\r\n"
)


def read(data: bytes) -> Reading:
    return read_bytes(MailReader(), data, EML)


def texts(reading: Reading) -> list[str]:
    return [reading.text[block.locator.start : block.locator.end] for block in reading.blocks]


def places(reading: Reading) -> list[tuple[str, int]]:
    found = [block.locator for block in reading.blocks]
    return [(place.part, place.paragraph) for place in found if isinstance(place, MailPartLocator)]


def categories(reading: Reading) -> set[str]:
    return {issue.category for issue in reading.issues}


def body(*lines: str, head: bytes = HEAD, kind: str = "text/plain; charset=utf-8", encoding: str = "8bit") -> bytes:
    top = head + f"Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode()
    return top + "\r\n".join(lines).encode()


def parts_of(data: bytes) -> list[tuple[str, str, bytes]]:
    with source_of(data, EML) as source:
        reading = MailReader().read(source)
        return [(p.untrusted_name, p.relation, (source.scratch / p.file).read_bytes()) for p in reading.parts]


def forwarded() -> bytes:
    inner = email.message.EmailMessage()
    inner["From"] = "x@a.example"
    inner["Subject"] = "Inner one"
    inner.set_content("the inner text")
    outer = email.message.EmailMessage()
    outer["From"] = "y@a.example"
    outer["Subject"] = "Fwd: Inner one"
    outer.set_content("see below")
    outer.add_attachment(b"\x00\x01pdf", maintype="application", subtype="pdf", filename="Größe.pdf")
    outer.add_attachment(inner)
    outer.add_attachment("a,b\n1,2\n", subtype="csv", filename="list.csv", disposition="inline")
    return outer.as_bytes()


class TestMailContract(ReaderContract):
    def make_reader(self) -> Reader:
        return MailReader()

    def samples(self) -> dict[str, Sample]:
        return {
            "plain": Sample(body("First paragraph.", "", "Second."), EML, "a.eml", ("Second.", "Received: from b.ex")),
            "forwarded": Sample(forwarded(), EML, "b.eml", ("see below", "Größe.pdf")),
        }


def test_headers_first_then_the_way_then_paragraphs() -> None:
    reading = read(body("Dear Ada,", "we met.", "", "> you wrote", "> this", "", "", "Regards"))
    assert texts(reading) == [
        (
            "From: Jürgen Vogt <vogt@a.example>\nTo: Ada <ada@c.example>, bo@c.example\nCc: carl@c.example\n"
            "Subject: Grüße aus Bonn\nDate: Tue, 5 Mar 2024 10:30:00 +0100"
        ),
        (
            "Received: from b.example by c.example; Tue, 5 Mar 2024 10:31:00 +0100\n"
            "Received: from a.example by b.example; Tue, 5 Mar 2024 10:30:30 +0100\nMIME-Version: 1.0\n"
            "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit"
        ),
        "Dear Ada,\nwe met.",
        "> you wrote\n> this",
        "Regards",
    ]
    assert places(reading) == [("headers", 1), ("headers", 2), ("body", 1), ("body", 2), ("body", 3)]
    assert (reading.title, reading.sender) == ("Grüße aus Bonn", "Jürgen Vogt <vogt@a.example>")
    assert reading.recipients == ("Ada <ada@c.example>", "bo@c.example", "carl@c.example")
    assert [(time.raw[:22], time.meaning) for time in reading.times] == [
        ("Tue, 5 Mar 2024 10:30:", "sent"),
        ("Tue, 5 Mar 2024 10:31:", "received"),
        ("Tue, 5 Mar 2024 10:30:", "received"),
    ]
    assert reading.blocks[2].context == "Grüße aus Bonn"
    assert reading.issues == ()


def test_attachments_and_attached_mails_are_parts() -> None:
    found = parts_of(forwarded())
    assert [(name, relation) for name, relation, _data in found] == [
        ("Größe.pdf", "attachment"),
        ("Inner one.eml", "attachment"),
        ("list.csv", "inline"),
    ]
    assert found[0][2] == b"\x00\x01pdf"
    assert b"the inner text" in found[1][2]
    assert found[1][2].startswith(b"From: x@a.example")
    reading = read(forwarded())
    assert [text for text in texts(reading) if text.startswith("[attachment")] == [
        "[attachment 2: Größe.pdf, application/pdf, 5 bytes]",
        f"[attachment 3: Inner one.eml, message/rfc822, {len(found[1][2])} bytes]",
        "[attachment 4: list.csv, text/csv, 8 bytes]",
    ]
    assert places(reading)[-3:] == [("2", 1), ("3", 1), ("4", 1)]


def alternative(plain: str, html: str) -> bytes:
    mail = email.message.EmailMessage(policy=email.policy.SMTP)
    mail["Subject"] = "Offer"
    mail.set_content(plain)
    mail.add_alternative(html, subtype="html")
    return mail.as_bytes()


def test_an_alternative_that_repeats_the_text_is_not_read_twice_but_its_links_are() -> None:
    reading = read(alternative("Pay 500 to Vogt.", '<p>Pay <a href="https://bad.example/x">500</a> to Vogt.</p>'))
    assert texts(reading)[2:3] == ["Pay 500 to Vogt."]
    assert sum(text.count("Pay 500") for text in texts(reading)) == 1
    assert "https://bad.example/x" in reading.text
    assert reading.issues == ()


def test_an_alternative_that_says_something_else_is_read_and_flagged() -> None:
    reading = read(alternative("Pay 500 to Vogt.", "<p>Hello.</p><p>Pay 900 to Keller.</p>"))
    flagged = [issue for issue in reading.issues if issue.category == "hidden_text"]
    assert len(flagged) == 1
    assert flagged[0].locator is not None
    assert reading.text[flagged[0].locator.start : flagged[0].locator.end].strip() == "Hello.\n\nPay 900 to Keller."
    assert ("2", 2) in places(reading)


def test_a_mail_in_html_only_has_its_body_there() -> None:
    reading = read(body("<p>One.</p><p>Two.</p>", kind="text/html; charset=utf-8"))
    assert texts(reading)[2:] == ["One.", "Two."]
    assert places(reading)[2:] == [("body", 1), ("body", 2)]


@pytest.mark.parametrize(
    ("kind", "data", "expected"),
    [
        ("text/plain; charset=iso-8859-1", "Müller".encode(), "Müller"),
        ("text/plain; charset=windows-1255", "שלום".encode("cp1255"), "שלום"),
        ("text/plain; charset=nonsense", b"plain", "plain"),
        ("text/plain; charset=utf-16", "wide text".encode("utf-16"), "wide text"),
    ],
)
def test_charsets_true_and_false(kind: str, data: bytes, expected: str) -> None:
    assert texts(read(body(kind=kind) + data))[-1] == expected


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_mail_saved_in_utf_16(codec: str) -> None:
    reading = read(body("Good day to all of you.").decode().encode(codec))
    assert reading.title == "Grüße aus Bonn"
    assert texts(reading)[-1] == "Good day to all of you."


def test_broken_mime_is_told() -> None:
    start = HEAD + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nfirst\r\n"
    open_end = (
        start + b"--x\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!AAA"
    )
    reading = read(open_end)
    assert "first" in texts(reading)
    assert categories(reading) == {"dropped_text"}
    assert [part.untrusted_name for part in reading.parts] == ["a.pdf"]
    assert categories(read(HEAD + b"Content-Type: multipart/mixed\r\n\r\njust text")) == {"dropped_text"}


def test_nul_characters_are_kept_and_told() -> None:
    reading = read(body("a\0b"))
    assert "a\0b" in reading.text
    assert categories(reading) == {"low_confidence"}


def test_encrypted_mails_keep_their_headers() -> None:
    pgp = HEAD + (
        b"Content-Type: multipart/encrypted; boundary=x\r\n\r\n--x\r\nContent-Type: application/pgp-encrypted\r\n\r\n"
        b"Version: 1\r\n--x\r\nContent-Type: application/octet-stream\r\n\r\nhIw\r\n--x--\r\n"
    )
    smime = HEAD + b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\n\r\nMIIB"
    signed = HEAD + b"Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\n\r\nMIIB"
    for data in (pgp, smime):
        reading = read(data)
        assert categories(reading) == {"encrypted"}
        assert reading.title == "Grüße aus Bonn"
    assert categories(read(signed)) == set()


@pytest.mark.parametrize("data", [b"", b"  \r\n\r\n \n", b"\0\0"])
def test_nothing_is_empty(data: bytes) -> None:
    with pytest.raises(UntrustedInputError) as raised:
        read(data)
    assert raised.value.category == "empty"


def test_parts_nested_beyond_reason_are_survived() -> None:
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (at, at) for at in range(3000))
    with pytest.raises(UntrustedInputError) as raised:
        read(HEAD + deep + b"Content-Type: text/plain\r\n\r\nend")
    assert raised.value.category == "too_deep"


def test_an_attached_mail_that_is_encoded_by_mistake_is_decoded() -> None:
    data = (
        HEAD + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: message/rfc822\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\nU3ViamVjdDogaW4KCmhlbGxv\r\n--x--\r\n"
    )
    assert [part[2].strip() for part in parts_of(data)] == [b"Subject: in\n\nhello"]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("=?utf-8?B?w5ZzdA==?= =?utf-8?B?ZXJyZWljaA==?=", "Österreich"),
        ("=?utf-8?B?w5Y=?= and =?utf-8?Q?more?=", "Ö and more"),
        ("=?utf-8?B?4oI=?= =?utf-8?B?rA==?=", "€"),  # one character torn in two
        ("=?utf-8?B?%%%?=", "%%%"),
        ("=?unknown?Q?abc?=", "abc"),
        ("folded\r\n\tline", "folded line"),
        ("caf\udce9", "café"),
        ("=?utf-8?Q?unfinished", "=?utf-8?Q?unfinished"),
    ],
)
def test_header_values(raw: str, expected: str) -> None:
    assert decode_value(raw) == expected


def test_addresses_keep_what_cannot_be_taken_apart() -> None:
    assert addresses(["Ada <ada@c.example>, bo@c.example", "undisclosed-recipients:;"])[:2] == (
        "Ada <ada@c.example>",
        "bo@c.example",
    )
    assert addresses(["undisclosed-recipients:;"]) == ("undisclosed-recipients:;",)


@pytest.mark.parametrize("piece", ["=?a?b?", "=?utf-8?q?a?= ", " ", "\r\n ", "a@b.example, ", '"', "(", "<", "\udce9"])
def test_time_grows_with_a_header(piece: str) -> None:
    assert growth(decode_value, piece * 20_000) < MOST


@pytest.mark.parametrize("piece", [" ", "word ", "\n", "> \n", "\r"])
def test_time_grows_with_the_body(piece: str) -> None:
    def work(text: str) -> object:
        return read(body(text + "end"))

    assert growth(work, piece * 40_000) < MOST
