"""The demo case as a scored test: `python -m eval.demo [--seed N]` builds it, asks its 80 questions and prints scores.

The truth was written from the scenario, before the engine was tuned. Scores are counted by code:

* quote fidelity: citations whose quote stands in the stored text at its offsets, checked here again, not believed;
* citation validity: citations that the assistant marked verified;
* expected exhibit: answerable questions where a gold exhibit is among the cited ones;
* all exhibits: the same, with every gold exhibit cited;
* values: answerable questions with gold values, all of which stand in the answer in an accepted form;
* refused: answers `not_found` or `unclear`, among answerable and among unanswerable questions.
"""

import argparse
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.app import Assistant
from assistant.embedding import make_embedder
from assistant.records import Answer, Turn
from casefile.case import Case, create_case
from casefile.home import Home
from casefile.offline import switch_off
from casefile.records import CaseDescription
from casefile.serial import now
from casefile.settings import load_settings
from ingest.pipeline import IngestResult, Pipeline


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with what it was counted over."""

    hits: int
    of: int

    @property
    def value(self) -> float:
        """The share, 1 for nothing to count."""
        return self.hits / self.of if self.of else 1.0

    def __str__(self) -> str:
        return f"{self.hits}/{self.of} = {100 * self.value:.1f} %"


@dataclass(frozen=True, slots=True)
class QuestionScore:
    """How one question went."""

    id: str
    kind: str
    question: str
    status: str
    answerable: bool
    expected_exhibit: bool
    all_exhibits: bool
    values: bool | None
    faithful: int
    verified: int
    citations: int
    answer: str


@dataclass(frozen=True, slots=True)
class DemoScores:
    """Scores over all questions."""

    questions: tuple[QuestionScore, ...]

    def _answerable(self) -> list[QuestionScore]:
        return [score for score in self.questions if score.answerable]

    @property
    def quote_fidelity(self) -> Rate:
        """Citations whose quote stands where they say."""
        return Rate(sum(q.faithful for q in self.questions), sum(q.citations for q in self.questions))

    @property
    def citation_validity(self) -> Rate:
        """Citations marked verified."""
        return Rate(sum(q.verified for q in self.questions), sum(q.citations for q in self.questions))

    @property
    def expected_exhibit(self) -> Rate:
        """Answerable questions with a gold exhibit among the citations."""
        return Rate(sum(q.expected_exhibit for q in self._answerable()), len(self._answerable()))

    @property
    def all_exhibits(self) -> Rate:
        """Answerable questions over several documents with every gold exhibit cited."""
        several = [q for q in self._answerable() if q.kind == "multi"]
        return Rate(sum(q.all_exhibits for q in several), len(several))

    @property
    def values(self) -> Rate:
        """Questions with gold values whose answer holds them all."""
        counted = [q for q in self._answerable() if q.values is not None]
        return Rate(sum(bool(q.values) for q in counted), len(counted))

    @property
    def refused_answerable(self) -> Rate:
        """Answerable questions that got no answer (lower is better)."""
        return Rate(sum(q.status != "answered" for q in self._answerable()), len(self._answerable()))

    @property
    def refused_unanswerable(self) -> Rate:
        """Unanswerable questions that got no answer (higher is better)."""
        absent = [q for q in self.questions if not q.answerable]
        return Rate(sum(q.status != "answered" for q in absent), len(absent))


def demo_case(root: Path, home: Path, seed: int) -> tuple[Case, IngestResult, Mapping[str, Any]]:
    """Build the files under `root`, take them into a case `demo`; returns the open case, the ledger and the truth."""
    from data.demo_case.build import build

    build(root, seed)
    truth: Mapping[str, Any] = json.loads((root / "truth.json").read_text(encoding="utf-8"))
    settings = load_settings(home).settings
    description = CaseDescription(
        "demo",
        truth["title"],
        "evaluation",
        truth["case_number"],
        truth["region"],
        truth["time_zone"],
        tuple(truth["languages"]),
        now(),
    )
    case = create_case(Home(home), description, "evaluation")
    with case.locked():
        embedder = make_embedder(case.home, settings)
        result = Pipeline(case, settings, embedder).ingest([root / "files"])
    return case, result, truth


def ask_all(case: Case, truth: Mapping[str, Any], root: Path) -> DemoScores:
    """Ask every question of the truth and score the answers."""
    assistant = Assistant(case, load_settings(case.home.root).settings)
    scores = []
    for question in truth["questions"]:
        history = tuple(Turn(turn["question"], turn["question"], turn["answer"]) for turn in question["history"])
        scores.append(score_answer(case, question, assistant.ask(question["question"], history), root))
    return DemoScores(tuple(scores))


def score_answer(case: Case, question: Mapping[str, Any], answer: Answer, root: Path) -> QuestionScore:
    """Score one answer against the truth; paths of the truth are below `root`."""
    cited = _cited_paths(case, answer, root)
    alternatives: Mapping[str, Sequence[str]] = question["alternatives"]
    found = [
        path in cited or any(other in cited for other in alternatives.get(path, ())) for path in question["exhibits"]
    ]
    faithful = sum(
        case.catalogue.text(c.exhibit.id, c.text_sha256)[c.locator.start : c.locator.end] == c.quote and bool(c.quote)
        for c in answer.citations
    )
    # What is shown: the sentences, and the quotes that stand under them.
    shown = " ".join([answer.answer, *(citation.quote for citation in answer.citations)])
    accepted: Sequence[Sequence[str]] = question["accepted"]
    values = all(any(_squashed(form) in _squashed(shown) for form in forms) for forms in accepted) if accepted else None
    return QuestionScore(
        question["id"],
        question["kind"],
        question["question"],
        answer.status,
        question["answerable"],
        any(found),
        bool(found) and all(found),
        values,
        faithful,
        sum(citation.verified for citation in answer.citations),
        len(answer.citations),
        answer.answer,
    )


def _cited_paths(case: Case, answer: Answer, root: Path) -> set[str]:
    """Every place of every cited exhibit, below the demo's root, with the container of a part beside it."""
    paths: set[str] = set()
    for citation in answer.citations:
        for line in case.catalogue.occurrences(citation.exhibit.id):
            path = line.path.removeprefix(f"{root}/")
            paths.add(path)
            while "!/" in path:
                path = path.rpartition("!/")[0]
                paths.add(path)
    return paths


