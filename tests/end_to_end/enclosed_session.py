"""Starts a session of commands behind walls and reads its report."""

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.end_to_end.command_line import CASECLERK, ROOT
from tests.end_to_end.enclosure import enclosed, interpreter_places

NOBODY = 65534


@dataclass(frozen=True, slots=True)
class Report:
    """What stood around the commands, what each did, and which files were left in HOME and the temporary folder."""

    walls: dict[str, Any]
    steps: list[dict[str, Any]]
    left: list[str]


def run_session(
    place: Path,
    steps: Sequence[Sequence[str | Path]],
    *,
    user: int | None = None,
    small_disk: tuple[Path, str] | None = None,
    traced: Sequence[str] = (),
    limit_s: float = 280,
) -> Report:
    """Run steps in `place`, with an empty HOME and temporary folder that belong to the user.

    Args:
        place: the folder in which the commands run; the user must be allowed to enter it.
        steps: arguments of `caseclerk`, or a command that begins with a full path.
        user: the numeric user that runs them; None for root.
        small_disk: a folder on which a tmpfs of that size is mounted for the session.
        traced: a command line put before, such as strace with its options.
        limit_s: seconds after which the session is given up.
    """
    own = place / f"session-{user or 0}-{len(list(place.iterdir()))}"
    for folder in (own, own / "home", own / "tmp"):
        folder.mkdir(mode=0o700)
        os.chown(folder, user or 0, user or 0)
    driver = ["python", "-m", "tests.end_to_end.session"]
    walls = enclosed(driver, user=user, read_only=interpreter_places(), folder=place, small_disk=small_disk)
    done = subprocess.run(
        [*traced, *walls],
        cwd=ROOT,
        env=environment(own / "home", own / "tmp", PYTHONPATH=str(ROOT)),
        input=json.dumps([[str(argument) for argument in step] for step in steps]),
        capture_output=True,
        text=True,
        check=False,
        timeout=limit_s,
    )
    assert done.returncode == 0, done.stderr
    return Report(**json.loads(done.stdout))


def environment(home: Path, temporary: Path, **more: str) -> dict[str, str]:
    """A bare environment."""
    path = f"{Path(CASECLERK).parent}:/usr/sbin:/usr/bin:/sbin:/bin"
    return {"PATH": path, "LANG": "C.UTF-8", "HOME": str(home), "TMPDIR": str(temporary), **more}
