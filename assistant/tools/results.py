"""A tool's outcome as a model is told of it: data in JSON, numbered, cut to a budget of tokens."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from assistant.chat_models.port import ChatModel
from assistant.places import describe
from assistant.records import ProposedClaim, RankedPassage
from assistant.tools.records import ToolOutcome

LONGEST_PASSAGE = 1_200
"""Characters of one passage in a result."""
_LONGEST_NAME = 120
_SHORTENINGS = 8
_SHORTEST = 40


@dataclass(frozen=True, slots=True)
class NumberedPassage:
    """A passage that a model may cite as `[n]`. `shown` is how many characters of its text the model was given."""

    n: int
    found: RankedPassage
    shown: int


@dataclass(frozen=True, slots=True)
class NumberedClaim:
    """A sentence that code computed, with its quotes; a model may point to it as `[n]`."""

    n: int
    claim: ProposedClaim


@dataclass(frozen=True, slots=True)
class ToldResult:
    """What the model is told, and what of it can be cited."""

    text: str
    passages: tuple[NumberedPassage, ...] = ()
    claims: tuple[NumberedClaim, ...] = ()


def told_result(
    outcome: ToolOutcome, model: ChatModel, most_tokens: int, number_from: int, shown: Mapping[int, int]
) -> ToldResult:
    """Put an outcome into words for a model.

    Args:
        outcome: what the tool gave.
        model: counts the tokens.
        most_tokens: of the passages, claims and data together; the first passage is shortened to fit, others left out.
        number_from: the first number that is free.
        shown: numbers of passages that the model was given before, by passage id; they keep theirs.
    """
    free = number_from
    claims = []
    for claim in outcome.claims:
        if claim.computed is not None:
            claims.append(NumberedClaim(free, claim))
            free += 1
    numbered = []
    for found in outcome.passages:
        known = shown.get(found.passage.id)
        length = min(LONGEST_PASSAGE, len(found.passage.text))
        numbered.append(NumberedPassage(free if known is None else known, found, length))
        free += known is None
    said = [json.dumps({"n": one.n, "text": one.claim.text}, ensure_ascii=False) for one in claims]
    data = json.dumps(dict(outcome.data), ensure_ascii=False, default=str) if outcome.data else ""
    pieces = [*said, data, *(_piece(one) for one in numbered)]
    costs = model.count_tokens(pieces) if pieces else ()
    left = most_tokens - sum(costs[: len(said)])
    document: dict[str, object] = {"says": outcome.says}
    if claims:
        document["computed"] = [json.loads(piece) for piece in said]
    if data and costs[len(said)] <= left // 2:
        document["data"] = json.loads(data)
        left -= costs[len(said)]
    kept = _fitting(numbered, costs[len(said) + 1 :], model, left)
    if kept:
        document["passages"] = [json.loads(_piece(one)) for one in kept]
    if len(kept) < len(numbered):
        document["passages_left_out"] = len(numbered) - len(kept)
    return ToldResult(json.dumps(document, ensure_ascii=False), tuple(kept), tuple(claims))


def told_error(message: str) -> str:
    """A refusal as a model is told of it."""
    return json.dumps({"error": message}, ensure_ascii=False)


def _fitting(
    numbered: list[NumberedPassage], costs: tuple[int, ...], model: ChatModel, left: int
) -> list[NumberedPassage]:
    kept: list[NumberedPassage] = []
    for one, cost in zip(numbered, costs, strict=True):
        if cost > left:
            break
        kept.append(one)
        left -= cost
    if kept or not numbered:
        return kept
    first = numbered[0]
    for _ in range(_SHORTENINGS):
        length = first.shown // 2
        if length < _SHORTEST:
            break
        first = replace(first, shown=length)
        if model.count_tokens([_piece(first)])[0] <= left:
            return [first]
    return []


def _piece(one: NumberedPassage) -> str:
    text = one.found.passage.text
    shown = text[: one.shown]
    return json.dumps(
        {
            "n": one.n,
            "exhibit": one.found.exhibit.name[:_LONGEST_NAME],
            "place": describe(one.found.passage.locator)[:_LONGEST_NAME],
            "text": shown if len(shown) == len(text) else f"{shown} \N{HORIZONTAL ELLIPSIS}",
        },
        ensure_ascii=False,
    )
