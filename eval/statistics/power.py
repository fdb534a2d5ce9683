"""How often `compare` raises a false alarm, and how often it finds a true drop: `python -m eval.statistics.power`.

Simulates pairs of runs and applies the rule of `eval.statistics.paired.is_worse`. Whether a question is answered well
depends on the question, its document and the run, in shares as below; a change shows in whole documents, so the run's
part has a document's part too.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from eval.metrics.metric import Matrix, Metric
from eval.statistics.paired import MARGIN, compare_columns, is_worse

PAIRS = 1_000
DROPS = (0.0, 0.02, 0.05, 0.10)
OF_QUESTION = 0.7
"""Share of the variance that both runs have in common."""
OF_DOCUMENT = 0.3
"""Share of the variance that questions about one document have in common, where there are several."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What is simulated: `rate` is the share of right answers, or None for a score spread evenly over 0 to 1."""

    name: str
    documents: int
    questions: int
    """About each document."""
    rate: float | None


SETTINGS = (
    Setting("rate of 80 %, 200 questions, each its own document", 200, 1, 0.8),
    Setting("rate of 95 %, 300 questions, each its own document", 300, 1, 0.95),
    Setting("rate of 70 %, 98 questions about 14 documents", 14, 7, 0.7),
    Setting("mean of a score, 98 questions about 14 documents", 14, 7, None),
    Setting("mean of a score, 600 questions about 120 documents", 120, 5, None),
)


def simulated_pair(setting: Setting, drop: float, generator: np.random.Generator) -> tuple[Matrix, Matrix]:
    """Columns of two runs, the second worse by `drop` in expectation."""
    shared = _normal(setting, generator)
    runs = [sqrt(OF_QUESTION) * shared + sqrt(1 - OF_QUESTION) * _normal(setting, generator) for _ in range(2)]
    if setting.rate is None:
        even = np.vectorize(NormalDist().cdf)
        before, after = even(runs[0]), even(runs[1]) * (1 - drop / 0.5)
    else:
        before, after = (
            run < NormalDist().inv_cdf(rate)
            for run, rate in zip(runs, (setting.rate, setting.rate - drop), strict=True)
        )
    return before.astype(np.float64)[:, None], after.astype(np.float64)[:, None]


def _normal(setting: Setting, generator: np.random.Generator) -> NDArray[np.float64]:
    """Standard normal, a value a question; those of one document go together."""
    own = generator.standard_normal(setting.documents * setting.questions)
    if setting.questions == 1:
        return own
    documents = np.repeat(generator.standard_normal(setting.documents), setting.questions)
    return sqrt(OF_DOCUMENT) * documents + sqrt(1 - OF_DOCUMENT) * own


def alarms(setting: Setting, drop: float, margin: float, pairs: int = PAIRS, seed: int = 0) -> float:
    """Share of simulated pairs in which the second run counts as worse."""
    generator = np.random.default_rng(seed)
    metric = Metric("simulated", "", lambda _sample, _response: None, rate=setting.rate is not None)
    clusters = np.repeat(np.arange(setting.documents), setting.questions)
    found = 0
    for _ in range(pairs):
        before, after = simulated_pair(setting, drop, generator)
        found += is_worse(metric, compare_columns(metric, before, after, clusters, len(clusters)), margin)
    return found / pairs


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the share of alarms for each setting, drop and margin."""
    parser = argparse.ArgumentParser(prog="python -m eval.statistics.power", description=__doc__)
    parser.add_argument("--pairs", type=int, default=PAIRS, help="simulated pairs of runs for each figure")
    pairs = parser.parse_args(arguments).pairs
    sys.stdout.write(f"Called worse, of {pairs} simulated pairs; true drop: none (false alarms), 2, 5, 10 points\n")
    for setting in SETTINGS:
        for margin in (0.0, MARGIN):
            shares = (f"{100 * alarms(setting, drop, margin, pairs):5.1f} %" for drop in DROPS)
            sys.stdout.write(f"{setting.name}, margin {100 * margin:.0f}: {'  '.join(shares)}\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
