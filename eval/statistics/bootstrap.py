"""The bootstrap that draws whole clusters: questions about one document stand or fall together.

Source: Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), chapter 13; for clusters: Field and Welsh,
"Bootstrapping clustered data" (2007). Each resample draws as many clusters as there are, with
replacement, and takes all their rows each time. The draws depend on the number of clusters and the seed only, so two
figures over the same rows are resampled alike: their difference is the paired one.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from math import sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from eval.metrics.metric import Matrix, mean, ratio
from eval.statistics.wilson import CONFIDENCE

RESAMPLES = 2_000
SEED = 0

Values = NDArray[np.float64]


def cluster_numbers(names: Sequence[str]) -> NDArray[np.intp]:
    """The number of each row's cluster, 0 and up in the order of the names."""
    return np.unique(np.array(names, dtype=object), return_inverse=True)[1].astype(np.intp)


@lru_cache(maxsize=4)
def _draws(clusters: int, resamples: int, seed: int) -> NDArray[np.uint16]:
    """How often each cluster was drawn: `[resamples, clusters]`."""
    generator = np.random.default_rng(seed)
    drawn = np.empty((resamples, clusters), dtype=np.uint16)
    for row in drawn:
        row[:] = np.bincount(generator.integers(0, clusters, clusters), minlength=clusters)
    drawn.flags.writeable = False
    return drawn


def resampled(
    pool: Callable[[Matrix], float],
    matrix: Matrix,
    clusters: NDArray[np.intp],
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Values:
    """What `pool` gives in each resample; NaN where it finds nothing to count in one.

    Means and ratios are put together from the sums of each cluster; any other pool gets the drawn rows themselves,
    grouped by row.

    Args:
        pool: puts rows together, in whatever order.
        matrix: `[rows, columns]`, at least one row.
        clusters: the number of each row's cluster, as `cluster_numbers` gives them.
        resamples: how many.
        seed: of the draws.
    """
    drawn = _draws(int(clusters.max()) + 1, resamples, seed)
    if pool not in (mean, ratio):
        numbers = np.arange(len(matrix))
        return np.array([pool(matrix[np.repeat(numbers, times[clusters])]) for times in drawn])
    below = np.ones(len(matrix)) if pool is mean else matrix[:, 1]
    sums = np.stack([np.bincount(clusters, column) for column in (matrix[:, 0], below)], axis=1)
    totals = drawn @ sums
    values: Values = np.divide(totals[:, 0], totals[:, 1], out=np.full(resamples, np.nan), where=totals[:, 1] != 0)
    return values


def percentile_interval(values: Values, clusters: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The middle part of resampled values; those that are NaN are left out.

    Percentile intervals are too short where clusters are few, so the tails are made thinner: normal quantiles are
    replaced by those of Student's t times √(n/(n-1)) (the expanded percentile interval of Hesterberg, "What Teachers
    Should Know About the Bootstrap", 2015). Over 14 clusters each tail is 1.2 % instead of 2.5 %.

    Args:
        values: one a resample.
        clusters: how many there are; one cluster says nothing about others, so the interval is NaN.
        confidence: how much lies within.
    """
    known = values[~np.isnan(values)]
    if clusters < 2 or not len(known):
        return float("nan"), float("nan")
    reach = sqrt(clusters / (clusters - 1)) * student_quantile((1 + confidence) / 2, clusters - 1)
    tail = NormalDist().cdf(-reach)
    low, high = np.quantile(known, [tail, 1 - tail])
    return float(low), float(high)


def student_quantile(share: float, freedom: int) -> float:
    """Quantile of Student's t by its expansion around the normal one.

    Source: Abramowitz and Stegun, "Handbook of Mathematical Functions" (1964), 26.7.5. At 97.5 % it is 0.1 % too small
    for 3 degrees of freedom, 0.7 % for 2, 11 % for 1.
    """
    x = NormalDist().inv_cdf(share)
    terms: tuple[float, ...] = (
        (x**3 + x) / 4,
        (5 * x**5 + 16 * x**3 + 3 * x) / 96,
        (3 * x**7 + 19 * x**5 + 17 * x**3 - 15 * x) / 384,
        (79 * x**9 + 776 * x**7 + 1482 * x**5 - 1920 * x**3 - 945 * x) / 92160,
    )
    return x + sum(term / float(freedom) ** power for power, term in enumerate(terms, 1))
