"""Holm's correction of p values for testing several things at once."""

from collections.abc import Mapping
from math import isnan


def holm_adjusted(p_values: Mapping[str, float]) -> dict[str, float]:
    """Adjusted p values by the same names.

    The i-th smallest of m is multiplied by m - i + 1; it is never below the one before and at most 1. What is NaN was
    not tested: it stays NaN and is not among the m. Source: Holm, "A Simple Sequentially Rejective Multiple Test
    Procedure" (1979).
    """
    tested = sorted((p, name) for name, p in p_values.items() if not isnan(p))
    adjusted = dict(p_values)
    highest = 0.0
    for place, (p, name) in enumerate(tested):
        highest = max(highest, min(1.0, p * (len(tested) - place)))
        adjusted[name] = highest
    return adjusted
