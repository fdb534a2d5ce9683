"""The same attacks against a process of an ordinary user: walls must stand without root, too.

Run as root, the tests are run again as user 65534, in a mount namespace where the folders above the interpreter that
only root may enter (such as /root) are replaced by empty ones holding just the interpreter.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
NOBODY = 65534
CHOSEN = (
    "every_wall or segfault or memory_is_bounded or sleepers_then_done or generations or none_is_allowed or parts_stay "
    "or other_files or each_wall_alone or no_secret or cannot_be_killed or processor_limit or hard_link"
)
SCRIPT = """
set -eu
for kept in $KEPT; do
    mkdir -p "$HOLD$kept"
    mount --bind "$kept" "$HOLD$kept"
done
for closed in $CLOSED; do mount -t tmpfs -o mode=755 none "$closed"; done
for kept in $KEPT; do
    mkdir -p "$kept"
    mount --bind "$HOLD$kept" "$kept"
done
exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
"""


def closed_folder_above(path: Path) -> Path | None:
    """The topmost folder on the way to `path` that an ordinary user may not enter."""
    for folder in [*reversed(path.parents), path]:
        if not folder.stat().st_mode & 0o001:
            return folder
    return None


def test_the_walls_stand_for_an_ordinary_user_too() -> None:
    command = [
        sys.executable,
        "-m",
        "pytest",
        str(HERE / "test_isolation.py"),
        "-q",
        "-p",
        "no:cacheprovider",
        "-k",
        CHOSEN,
    ]
    needed = {Path(sys.prefix).resolve(), Path(sys.base_prefix).resolve(), HERE.parent.parent}
    closed = {path: folder for path in needed if (folder := closed_folder_above(path)) is not None}
    with tempfile.TemporaryDirectory() as hold, tempfile.TemporaryDirectory() as temporary:
        Path(temporary).chmod(0o777)
        environment = {
            **{name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
            "HOLD": hold,
            "KEPT": " ".join(map(str, closed)),
            "CLOSED": " ".join(map(str, set(closed.values()))),
            "TMPDIR": temporary,
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        if os.geteuid() == 0:
            command = ["unshare", "--mount", "--propagation", "private", "sh", "-c", SCRIPT, "sh", *command]
        outcome = subprocess.run(
            command, cwd=HERE.parent.parent, env=environment, capture_output=True, text=True, check=False, timeout=200
        )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert " passed" in outcome.stdout
    assert "failed" not in outcome.stdout
