"""For every test: no network, a HOME of its own, and in CI no skip that hides a test which could not run.

The network is blocked twice: by the kernel where the tests run as root (a network namespace with only loopback up,
which child processes inherit), and in Python, so that the test that tries it is named.
"""

import ctypes
import fcntl
import ipaddress
import os
import shutil
import socket
import struct
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.capabilities import NO_PUBLIC_DATA, in_ci

_CLONE_NEWNET = 0x40000000
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1
_KEPT_VARIABLES = frozenset({"CASECLERK_CI", "CASECLERK_EVAL_DATA"})
_undo = pytest.MonkeyPatch()
_homes: list[Path] = []


class NetworkBlockedError(AssertionError):
    """A test tried to reach something beyond loopback."""


def pytest_configure(config: pytest.Config) -> None:
    """Cut the network, move HOME."""
    _leave_the_network()
    _guard_sockets()
    # No test judges by the clock; and in CI the same examples are tried each time, new ones by people and `make prove`.
    settings.register_profile("house", deadline=None, derandomize=in_ci())
    settings.load_profile("house")
    home = Path(tempfile.mkdtemp(prefix="caseclerk-tests-"))
    _homes.append(home)
    for name in [name for name in os.environ if name.startswith("CASECLERK_") and name not in _KEPT_VARIABLES]:
        _undo.delenv(name)
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        _undo.delenv(name, raising=False)
    _undo.setenv("HOME", str(home))
    _undo.setenv("CASECLERK_HOME", str(home / "caseclerk"))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Put everything back."""
    _undo.undo()
    while _homes:
        shutil.rmtree(_homes.pop(), ignore_errors=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a test that cannot run has failed."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        _fail_in_ci(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a whole module that skips itself."""
    report = yield
    if report.skipped:
        _fail_in_ci(report)
    return report


def _fail_in_ci(report: pytest.TestReport | pytest.CollectReport) -> None:
    said = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    reason = said.removeprefix("Skipped: ")
    if in_ci() and not reason.startswith(NO_PUBLIC_DATA):
        report.outcome = "failed"
        report.longrepr = f"In CI (CASECLERK_CI) a test that cannot run fails: {reason}"


# ---- the network ----------------------------------------------------------------------------------------------------


def _leave_the_network() -> None:
    """Enter a network namespace with only loopback, where the system lets us; children start in it."""
    if os.geteuid() != 0 or ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNET) != 0:
        return
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        (flags,) = struct.unpack("16xh22x", fcntl.ioctl(any_socket, _SIOCGIFFLAGS, struct.pack("16sh22x", b"lo", 0)))
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", flags | _IFF_UP))


def _guard_sockets() -> None:
    for name, place in (("connect", 0), ("connect_ex", 0), ("sendto", -1)):
        _undo.setattr(socket.socket, name, _guarded(getattr(socket.socket, name), place))
    _undo.setattr(socket, "getaddrinfo", _guarded_lookup(socket.getaddrinfo))


def _guarded(original: Callable[..., Any], place: int) -> Callable[..., Any]:
    def guarded(self: socket.socket, *arguments: Any) -> Any:
        if self.family in {socket.AF_INET, socket.AF_INET6} and arguments and isinstance(arguments[place], tuple):
            _require_loopback(str(arguments[place][0]))
        return original(self, *arguments)

    return guarded


def _guarded_lookup(original: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(host: Any, *arguments: Any, **named: Any) -> Any:
        _require_loopback(host.decode() if isinstance(host, bytes) else str(host or "localhost"))
        return original(host, *arguments, **named)

    return guarded


def _require_loopback(host: str) -> None:
    try:
        local = host in {"localhost", ""} or ipaddress.ip_address(host.partition("%")[0]).is_loopback
        local = local or ipaddress.ip_address(host.partition("%")[0]).is_unspecified
    except ValueError:
        local = False
    if not local:
        raise NetworkBlockedError(f"a test tried to reach {host!r}; tests have no network")
