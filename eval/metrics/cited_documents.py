"""Whether the needed documents are cited, over answerable questions that name them.

Expected document cited: one of `gold.documents` is; all documents cited: each is. A document that counts the same
stands for the one it is listed with.
"""

from collections.abc import Callable

from eval.metrics.metric import Columns, Metric
from eval.records import Response, Sample


def documents_cited(sample: Sample, response: Response) -> tuple[bool, ...]:
    """For each needed document, whether it or one that counts the same is cited."""
    cited = {citation.document for citation in response.citations}
    return tuple(not cited.isdisjoint(group) for group in sample.gold.documents if group)


def _columns(join: Callable[[tuple[bool, ...]], bool]) -> Callable[[Sample, Response], Columns | None]:
    def columns(sample: Sample, response: Response) -> Columns | None:
        found = documents_cited(sample, response)
        return (float(join(found)),) if found and sample.answerable is not False else None

    return columns


METRICS = (
    Metric("expected_document_cited", "a document that holds the answer is cited", _columns(any), rate=True),
    Metric("all_documents_cited", "every document that is needed is cited", _columns(all), rate=True),
)
