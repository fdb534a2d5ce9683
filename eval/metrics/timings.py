"""How long it took: percentiles over questions (linear between two, as numpy's default), and words a second.

Evidence: until passages are there; answer: until the end. Tokens per second: tokens written over the time between the
two, both summed over questions. Peak memory belongs to the run and stands in its manifest.
"""

from collections.abc import Callable

import numpy as np

from eval.metrics.metric import Columns, Matrix, Metric, ratio
from eval.records import Response, Sample


def _step(name: str) -> Callable[[Sample, Response], Columns | None]:
    def columns(_sample: Sample, response: Response) -> Columns | None:
        return (response.timings_ms[name],) if name in response.timings_ms else None

    return columns


def median(matrix: Matrix) -> float:
    """The 50th percentile of the only column."""
    return float(np.quantile(matrix[:, 0], 0.5))


def percentile_95(matrix: Matrix) -> float:
    """The 95th percentile of the only column."""
    return float(np.quantile(matrix[:, 0], 0.95))


def _tokens_and_seconds(_sample: Sample, response: Response) -> Columns | None:
    if response.tokens is None or "total" not in response.timings_ms:
        return None
    writing = response.timings_ms["total"] - response.timings_ms.get("evidence", 0.0)
    return float(response.tokens), writing / 1000


METRICS = (
    *(
        Metric(f"{name}_ms_{short}", f"{what}, {of}", _step(step), pool, unit="ms", higher_is_better=False)
        for name, step, what in (
            ("evidence", "evidence", "time until passages are shown"),
            ("answer", "total", "time until the end"),
        )
        for short, of, pool in (("p50", "half of the questions", median), ("p95", "19 of 20 questions", percentile_95))
    ),
    Metric("tokens_per_second", "how fast the engine writes", _tokens_and_seconds, ratio, unit="per second"),
)
