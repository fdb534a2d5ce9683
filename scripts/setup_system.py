"""Installs the system programs that the tests need (Chromium among them). Standard library only.

As root on a Debian-like system what is missing is installed, and what is there is left alone; elsewhere it says what is
missing, and the tests that need it skip with the same reason.
"""

import argparse
import os
import shutil
import subprocess
import sys

PACKAGES = {
    "chromium": "chromium",
    "strace": "strace",
    "unshare": "util-linux",
    "setpriv": "util-linux",
    "mount": "mount",
}
"""Program and the Debian package that holds it."""


def main() -> int:
    """Install what is missing; returns the exit code."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    missing = sorted({package for program, package in PACKAGES.items() if shutil.which(program) is None})
    if not missing:
        return 0
    said = f"apt-get install {' '.join(missing)}"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        print(f"Some tests need programs that are not installed: {said}", file=sys.stderr)
        return 0
    print(f"Installing what the tests need: {said}", file=sys.stderr)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", *missing]):
        if subprocess.run(command, env=environment, check=False).returncode:
            print(f"These programs could not be installed; do it by hand: {said}", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
