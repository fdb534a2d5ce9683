"""What `make run` does: builds the demo case, takes it in, and talks about it (`caseclerk demo`).

With a terminal it serves the page. Without one it asks three questions, prints the cited answers and ends with 0.
"""

import os
import sys
from pathlib import Path

from assistant.cli.root import main as caseclerk

ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path("build") / "demo_case"


def run() -> int:
    """Run the demo; returns the exit code."""
    os.chdir(ROOT)
    return caseclerk(["demo", "--folder", str(FOLDER)])


if __name__ == "__main__":
    sys.exit(run())
