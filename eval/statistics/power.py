"""How often `compare` raises a false alarm, and how often it finds a true drop: `python -m eval.statistics.power`.

Simulates pairs of runs and applies the rule of `eval.statistics.paired.is_worse`: to one metric, and to several at
once, where one of them looking worse is enough for an alarm, and where its p value adjusted by Holm's method must be
below 5 % too. Whether a question is answered well depends on the question, its document and the run, in shares as
below; a change shows in whole documents, so the run's part has a document's part too.
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
from eval.statistics.holm import holm_adjusted
from eval.statistics.paired import MARGIN, compare_columns, is_worse

PAIRS = 1_000
DROPS = (0.0, 0.02, 0.05, 0.10)
FAMILY = 25
"""Metrics of one batch."""
SIGNIFICANT = 0.05
OF_QUESTION = 0.7
"""Share of the variance that both runs have in common."""
OF_DOCUMENT = 0.3
"""Share of the variance that questions about one document have in common, where there are several."""
OF_METRICS = 0.5
"""Share of the variance that several metrics have in common."""


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


@dataclass(frozen=True, slots=True)
class Alarms:
    """Share of simulated pairs in which a metric counts as worse: by its interval, and by Holm's p value too."""

    by_interval: float
    by_both: float


def simulated_pair(
    setting: Setting, drops: Sequence[float], generator: np.random.Generator
) -> list[tuple[Matrix, Matrix]]:
    """Columns of two runs, for each metric; the second run is worse by the metric's drop in expectation."""
    question, first, second = (_normal(setting, generator) for _ in range(3))
    pairs = []
    for drop in drops:
        of_metric = _mixed(OF_METRICS, question, _normal(setting, generator))
        runs = [
            _mixed(OF_QUESTION, of_metric, _mixed(OF_METRICS, run, _normal(setting, generator)))
            for run in (first, second)
        ]
        pairs.append((_scores(setting, runs[0], 0.0), _scores(setting, runs[1], drop)))
    return pairs


def _normal(setting: Setting, generator: np.random.Generator) -> NDArray[np.float64]:
    """Standard normal, a value a question; those of one document go together."""
    own = generator.standard_normal(setting.documents * setting.questions)
    if setting.questions == 1:
        return own
    return _mixed(OF_DOCUMENT, np.repeat(generator.standard_normal(setting.documents), setting.questions), own)


def _mixed(share: float, one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Standard normal again, with that share of the variance from the first."""
    return sqrt(share) * one + sqrt(1 - share) * other


def _scores(setting: Setting, run: NDArray[np.float64], drop: float) -> Matrix:
    if setting.rate is None:
        return np.array([NormalDist().cdf(value) * (1 - drop / 0.5) for value in run])[:, None]
    return (run < NormalDist().inv_cdf(setting.rate - drop)).astype(np.float64)[:, None]


def alarms(setting: Setting, drops: Sequence[float], margin: float, pairs: int = PAIRS, seed: int = 0) -> Alarms:
    """How often one of the metrics counts as worse.

    Args:
        setting: of the runs.
        drops: the true drop of each metric.
        margin: of the rule.
        pairs: how many are simulated.
        seed: of the draws.
    """
    generator = np.random.default_rng(seed)
    metric = Metric("simulated", "", lambda _sample, _response: None, rate=setting.rate is not None)
    clusters = np.repeat(np.arange(setting.documents), setting.questions)
    by_interval = by_both = 0
    for _ in range(pairs):
        differences = [
            compare_columns(metric, before, after, clusters, len(clusters))
            for before, after in simulated_pair(setting, drops, generator)
        ]
        adjusted = holm_adjusted({str(n): difference.p for n, difference in enumerate(differences)})
        worse = [n for n, difference in enumerate(differences) if is_worse(metric, difference, margin)]
        by_interval += bool(worse)
        by_both += any(adjusted[str(n)] < SIGNIFICANT for n in worse)
    return Alarms(by_interval / pairs, by_both / pairs)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the share of alarms for each setting, drop and margin, then for several metrics at once."""
    parser = argparse.ArgumentParser(prog="python -m eval.statistics.power", description=__doc__)
    parser.add_argument("--pairs", type=int, default=PAIRS, help="simulated pairs of runs for each figure")
    pairs = parser.parse_args(arguments).pairs
    _say(f"Called worse, of {pairs} simulated pairs; true drop: none (false alarms), 2, 5, 10 points")
    for setting in SETTINGS:
        for margin in (0.0, MARGIN):
            found = [alarms(setting, (drop,), margin, pairs).by_interval for drop in DROPS]
            _say(f"{setting.name}, margin {100 * margin:.0f}: {_percent(found)}")
    few = max(1, pairs // 10)
    _say(f"\nOne of {FAMILY} metrics called worse, margin 1, of {few} pairs: by its interval; by Holm's p value too")
    for name, dropped in (("all of them drop", FAMILY), ("one of them drops", 1)):
        several = [alarms(SETTINGS[0], (*[drop] * dropped, *[0.0] * (FAMILY - dropped)), MARGIN, few) for drop in DROPS]
        _say(f"{SETTINGS[0].name}, {name}, interval: {_percent([one.by_interval for one in several])}")
        _say(f"{SETTINGS[0].name}, {name}, both: {_percent([one.by_both for one in several])}")
    return 0


def _percent(shares: Sequence[float]) -> str:
    return "  ".join(f"{100 * share:5.1f} %" for share in shares)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
