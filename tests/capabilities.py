"""What a test may need of the machine. Each helper skips with a reason; under CASECLERK_CI a skip is a failure.

The one skip that stays a skip everywhere is that of public data which nobody has to have.
"""

import functools
import os
import shutil
import subprocess
from pathlib import Path

import pytest

NO_PUBLIC_DATA = "public data are not here: "
"""How the reason of a skip begins that is no failure in CI: data sets are given by path, and CI has none."""


def in_ci() -> bool:
    """Whether a test that cannot run must fail."""
    return os.environ.get("CASECLERK_CI", "") not in {"", "0"}


def needs_root(what: str) -> None:
    """Skip unless the tests run as root."""
    if os.geteuid() != 0:
        pytest.skip(f"{what} needs root; run the tests as root in a throw-away machine or container")


def needs_program(name: str, package: str) -> str:
    """Where a program lies; skips when it is not installed."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"the program {name} is not installed (Debian package {package})")
    return found


def needs_namespaces() -> None:
    """Skip unless network and mount namespaces can be made and mounts made in them."""
    needs_root("making network and mount namespaces")
    needs_program("unshare", "util-linux")
    needs_program("mount", "mount")
    needs_program("setpriv", "util-linux")
    trouble = _namespace_trouble()
    if trouble:
        pytest.skip(f"this machine allows no network and mount namespaces: {trouble}")


def needs_public_data(name: str) -> Path:
    """The folder of one public data set under CASECLERK_EVAL_DATA; skips when it is not there."""
    root = os.environ.get("CASECLERK_EVAL_DATA", "")
    folder = Path(root, name)
    if not root or not folder.is_dir():
        pytest.skip(f"{NO_PUBLIC_DATA}set CASECLERK_EVAL_DATA to the folder that holds {name}")
    return folder


@functools.cache
def _namespace_trouble() -> str:
    command = ["unshare", "--mount", "--net", "--propagation", "private", "mount", "-t", "tmpfs", "none", "/mnt"]
    tried = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    return tried.stderr.strip() if tried.returncode else ""