def _squashed(text: str) -> str:
    return " ".join(text.casefold().split())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo suite and print what became of each question."""
    parser = argparse.ArgumentParser(description="Ask the demo case its 80 questions and score the answers.")
    parser.add_argument("--seed", type=int, default=None, help="another case of the same scenario")
    parser.add_argument("--failed", action="store_true", help="print each question that missed something")
    chosen = parser.parse_args(arguments)
    switch_off()
    from data.demo_case import DEFAULT_SEED

    seed = DEFAULT_SEED if chosen.seed is None else chosen.seed
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "demo"
        case, _result, truth = demo_case(root, Path(folder) / "home", seed)
        with case:
            scores = ask_all(case, truth, root)
    if chosen.failed:
        _print_failed(scores)
    for name in (
        "quote_fidelity",
        "citation_validity",
        "expected_exhibit",
        "all_exhibits",
        "values",
        "refused_answerable",
        "refused_unanswerable",
    ):
        print(f"{name:<22} {getattr(scores, name)}")  # noqa: T201
    return 0


def _print_failed(scores: DemoScores) -> None:
    for q in scores.questions:
        good = (q.expected_exhibit and q.values is not False) if q.answerable else q.status != "answered"
        if not good:
            print(f"{q.id} {q.kind:<13} {q.status:<10} exhibit={q.expected_exhibit} values={q.values}  {q.question}")  # noqa: T201
            print("      " + q.answer.replace("\n", "\n      ")[:400])  # noqa: T201


if __name__ == "__main__":
    raise SystemExit(main())
