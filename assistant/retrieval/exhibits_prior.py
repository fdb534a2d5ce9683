"""A soft prior over exhibits, and the question minus the words that it has used up.

Whole exhibits are weighed by BM25 over the question's words. Words that *name* an exhibit (parties, subject, sender,
file name) decide between exhibits and say nothing about where inside one the answer stands; embedded together with
the rest they pull in every page that repeats the names. So the words that stand in the head of an exhibit which the
prior favours, and are not spread over the whole case, are taken out before passages are compared. Which clause of a
question names and which asks is derived from this alone. Measured in docs/decisions/030-retrieval-weights.md.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, Protocol

from assistant.retrieval.query import Word, without_words, words_of
from assistant.retrieval.stop_words import QUESTION_OPENERS

_Kind = Literal["naming", "companion", "function", "asking"]

_LEGAL_FORMS = frozenset("ab ag as bv co corp gmbh inc kg llc lp ltd nv oy plc sa sarl se spa srl ug".split())  # noqa: SIM905
"""Ends of a company's name, which name nothing by themselves."""

_DOCUMENTS = frozenset(
    """abkommen accord acuerdo agreement akkoord amendment bail bericht brief carta contract contracts contrat contrato
    convention deal deed email informe invoice lease letter lettre licence license mail mail memo memorandum
    overeenkomst policy protocol protokoll rapport rechnung report statement vereinbarung vertrag""".split()  # noqa: SIM905
)
"""What an exhibit is called by, small in a question too: `the endorsement agreement between …`."""

_LOOSE: frozenset[_Kind] = frozenset({"asking", "companion"})
_ARTICLES = frozenset("the their its his her der die das den dem des le la les el los las l het de".split())  # noqa: SIM905


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
        further: most exhibits that are looked for beyond those that the whole question brings up.
        names: words of a further exhibit's name that must be left in the question.
        surprise: how telling these words must be together: the sum of -ln(share of the exhibits that hold the word).
    """

    head_characters: int = 1_500
    short_characters: int = 3_000
    favoured: float = 0.75
    exhibits: int = 8
    spread: float = 0.5
    bridge: int = 2
    clause: float = 0.5
    further: int = 2
    names: int = 2
    surprise: float = 4.0


@dataclass(frozen=True, slots=True)
class Head:
    """What names an exhibit.

    `words` are those of its path, title, sender and beginning; `names` of these the ones that are never written small
    there, or that stand in path, title or sender; `characters` is the length of its text; `title` the words of path
    and title, and those never written small in the first lines.
    """

    words: frozenset[str]
    names: frozenset[str]
    characters: int
    title: frozenset[str] = frozenset()


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


class HeadReader(Protocol):
    """What is known of a case's exhibits beside their scores."""

    def head_of(self, exhibit_id: str) -> Head:
        """What names an exhibit."""
        ...

    def spread_of(self, words: Sequence[str]) -> Mapping[str, float]:
        """The share (0 to 1) of the case's exhibits that hold each word."""
        ...


@dataclass(frozen=True, slots=True)
class Weighing:
    """Exhibits weighed for a question (1 for the best, and for others that it names), and what it asks of them.

    `favoured` are the exhibits that it names or that come close to the best, best first.
    """

    weights: Mapping[str, float]
    favoured: tuple[str, ...]
    focus: Focus


def weigh(
    question: str, score: Callable[[str], Mapping[str, float]], reader: HeadReader, limits: PriorLimits
) -> Weighing:
    """Weigh the exhibits for a question and take out of it the words that name them.

    The words of one exhibit's name hide those of a second that the question names too. So what is left of the question
    is weighed again, and an exhibit that then stands out by its name counts like the first.

    Args:
        question: as asked, standalone.
        score: gives the best exhibits for a text with their scores.
        reader: see `HeadReader`.
        limits: see `PriorLimits`.
    """
    weights = relative_weights(score(question))
    favoured = [e for e, w in sorted(weights.items(), key=lambda p: (-p[1], p[0])) if w >= limits.favoured]
    favoured = favoured[: limits.exhibits]
    focus = focus_of(question, favoured, reader, limits)
    for _ in range(limits.further):
        rest = _names_left(question, focus) if focus.used_up else ()
        another = _named_by(rest, set(favoured), score, reader, limits) if len(rest) >= limits.names else None
        if another is None:
            break
        weights[another] = 1.0
        favoured.append(another)
        focus = focus_of(question, favoured, reader, limits)
    return Weighing(weights, tuple(favoured), focus)


