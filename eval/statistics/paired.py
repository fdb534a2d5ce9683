"""Two runs on the same questions: the difference of a metric, its interval, and whether that is worse.

Questions are paired, so what is hard for both runs falls out of the difference.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

import numpy as np
from numpy.typing import NDArray

from eval.metrics.metric import Columns, Matrix, Metric, ratio
from eval.records import Row
from eval.statistics.bootstrap import cluster_numbers, percentile_interval, resampled, two_sided_p

MARGIN = 0.01
"""One point of a share: what a difference must exceed to matter."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A metric of two runs over the questions that both answered.

    Attributes:
        metric: its name.
        before: over the first run.
        after: over the second.
        low: lower end of the 95 % interval of `after - before`.
        high: its upper end.
        p: of no difference, two-sided; not adjusted for other metrics.
        scored: pairs that counted.
        total: pairs.
    """

    metric: str
    before: float
    after: float
    low: float
    high: float
    p: float
    scored: int
    total: int

    @property
    def change(self) -> float:
        """`after - before`."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Pair:
    """One question that both runs answered and the metric counts: what it gives for each."""

    before: Row
    after: Row
    columns_before: Columns
    columns_after: Columns


def pair_up(before: Sequence[Row], after: Sequence[Row]) -> list[tuple[Row, Row]]:
    """The rows of both runs by their key, in the order of the second run."""
    known = {row.key: row for row in before}
    return [(known[row.key], row) for row in after if row.key in known]


def scored_pairs(metric: Metric, pairs: Sequence[tuple[Row, Row]]) -> list[Pair]:
    """The pairs that count: scored in both runs, or, for a ratio, in one.

    A ratio counts parts (citations), and a question without any adds nothing to either sum. Left out, a question that
    cites wrongly in one run and nothing in the other would hide what is wrong.
    """
    found = []
    for before, after in pairs:
        one = metric.columns(before.sample, before.response)
        other = metric.columns(after.sample, after.response)
        if metric.pool is ratio and (one is None) != (other is None):
            one, other = one or (0.0, 0.0), other or (0.0, 0.0)
        if one is not None and other is not None:
            found.append(Pair(before, after, one, other))
    return found


def difference_of(metric: Metric, before: Sequence[Row], after: Sequence[Row]) -> Difference:
    """The paired difference of a metric.

    The interval is that of the clustered bootstrap, both runs resampled alike. The p value of a rate whose clusters
    have one question each is McNemar's, any other that of the bootstrap. Interval and p are NaN where nothing is
    scored, where there is one cluster, or where either run has no figure.
    """
    pairs = pair_up(before, after)
    scored = scored_pairs(metric, pairs)
    one = np.array([pair.columns_before for pair in scored], dtype=np.float64)
    other = np.array([pair.columns_after for pair in scored], dtype=np.float64)
    clusters = cluster_numbers([pair.after.sample.cluster for pair in scored])
    return compare_columns(metric, one, other, clusters, len(pairs))


def compare_columns(
    metric: Metric, before: Matrix, after: Matrix, clusters: NDArray[np.intp], total: int
) -> Difference:
    """`difference_of` for what the metric gave already, a row a question, the same ones in both."""
    nan = float("nan")
    if not len(clusters):
        return Difference(metric.name, nan, nan, nan, nan, nan, 0, total)
    value_before, value_after = metric.pool(before), metric.pool(after)
    low = high = p = nan
    count = int(clusters.max()) + 1
    if not isnan(value_after - value_before):
        differences = resampled(metric.pool, after, clusters) - resampled(metric.pool, before, clusters)
        low, high = percentile_interval(differences, count)
        p = two_sided_p(value_after - value_before, differences, count)
        if metric.rate and 1 < count == len(clusters):
            change = after[:, 0] - before[:, 0]
            p = mcnemar_p(int((change < 0).sum()), int((change > 0).sum()))
    return Difference(metric.name, value_before, value_after, low, high, p, len(clusters), total)


def mcnemar_p(broken: int, fixed: int) -> float:
    """McNemar's exact test in its mid-p form, two-sided, of pairs that changed one way or the other.

    With n = broken + fixed and k the smaller: twice the binomial(n, 1/2) probability of at most k, less that of k once.
    The exact test alone is too cautious; its mid-p form keeps the 5 % and finds more (Fagerland, Lydersen and Laake,
    "The McNemar test for binary matched-pairs data: mid-p and asymptotic are better than exact conditional", 2013).
    1 where nothing changed.
    """
    n, k = broken + fixed, min(broken, fixed)
    if n == 0:
        return 1.0
    ways, up_to = 1, 0  # of choosing i out of n
    for i in range(k):
        up_to += ways
        ways = ways * (n - i) // (i + 1)
    return (2 * up_to + ways) / (1 << n)


def is_worse(metric: Metric, difference: Difference, margin: float = MARGIN) -> bool:
    """Whether the second run is worse: the whole interval lies beyond the margin, or a hard invariant dropped at all.

    Args:
        metric: that was compared.
        difference: of two runs.
        margin: in the metric's unit; 0 is any difference.
    """
    if metric.hard and difference.after < difference.before:
        return True
    return difference.high < -margin if metric.higher_is_better else difference.low > margin
