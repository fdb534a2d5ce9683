"""The walls around the tests themselves: no network, a HOME of their own, no silent skip in CI."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def test_a_test_cannot_reach_the_network() -> None:
    with socket.socket() as stream, pytest.raises(AssertionError, match=r"192\.0\.2\.1"):
        stream.connect(("192.0.2.1", 80))
    with socket.socket(type=socket.SOCK_DGRAM) as datagram, pytest.raises(AssertionError, match=r"192\.0\.2\.1"):
        datagram.sendto(b"x", ("192.0.2.1", 53))
    with pytest.raises(AssertionError, match=r"example\.org"):
        socket.getaddrinfo("example.org", 443)


def test_loopback_stays_open() -> None:
    with socket.socket() as server, socket.socket() as client:
        server.bind(("127.0.0.1", 0))
        server.listen()
        client.connect(server.getsockname())
        assert client.getpeername() == server.getsockname()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can leave the network by namespace")
def test_a_child_of_a_test_sees_only_loopback() -> None:
    program = "import socket; print([name for _, name in socket.if_nameindex()])"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "['lo']"


def test_home_is_not_the_users() -> None:
    assert "caseclerk-tests-" in os.environ["HOME"]
    assert Path(os.environ["CASECLERK_HOME"]).is_relative_to(os.environ["HOME"])


PROGRAM = """
import pytest
from tests.capabilities import NO_PUBLIC_DATA

def test_needs_something():
    pytest.skip("no namespace here")

def test_needs_data():
    pytest.skip(NO_PUBLIC_DATA + "none")

@pytest.mark.xfail(reason="known")
def test_known():
    assert False
"""


@pytest.mark.parametrize(
    ("ci", "code", "says"),
    [("", 0, "2 skipped, 1 xfailed"), ("0", 0, "2 skipped, 1 xfailed"), ("1", 1, "1 failed, 1 skipped, 1 xfailed")],
)
def test_in_ci_a_skip_is_a_failure(tmp_path: Path, ci: str, code: int, says: str) -> None:
    (tmp_path / "test_something.py").write_text(PROGRAM)
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider", str(tmp_path), "-q"],
        cwd=ROOT,
        env={**os.environ, "CASECLERK_CI": ci},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == code, run.stdout
    assert says in run.stdout
    assert ("In CI (CASECLERK_CI) a test that cannot run fails: no namespace here" in run.stdout) == (ci == "1")


def test_in_ci_a_module_that_skips_itself_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "test_whole.py").write_text("import pytest\npytest.importorskip('no_such_module_at_all')\n")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider", str(tmp_path), "-q"],
        cwd=ROOT,
        env={**os.environ, "CASECLERK_CI": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode != 0, run.stdout
    assert "no_such_module_at_all" in run.stdout
