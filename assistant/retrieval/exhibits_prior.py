"""A soft prior over exhibits, and the question minus the words that it has used up.

Whole exhibits are weighed by BM25 over the question's words. Words that *name* an exhibit (parties, subject, sender,
file name) decide between exhibits and say nothing about where inside one the answer stands; embedded together with
the rest they pull in every page that repeats the names. So the words that stand in the head of an exhibit which the
prior favours, and are not spread over the whole case, are taken out before passages are compared. Which clause of a
question names and which asks is derived from this alone. Measured in docs/decisions/030-retrieval-weights.md.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from assistant.retrieval.query import Word, without_words, words_of
from assistant.retrieval.stop_words import QUESTION_OPENERS

_Kind = Literal["naming", "companion", "function", "asking"]


@dataclass(frozen=True, slots=True)
class PriorLimits:
    """What counts as naming an exhibit.

    Attributes:
        head_characters: how much of an exhibit's beginning can name it (title page, mail headers, first paragraph).
        short_characters: an exhibit shorter than this is found by its passages; its words are never used up.
        favoured: least weight, relative to the best exhibit's score, of an exhibit whose head is looked at.
        exhibits: most exhibits whose heads are looked at.
        spread: share of the case's exhibits above which a word of a head does not name it.
        bridge: asking words between two naming words of a clause that are taken for part of the name.
        clause: share of naming words from which a whole clause only names.
    """

    head_characters: int = 1_500
    short_characters: int = 3_000
    favoured: float = 0.75
    exhibits: int = 8
    spread: float = 0.5
    bridge: int = 2
    clause: float = 0.5


@dataclass(frozen=True, slots=True)
class Head:
    """What names an exhibit: the words of its name, title, sender and beginning. `characters` is its text's length."""

    words: frozenset[str]
    characters: int


@dataclass(frozen=True, slots=True)
class Focus:
    """A question without what names exhibits.

    `asking` is what is compared with passages; `used_up` the naming words, folded; `share` how much of the question's
    content words they were, 0 to 1.
    """

    asking: str
    used_up: frozenset[str]
    share: float


def relative_weights(scores: Mapping[str, float]) -> dict[str, float]:
    """Scores of exhibits as shares of the best one: 0 to 1, linear, so that no exhibit is ever ruled out."""
    best = max(scores.values(), default=0.0)
    return {exhibit: score / best for exhibit, score in scores.items()} if best > 0 else {}


def focus_of(
    question: str,
    weights: Mapping[str, float],
    head_of: Callable[[str], Head],
    spread_of: Callable[[Sequence[str]], Mapping[str, float]],
    limits: PriorLimits,
) -> Focus:
    """Take out of a question the words that name the exhibits which the prior favours.

    Args:
        question: as asked, standalone.
        weights: of exhibits, relative to the best (`relative_weights`).
        head_of: gives an exhibit's head.
        spread_of: gives the share of the case's exhibits that hold each word.
        limits: see `PriorLimits`.
    """
    words = words_of(question)
    favoured = sorted(((w, e) for e, w in weights.items() if w >= limits.favoured), key=lambda p: (-p[0], p[1]))
    heads = [head_of(exhibit) for _, exhibit in favoured[: limits.exhibits]]
    in_heads = frozenset().union(*(head.words for head in heads if head.characters >= limits.short_characters))
    candidates = sorted({word.folded for word in words if not word.is_stop and word.folded in in_heads})
    if not candidates:
        return Focus(question, frozenset(), 0.0)
    spread = spread_of(candidates)
    naming = frozenset(word for word in candidates if spread[word] <= limits.spread)
    kinds = [_kind(word, naming, in_heads) for word in words]
    keep = _kept(words, kinds, limits)
    if not any(kept and kind in ("asking", "companion") for kept, kind in zip(keep, kinds, strict=True)):
        return Focus(question, frozenset(), 0.0)
    content = [kind for kind in kinds if kind != "function"]
    share = content.count("naming") / len(content)
    return Focus(without_words(question, words, keep), naming, share)


def _kind(word: Word, naming: frozenset[str], in_heads: frozenset[str]) -> _Kind:
    if word.is_stop:
        return "function"
    if word.folded in naming:
        return "naming"
    return "companion" if word.folded in in_heads else "asking"


def _kept(words: Sequence[Word], kinds: Sequence[_Kind], limits: PriorLimits) -> list[bool]:
    keep = [kind != "naming" for kind in kinds]
    _bridge(words, kinds, keep, limits.bridge)
    _widen(words, kinds, keep)
    _drop_clauses(words, kinds, keep, limits.clause)
    return keep


def _bridge(words: Sequence[Word], kinds: Sequence[_Kind], keep: list[bool], bridge: int) -> None:
    """Take out what stands between two naming words of one clause, unless it is long."""
    naming = [number for number, kind in enumerate(kinds) if kind == "naming"]
    for first, second in pairwise(naming):
        between = kinds[first + 1 : second]
        same_clause = words[first].clause == words[second].clause
        if same_clause and between.count("asking") <= bridge and len(between) <= 3 * bridge + 1:
            keep[first + 1 : second] = [False] * len(between)


def _widen(words: Sequence[Word], kinds: Sequence[_Kind], keep: list[bool]) -> None:
    """Take out the function words and companions that touch what was taken out: `under the … Agreement between`."""
    for step in (1, -1):
        order = range(len(words)) if step == 1 else range(len(words) - 1, -1, -1)
        previous: int | None = None
        for number in order:
            touches = previous is not None and not keep[previous] and words[previous].clause == words[number].clause
            loose = kinds[number] in ("function", "companion") and words[number].folded not in QUESTION_OPENERS
            if touches and loose:
                keep[number] = False
            previous = number


def _drop_clauses(words: Sequence[Word], kinds: Sequence[_Kind], keep: list[bool], share: float) -> None:
    """Take out clauses that mostly name, if something that asks is left elsewhere."""
    clauses: dict[int, list[int]] = {}
    for number, word in enumerate(words):
        if kinds[number] != "function":
            clauses.setdefault(word.clause, []).append(number)
    names = {c for c, numbers in clauses.items() if sum(not keep[n] for n in numbers) / len(numbers) >= share}
    asks = any(k and kinds[n] == "asking" and words[n].clause not in names for n, k in enumerate(keep))
    if asks:
        keep[:] = [kept and word.clause not in names for kept, word in zip(keep, words, strict=True)]
