"""What `make run` does: offers a language model once, builds the demo case, takes it in, and talks about it.

With a terminal it serves the page. Without one it asks three questions, prints the cited answers and ends with 0.
"""

import os
import sys
from pathlib import Path

from assistant.cli.ending import told
from assistant.cli.model_offer import offer_model
from assistant.cli.root import main as caseclerk
from casefile.errors import CaseclerkError
from casefile.home import find_home

ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path("build") / "demo_case"


def run() -> int:
    """Run the demo; returns the exit code. A model that could not be had is told, and the demo goes on without."""
    os.chdir(ROOT)
    try:
        for model_id in offer_model(find_home(None, os.environ)):
            if caseclerk(["models", "pull", model_id, "--yes"]) == 0:
                caseclerk(["models", "use", model_id])
    except CaseclerkError as error:
        told(error)
    return caseclerk(["demo", "--folder", str(FOLDER)])


if __name__ == "__main__":
    sys.exit(run())
