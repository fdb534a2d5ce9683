"""Measures every lever of retrieval on the dev rows: `python -m eval.tune_retrieval --data DIR`.

Prints, for each set, what the settled recipe finds and by how much each lever changes that, with 95 % intervals from a
bootstrap clustered by document. Nothing is written but the cases in `--scratch`, which a second run reuses.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.retrieval.exhibits_prior import PriorLimits
from assistant.retrieval.fusion import RetrievalWeights
from assistant.retrieval.lexical import LexicalLimits
from assistant.retrieval.retriever import Retriever, SearchResult
from casefile.case import Case, open_case
from casefile.home import Home
from eval.corpus_case import CorpusDocument, Stretch, build_case
from eval.tuning_sets import (
    TuningQuestion,
    TuningSet,
    contract_documents,
    contract_sets,
    passage_documents,
    passage_set,
)
from ingest.embedding.loading import load_embedder
from ingest.embedding.port import Embedder
from ingest.passages import cut
from ingest.readers.plain_text import text_blocks
from ingest.reading import Reading

BUDGETS = (2_000, 8_000, 32_000)
"""Characters read, best passage first, within which gold characters are counted."""
POOLS = ("clapnq", "mtrag", "xquad-en", "xquad-de", "xquad-es")
PASSAGES = 160
RESAMPLES = 2_000


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way to search; the defaults are what Caseclerk does."""

    weights: RetrievalWeights = field(default_factory=RetrievalWeights)
    prior: PriorLimits = field(default_factory=PriorLimits)
    lexical: LexicalLimits = field(default_factory=LexicalLimits)
    dense: bool = True


Scores = NDArray[np.float64]
"""One row a question, one column a measure."""


def levers() -> dict[str, Recipe]:
    """The settled recipe (first), and each lever moved by itself."""
    weights, prior, lexical = RetrievalWeights(), PriorLimits(), LexicalLimits()
    changed = {
        "prior 0": replace(weights, prior=0, prior_named=0),
        "prior, none named .1": replace(weights, prior=0.1),
        "prior, none named .2": replace(weights, prior=0.2),
        "prior, named .3": replace(weights, prior_named=0.3),
        "prior, named 1": replace(weights, prior_named=1.0),
        "lexical 0": replace(weights, lexical=0, lexical_named=0, lexical_foreign=0),
        "lexical .15": replace(weights, lexical=0.15),
        "lexical .2": replace(weights, lexical=0.2),
        "lexical .3": replace(weights, lexical=0.3),
        "lexical, named 0": replace(weights, lexical_named=0),
        "lexical, named .05": replace(weights, lexical_named=0.05),
        "lexical, named .2": replace(weights, lexical_named=0.2),
        "lexical, foreign as English": replace(weights, lexical_foreign=weights.lexical, prior_foreign=weights.prior),
        "lexical, foreign .3": replace(weights, lexical_foreign=0.3),
        "lexical, foreign .8": replace(weights, lexical_foreign=0.8),
        "whole question 0": replace(weights, context_question=0),
        "whole question .2": replace(weights, context_question=0.2),
        "whole question .3": replace(weights, context_question=0.3),
        "wording elsewhere 0": replace(weights, elsewhere=0),
        "wording elsewhere .1": replace(weights, elsewhere=0.1),
        "wording elsewhere .3": replace(weights, elsewhere=0.3),
        "wording elsewhere .6": replace(weights, elsewhere=0.6),
        "neighbours 0": replace(weights, neighbours=0),
        "neighbours .1": replace(weights, neighbours=0.1),
        "neighbours .3": replace(weights, neighbours=0.3),
        "best sentence 0": replace(weights, best_sentence=0),
        "best sentence .2": replace(weights, best_sentence=0.2),
        "best sentence .5": replace(weights, best_sentence=0.5),
        "none of these three": replace(weights, elsewhere=0, neighbours=0, best_sentence=0),
    }
    return {
        "recipe": Recipe(),
        **{name: Recipe(weights=value) for name, value in changed.items()},
        "no word taken out": Recipe(
            weights=replace(weights, prior=weights.prior_named), prior=replace(prior, exhibits=0)
        ),
        "clauses not taken out": Recipe(prior=replace(prior, clause=2.0)),
        "one exhibit named": Recipe(prior=replace(prior, further=0)),
        "head 700 characters": Recipe(prior=replace(prior, head_characters=700)),
        "head 3,000 characters": Recipe(prior=replace(prior, head_characters=3_000)),
        "spread .25": Recipe(prior=replace(prior, spread=0.25)),
        "words whole only": Recipe(lexical=replace(lexical, beginning=1_000)),
        "endings of 3": Recipe(lexical=replace(lexical, ending=3)),
        "words alone": Recipe(dense=False),
    }


