"""`models pull`: the only code of the product that downloads anything.

A file comes into a `.part` file, is hashed while it comes, and gets its name when its hash is right. After a cut it
goes on where it stopped (HTTP Range, RFC 9110 section 14) if the server still has the same file (If-Range with its
ETag, section 13.1.5); a server that knows no ranges sends it from the beginning. A redirection is followed to https,
or to a host that the catalogue's entry names; no credentials are sent. The administrator's proxy (HTTPS_PROXY,
HTTP_PROXY, NO_PROXY) is used.
"""

import hashlib
import http.client
import os
import ssl
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO, Self
from urllib.error import URLError
from urllib.parse import urljoin, urlsplit

from assistant.models.installing import Telling
from casefile.errors import ModelDownloadError, StorageError
from casefile.home import PRIVATE
from casefile.originals import CHUNK_BYTES, sync_folder

MOST_REDIRECTIONS = 5
MOST_TRIES = 4
"""Failed tries in a row, each without progress, after which the download stops."""
MOST_CUTS = 200
"""Tries of one file in all, however far each of them came."""
PROGRESS_BYTES = 64 << 10
"""New bytes that make a try that was cut short a good one."""
SILENCE_SECONDS = 30.0
LOOK_SECONDS = 3.0
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_REDIRECTIONS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file to download. `hosts` are those that a redirection may lead to without encryption."""

    name: str
    address: str
    bytes: int
    sha256: str
    hosts: tuple[str, ...] = ()


class _CutError(Exception):
    """This try brought no whole file; another one may."""


def fetch(wanted: Wanted, target: Path, telling: Telling, wait: Callable[[float], None] = time.sleep) -> None:
    """Download a file, or the rest of one.

    Args:
        wanted: what to download; its hash decides.
        target: where it goes when it is whole and right; `target.part` holds what has come.
        telling: hears how far it is.
        wait: pauses between tries, in seconds.

    Raises:
        ModelDownloadError: the server has no such file, sends another one, or cannot be reached.
        StorageError: the disk refuses; what has come is kept.
    """
    with _disk(target):
        target.parent.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    with _Part(target, wanted) as part:
        _complete(wanted, part, telling, wait)
        if part.digest() != wanted.sha256 and part.in_pieces:
            part.restart()  # perhaps pieces of two files: once more, from the beginning
            _complete(wanted, part, telling, wait)
        if part.digest() != wanted.sha256:
            found = part.digest()
            part.discard()
            raise ModelDownloadError(
                f"{wanted.name} came whole, but its SHA-256 is {found}, not {wanted.sha256} as in the catalogue: "
                "it was removed. Do not use that file. Try again later, or add a file that you have checked with "
                "`caseclerk models add PATH`."
            )
        part.finish()


def answers(address: str, seconds: float = LOOK_SECONDS) -> bool:
    """Whether the host of an address can be reached: one request for nothing but the headers."""
    try:
        with _request(address, "HEAD", {}, seconds):
            return True
    except (OSError, http.client.HTTPException):
        return False


def _complete(wanted: Wanted, part: "_Part", telling: Telling, wait: Callable[[float], None]) -> None:
    """Go on until the part has all bytes."""
    failed = cuts = 0
    while part.size < wanted.bytes:
        before = part.size
        try:
            _go_on(wanted, part, telling)
        except _CutError as cut:
            failed = 0 if part.size >= before + PROGRESS_BYTES else failed + 1
            cuts += 1
            if failed >= MOST_TRIES or cuts >= MOST_CUTS:
                raise ModelDownloadError(
                    f"{wanted.name} could not be downloaded: {cut}. {part.size:,} of {wanted.bytes:,} bytes are kept: "
                    "the same command goes on from there. Without a network, bring the file on a stick and use "
                    "`caseclerk models add PATH`."
                ) from cut
            wait(2.0**failed)


def _go_on(wanted: Wanted, part: "_Part", telling: Telling) -> None:
    headers = {"Accept-Encoding": "identity", "User-Agent": "caseclerk"}
    if part.size:
        headers["Range"] = f"bytes={part.size}-"
        if part.etag:
            headers["If-Range"] = part.etag
    try:
        with _follow(wanted, headers) as response:
            _accept(wanted, part, response)
            while chunk := response.read1(CHUNK_BYTES):
                if part.size + len(chunk) > wanted.bytes:
                    part.discard()
                    raise _refused(wanted, f"the server sends more than the {wanted.bytes:,} bytes of the catalogue")
                part.append(chunk)
                telling(wanted.name, part.size, wanted.bytes)
    except ssl.SSLCertVerificationError as error:
        raise _untrusted(wanted, error) from error
    except URLError as error:
        if isinstance(error.reason, ssl.SSLCertVerificationError):
            raise _untrusted(wanted, error.reason) from error
        raise _CutError(f"{_host(wanted.address)} cannot be reached ({error.reason})") from error
    except (OSError, http.client.HTTPException) as error:
        raise _CutError(f"the connection broke ({error or type(error).__name__})") from error
    if part.size < wanted.bytes:
        raise _CutError("the connection ended early")


def _accept(wanted: Wanted, part: "_Part", response: http.client.HTTPResponse) -> None:
    """See what the server is about to send, and prepare the part for it."""
    status = response.status
    if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and part.size:
        part.restart()
        raise _CutError("the server has no rest of this file")
    if status in _AGAIN:
        raise _CutError(f"the server answers {status}")
    if status not in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
        raise _refused(wanted, f"{_host(wanted.address)} answers {status}: {_meaning(status)}")
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise _refused(wanted, "the server sends it in another encoding")
    etag = response.headers.get("ETag", "")
    if status == HTTPStatus.PARTIAL_CONTENT:
        expected = f"bytes {part.size}-{wanted.bytes - 1}/{wanted.bytes}"
        if response.headers.get("Content-Range", "") != expected or (part.etag and etag and etag != part.etag):
            part.restart()
            raise _CutError("the server's file has changed")
        part.in_pieces = True
    else:
        part.restart(etag)
    length = response.headers.get("Content-Length", "")
    if length.isdecimal() and part.size + int(length) != wanted.bytes:
        raise _refused(
            wanted, f"the server's file has {part.size + int(length):,} bytes, the catalogue's {wanted.bytes:,}"
        )


@contextmanager
def _follow(wanted: Wanted, headers: Mapping[str, str]) -> Iterator[http.client.HTTPResponse]:
    """The answer to a request, after redirections."""
    address = wanted.address
    for _ in range(MOST_REDIRECTIONS + 1):
        with _request(address, "GET", headers, SILENCE_SECONDS) as response:
            if response.status not in _REDIRECTIONS:
                yield response
                return
            address = _next_address(wanted, address, response.headers.get("Location", ""))
    raise _refused(wanted, f"the server redirects more than {MOST_REDIRECTIONS} times")


def _next_address(wanted: Wanted, address: str, location: str) -> str:
    try:
        following = urljoin(address, location)
        parts = urlsplit(following)
        host, trusted = parts.hostname or "", {_host(wanted.address), *wanted.hosts}
    except ValueError as error:
        raise _refused(wanted, "the server redirects to no address") from error
    encrypted = parts.scheme == "https"
    plain = parts.scheme == "http" and urlsplit(wanted.address).scheme == "http" and host in trusted
    named = parts.scheme == "http" and host in wanted.hosts
    if not location or not host or "@" in parts.netloc or not (encrypted or plain or named):
        raise _refused(
            wanted, f"the server redirects to {host or 'no host'}, which the catalogue's entry does not name"
        )
    return following


def _request(address: str, method: str, headers: Mapping[str, str], seconds: float) -> http.client.HTTPResponse:
    """One request, without redirections, cookies or credentials; any status is an answer."""
    opener = urllib.request.OpenerDirector()
    for handler in (urllib.request.ProxyHandler(), urllib.request.HTTPHandler(), urllib.request.HTTPSHandler()):
        opener.add_handler(handler)
    request = urllib.request.Request(address, headers=dict(headers), method=method)  # noqa: S310 - http(s), by the catalogue
    response = opener.open(request, timeout=seconds)
    assert isinstance(response, http.client.HTTPResponse)
    return response


def _host(address: str) -> str:
    return urlsplit(address).hostname or ""


def _meaning(status: int) -> str:
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        return "the file is no longer there"
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.PROXY_AUTHENTICATION_REQUIRED}:
        return "it wants a sign-in, and Caseclerk sends none"
    return "that is no file"


def _refused(wanted: Wanted, why: str) -> ModelDownloadError:
    return ModelDownloadError(
        f"{wanted.name} cannot be downloaded: {why}. Bring the file on a stick and use `caseclerk models add PATH`, or "
        "give another address in an entry of your own in HOME/models/catalogue.toml (docs/models.md)."
    )


def _untrusted(wanted: Wanted, error: ssl.SSLCertVerificationError) -> ModelDownloadError:
    return ModelDownloadError(
        f"{wanted.name} cannot be downloaded: the certificate of {_host(wanted.address)} is not trusted here "
        f"({error.verify_message}). Behind a proxy that reads traffic, name its certificates in SSL_CERT_FILE."
    )


@contextmanager
def _disk(target: Path) -> Iterator[None]:
    """Errors of the disk, told apart from those of the network."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"{target.name} cannot be written: {error.strerror}. Free some disk space; the same command goes on from "
            "what has come."
        ) from error


