"""All metrics by name."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from eval.metrics.metric import Metric


def _by_name(metrics: Iterable[Metric]) -> Mapping[str, Metric]:
    found: dict[str, Metric] = {}
    for metric in metrics:
        if metric.name in found:
            raise ValueError(f"two metrics are named {metric.name}")
        found[metric.name] = metric
    return MappingProxyType(found)


METRICS: Mapping[str, Metric] = _by_name(())
"""Every metric, in the order in which figures are shown."""
