"""A metric over rows, with its 95 % interval."""

from collections.abc import Sequence

import numpy as np

from eval.metrics.metric import Figure, Matrix, Metric, matrix_of, mean, ratio
from eval.records import Row
from eval.statistics.bootstrap import cluster_numbers, percentile_interval, resampled
from eval.statistics.wilson import wilson_interval

_NAN = float("nan")


def figure_of(metric: Metric, rows: Sequence[Row]) -> Figure:
    """The metric's value over the rows that it scores, and how sure that is.

    A rate gets Wilson's interval where every cluster has one row: the rows are then independent, which that interval
    rests on. Everything else gets the clustered bootstrap. A share of exactly 0 or 1 would get no width from it (each
    resample is the same), so it gets Wilson's interval of as many rows as there are clusters.

    The value is NaN where no row is scored or there is nothing to count, the interval also where there is one cluster
    and neither of these cases.
    """
    matrix, kept = matrix_of(metric, [(row.sample, row.response) for row in rows])
    value = metric.pool(matrix) if kept else _NAN
    low, high = _NAN, _NAN
    if not np.isnan(value):
        low, high = _interval(metric, matrix, [rows[place].sample.cluster for place in kept], value)
    return Figure(metric.name, value, low, high, len(kept), len(rows))


def _interval(metric: Metric, matrix: Matrix, names: Sequence[str], value: float) -> tuple[float, float]:
    clusters = cluster_numbers(names)
    count = int(clusters.max()) + 1
    all_agree = metric.unit == "share" and metric.pool in {mean, ratio} and value in {0.0, 1.0}
    if all_agree or (metric.rate and count == len(names)):
        return wilson_interval(value * count, count)
    return percentile_interval(resampled(metric.pool, matrix, clusters), count)
