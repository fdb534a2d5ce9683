"""Reads what strace wrote and finds every call that reaches, or listens, beyond this machine."""

import ipaddress
import re
from collections.abc import Iterator

TRACED = "trace=network,io_uring_setup"
"""For `strace -e`; io_uring could send without a call that strace sees."""

_REACHING = re.compile(r"\b(connect|sendto|sendmsg|sendmmsg|bind)\(")
_FAMILY = re.compile(r"sa_family=(\w+)")
_ADDRESS = re.compile(r'inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"')
_PORT = re.compile(r"(?:sin_port|sin6_port)=htons\((\d+)\)")
_UNREAD_ADDRESS = re.compile(r"\b(?:connect|bind)\(\d+, 0x")
_LOOKUPS = ("systemd/resolve", "avahi")
_RAW_SOCKET = re.compile(r"\bsocket\((?:AF_PACKET|AF_VSOCK|AF_BLUETOOTH|AF_INET6?, SOCK_RAW)")
_INTERNET_FAMILIES = frozenset({"AF_INET", "AF_INET6"})
_LOCAL_FAMILIES = frozenset({"AF_UNIX", "AF_NETLINK", "AF_UNSPEC"})
_NAME_SERVICE = 53


def strangers(trace: str) -> list[str]:
    """The lines of a trace that reach beyond loopback, look a name up, or use a socket that could do so unseen."""
    return [line for line in trace.splitlines() if any(_suspicions(line))]


def _suspicions(line: str) -> Iterator[str]:
    if "io_uring_setup(" in line:
        yield "a ring that could send unseen"
    if _RAW_SOCKET.search(line):
        yield "a raw socket"
    if _REACHING.search(line):
        if _UNREAD_ADDRESS.search(line):
            yield "an address that strace could not read"
        if any(place in line for place in _LOOKUPS):
            yield "a name look-up"
        yield from _suspicious_address(line)


def _suspicious_address(line: str) -> Iterator[str]:
    families = set(_FAMILY.findall(line))
    addresses = [four or six for four, six in _ADDRESS.findall(line)]
    if families - _LOCAL_FAMILIES - _INTERNET_FAMILIES:
        yield "an unknown family"
    if families & _INTERNET_FAMILIES:
        if not addresses:
            yield "an address that cannot be told"
        if any(int(port) == _NAME_SERVICE for port in _PORT.findall(line)):
            yield "a name look-up"
    yield from (f"address {address}" for address in addresses if not _is_loopback(address))


def _is_loopback(address: str) -> bool:
    parsed = ipaddress.ip_address(address)
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return (mapped or parsed).is_loopback
