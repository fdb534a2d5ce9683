"""The beginning of an ingestion's process: modest, and gone when the page is.

`python -P -m assistant.ui.jobs.child_start PARENT ARGUMENT...` runs `caseclerk ARGUMENT...` behind everything else on
this machine. The kernel kills it when the thread that started it is no more (prctl(2), PR_SET_PDEATHSIG): a page that
was killed leaves no process behind that holds the case's lock. What was acknowledged by then is kept.
"""

import ctypes
import os
import signal
import sys

NICENESS = 10
_PR_SET_PDEATHSIG = 1


def run() -> None:
    """Run the command line that follows the parent's process id."""
    parent, arguments = int(sys.argv[1]), sys.argv[2:]
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the line above
        sys.exit(1)
    os.nice(NICENESS)

    from assistant.cli.root import main

    sys.exit(main(arguments))


if __name__ == "__main__":
    run()
