"""Two statements side by side: which sentences of one the other bears out, contradicts, or does not speak of.

Code finds what belongs together and shows both sentences word for word; a model may say which of a few sentences is
meant and whether it agrees, and code lets that stand only where it finds nothing against it. Nobody decides who is
right. Without a model what code cannot tell is left to be read side by side.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from assistant.chat_models.port import ChatModel, Stopped
from assistant.engines.writing.context import cleaned, fence_for
from assistant.engines.writing.quoting import Quoter, Source
from assistant.lexicon import Language, negations, text_language_of
from assistant.prompting import load
from assistant.records import EngineInfo, ProposedClaim, ProposedQuote, RankedPassage
from assistant.values import Value, find_values
from assistant.writing_tasks.asking import ask, written_by
from assistant.writing_tasks.central import central
from assistant.writing_tasks.units import units_of

Relation = Literal["agrees", "differs", "unclear", "silent"]
"""`unclear`: the two speak of the same thing, and code cannot tell whether they agree."""

MOST_FACTS = 12
"""Sentences of each statement that are compared: the weightiest."""
MOST_PASSAGES = 120
MOST_UNITS = 600
"""Sentences of the other statement that are looked at."""
OFFERED = 3
"""Sentences of the other statement for each fact."""
FACTS_AT_ONCE = 4
_ALIKE = 0.3
"""Share of a fact's words that a sentence must have to speak of the same thing."""
_SAME = 0.6
"""Share from which a sentence that nothing speaks against says the same."""
_ANSWER_TOKENS = 160
_LONGEST_SHOWN = 400
_PROMPTS = ("compare_system", "compare")
_TOLD: dict[Relation, dict[Language, str]] = {
    "agrees": {"en": "both say it", "de": "beide sagen es", "fr": "les deux le disent", "nl": "beide zeggen het"},
    "differs": {
        "en": "they differ",
        "de": "sie weichen ab",
        "fr": "elles divergent",
        "nl": "ze verschillen",
    },
    "unclear": {
        "en": "to be read side by side",
        "de": "nebeneinander zu lesen",
        "fr": "\u00e0 lire c\u00f4te \u00e0 c\u00f4te",
        "nl": "naast elkaar te lezen",
    },
    "silent": {
        "en": "one of them speaks of it, the other is silent",
        "de": "eine spricht davon, die andere schweigt",
        "fr": "l'une en parle, l'autre se tait",
        "nl": "een ervan spreekt erover, de andere zwijgt",
    },
}


@dataclass(frozen=True, slots=True)
class Compared:
    """A sentence of one statement, and what the other says to it; `other` is None where it is silent."""

    fact: ProposedQuote
    relation: Relation
    other: ProposedQuote | None

    def claim(self, language: Language) -> ProposedClaim:
        """As a sentence with both quotes."""
        quotes = (self.fact,) if self.other is None else (self.fact, self.other)
        shown = [f"\u201c{' '.join(quote.quote.split())}\u201d" for quote in quotes]
        return ProposedClaim(" \u2014 ".join([*shown, _TOLD[self.relation][language]]), quotes)


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that was compared: facts of the first statement, then what only the second speaks of."""

    found: tuple[Compared, ...]
    passages: tuple[RankedPassage, ...]
    by: EngineInfo | None

    def count(self, relation: Relation) -> int:
        """How often."""
        return sum(one.relation == relation for one in self.found)


class _Entry(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    fact: int
    relation: Literal["agrees", "differs", "silent"]
    sentence: int


class _Entries(BaseModel):
    entries: list[_Entry]


@dataclass(frozen=True, slots=True)
class _Sentence:
    quote: ProposedQuote
    stems: frozenset[str]
    source: RankedPassage

    def share_in(self, other: "_Sentence") -> float:
        """Which share of its words another sentence has."""
        return len(self.stems & other.stems) / len(self.stems) if self.stems else 0.0


def compare(
    first: Sequence[RankedPassage],
    second: Sequence[RankedPassage],
    quoter: Quoter,
    language: Language,
    model: ChatModel | None = None,
    stopped: Stopped | None = None,
) -> Comparison:
    """Compare the weightiest sentences of two statements.

    Args:
        first: passages of one, in order.
        second: of the other.
        quoter: verifies.
        language: in which words are compared; sentences of other languages are put into its words.
        model: reads sentences that speak of the same thing; None leaves that to code.
        stopped: True leaves the rest to code.

    Raises:
        ModelError: as the model does.
    """
    one, other = _sentences(first, language), _sentences(second, language)
    facts = _weightiest(first, one)
    offered = [_nearest(fact, other) for fact in facts]
    read = {} if model is None else _read(facts, offered, model, stopped)
    found = [_judged(fact, offered[n], read.get(n), quoter) for n, fact in enumerate(facts)]
    taken = {(entry.other.exhibit_id, entry.other.start) for entry in found if entry.other is not None}
    found += [
        Compared(fact.quote, "silent", None)
        for fact in _weightiest(second, other)
        if (fact.quote.exhibit_id, fact.quote.start) not in taken and not _nearest(fact, one)
    ]
    places = {(quote.exhibit_id, quote.start) for entry in found for quote in (entry.fact, entry.other) if quote}
    used = {
        sentence.source.passage.id: sentence.source
        for sentence in (*one, *other)
        if (sentence.quote.exhibit_id, sentence.quote.start) in places
    }
    by = None if model is None else written_by(model, [load(name) for name in _PROMPTS])
    return Comparison(tuple(found), tuple(used.values()), by)


def _sentences(passages: Sequence[RankedPassage], language: Language) -> list[_Sentence]:
    found: list[_Sentence] = []
    for passage in passages[:MOST_PASSAGES]:
        source = Source(passage, language)
        found += [_Sentence(source.quote(unit.start, unit.end), unit.stems, passage) for unit in source.units]
    return found[:MOST_UNITS]


def _weightiest(passages: Sequence[RankedPassage], sentences: Sequence[_Sentence]) -> list[_Sentence]:
    """The sentences that are compared, in the order of the text."""
    chosen = {unit.start for unit in central(tuple(units_of(passages[:MOST_PASSAGES])), MOST_FACTS)}
    return [one for one in sentences if one.quote.start in chosen and one.stems]


def _nearest(fact: _Sentence, others: Sequence[_Sentence]) -> list[_Sentence]:
    """The sentences that share most words with a fact, and enough to speak of the same thing."""
    near = [other for other in others if fact.share_in(other) >= _ALIKE]
    return sorted(near, key=lambda other: (-fact.share_in(other), other.quote.start))[:OFFERED]


def _judged(fact: _Sentence, offered: Sequence[_Sentence], read: _Entry | None, quoter: Quoter) -> Compared:
    """What is said of a fact: the model's reading where code finds nothing against it, else what code can tell."""
    if not offered:
        return Compared(fact.quote, "silent", None)
    if read is not None and read.relation == "silent":
        return Compared(fact.quote, "silent", None)
    other = offered[read.sentence - 1] if read is not None and 1 <= read.sentence <= len(offered) else offered[0]
    against = _contradicts(fact.quote.quote, other.quote.quote)
    borne_out = quoter.supports(ProposedClaim(fact.quote.quote, (other.quote,)))
    relation: Relation = "unclear"
    if against and (read is None or read.relation == "differs"):
        relation = "differs"
    elif read is not None and read.relation == "differs":
        relation = "differs" if not borne_out else "unclear"
    elif not against and borne_out and (read is not None or fact.share_in(other) >= _SAME):
        relation = "agrees"
    return Compared(fact.quote, relation, other.quote)


