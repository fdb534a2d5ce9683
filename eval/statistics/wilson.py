"""Wilson's score interval of a rate."""

from math import sqrt
from statistics import NormalDist

CONFIDENCE = 0.95


def wilson_interval(hits: float, of: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The score interval of `hits / of`, without continuity correction; NaN where `of` is 0.

    With p = hits / n and z the normal quantile: (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n). Source: Wilson,
    "Probable Inference, the Law of Succession, and Statistical Inference" (1927).
    """
    if of == 0:
        return float("nan"), float("nan")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    rate = hits / of
    middle = rate + z * z / (2 * of)
    half = z * sqrt(rate * (1 - rate) / of + (z / (2 * of)) ** 2)
    scale = 1 + z * z / of
    # rounding must not leave the rate itself outside
    return max(0.0, min(rate, (middle - half) / scale)), min(1.0, max(rate, (middle + half) / scale))
