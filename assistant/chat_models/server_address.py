"""Where an OpenAI-compatible server is, and whether evidence may be sent there. Checked before a byte leaves."""

import ipaddress
import re
import socket
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from casefile.errors import ModelUnavailableError, SettingsError
from casefile.settings import ServerSettings

_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\])"
    r"(?::(?P<port>[0-9]{1,5}))?(?P<path>(?:/[A-Za-z0-9._~-]+)*)/?"
)
_KEY = re.compile(r"[\x21-\x7e]{1,4096}")
_LOOPBACK_NAME = "localhost"


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """A checked base URL.

    Attributes:
        scheme: `http` only on this machine.
        host: lower-case name or numeric address, without brackets.
        port: TCP port.
        path: such as `/v1`, without a slash at its end; may be empty.
        local: whether it is this machine.
    """

    scheme: Literal["http", "https"]
    host: str
    port: int
    path: str
    local: bool

    @property
    def authority(self) -> str:
        """Host and port as the `Host` header has them (RFC 9110, section 7.2)."""
        return f"{_bracketed(self.host)}:{self.port}"

    def url(self, numeric: str, path: str) -> str:
        """The URL of `path` at one numeric address of the host: what is connected to is what was checked."""
        return f"{self.scheme}://{_bracketed(numeric)}:{self.port}{self.path}{path}"


def checked_address(settings: ServerSettings) -> ServerAddress:
    """The server of the settings.

    Raises:
        SettingsError: it is switched off, its URL cannot be used, or its host is not allowed.
    """
    if not settings.enabled:
        raise SettingsError(
            "The engine `server` is switched off: nothing is sent to a server. An administrator switches it on with "
            "`enabled = true` and `url` under [server] in settings.toml."
        )
    match = _URL.fullmatch(settings.url)
    if match is None or not 1 <= int(match["port"] or 443) <= 65535:
        raise SettingsError(
            f"Setting 'server.url' cannot be used: {settings.url!r}. Write it as http://127.0.0.1:8000/v1 or "
            "https://gpu.example.org/v1, without a name, password, question mark or number sign."
        )
    scheme = cast('Literal["http", "https"]', match["scheme"])
    host = match["host"].strip("[]").lower().removesuffix(".")
    local = _is_loopback(host)
    if not local and host not in {name.strip().lower().removesuffix(".") for name in settings.hosts}:
        raise SettingsError(
            f"Evidence may not be sent to {host!r}: it is not this machine and not named in the setting "
            f"'server.hosts'. An administrator allows it there: hosts = [\"{host}\"]."
        )
    if not local and scheme != "https":
        raise SettingsError(
            f"Evidence is sent to another machine over https only, so that nobody on the way can read it. Write "
            f"'server.url' as https://{_bracketed(host)}…, or reach the server through a tunnel that ends on 127.0.0.1."
        )
    port = int(match["port"] or (443 if scheme == "https" else 80))
    return ServerAddress(scheme, host, port, match["path"], local)


def numeric_addresses(address: ServerAddress) -> tuple[str, ...]:
    """The numeric addresses of the host, those to be tried first in front. Waits for the name service.

    `localhost` is never looked up (RFC 6761, section 6.3). The answer is meant to be kept: a name that is given to
    another machine later changes nothing.

    Raises:
        ModelUnavailableError: the name is not known, or stands for an address that no server has.
    """
    if address.host == _LOOPBACK_NAME:
        return ("127.0.0.1", "::1")
    if _numeric(address.host) is not None:
        return (address.host,)
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ModelUnavailableError(
            f"The name {address.host!r} of the setting 'server.url' is not known to this machine's name service."
        ) from error
    numbers = tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
    usable = tuple(number for number in numbers if _may_be_a_server(number))
    if not usable:
        raise ModelUnavailableError(
            f"The name {address.host!r} of the setting 'server.url' stands for {', '.join(numbers)}, where no server "
            "can be. Nothing was sent."
        )
    return usable


def read_key(settings: ServerSettings) -> str:
    """The API key; empty where none is set.

    Raises:
        SettingsError: the file is not there, others on this machine may read it, or it holds no key.
    """
    if not settings.key_file:
        return ""
    path = Path(settings.key_file).expanduser()
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise SettingsError(f"Setting 'server.key_file' cannot be used: {path} is no file.")
        if mode & stat.S_IRWXO:
            raise SettingsError(
                f"Setting 'server.key_file' cannot be used: everybody on this machine may open {path}. "
                f"Close it first: chmod 600 {path}"
            )
        with path.open(encoding="ascii") as file:
            key = file.read(8192).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"Setting 'server.key_file' cannot be used: {path} cannot be read.") from error
    if not _KEY.fullmatch(key):
        raise SettingsError(
            f"Setting 'server.key_file' cannot be used: {path} must hold the key alone, in one line without spaces."
        )
    return key


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _numeric(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_loopback(host: str) -> bool:
    number = _numeric(host)
    return host == _LOOPBACK_NAME if number is None else number.is_loopback


def _may_be_a_server(host: str) -> bool:
    """Link-local addresses are those of cloud metadata services; the others have no meaning as a destination."""
    number = _numeric(host.partition("%")[0])
    if isinstance(number, ipaddress.IPv6Address) and number.ipv4_mapped is not None:
        number = number.ipv4_mapped
    return number is not None and not (number.is_link_local or number.is_multicast or number.is_unspecified)
