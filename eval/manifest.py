"""What a run ran on: enough to run it again, or to see why a second run differs."""

import hashlib
import json
import os
import platform
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from casefile.serial import now, time_to_text
from casefile.settings import Settings
from eval.records import Batch, CaseCorpus, FileCorpus, Sample, TextCorpus

_SAMPLES: TypeAdapter[tuple[Sample, ...]] = TypeAdapter(tuple[Sample, ...])
_ROOT = Path(__file__).resolve().parent.parent


def manifest(
    suites: Mapping[str, Sequence[Batch]], settings: Settings, engine: Mapping[str, Any], options: Mapping[str, Any]
) -> dict[str, Any]:
    """What is known before the first question.

    Args:
        suites: the batches of each suite, as they will be asked.
        settings: those in force.
        engine: what writes the answers, with the hashes of model and prompt.
        options: of the call: seed, split, limit and so on.
    """
    return {
        "format": 1,
        "started": time_to_text(now()),
        "finished": None,
        "revision": revision(),
        "caseclerk": metadata.version("caseclerk"),
        "packages_sha256": _packages(),
        "constraints_sha256": _constraints(),
        "engine": dict(engine),
        "settings": settings.model_dump(mode="json"),
        "options": dict(options),
        "machine": machine(),
        "peak_memory_mib": None,
        "batches": [
            {
                "suite": suite,
                "batch": batch.name,
                "task": batch.task,
                "metrics": list(batch.metrics),
                "samples": len(batch.samples),
                "documents": _documents(batch),
                "data_sha256": _data(batch),
            }
            for suite, batches in suites.items()
            for batch in batches
        ],
    }


def finished(before: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest of a run that has come to its end."""
    usage = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    earlier = before.get("peak_memory_mib") or 0.0
    return {**before, "finished": time_to_text(now()), "peak_memory_mib": round(max(usage, earlier), 1)}


def revision() -> dict[str, Any]:
    """The git revision of this program's source, and whether it was changed since; `none` for an installed copy."""
    if not (_ROOT / ".git").exists():
        return {"commit": "none", "changed": False}
    try:
        commit = _git("rev-parse", "HEAD")
        changed = _git("status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.CalledProcessError):
        return {"commit": "unknown", "changed": False}
    return {"commit": commit, "changed": bool(changed)}


def _git(*arguments: str) -> str:
    run = subprocess.run(["git", "-C", str(_ROOT), *arguments], capture_output=True, text=True, check=True)  # noqa: S607
    return run.stdout.strip()


def machine() -> dict[str, Any]:
    """The hardware, as far as it decides speed; no name of the machine or of its user."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": round(memory, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": sys.version.split()[0],
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


def _packages() -> str:
    """One hash of the names and versions of all installed packages."""
    found = sorted({f"{one.metadata['Name']}=={one.version}" for one in metadata.distributions()})
    return hashlib.sha256("\n".join(found).encode()).hexdigest()


def _constraints() -> str:
    """The hash of the pinned versions; empty for an installed copy, which has no such file."""
    path = _ROOT / "constraints.txt"
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _documents(batch: Batch) -> int:
    """Of how many documents the questions are asked; 0 for a batch without any, and for a user's case."""
    if isinstance(batch.corpus, TextCorpus):
        return len(batch.corpus.documents)
    if isinstance(batch.corpus, FileCorpus):
        return sum(path.is_file() for path in batch.corpus.root.rglob("*"))
    return 0


def _data(batch: Batch) -> str:
    """One hash of the questions with their gold, and of the texts they are asked of."""
    digest = hashlib.sha256()
    document = json.dumps(_SAMPLES.dump_python(batch.samples, mode="json"), sort_keys=True)
    digest.update(document.encode("utf-8", "replace"))
    corpus = batch.corpus
    if isinstance(corpus, TextCorpus):
        for one in corpus.documents:
            digest.update(f"\0{one.key}\0{one.text}".encode("utf-8", "replace"))
    elif isinstance(corpus, FileCorpus):
        for path in sorted(path for path in corpus.root.rglob("*") if path.is_file() and not path.is_symlink()):
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    elif isinstance(corpus, CaseCorpus):
        digest.update(corpus.case_id.encode())
    return digest.hexdigest()
