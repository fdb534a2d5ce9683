"""Answers compared with reference answers as SQuAD does.

Source: Rajpurkar et al., "SQuAD: 100,000+ Questions" (2016), section 6.1, and `normalize_answer`, `compute_exact` and
`compute_f1` of the official script for version 2.0. Other languages get the same treatment (English articles go, words
are what stands between white space), as in XQuAD (Artetxe et al. 2020).
"""

import re
import string
from collections import Counter
from collections.abc import Callable

from eval.metrics.metric import Columns, Metric
from eval.records import Response, Sample

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_WITHOUT_PUNCTUATION = str.maketrans("", "", string.punctuation)


def squad_normalised(text: str) -> str:
    """In lower case, without ASCII punctuation, without English articles, one space between words."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_WITHOUT_PUNCTUATION)).split())


def exact_match(answer: str, reference: str) -> float:
    """1 where both are the same once normalised."""
    return float(squad_normalised(answer) == squad_normalised(reference))


def token_f1(answer: str, reference: str) -> float:
    """2 P R / (P + R), P and R being the share of the answer's and of the reference's words that are in the other.

    Where one is empty once normalised: 1 when both are, else 0.
    """
    given, wanted = squad_normalised(answer).split(), squad_normalised(reference).split()
    if not given or not wanted:
        return float(given == wanted)
    return 2 * (Counter(given) & Counter(wanted)).total() / (len(given) + len(wanted))


def _best(measure: Callable[[str, str], float]) -> Callable[[Sample, Response], Columns | None]:
    def columns(sample: Sample, response: Response) -> Columns | None:
        if not sample.gold.answers:
            return None
        if response.status != "answered":
            return (0.0,)
        return (max(measure(response.answer, reference) for reference in sample.gold.answers),)

    return columns


METRICS = (
    Metric("exact_match", "the answer is word for word a reference answer", _best(exact_match), rate=True),
    Metric("token_f1", "how far the answer's words are those of the closest reference answer", _best(token_f1)),
)
