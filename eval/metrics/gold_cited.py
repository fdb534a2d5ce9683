"""Whether what is quoted is the right sentence, or holds the right answer.

* gold sentence first: the first citation overlaps a gold span;
* gold sentence cited: one of the first three does, within the first 600 characters that they quote together: as much as
  a person reads before looking elsewhere;
* gold answer quoted: a quote contains a reference answer, as whole words, either once both are normalised as SQuAD does
  or as the value stands there (`1950` in `1950-1960`, which SQuAD's rule would write `19501960`).

A question without a citation counts 0. The two figures `…_when_quoted` leave such questions out: they say how well
sentences are chosen, whatever is refused, and are read beside `wrong_refusals` only.
"""

from eval.metrics.metric import Columns, Metric
from eval.metrics.spans import cited_spans, merge_spans, overlaps, within_budget
from eval.metrics.squad import squad_normalised
from eval.metrics.values import contains_value
from eval.records import Response, Sample

QUOTES = 3
CHARACTERS = 600


def quotes_answer(quote: str, answer: str) -> bool:
    """Whether the quote contains the answer; one that is empty once normalised must stand as it is."""
    wanted = squad_normalised(answer)
    return (bool(wanted) and f" {wanted} " in f" {squad_normalised(quote)} ") or contains_value(quote, answer)


def answer_quoted(sample: Sample, response: Response) -> bool:
    """Whether a citation's quote contains a reference answer."""
    return any(quotes_answer(cited.quote, answer) for cited in response.citations for answer in sample.gold.answers)


def _first(sample: Sample, response: Response) -> Columns | None:
    gold = merge_spans(sample.gold.spans)
    return (float(any(overlaps(span, gold) for span in cited_spans(response)[:1])),) if gold else None


def _among(sample: Sample, response: Response) -> Columns | None:
    gold = merge_spans(sample.gold.spans)
    read = within_budget(cited_spans(response)[:QUOTES], CHARACTERS)
    return (float(any(overlaps(span, gold) for span in read)),) if gold else None


def _first_when_quoted(sample: Sample, response: Response) -> Columns | None:
    return _first(sample, response) if response.citations else None


def _among_when_quoted(sample: Sample, response: Response) -> Columns | None:
    return _among(sample, response) if response.citations else None


def _quoted(sample: Sample, response: Response) -> Columns | None:
    return (float(answer_quoted(sample, response)),) if sample.gold.answers else None


METRICS = (
    Metric("gold_sentence_first", "the first quote is right text", _first, rate=True),
    Metric("gold_sentence_cited", "one of the first three quotes is right text", _among, rate=True),
    Metric(
        "gold_sentence_first_when_quoted",
        "the first quote is right text, of the questions that got a quote",
        _first_when_quoted,
        rate=True,
    ),
    Metric(
        "gold_sentence_cited_when_quoted",
        "one of the first three quotes is right text, of the questions that got a quote",
        _among_when_quoted,
        rate=True,
    ),
    Metric("gold_answer_quoted", "a quote contains the answer", _quoted, rate=True),
)
