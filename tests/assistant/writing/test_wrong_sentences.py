"""How many wrong sentences of a model find a quote, and how many true ones find none: floors for both halves."""

from collections import Counter

import pytest

from assistant.engines.writing.quoting import Quoter
from assistant.lexicon import language_of
from tests.assistant.writing.test_quoting import source
from tests.assistant.writing.wrong_sentences import sentences


def supported(*, held_out: bool) -> tuple[Counter[str], Counter[str]]:
    """Sentences of each kind, and those that are supported."""
    every: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for one in sentences(held_out=held_out):
        language = language_of(one.cites[0], ("en", "de"))
        cited = [source(text, language=language, number=number) for number, text in enumerate(one.cites, start=1)]
        every[one.kind] += 1
        found[one.kind] += Quoter(("en", "de")).claim(one.text, cited) is not None
    return every, found


@pytest.mark.parametrize(("held_out", "most_false", "most_struck"), [(False, 0.04, 0.2), (True, 0.09, 0.1)])
def test_wrong_sentences_find_no_quote_and_true_ones_do(
    held_out: bool,
    most_false: float,
    most_struck: float,
) -> None:
    every, found = supported(held_out=held_out)
    wrong = every.total() - every["true"]
    assert wrong >= 180
    assert found.total() - found["true"] <= most_false * wrong
    assert every["true"] - found["true"] <= most_struck * every["true"]
    assert not found["short"]
    assert not found["act"]
