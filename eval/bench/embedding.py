"""Which embedding runtime is fastest at no loss: `python -m eval.bench.embedding --data DIR`.

DIR is the folder that holds `contracts/`. Rates are taken in rounds that visit every setting in turn, and given as
medians and as ratios to torch float32 of the same round, because the machine may be busy with other things. Recall is
measured on the development half of the questions only.
"""

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from casefile.offline import switch_off
from eval.bench.contracts import ContractSample, load_contracts
from eval.bench.recall import PairedDifference, compare_recall
from ingest.embedding.conversion import observe_outliers
from ingest.embedding.loading import EmbeddingChoice, load_embedder
from ingest.embedding.model_directory import WEIGHTS_FILE, default_model_directory, read_model_directory
from ingest.embedding.onnx_graph import ChannelScales, build_graph
from ingest.embedding.onnx_int8 import GRAPH_FILE, OnnxEncoder, load_session
from ingest.embedding.port import Embedder

Ids = NDArray[np.int32]
_PADDED_LENGTH = 256
_BASE = "torch float32, batches of 8 by length"


@dataclass(frozen=True)
class Setting:
    """One way to embed. `run` takes texts and their token ids and uses one of them."""

    name: str
    run: Callable[[Sequence[str], Sequence[Ids]], object]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print.

    Returns:
        The exit code: 0 measured, 2 no data at the given place.
    """
    parser = argparse.ArgumentParser(prog="python -m eval.bench.embedding", description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("CASECLERK_EVAL_DATA"))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--passages", type=int, default=64, help="per round")
    parser.add_argument("--no-recall", action="store_true")
    parser.add_argument("--no-rates", action="store_true")
    given = parser.parse_args(arguments)
    contracts = given.data and Path(given.data) / "contracts"
    if not contracts or not (contracts / "spans.jsonl").is_file():
        sys.stderr.write("No contracts data: give the evaluation data's folder with --data.\n")
        return 2
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # else idle torch threads spin and count as work
    sample = load_contracts(contracts)
    with tempfile.TemporaryDirectory() as folder:
        bench = _Bench(Path(folder))
        if not given.no_rates:
            _print_rates(bench, sample, given.rounds, given.passages)
            _print_neighbours(bench, sample)
        if not given.no_recall:
            _print_recall(bench, sample)
    return 0


class _Bench:
    """The models of all settings, loaded once into a scratch folder."""

    def __init__(self, cache: Path) -> None:
        from safetensors.numpy import load_file

        self.cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        self.int8 = load_embedder(cache, EmbeddingChoice(runtime="onnxruntime-int8"))
        self.float32 = load_embedder(cache, EmbeddingChoice(runtime="torch-float32"))
        self.bfloat16 = load_embedder(cache, EmbeddingChoice(runtime="torch-bfloat16"))
        self.folder = next(cache.glob(f"*/{GRAPH_FILE}")).parent
        self.encoder = OnnxEncoder(self.folder, self.int8.identity.max_tokens, self.cores)
        model = read_model_directory(default_model_directory())
        weights = load_file(model.path / WEIGHTS_FILE)

        def graph(scales: ChannelScales | None) -> bytes:
            return build_graph(weights, model, scales, observed=False)

        self.serialised_float32 = graph(None)
        self.serialised_untamed = graph({})
        self.serialised_int8 = graph(observe_outliers(weights, model))

    def settings(self) -> list[Setting]:
        one_thread = _session(self.serialised_int8, 1)
        all_threads = _session(self.serialised_int8, self.cores)
        onnx_float32 = _session(self.serialised_float32, 1)
        untamed = _session(self.serialised_untamed, 1)
        torch32, torch16 = _torch_module(self.float32), _torch_module(self.bfloat16)
        settings = [
            Setting(_BASE, lambda _, ids: _run_torch(torch32, ids, 8)),
            Setting("torch float32, batches of 1", lambda _, ids: _run_torch(torch32, ids, 1)),
            Setting("torch float32, batches of 32 by length", lambda _, ids: _run_torch(torch32, ids, 32)),
            Setting("torch float32, batches of 8 as they come", lambda _, ids: _run_torch(torch32, ids, 8, sort=False)),
            Setting(
                f"torch float32, batches of 8 padded to {_PADDED_LENGTH}",
                lambda _, ids: _run_torch(torch32, ids, 8, pad_to=_PADDED_LENGTH),
            ),
            Setting("torch bfloat16, batches of 8 by length", lambda _, ids: _run_torch(torch16, ids, 8)),
            Setting("ONNX float32, one text per thread", lambda _, ids: _run_each(onnx_float32, ids, self.cores)),
            Setting("ONNX int8, one text per thread (raw)", lambda _, ids: _run_each(one_thread, ids, self.cores)),
            Setting("ONNX int8, all threads on one text", lambda _, ids: _run_each(all_threads, ids, 1)),
            Setting(
                "ONNX int8, one text per thread, outliers untamed", lambda _, ids: _run_each(untamed, ids, self.cores)
            ),
        ]
        settings.extend(self._batched(one_thread, size) for size in (2, 4, 8, 32))
        settings.append(Setting("ONNX int8, as shipped (from text)", lambda texts, _: self.encoder.embed(texts)))
        return settings

    def _batched(self, session: Any, size: int) -> Setting:
        return Setting(
            f"ONNX int8, batches of {size} of one length",
            lambda _, ids: _run_batches(session, ids, size, self.cores),
        )


def _session(serialised: bytes, threads: int) -> Any:
    """A session whose graph also takes several texts of one length, which the shipped file does not allow."""
    switch_off()
    import onnx
    import onnxruntime

    model = onnx.load_from_string(serialised)
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "texts"
    if threads == 1:
        return load_session(model.SerializeToString())
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def _torch_module(embedder: Embedder) -> Any:
    from ingest.embedding.sentence_transformer import SentenceTransformerEmbedder

    assert isinstance(embedder, SentenceTransformerEmbedder)
    return embedder.model


def _run_torch(model: Any, ids: Sequence[Ids], size: int, *, sort: bool = True, pad_to: int = 0) -> None:
    """Run the model on token ids: no tokenisation, only padding and the network."""
    import torch

    ordered = sorted(ids, key=lambda row: row.shape[1]) if sort else list(ids)
    with torch.inference_mode():
        for start in range(0, len(ordered), size):
            batch = ordered[start : start + size]
            width = pad_to or max(row.shape[1] for row in batch)
            tokens = np.zeros((len(batch), width), dtype=np.int64)
            mask = np.zeros_like(tokens)
            for row, one in enumerate(batch):
                tokens[row, : one.shape[1]] = one[0]
                mask[row, : one.shape[1]] = 1
            model({"input_ids": torch.from_numpy(tokens), "attention_mask": torch.from_numpy(mask)})


def _run_each(session: Any, ids: Sequence[Ids], threads: int) -> None:
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda one: session.run(None, {"ids": one}), ids))


def _run_batches(session: Any, ids: Sequence[Ids], size: int, threads: int) -> None:
    """Batches that need no padding: for timing, each batch's texts are cut to its shortest."""
    ordered = sorted(ids, key=lambda row: row.shape[1])
    batches = [ordered[start : start + size] for start in range(0, len(ordered), size)]
    cut = [np.concatenate([row[:, : batch[0].shape[1]] for row in batch]) for batch in batches]
    _run_each(session, cut, threads)


