"""Citations: whether they stand, whether they are right, and whether they stay inside the walls.

Counted over citations, not over questions, so that a long answer weighs more:

* quote fidelity: citations whose quote stands at its offsets in the cited text (looked up by the harness), over all;
* citation validity: citations that the assistant itself marked verified, over all;
* citation precision: citations that overlap a gold span, over all of questions with gold spans;
* citation recall: gold spans (overlapping ones merged) that a citation overlaps, over all.

Precision and recall of citations as in Gao et al., "Enabling Large Language Models to Generate Text with Citations"
(ALCE, 2023), with overlap of characters in place of a model's judgement.

Isolation: questions for which no document outside the corpus, or outside what the question was narrowed to, came back.
"""

from eval.metrics.metric import Columns, Metric, ratio
from eval.metrics.spans import cited_spans, merge_spans, overlaps
from eval.records import Response, Sample


def _standing(_sample: Sample, response: Response) -> Columns | None:
    cited = response.citations
    return (float(sum(c.stands and bool(c.quote) for c in cited)), float(len(cited))) if cited else None


def _verified(_sample: Sample, response: Response) -> Columns | None:
    cited = response.citations
    return (float(sum(c.verified for c in cited)), float(len(cited))) if cited else None


def _precise(sample: Sample, response: Response) -> Columns | None:
    gold, cited = merge_spans(sample.gold.spans), cited_spans(response)
    return (float(sum(overlaps(span, gold) for span in cited)), float(len(cited))) if gold and cited else None


def _recalled(sample: Sample, response: Response) -> Columns | None:
    gold, cited = merge_spans(sample.gold.spans), cited_spans(response)
    return (float(sum(overlaps(span, cited) for span in gold)), float(len(gold))) if gold else None


def _inside(_sample: Sample, response: Response) -> Columns:
    return (float(response.outside == 0),)


METRICS = (
    Metric("quote_fidelity", "quotes that stand word for word where they say", _standing, ratio, hard=True),
    Metric("citation_validity", "citations that the assistant checked and found good", _verified, ratio, hard=True),
    Metric(
        "isolation",
        "questions where nothing came from outside the case or its chosen part",
        _inside,
        hard=True,
        rate=True,
    ),
    Metric("citation_precision", "citations that point at the right text", _precise, ratio),
    Metric("citation_recall", "stretches of right text that are cited", _recalled, ratio),
)
