"""What `make run` does: builds the demo case, takes it in, and talks about it.

With a terminal it serves the page. Without one it asks three questions, prints the cited answers and ends with 0.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from assistant.cli.root import main as caseclerk
from casefile.home import find_home
from data.demo_case.build import DEFAULT_SEED, build

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "demo_case"
CASE = "demo"
PURPOSE = "Demonstration with invented people; nothing in it is real."


def run() -> int:
    """Run the demo; returns the exit code."""
    os.chdir(ROOT)
    truth = prepare()
    by_id = {question["id"]: question["question"] for question in truth["questions"]}
    questions = [by_id[name] for name in truth["demo_questions"]]
    home = find_home(None, os.environ)
    if CASE not in home.case_ids():
        create = ["case", "create", CASE, "--title", truth["title"], "--purpose", PURPOSE]
        create += ["--case-number", truth["case_number"], "--region", truth["region"]]
        create += ["--time-zone", truth["time_zone"], "--languages", ",".join(truth["languages"])]
        code = caseclerk(create)
        if code:
            return code
    code = caseclerk(["ingest", str((FOLDER / "files").relative_to(ROOT)), "--case", CASE])
    if code not in {0, 1}:  # 1: some files failed, as they are meant to in the demo case
        return code
    if sys.stdin.isatty() and sys.stdout.isatty():
        print("\nTry for example:")
        for question in questions:
            print(f"  {question}")
        print(f"\nThe case is {CASE!r}; in the terminal: {Path(sys.prefix) / 'bin' / 'caseclerk'} chat --case {CASE}\n")
        return caseclerk(["ui"])
    for question in questions:
        print(f"\n> {question}", flush=True)
        code = caseclerk(["ask", question, "--case", CASE])
        if code:
            return code
    return 0


def prepare() -> dict[str, Any]:
    """Write the demo case's files, unless they are there; returns its truth."""
    truth_path = FOLDER / "truth.json"
    if not truth_path.is_file():
        print("Writing the demo case ...", file=sys.stderr)
        build(FOLDER, DEFAULT_SEED)
    truth: dict[str, Any] = json.loads(truth_path.read_text(encoding="utf-8"))
    return truth


if __name__ == "__main__":
    sys.exit(run())