def _print_rates(bench: _Bench, sample: ContractSample, rounds: int, size: int) -> None:
    settings = bench.settings()
    texts = random.Random(1).sample(sample.texts(), rounds * size)  # noqa: S311 - a sample, not a secret
    wall: dict[str, list[float]] = {setting.name: [] for setting in settings}
    cpu: dict[str, list[float]] = {setting.name: [] for setting in settings}
    for number in range(rounds):
        chosen = texts[number * size : (number + 1) * size]
        ids = [bench.encoder.tokenise(text) for text in chosen]
        tokens = sum(one.shape[1] for one in ids)
        for setting in settings:
            wall_start, cpu_start = time.perf_counter(), time.process_time()
            setting.run(chosen, ids)
            cpu[setting.name].append(tokens / (time.process_time() - cpu_start))
            wall[setting.name].append(tokens / (time.perf_counter() - wall_start))
    _write(f"{rounds} rounds of {size} passages of about 500 characters, {bench.cores} cores; medians")
    _write(f"{'setting':55} {'tokens/s':>9} {'ratio':>6} {'tokens/CPU s':>13} {'ratio':>6}")
    for setting in settings:
        ratios = [
            statistics.median(mine / base for mine, base in zip(rates[setting.name], rates[_BASE], strict=True))
            for rates in (wall, cpu)
        ]
        _write(
            f"{setting.name:55} {statistics.median(wall[setting.name]):9.0f} {ratios[0]:6.2f} "
            f"{statistics.median(cpu[setting.name]):13.0f} {ratios[1]:6.2f}"
        )
    raw, shipped = "ONNX int8, one text per thread (raw)", "ONNX int8, as shipped (from text)"
    for kind, rates in (("wall", wall), ("CPU", cpu)):
        share = statistics.median(mine / base for mine, base in zip(rates[shipped], rates[raw], strict=True))
        _write(f"as shipped, from text, over raw: {100 * share:.0f} % ({kind})")