class RememberingEmbedder:
    """Embeds each question, and each sentence of a passage, once for all levers."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._questions: dict[str, NDArray[np.float32]] = {}
        self._sentences: dict[str, NDArray[np.float32]] = {}

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors `float32[n, d]`."""
        return _remembered(self._questions, texts, self._embedder.embed_queries)

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors `float32[n, d]`."""
        return _remembered(self._sentences, texts, self._embedder.embed_passages)


def _remembered(
    known: dict[str, NDArray[np.float32]],
    texts: Sequence[str],
    embed: Callable[[Sequence[str]], NDArray[np.float32]],
) -> NDArray[np.float32]:
    new = [text for text in dict.fromkeys(texts) if text not in known]
    if new:
        known.update(zip(new, embed(new), strict=True))
    return np.stack([known[text] for text in texts])


def cutter(target: int, *, context: bool) -> Callable[[CorpusDocument], list[Stretch]]:
    """Cut as ingestion cuts a plain-text file."""

    def cut_document(document: CorpusDocument) -> list[Stretch]:
        reading = Reading(document.text, text_blocks(document.text), title=document.title)
        return [Stretch(p.start, p.end, p.context if context else "") for p in cut(reading, target)]

    return cut_document


def corpus(
    scratch: Path, name: str, documents: Callable[[], list[CorpusDocument]], embedder: Embedder, target: int = 500
) -> Case:
    """The case of a corpus, made when it is not there from an earlier run.

    A name that ends in `without context` is embedded and indexed without headings and titles.
    """
    folder = scratch / f"{name.replace(' ', '-')}-{target}"
    finished = folder / "finished"
    if not finished.exists():
        cutting = cutter(target, context=not name.endswith("without context"))
        build_case(folder, documents(), cutting, embedder).case.close()
        finished.touch()
    return open_case(Home(folder), "corpus", "eval")


def span_recall(result: SearchResult, question: TuningQuestion) -> list[float]:
    """Share of the gold characters among the first characters read, for each of `BUDGETS`."""
    total = sum(end - start for _, start, end in question.spans)
    shares = []
    for budget in BUDGETS:
        read: dict[str, set[int]] = {}
        left = budget
        for found in result.passages:
            start, end = found.passage.locator.start, found.passage.locator.end
            end = min(end, start + left)
            left -= end - start
            read.setdefault(found.exhibit.name, set()).update(range(start, end))
            if left <= 0:
                break
        hit = sum(len(read.get(key, set()).intersection(range(start, end))) for key, start, end in question.spans)
        shares.append(hit / total)
    return shares


def document_recall(result: SearchResult, question: TuningQuestion) -> list[float]:
    """Share of the right documents among the first and the first five different ones."""
    order = list(dict.fromkeys(found.exhibit.name for found in result.passages))
    return [len(question.documents.intersection(order[:k])) / len(question.documents) for k in (1, 5)]


def measure(case: Case, questions: Sequence[TuningQuestion], embedder: RememberingEmbedder, recipe: Recipe) -> Scores:
    """Search every question and score it."""
    retriever = Retriever(
        case,
        embedder if recipe.dense else None,
        recipe.weights,
        prior_limits=recipe.prior,
        lexical_limits=recipe.lexical,
    )
    rows = []
    for question in questions:
        result = retriever.search(question.text, PASSAGES)
        rows.append(span_recall(result, question) if question.spans else document_recall(result, question))
    return np.array(rows)


def interval(values: Scores, clusters: Sequence[str]) -> tuple[Scores, Scores]:
    """95 % bootstrap interval of the mean of each column, whole clusters drawn (percentile method)."""
    names = sorted(set(clusters))
    place = {name: number for number, name in enumerate(names)}
    groups = np.array([place[cluster] for cluster in clusters])
    sums = np.zeros((len(names), values.shape[1]))
    np.add.at(sums, groups, values)
    sizes = np.bincount(groups, minlength=len(names)).astype(float)
    draws = np.random.default_rng(0).integers(0, len(names), (RESAMPLES, len(names)))
    means = sums[draws].sum(axis=1) / sizes[draws].sum(axis=1)[:, None]
    return np.quantile(means, 0.025, axis=0), np.quantile(means, 0.975, axis=0)


def report(
    name: str, case: Case, questions: TuningSet, embedder: RememberingEmbedder, chosen: Mapping[str, Recipe]
) -> None:
    """Print the recipe's figures and each lever's difference from them, in points."""
    clusters = [question.cluster for question in questions.questions]
    base: Scores | None = None
    measures = BUDGETS if questions.questions[0].spans else ("R@1", "R@5")
    say(f"\n## {name}, {len(clusters)} questions: {' / '.join(str(m) for m in measures)}")
    for lever, recipe in chosen.items():
        scores = 100 * measure(case, questions.questions, embedder, recipe)
        if base is None:
            base = scores
            low, high = interval(scores, clusters)
            cells = (f"{m:.1f} [{a:.1f}, {b:.1f}]" for m, a, b in zip(scores.mean(axis=0), low, high, strict=True))
        else:
            low, high = interval(scores - base, clusters)
            difference = (scores - base).mean(axis=0)
            cells = (f"{m:+.1f} [{a:+.1f}, {b:+.1f}]" for m, a, b in zip(difference, low, high, strict=True))
        say(f"{lever:<30} {'   '.join(cells)}")


def say(line: str) -> None:
    """Print at once, so that a long run can be watched."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def speed(case: Case, questions: Sequence[TuningQuestion], embedder: Embedder) -> None:
    """Print the milliseconds of whole searches after load, embedding the question included."""
    retriever = Retriever(case, embedder)
    retriever.load()
    retriever.search("warm up", 10)
    found = [retriever.search(question.text, 20).timings_ms for question in questions]
    stages = {stage: np.array([timings[stage] for timings in found]) for stage in found[0]}
    cells = (f"{stage} {np.median(ms):.1f} / {np.quantile(ms, 0.95):.1f}" for stage, ms in stages.items())
    say(f"ms, median / 95 %: {', '.join(cells)} ({case.catalogue.embedding_count()} passages)")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the measurements."""
    parser = argparse.ArgumentParser(prog="python -m eval.tune_retrieval", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the public evaluation data")
    parser.add_argument("--scratch", type=Path, help="where cases are kept for the next run (about 300 MB)")
    parser.add_argument("--set", action="append", dest="sets", choices=["contracts", "contracts510", *POOLS])
    parser.add_argument("--lever", action="append", dest="levers", help="only levers whose name holds this")
    parser.add_argument("--embedding", action="store_true", help="also passage sizes and context (embeds again)")
    given = parser.parse_args(arguments)
    if not (given.data / "contracts").is_dir():
        parser.error(f"{given.data} does not hold the evaluation data (no folder `contracts` in it)")
    with tempfile.TemporaryDirectory() as temporary:
        run(given, given.scratch or Path(temporary))


def run(given: Any, scratch: Path) -> None:
    """Measure the chosen sets and levers."""
    embedder = load_embedder(scratch / "models")
    remembering = RememberingEmbedder(embedder)
    wanted = {
        n: r
        for n, r in levers().items()
        if n == "recipe" or not given.levers or any(part in n for part in given.levers)
    }
    for name in given.sets or ("contracts", *POOLS):
        for label, case, questions in tuning_cases(given.data, scratch, name, embedder):
            report(label, case, questions, remembering, wanted)
            speed(case, questions.questions[:100], embedder)
            case.close()
        if given.embedding:
            for label, case, questions in embedding_cases(given.data, scratch, name, embedder):
                report(label, case, questions, remembering, {"recipe": Recipe()})
                case.close()


def tuning_cases(data: Path, scratch: Path, name: str, embedder: Embedder) -> Iterator[tuple[str, Case, TuningSet]]:
    """The cases and questions of a set."""
    if name in POOLS:
        yield name, corpus(scratch, name, lambda: passage_documents(data, name), embedder), passage_set(data, name)
        return
    for questions in contract_sets(data):
        case = corpus(scratch, name, lambda: contract_documents(data, everything=name == "contracts510"), embedder)
        yield f"{name}, {questions.name}", case, questions


def embedding_cases(data: Path, scratch: Path, name: str, embedder: Embedder) -> Iterator[tuple[str, Case, TuningSet]]:
    """The same with other passages: each case is embedded anew."""
    for suffix, target in (("", 400), ("", 600), (" without context", 500)):
        if name in POOLS:
            documents, questions = (lambda: passage_documents(data, name)), passage_set(data, name)
        else:
            documents = lambda: contract_documents(data, everything=name == "contracts510")  # noqa: E731
            questions = next(contract_sets(data))
        yield f"{name}{suffix}, {target}", corpus(scratch, f"{name}{suffix}", documents, embedder, target), questions


if __name__ == "__main__":
    main()
