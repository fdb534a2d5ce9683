"""Batches `clause absent` of suite `contracts`: does this contract have such a clause?

The labels are CUAD's (`clauses.jsonl`). A question is narrowed to its contract and is right when the clause is quoted
where there is one, and refused where there is none. Drawn from all labels, seeded, in two ways:

* `clause absent`: cells as they lie, so that two of three are absent, in the words in which `spans.jsonl` asks about
  the category (32 of the 41);
* `clause absent, other words`: contracts by turns, each with an absent and a present clause, in words of our own that
  leave out what the clause is called (`clause_questions`).

Left out, for the known defects of the labels: clauses with a part shorter than 40 characters or without a place (their
places are first matches, which may be wrong ones), cells that are absent but have an answer, and contracts whose text
occurs twice with different labels.
"""

import hashlib
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice, zip_longest
from pathlib import Path

from casefile.errors import UsageError
from eval.records import Batch, Gold, Sample, Span, Split, TextCorpus
from eval.suites.clause_questions import CLAUSE_QUESTIONS
from eval.suites.measures import ANSWER_RIGHT, ANSWER_TIMES, ANSWER_TRUSTED, CITATIONS_RIGHT, REFUSALS
from eval.suites.reading import DataRow, Twins, read_rows, split_of

CLAUSES = "clauses.jsonl"
MOST_CELLS = 600
SHORTEST_PART = 40
"""Characters; the data's README says why shorter ones are not to be scored."""
_METRICS = (
    *REFUSALS,
    *ANSWER_RIGHT,
    "gold_sentence_first",
    "gold_sentence_cited",
    *CITATIONS_RIGHT,
    *ANSWER_TRUSTED,
    *ANSWER_TIMES,
)


class _Cell(DataRow):
    contract: str
    category: str
    answer: str
    absent: bool
    spans: tuple[tuple[tuple[int, int], ...] | None, ...]


def clause_batches(
    folder: Path, corpus: TextCorpus, asked: Mapping[str, str], split: Split, seed: int, suffix: str = ""
) -> tuple[Batch, Batch]:
    """Questions about clauses of the contracts of a corpus.

    Args:
        folder: of the data set.
        corpus: the contracts.
        asked: how the data set asks about a category.
        split: which half.
        seed: of the draw.
        suffix: what is put behind the names of the batches.

    Raises:
        UsageError: a label names an unknown category, or a place outside its contract.
    """
    texts = {document.key: document.text for document in corpus.documents}
    twins = Twins(corpus.documents)
    by_contract: dict[str, list[_Cell]] = {}
    for cell in read_rows(folder / CLAUSES, _Cell):
        known = cell.contract in texts and split_of(cell.contract) == split
        if known and len(twins.group(cell.contract)) == 1 and _usable(cell):
            by_contract.setdefault(cell.contract, []).append(cell)
    order = {document.key: n for n, document in enumerate(corpus.documents)}

    def batch(name: str, drawn: Iterable[_Cell], words: Mapping[str, str]) -> Batch:
        cells = sorted(drawn, key=lambda cell: (order[cell.contract], cell.category))
        samples = tuple(_sample(cell, len(texts[cell.contract]), words) for cell in cells)
        return Batch(f"{name}{suffix}", "ask", samples, _METRICS, corpus)

    every = [cell for cells in by_contract.values() for cell in cells if _known(cell).category in asked]
    random.Random(f"{seed} cells").shuffle(every)  # noqa: S311 - a sample that anybody can draw again, not a secret
    pairs = chain.from_iterable(islice(_drawn(by_contract, seed), MOST_CELLS // 2))
    return (
        batch("clause absent", every[:MOST_CELLS], asked),
        batch("clause absent, other words", pairs, CLAUSE_QUESTIONS),
    )


def _known(cell: _Cell) -> _Cell:
    if cell.category not in CLAUSE_QUESTIONS:
        raise UsageError(f"{CLAUSES}: the category “{cell.category}” of {cell.contract} is none of CUAD's.")
    return cell


def _usable(cell: _Cell) -> bool:
    if cell.absent:
        return cell.answer in {"", "No"}
    return bool(cell.spans) and all(
        parts and all(end - start >= SHORTEST_PART for start, end in parts) for parts in cell.spans
    )


def _drawn(by_contract: dict[str, list[_Cell]], seed: int) -> Iterator[tuple[_Cell, _Cell]]:
    """All pairs: round by round one of each contract that has one left."""
    contracts = sorted(by_contract, key=lambda name: hashlib.sha256(f"{seed} {name}".encode()).digest())
    rounds = zip_longest(*(_pairs(by_contract[name], f"{seed} {name}") for name in contracts))
    return (pair for pair in chain.from_iterable(rounds) if pair is not None)


def _pairs(cells: Sequence[_Cell], seed: str) -> Iterator[tuple[_Cell, _Cell]]:
    """An absent and a present clause of one contract, for as long as there are both."""
    shuffled = list(cells)
    random.Random(seed).shuffle(shuffled)  # noqa: S311 - a sample that anybody can draw again, not a secret
    return zip([cell for cell in shuffled if cell.absent], [cell for cell in shuffled if not cell.absent], strict=False)


def _sample(cell: _Cell, characters: int, words: Mapping[str, str]) -> Sample:
    places = sorted({place for parts in cell.spans for place in parts or ()})
    if any(start < 0 or end > characters for start, end in places):
        raise UsageError(f"{CLAUSES}: a place of “{cell.category}” lies outside {cell.contract}.")
    return Sample(
        f"{cell.contract} / {cell.category}",
        words[cell.category],
        Gold(spans=tuple(Span(cell.contract, start, end) for start, end in places)),
        cluster=cell.contract,
        split=split_of(cell.contract),
        answerable=not cell.absent,
        within=(cell.contract,),
        tags={
            "format": "text",
            "language": "en",
            "question_type": cell.category,
            "documents": "none" if cell.absent else "one",
        },
    )
