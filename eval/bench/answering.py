"""First evidence and full answer, beside the plain pipeline and the raw limit, on the same questions in turn.

The raw limit is what no search by meaning can go below on this machine: embedding the question and one product with
all vectors. All three sides are in one process, loaded and warm, and visit each question one after the other.
"""

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from assistant.embedding import make_embedder
from casefile.home import Home
from casefile.settings import load_settings
from eval.bench.figures import Figure, info, not_run, tell, times
from eval.records import Response, Sample, SuiteOptions, TextCorpus
from eval.suites.contracts import Contracts
from eval.tasks.asking import Asking
from eval.tasks.corpora import Corpora
from eval.tasks.plain import Plain
from ingest.progress import Silent

QUESTIONS = 40
BATCH = "29 documents"


def run(data: Path | None) -> list[Figure]:
    """Medians, and the medians of the ratios question by question."""
    if data is None or not (data / "contracts" / "spans.jsonl").is_file():
        return [not_run("first evidence and full answer", "no contracts: give the data's folder with --data")]
    with TemporaryDirectory() as scratch:
        home = Home(Path(scratch))
        home.prepare()
        options = SuiteOptions(data, 0, "dev", home.root / "made", full=False)
        batch = next(one for one in Contracts().batches(options) if one.name == BATCH)
        assert isinstance(batch.corpus, TextCorpus)
        settings = load_settings(home.root, {}).settings
        embedder = make_embedder(home, settings)
        tell(f"making the case of {batch.name}, and the plain pipeline's index")
        plain = Plain(batch.corpus, batch.passages)
        with Corpora(home, settings, lambda: embedder, Silent(), "bench").open(batch.corpus) as opened:
            ours = Asking(opened, settings.answering.passages)
            vectors = opened.case.catalogue.embeddings()[1].astype(np.float32)

            def raw(sample: Sample) -> Response:
                begin = time.perf_counter()
                (vectors @ embedder.embed_queries([sample.question])[0]).argmax()
                spent = (time.perf_counter() - begin) * 1000
                return Response("found", timings_ms={"evidence": spent, "total": spent})

            return _figures(batch.samples[:QUESTIONS], {"ours": ours.ask, "plain": plain.ask, "raw": raw}, len(vectors))


def _figures(
    samples: tuple[Sample, ...], sides: dict[str, Callable[[Sample], Response]], passages: int
) -> list[Figure]:
    for answer in sides.values():
        answer(samples[0])  # warm
    taken: dict[str, list[tuple[float, float]]] = {side: [] for side in sides}
    for sample in samples:
        for side, answer in sides.items():
            timings = answer(sample).timings_ms
            taken[side].append((timings.get("evidence", timings["total"]), timings["total"]))
    found = []
    for column, name in enumerate(("first evidence", "full answer")):
        mine = [one[column] for one in taken["ours"]]
        said = ", ".join(f"{side} {statistics.median(t[column] for t in ts):.1f} ms" for side, ts in taken.items())
        p95 = statistics.quantiles(mine, n=20)[-1]
        found.append(info(f"{name}, {passages:,} passages (medians)", f"{said}; ours p95 {p95:.1f} ms"))
        for other, words in (("plain", "over the plain pipeline"), ("raw", "over the raw limit")):
            ratios = [a / max(b[column], 1e-6) for a, b in zip(mine, taken[other], strict=True)]
            found.append(times(f"{name} {words}", statistics.median(ratios)))
    return found
