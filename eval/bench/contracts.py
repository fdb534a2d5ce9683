"""The contracts with questions, cut into passages of about 500 characters, for benches that need no case."""

import json
from dataclasses import dataclass
from pathlib import Path

from eval.suites.reading import split_of

_CHARACTERS = 500
_BREAKS = ("\n\n", ". ", "\n", " ")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a contract, in code points; `end` is exclusive."""

    contract: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its gold spans; `ask` is the question without the words that name the contract."""

    id: str
    text: str
    ask: str
    gold: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class ContractSample:
    """Contracts by file name, their passages, and all questions on them."""

    contracts: dict[str, str]
    passages: tuple[Span, ...]
    questions: tuple[Question, ...]

    def texts(self) -> list[str]:
        """The passages' texts, in the order of `passages`."""
        return [self.contracts[span.contract][span.start : span.end] for span in self.passages]

    def development_questions(self) -> list[Question]:
        """The questions whose contract belongs to the development half; see the data's README for the split."""
        return [question for question in self.questions if is_development(question.gold[0].contract)]


def is_development(name: str) -> bool:
    """Tell the half of a contract by its name."""
    return split_of(name) == "dev"


def load_contracts(folder: Path) -> ContractSample:
    """Read `spans.jsonl` and the contracts that it names."""
    with (folder / "spans.jsonl").open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    questions = tuple(
        Question(
            row["id"],
            row["question"],
            row["ask"],
            tuple(Span(gold["file"], gold["start"], gold["end"]) for gold in row["gold"]),
        )
        for row in rows
    )
    names = sorted({span.contract for question in questions for span in question.gold})
    contracts = {name: (folder / "txt" / name).read_bytes().decode() for name in names}
    passages = tuple(span for name in names for span in cut(name, contracts[name]))
    return ContractSample(contracts, passages, questions)


def cut(name: str, text: str) -> list[Span]:
    """Cut a text at the strongest break in the second half of each window; blank stretches are left out."""
    spans: list[Span] = []
    start = 0
    while start < len(text):
        end = min(start + _CHARACTERS, len(text))
        if end < len(text):
            end = _best_break(text, start + _CHARACTERS // 2, end)
        if text[start:end].strip():
            spans.append(Span(name, start, end))
        start = end
    return spans


def _best_break(text: str, low: int, high: int) -> int:
    for mark in _BREAKS:
        found = text.rfind(mark, low, high)
        if found >= 0:
            return found + len(mark)
    return high
