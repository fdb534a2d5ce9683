"""The sentences that say most of what a text says, without a model.

SumBasic (Vanderwende et al., "Beyond SumBasic", Information Processing and Management 43, 2007): a sentence weighs as
much as its words are frequent on average; the words of a chosen one count less from then on, so that the next one says
something else. Sentences of a few words and very long ones are passed over where there are others.
"""

from collections import Counter
from collections.abc import Sequence

from assistant.sentence_ranking import stems
from assistant.writing_tasks.units import Unit

MOST_WEIGHED = 3_000
"""Sentences that are looked at; the rest of a text is not."""
_FEWEST_WORDS = 5
_LONGEST = 400
"""Characters of a sentence that reads as one."""


def central(units: Sequence[Unit], most: int) -> tuple[Unit, ...]:
    """At most so many sentences, the weightiest first; of equals the earlier one."""
    weighed = units[:MOST_WEIGHED]
    words = [stems(unit.text) for unit in weighed]
    fitting = [n for n, unit in enumerate(weighed) if len(words[n]) >= _FEWEST_WORDS and len(unit.text) <= _LONGEST]
    left = fitting or [n for n in range(len(weighed)) if words[n]]
    counts = Counter(word for n in left for word in words[n])
    total = sum(counts.values())
    weight = {word: count / total for word, count in counts.items()}
    chosen: list[int] = []
    while left and len(chosen) < most:
        best = max(left, key=lambda n: (sum(weight[word] for word in words[n]) / len(words[n]), -n))
        chosen.append(best)
        left.remove(best)
        for word in words[best]:
            weight[word] **= 2
    return tuple(weighed[n] for n in chosen)
