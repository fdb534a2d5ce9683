"""`search` at 50,000 and 200,000 passages: time, memory, and what Chroma finds of what exact search finds.

Some passages of the contracts are embedded; the rest are perturbed copies of them: a part of the words exchanged for
others of the vocabulary, the vector turned a little towards that of another passage. Each size is searched by a process
of its own, with the questions of the contracts' development half, by words, meaning and identifiers, as the command
line does it.
"""

import argparse
import json
import os
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assistant.retrieval.dense import NearestSearch
from casefile.catalogue import EmbeddingModel
from casefile.recording import record_model
from casefile.settings import load_settings
from casefile.vectors import exact_nearest
from eval.bench.contracts import cut, load_contracts
from eval.bench.figures import Figure, grown, info, judged, not_run, tell, times
from eval.bench.processes import watch
from eval.corpus_case import CorpusDocument, Stretch, build_case

if TYPE_CHECKING:
    from assistant.app import Assistant

SIZE, LARGE = 50_000, 200_000
GROWTH = (1_000, 10_000, SIZE, LARGE)
P95_MS, RECALL, MEMORY_GIB = 200.0, 0.99, 2.0
NEAREST = 10
WORDS_EXCHANGED = 0.15
TURNED = 0.45
"""How much of another passage's vector is added to a copy's: it lies at a cosine of about 0.93 to its model, and among
the other vectors. Random directions would not do: in 384 dimensions they make data that no index can search.
"""
PASSAGES_A_DOCUMENT = 100
GIB = 1024**3


def run(data: Path | None, embedded: int, *, growth: bool) -> list[Figure]:
    """Measure at 50,000 passages, and with `growth` at 200,000; `embedded` real passages are the models of the copies.

    Raises:
        RuntimeError: a search process failed; the message holds what it said.
    """
    folder = data / "contracts" if data is not None else None
    if folder is None or not (folder / "spans.jsonl").is_file():
        return [not_run("search at 50,000 passages", "no contracts: give the data's folder with --data")]
    sample = load_contracts(folder)
    with tempfile.TemporaryDirectory() as scratch:
        top = Path(scratch)
        texts, vectors, model = _embed(folder, embedded, top / "models" / "onnx")
        questions = top / "questions.json"
        questions.write_text(json.dumps([q.text for q in sample.development_questions()]), encoding="utf-8")
        small = _measure(top, SIZE, texts, vectors, model, questions, chroma=True)
        figures = [
            judged(
                f"search, p95 at {SIZE:,} passages", small["p95"], P95_MS, unit="ms", at_most=True,
                said=f"median {small['median']:.0f} ms; processor time p95 {small['cpu_p95']:.0f} ms, median "
                f"{small['cpu_median']:.0f} ms; {small['count']:.0f} questions, after load",
            ),
            judged(
                f"Chroma's recall@{NEAREST} against exact, {SIZE:,} passages", small["recall"], RECALL, unit="",
                at_most=False, said=f"{len(texts):,} embedded, the rest copies",
            ),
            info(
                f"one nearest-{NEAREST} look-up at {SIZE:,}",
                f"Chroma {small['chroma_ms']:.1f} ms, exact {small['exact_ms']:.1f} ms (medians)",
            ),
        ]  # fmt: skip
        if growth:
            by_size = {SIZE: small}
            for size in GROWTH:
                if size not in by_size:
                    by_size[size] = _measure(top, size, texts, vectors, model, questions, chroma=False)
            figures += _grown(by_size)
    return figures


def _grown(by_size: dict[int, dict[str, float]]) -> list[Figure]:
    """Growth from 1,000 to 200,000 passages, whole searches beside the raw limit."""
    small, large = by_size[SIZE], by_size[LARGE]
    found = [
        judged(
            f"search, processor time at {LARGE:,} over {SIZE:,}",
            large["cpu_median"] / small["cpu_median"],
            LARGE / SIZE,
            unit="x",
            at_most=True,
            said=f"p95 {large['p95']:.0f} ms, processor time median {large['cpu_median']:.0f} ms",
        ),
        judged(f"search, memory at {LARGE:,}", large["memory"] / GIB, MEMORY_GIB, unit="GiB", at_most=True),
    ]
    for size, measured in sorted(by_size.items()):
        found += [
            grown("search, median ms of processor time", size, measured["cpu_median"], "ms"),
            grown("raw limit (embedding and exact product), median ms of processor time", size, measured["raw"], "ms"),
            grown("memory of the searching process, MiB", size, measured["memory"] / 1024**2, "MiB"),
            times(f"search over the raw limit at {size:,}", measured["cpu_median"] / measured["raw"]),
        ]
    return found


def _embed(contracts: Path, count: int, models: Path) -> tuple[list[str], NDArray[np.float32], EmbeddingModel]:
    from ingest.embedding.loading import load_embedder

    every = [
        content[span.start : span.end]
        for path in sorted((contracts / "txt").glob("*.txt"))
        for content in [path.read_bytes().decode()]
        for span in cut(path.name, content)
    ]
    texts = random.Random(3).sample(every, min(count, len(every)))  # noqa: S311 - a sample
    tell(f"embedding {len(texts):,} passages of the contracts")
    embedder = load_embedder(models)
    identity = embedder.identity
    model = EmbeddingModel(
        identity.name,
        identity.sha256,
        identity.dimension,
        identity.runtime,
        identity.query_prefix,
        identity.passage_prefix,
    )
    return texts, embedder.embed_passages(texts), model


