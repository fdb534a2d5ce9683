"""A summary of an exhibit or of a case: each sentence with a quote that bears it out.

With a model: map (passages in portions, a few sentences about each, each one quoted by code or dropped), then reduce
(of the sentences that were borne out, the model chooses the weightiest by number; nothing is written again, so that
nothing can be lost between a sentence and its quote). Without one: the sentences that say most, as quotes.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.chat_models.port import ChatModel, Stopped
from assistant.engines.writing.context import Given, cleaned, fence_for, quoted_passages
from assistant.engines.writing.marks import SentenceReader
from assistant.engines.writing.quoting import Quoter, Source
from assistant.lexicon import Language
from assistant.prompting import load
from assistant.records import EngineInfo, ProposedClaim, RankedPassage
from assistant.refusals import judgement_stated
from assistant.writing_tasks.asking import ask, written_by
from assistant.writing_tasks.central import central
from assistant.writing_tasks.units import Unit, units_of

MOST_SENTENCES = 8
"""Of a summary."""
MOST_PORTIONS = 6
"""Portions that a model reads for one summary: on two cores about twenty seconds each."""
PORTION_TOKENS = 500
"""Of the passages in one portion; one passage may have more."""
OF_EACH_PORTION = 4
"""Sentences that are asked for."""
MOST_PASSAGES = 240
"""Passages whose sentences are weighed against each other."""
_MOST_WEIGHTY = 60
"""Sentences by which passages are chosen where not all can be read."""
_ANSWER_TOKENS = 220
_CHOICE_TOKENS = 80
_LONGEST_ANSWER = 1_000
_LONGEST_SHOWN = 2_400
"""Characters of one passage that a model is shown."""
LANGUAGES: dict[Language, str] = {"en": "English", "de": "German", "fr": "French", "nl": "Dutch"}
_PROMPTS = ("summarise_system", "summarise", "choose_sentences_system", "choose_sentences")


@dataclass(frozen=True, slots=True)
class Summary:
    """What it says.

    Attributes:
        claims: its sentences with their quotes, in the order of the text.
        passages: that they rest on.
        read: how many passages were read for it.
        of: how many there are.
        dropped: sentences of the model that nothing bears out; they are not shown.
        by: what wrote it; None without a model.
    """

    claims: tuple[ProposedClaim, ...]
    passages: tuple[RankedPassage, ...]
    read: int
    of: int
    dropped: int = 0
    by: EngineInfo | None = None


def summarise_with_quotes(passages: Sequence[RankedPassage], most: int = MOST_SENTENCES) -> Summary:
    """The sentences that say most, each as its own quote, in the order of the text."""
    looked_at = passages[:MOST_PASSAGES]
    chosen = _in_order(central(tuple(units_of(looked_at)), most), looked_at)
    claims = tuple(ProposedClaim(unit.text, (unit.quote,)) for unit in chosen)
    return Summary(claims, distinct_passages([unit.source for unit in chosen]), len(looked_at), len(passages))


def summarise(
    passages: Sequence[RankedPassage],
    model: ChatModel,
    quoter: Quoter,
    language: Language,
    *,
    most: int = MOST_SENTENCES,
    stopped: Stopped | None = None,
) -> Summary:
    """Let a model sum up, and keep what code can quote.

    Args:
        passages: in the order of the text; where they are too many, those with the weightiest sentences are read.
        model: writes.
        quoter: finds the quotes.
        language: to write in.
        most: sentences.
        stopped: True ends it with what was written until then.

    Raises:
        ModelError: as the model does.
    """
    portions = _portions(passages, model)
    borne_out: list[ProposedClaim] = []
    dropped = read = 0
    for portion in portions:
        if stopped is not None and stopped():
            break
        claims, lost = _about(portion, model, quoter, language, stopped)
        borne_out += claims
        dropped += lost
        read += len(portion)
    chosen = _chosen(borne_out, model, most, stopped)
    by_place = {(quote.exhibit_id, quote.start) for claim in chosen for quote in claim.quotes}
    used = [found for portion in portions for found in portion if _holds(found, by_place)]
    prompts = [load(name) for name in _PROMPTS]
    return Summary(chosen, distinct_passages(used), read, len(passages), dropped, written_by(model, prompts))


def _portions(passages: Sequence[RankedPassage], model: ChatModel) -> list[list[RankedPassage]]:
    """The passages in portions of so many tokens; where there are too many, those with the weightiest sentences."""
    looked_at = passages[:MOST_PASSAGES]
    costs = model.count_tokens([found.passage.text[:_LONGEST_SHOWN] for found in looked_at])
    cost_of = {found.passage.id: cost for found, cost in zip(looked_at, costs, strict=True)}
    if sum(costs) <= MOST_PORTIONS * PORTION_TOKENS:
        return _filled(looked_at, cost_of)
    weightiest = central(tuple(units_of(looked_at)), _MOST_WEIGHTY)
    room = MOST_PORTIONS * PORTION_TOKENS
    kept: set[int] = set()
    for found in distinct_passages([unit.source for unit in weightiest]):
        if cost_of[found.passage.id] <= room:
            kept.add(found.passage.id)
            room -= cost_of[found.passage.id]
    return _filled([found for found in looked_at if found.passage.id in kept], cost_of)[:MOST_PORTIONS]


def _filled(passages: Sequence[RankedPassage], cost_of: dict[int, int]) -> list[list[RankedPassage]]:
    portions: list[list[RankedPassage]] = []
    room = 0
    for found in passages:
        cost = cost_of[found.passage.id]
        if not portions or cost > room:
            portions.append([])
            room = PORTION_TOKENS
        portions[-1].append(found)
        room -= cost
    return portions


def _about(
    portion: Sequence[RankedPassage], model: ChatModel, quoter: Quoter, language: Language, stopped: Stopped | None
) -> tuple[list[ProposedClaim], int]:
    """What the model says of a portion: the sentences that are borne out, and how many are not."""

    def asked(passages: str) -> str:
        filled = {"passages": passages, "sentences": str(OF_EACH_PORTION), "language": LANGUAGES[language]}
        return load("summarise").fill(**filled)

    return borne_out_by(portion, load("summarise_system").text, asked, model, quoter, language, stopped)


def borne_out_by(
    passages: Sequence[RankedPassage],
    system: str,
    asked: Callable[[str], str],
    model: ChatModel,
    quoter: Quoter,
    language: Language,
    stopped: Stopped | None,
) -> tuple[list[ProposedClaim], int]:
    """What a model writes of numbered passages: the sentences for which code finds a quote, and how many have none.

    Args:
        passages: what it may use, numbered from 1.
        system: what it is told before.
        asked: the numbered passages to what it is asked.
        model: writes.
        quoter: finds the quotes.
        language: of the question.
        stopped: True ends it with what was written until then.

    Raises:
        ModelError: as the model does.
    """
    given = [Given(n, found, cleaned(found.passage.text[:_LONGEST_SHOWN]), ()) for n, found in enumerate(passages, 1)]
    quoted = quoted_passages(given, fence_for([one.text for one in given]))
    written = ask(model, system, asked(quoted), most_tokens=_ANSWER_TOKENS, stopped=stopped)
    reader = SentenceReader()
    sentences = [*reader.feed(written.text), *reader.close(cut_off=written.reason != "stop")]
    sources = {one.number: Source(one.source, language) for one in given}
    claims: list[ProposedClaim] = []
    for sentence in sentences:
        cited = [sources[mark] for mark in sentence.marks if mark in sources]
        claim = None if judgement_stated(sentence.text) is not None else quoter.claim(sentence.text, cited)
        if claim is not None:
            claims.append(claim)
    return claims, len(sentences) - len(claims)


def _chosen(
    claims: Sequence[ProposedClaim], model: ChatModel, most: int, stopped: Stopped | None
) -> tuple[ProposedClaim, ...]:
    """The weightiest, in the order of the text. Where the model makes no choice, some of each part."""
    distinct = list({claim.text: claim for claim in claims}.values())
    if len(distinct) <= most:
        return tuple(distinct)
    numbers = _choice(distinct, model, most, stopped) or [n * len(distinct) // most for n in range(most)]
    return tuple(distinct[n] for n in sorted(numbers))


def _choice(claims: Sequence[ProposedClaim], model: ChatModel, most: int, stopped: Stopped | None) -> list[int]:
    """Places of the sentences that the model chose, from 0; what is no choice is none."""
    lines = [f"{n}. {cleaned(claim.text)}" for n, claim in enumerate(claims, start=1)]
    fence = fence_for(lines)
    schema = {
        "type": "array",
        "items": {"type": "integer", "enum": list(range(1, len(claims) + 1))},
        "minItems": 1,
        "maxItems": most,
    }
    written = ask(
        model,
        load("choose_sentences_system").text,
        load("choose_sentences").fill(sentences="\n".join([fence, *lines, fence]), most=str(most)),
        most_tokens=_CHOICE_TOKENS,
        schema=schema,
        stopped=stopped,
    )
    try:
        numbers = json.loads(written.text) if len(written.text) <= _LONGEST_ANSWER else None
    except (ValueError, RecursionError):
        return []
    if not isinstance(numbers, list):
        return []
    fitting = [n - 1 for n in numbers if isinstance(n, int) and 1 <= n <= len(claims)]
    return list(dict.fromkeys(fitting))[:most]


def _in_order(units: Sequence[Unit], passages: Sequence[RankedPassage]) -> list[Unit]:
    place = {found.passage.id: n for n, found in enumerate(passages)}
    return sorted(units, key=lambda unit: (place[unit.source.passage.id], unit.start))


def _holds(found: RankedPassage, places: set[tuple[str, int]]) -> bool:
    locator = found.passage.locator
    return any(exhibit == found.exhibit.id and locator.start <= start < locator.end for exhibit, start in places)


def distinct_passages(passages: Sequence[RankedPassage]) -> tuple[RankedPassage, ...]:
    """Each passage once, in order."""
    return tuple({found.passage.id: found for found in passages}.values())
