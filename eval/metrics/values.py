"""Facts that an answer must show: each in one of its accepted forms, in the answer or in a quote under it.

A form is found where it stands as it is, but for case, white space and compatibility forms (Unicode NFKC), and does not
begin or end inside a word or a number: `12` is not in `2012`. A response that is not `answered` shows nothing, whatever
its text repeats.
"""

import re
import unicodedata
from collections.abc import Sequence

from eval.metrics.metric import Columns, Metric, ratio
from eval.records import Response, Sample


def squashed(text: str) -> str:
    """For comparing: NFKC, without case, one space between words."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def contains_value(text: str, form: str) -> bool:
    """Whether a form of a value stands in a text; an empty one does not."""
    wanted = squashed(form)
    if not wanted:
        return False
    before = r"(?<!\w)" if re.match(r"\w", wanted) else ""
    after = r"(?!\w)" if re.match(r"\w", wanted[-1]) else ""
    return re.search(before + re.escape(wanted) + after, squashed(text)) is not None


def groups_shown(response: Response, groups: Sequence[Sequence[str]]) -> int:
    """How many of the groups have a form in the answer or in a quote."""
    if response.status != "answered":
        return 0
    shown = (response.answer, *(cited.quote for cited in response.citations))
    return sum(any(contains_value(text, form) for text in shown for form in group) for group in groups)


def _counted(sample: Sample, response: Response) -> Columns | None:
    groups = sample.gold.values
    return (float(groups_shown(response, groups)), float(len(groups))) if groups else None


def _all_shown(sample: Sample, response: Response) -> Columns | None:
    counted = _counted(sample, response)
    return None if counted is None else (float(counted[0] == counted[1]),)


METRICS = (
    Metric("values_shown", "every value that was asked for stands in the answer or its quotes", _all_shown, rate=True),
    Metric("fact_recall", "values shown in the answer or its quotes, over all that were asked for", _counted, ratio),
)
