"""The check of claims: false ones that it catches, true ones that it strikes.

A claim of `verify` is true when `gold.statuses` holds `supported`. Caught: false claims that did not end `supported`
(recall of the check). Struck wrongly: true claims that did not. A check that broke (`error`) caught nothing and struck.
"""

from eval.metrics.metric import Columns, Metric
from eval.records import Response, Sample

SUPPORTED = "supported"


def _caught(sample: Sample, response: Response) -> Columns | None:
    if not sample.gold.statuses or SUPPORTED in sample.gold.statuses:
        return None
    return (float(response.status not in {SUPPORTED, "error"}),)


def _struck(sample: Sample, response: Response) -> Columns | None:
    return (float(response.status != SUPPORTED),) if SUPPORTED in sample.gold.statuses else None


METRICS = (
    Metric("caught", "false sentences that the check refuses", _caught, rate=True),
    Metric("struck_wrongly", "true sentences that the check refuses", _struck, higher_is_better=False, rate=True),
)
