"""Makes the picture in the README: `python -m scripts.make_picture`, after `make run` has built the demo case."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import DEFAULT_TERMINAL_THEME
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "answer.svg"
WIDTH = 110

# Rich's own frame asks for fonts from the network; this one uses what the reader has.
FRAME = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: monospace; font-size: {char_height}px; line-height: {line_height}px; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: sans-serif; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" /></clipPath>{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}<g class="{unique_id}-matrix">{matrix}</g></g>
</svg>
"""


def main() -> int:
    """Ask the second showcase question and draw what the terminal shows."""
    truth = json.loads((ROOT / "build" / "demo_case" / "truth.json").read_text(encoding="utf-8"))
    wanted = truth["demo_questions"][1]
    question = next(entry["question"] for entry in truth["questions"] if entry["id"] == wanted)
    command = [sys.executable, "-m", "assistant", "ask", question, "--case", "demo"]
    environment = {**os.environ, "FORCE_COLOR": "1", "COLUMNS": str(WIDTH)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    console = Console(record=True, width=WIDTH, file=io.StringIO(), color_system="truecolor", force_terminal=True)
    console.print(Text(f'$ caseclerk ask "{question}" --case demo\n', style="bold"))
    console.print(Text.from_ansi(done.stdout))
    console.save_svg(
        str(PICTURE), title="caseclerk", theme=DEFAULT_TERMINAL_THEME, code_format=FRAME, unique_id="answer"
    )
    print(f"{PICTURE.relative_to(ROOT)} is written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
