"""How fast the model reads and writes on this machine: measured on real prompts, kept in `speed.json` beside the model.

What is shown to the model depends on the reading speed, so the figure is steady: a new one takes its place only where
the old one is clearly wrong, and the same question gets the same passages from one day to the next.
"""

import json
import math
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from assistant.chat_models.port import Usage
from assistant.models.kept import read_json, write_durably

FILE_NAME = "speed.json"
LEAST_TOKENS_READ = 64
"""Of a prompt from which something can be learned; shorter ones measure the beginning only."""
LEAST_TOKENS_WRITTEN = 16
CLEARLY_WRONG = 1.5
"""Old and new figure differ by more than this factor."""


@dataclass(frozen=True, slots=True)
class Speed:
    """Tokens in a second; 0 where it was not measured. `measured_at` is UTC, ISO 8601."""

    read_tokens_per_second: float
    write_tokens_per_second: float
    threads: int
    gpu_layers: int
    measured_at: str


def kept_speed(folder: Path, threads: int, gpu_layers: int) -> Speed | None:
    """What was measured with as many threads and layers on a graphics card; None where nothing was.

    A file that cannot be read is no measurement: it is made again.
    """
    try:
        document = read_json(folder / FILE_NAME)
        speed = Speed(
            float(document["read_tokens_per_second"]),
            float(document["write_tokens_per_second"]),
            int(document["threads"]),
            int(document["gpu_layers"]),
            str(document["measured_at"]),
        )
    except (OSError, ValueError, TypeError, KeyError):
        return None
    sound = all(
        math.isfinite(rate) and rate >= 0 for rate in (speed.read_tokens_per_second, speed.write_tokens_per_second)
    )
    fits = (speed.threads, speed.gpu_layers) == (threads, gpu_layers)
    return speed if sound and fits and speed.read_tokens_per_second > 0 else None


def keep_speed(folder: Path, speed: Speed) -> None:
    """Write it. A disk that refuses loses the figure only."""
    try:
        write_durably(folder / FILE_NAME, json.dumps(asdict(speed)))
    except OSError:
        return


def learned(old: Speed | None, read: float, write: float, threads: int, gpu_layers: int) -> Speed | None:
    """The speed after a measurement (tokens in a second, 0: not measured); None where the old one stays."""
    reading, writing = (old.read_tokens_per_second, old.write_tokens_per_second) if old else (0.0, 0.0)
    new_reading = read if _clearly_other(reading, read) else reading
    new_writing = write if _clearly_other(writing, write) else writing
    if (new_reading, new_writing) == (reading, writing):
        return None
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Speed(round(new_reading, 2), round(new_writing, 2), threads, gpu_layers, now)


def rates(usage: Usage) -> tuple[float, float]:
    """Tokens read and written in a second; 0 where a turn was too short to tell."""
    read = usage.prompt_tokens - usage.kept_tokens
    reading = read / usage.read_ms * 1000 if read >= LEAST_TOKENS_READ and usage.read_ms > 0 else 0.0
    written = usage.written_tokens
    writing = written / usage.write_ms * 1000 if written >= LEAST_TOKENS_WRITTEN and usage.write_ms > 0 else 0.0
    return reading, writing


def _clearly_other(old: float, new: float) -> bool:
    return new > 0 and (old <= 0 or max(old, new) > CLEARLY_WRONG * min(old, new))