class _Part:
    """What has come of a file, in `target.part`, with the ETag of the server's file in `target.part.etag`."""

    def __init__(self, target: Path, wanted: Wanted) -> None:
        self._target = target
        self._path = target.with_name(f"{target.name}.part")
        self._tag_path = target.with_name(f"{target.name}.part.etag")
        self._wanted = wanted
        self._hash = hashlib.sha256()
        self._stream: BinaryIO
        self.size = 0
        self.in_pieces = False
        self.etag = ""

    def __enter__(self) -> Self:
        with _disk(self._target):
            self._stream = self._path.open("a+b")
            if self._stream.seek(0, 2) > self._wanted.bytes:
                self._stream.truncate(0)
            self._stream.seek(0)
            while chunk := self._stream.read(CHUNK_BYTES):
                self._hash.update(chunk)
                self.size += len(chunk)
            self.in_pieces = self.size > 0
            if self.size and self._tag_path.is_file():
                self.etag = _strong(self._tag_path.read_text(encoding="ascii", errors="replace")[:1000])
        return self

    def __exit__(self, *_error: object) -> None:
        self._stream.close()

    def append(self, chunk: bytes) -> None:
        """More has come."""
        with _disk(self._target):
            self._stream.write(chunk)
        self._hash.update(chunk)
        self.size += len(chunk)

    def restart(self, etag: str = "") -> None:
        """Begin again; the server's file is the one with this ETag."""
        self._hash, self.size, self.in_pieces, self.etag = hashlib.sha256(), 0, False, _strong(etag)
        with _disk(self._target):
            self._stream.truncate(0)
            self._stream.seek(0)
            self._tag_path.write_text(self.etag, encoding="ascii")

    def digest(self) -> str:
        """Of what has come: 64 hex digits."""
        return self._hash.hexdigest()

    def finish(self) -> None:
        """The file is whole and right: give it its name, durably."""
        with _disk(self._target):
            self._stream.flush()
            os.fsync(self._stream.fileno())
            self._path.rename(self._target)
            self._tag_path.unlink(missing_ok=True)
            sync_folder(self._target.parent)

    def discard(self) -> None:
        """Remove what has come."""
        with _disk(self._target):
            self._path.unlink(missing_ok=True)
            self._tag_path.unlink(missing_ok=True)


def _strong(etag: str) -> str:
    """An ETag that If-Range may carry: a strong one, in plain characters; else nothing."""
    plain = etag.isascii() and etag.isprintable() and len(etag) <= 200
    return etag if plain and len(etag) >= 2 and etag[0] == etag[-1] == '"' else ""
