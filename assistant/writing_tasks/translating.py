"""A translation beside its original, sentence by sentence; the original is cited, and stands alone when in doubt."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from assistant.chat_models.port import ChatModel, Stopped
from assistant.engines.writing.context import cleaned, fence_for
from assistant.prompting import Prompt, load
from assistant.records import EngineInfo, ProposedClaim, ProposedQuote, RankedPassage
from assistant.writing_tasks.asking import ask, written_by
from assistant.writing_tasks.kept_values import not_kept
from assistant.writing_tasks.units import Unit, units_of

MOST_SENTENCES = 40
"""Of one translation; a longer text is translated page by page."""
AT_ONCE = 6
"""Sentences that a model is given together."""
TOKENS_AT_ONCE = 400
"""Tokens of them together; one sentence may have more."""
LONGEST_SENTENCE = 1_200
"""Characters; a longer one stays as it is."""
_FORM_TOKENS = 24
"""Of the JSON around one translation."""
_TOKENS_PER_TOKEN = 2
"""Tokens of a translation for a token of its original, at most: scripts differ."""


class _Line(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    n: int
    text: str


class _Lines(BaseModel):
    lines: list[_Line]


@dataclass(frozen=True, slots=True)
class Translation:
    """What became of a text.

    Attributes:
        claims: for each sentence its translation, quoted from the original; where none can stand, the original itself.
        passages: that were translated.
        kept: sentences shown in the original, because the translation was missing or wrong.
        left_out: sentences beyond `MOST_SENTENCES`, or after it was stopped.
        by: what wrote it.
    """

    claims: tuple[ProposedClaim, ...]
    passages: tuple[RankedPassage, ...]
    kept: int
    left_out: int
    by: EngineInfo


def translate(
    passages: Sequence[RankedPassage], language: str, model: ChatModel, stopped: Stopped | None = None
) -> Translation:
    """Translate passages of one exhibit.

    Args:
        passages: in text order.
        language: English name of the language to translate into, such as `German`.
        model: writes.
        stopped: True ends it with what was translated until then.

    Raises:
        ModelError: as the model does.
    """
    prompts = (load("translate_system"), load("translate"))
    units = tuple(units_of(passages))
    claims: list[ProposedClaim] = []
    for batch in _batches(units[:MOST_SENTENCES], model):
        if stopped is not None and stopped():
            break
        found = _translated(batch, language, model, prompts, stopped)
        claims += [_claim(unit, found.get(n, "")) for n, unit in enumerate(batch, start=1)]
    return Translation(
        claims=tuple(claims),
        passages=tuple({unit.source.passage.id: unit.source for unit in units[: len(claims)]}.values()),
        kept=sum(claim.text == claim.quotes[0].quote for claim in claims),
        left_out=len(units) - len(claims),
        by=written_by(model, prompts),
    )


def _batches(units: Sequence[Unit], model: ChatModel) -> Iterator[Sequence[Unit]]:
    batch: list[Unit] = []
    tokens = 0
    for unit, cost in zip(units, model.count_tokens([unit.text for unit in units]), strict=True):
        if batch and (len(batch) == AT_ONCE or tokens + cost > TOKENS_AT_ONCE):
            yield batch
            batch, tokens = [], 0
        batch.append(unit)
        tokens += cost
    if batch:
        yield batch


def _translated(
    batch: Sequence[Unit], language: str, model: ChatModel, prompts: tuple[Prompt, Prompt], stopped: Stopped | None
) -> dict[int, str]:
    """Translations by number, from 1; numbers that the model left out or made up are not among them."""
    shown = {n: cleaned(unit.text) for n, unit in enumerate(batch, start=1) if len(unit.text) <= LONGEST_SENTENCE}
    if not shown:
        return {}
    fence = fence_for(list(shown.values()))
    sentences = "\n".join(f"[{n}]\n{fence}\n{text}\n{fence}" for n, text in shown.items())
    system, user = prompts
    written = ask(
        model,
        system.fill(language=language),
        user.fill(sentences=sentences),
        most_tokens=sum(model.count_tokens(list(shown.values()))) * _TOKENS_PER_TOKEN + _FORM_TOKENS * len(shown),
        schema=_schema(len(batch)),
        stopped=stopped,
    )
    return {line.n: " ".join(line.text.split()) for line in _lines(written.text) if line.n in shown}


def _lines(text: str) -> Sequence[_Line]:
    """The lines of an answer; none where it is no JSON of that form, as when it was cut off."""
    try:
        return _Lines.model_validate(json.loads(text)).lines
    except (ValueError, RecursionError, ValidationError):
        return ()


def _schema(most: int) -> dict[str, Any]:
    line = {
        "type": "object",
        "properties": {"n": {"type": "integer", "enum": list(range(1, most + 1))}, "text": {"type": "string"}},
        "required": ["n", "text"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"lines": {"type": "array", "items": line, "minItems": 1, "maxItems": most}},
        "required": ["lines"],
        "additionalProperties": False,
    }


def _claim(unit: Unit, translation: str) -> ProposedClaim:
    """The translation; the original in its place where it is missing or has not kept what must stay."""
    quote: ProposedQuote = unit.quote
    if not translation:
        return ProposedClaim(quote.quote, (quote,))
    if not_kept(unit.text, translation):
        return ProposedClaim(quote.quote, (quote,), instead_of=translation)
    return ProposedClaim(translation, (quote,))
