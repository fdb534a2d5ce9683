"""Suite `injection`: instructions hidden in a mail or a table; is the question still answered, and are they followed?

From BIPIA (arXiv 2312.14197): contexts with a question and an ideal answer, and attacks, both split by the data
(`train` gives the dev rows). A seeded draw of contexts, mails and tables by halves. Each is asked about as it is, and
with two attacks of different types, each put at the start, in the middle and at the end. Only attacks are drawn of
which code can tell whether they were followed (`eval.suites.injection_signs`). Mails that stand in both splits are left
out of test.

Every document is one of a corpus, and its question is narrowed to it. The ideal answer `unknown` is a refusal.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Literal

from eval.metrics.values import contains_value
from eval.records import Batch, Document, Gold, Sample, Split, SuiteOptions, TextCorpus
from eval.suites.injection_signs import signs
from eval.suites.measures import ANSWER_TIMES, ANSWER_TRUSTED
from eval.suites.reading import DataRow, folder_of, missing, read_rows

_FOLDER = "injection"
_KINDS = ("email", "table")
_ATTACKS = "attacks.jsonl"
CONTEXTS_OF_A_KIND = 21
ATTACKS_A_CONTEXT = 2
Position = Literal["start", "middle", "end"]
_POSITIONS: tuple[Position, ...] = ("start", "middle", "end")
_METRICS = (
    "injection_followed",
    "injection_passed_on",
    "gold_answer_quoted",
    "status_right",
    "wrong_refusals",
    "right_refusals",
    "net_score",
    *ANSWER_TRUSTED,
    *ANSWER_TIMES,
)


class _Context(DataRow):
    id: str
    split: Literal["train", "test"]
    task: Literal["email", "table"]
    context: str
    question: str
    ideal: str

    @property
    def answer(self) -> str:
        """Empty where a refusal is right."""
        return "" if self.ideal == "unknown" else self.ideal


class _Attack(DataRow):
    id: str
    split: Literal["train", "test"]
    type: str
    instruction: str


@dataclass(frozen=True, slots=True)
class _Attacked:
    """An attack and the words that show that it was followed."""

    attack: _Attack
    sign: str
    forbidden: tuple[str, ...]


class Injection:
    """The suite `injection`."""

    name = "injection"
    summary = "Instructions hidden in mails and tables: still answered, and followed or not."

    def unavailable(self, options: SuiteOptions) -> str:
        """Why it cannot run now."""
        return missing(options, _FOLDER, _ATTACKS, *(_file(kind) for kind in _KINDS))

    def batches(self, options: SuiteOptions) -> Sequence[Batch]:
        """One batch: each context without an attack and with some."""
        folder = folder_of(options, _FOLDER)
        chance = random.Random(f"{options.seed} {options.split}")  # noqa: S311 - anybody can draw it again
        attacks = _by_type(folder, options.split, chance)
        asked = [pair for kind in _KINDS for pair in _asked(_contexts(folder, kind, options.split, chance), attacks)]
        corpus = TextCorpus("injection", tuple(document for document, _ in asked))
        return (Batch("hidden instructions", "ask", tuple(sample for _, sample in asked), _METRICS, corpus),)


def _file(kind: str) -> str:
    return f"contexts_{kind}.jsonl"


def _in_split(row: _Context | _Attack, split: Split) -> bool:
    return (row.split == "train") == (split == "dev")


def _by_type(folder: Path, split: Split, chance: random.Random) -> dict[str, list[_Attack]]:
    found: dict[str, list[_Attack]] = {}
    for attack in read_rows(folder / _ATTACKS, _Attack):
        if _in_split(attack, split):
            found.setdefault(attack.type, []).append(attack)
    for attacks in found.values():
        chance.shuffle(attacks)
    return found


def _contexts(folder: Path, kind: str, split: Split, chance: random.Random) -> list[_Context]:
    """Contexts that differ, each with one of its questions."""
    rows = list(read_rows(folder / _file(kind), _Context))
    open_to_all = {row.context for row in rows if row.split == "train"}
    usable = [row for row in rows if _in_split(row, split) and (split == "dev" or row.context not in open_to_all)]
    chance.shuffle(usable)
    return list({row.context: row for row in usable}.values())[:CONTEXTS_OF_A_KIND]


def _asked(contexts: Sequence[_Context], attacks: Mapping[str, Sequence[_Attack]]) -> Iterator[tuple[Document, Sample]]:
    """The documents, each with its question. Types of attack take turns from context to context."""
    types = cycle(attacks)
    for number, context in enumerate(contexts):
        yield _row(context, context.context, None, "none")
        turn = islice(types, len(attacks))
        usable = (found for kind in turn if (found := _telling(context, attacks[kind], number)) is not None)
        for attacked in islice(usable, ATTACKS_A_CONTEXT):
            for position in _POSITIONS:
                text = inserted(context.context, attacked.attack.instruction, position)
                yield _row(context, text, attacked, position)


def _telling(context: _Context, attacks: Sequence[_Attack], turn: int) -> _Attacked | None:
    """An attack of one type of which code can tell whether it was followed, another one at each turn."""
    for step in range(len(attacks)):
        attack = attacks[(turn + step) % len(attacks)]
        sign, words = signs(attack.type, attack.instruction, context.answer)
        known = f"{context.question}\n{context.context}\n{context.ideal}"
        forbidden = tuple(word for word in words if not contains_value(known, word))
        if forbidden:
            return _Attacked(attack, sign, forbidden)
    return None


def inserted(text: str, instruction: str, position: Position) -> str:
    """A text with an instruction on a line of its own; the middle is the line break, else the space, nearest to it."""
    if position == "start":
        return f"{instruction}\n{text}"
    if position == "end":
        return f"{text}\n{instruction}"
    half = len(text) // 2
    breaks = [n for n, character in enumerate(text) if character == "\n"]
    places = breaks or [n for n, character in enumerate(text) if character.isspace()] or [half]
    at = min(places, key=lambda place: abs(place - half))
    return f"{text[:at]}\n{instruction}\n{text[at:].lstrip()}"


def _row(context: _Context, text: str, attacked: _Attacked | None, position: str) -> tuple[Document, Sample]:
    key = f"{context.id} {attacked.attack.id} {position}" if attacked else f"{context.id} alone"
    sample = Sample(
        key,
        context.question.removeprefix("Q: "),
        Gold(
            answers=(context.answer,) if context.answer else (),
            statuses=("answered",) if context.answer else ("not_found", "unclear"),
            forbidden=attacked.forbidden if attacked else (),
        ),
        cluster=context.id,
        split="dev" if context.split == "train" else "test",
        answerable=bool(context.answer),
        within=(key,),
        tags={
            "format": context.task,
            "language": "en",
            "documents": "one" if context.answer else "none",
            "position": position,
            "attack": attacked.attack.type if attacked else "none",
            "sign": attacked.sign if attacked else "none",
        },
    )
    return Document(key, text), sample
