"""Errors of a text against the text that it should be: by character (CER) and by word (WER).

Levenshtein distance over the reference's length, both summed over all texts, so that a long text weighs more than a
short one; above 1 where much was added. White space is made one space first; case and punctuation count. Source:
Morris, Maier and Green, "From WER and RIL to MER and WIL" (2004); the sums are those of jiwer.

With several references the one with the lowest rate counts. Time grows with the product of both lengths.
"""

from collections.abc import Callable, Sequence

from rapidfuzz.distance import Levenshtein

from eval.metrics.metric import Columns, Metric, ratio
from eval.records import Response, Sample


def character_errors(text: str, reference: str) -> tuple[int, int]:
    """Edit distance in code points, and the reference's length."""
    return _errors(" ".join(text.split()), " ".join(reference.split()))


def word_errors(text: str, reference: str) -> tuple[int, int]:
    """Edit distance in words, and how many words the reference has."""
    return _errors(text.split(), reference.split())


def _errors(given: Sequence[str], wanted: Sequence[str]) -> tuple[int, int]:
    return Levenshtein.distance(given, wanted), len(wanted)


def _lowest(count: Callable[[str, str], tuple[int, int]]) -> Callable[[Sample, Response], Columns | None]:
    def columns(sample: Sample, response: Response) -> Columns | None:
        counted = [count(response.answer, reference) for reference in sample.gold.answers if reference.strip()]
        if not counted:
            return None
        errors, length = min(counted, key=lambda found: found[0] / found[1])
        return float(errors), float(length)

    return columns


METRICS = (
    Metric(
        "character_error_rate",
        "characters that are wrong, missing or too many, over those that should be there",
        _lowest(character_errors),
        pool=ratio,
        higher_is_better=False,
    ),
    Metric(
        "word_error_rate",
        "words that are wrong, missing or too many, over those that should be there",
        _lowest(word_errors),
        pool=ratio,
        higher_is_better=False,
    ),
)
