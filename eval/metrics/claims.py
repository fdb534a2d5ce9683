"""Sentences of an answer: how many say where they come from, and how many the check lets stand.

Counted over sentences. Claim coverage: those with a citation or a computation (the citation recall of Liu, Zhang and
Liang, "Evaluating Verifiability in Generative Search Engines", 2023, without judging the citation). Claims supported:
those marked supported.
"""

from eval.metrics.metric import Columns, Metric, ratio
from eval.records import Response, Sample


def _covered(_sample: Sample, response: Response) -> Columns | None:
    claims = response.claims
    return (float(sum(bool(c.citations) or c.computed for c in claims)), float(len(claims))) if claims else None


def _supported(_sample: Sample, response: Response) -> Columns | None:
    claims = response.claims
    return (float(sum(c.supported for c in claims)), float(len(claims))) if claims else None


METRICS = (
    Metric("claim_coverage", "sentences that cite something or were computed", _covered, ratio),
    Metric("claims_supported", "sentences that passed the check against their source", _supported, ratio),
)