def focus_of(question: str, favoured: Sequence[str], reader: HeadReader, limits: PriorLimits) -> Focus:
    """Take out of a question the words that name the exhibits which the prior favours."""
    words = words_of(question)
    heads = [head for e in favoured if (head := reader.head_of(e)).characters >= limits.short_characters]
    if not heads:
        return Focus(question, frozenset(), 0.0)
    can_name = _can_name(words)
    names = frozenset().union(*(head.names for head in heads))
    candidates = sorted({w.folded for w, can in zip(words, can_name, strict=True) if can and w.folded in names})
    spread = reader.spread_of(candidates)
    naming = frozenset(word for word in candidates if spread[word] <= limits.spread)
    in_heads = frozenset().union(*(head.words for head in heads))
    kinds = [_kind(w, naming, in_heads, can_name=can) for w, can in zip(words, can_name, strict=True)]
    if naming:
        _describe(words, kinds, frozenset().union(*(head.title for head in heads)))
    keep = _kept(words, kinds, limits)
    if not naming or not any(k and kind in ("asking", "companion") for k, kind in zip(keep, kinds, strict=True)):
        return Focus(question, frozenset(), 0.0)
    content = [kind for kind in kinds if kind != "function"]
    share = content.count("naming") / len(content)
    return Focus(without_words(question, words, keep), naming, share)


def _names_left(question: str, focus: Focus) -> tuple[str, ...]:
    """The words of a question that may name an exhibit and have not been used up."""
    words = words_of(question)
    left = (w.folded for w, can in zip(words, _can_name(words), strict=True) if can and w.folded not in focus.used_up)
    return tuple(dict.fromkeys(left))


def _named_by(
    rest: Sequence[str],
    known: set[str],
    score: Callable[[str], Mapping[str, float]],
    reader: HeadReader,
    limits: PriorLimits,
) -> str | None:
    """The exhibit that the remaining names bring up first, if enough of them stand in its head and are telling."""
    scores = {exhibit: value for exhibit, value in score(" ".join(rest)).items() if exhibit not in known}
    if not scores:
        return None
    best = min(scores, key=lambda exhibit: (-scores[exhibit], exhibit))
    head = reader.head_of(best)
    shared = sorted(head.names.intersection(rest))
    spread = reader.spread_of(shared)
    surprise = sum(-math.log(spread[word]) for word in shared if spread[word] > 0)
    is_named = len(shared) >= limits.names and surprise >= limits.surprise
    return best if head.characters >= limits.short_characters and is_named else None


def _can_name(words: Sequence[Word]) -> list[bool]:
    """Which words may belong to a name: those not written small, or all where the question is all small."""
    content = [word for word in words[1:] if not word.is_stop]
    all_small = all(word.is_lower for word in content)
    return [not word.is_stop and (all_small or not word.is_lower) for word in words]


def _kind(word: Word, naming: frozenset[str], in_heads: frozenset[str], *, can_name: bool) -> _Kind:
    if word.is_stop:
        return "function"
    if can_name and word.folded in naming:
        return "naming"
    with_name = word.folded in _LEGAL_FORMS or (can_name and word.folded in in_heads)
    return "companion" if with_name else "asking"


def _describe(words: Sequence[Word], kinds: list[_Kind], title: frozenset[str]) -> None:
    """Take what the exhibits are called for their names where it is written small.

    That is `the endorsement agreement`, and `alliance` in `the Rubicon alliance` and `the alliance between …`. Any
    other word for a document only belongs to the name that it touches.
    """
    number = 0
    while number < len(words):
        first = number
        while number < len(words) and kinds[number] in _LOOSE and words[number].folded in title - _DOCUMENTS:
            number += 1
        ends_in_document = number < len(words) and words[number].folded in _DOCUMENTS and kinds[number] != "naming"
        if number > first and (ends_in_document or _belongs_to_name(words, kinds, first, number)):
            kinds[first:number] = ["naming"] * (number - first)
        if ends_in_document:
            kinds[number] = kinds[first] if number > first else "companion"
        number += 1


def _belongs_to_name(words: Sequence[Word], kinds: Sequence[_Kind], first: int, end: int) -> bool:
    """Whether words behind an article or a name, `words[first:end]`, touch a name but for function words."""
    clause = words[first].clause
    if first == 0 or words[first - 1].clause != clause:
        return False
    if kinds[first - 1] == "naming":
        return True
    beyond = next((n for n in range(end, len(words)) if kinds[n] != "function"), None)
    follows = beyond is not None and kinds[beyond] == "naming" and words[beyond].clause == clause
    return follows and words[first - 1].folded in _ARTICLES


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
        if any(kinds[n] == "asking" and words[n].is_lower for n in range(first + 1, second)):
            continue  # `assign`, in `may Meyer assign the lease`
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
