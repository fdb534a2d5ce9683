"""Ingestion beside a plain llama-index pipeline on the same PDF files: pages a second and peak memory, as ratios.

Each side runs in processes of its own, in rounds that visit all sides in turn, because the machine may be busy with
other things. Figures are medians of the ratios within a round.
"""

import json
import os
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from eval.bench.figures import Figure, info, judged, not_run, tell, times
from eval.bench.processes import Watched, watch

WANTED_SPEED = 1.7
"""Times the pages a second of the peer that embeds everything."""
SIDES = {
    "peer A": ["--chunk", "1024"],
    "peer B": ["--chunk", "256", "--overlap", "0"],
}
"""A: llama-index's defaults; the model sees the first 256 tokens of each chunk only. B: everything is embedded."""
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Load:
    """One load of all files by one side; `work_seconds` without starting the program and loading the model."""

    pages: int
    pieces: int
    work_seconds: float
    all_seconds: float
    peak_bytes: int


def run(data: Path | None, pages: int | None, rounds: int) -> list[Figure]:
    """Compare on the first contracts with so many pages; None for all.

    Raises:
        RuntimeError: one of the sides failed; the message holds what it said.
    """
    folder = data / "contracts" / "pdf" if data is not None else None
    if folder is None or not folder.is_dir():
        return [not_run("ingestion beside llama-index", "no contracts/pdf: give the data's folder with --data")]
    files, total = choose(folder, pages)
    loads: dict[str, list[Load]] = {"ours": [], **{side: [] for side in SIDES}}
    with tempfile.TemporaryDirectory() as scratch:
        top = Path(scratch)
        models = _convert_model(top, files[0])
        for number in range(rounds):
            tell(f"round {number + 1} of {rounds}: {len(files)} files, {total} pages")
            loads["ours"].append(_ours(top / f"ours-{number}", models, files, total))
            for side, options in SIDES.items():
                loads[side].append(_peer(top / f"{side[-1]}-{number}", options, files))
    return figures(loads)


def choose(folder: Path, pages: int | None) -> tuple[list[Path], int]:
    """PDF files by name until they have so many pages together, and the number of their pages."""
    import pypdfium2

    chosen, total = [], 0
    for path in sorted(folder.glob("*.pdf")):
        document = pypdfium2.PdfDocument(path)
        total += len(document)
        document.close()
        chosen.append(path)
        if pages is not None and total >= pages:
            break
    return chosen, total


def figures(loads: dict[str, list[Load]]) -> list[Figure]:
    """The ratios of ours to each side."""
    found = []
    for side, name in (("peer B", "256-token chunks, all embedded"), ("peer A", "1,024-token chunks, cut at 256")):
        speed, whole, memory = (
            statistics.median(value(mine, theirs) for mine, theirs in zip(loads["ours"], loads[side], strict=True))
            for value in (_speed_ratio, _whole_ratio, _memory_ratio)
        )
        said = f"{_rate(loads['ours']):.1f} against {_rate(loads[side]):.1f} pages/s"
        held = f"{_peak(loads['ours']):,.0f} against {_peak(loads[side]):,.0f} MiB"
        if side == "peer B":
            found.append(
                judged(f"pages/s over llama-index, {name}", speed, WANTED_SPEED, unit="x", at_most=False, said=said)
            )
            found.append(
                judged(f"peak memory over llama-index, {name}", memory, 1.0, unit="x", at_most=True, said=held)
            )
        else:
            found.append(times(f"pages/s over llama-index, {name}", speed, said))
            found.append(times(f"peak memory over llama-index, {name}", memory, held))
        found.append(times(f"pages/s, programs started and models loaded, over {side}", whole))
    pieces = ", ".join(f"{side} {side_loads[0].pieces:,}" for side, side_loads in loads.items())
    found.append(info("passages or chunks", f"{pieces} of {loads['ours'][0].pages:,} pages"))
    return found


def _speed_ratio(mine: Load, theirs: Load) -> float:
    return (mine.pages / mine.work_seconds) / (theirs.pages / theirs.work_seconds)


def _whole_ratio(mine: Load, theirs: Load) -> float:
    return (mine.pages / mine.all_seconds) / (theirs.pages / theirs.all_seconds)


def _memory_ratio(mine: Load, theirs: Load) -> float:
    return mine.peak_bytes / theirs.peak_bytes


def _rate(loads: list[Load]) -> float:
    return statistics.median(load.pages / load.work_seconds for load in loads)


def _peak(loads: list[Load]) -> float:
    return statistics.median(load.peak_bytes for load in loads) / MIB


def caseclerk(home: Path, *arguments: str) -> list[str]:
    """A command line of this installation's."""
    return [str(Path(sys.executable).parent / "caseclerk"), "--home", str(home), *arguments]


def _convert_model(top: Path, file: Path) -> Path:
    """The int8 copy of the model is made once on a machine, not once a case: before the clock starts."""
    _require(watch(caseclerk(top / "first", "ingest", str(file), "--case", "first")))
    return top / "first" / "models"


def _ours(home: Path, models: Path, files: list[Path], pages: int) -> Load:
    home.mkdir(mode=0o700)
    (home / "models").symlink_to(models)
    done = _require(watch(caseclerk(home, "ingest", *map(str, files), "--case", "bench", "--json")))
    document = json.loads(done.out)
    seconds = document["timings_ms"]["total"] / 1000
    return Load(pages, document["totals"]["passages"], seconds, done.seconds, done.peak_bytes)


def _peer(out: Path, options: list[str], files: list[Path]) -> Load:
    out.mkdir()
    names = out / "files.txt"
    names.write_text("\n".join(map(str, files)), encoding="utf-8")
    command = [sys.executable, "-m", "eval.bench.peer_pipeline", "--list", str(names), "--out", str(out / "chroma")]
    done = _require(watch([*command, *options], {**os.environ, "OMP_WAIT_POLICY": "PASSIVE"}))
    said = json.loads(done.out.splitlines()[-1])
    return Load(said["pages"], said["chunks"], said["seconds"], done.seconds, done.peak_bytes)


def _require(done: Watched) -> Watched:
    if done.code not in {0, 1}:  # 1: a file could not be read, which is measured all the same
        raise RuntimeError(f"exit code {done.code}: {done.err[-2000:]}")
    if not done.out.strip():
        raise RuntimeError(f"no output: {done.err[-2000:]}")
    return done