def _print_neighbours(bench: _Bench, sample: ContractSample) -> None:
    """How far a text's vector moves when others of its length share its run: one int8 range covers all of them."""
    texts = random.Random(2).sample(sample.texts(), 256)  # noqa: S311 - a sample, not a secret
    ids = sorted((bench.encoder.tokenise(text) for text in texts), key=lambda row: row.shape[1])
    for name, serialised in (("tamed", bench.serialised_int8), ("untamed", bench.serialised_untamed)):
        session = _session(serialised, 1)
        cosines: list[float] = []
        for start in range(0, len(ids) - 7, 8):
            shortest = ids[start].shape[1]
            batch = np.concatenate([row[:, :shortest] for row in ids[start : start + 8]])
            together = session.run(None, {"ids": batch})[0]
            alone = np.concatenate([session.run(None, {"ids": row[np.newaxis, :]})[0] for row in batch])
            cosines.extend(np.sum(together * alone, axis=1).tolist())
        _write(
            f"int8 {name}: cosine of a text alone and among 8 of one length: mean {statistics.mean(cosines):.5f}, "
            f"least {min(cosines):.5f}; as shipped (one text per run): exactly 1"
        )


def _print_recall(bench: _Bench, sample: ContractSample) -> None:
    """Recall of each runtime and its paired difference to torch float32."""
    texts, questions = sample.texts(), sample.development_questions()
    _write(f"{len(questions)} development questions, {len(texts)} passages, {len(sample.contracts)} documents")
    asked = [question.text for question in questions] + [question.ask for question in questions]

    def vectors(embedder: Embedder) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        return embedder.embed_passages(texts), embedder.embed_queries(asked)

    base = vectors(bench.float32)
    others = {"torch bfloat16": vectors(bench.bfloat16), "ONNX int8, as shipped": vectors(bench.int8)}
    untamed = _session(bench.serialised_untamed, 1)

    def plainly(some: Sequence[str]) -> NDArray[np.float32]:
        return np.concatenate([untamed.run(None, {"ids": bench.encoder.tokenise(text)})[0] for text in some])

    others["ONNX int8, outliers untamed"] = (plainly(texts), plainly(asked))
    others["ONNX int8 passages, float32 questions"] = (others["ONNX int8, as shipped"][0], base[1])
    for name, other in others.items():
        cosines = np.sum(other[0] * base[0], axis=1)
        _write(f"{name}: cosine to float32 mean {cosines.mean():.4f}, least {cosines.min():.4f}")
        for difference in compare_recall(sample, base, other):
            _write(f"  {_describe(difference)}")


def _describe(difference: PairedDifference) -> str:
    return (
        f"{difference.measure:34} float32 {100 * difference.base:5.1f}, this {100 * difference.other:5.1f}, difference "
        f"{100 * difference.difference:+5.1f} points, 95 % interval {100 * difference.low:+.1f} to "
        f"{100 * difference.high:+.1f}"
    )


def _write(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
