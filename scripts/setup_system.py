"""Installs the system programs that the end-to-end tests need. Standard library only; what is there is left alone.

Only as root on a Debian-like system, and only where asked for by CASECLERK_CI=1 or --install; elsewhere it says what is
missing, and the tests that need it skip with the same reason.
"""

import argparse
import os
import shutil
import subprocess
import sys

PACKAGES = {"strace": "strace", "unshare": "util-linux", "setpriv": "util-linux", "mount": "mount"}
"""Program and the Debian package that holds it."""


def main() -> int:
    """Install what is missing; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--install", action="store_true", help="install without CASECLERK_CI, too")
    wanted = parser.parse_args().install or os.environ.get("CASECLERK_CI", "") not in {"", "0"}
    missing = sorted({package for program, package in PACKAGES.items() if shutil.which(program) is None})
    if not missing:
        return 0
    said = f"apt-get install {' '.join(missing)}"
    if not wanted or os.geteuid() != 0 or shutil.which("apt-get") is None:
        print(f"Some end-to-end tests need programs that are not installed: {said}", file=sys.stderr)
        return 0
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", *missing]):
        if subprocess.run(command, env=environment, check=False).returncode:
            print(f"These programs could not be installed; do it by hand: {said}", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
