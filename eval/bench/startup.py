"""How long a person waits: for `--help`, for the first answer of a cold `ask`, for an answer in `chat`.

The program's files are in the system's page cache, as they are after the first call of a day.
"""

import os
import pty
import statistics
import tempfile
import time
from pathlib import Path

from eval.bench.figures import Figure, info, judged, tell
from eval.bench.peer import caseclerk
from eval.bench.processes import watch

HELP_SECONDS, ASK_SECONDS, CHAT_SECONDS = 0.5, 10.0, 0.5
PROMPT = b"\n> "
QUESTIONS = (
    "Who signed the delivery note of hall 17?",
    "How many crates stood in hall 40?",
    "When was hall 80 inspected?",
    "What did Mira Vogel find in hall 101?",
)


def run(rounds: int = 5) -> list[Figure]:
    """Measure on a case of 200 small files.

    Raises:
        RuntimeError: a command failed; the message holds what it said.
    """
    tell("start-up: --help, a cold ask, chat")
    with tempfile.TemporaryDirectory() as scratch:
        top = Path(scratch)
        home = top / "home"
        write_notes(top / "notes")
        done = watch(caseclerk(home, "ingest", str(top / "notes"), "--case", "bench"))
        if done.code:
            raise RuntimeError(done.err)
        helped = [watch(caseclerk(home, "--help")).seconds for _ in range(rounds)]
        asked = [watch(caseclerk(home, "ask", QUESTIONS[0], "--case", "bench")) for _ in range(rounds)]
        failed = [watched for watched in asked if watched.code]
        if failed:
            raise RuntimeError(failed[0].err)
        first, later = chat_seconds(home)
    return [
        judged("caseclerk --help", statistics.median(helped), HELP_SECONDS, unit="s", at_most=True),
        judged(
            "first answer of a cold ask",
            statistics.median(w.seconds for w in asked),
            ASK_SECONDS,
            unit="s",
            at_most=True,
        ),
        judged("first answer in chat, from Enter", first, CHAT_SECONDS, unit="s", at_most=True),
        info("later answers in chat", f"{statistics.median(later):.2f} s (median of {len(later)})"),
    ]


def write_notes(folder: Path) -> None:
    """200 notes that differ in names and numbers."""
    folder.mkdir()
    names = ("Mira Vogel", "Jonas Brandt", "Leyla Demir", "Piet de Vries", "Anna Kowalska")
    for number in range(200):
        name, other = names[number % 5], names[(number * 3 + 1) % 5]
        (folder / f"note-{number:03}.txt").write_text(
            f"Inspection of hall {number}\n\nHall {number} was inspected on {number % 28 + 1} May 2024 by {name}.\n\n"
            f"{number * 7 % 90 + 3} crates stood in hall {number}; {name} found a torn tarpaulin in hall {number}.\n\n"
            f"{other} signed the delivery note of hall {number}.\n",
            encoding="utf-8",
        )


def chat_seconds(home: Path) -> tuple[float, list[float]]:
    """Seconds from Enter to the next prompt, in a terminal of its own: the first answer, and the later ones."""
    command = caseclerk(home, "chat", "--case", "bench")
    child, terminal = pty.fork()
    if child == 0:
        os.execv(command[0], command)  # noqa: S606 - our own interpreter
    try:
        _read_until_prompt(terminal)
        taken = [_ask(terminal, question) for question in QUESTIONS]
        os.write(terminal, b"/quit\n")
        _read_to_end(terminal)
    finally:
        os.close(terminal)
        os.waitpid(child, 0)
    return taken[0], taken[1:]


def _ask(terminal: int, question: str) -> float:
    begin = time.perf_counter()
    os.write(terminal, question.encode() + b"\n")
    _read_until_prompt(terminal)
    return time.perf_counter() - begin


def _read_until_prompt(terminal: int) -> None:
    seen = b""
    while not seen.replace(b"\r", b"").endswith(PROMPT):
        try:
            seen += os.read(terminal, 65536)
        except OSError as error:  # Linux says so when the other end is closed
            raise RuntimeError(f"chat ended: {seen.decode('utf-8', 'replace')[-2000:]}") from error


def _read_to_end(terminal: int) -> None:
    try:
        while os.read(terminal, 65536):
            pass
    except OSError:
        return
