"""Reading files: stretches of text that must be there and are, over all of them (recall of the reader)."""

from eval.metrics.metric import Columns, Metric, ratio
from eval.records import Response, Sample


def _found(sample: Sample, response: Response) -> Columns | None:
    texts = len(sample.gold.texts)
    return (float(min(response.text_found, texts)), float(texts)) if texts else None


METRICS = (Metric("text_found", "text that is in the file and was read", _found, ratio),)