@dataclass(slots=True)
class Copies:
    """Perturbed copies of texts and vectors, `count` in all; the first ones are the models themselves."""

    texts: Sequence[str]
    vectors: NDArray[np.float32]
    count: int

    def documents(self) -> Iterator[tuple[CorpusDocument, list[Stretch]]]:
        """Documents of 100 passages each, one passage a line."""
        vocabulary = sorted({word for text in self.texts for word in text.split()})
        dice = random.Random(5)  # noqa: S311 - repeatable copies
        for first in range(0, self.count, PASSAGES_A_DOCUMENT):
            text, stretches = "", []
            for number in range(first, min(first + PASSAGES_A_DOCUMENT, self.count)):
                words = self.texts[number % len(self.texts)].split()
                if number >= len(self.texts):
                    words = [dice.choice(vocabulary) if dice.random() < WORDS_EXCHANGED else word for word in words]
                piece = " ".join([*words, f"no. {number}"])
                stretches.append(Stretch(len(text), len(text) + len(piece)))
                text += f"{piece}\n"
            yield CorpusDocument(f"contract-{first:06}.txt", text), stretches

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The vectors, in the order of the documents."""
        dice = np.random.default_rng(7)
        rows = np.arange(len(texts)) % len(self.vectors)
        found: NDArray[np.float32] = self.vectors[rows].copy()
        for first in range(len(self.vectors), len(texts), len(self.vectors)):
            part = found[first : first + len(self.vectors)]
            part += np.float32(TURNED) * self.vectors[dice.integers(0, len(self.vectors), len(part))]
            part /= np.linalg.norm(part, axis=1, keepdims=True)
        return found


def _measure(
    top: Path,
    size: int,
    texts: list[str],
    vectors: NDArray[np.float32],
    model: EmbeddingModel,
    questions: Path,
    *,
    chroma: bool,
) -> dict[str, float]:
    tell(f"building a case of {size:,} passages")
    home = top / f"home-{size}"
    copies = Copies(texts, vectors, size)
    stretches = dict(_by_key(copies))
    documents = [document for document, _ in stretches.values()]
    built = build_case(home, documents, lambda document: stretches[document.key][1], copies)
    with built.case as case:
        with case.database.transaction() as connection:
            record_model(connection, model)
        if chroma:
            tell("filling Chroma")
            with case.locked():
                case.vectors.settle()
    models = home / "models"
    models.rmdir()
    models.symlink_to(top / "models")
    command = [sys.executable, "-m", "eval.bench.search", str(home), str(questions), *(["--chroma"] if chroma else [])]
    done = watch(command, {**os.environ})
    if done.code:
        raise RuntimeError(done.err[-2000:])
    found: dict[str, float] = json.loads(done.out.splitlines()[-1])
    return found


def _by_key(copies: Copies) -> Iterator[tuple[str, tuple[CorpusDocument, list[Stretch]]]]:
    for document, stretches in copies.documents():
        yield document.key, (document, stretches)


# ---- the process that searches --------------------------------------------------------------------------------------


def main() -> int:
    """Search a case with all questions and print times, recall and memory as one JSON line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("home", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--chroma", action="store_true")
    given = parser.parse_args()
    from assistant.app import Assistant
    from casefile.case import open_case
    from casefile.home import Home
    from casefile.offline import switch_off

    switch_off()
    questions = json.loads(given.questions.read_text(encoding="utf-8"))
    with open_case(Home(given.home), "corpus", "bench") as case:
        assistant = Assistant(case, load_settings(given.home, {}).settings)
        assistant.warm_up()
        for question in questions[:3]:
            assistant.search(question, NEAREST)
        taken, worked = [], []
        for question in questions:
            begin, work_begin = time.perf_counter(), time.process_time()
            assistant.search(question, NEAREST)
            worked.append((time.process_time() - work_begin) * 1000)
            taken.append((time.perf_counter() - begin) * 1000)
        found = {
            "count": float(len(questions)),
            "median": statistics.median(taken),
            "p95": statistics.quantiles(taken, n=20)[-1],
            "cpu_median": statistics.median(worked),
            "cpu_p95": statistics.quantiles(worked, n=20)[-1],
            "raw": _raw_limit(assistant, questions),
            "memory": float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024),
        }
        if given.chroma:
            asked = assistant.embedder.embed_queries(questions)
            with case.locked():
                found |= _recall(case.vectors.nearest, *case.catalogue.embeddings(), asked)
    sys.stdout.write(json.dumps(found) + "\n")
    return 0


def _raw_limit(assistant: "Assistant", questions: Sequence[str]) -> float:
    """Median processor time (ms) of what no search by meaning can go below: the question's vector, all products."""
    vectors = assistant.case.catalogue.embeddings()[1].astype(np.float32)
    taken = []
    for question in questions:
        begin = time.process_time()
        (vectors @ assistant.embedder.embed_queries([question])[0]).argmax()
        taken.append((time.process_time() - begin) * 1000)
    return statistics.median(taken)


def _recall(
    nearest: NearestSearch, ids: NDArray[np.int64], vectors: NDArray[np.float16], asked: NDArray[np.float32]
) -> dict[str, float]:
    exact_vectors = vectors.astype(np.float32)
    shares, chroma_ms, exact_ms = [], [], []
    for query in asked:
        begin = time.perf_counter()
        approximate = {hit.passage_id for hit in nearest(query, NEAREST) or ()}
        between = time.perf_counter()
        exact = {hit.passage_id for hit in exact_nearest(ids, exact_vectors, query, NEAREST)}
        exact_ms.append((time.perf_counter() - between) * 1000)
        chroma_ms.append((between - begin) * 1000)
        shares.append(len(approximate & exact) / len(exact))
    return {
        "recall": statistics.mean(shares),
        "chroma_ms": statistics.median(chroma_ms),
        "exact_ms": statistics.median(exact_ms),
    }


if __name__ == "__main__":
    sys.exit(main())
