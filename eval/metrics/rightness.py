"""Whether an answer is right, and what answering, keeping silent and being wrong are worth.

Right: the response was `answered` and, the first of these that has gold deciding, all `gold.values` are shown; a
citation overlaps `gold.spans`; a needed document is cited; an answer is quoted. To answer what has no answer is wrong.

Net score: +1 for a right answer, 0 for none, -1 for a wrong one, the mean over questions (the scoring of examinations
with a penalty; for language models: Kalai et al., "Why Language Models Hallucinate", 2025).
"""

from eval.metrics.cited_documents import documents_cited
from eval.metrics.gold_cited import answer_quoted
from eval.metrics.metric import Columns, Metric
from eval.metrics.spans import cited_spans, merge_spans, overlaps
from eval.metrics.values import groups_shown
from eval.records import Response, Sample


def is_right(sample: Sample, response: Response) -> bool | None:
    """Whether the answer is right; False where there is none, None where nothing tells."""
    if sample.answerable is False:
        return False
    right = _as_gold_says(sample, response)
    return right if right is None else right and response.status == "answered"


def _as_gold_says(sample: Sample, response: Response) -> bool | None:
    gold = sample.gold
    if gold.values:
        return groups_shown(response, gold.values) == len(gold.values)
    spans = merge_spans(gold.spans)
    if spans:
        return any(overlaps(span, spans) for span in cited_spans(response))
    if any(gold.documents):
        return any(documents_cited(sample, response))
    return answer_quoted(sample, response) if gold.answers else None


def _net(sample: Sample, response: Response) -> Columns | None:
    right = is_right(sample, response)
    if right is None:
        return None
    return ((1.0 if right else -1.0) if response.status == "answered" else 0.0,)


METRICS = (Metric("net_score", "+1 for a right answer, 0 for none, -1 for a wrong one", _net, unit="points"),)
