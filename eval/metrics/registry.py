"""All metrics by name."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from eval.metrics import (
    citations,
    cited_documents,
    claims,
    document_ranking,
    error_rates,
    gold_cited,
    injection,
    reading,
    refusals,
    rightness,
    risk_coverage,
    span_retrieval,
    squad,
    timings,
    tool_calls,
    values,
    verifying,
)
from eval.metrics.metric import Metric


def _by_name(metrics: Iterable[Metric]) -> Mapping[str, Metric]:
    found: dict[str, Metric] = {}
    for metric in metrics:
        if metric.name in found:
            raise ValueError(f"two metrics are named {metric.name}")
        found[metric.name] = metric
    return MappingProxyType(found)


METRICS: Mapping[str, Metric] = _by_name(
    (
        *document_ranking.METRICS,
        *span_retrieval.METRICS,
        *gold_cited.METRICS,
        *squad.METRICS,
        *citations.METRICS,
        *claims.METRICS,
        *cited_documents.METRICS,
        *values.METRICS,
        *refusals.METRICS,
        *risk_coverage.METRICS,
        *rightness.METRICS,
        *verifying.METRICS,
        *reading.METRICS,
        *tool_calls.METRICS,
        *injection.METRICS,
        *error_rates.METRICS,
        *timings.METRICS,
    )
)
"""Every metric, in the order in which figures are shown."""
