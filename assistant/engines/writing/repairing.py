"""One more question to the model about unsupported sentences: which sentence of the evidence says it, or none.

It answers in a grammar with numbers only. Code takes the evidence sentence as it is stored; nothing that the model
writes here is shown.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistant.chat_models.port import ChatModel, ChatRequest, Stopped, SystemMessage, TextPiece, UserMessage
from assistant.engines.extractive import shown_quote
from assistant.engines.writing.context import cleaned, fence_for
from assistant.engines.writing.quoting import Source, words_of
from assistant.prompting import load
from assistant.records import ProposedClaim, ProposedQuote
from casefile.errors import ModelError

MOST_SENTENCES = 4
"""Unsupported sentences that are asked about."""
_OF_EACH = 3
"""Evidence sentences that are offered for each of them."""
_LONGEST_OFFERED = 600
"""Characters of an evidence sentence that is offered."""
_LONGEST_ASKED = 400
_ANSWER_TOKENS = 96
_LONGEST_ANSWER = 1_000


@dataclass(frozen=True, slots=True)
class _Offered:
    source: Source
    quote: ProposedQuote
    stems: frozenset[str]


def repair(
    unsupported: Sequence[str], sources: Sequence[Source], model: ChatModel, room: int, stopped: Stopped | None = None
) -> tuple[ProposedClaim, ...]:
    """Quotes that stand for unsupported sentences; those for which there is none are not among them.

    Args:
        unsupported: sentences as the model wrote them.
        sources: all passages that it was given.
        model: is asked once, or not at all where nothing can be offered.
        room: tokens that may be read for it.
        stopped: True ends it without a result.
    """
    asked = tuple(sentence[:_LONGEST_ASKED] for sentence in dict.fromkeys(unsupported))[:MOST_SENTENCES]
    offered = _offered(asked, sources, model, room)
    if not asked or not offered:
        return ()
    try:
        written = _answer(asked, offered, model, stopped)
    except ModelError:
        return ()  # the answer stands as it is, its unsupported sentences marked
    chosen = _chosen(written, len(asked), len(offered))
    whole = dict(zip(asked, dict.fromkeys(unsupported), strict=False))
    return tuple(
        _claim(offered[number - 1], whole[asked[place - 1]])
        for place, number in _fitting(chosen, asked, offered).items()
    )


def _fitting(chosen: Mapping[int, int], asked: Sequence[str], offered: Sequence[_Offered]) -> dict[int, int]:
    """Of the model's choices those that share a word with their sentence; a quote stands for one sentence only."""
    kept: dict[int, int] = {}
    for place, number in sorted(chosen.items()):
        one = offered[number - 1]
        shares = one.stems & words_of(asked[place - 1], one.source.language)
        if shares and number not in kept.values():
            kept[place] = number
    return kept


def _claim(chosen: _Offered, instead_of: str) -> ProposedClaim:
    text = shown_quote(chosen.source.found.passage, chosen.quote.quote)
    return ProposedClaim(text, (chosen.quote,), instead_of=instead_of)


def _offered(asked: Sequence[str], sources: Sequence[Source], model: ChatModel, room: int) -> tuple[_Offered, ...]:
    """The evidence sentences that share most with the sentences asked about, in turn, as many as fit."""
    lists = [_nearest(sentence, sources) for sentence in asked]
    in_turn = [found[place] for place in range(_OF_EACH) for found in lists if place < len(found)]
    distinct = tuple({one.quote: one for one in in_turn}.values())
    if not distinct:
        return ()
    tokens = model.count_tokens([*asked, *(cleaned(one.quote.quote) for one in distinct)])
    left = room - sum(tokens[: len(asked)])
    kept: list[_Offered] = []
    for one, cost in zip(distinct, tokens[len(asked) :], strict=True):
        if cost <= left:
            kept.append(one)
            left -= cost
    return tuple(kept)


def _nearest(sentence: str, sources: Sequence[Source]) -> list[_Offered]:
    wanted = words_of(sentence, sources[0].language) if sources else frozenset()
    found = [
        (
            len(unit.stems & wanted) / (1 + len(unit.stems)) ** 0.5,
            _Offered(source, source.quote(unit.start, unit.end), unit.stems),
        )
        for source in sources
        for unit in source.units
        if unit.end - unit.start <= _LONGEST_OFFERED and unit.stems & wanted
    ]
    found.sort(key=lambda pair: -pair[0])
    return [one for _, one in found[:_OF_EACH]]


def _answer(asked: Sequence[str], offered: Sequence[_Offered], model: ChatModel, stopped: Stopped | None) -> str:
    evidence = [cleaned(one.quote.quote).replace("\n", " ") for one in offered]
    sentences = [cleaned(sentence).replace("\n", " ") for sentence in asked]
    fence = fence_for([*evidence, *sentences])
    request = ChatRequest(
        messages=(
            SystemMessage(load("repair_system").fill()),
            UserMessage(load("repair").fill(evidence=_listed(evidence, fence), sentences=_listed(sentences, fence))),
        ),
        schema=_schema(len(asked), len(offered)),
        most_tokens=_ANSWER_TOKENS,
    )
    written = ""
    for event in model.chat(request, stopped):
        if isinstance(event, TextPiece):
            written += event.text
        if len(written) > _LONGEST_ANSWER:
            break
    return written


def _listed(lines: Sequence[str], fence: str) -> str:
    return "\n".join(f"{number}. {fence}{line}{fence}" for number, line in enumerate(lines, start=1))


def _schema(sentences: int, evidence: int) -> Mapping[str, object]:
    """For each sentence the number of an evidence sentence, or 0."""
    names = [f"sentence_{number}" for number in range(1, sentences + 1)]
    return {
        "type": "object",
        "properties": {name: {"enum": list(range(evidence + 1))} for name in names},
        "required": names,
        "additionalProperties": False,
    }


def _chosen(written: str, sentences: int, evidence: int) -> dict[int, int]:
    """For the places of sentences (from 1) the numbers chosen (from 1); what is not as asked for is left out."""
    try:
        document = json.loads(written)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(document, dict):
        return {}
    given = {place: document.get(f"sentence_{place}") for place in range(1, sentences + 1)}
    return {
        place: number
        for place, number in given.items()
        if isinstance(number, int) and not isinstance(number, bool) and 1 <= number <= evidence
    }