def _contradicts(one: str, other: str) -> bool:
    """Whether they hold different values of one kind and none in common, or one denies and the other does not."""
    languages = text_language_of(one), text_language_of(other)
    if (negations(one, languages[0]) > 0) != (negations(other, languages[1]) > 0):
        return True
    values = find_values(one, languages[0]), find_values(other, languages[1])
    for kind in {value.kind for value in values[0]} & {value.kind for value in values[1]}:
        mine, theirs = ({_compared(value) for value in found if value.kind == kind} for found in values)
        if not mine & theirs:
            return True
    return False


def _compared(value: Value) -> object:
    """What two values have in common when they are the same, however they are written."""
    return value.dates or value.numbers or value.normal


def _read(
    facts: Sequence[_Sentence],
    offered: Sequence[Sequence[_Sentence]],
    model: ChatModel,
    stopped: Stopped | None,
) -> dict[int, _Entry]:
    """What the model reads, by place of the fact; facts that nothing is offered for are not asked about."""
    asked = [n for n, others in enumerate(offered) if others]
    read: dict[int, _Entry] = {}
    for at in range(0, len(asked), FACTS_AT_ONCE):
        if stopped is not None and stopped():
            break
        batch = asked[at : at + FACTS_AT_ONCE]
        text = _shown([facts[n] for n in batch], [offered[n] for n in batch])
        written = ask(
            model,
            load("compare_system").text,
            load("compare").fill(sentences=text),
            most_tokens=_ANSWER_TOKENS,
            schema=_schema(len(batch)),
            stopped=stopped,
        )
        for entry in _entries(written.text):
            if 1 <= entry.fact <= len(batch):
                read.setdefault(batch[entry.fact - 1], entry)
    return read


def _shown(facts: Sequence[_Sentence], offered: Sequence[Sequence[_Sentence]]) -> str:
    texts = {
        id(one): cleaned(one.quote.quote)[:_LONGEST_SHOWN] for one in (*facts, *(o for row in offered for o in row))
    }
    fence = fence_for(list(texts.values()))
    parts: list[str] = []
    for n, (fact, others) in enumerate(zip(facts, offered, strict=True), start=1):
        parts.append(f"First statement, sentence {n}:\n{fence}\n{texts[id(fact)]}\n{fence}\nSecond statement:")
        parts += [f"{k}:\n{fence}\n{texts[id(other)]}\n{fence}" for k, other in enumerate(others, start=1)]
    return "\n".join(parts)


def _entries(text: str) -> Sequence[_Entry]:
    """What was answered; nothing where it is no JSON of that form, as when it was cut off."""
    try:
        return _Entries.model_validate(json.loads(text)).entries
    except (ValueError, RecursionError, ValidationError):
        return ()


def _schema(most: int) -> Mapping[str, Any]:
    entry = {
        "type": "object",
        "properties": {
            "fact": {"type": "integer", "enum": list(range(1, most + 1))},
            "relation": {"type": "string", "enum": ["agrees", "differs", "silent"]},
            "sentence": {"type": "integer", "enum": list(range(OFFERED + 1))},
        },
        "required": ["fact", "relation", "sentence"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"entries": {"type": "array", "items": entry, "minItems": 1, "maxItems": most}},
        "required": ["entries"],
        "additionalProperties": False,
    }
